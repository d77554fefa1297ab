//! The load chore: `holm-load --help`.
#![allow(clippy::print_stdout, reason = "a command line tool talks on its terminal")]

use anyhow::Result;
use holm_bench::gallery::Gallery;
use holm_bench::load::{Load, USAGE, run};
use holm_bench::{child, delivery, survive};

#[tokio::main]
async fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.iter().any(|argument| argument == "--help") {
        println!("{USAGE}");
        return Ok(());
    }
    if let [role, kind, port] = &arguments[..]
        && role == "serve"
    {
        // This program again, as the server of its own subscribers.
        return child::serve(kind, port.parse()?).await;
    }
    let load = Load::parse(&arguments)?;
    if load.channel > 0 {
        return delivery::chore(&load).await;
    }
    if load.kills + load.restarts > 0 {
        print!("{}", survive::run(&load).await?);
        return Ok(());
    }
    if let Some(url) = &load.url {
        print!("{}", run(&load, url).await?);
        return Ok(());
    }
    let gallery = Gallery::start(load.connections).await?;
    print!("{}", run(&load, &format!("http://{}/counters", gallery.address)).await?);
    Ok(())
}
