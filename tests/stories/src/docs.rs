//! Pages of `docs` whose Rust is compiled as it stands there, by `cargo test --doc`. Each is one program per snippet.
//! `docs/first-app.md` is a whole program with its test, which `tests/first_app.rs` runs.

#[doc = include_str!("../../../docs/load.md")]
pub struct Load;

#[doc = include_str!("../../../docs/uploads.md")]
pub struct Uploads;
