//! What happens at the same moment, and what an app's own code may do in the middle of it.
#![allow(clippy::unwrap_used, reason = "a test fails where it unwraps")]

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Barrier};
use std::time::Duration;

use holm::prelude::*;
use holm::test::{App, Page as Served, Wire};
use holm::{Handle, Hub};
use holm_wire::down::Down;
use holm_wire::up::{self, JoinIsland, Resume, TOKEN};

/// Sends to its island when a state is dropped.
#[derive(Clone, Default)]
struct Bell(Option<Handle<Press>>);

impl Drop for Bell {
    fn drop(&mut self) {
        if let Some(handle) = &self.0 {
            let _ = handle.try_send(Press::Rung);
        }
    }
}

#[derive(Clone, Default, Serialize, Deserialize)]
struct Counter {
    count: u32,
    #[serde(skip)]
    bell: Bell,
}

#[derive(Event)]
enum Press {
    Inc,
    Hang,
    #[event(server)]
    Rung,
}

/// Whether renders panic from now on.
static BROKEN: AtomicBool = AtomicBool::new(false);

impl Island for Counter {
    type Event = Press;

    fn render(&self) -> Markup {
        assert!(self.count < 1_000 || !BROKEN.load(Ordering::SeqCst), "broken");
        html! { output { (self.count) } }
    }

    async fn on(&mut self, event: Press, cx: &mut Cx<Press>) -> holm::Result {
        match event {
            Press::Inc => self.count += 1,
            Press::Hang => self.bell = Bell(cx.handle()),
            Press::Rung => {}
        }
        Ok(())
    }
}

fn app(begin: u32) -> (App, Hub) {
    let home = move |page: Page| async move {
        page.title("Counter").body(|p| p.island(Counter { count: begin, ..Counter::default() }))
    };
    let authorize = |_| async { Ok(Principal::new("ada")) };
    let live = Live::new().key([4; 32]).development(false).authorize(authorize).island::<Counter>();
    let hub = live.hub();
    (App::new(Router::new().route("/", get(home)).with_live(live)), hub)
}

fn join_frame(page: &Served, epoch: u64, token: &[u8]) -> Vec<u8> {
    let seal = page.attr("holm-island", "data-seal").unwrap();
    let island = JoinIsland { name: "Counter", instance: "Counter:0", check: 0, seal: seal.as_bytes() };
    let mut frame = Vec::new();
    up::join(&mut frame, 0, "/", epoch, token, &[island]);
    frame
}

fn event(seq: u64, name: &str) -> Vec<u8> {
    let mut frame = Vec::new();
    up::event(&mut frame, 1, seq, name, "");
    frame
}

fn kinds(wire: &Wire) -> Vec<u8> {
    std::iter::from_fn(|| wire.take()).map(|frame| frame[0]).collect()
}

fn joined(page: &Served) -> (Wire, [u8; TOKEN]) {
    let mut wire = page.wire();
    wire.send(&join_frame(page, 1, b""));
    let frame = wire.take().unwrap();
    let Down::Joined(answer) = Down::decode(&frame).unwrap() else { panic!("joined comes first") };
    let token = *answer.token;
    (wire, token)
}

#[tokio::test]
async fn two_joins_at_once_leave_one_session_that_can_be_cut_off() {
    let (app, hub) = app(0);
    let page = app.get("/").await;
    for _ in 0..300 {
        let (wire, token) = joined(&page);
        drop(wire);
        let both = Barrier::new(2);
        let runtime = tokio::runtime::Handle::current();
        let wires: Vec<Wire> = std::thread::scope(|scope| {
            let threads: Vec<_> = [2, 3]
                .map(|epoch| {
                    let (page, both, runtime) = (&page, &both, runtime.clone());
                    scope.spawn(move || {
                        let _guard = runtime.enter();
                        let mut wire = page.wire();
                        let frame = join_frame(page, epoch, &token);
                        both.wait();
                        wire.send(&frame);
                        wire
                    })
                })
                .into_iter()
                .collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        hub.disconnect(&Principal::new("ada"));
        let alive = wires.iter().filter(|wire| wire.closed().is_none()).count();
        assert_eq!(alive, 0, "a session that nobody finds outlives a logout");
    }
}

#[tokio::test]
async fn an_app_s_own_drop_may_send_to_its_island() {
    let (app, _) = app(0);
    let page = app.get("/").await;
    let (mut wire, _) = joined(&page);
    let done = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&done);
    let runtime = tokio::runtime::Handle::current();
    std::thread::spawn(move || {
        let _guard = runtime.enter();
        for (seq, name) in [(1, "hang"), (2, "inc"), (3, "inc")] {
            wire.send(&event(seq, name));
            kinds(&wire);
        }
        wire.leave();
        seen.store(true, Ordering::SeqCst);
    });
    let until = tokio::time::Instant::now() + Duration::from_secs(20);
    while !done.load(Ordering::SeqCst) {
        assert!(tokio::time::Instant::now() < until, "the session waits for itself");
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn events_that_were_done_are_not_refused_when_a_later_render_fails() {
    let (app, _) = app(1_000);
    let page = app.get("/").await;
    let (mut wire, token) = joined(&page);
    for seq in 1..=3 {
        wire.send(&event(seq, "inc"));
        assert_eq!(kinds(&wire), [0x13]);
    }
    drop(wire);
    BROKEN.store(true, Ordering::SeqCst);
    // The page saw the first two.
    let mut again = page.wire();
    let mut frame = Vec::new();
    up::resume(&mut frame, &Resume { wants: 0, path: "/", epoch: 2, base: 1, seen: 2, token: &token });
    again.send(&frame);
    let mut refused = Vec::new();
    let mut acked = 0;
    while let Some(frame) = again.take() {
        match Down::decode(&frame).unwrap() {
            Down::Error { seq, .. } if seq > 0 => refused.push(seq),
            Down::Ack { seq, .. } | Down::EditAck { seq, .. } => acked = seq,
            _ => {}
        }
    }
    BROKEN.store(false, Ordering::SeqCst);
    assert_eq!((refused, acked), (vec![], 3));
}
