//! One change of a shared island that ten thousand watch, beside a raw broadcast of the same bytes; and what one
//! more who watches costs.

use std::net::SocketAddr;

use anyhow::{Context, Result};
use stories::http;

use crate::child::{self, Role};
use crate::crowd::{Crowd, Round};
use crate::echo::median;
use crate::memory::{settled, warmed};
use crate::report::{Row, Target};

/// Who watches.
pub(crate) const CROWD: usize = 10_000;
/// Rounds of each side; they take turns, so that a busy machine is busy for both.
pub(crate) const ROUNDS: usize = 7;
/// Connections whose memory is compared.
const IDLE: usize = 5_000;
/// Bytes that one who watches may take more than an idle session.
const FURTHER: f64 = 512.0;

/// One side of a comparison: a server, and a crowd at it.
#[derive(Debug)]
pub(crate) struct Side {
    server: Role,
    pub(crate) address: SocketAddr,
    crowd: Crowd,
    rounds: Vec<Round>,
    worked: f64,
}

impl Side {
    /// A server of its own with a crowd on this path.
    pub(crate) async fn gather(path: &str) -> Result<Self> {
        let (server, address) = child::server().await?;
        let crowd = Crowd::gather(address, path, CROWD).await?;
        settled(&server).await?;
        Ok(Self { server, address, crowd, rounds: Vec::new(), worked: 0.0 })
    }

    /// One thing said to all.
    pub(crate) async fn round(&mut self, trigger: &str) -> Result<Round> {
        let before = self.server.worked()?;
        let round = self.crowd.round(trigger).await?;
        self.worked += self.server.worked()? - before;
        self.rounds.push(round);
        Ok(round)
    }

    /// The middle of all rounds, in milliseconds.
    pub(crate) fn middle(&self) -> f64 {
        median(self.rounds.iter().map(|round| round.milliseconds).collect())
    }

    /// Microseconds of the server's processors for each socket in a round.
    #[allow(clippy::cast_precision_loss, reason = "small counts")]
    pub(crate) fn work(&self) -> f64 {
        self.worked * 1e6 / (self.rounds.len() * CROWD) as f64
    }

    /// A number that the server tells.
    pub(crate) async fn number(&self, path: &str) -> Result<f64> {
        number(self.address, path).await
    }
}

/// A number that a server tells.
pub(crate) async fn number(address: SocketAddr, path: &str) -> Result<f64> {
    let answer = http::get(address, path).await?;
    answer.body.trim().parse().with_context(|| format!("{path} says {:?}", answer.body))
}

/// The rows of one change, and of memory.
///
/// # Errors
/// When a server does not start, or a socket does not get what was said.
pub async fn rows() -> Result<Vec<Row>> {
    child::raise_descriptors(1_000)?;
    let mut live = Side::gather("/shared").await?;
    let mut bare = Side::gather("/raw/hear").await?;
    let before = live.number("/renders").await?;
    for _ in 0..ROUNDS {
        let bytes = live.round("/shared/change").await?.bytes;
        bare.round(&format!("/raw/shout/{bytes}")).await?;
    }
    let renders = live.number("/renders").await? - before;
    let name = format!("one change of a shared island that {CROWD} watch");
    #[allow(clippy::cast_precision_loss, reason = "small counts")]
    let each = renders / ROUNDS as f64;
    let mut rows = vec![
        Row::new(format!("{name}, until the last has it"), live.middle(), "ms", Target::Times(1.5))
            .floor(bare.middle()),
        Row::new(format!("{name}, the server's work for each"), live.work(), "µs", Target::Reported)
            .floor(bare.work()),
        Row::new(format!("{name}, renders"), each, "", Target::AtMost(1.0)).floor(1.0),
    ];
    drop((live, bare));
    let (viewer, session) = tokio::try_join!(each_idle("/shared"), each_idle("/counter"))?;
    let name = format!("memory, {IDLE} watch a shared island, each; floor: an idle counter");
    rows.push(
        Row::new(name, viewer / 1024.0, "KB", Target::AtMost((session + FURTHER) / 1024.0))
            .floor(session / 1024.0),
    );
    Ok(rows)
}

/// Bytes of resident memory that each of many idle connections takes.
async fn each_idle(path: &str) -> Result<f64> {
    let (server, address) = child::server().await?;
    let before = warmed(&server, address, path).await?;
    let mut crowd = Role::start(&["idle", &address.to_string(), path, &IDLE.to_string()])?;
    crowd.expect("open").await?;
    #[allow(clippy::cast_precision_loss, reason = "a count of connections is small")]
    let each = (settled(&server).await? - before) / IDLE as f64;
    Ok(each)
}
