//! Lists that the server forgets: bytes of a token and of a row, time per line, and memory after many lines.

use std::net::SocketAddr;
use std::time::Instant;

use anyhow::{Context, Result};
use bytes::Bytes;
use stories::http;
use stories::peer::{Peer, event};

use crate::child;
use crate::echo::median;
use crate::memory::settled;
use crate::pushed::feed::line;
use crate::report::{Row, Target};

/// The kind of a list frame.
const LIST: u8 = 0x17;
/// What is pushed as a token.
const TOKEN: &str = " quarter";
/// Lines of one round, and rounds of each side; they take turns, so that a busy machine is busy for both.
const ROUND: u64 = 20_000;
const ROUNDS: usize = 5;
/// Lines after which the server's memory is read again.
const MANY: u64 = 100_000;

/// A page with a log and an answer.
struct Reader {
    peer: Peer,
    island: u64,
    seq: u64,
}

impl Reader {
    async fn open(address: SocketAddr) -> Result<Self> {
        let islands = http::get(address, "/feed").await?.islands();
        let mut peer = Peer::open(address).await.map_err(|refused| anyhow::anyhow!("{refused:?}"))?;
        let ids = peer.join("/feed", 0, &islands).await;
        Ok(Self { peer, island: *ids.first().context("an island")?, seq: 0 })
    }

    async fn press(&mut self, name: &str, payload: &str) -> Result<()> {
        self.seq += 1;
        let frame = event(self.island, self.seq, name, payload);
        self.peer.send(frame).await.map_err(|error| anyhow::anyhow!("{error}"))
    }

    /// The next list frame.
    async fn list(&mut self) -> Bytes {
        loop {
            let frame = self.peer.frame().await.0;
            if frame.first() == Some(&LIST) {
                return frame;
            }
        }
    }

    /// Has so many lines appended, each by an event of its own; seconds until the last one is here.
    async fn pour(&mut self, lines: u64) -> Result<f64> {
        let last = line(lines).into_string();
        let begun = Instant::now();
        self.press("pour", &format!(r#"{{"lines":{lines}}}"#)).await?;
        loop {
            let frame = self.list().await;
            // A row ends its frame, with its key in its tag.
            let end = &frame[frame.len().saturating_sub(last.len())..];
            if String::from_utf8_lossy(end).contains(&text_of(&last)) {
                return Ok(begun.elapsed().as_secs_f64());
            }
        }
    }
}

/// A row's HTML behind its first tag.
fn text_of(row: &str) -> String {
    row.split_once('>').map_or(row, |(_, text)| text).to_owned()
}

/// All rows of lists.
///
/// # Errors
/// When the server does not start, or a socket ends.
pub async fn rows() -> Result<Vec<Row>> {
    let (server, address) = child::server().await?;
    let mut reader = Reader::open(address).await?;
    reader.press("token", &format!(r#"{{"text":"{TOKEN}"}}"#)).await?;
    let token = reader.list().await.len();
    reader.press("append", "").await?;
    let row = reader.list().await.len();
    let html = line(1).into_string().len() + r#" data-key="1""#.len();

    let mut bare = Peer::open_path(address, &format!("/raw/pour/{ROUND}/{row}"))
        .await
        .map_err(|error| anyhow::anyhow!("{error}"))?;
    let (mut live, mut floor) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        live.push(reader.pour(ROUND).await? * 1e6 / float(ROUND));
        let begun = Instant::now();
        bare.send(vec![0; 1]).await.map_err(|error| anyhow::anyhow!("{error}"))?;
        for _ in 0..ROUND {
            bare.frame().await;
        }
        floor.push(begun.elapsed().as_secs_f64() * 1e6 / float(ROUND));
    }
    let before = settled(&server).await?;
    reader.pour(MANY).await?;
    let grown = settled(&server).await? - before;
    let mega = 1024.0 * 1024.0;
    Ok(vec![
        bytes("a token pushed, down", token, TOKEN.len(), TOKEN.len() + 8),
        bytes("a row appended, down", row, html, html + 8),
        Row::new("a line appended by an event of its own, and sent", median(live), "µs", Target::Reported)
            .floor(median(floor)),
        Row::new(
            format!("memory after {MANY} lines, more than before"),
            grown / mega,
            "MB",
            Target::AtMost(1.0),
        ),
    ])
}

fn bytes(name: &str, value: usize, floor: usize, most: usize) -> Row {
    let float = |bytes| float(u64::try_from(bytes).unwrap_or(u64::MAX));
    Row::new(name, float(value), "B", Target::AtMost(float(most))).floor(float(floor))
}

#[allow(clippy::cast_precision_loss, reason = "counts here are small")]
fn float(value: u64) -> f64 {
    value as f64
}
