//! The load chore: `holm-load --help`.
#![allow(clippy::print_stdout, reason = "a command line tool talks on its terminal")]

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use holm_bench::load::{Load, USAGE, run};
use stories::http;

#[tokio::main]
async fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.iter().any(|argument| argument == "--help") {
        println!("{USAGE}");
        return Ok(());
    }
    let load = Load::parse(&arguments)?;
    let (_gallery, url) = match &load.url {
        Some(url) => (None, url.clone()),
        None => gallery(load.connections).await.map(|(gallery, url)| (Some(gallery), url))?,
    };
    print!("{}", run(&load, &url).await?);
    Ok(())
}

struct Gallery(Child);

impl Drop for Gallery {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts the gallery that was built beside this program, on a free port.
async fn gallery(connections: usize) -> Result<(Gallery, String)> {
    let program = std::env::current_exe()?.with_file_name("gallery");
    let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    let child = Command::new(&program)
        .env("HOLM_ADDR", address.to_string())
        .env("HOLM_LIVE_MAX", (connections + 10).to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .with_context(|| format!("{} does not start; build the gallery", program.display()))?;
    let gallery = Gallery(child);
    let begun = Instant::now();
    while http::get(address, "/").await.is_err() {
        if begun.elapsed() > Duration::from_secs(10) {
            bail!("the gallery does not answer at {address}");
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok((gallery, format!("http://{address}/counters")))
}
