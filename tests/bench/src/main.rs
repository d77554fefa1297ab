//! All figures: `holm-bench [REPORT]`. Other arguments are the roles of its own children.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command line tool talks on its terminal")]

use std::path::Path;

use anyhow::Result;
use holm_bench::report::{self, Row};
use holm_bench::{
    browser, channels, child, crowd, diff, echo, flood, lists, memory, parked, payload, presence, resume,
    seals, shared, size, storm, topics,
};

#[tokio::main]
async fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        ["serve", kind, port] => child::serve(kind, port.parse()?).await,
        ["states"] => memory::states(),
        ["idle", address, path, count] => child::idle(address.parse()?, path, count.parse()?).await,
        ["crowd", address, path, count] => crowd::role(address.parse()?, path, count.parse()?).await,
        ["only", part] => {
            print!("{}", report::table(&take(part, part_of(part).await)));
            Ok(())
        }
        [path] => all(Path::new(path)).await,
        _ => all(Path::new("target/bench/report.json")).await,
    }
}

const PARTS: [&str; 16] = [
    "payload", "diff", "echo", "resume", "seals", "flood", "memory", "parked", "storm", "size", "browser",
    "presence", "shared", "lists", "topics", "channels",
];

async fn all(path: &Path) -> Result<()> {
    let mut rows = Vec::new();
    for part in PARTS {
        eprintln!("measuring {part}");
        rows.extend(take(part, part_of(part).await));
    }
    print!("\n{}", report::table(&rows));
    report::write(path, &rows)?;
    println!("written to {}", path.display());
    Ok(())
}

async fn part_of(part: &str) -> Result<Vec<Row>> {
    match part {
        "payload" => payload::rows().await,
        "diff" => diff::rows(),
        "echo" => echo::rows().await,
        "memory" => memory::rows().await,
        "presence" => presence::rows().await,
        "resume" => resume::rows().await,
        "seals" => seals::rows().await,
        "flood" => flood::rows().await,
        "parked" => parked::rows().await,
        "storm" => storm::rows().await,
        "shared" => shared::rows().await,
        "lists" => lists::rows().await,
        "channels" => channels::rows().await,
        "topics" => topics::rows().await,
        "size" => size::rows(),
        "browser" => browser::rows(),
        _ => anyhow::bail!("one of {PARTS:?}"),
    }
}

/// The rows, or one row that says why there are none: a part that fails is a miss, not the end of the others.
fn take(part: &str, rows: Result<Vec<Row>>) -> Vec<Row> {
    rows.unwrap_or_else(|error| vec![Row::missing(part, &format!("{error:#}"))])
}
