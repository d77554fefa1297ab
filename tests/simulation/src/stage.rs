//! The app of the simulation: islands that write down each event they take.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use holm::prelude::{Cx, Deserialize, Event, Island, Limits, Live, Markup, Page, Serialize, WithLive, html};
use holm::test::App;

/// What happened outside of all islands, which no crash of a server undoes.
#[derive(Debug, Default)]
pub struct Ledger {
    /// By payment: the ids of the events that paid it.
    paid: Mutex<HashMap<u32, HashSet<String>>>,
    /// Set at the end: timers change nothing more.
    pub quiet: AtomicBool,
}

impl Ledger {
    /// How many events paid this, each counted once however often it was run.
    pub fn payments(&self, number: u32) -> usize {
        self.paid.lock().unwrap_or_else(PoisonError::into_inner).get(&number).map_or(0, HashSet::len)
    }

    fn pay(&self, number: u32, id: String) {
        self.paid.lock().unwrap_or_else(PoisonError::into_inner).entry(number).or_default().insert(id);
    }
}

/// One run of the server: what it does outside ends when it is killed.
#[derive(Debug, Clone)]
pub struct Run {
    /// The world outside.
    pub ledger: Arc<Ledger>,
    /// Unset when the server is killed.
    pub alive: Arc<AtomicBool>,
}

/// A list of numbers, a clock, and diaries inside.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Diary {
    /// Every number it was told, in order.
    pub lines: Vec<u32>,
    /// The keys of the diaries inside.
    pub inner: Vec<u32>,
    ticking: bool,
    ticks: u32,
}

/// What a [`Diary`] takes.
#[derive(Debug, Event)]
pub enum Entry {
    /// Writes a number down.
    Add(u32),
    /// Writes a number down in front, so that others move.
    Front(u32),
    /// Changes the state and then fails.
    Fail(u32),
    /// Changes the state and then panics.
    Panic(u32),
    /// Writes a number down after so many milliseconds.
    Slow {
        /// The number.
        number: u32,
        /// The milliseconds.
        ms: u64,
    },
    /// Writes a number down and does something outside that must not happen twice.
    #[event(once)]
    Pay(u32),
    /// Starts the clock.
    Start(u32),
    /// A diary inside, with the number as its key.
    Grow(u32),
    /// The oldest diary inside goes.
    Shrink(u32),
    /// The clock's.
    #[event(server)]
    Tick,
}

impl Diary {
    fn clock(&self, cx: &Cx<Entry>) {
        if self.ticking {
            cx.every(Duration::from_millis(700), || Entry::Tick);
        }
    }
}

impl Island for Diary {
    type Event = Entry;

    fn render(&self) -> Markup {
        html! {
            h2 class={ "at-" (self.ticks % 3) } { "Diary of " (self.lines.len()) }
            ol { @for line in &self.lines { li data-key={ "l" (line) } { (line) } } }
            output { (self.ticks) }
            @for key in &self.inner { (holm::nest(&format!("d{key}"), Self::default())) }
        }
    }

    async fn restore(&mut self, cx: &mut Cx<Entry>) -> holm::Result {
        self.clock(cx);
        Ok(())
    }

    async fn on(&mut self, event: Entry, cx: &mut Cx<Entry>) -> holm::Result {
        match event {
            Entry::Add(number) => self.lines.push(number),
            Entry::Front(number) => self.lines.insert(0, number),
            Entry::Fail(number) => {
                self.lines.push(number);
                return Err(holm::Error::public("This one fails."));
            }
            Entry::Panic(number) => {
                self.lines.push(number);
                // Quiet: a hook would print a hundred thousand of them.
                std::panic::resume_unwind(Box::new("a panic on purpose"));
            }
            Entry::Slow { number, ms } => {
                tokio::time::sleep(Duration::from_millis(ms)).await;
                self.lines.push(number);
            }
            Entry::Pay(number) => {
                tokio::time::sleep(Duration::from_millis(u64::from(number % 3) * 40)).await;
                let run = cx.state::<Run>();
                if !run.alive.load(Ordering::Relaxed) {
                    std::future::pending::<()>().await;
                }
                let id = cx.event_id().map(|id| id.to_string()).unwrap_or_default();
                run.ledger.pay(number, id);
                self.lines.push(number);
            }
            Entry::Start(number) => {
                self.lines.push(number);
                if !self.ticking {
                    self.ticking = true;
                    self.clock(cx);
                }
            }
            Entry::Grow(number) => {
                self.lines.push(number);
                self.inner.push(number);
            }
            Entry::Shrink(number) => {
                self.lines.push(number);
                if !self.inner.is_empty() {
                    self.inner.remove(0);
                }
            }
            Entry::Tick if cx.state::<Run>().ledger.quiet.load(Ordering::Relaxed) => {}
            Entry::Tick => self.ticks += 1,
        }
        Ok(())
    }
}

/// A server that has just started.
pub fn app(run: Run, limits: Limits) -> App {
    async fn home(page: Page) -> Page {
        page.title("Diaries").body(|p| {
            let second = Diary { inner: vec![0], ..Diary::default() };
            html! { (p.island(Diary::default())) (p.island(second)) }
        })
    }
    let live = Live::new()
        .key([9; 32])
        .development(false)
        .build("simulation")
        .limits(limits)
        .state(run)
        .island::<Diary>();
    App::new(Router::new().route("/", get(home)).with_live(live))
}
