//! Under construction.

// The derive names `::holm`, in this crate as in an app.
extern crate self as holm;

pub mod event;

pub use event::Event;
pub use holm_macros::Event;

/// What derived code names. No part of the public interface.
#[doc(hidden)]
pub mod __private {
    pub use std::string::String;

    pub use crate::event::{SameMaud, decode, encode, no_payload, render, same_maud, unknown};
    pub use {maud, serde, serde_json};
}
