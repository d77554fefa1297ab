//! Ten thousand clients that come back at once to a server that was killed and started again.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use stories::http;
use stories::peer::Peer;
use tokio::task::JoinSet;

use crate::child::{self, Role};
use crate::page::Page;
use crate::report::{Row, Target};
use crate::server::Kind;

/// Clients.
const CROWD: usize = 10_000;
/// Sockets that open at a time before the storm; what is measured comes after.
const GENTLY: usize = 200;
/// How long a refused client waits before it tries again.
const AGAIN: Duration = Duration::from_millis(500);
/// How long the server gets to seal what changed: a quiet second, and some for so many.
const SEALED: Duration = Duration::from_secs(20);

/// How a storm went.
struct Storm {
    seconds: f64,
    peak: f64,
    refused: f64,
}

/// The rows of one storm, beside one of bare sockets.
///
/// # Errors
/// When a server does not start, or a client does not get live.
pub async fn rows() -> Result<Vec<Row>> {
    child::raise_descriptors(u64::try_from(CROWD)? + 200)?;
    let bare = bare().await.context("bare sockets")?;
    let live = live().await.context("pages")?;
    let name = format!("{CROWD} clients back at once after kill -9");
    let mega = 1024.0 * 1024.0;
    let allowed = bare.peak / mega + float(CROWD) * 6.0 / 1024.0;
    Ok(vec![
        Row::new(format!("{name}, all live from seals"), live.seconds, "s", Target::Times(3.0))
            .floor(bare.seconds),
        Row::new(
            format!("{name}, the server's peak memory"),
            live.peak / mega,
            "MB",
            Target::AtMost(allowed),
        )
        .floor(bare.peak / mega),
        Row::new(format!("{name}, refused"), live.refused, "clients", Target::AtMost(0.0))
            .floor(bare.refused),
    ])
}

/// Kills a server and starts one in its place.
async fn restart(server: Role, address: SocketAddr) -> Result<Role> {
    server.kill().await?;
    let (server, _) = child::server_of(Kind::Open, address.port()).await?;
    Ok(server)
}

/// Counters that joined, changed and were sealed; live is who has joined and got an answer to another event.
async fn live() -> Result<Storm> {
    let (server, address) = child::server().await?;
    let islands = http::get(address, "/counter").await?.islands();
    let mut pages = gently(|| {
        let mut page = Page::new(address, "/counter", &islands);
        async move {
            page.connect().await?;
            page.wait_for(Page::is_live).await?;
            page.press(0, "inc", "").await?;
            page.wait_for(Page::is_settled).await?;
            Ok(page)
        }
    })
    .await?;
    let until = Instant::now() + SEALED;
    for page in &mut pages {
        while page.islands[0].sealed == 0 && Instant::now() < until {
            let moment = Instant::now() + Duration::from_millis(100);
            page.pass(moment).await.map_err(|lost| anyhow::anyhow!("{lost:?}"))?;
        }
    }
    let server = restart(server, address).await?;
    for page in &mut pages {
        page.lose();
    }
    let begun = Instant::now();
    let mut storm = JoinSet::new();
    for mut page in pages {
        storm.spawn(async move {
            let mut refused = 0.0;
            while page.open().await.is_err() {
                refused += 1.0;
                tokio::time::sleep(AGAIN).await;
            }
            page.press(0, "inc", "").await?;
            page.greet().await?;
            page.wait_for(|page| page.is_settled() && page.islands[0].edits > 1).await?;
            anyhow::Ok((refused, page))
        });
    }
    let (mut refused, mut pages) = (0.0, Vec::with_capacity(CROWD));
    while let Some(done) = storm.join_next().await {
        let (times, page) = done??;
        refused += times;
        pages.push(page);
    }
    Ok(Storm { seconds: begun.elapsed().as_secs_f64(), peak: server.peak()?, refused })
}

/// The same with sockets that get an echo.
async fn bare() -> Result<Storm> {
    let (server, address) = child::server().await?;
    let peers = gently(|| echoed(address)).await?;
    let server = restart(server, address).await?;
    drop(peers);
    let begun = Instant::now();
    let mut storm = JoinSet::new();
    for _ in 0..CROWD {
        storm.spawn(async move {
            let mut refused = 0.0;
            loop {
                match echoed(address).await {
                    Ok(peer) => return (refused, peer),
                    Err(_) => refused += 1.0,
                }
                tokio::time::sleep(AGAIN).await;
            }
        });
    }
    let (mut refused, mut peers) = (0.0, Vec::with_capacity(CROWD));
    while let Some(done) = storm.join_next().await {
        let (times, peer) = done?;
        refused += times;
        peers.push(peer);
    }
    Ok(Storm { seconds: begun.elapsed().as_secs_f64(), peak: server.peak()?, refused })
}

async fn echoed(address: SocketAddr) -> Result<Peer> {
    let open = Peer::open_path(address, "/bare").await;
    let mut peer = open.map_err(|error| anyhow::anyhow!("{error}"))?;
    peer.send(vec![7; 16]).await.map_err(|error| anyhow::anyhow!("{error}"))?;
    peer.message().await.map_err(|closed| anyhow::anyhow!("{closed:?}"))?;
    Ok(peer)
}

/// A crowd that comes a few at a time.
async fn gently<T, F>(mut one: impl FnMut() -> F) -> Result<Vec<T>>
where
    T: Send + 'static,
    F: Future<Output = Result<T>> + Send + 'static,
{
    let (mut coming, mut here) = (JoinSet::new(), Vec::with_capacity(CROWD));
    for _ in 0..CROWD {
        if coming.len() >= GENTLY
            && let Some(done) = coming.join_next().await
        {
            here.push(done??);
        }
        coming.spawn(one());
    }
    while let Some(done) = coming.join_next().await {
        here.push(done??);
    }
    Ok(here)
}

#[allow(clippy::cast_precision_loss, reason = "a count of clients is small")]
fn float(value: usize) -> f64 {
    value as f64
}
