//! Takes the program out of `docs/first-app.md`, so that `tests/first_app.rs` compiles it and runs its test.
#![allow(clippy::unwrap_used, reason = "a page that is not there fails the build")]

use std::path::Path;
use std::{env, fs};

fn main() {
    let page = "../../docs/first-app.md";
    println!("cargo::rerun-if-changed={page}");
    let text = fs::read_to_string(page).unwrap();
    let code = text.split("```rust\n").skip(1).filter_map(|rest| rest.split("```").next());
    let out = env::var_os("OUT_DIR").unwrap();
    fs::write(Path::new(&out).join("first_app.rs"), code.collect::<String>()).unwrap();
}
