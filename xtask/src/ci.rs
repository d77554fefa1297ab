//! `cargo xtask ci`: what `.ci/run` runs, step by step and in the order that fails soonest.

use anyhow::Result;

use crate::run::{cargo, root, run};
use crate::{client, needs, test};

/// Format, clippy, docs, the client's artefact, tests.
pub(crate) fn all() -> Result<()> {
    run(cargo().args(["fmt", "--all", "--check"]))?;
    let client = root().join("client-runtime/Cargo.toml");
    run(cargo().args(["fmt", "--check", "--manifest-path"]).arg(&client))?;
    client::check_fresh()?;
    needs::meet()?;
    run(cargo().args(["clippy", "--workspace", "--all-targets", "--", "--deny", "warnings"]))?;
    let mut docs = cargo();
    docs.args(["doc", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "--deny warnings");
    run(&mut docs)?;
    test::all()
}
