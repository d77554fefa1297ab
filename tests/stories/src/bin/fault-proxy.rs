//! The fault proxy as a program: `fault-proxy <address> [seed]` says where it listens, then does what
//! each line of its standard input says (`Proxy::order` lists the words) and answers `ok`, or what it
//! did not understand. It ends with its input.
#![allow(clippy::print_stdout, reason = "its standard output is its answer")]

use std::net::SocketAddr;

use stories::proxy::Proxy;
use tokio::io::{AsyncBufReadExt, BufReader};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let upstream: SocketAddr = arguments.next().ok_or("fault-proxy <address> [seed]")?.parse()?;
    let seed = arguments.next().map_or(Ok(1), |seed| seed.parse())?;
    let proxy = Proxy::start(upstream, seed).await?;
    println!("http://{}", proxy.address);
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    while let Some(line) = lines.next_line().await? {
        match proxy.order(&line) {
            Ok(()) => println!("ok"),
            Err(sentence) => println!("{sentence}"),
        }
    }
    Ok(())
}
