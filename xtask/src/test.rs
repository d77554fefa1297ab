//! `cargo xtask test`: all tests, none skipped in silence.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::needs;
use crate::run::{cargo, program, root, run, target};

/// Meets the machine's needs, then runs everything.
pub(crate) fn all() -> Result<()> {
    needs::meet()?;
    rust()?;
    simulation()?;
    client()?;
    browser()?;
    println!("\nall tests passed");
    Ok(())
}

/// Unit, integration and doc tests of the workspace.
fn rust() -> Result<()> {
    run(cargo().args(["test", "--workspace", "--exclude", "simulation", "--no-fail-fast"]))
}

/// A hundred thousand schedules of faults, optimised so that they take two or three minutes.
fn simulation() -> Result<()> {
    let args = ["test", "--profile", "simulation", "--package", "simulation", "--", "--nocapture"];
    run(cargo().args(args))
}

/// The client's rules, tested natively: the crate is no workspace member since its profile is wasm's.
fn client() -> Result<()> {
    let manifest = root().join("client-runtime/Cargo.toml");
    if !manifest.is_file() {
        bail!("client-runtime/Cargo.toml is not there");
    }
    let target = target().join("client-runtime");
    run(cargo().args(["test", "--manifest-path"]).arg(manifest).arg("--target-dir").arg(target))
}

/// The stories in real Chromium, against the binaries of the development profile.
fn browser() -> Result<()> {
    run(cargo().args(["build", "--workspace", "--bins"]))?;
    packages()?;
    let tests = browser_tests()?;
    let mut node = node("--test");
    // Each file drives its own Chromium and server; more at once only makes both slow.
    node.arg("--test-concurrency=2").args(tests);
    run(node.env("CHROMIUM", needs::chromium()?).env("HOLM_BIN", target().join("debug")))
}

/// Installs the pinned packages of the browser tests.
pub(crate) fn packages() -> Result<()> {
    run(program("npm").args(["ci", "--no-audit", "--no-fund"]).current_dir(folder()))
}

/// `node` in the folder of the browser tests.
pub(crate) fn node(first: &str) -> std::process::Command {
    let mut command = program("node");
    command.arg(first).current_dir(folder());
    command
}

/// The folder of the browser tests.
pub(crate) fn folder() -> PathBuf {
    root().join("tests/browser")
}

/// Every `*.test.mjs` below the folder, sorted; none at all is an error.
fn browser_tests() -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    collect(&folder(), &mut found)?;
    if found.is_empty() {
        bail!("no *.test.mjs in tests/browser");
    }
    found.sort();
    Ok(found)
}

fn collect(dir: &Path, found: &mut Vec<PathBuf>) -> Result<()> {
    let entries = std::fs::read_dir(dir).with_context(|| format!("cannot list {}", dir.display()))?;
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() {
            if !path.ends_with("node_modules") {
                collect(&path, found)?;
            }
        } else if path.to_string_lossy().ends_with(".test.mjs") {
            found.push(path);
        }
    }
    Ok(())
}
