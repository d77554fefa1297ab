//! Events to many subscribers at a steady rate: what each of them gets, in which order, and after what time.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use futures_util::{StreamExt, TryStreamExt, stream};
use tokio::sync::watch;

use crate::child::{self, Role, raise_descriptors};
use crate::load::Load;
use crate::server::Kind;
use crate::subscriber::{Subscriber, Way, numbered};

/// The channel of all subscribers.
pub(crate) const CHANNEL: &str = "harbour";
/// Connections that open at a time.
const GENTLY: usize = 100;
/// How long a subscriber waits before it comes back.
const AGAIN: Duration = Duration::from_millis(100);
/// How long after the last event a subscriber waits for what it has not got.
const PATIENCE: Duration = Duration::from_secs(20);

/// Whose subscribers they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// `tokio::sync::broadcast` and axum.
    Raw,
    /// A realtime channel with history.
    Channel,
}

impl Side {
    fn tell(self) -> &'static str {
        match self {
            Self::Raw => "/raw/tell",
            Self::Channel => "/channels/tell",
        }
    }

    /// A new subscriber.
    pub(crate) async fn open(self, address: SocketAddr, way: Way, after: Option<&str>) -> Result<Subscriber> {
        match (self, way) {
            (Self::Channel, way) => Subscriber::channel(address, way, CHANNEL, after).await,
            (Self::Raw, Way::Socket) => Subscriber::socket(address, "/raw/hear").await,
            (Self::Raw, Way::Stream) => Subscriber::stream(address, "/raw/events", None).await,
        }
    }
}

/// How much is said to how many.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// Half of them on sockets, half on event streams.
    pub subscribers: usize,
    /// Events a second.
    pub rate: f64,
    /// How long.
    pub seconds: u64,
}

impl Plan {
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "bounded by the flags"
    )]
    fn events(self) -> u64 {
        ((self.rate * self.seconds as f64).round() as u64).max(1)
    }
}

/// What became of all events at all subscribers.
#[derive(Debug, Default)]
pub struct Delivery {
    /// Microseconds from before an event was said until a subscriber had it, in order of size.
    times: Vec<u32>,
    /// Events that came, each once for each subscriber.
    pub came: u64,
    /// Events that a subscriber never got.
    pub lost: u64,
    /// Events that came again, or after a later one.
    pub doubled: u64,
    /// Why connections ended before their time, and how often. Those of a channel then come back, from where they
    /// were.
    pub ended: BTreeMap<String, u64>,
    /// Seconds of processor that the server used.
    pub worked: f64,
}

impl Delivery {
    /// The time that so large a share of all deliveries took at most, in milliseconds.
    #[allow(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "an index"
    )]
    pub fn at(&self, share: f64) -> f64 {
        let last = self.times.len().saturating_sub(1);
        self.times.get((last as f64 * share).round() as usize).map_or(f64::NAN, |time| f64::from(*time) / 1e3)
    }

    /// Whether each subscriber had each event once, and in order.
    pub fn is_exact(&self) -> bool {
        self.lost == 0 && self.doubled == 0
    }

    /// For people.
    ///
    /// # Errors
    /// Never, with a string.
    pub fn show(&self, name: &str) -> Result<String> {
        let mut out = format!(
            "{name:8} n {:9}  p50 {:8.2}  p99 {:8.2}  max {:8.2} ms  lost {}  doubled {}  server {:.1} s\n",
            self.came,
            self.at(0.5),
            self.at(0.99),
            self.at(1.0),
            self.lost,
            self.doubled,
            self.worked
        );
        for (why, count) in &self.ended {
            writeln!(out, "  {count} × {why}")?;
        }
        Ok(out)
    }

    fn add(&mut self, heard: Heard) {
        self.times.extend(heard.times);
        self.came += heard.came;
        self.lost += heard.lost;
        self.doubled += heard.doubled;
        for why in heard.ended {
            *self.ended.entry(why).or_default() += 1;
        }
    }
}

/// What one subscriber got.
#[derive(Debug, Default)]
struct Heard {
    times: Vec<u32>,
    came: u64,
    lost: u64,
    doubled: u64,
    ended: Vec<String>,
}

/// When each event was said, in microseconds since a beginning; 0 for not yet.
#[derive(Debug)]
struct Said {
    begun: Instant,
    at: Vec<AtomicU64>,
}

impl Said {
    fn now(&self) -> u64 {
        u64::try_from(self.begun.elapsed().as_micros()).unwrap_or(u64::MAX).max(1)
    }
}

/// Says the plan's events on one side of a server of its own, and listens.
///
/// # Errors
/// When the server does not start, or a connection does not open.
pub async fn run(side: Side, plan: Plan) -> Result<Delivery> {
    raise_descriptors(u64::try_from(plan.subscribers)? + 100)?;
    let (server, address) = child::server_of(Kind::Open, 0).await?;
    let subscribers: Vec<(Way, Subscriber)> = stream::iter((0..plan.subscribers).map(Way::of))
        .map(async |way| anyhow::Ok((way, side.open(address, way, None).await?)))
        .buffer_unordered(GENTLY)
        .try_collect()
        .await?;
    let events = plan.events();
    let at = (0..=events).map(|_| AtomicU64::new(0)).collect();
    let said = Arc::new(Said { begun: Instant::now(), at });
    let (over, end) = watch::channel(None);
    let tasks: Vec<_> = subscribers
        .into_iter()
        .map(|(way, subscriber)| {
            let again = Again { side, way, address };
            tokio::spawn(listen(subscriber, again, Arc::clone(&said), end.clone()))
        })
        .collect();
    let worked = server.worked()?;
    say(side, plan, address, &said).await?;
    over.send_replace(Some(tokio::time::Instant::now() + PATIENCE));
    let mut delivery = Delivery::default();
    for task in tasks {
        delivery.add(task.await?);
    }
    delivery.worked = server.worked()? - worked;
    delivery.times.sort_unstable();
    finish(server).await?;
    Ok(delivery)
}

/// The load chore with `--channel`: bare first, then the channel.
///
/// # Errors
/// As [`run`], and when a subscriber of the channel did not get each event once.
#[allow(clippy::print_stdout, reason = "the chore talks on its terminal")]
pub async fn chore(load: &Load) -> Result<()> {
    let plan = Plan { subscribers: load.channel, rate: load.rate, seconds: load.seconds };
    println!("{} subscribers, {} events a second for {} s", plan.subscribers, plan.rate, plan.seconds);
    print!("{}", run(Side::Raw, plan).await?.show("bare")?);
    let delivery = run(Side::Channel, plan).await?;
    print!("{}", delivery.show("channel")?);
    ensure!(delivery.is_exact(), "{} events were lost, {} came twice", delivery.lost, delivery.doubled);
    Ok(())
}

async fn finish(server: Role) -> Result<()> {
    server.kill().await.context("the server goes")
}

async fn say(side: Side, plan: Plan, address: SocketAddr, said: &Said) -> Result<()> {
    let mut publisher = Subscriber::socket(address, side.tell()).await?;
    let every = Duration::from_secs_f64(1.0 / plan.rate);
    let mut next = tokio::time::Instant::now();
    for number in 1..=plan.events() {
        tokio::time::sleep_until(next).await;
        let text = numbered(number);
        said.at[usize::try_from(number)?].store(said.now(), Ordering::Release);
        publisher.say(&text).await?;
        next += every;
    }
    Ok(())
}

/// How a subscriber comes back.
#[derive(Debug, Clone, Copy)]
struct Again {
    side: Side,
    way: Way,
    address: SocketAddr,
}

/// Counts what comes until the last event is there, or the patience after it has ended.
async fn listen(
    mut subscriber: Subscriber,
    again: Again,
    said: Arc<Said>,
    mut end: watch::Receiver<Option<tokio::time::Instant>>,
) -> Heard {
    let events = u64::try_from(said.at.len()).unwrap_or(u64::MAX) - 1;
    let mut heard = Heard { times: Vec::with_capacity(said.at.len()), ..Heard::default() };
    let mut last = 0;
    let over = async {
        let until = end.wait_for(Option::is_some).await.ok().and_then(|until| *until);
        if let Some(until) = until {
            tokio::time::sleep_until(until).await;
        }
    };
    let mut over = std::pin::pin!(over);
    while last < events {
        let number = tokio::select! {
            number = subscriber.number() => number,
            () = &mut over => break,
        };
        let number = match number {
            Ok(number) => number,
            Err(error) => {
                heard.ended.push(error.to_string());
                if again.side == Side::Raw {
                    break;
                }
                tokio::time::sleep(AGAIN).await;
                let cursor = subscriber.cursor().map(str::to_owned);
                match again.side.open(again.address, again.way, cursor.as_deref()).await {
                    Ok(back) => subscriber = back,
                    Err(error) => {
                        heard.ended.push(format!("not back: {error}"));
                        break;
                    }
                }
                continue;
            }
        };
        let Some(at) = said.at.get(usize::try_from(number).unwrap_or(usize::MAX)) else { continue };
        let time = said.now().saturating_sub(at.load(Ordering::Acquire));
        heard.times.push(u32::try_from(time).unwrap_or(u32::MAX));
        heard.came += 1;
        if number <= last {
            heard.doubled += 1;
        } else {
            heard.lost += number - last - 1;
            last = number;
        }
    }
    heard.lost += events - last;
    subscriber.leave().await;
    heard
}
