//! What the machine must have for the tests: found, installed when that is allowed, asked for when not.

use std::path::PathBuf;

use anyhow::{Result, bail};

use crate::run::{find, program, run, succeeds};

/// A program the tests call, and the Debian package that brings it.
struct Need {
    programs: &'static [&'static str],
    package: &'static str,
}

const NEEDS: &[Need] = &[
    Need { programs: CHROMIUM, package: "chromium" },
    Need { programs: &["node", "nodejs"], package: "nodejs" },
    Need { programs: &["npm"], package: "npm" },
];

const CHROMIUM: &[&str] = &["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// The browser's program: `CHROMIUM` when that is set, else the first one in `PATH`.
pub(crate) fn chromium() -> Result<PathBuf> {
    if let Some(path) = std::env::var_os("CHROMIUM") {
        return Ok(path.into());
    }
    find(CHROMIUM)
        .ok_or_else(|| anyhow::anyhow!("no Chromium in PATH; install the Debian package `chromium`"))
}

/// Installs what is missing with apt-get when this user may, and says what to install when not.
pub(crate) fn meet() -> Result<()> {
    let missing = missing();
    if missing.is_empty() {
        return Ok(());
    }
    let packages = missing.join(" ");
    let Some(prefix) = may_install() else {
        bail!(
            "the tests need {packages}, and nothing is skipped without them. Install them, on Debian or \
             Ubuntu with\n\n    sudo apt-get install --no-install-recommends {packages}\n\nand run this again"
        );
    };
    println!("installing {packages}");
    run(&mut apt(prefix, &["update", "--quiet"]))?;
    let mut install = apt(prefix, &["install", "--yes", "--quiet", "--no-install-recommends"]);
    run(install.args(&missing))?;
    match self::missing() {
        still if still.is_empty() => Ok(()),
        still => bail!("apt-get ran, but {} did not bring the program it should", still.join(" ")),
    }
}

fn missing() -> Vec<&'static str> {
    let absent = |need: &&Need| {
        let named = need.package == "chromium" && std::env::var_os("CHROMIUM").is_some();
        !named && find(need.programs).is_none()
    };
    NEEDS.iter().filter(absent).map(|need| need.package).collect()
}

/// The words before `apt-get`, or `None` where it is absent or would need a password.
fn may_install() -> Option<&'static [&'static str]> {
    find(&["apt-get"])?;
    if succeeds(program("sh").args(["-c", "test \"$(id -u)\" = 0"])) {
        return Some(&[]);
    }
    succeeds(program("sudo").args(["--non-interactive", "true"])).then_some(&["sudo", "--non-interactive"])
}

fn apt(prefix: &[&str], arguments: &[&str]) -> std::process::Command {
    let words: Vec<&str> =
        prefix.iter().copied().chain(["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]).collect();
    let mut command = program(words[0]);
    command.args(&words[1..]).args(arguments);
    command
}
