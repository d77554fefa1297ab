//! The words that Holm's server and browser client say to each other.
//!
//! `no_std` with `alloc`, no dependency: the one crate that is compiled for both sides, so neither
//! can drift from the other. Four things live here:
//!
//! - [`up`]: frames from the page to the server (join, resume, event, submit, ...);
//! - [`down`]: frames from the server to the page (joined, edits, acknowledgements, snapshots, ...);
//! - [`edit`]: the edit program inside an edit frame, one walk over the page's DOM;
//! - [`code`]: every error code, with its meaning and what the client does about it.
//!
//! [`order`] holds the one rule both sides need to move a minimum of nodes, and [`check`] the hash
//! that tells whether two trees have the same shape and text. [`batch`] puts several frames into
//! one body, for transports made of requests, and [`list`] says what happens to rows the server forgets.
//!
//! # Encoding
//!
//! One WebSocket binary message is one frame: a kind byte, then fields. Integers are LEB128
//! [`varint`]s of at most 64 bits unless said otherwise. `str` is a varint byte length, then UTF-8;
//! `bytes` is a varint length, then bytes; a field marked `rest` fills the frame to its end.
//! Decoders borrow from the frame and never allocate by a length the frame merely claims.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

pub mod batch;
pub mod check;
pub mod code;
pub mod down;
pub mod edit;
pub mod list;
pub mod order;
pub mod up;
pub mod varint;

pub use code::{Action, Code};
pub use list::ListOp;
pub use varint::{DecodeError, Reader};

/// The WebSocket subprotocol that names this version of the frames.
pub const SUBPROTOCOL: &str = "holm.1";
