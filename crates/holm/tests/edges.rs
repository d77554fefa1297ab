//! The edges of limits that are a connection's own.
#![allow(clippy::unwrap_used, reason = "a test fails where it unwraps")]

use std::cell::Cell;
use std::time::Duration;

use holm::Code;
use holm::prelude::*;
use holm::test::{App, Page as Served, Wire};
use holm_wire::down::Down;
use holm_wire::up::{self, JoinIsland};

thread_local! {
    /// How often this test's islands were rendered; each test has a thread of its own.
    static RENDERS: Cell<usize> = const { Cell::new(0) };
}

#[derive(Clone, Default, Serialize, Deserialize)]
struct Counter {
    count: u32,
}

#[derive(Event)]
enum Press {
    Inc,
    Again,
    #[event(server)]
    Fail,
}

impl Island for Counter {
    type Event = Press;

    fn render(&self) -> Markup {
        RENDERS.set(RENDERS.get() + 1);
        html! { output { (self.count) } }
    }

    async fn on(&mut self, event: Press, cx: &mut Cx<Press>) -> holm::Result {
        match event {
            Press::Inc => self.count += 1,
            Press::Again => cx.every(Duration::from_millis(1), || Press::Fail),
            Press::Fail => return Err(holm::Error::public("no")),
        }
        Ok(())
    }
}

fn app(limits: Limits) -> App {
    async fn home(page: Page) -> Page {
        page.title("Counter").body(|p| p.island(Counter::default()))
    }
    let live = Live::new().key([9; 32]).development(false).limits(limits).island::<Counter>();
    App::new(Router::new().route("/", get(home)).with_live(live))
}

fn join_frame(page: &Served, path: &str) -> Vec<u8> {
    let seal = page.attr("holm-island", "data-seal").unwrap();
    let island = JoinIsland { name: "Counter", instance: "Counter:0", check: 0, seal: seal.as_bytes() };
    let mut frame = Vec::new();
    up::join(&mut frame, 0, path, 1, b"", &[island]);
    frame
}

async fn joined(limits: Limits) -> (App, Wire) {
    let app = app(limits);
    let page = app.get("/").await;
    let mut wire = page.wire();
    wire.send(&join_frame(&page, "/"));
    assert_eq!(kinds(&wire), [0x10]);
    (app, wire)
}

fn kinds(wire: &Wire) -> Vec<u8> {
    std::iter::from_fn(|| wire.take()).map(|frame| frame[0]).collect()
}

fn event(seq: u64, name: &str) -> Vec<u8> {
    let mut frame = Vec::new();
    up::event(&mut frame, 1, seq, name, "");
    frame
}

#[tokio::test(start_paused = true)]
async fn after_so_many_events_the_seal_goes_out_at_once() {
    let (_app, mut wire) = joined(Limits { seal_events: 3, ..Limits::default() }).await;
    for (seq, frames) in [(1, &[0x13][..]), (2, &[0x13]), (3, &[0x13, 0x15]), (4, &[0x13]), (5, &[0x13])] {
        wire.send(&event(seq, "inc"));
        assert_eq!(kinds(&wire), frames, "event {seq}");
    }
    wire.send(&event(6, "inc"));
    assert_eq!(kinds(&wire), [0x13, 0x15]);
}

#[tokio::test(start_paused = true)]
async fn with_so_many_frames_waiting_nothing_more_is_read() {
    let (_app, mut wire) = joined(Limits { outbox: 2, ..Limits::default() }).await;
    for expected in [true, false] {
        wire.send(&[0x7f]);
        assert_eq!(wire.takes_more(), expected);
    }
    assert_eq!(kinds(&wire), [0x16, 0x16]);
    assert!(wire.takes_more());
}

#[tokio::test(start_paused = true)]
async fn one_answer_serves_many_heartbeats() {
    let (_app, mut wire) = joined(Limits::default()).await;
    for _ in 0..100 {
        wire.send(&[0x00]);
    }
    assert_eq!(kinds(&wire), [0x00]);
}

#[tokio::test(start_paused = true)]
async fn failures_of_its_own_timers_do_not_pile_up_for_a_page_that_does_not_read() {
    let (_app, mut wire) = joined(Limits { outbox: 5, ..Limits::default() }).await;
    wire.send(&event(1, "again"));
    wire.heard();
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert!(kinds(&wire).len() <= 12, "2,000 failures, and some frames beside");
}

#[tokio::test(start_paused = true)]
async fn a_join_frame_is_as_long_as_its_limit_and_no_longer() {
    let limits = |join_bytes| Limits { join_bytes, ..Limits::default() };
    let sample = app(Limits::default());
    let page = sample.get("/").await;
    let long = join_frame(&page, &format!("/{}", "x".repeat(500)));
    for (limit, kind) in [(long.len(), 0x10), (long.len() - 1, 0x16)] {
        let app = app(limits(limit));
        let mut wire = app.get("/").await.wire();
        wire.send(&long);
        assert_eq!(kinds(&wire), [kind], "limit {limit}");
    }
}

#[tokio::test(start_paused = true)]
async fn pings_come_at_their_interval_and_silence_has_its_end() {
    let limits =
        Limits { heartbeat: Duration::from_secs(10), silence: Duration::from_secs(25), ..Limits::default() };
    let (_app, wire) = joined(limits).await;
    tokio::time::sleep(Duration::from_millis(9_900)).await;
    assert!(!wire.pinged());
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(wire.pinged() && !wire.pinged());
    wire.heard();
    tokio::time::sleep(Duration::from_millis(24_900)).await;
    assert_eq!(wire.closed(), None);
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(wire.closed(), Some(Code::Silent.close()));
}

#[tokio::test(start_paused = true)]
async fn pages_are_told_to_come_back_at_moments_of_the_window() {
    let app = app(Limits { come_back: Duration::from_millis(400), ..Limits::default() });
    let page = app.get("/").await;
    let wires: Vec<_> = (0..50)
        .map(|_| {
            let mut wire = page.wire();
            wire.send(&join_frame(&page, "/"));
            wire
        })
        .collect();
    let drain = tokio::spawn(async move { page.drain().await });
    let mut moments = Vec::new();
    for wire in wires {
        while let Some(frame) = wire.next().await {
            if let Ok(Down::ComeBack { milliseconds }) = Down::decode(&frame) {
                moments.push(milliseconds);
            }
        }
        assert_eq!(wire.closed(), Some(1012));
    }
    drain.await.unwrap();
    assert_eq!(moments.len(), 50);
    assert!(moments.iter().all(|moment| (500..900).contains(moment)), "{moments:?}");
    moments.sort_unstable();
    moments.dedup();
    assert!(moments.len() > 20, "{moments:?}");
}

#[tokio::test(start_paused = true)]
async fn html_up_to_its_limit_is_kept_and_longer_html_is_rendered_again() {
    let html = "<output>1</output>".len();
    for (kept_html_bytes, renders) in [(html, 1), (html - 1, 2)] {
        let (_app, mut wire) = joined(Limits { kept_html_bytes, ..Limits::default() }).await;
        wire.send(&event(1, "inc"));
        kinds(&wire);
        let mut seen = Vec::new();
        up::seen(&mut seen, 1);
        wire.send(&seen);
        // Quiet, and sealed.
        tokio::time::sleep(Duration::from_secs(2)).await;
        assert_eq!(kinds(&wire), [0x15]);
        let before = RENDERS.get();
        wire.send(&event(2, "inc"));
        assert_eq!(kinds(&wire), [0x13]);
        assert_eq!(RENDERS.get() - before, renders);
    }
}
