//! `cargo xtask bench` and `cargo xtask load`: both build for release and hand over to `holm-bench`.

use std::process::Command;

use anyhow::Result;

use crate::run::{cargo, run, target};
use crate::{needs, test};

/// Every figure, one table, `bench/report.json` in the target directory.
pub(crate) fn all() -> Result<()> {
    needs::meet()?;
    run(cargo().args(["build", "--release", "--package", "holm-bench"]))?;
    test::packages()?;
    let mut bench = built("holm-bench");
    bench.env("CHROMIUM", needs::chromium()?).arg(target().join("bench/report.json"));
    run(&mut bench)
}

/// Many connections against one address; `holm-load --help` tells the flags.
pub(crate) fn load(flags: &[String]) -> Result<()> {
    run(cargo().args(["build", "--release", "--package", "holm-bench", "--package", "gallery"]))?;
    run(built("holm-load").args(flags))
}

fn built(name: &str) -> Command {
    crate::run::program(&target().join("release").join(name).to_string_lossy())
}
