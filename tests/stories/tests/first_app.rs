//! The program of `docs/first-app.md`, compiled as it stands there, and its test.
#![allow(dead_code, clippy::pedantic, clippy::unwrap_used, reason = "the page's code is written to be read")]

include!(concat!(env!("OUT_DIR"), "/first_app.rs"));
