//! One schedule: faults by chance, then a healed network, then what must hold.

mod network;
mod verdict;

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use holm::prelude::Limits;
use holm::test::{App, Page as Served, Wire};
use holm_client::client::Client;
use holm_wire::down::Down;
use holm_wire::up::Up;
use tokio::time::{Instant, sleep_until};

use crate::page::{Page, Wish};
use crate::stage::{self, Ledger, Run};
use stories::chance::Chance;

/// How long the healed world may take until everything has come about.
const PATIENCE: Duration = Duration::from_mins(10);

/// What an event asks of its island.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Written at the end.
    Add,
    /// Written in front.
    Front,
    /// Refused by its handler.
    Fail,
    /// Its handler panics.
    Panic,
    /// Takes a while.
    Slow,
    /// Has an effect outside.
    Pay,
    /// Starts the clock.
    Start,
    /// A new island inside.
    Grow,
    /// One less.
    Shrink,
}

/// What comes about at a time.
#[derive(Debug)]
enum Event {
    /// A connection is open on the client's side, and so on the server's.
    Opened(u32),
    Up(u32, Vec<u8>),
    Down(u32, Bytes),
    /// The client hears that its connection has ended.
    Closed(u32),
    /// The server hears it.
    Lost(u32),
    /// The client's timer, if it is still that one.
    Timer(u64),
    Status(u32),
    Press,
    Fault,
    /// The server starts.
    Start,
    /// A socket takes frames again.
    Flow(u32),
    /// The page is looked at again.
    Back,
    Heal,
    /// Nothing but a moment at which to look.
    Look,
}

/// One connection.
struct Conn {
    epoch: u32,
    wire: Option<Wire>,
    /// The client has ended it, or knows that it has ended.
    over: bool,
    up_at: Instant,
    down_at: Instant,
    /// What would arrive later is lost.
    up_cut: Option<Instant>,
    down_cut: Option<Instant>,
    stalled: bool,
    /// Frames go up by requests, of which some come twice, and late.
    by_request: bool,
}

struct Server {
    _app: App,
    served: Served,
    run: Run,
}

/// A schedule that runs.
pub struct World {
    chance: Chance,
    tracing: bool,
    begun: Instant,
    client: Box<Client<Page>>,
    queue: BTreeMap<(Instant, u64), Event>,
    order: u64,
    conns: Vec<Conn>,
    server: Option<Server>,
    /// Those that were killed or drained.
    gone: Vec<Served>,
    ledger: Arc<Ledger>,
    limits: Limits,
    timer: u64,
    presses: Vec<Kind>,
    slowness: u64,
    away: bool,
    healed: bool,
}

impl std::fmt::Debug for World {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("World").field("conns", &self.conns.len()).finish_non_exhaustive()
    }
}

/// Runs the schedule of a seed on a runtime of its own, in paused time.
///
/// # Errors
/// What does not hold at its end, or should not have happened on the way.
///
/// # Panics
/// When a server or a client does, or the runtime cannot be made.
pub fn run(seed: u64, tracing: bool) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.expect("a runtime of one thread").block_on(async {
        let mut world = World::new(seed, tracing).await;
        let outcome = world.live().await;
        world.end().await;
        outcome
    })
}

impl World {
    async fn new(seed: u64, tracing: bool) -> Self {
        let mut chance = Chance::new(seed);
        let ledger = Arc::new(Ledger::default());
        let limits = Limits {
            resume_bytes: chance.of(&[1, 100, 400, 16 * 1024]),
            park_time: Duration::from_millis(chance.of(&[300, 3_000, 60_000])),
            kept_html_bytes: chance.of(&[1, 512]),
            seal_events: chance.of(&[2, 64]),
            seal_quiet: Duration::from_millis(chance.of(&[200, 1_000])),
            mailbox: chance.of(&[3, 1_024, 1_024]),
            handler_time: Duration::from_secs(2),
            // A window of one moment: its place in a longer one hangs on a random number.
            come_back: Duration::from_millis(1),
            ..Limits::default()
        };
        let server = start(&ledger, &limits).await;
        let foreign = chance.of(&[0, 0, 10]);
        let page = Page::new(server.served.html(), Chance::new(chance.number()), foreign);
        let slowness = chance.of(&[2, 20, 120, 400]);
        let mut world = Self {
            chance,
            tracing,
            begun: Instant::now(),
            client: Box::new(Client::new(page)),
            queue: BTreeMap::new(),
            order: 0,
            conns: Vec::new(),
            server: Some(server),
            gone: Vec::new(),
            ledger,
            limits,
            timer: 0,
            presses: Vec::new(),
            slowness,
            away: false,
            healed: false,
        };
        world.trace(|world| format!("{:?}, slowness {}, foreign {foreign}", world.limits, world.slowness));
        let horizon = world.between(500, 9_000);
        world.at(horizon, Event::Heal);
        world.at(Duration::ZERO, Event::Press);
        let first = world.between(20, 2_000);
        world.at(first, Event::Fault);
        let count = world.client.host.slots.len();
        world.client.start(count);
        world
    }

    /// A time from `from` up to `to` milliseconds.
    fn between(&mut self, from: u64, to: u64) -> Duration {
        Duration::from_millis(from + self.chance.below(to - from))
    }

    /// How long something travels now.
    fn travel(&mut self) -> Duration {
        let slowness = self.slowness;
        self.between(1, slowness + 2)
    }

    fn at(&mut self, after: Duration, event: Event) {
        self.put(Instant::now() + after, event);
    }

    fn put(&mut self, when: Instant, event: Event) {
        self.order += 1;
        self.queue.insert((when, self.order), event);
    }

    fn trace(&self, line: impl FnOnce(&Self) -> String) {
        if self.tracing {
            let now = Instant::now().duration_since(self.begun).as_millis();
            say(&format!("{now:>7} ms  {}", line(self)));
        }
    }

    /// Lets time pass until all has come about that was to.
    async fn live(&mut self) -> Result<(), String> {
        let mut limit = None;
        loop {
            self.obey().await;
            self.pull();
            let trouble = &mut self.client.host.trouble;
            if !trouble.is_empty() {
                return Err(trouble.join("\n"));
            }
            if self.healed {
                let now = Instant::now();
                let limit = *limit.get_or_insert(now + PATIENCE);
                match self.open_question() {
                    None => return self.verdict(),
                    Some(question) if now > limit => return Err(format!("in the healed world, {question}")),
                    Some(_) => {}
                }
            }
            self.pause().await;
            let due = self.queue.first_key_value().filter(|((when, _), _)| *when <= Instant::now());
            if let Some((key, _)) = due {
                let key = *key;
                if let Some(event) = self.queue.remove(&key) {
                    self.happen(event);
                }
            }
        }
    }

    /// Lets go of every session, also of those that wait on servers that were killed.
    async fn end(&mut self) {
        self.conns.clear();
        self.gone.extend(self.server.take().map(|server| server.served));
        for served in &self.gone {
            served.drain().await;
        }
    }

    /// Waits for the next event, or for a frame of a server.
    async fn pause(&mut self) {
        if self.queue.is_empty() {
            self.at(Duration::from_secs(1), Event::Look);
        }
        let next = self.queue.first_key_value().map_or_else(Instant::now, |((when, _), _)| *when);
        let mut found = None;
        {
            let mut sleep = pin!(sleep_until(next));
            poll_fn(|cx| {
                for (at, conn) in self.conns.iter().enumerate() {
                    let Some(wire) = conn.wire.as_ref().filter(|_| !conn.stalled) else { continue };
                    if let Poll::Ready(frame) = pin!(wire.next()).poll(cx) {
                        found = Some((at, frame));
                        return Poll::Ready(());
                    }
                }
                sleep.as_mut().poll(cx)
            })
            .await;
        }
        if let Some((at, Some(frame))) = found {
            self.send_down(at, frame);
        }
    }

    fn happen(&mut self, event: Event) {
        let passed = Instant::now().duration_since(self.begun).as_millis() / 10;
        self.client.host.now = u32::try_from(passed + 1).unwrap_or(u32::MAX);
        match event {
            Event::Opened(epoch) => self.opened(epoch),
            Event::Up(epoch, frame) => self.up(epoch, &frame),
            Event::Down(epoch, frame) => self.down(epoch, &frame),
            Event::Closed(epoch) => {
                self.trace(|_| format!("the client hears that connection {epoch} has ended"));
                if let Some(conn) = self.conn(epoch) {
                    conn.over = true;
                }
                self.client.closed(epoch);
            }
            Event::Lost(epoch) => {
                self.trace(|_| format!("the server hears that connection {epoch} has ended"));
                if let Some(conn) = self.conn(epoch) {
                    conn.wire = None;
                }
            }
            Event::Timer(timer) => {
                if timer == self.timer {
                    self.client.tick();
                }
            }
            Event::Status(epoch) => {
                if self.server.is_some() {
                    self.client.reason(epoch, 0, 0);
                }
            }
            Event::Press => self.press(),
            Event::Fault => self.fault(),
            Event::Flow(epoch) => {
                if let Some(conn) = self.conn(epoch) {
                    conn.stalled = false;
                }
            }
            Event::Back => self.back(),
            Event::Heal => self.heal(),
            // The server is started before the next wish is obeyed.
            Event::Start | Event::Look => {}
        }
    }

    fn press(&mut self) {
        if self.healed {
            return;
        }
        let wait = if self.chance.percent(60) { self.between(1, 60) } else { self.between(60, 1_500) };
        self.at(wait, Event::Press);
        let count = self.client.host.slots.len() as u64;
        // The index is below the number of islands.
        let slot = usize::try_from(self.chance.below(count)).unwrap_or(0);
        if !self.client.host.is_connected(slot) || self.client.host.is_full(slot) {
            return;
        }
        let number = u32::try_from(self.presses.len()).unwrap_or(u32::MAX);
        let (kind, name, payload) = match self.chance.below(24) {
            0 => (Kind::Fail, "fail", number.to_string()),
            1 => (Kind::Panic, "panic", number.to_string()),
            2 => (Kind::Slow, "slow", format!(r#"{{"number":{number},"ms":{}}}"#, self.chance.below(900))),
            3 if self.chance.percent(30) => {
                (Kind::Slow, "slow", format!(r#"{{"number":{number},"ms":2500}}"#))
            }
            4 | 5 => (Kind::Pay, "pay", number.to_string()),
            6 => (Kind::Start, "start", number.to_string()),
            // A nested island that is mounted while its parent waits for a snapshot finds no place there.
            7 => (Kind::Grow, "grow", number.to_string()),
            8 => (Kind::Shrink, "shrink", number.to_string()),
            9..12 => (Kind::Front, "front", number.to_string()),
            _ => (Kind::Add, "add", number.to_string()),
        };
        let told = self.client.event(u32::try_from(slot).unwrap_or(u32::MAX));
        if told == 0 {
            return;
        }
        self.presses.push(kind);
        self.trace(|world| {
            let instance = &world.client.host.slots[slot].instance;
            format!("a press: {kind:?} {number} for {instance}, event {}, sent: {}", told >> 1, told & 1 == 1)
        });
        self.client.host.keep(slot, told, number, name, payload);
    }

    /// Does what the client wishes.
    async fn obey(&mut self) {
        if self.server.is_none() && self.due_start() {
            self.server = Some(start(&self.ledger, &self.limits).await);
            self.trace(|_| "a server starts".to_owned());
        }
        while let Some(wish) = self.client.host.wishes.pop_front() {
            match wish {
                Wish::Connect(epoch) => self.connect(epoch),
                Wish::Disconnect => self.disconnect(),
                Wish::Send(frame) => self.send_up(frame),
                Wish::Timer(milliseconds) => {
                    self.timer += 1;
                    if milliseconds.is_finite() {
                        let timer = self.timer;
                        // As a browser's timers, it is never early.
                        self.at(
                            Duration::from_secs_f64(milliseconds.max(1.0).ceil() / 1_000.0),
                            Event::Timer(timer),
                        );
                    }
                }
                Wish::Ask(epoch) => {
                    let travel = self.travel();
                    self.at(travel, Event::Status(epoch));
                }
            }
        }
    }

    /// Whether the server that is down is to be up by now: its start is no longer ahead.
    fn due_start(&self) -> bool {
        !self.queue.values().any(|event| matches!(event, Event::Start))
    }
}

async fn start(ledger: &Arc<Ledger>, limits: &Limits) -> Server {
    let run = Run { ledger: Arc::clone(ledger), alive: Arc::new(AtomicBool::new(true)) };
    let app = stage::app(run.clone(), limits.clone());
    let served = app.get("/").await;
    Server { _app: app, served, run }
}

impl Server {
    /// It ends at once; nothing that it was about to do outside happens.
    fn kill(&self) {
        self.run.alive.store(false, Ordering::Relaxed);
    }
}

#[allow(clippy::print_stdout, reason = "a trace is asked for to be read")]
fn say(line: &str) {
    println!("{line}");
}

/// A frame in few words.
fn told(frame: &[u8], up: bool) -> String {
    let text = if up {
        Up::decode(frame).map_or_else(|error| error.to_string(), |up| format!("{up:?}"))
    } else {
        Down::decode(frame).map_or_else(|error| error.to_string(), |down| format!("{down:?}"))
    };
    text.chars().take(200).collect()
}
