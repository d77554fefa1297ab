//! One message of a topic to ten thousand private islands, beside a raw broadcast of the same bytes; and how often
//! islands render when a thousand messages come at once.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use stories::http;
use stories::peer::Peer;

use crate::child;
use crate::report::{Row, Target};
use crate::shared::{CROWD, ROUNDS, Side, number};

/// How long after a change the islands' seals are out, and the next round is not disturbed by them.
const SEALED: Duration = Duration::from_millis(2_500);
/// Messages of a burst, and the islands that listen.
const BURST: u64 = 1_000;
const LISTENERS: usize = 100;
/// How long the islands get to subscribe.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long no island may have rendered for the burst to be over.
const QUIET: Duration = Duration::from_secs(1);

/// The rows of one message, and of a burst.
///
/// # Errors
/// When a server does not start, or a socket does not get what was said.
pub async fn rows() -> Result<Vec<Row>> {
    child::raise_descriptors(1_000)?;
    let mut live = Side::gather("/topics").await?;
    let mut bare = Side::gather("/raw/hear").await?;
    let begun = Instant::now();
    while number(live.address, "/topics/subscribers").await? < float(CROWD) {
        ensure!(begun.elapsed() < PATIENCE, "after {PATIENCE:?} not all {CROWD} islands listen");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    for _ in 0..ROUNDS {
        let bytes = live.round("/topics/publish").await?.bytes;
        tokio::time::sleep(SEALED).await;
        bare.round(&format!("/raw/shout/{bytes}")).await?;
    }
    let name = format!("one message to {CROWD} private islands");
    let mut rows = vec![
        Row::new(format!("{name}, until the last shows it"), live.middle(), "ms", Target::Reported)
            .floor(bare.middle()),
        Row::new(format!("{name}, the server's work for each"), live.work(), "µs", Target::Reported)
            .floor(bare.work()),
    ];
    drop((live, bare));
    rows.push(burst().await?);
    Ok(rows)
}

/// Renders of each island for a thousand messages that are published in one go. The last one is shown in the end.
async fn burst() -> Result<Row> {
    let (_server, address) = child::server().await?;
    let islands = http::get(address, "/topics").await?.islands();
    let mut peers = Vec::new();
    for _ in 0..LISTENERS {
        let mut peer = Peer::open(address).await.map_err(|refused| anyhow::anyhow!("{refused:?}"))?;
        let ids = peer.join("/topics", 0, &islands).await;
        let id = *ids.first().context("an island")?;
        // An answer comes after `restore`, with which the island listens.
        peer.html(id).await;
        peers.push((peer, id));
    }
    let before = number(address, "/renders").await?;
    let last = number(address, &format!("/topics/burst/{BURST}")).await?;
    let mut renders = before;
    loop {
        tokio::time::sleep(QUIET).await;
        let now = number(address, "/renders").await?;
        if now.total_cmp(&renders).is_eq() {
            break;
        }
        renders = now;
    }
    for (peer, id) in &mut peers {
        let html = peer.html(*id).await;
        ensure!(
            html.contains(&format!(">{last}<")),
            "the last message is {last}, and an island shows {html}"
        );
    }
    let name = format!("{BURST} messages at once to {LISTENERS} islands: renders of each");
    Ok(Row::new(name, (renders - before) / float(LISTENERS), "", Target::AtMost(20.0)))
}

#[allow(clippy::cast_precision_loss, reason = "counts here are small")]
fn float(value: usize) -> f64 {
    value as f64
}
