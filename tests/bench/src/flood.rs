//! What others notice of a client that sends as much as its socket takes, under the limits every app has.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::Result;
use stories::http;
use stories::peer::{Peer, event};

use crate::child;
use crate::echo::median;
use crate::report::{Row, Target};
use crate::server::Kind;

/// Events of the quiet connection in a round, and the time between them.
const EVENTS: u64 = 500;
const EVERY: Duration = Duration::from_millis(4);
/// Rounds of each kind; they take turns, so that a busy machine is busy for all of them.
const ROUNDS: usize = 5;
/// Frames that the flooder writes at once.
const WAVE: u64 = 256;

/// Who floods: the page, and the event.
const FLOODS: [(&str, &str, &str, &str); 2] = [
    ("counter", "/counter", "inc", ""),
    ("1,000-row table", "/table", "edit", r#"{"id":500,"text":"row 777"}"#),
];

/// The rows of two floods.
///
/// # Errors
/// When the server does not start or a socket does not open.
pub async fn rows() -> Result<Vec<Row>> {
    let (_server, address) = child::server_of(Kind::Guarded, 0).await?;
    // Quiet, and each flood: medians and 99th parts of a hundred.
    let mut seen: [(Vec<f64>, Vec<f64>); 3] = Default::default();
    for _ in 0..ROUNDS {
        for (at, seen) in seen.iter_mut().enumerate() {
            let flood = at.checked_sub(1).map(|flood| FLOODS[flood]);
            let (middle, late) = round(address, flood).await?;
            seen.0.push(middle);
            seen.1.push(late);
        }
    }
    let [quiet, counter, table] = seen.map(|(middle, late)| (median(middle), median(late)));
    let mut rows = Vec::new();
    for ((name, ..), flooded) in FLOODS.into_iter().zip([counter, table]) {
        let name = format!("event to answer while another floods a {name}");
        let row = |part: &str, flooded: f64, quiet: f64| {
            Row::new(format!("{name}, {part}"), flooded, "ms", Target::Times(2.0)).floor(quiet)
        };
        rows.push(row("p50", flooded.0, quiet.0));
        rows.push(row("p99", flooded.1, quiet.1));
    }
    Ok(rows)
}

/// The median and the 99th part of a hundred of one quiet connection's answers, in milliseconds.
async fn round(
    address: SocketAddr,
    flood: Option<(&str, &str, &'static str, &'static str)>,
) -> Result<(f64, f64)> {
    let (mut quiet, id) = joined(address, "/counter").await?;
    let flooder = match flood {
        Some((_, path, name, payload)) => {
            let (peer, id) = joined(address, path).await?;
            Some(tokio::spawn(pour(peer, id, name, payload)))
        }
        None => None,
    };
    let mut times = Vec::new();
    let mut next = tokio::time::Instant::now();
    for seq in 1..=EVENTS {
        tokio::time::sleep_until(next).await;
        let begun = Instant::now();
        quiet.send(event(id, seq, "inc", "")).await.map_err(|error| anyhow::anyhow!("{error}"))?;
        quiet.settled(id, seq).await.map_err(|code| anyhow::anyhow!("{code:?}"))?;
        times.push(begun.elapsed().as_secs_f64() * 1_000.0);
        next += EVERY;
    }
    if let Some(flooder) = flooder {
        flooder.abort();
    }
    quiet.leave().await;
    times.sort_by(f64::total_cmp);
    Ok((times[times.len() / 2], times[times.len() * 99 / 100]))
}

/// Sends events as fast as the socket takes them, and reads nothing.
async fn pour(mut peer: Peer, id: u64, name: &str, payload: &str) {
    for wave in 0.. {
        let frames = (1..=WAVE).map(|at| event(id, wave * WAVE + at, name, payload));
        if peer.send_all(frames).await.is_err() {
            return;
        }
    }
}

async fn joined(address: SocketAddr, path: &str) -> Result<(Peer, u64)> {
    let islands = http::get(address, path).await?.islands();
    let mut peer = Peer::open(address).await.map_err(|refused| anyhow::anyhow!("{refused:?}"))?;
    let ids = peer.join(path, 0, &islands).await;
    Ok((peer, ids[0]))
}
