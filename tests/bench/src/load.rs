//! `cargo xtask load`: many connections against one address; they join, send, and say how long it took.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::{SocketAddr, ToSocketAddrs};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use holm_wire::Code;
use stories::http::{self, PageIsland};
use stories::peer::{Peer, event};

use crate::child::raise_descriptors;

/// What the flags say.
#[derive(Debug, Clone, PartialEq)]
pub struct Load {
    /// Sockets, at most 20,000.
    pub connections: usize,
    /// How long events are sent, at most 3,600 s.
    pub seconds: u64,
    /// Events a second on each connection; 0 joins and sends none.
    pub rate: f64,
    /// The page to join, `http` only; without one the gallery is started.
    pub url: Option<String>,
    /// How often the gallery is killed and started again meanwhile.
    pub kills: u32,
    /// How often it is asked to go while another takes its place.
    pub restarts: u32,
    /// Subscribers of a realtime channel in place of pages; 0 for none.
    pub channel: usize,
}

/// The flags, for people.
pub const USAGE: &str = "\
cargo xtask load [--connections 200] [--seconds 10] [--rate 1]
                 [--url http://127.0.0.1:3000/counters | --kill 3 | --restart 3]
cargo xtask load --channel 5000 [--seconds 60] [--rate 50]

Opens the connections (at most 20,000), joins the page's islands on each, sends the first island the first event
its HTML offers, --rate times a second on each connection for --seconds, and prints percentiles in milliseconds.
Without --url it starts the gallery on a free port.

With --kill it ends that gallery so many times with kill -9 and starts another, with --restart it ends it with
SIGTERM and another takes the address over. The connections then do what the browser's client does: they come
back, go on with their sessions or from their seals, and send again what has not come in. At the end the clicks
are compared with the islands' states; one that is lost or doubled fails the chore, and so does a connection that
found nobody after a SIGTERM.

With --channel so many clients subscribe to one realtime channel, half of them on WebSockets and half on event
streams, and --rate events a second are broadcast to them. Beside it stands the same with bare axum and a tokio
broadcast channel. An event that a subscriber of the channel does not get, or gets twice, fails the chore.";

impl Load {
    /// Reads the flags.
    ///
    /// # Errors
    /// With what is wrong, for people.
    pub fn parse(arguments: &[String]) -> Result<Self> {
        let mut load =
            Self { connections: 200, seconds: 10, rate: 1.0, url: None, kills: 0, restarts: 0, channel: 0 };
        let (mut seconds, mut rate) = (None, None);
        for pair in arguments.chunks(2) {
            let [flag, value] = pair else { bail!("{} needs a value\n\n{USAGE}", pair[0]) };
            match flag.as_str() {
                "--connections" => load.connections = value.parse().context("--connections")?,
                "--seconds" => seconds = Some(value.parse().context("--seconds")?),
                "--rate" => rate = Some(value.parse().context("--rate")?),
                "--url" => load.url = Some(value.clone()),
                "--kill" => load.kills = value.parse().context("--kill")?,
                "--restart" => load.restarts = value.parse().context("--restart")?,
                "--channel" => load.channel = value.parse().context("--channel")?,
                _ => bail!("no flag {flag}\n\n{USAGE}"),
            }
        }
        let usual = if load.channel > 0 { (60, 50.0) } else { (load.seconds, load.rate) };
        (load.seconds, load.rate) = (seconds.unwrap_or(usual.0), rate.unwrap_or(usual.1));
        let modes = [load.url.is_some(), load.kills > 0, load.restarts > 0, load.channel > 0];
        if modes.into_iter().filter(|mode| *mode).count() > 1 {
            bail!("one of --url, --kill, --restart and --channel at a time\n\n{USAGE}");
        }
        if u64::from(load.kills + load.restarts) > load.seconds {
            bail!("at most one kill or restart a second\n\n{USAGE}");
        }
        let bounded = (1..=20_000).contains(&load.connections.max(load.channel)) && load.seconds <= 3_600;
        if load.channel > 0 && load.rate == 0.0 {
            bail!("a channel needs a --rate\n\n{USAGE}");
        }
        if !bounded || !(0.0..=1_000.0).contains(&load.rate) {
            bail!("at most 20,000 connections, 3,600 seconds and 1,000 events a second each\n\n{USAGE}");
        }
        Ok(load)
    }
}

/// What one connection saw, in milliseconds.
#[derive(Debug, Default)]
struct Seen {
    joins: Vec<f64>,
    events: Vec<f64>,
    errors: BTreeMap<String, u64>,
}

impl Seen {
    fn error(&mut self, word: impl Into<String>) {
        *self.errors.entry(word.into()).or_default() += 1;
    }

    fn add(&mut self, other: Self) {
        self.joins.extend(other.joins);
        self.events.extend(other.events);
        for (word, count) in other.errors {
            *self.errors.entry(word).or_default() += count;
        }
    }
}

/// The page under load.
#[derive(Debug, Clone)]
struct Page {
    address: SocketAddr,
    path: String,
    islands: Vec<PageIsland>,
    name: String,
    payload: String,
}

/// Runs the load and gives back the report.
///
/// # Errors
/// When the page cannot be read or has no island with an event.
pub async fn run(load: &Load, url: &str) -> Result<String> {
    raise_descriptors(u64::try_from(load.connections)? + 100)?;
    let page = read(url).await?;
    let begun = Instant::now();
    let tasks: Vec<_> = (0..load.connections)
        .map(|number| tokio::spawn(one(page.clone(), load.clone(), number, begun)))
        .collect();
    let mut seen = Seen::default();
    for task in tasks {
        match task.await {
            Ok(own) => seen.add(own),
            Err(_) => seen.error("lost: the socket ended or nothing came back"),
        }
    }
    let seconds = begun.elapsed().as_secs_f64();
    let mut out = format!("{url}: {} connections, {seconds:.1} s, event {:?}\n", load.connections, page.name);
    out += &percentiles("open and join", &mut seen.joins);
    out += &percentiles("event to answer", &mut seen.events);
    writeln!(out, "errors: {}", seen.errors.values().sum::<u64>())?;
    for (word, count) in &seen.errors {
        writeln!(out, "  {count} × {word}")?;
    }
    Ok(out)
}

async fn one(page: Page, load: Load, number: usize, begun: Instant) -> Seen {
    let mut seen = Seen::default();
    // At most a thousand new connections a second: a listener's backlog is not what is measured.
    tokio::time::sleep_until((begun + Duration::from_millis(u64::try_from(number).unwrap_or(0))).into())
        .await;
    let start = Instant::now();
    let mut peer = match Peer::open(page.address).await {
        Ok(peer) => peer,
        Err(refused) => {
            seen.error(format!("HTTP {}", refused.status));
            return seen;
        }
    };
    let ids = peer.join(&page.path, 0, &page.islands).await;
    seen.joins.push(milliseconds(start));
    let end = Instant::now() + Duration::from_secs(load.seconds);
    let every = Duration::from_secs_f64(if load.rate > 0.0 { 1.0 / load.rate } else { 3_600.0 });
    // Connections are out of step, as people are.
    let offset = every.mul_f64(f64::from(u32::try_from(number % 97).unwrap_or(0)) / 97.0);
    let mut next = Instant::now() + offset;
    let mut seq = 0;
    while next < end {
        tokio::time::sleep_until(next.into()).await;
        seq += 1;
        let start = Instant::now();
        if peer.send(event(ids[0], seq, &page.name, &page.payload)).await.is_err() {
            seen.error("the socket ended");
            return seen;
        }
        match peer.settled(ids[0], seq).await {
            Ok(()) => seen.events.push(milliseconds(start)),
            Err(code) => seen.error(Code::word(code)),
        }
        next += every;
    }
    peer.leave().await;
    seen
}

async fn read(url: &str) -> Result<Page> {
    let rest = url.strip_prefix("http://").context("--url begins with http://")?;
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let host = if host.contains(':') { host.to_owned() } else { format!("{host}:80") };
    let address = host.to_socket_addrs()?.next().context("no such host")?;
    let path = format!("/{path}");
    let answer = http::get(address, &path).await?;
    let islands = answer.islands();
    if answer.status != 200 || islands.is_empty() {
        bail!("{url} answers {} with {} islands; name a page that has one", answer.status, islands.len());
    }
    let inner = answer.body.split("<holm-island ").nth(1).unwrap_or_default();
    let value = inner.split("data-live=\"").nth(1).and_then(|rest| rest.split('"').next());
    let value = value.context("the first island's HTML offers no data-live event")?.replace("&quot;", "\"");
    let (name, payload) = value.split_once(' ').unwrap_or((&value, ""));
    let path = path.split('?').next().unwrap_or("/").to_owned();
    Ok(Page { address, path, islands, name: name.to_owned(), payload: payload.to_owned() })
}

fn milliseconds(start: Instant) -> f64 {
    start.elapsed().as_secs_f64() * 1_000.0
}

#[allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "an index"
)]
fn percentiles(name: &str, times: &mut [f64]) -> String {
    times.sort_by(f64::total_cmp);
    let at = |share: f64| {
        let last = times.len().saturating_sub(1);
        times.get((last as f64 * share).round() as usize).copied().unwrap_or(f64::NAN)
    };
    format!(
        "{name:16} n {:7}  p50 {:8.2}  p90 {:8.2}  p99 {:8.2}  max {:8.2} ms\n",
        times.len(),
        at(0.5),
        at(0.9),
        at(0.99),
        at(1.0)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Load> {
        Load::parse(&text.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn flags_are_read_and_bounded() {
        let load = parse("--connections 7 --rate 2.5 --url http://localhost/x").unwrap();
        let url = Some("http://localhost/x".into());
        let expected =
            Load { connections: 7, seconds: 10, rate: 2.5, url, kills: 0, restarts: 0, channel: 0 };
        assert_eq!(load, expected);
        assert_eq!(parse("--kill 3").unwrap().kills, 3);
        let channel = parse("--seconds 5 --channel 500").unwrap();
        assert_eq!((channel.channel, channel.seconds), (500, 5));
        assert!((channel.rate - 50.0).abs() < f64::EPSILON);
        for wrong in [
            "--channel 20001",
            "--channel 5 --rate 0",
            "--channel 5 --kill 1",
            "--connections",
            "--connections 0",
            "--connections 999999",
            "--rate -1",
            "--speed 3",
            "--kill 2 --restart 2",
            "--kill 2 --url http://localhost/x",
            "--restart 11",
        ] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn percentiles_of_a_hundred() {
        let mut times: Vec<f64> = (0..=100).rev().map(f64::from).collect();
        let line = percentiles("x", &mut times);
        assert!(line.contains("p50    50.00  p90    90.00  p99    99.00  max   100.00"), "{line}");
    }
}
