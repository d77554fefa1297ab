//! Events a second through a counter, beside a raw axum WebSocket echo with the same socket client.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::Result;
use stories::http;
use stories::peer::{Peer, event};

use crate::child;
use crate::report::{Row, Target};

/// How long one round takes; echo and counter take turns, so that a busy machine is busy for both.
const ROUND: Duration = Duration::from_millis(1_500);
const ROUNDS: usize = 5;

/// The rows for one socket and for 64, one event in flight on each.
///
/// # Errors
/// When the server does not start or a socket does not open.
pub async fn rows() -> Result<Vec<Row>> {
    let (_server, address) = child::server().await?;
    let mut rows = Vec::new();
    for sockets in [1, 64] {
        let (mut bare, mut live) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            bare.push(round(address, sockets, false).await?);
            live.push(round(address, sockets, true).await?);
        }
        let (bare, live) = (median(bare), median(live));
        let plural = if sockets == 1 { "" } else { "s" };
        let name = format!("counter events, {sockets} socket{plural}, one in flight");
        rows.push(Row::new(&name, live, "1/s", Target::Reported).floor(bare));
        let share = format!("{name}, share of a raw echo");
        rows.push(Row::new(share, live / bare, "", Target::AtLeast(0.6)).floor(1.0));
    }
    Ok(rows)
}

/// Exchanges a second over all sockets.
async fn round(address: SocketAddr, sockets: usize, live: bool) -> Result<f64> {
    let mut peers = Vec::new();
    for _ in 0..sockets {
        peers.push(if live { joined(address).await? } else { bare(address).await? });
    }
    let begun = Instant::now();
    let tasks: Vec<_> = peers
        .into_iter()
        .map(|(mut peer, island)| {
            tokio::spawn(async move {
                let mut exchanges = 0u64;
                while begun.elapsed() < ROUND {
                    exchanges += 1;
                    let name = if exchanges.is_multiple_of(2) { "dec" } else { "inc" };
                    peer.send(event(island, exchanges, name, "")).await.expect("the socket is open");
                    if live {
                        peer.settled(island, exchanges).await.expect("the event is taken");
                    } else {
                        peer.frame().await;
                    }
                }
                (exchanges, peer)
            })
        })
        .collect();
    let mut exchanges = 0u64;
    let mut kept = Vec::new();
    for task in tasks {
        let (own, peer) = task.await?;
        exchanges += own;
        kept.push(peer);
    }
    let seconds = begun.elapsed().as_secs_f64();
    for peer in kept {
        peer.leave().await;
    }
    #[allow(clippy::cast_precision_loss, reason = "far below 2^52 exchanges")]
    let rate = exchanges as f64 / seconds;
    Ok(rate)
}

async fn bare(address: SocketAddr) -> Result<(Peer, u64)> {
    Ok((Peer::open_path(address, "/bare").await.map_err(|error| anyhow::anyhow!("{error}"))?, 1))
}

async fn joined(address: SocketAddr) -> Result<(Peer, u64)> {
    let islands = http::get(address, "/counter").await?.islands();
    let mut peer = Peer::open(address).await.map_err(|refused| anyhow::anyhow!("{refused:?}"))?;
    let ids = peer.join("/counter", 0, &islands).await;
    Ok((peer, ids[0]))
}

/// The middle one.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
