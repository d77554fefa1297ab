//! What the compiler says to an app's author: each mistake points at its line and says what to write.
//!
//! After a wanted change of words: `TRYBUILD=overwrite cargo test -p holm --test ui`, then read the difference.

use std::path::Path;
use std::process::Command;
use std::{env, fs, io};

#[test]
fn ui() {
    let cases = trybuild::TestCases::new();
    cases.pass("tests/ui/pass/*.rs");
    cases.compile_fail("tests/ui/fail/*.rs");
}

/// `cargo check` of an app whose manifest has the line `maud` among its dependencies; returns what cargo said.
///
/// trybuild gives every case the `maud` of this crate, so a crate without it, or with another, is made here.
fn check_app(name: &str, maud: &str) -> io::Result<String> {
    let holm = Path::new(env!("CARGO_MANIFEST_DIR"));
    let app = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(app.join("src"))?;
    fs::create_dir_all(app.join("other-maud/src"))?;
    fs::write(
        app.join("Cargo.toml"),
        format!(
            "[package]\nname = \"{name}\"\nedition = \"2024\"\n[workspace]\n[dependencies]\n{maud}\nholm.path = '{}'\n",
            holm.display()
        ),
    )?;
    fs::write(
        app.join("src/main.rs"),
        "#[derive(holm::Event)]\npub enum Press { Inc, Set { to: i64 } }\n\nfn main() {}\n",
    )?;
    fs::write(
        app.join("other-maud/Cargo.toml"),
        "[package]\nname = \"maud\"\nversion = \"0.1.0\"\nedition = \"2024\"\n",
    )?;
    fs::write(
        app.join("other-maud/src/lib.rs"),
        "pub struct PreEscaped<T>(pub T);\npub trait Render { fn render_to(&self, buffer: &mut String); }\n",
    )?;
    // The same versions as the workspace, so that nothing has to be fetched.
    fs::copy(holm.join("../../Cargo.lock"), app.join("Cargo.lock"))?;
    let cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["check", "--offline", "--quiet", "--color=never"])
        // One build of holm for all of these apps.
        .args(["--target-dir", &format!("{}/apps", env!("CARGO_TARGET_TMPDIR"))])
        .env_remove("RUSTFLAGS")
        .env("RUSTC_WRAPPER", "")
        .current_dir(&app)
        .output()?;
    let said = String::from_utf8_lossy(&cargo.stderr).into_owned();
    assert!(!cargo.status.success(), "the app compiled:\n{said}");
    Ok(said)
}

#[test]
fn an_app_without_maud_is_told_to_add_it() -> io::Result<()> {
    let said = check_app("without-maud", "")?;
    assert_says(&said, &["src/main.rs:1:10", "needs `maud`", &add_maud()?]);
    Ok(())
}

#[test]
fn an_app_with_another_maud_is_told_which_one() -> io::Result<()> {
    let said = check_app("with-another-maud", "maud.path = \"other-maud\"")?;
    assert_says(
        &said,
        &["src/main.rs:1:10", "this crate's `maud` is not the version that holm uses", &add_maud()?],
    );
    Ok(())
}

/// The command that adds the `maud` of this workspace: the sentences name its version.
fn add_maud() -> io::Result<String> {
    let lock = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../Cargo.lock"))?;
    let version = lock
        .split_once("name = \"maud\"\nversion = \"")
        .and_then(|(_, rest)| rest.split('"').next())
        .and_then(|version| version.rsplit_once('.'))
        .ok_or_else(|| io::Error::other("Cargo.lock has no maud"))?;
    Ok(format!("cargo add maud@{}`", version.0))
}

fn assert_says(said: &str, words: &[&str]) {
    for word in words {
        assert!(said.contains(word), "`{word}` is missing in:\n{said}");
    }
}
