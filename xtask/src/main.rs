//! `cargo xtask`: every chore of the house, by name. `.ci/run` runs `cargo xtask ci` and nothing else.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command line tool talks on its terminal")]

mod bench;
mod ci;
mod client;
mod needs;
mod run;
mod test;

use std::process::ExitCode;

use anyhow::{Result, bail};

const USAGE: &str = "\
cargo xtask <chore>

  test    every test: Rust, doc tests, the client's, and the stories in Chromium
  client  build the browser client's artefact again
  bench   every measured figure beside its floor; writes target/bench/report.json
  load    many connections against one address: --connections --seconds --rate --url;
          with --kill or --restart the server goes away so many times, and no click may be lost or doubled;
          with --channel so many subscribers of one realtime channel, and no event may be lost or doubled
  ci      what continuous integration runs: format, clippy, docs, artefact, tests";

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    let chore = args.next().unwrap_or_default();
    let rest: Vec<String> = args.collect();
    match dispatch(&chore, &rest) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask {chore}: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(chore: &str, rest: &[String]) -> Result<()> {
    match (chore, rest) {
        ("test", []) => test::all(),
        ("client", []) => client::build(),
        ("bench", []) => bench::all(),
        ("load", flags) => bench::load(flags),
        ("ci", []) => ci::all(),
        ("" | "help" | "--help" | "-h", _) => {
            println!("{USAGE}");
            Ok(())
        }
        (_, []) => bail!("no chore of that name\n\n{USAGE}"),
        (_, flags) => bail!("takes no {:?}\n\n{USAGE}", flags.join(" ")),
    }
}
