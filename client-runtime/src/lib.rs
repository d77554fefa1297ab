//! Holm's browser client.
//!
//! [`client`] is the connection's state, [`island`] one island's numbers and kept events, [`walk`]
//! runs edit programs; all three are plain Rust over the [`host::Host`] and [`walk::Dom`] traits
//! and are tested natively. Compiled to wasm, `browser` puts the page behind those traits: its
//! imports do whole jobs in `glue/*.js`, where nodes, strings and attributes stay.
#![cfg_attr(not(test), no_std)]

extern crate alloc;

pub mod client;
pub mod host;
pub mod island;
pub mod walk;

#[cfg(target_family = "wasm")]
mod browser;
