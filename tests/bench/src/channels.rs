//! Realtime channels: what delivery takes beside a bare broadcast, and what thousands of connections leave behind.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use futures_util::{StreamExt, TryStreamExt, stream};
use stories::http;

use crate::child;
use crate::delivery::{Delivery, Plan, Side, run};
use crate::echo::median;
use crate::memory::settled;
use crate::report::{Row, Target};
use crate::subscriber::{Subscriber, Way};

/// The short version of the load chore.
const PLAN: Plan = Plan { subscribers: 1_000, rate: 20.0, seconds: 5 };
/// Rounds of each side; they take turns, so that a busy machine is busy for both.
const ROUNDS: usize = 3;
/// Connections that open and close in a round, and the rounds.
const VISITORS: usize = 1_000;
const VISITS: u32 = 20;
/// A channel that keeps nothing, and is forgotten with its last member.
const PASSING: &str = "berth";
/// Kilobytes that a round may leave: half of what a leak of the smallest allocation for each connection would.
const KEPT: f64 = 16.0;
/// Rounds after which the allocator has the pool that it will use.
const FIRST: usize = 5;
/// Connections that open at a time.
const GENTLY: usize = 100;
/// How long the server gets to forget them.
const PATIENCE: Duration = Duration::from_secs(20);

/// The rows of delivery, and of connections that come and go.
///
/// # Errors
/// When a server does not start, or a connection does not open.
pub async fn rows() -> Result<Vec<Row>> {
    let (mut bare, mut live) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        bare.push(run(Side::Raw, PLAN).await?);
        live.push(run(Side::Channel, PLAN).await?);
    }
    let middle = |runs: &[Delivery], figure: fn(&Delivery) -> f64| median(runs.iter().map(figure).collect());
    let name = format!("{} subscribers of a channel, {} events a second", PLAN.subscribers, PLAN.rate);
    let row = |part: &str, unit: &str, target: Target, figure: fn(&Delivery) -> f64| {
        Row::new(format!("{name}, {part}"), middle(&live, figure), unit, target).floor(middle(&bare, figure))
    };
    let mut rows = vec![
        row("delivered, p50", "ms", Target::Times(1.5), |run| run.at(0.5)),
        row("delivered, p99", "ms", Target::Times(1.5), |run| run.at(0.99)),
        row("the server's work for each delivery", "µs", Target::Reported, |run| {
            run.worked * 1e6 / float(run.came)
        }),
    ];
    let wrong = live.iter().map(|run| run.lost + run.doubled).sum();
    rows.push(Row::new(format!("{name}, lost or doubled"), float(wrong), "events", Target::AtMost(0.0)));
    rows.extend(visits().await?);
    Ok(rows)
}

/// Connections that come and go: how much each round leaves in memory, and what the registry still counts. The
/// floor is that of bare sockets and streams, as an allocator drifts a little too.
async fn visits() -> Result<Vec<Row>> {
    child::raise_descriptors(u64::try_from(VISITORS)? + 100)?;
    let (bare, _) = rounds(Side::Raw).await?;
    let (live, left) = rounds(Side::Channel).await?;
    let name = format!("{VISITS} rounds of {VISITORS} connections opened and closed");
    Ok(vec![
        Row::new(format!("{name}, memory kept from each round"), live, "KB", Target::AtMost(KEPT))
            .floor(bare),
        Row::new(format!("{name}, still counted"), left, "", Target::AtMost(0.0)),
    ])
}

/// Kilobytes by which the server grows with each round, and the most that was still counted after one.
async fn rounds(side: Side) -> Result<(f64, f64)> {
    let (server, address) = child::server_of_one_pool().await?;
    let (mut resident, mut left) = (Vec::new(), 0.0_f64);
    for _ in 0..VISITS {
        let visitors: Vec<Subscriber> = stream::iter((0..VISITORS).map(Way::of))
            .map(|way| visit(side, address, way))
            .buffer_unordered(GENTLY)
            .try_collect()
            .await?;
        let (connections, _) = counts(address).await?;
        if side == Side::Channel {
            ensure!(connections >= float(VISITORS as u64), "{connections} of {VISITORS} are counted");
        }
        for (number, visitor) in visitors.into_iter().enumerate() {
            // A quarter says goodbye; the others are gone, as with a network that fails.
            if number % 4 == 0 {
                visitor.leave().await;
            }
        }
        left = left.max(gone(address).await?);
        resident.push(settled(&server).await?);
    }
    Ok((slope(&resident[FIRST..]) / 1024.0, left))
}

async fn visit(side: Side, address: SocketAddr, way: Way) -> Result<Subscriber> {
    match (side, way) {
        (Side::Raw, way) => side.open(address, way, None).await,
        (Side::Channel, way) => Subscriber::channel(address, way, PASSING, None).await,
    }
}

/// Waits until the server counts no connection and no channel; gives what is left after its patience.
async fn gone(address: SocketAddr) -> Result<f64> {
    let begun = Instant::now();
    loop {
        let (connections, channels) = counts(address).await?;
        if connections + channels < 0.5 || begun.elapsed() > PATIENCE {
            return Ok(connections + channels);
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Connections and channels, as the server counts them.
async fn counts(address: SocketAddr) -> Result<(f64, f64)> {
    let answer = http::get(address, "/channels/counts").await?;
    let mut numbers = answer.body.split_whitespace().map(str::parse::<f64>);
    match (numbers.next(), numbers.next()) {
        (Some(Ok(connections)), Some(Ok(channels))) => Ok((connections, channels)),
        _ => anyhow::bail!("/channels/counts says {:?}", answer.body),
    }
}

/// By how much values rise from one to the next: the line with the least squares.
fn slope(values: &[f64]) -> f64 {
    let count = float(values.len() as u64);
    let at = |index: usize| float(index as u64) - (count - 1.0) / 2.0;
    let mean = values.iter().sum::<f64>() / count;
    let rise: f64 = values.iter().enumerate().map(|(index, value)| at(index) * (value - mean)).sum();
    rise / (0..values.len()).map(|index| at(index).powi(2)).sum::<f64>()
}

#[allow(clippy::cast_precision_loss, reason = "counts here are small")]
fn float(value: u64) -> f64 {
    value as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slope_is_what_each_round_adds() {
        assert!((slope(&[10.0, 13.0, 16.0, 19.0]) - 3.0).abs() < 1e-9);
        assert!(slope(&[5.0, 7.0, 7.0, 5.0]).abs() < 1e-9);
    }
}
