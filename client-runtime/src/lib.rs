//! Holm's browser client.
//!
//! [`client`] is the connection's state and each island's numbers, [`walk`] runs edit programs; both
//! are plain Rust over the [`host::Host`] and [`walk::Dom`] traits
//! and are tested natively. Compiled to wasm, `browser` puts the page behind those traits: its
//! imports do whole jobs in `glue/*.js`, where nodes, strings and attributes stay.
#![cfg_attr(target_family = "wasm", no_std)]

pub mod client;
pub mod fields;
pub mod host;
pub mod walk;

#[cfg(target_family = "wasm")]
mod browser;
