//! A reader that does not read costs nothing, and then gets the newest state once.

use std::cell::Cell;
use std::time::{Duration, Instant};

use axum::Router;
use axum::routing::get;
use holm::prelude::{
    Cx, Deserialize, Event, Island, Limits, Live, Markup, Page, Serialize, Slot, WithLive, html,
};
use holm_wire::down::Down;
use stories::peer::{PATIENCE, Peer, event};
use stories::server::Server;

thread_local! {
    // Each story has a thread of its own, with its server on it.
    static TICKS: Cell<u32> = const { Cell::new(0) };
    static RENDERS: Cell<u32> = const { Cell::new(0) };
}
const ENOUGH: u32 = 1_000;

#[derive(Clone, Default, Serialize, Deserialize)]
struct Flood {
    ticks: u32,
}

#[derive(Event)]
enum Water {
    Start,
    #[event(server)]
    Tick,
}

impl Island for Flood {
    type Event = Water;

    fn render(&self) -> Markup {
        RENDERS.set(RENDERS.get() + 1);
        let letter = char::from(b'a' + u8::try_from(self.ticks % 26).unwrap_or(0)).to_string();
        // The attribute travels whole, so an edit says which tick it shows.
        html! { output data-ticks=(self.ticks) { "ticks: " (self.ticks) } p { (letter.repeat(200_000)) } }
    }

    async fn on(&mut self, event: Water, cx: &mut Cx<Water>) -> holm::Result {
        match event {
            Water::Start => cx.every(Duration::from_millis(1), || Water::Tick),
            Water::Tick if self.ticks < ENOUGH => {
                self.ticks += 1;
                TICKS.set(self.ticks);
            }
            Water::Tick => {}
        }
        Ok(())
    }
}

async fn page(page: Page) -> Page {
    page.title("Flood").body(|p: &Slot| html! { (p.island(Flood::default())) })
}

#[tokio::test]
async fn a_slow_reader_gets_the_newest_state_and_not_what_it_missed() {
    let live = Live::new().island::<Flood>().limits(Limits::default());
    let server = Server::start(Router::new().route("/", get(page)).with_live(live)).await.unwrap();
    let (mut peer, ids) = Peer::visit(server.address, "/").await;
    peer.send(event(ids[0], 1, "start", "")).await.unwrap();

    let until = Instant::now() + PATIENCE * 2;
    while TICKS.get() < ENOUGH {
        assert!(Instant::now() < until, "{} ticks", TICKS.get());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let renders = RENDERS.get();
    assert!(renders < ENOUGH / 2, "{renders} renders for a socket that takes nothing");

    // The last of what the kernel held, then the newest state.
    let newest = format!("ticks: {ENOUGH}");
    let mut bytes = 0;
    loop {
        let frame = peer.frame().await;
        bytes += frame.0.len();
        let text = String::from_utf8_lossy(&frame.0).into_owned();
        match frame.down() {
            Down::Edit { .. } | Down::EditAck { .. } | Down::Snapshot { .. }
                if text.contains(&newest) || text.contains(&ENOUGH.to_string()) =>
            {
                break;
            }
            _ => {}
        }
    }
    let all = usize::try_from(ENOUGH).unwrap() * 200_000;
    assert!(bytes < all / 2, "{bytes} bytes went to a reader that did not read");
    assert!(peer.html(ids[0]).await.contains(&newest));
}

#[tokio::test]
async fn a_peer_that_neither_reads_nor_speaks_gives_its_place_back() {
    let limits = Limits { silence: Duration::from_millis(400), ..Limits::default() };
    let live = Live::new().island::<Flood>().limits(limits);
    let hub = live.hub();
    let server = Server::start(Router::new().route("/", get(page)).with_live(live)).await.unwrap();
    let (mut peer, ids) = Peer::visit(server.address, "/").await;
    // More than the kernel holds for a peer that takes nothing.
    let resyncs = (0..200).map(|_| {
        let mut frame = Vec::new();
        holm_wire::up::resync(&mut frame, ids[0]);
        frame
    });
    peer.send(event(ids[0], 1, "start", "")).await.unwrap();
    peer.send_all(resyncs).await.unwrap();
    let until = Instant::now() + PATIENCE;
    while hub.connections() > 0 {
        assert!(Instant::now() < until, "the place is still taken");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    drop(peer);
}
