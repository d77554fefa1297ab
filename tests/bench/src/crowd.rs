//! A child that holds many sockets and tells how long it took until each of them had what was said to all.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use futures_util::{StreamExt, TryStreamExt, stream};
use stories::http::{self, PageIsland};
use stories::peer::Peer;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::sync::watch;

use crate::child::{Role, raise_descriptors, say};

/// Sockets that open at a time.
const GENTLY: usize = 200;
/// How long a round may take.
const PATIENCE: Duration = Duration::from_mins(1);

/// Many sockets at one server, in a process of their own.
#[derive(Debug)]
pub struct Crowd(Role);

/// What one thing said to all took.
#[derive(Debug, Clone, Copy)]
pub struct Round {
    /// From before the request that has it said until the last socket had it.
    pub milliseconds: f64,
    /// Bytes of the message that came.
    pub bytes: usize,
}

impl Crowd {
    /// Opens so many sockets: on a path that begins with `/raw/` as they are, on any other joined to its islands.
    ///
    /// # Errors
    /// When the child does not start, or a socket does not open.
    pub async fn gather(address: SocketAddr, path: &str, count: usize) -> Result<Self> {
        let mut role = Role::start(&["crowd", &address.to_string(), path, &count.to_string()])?;
        role.expect("open").await.with_context(|| format!("{count} sockets on {path}"))?;
        Ok(Self(role))
    }

    /// Asks for the path that has one thing said to all, and waits until each socket has one message.
    ///
    /// # Errors
    /// When one has none after a minute, or more than one.
    pub async fn round(&mut self, trigger: &str) -> Result<Round> {
        self.0.say(trigger).await?;
        let line = self.0.line().await.with_context(|| format!("a round of {trigger}"))?;
        let (milliseconds, bytes) = line.split_once(' ').with_context(|| line.clone())?;
        Ok(Round { milliseconds: milliseconds.parse()?, bytes: bytes.parse()? })
    }
}

/// What the sockets of a crowd count together.
#[derive(Debug)]
struct Tally {
    /// Rounds begun, which is how many messages each socket is to have by the end of this one.
    rounds: AtomicU64,
    /// Sockets that have not had this round's.
    left: AtomicUsize,
    /// When the last had it, and what it was.
    last: watch::Sender<Option<(Instant, usize)>>,
    /// Messages that nobody asked for, and sockets that ended.
    wrong: AtomicU64,
}

/// The role `crowd ADDRESS PATH COUNT`: opens sockets and says `open`; each line then is a path to ask for, and the
/// answer is the round's milliseconds and bytes.
///
/// # Errors
/// When a socket does not open, or does not get one message in each round.
pub async fn role(address: SocketAddr, path: &str, count: usize) -> Result<()> {
    raise_descriptors(u64::try_from(count)? + 100)?;
    let islands =
        if path.starts_with("/raw/") { Vec::new() } else { http::get(address, path).await?.islands() };
    let sockets: Vec<Peer> = stream::iter((0..count).map(|_| open(address, path, &islands)))
        .buffer_unordered(GENTLY)
        .try_collect()
        .await?;
    let tally = Arc::new(Tally {
        rounds: AtomicU64::new(0),
        left: AtomicUsize::new(0),
        last: watch::Sender::new(None),
        wrong: AtomicU64::new(0),
    });
    for socket in sockets {
        tokio::spawn(listen(socket, Arc::clone(&tally)));
    }
    say("open");
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    while let Some(trigger) = lines.next_line().await? {
        let mut last = tally.last.subscribe();
        tally.left.store(count, Ordering::SeqCst);
        tally.rounds.fetch_add(1, Ordering::SeqCst);
        let begun = Instant::now();
        let answer = http::get(address, &trigger).await?;
        if answer.status != 200 {
            bail!("{trigger} answers {}", answer.status);
        }
        let wait = tokio::time::timeout(PATIENCE, last.changed()).await;
        let (left, wrong) = (tally.left.load(Ordering::SeqCst), tally.wrong.load(Ordering::SeqCst));
        if wait.is_err() || wrong > 0 {
            bail!("{left} of {count} sockets had nothing, and {wrong} messages came that nobody asked for");
        }
        let (at, bytes) = (*last.borrow()).context("a round ends with its last message")?;
        say(&format!("{} {bytes}", (at - begun).as_secs_f64() * 1_000.0));
    }
    Ok(())
}

async fn open(address: SocketAddr, path: &str, islands: &[PageIsland]) -> Result<Peer> {
    if islands.is_empty() {
        return Peer::open_path(address, path).await.map_err(|error| anyhow::anyhow!("{error}"));
    }
    let mut peer = Peer::open(address).await.map_err(|refused| anyhow::anyhow!("{refused:?}"))?;
    peer.join(path, 0, islands).await;
    Ok(peer)
}

async fn listen(mut socket: Peer, tally: Arc<Tally>) {
    let mut had = 0;
    loop {
        let Ok(message) = socket.message().await else {
            tally.wrong.fetch_add(1, Ordering::SeqCst);
            return;
        };
        if !is_change(&message) {
            continue;
        }
        had += 1;
        if had != tally.rounds.load(Ordering::SeqCst) {
            tally.wrong.fetch_add(1, Ordering::SeqCst);
        } else if tally.left.fetch_sub(1, Ordering::SeqCst) == 1 {
            tally.last.send_replace(Some((Instant::now(), message.len())));
        }
    }
}

/// Whether a message is a change of what the page shows; those of bare sockets begin with a zero and are longer
/// than a sign of life.
fn is_change(message: &[u8]) -> bool {
    const EDIT: u8 = 0x11;
    const SNAPSHOT: u8 = 0x14;
    message.len() > 1 && matches!(message[0], 0 | EDIT | SNAPSHOT)
}
