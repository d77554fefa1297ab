//! Islands that change without a click, and the addresses that make them change.

use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::get;
use holm::prelude::{Cx, Deserialize, Event, Island, Live, Markup, Page, Serialize, Slot, html};
use holm::{Hub, Topic};

pub(crate) mod feed;
mod watched;

/// Ships that a board begins with.
const FIRST: u64 = 1_000;
/// How often islands of this module were rendered.
static RENDERS: AtomicU64 = AtomicU64::new(0);
/// Ships that were told of; four digits from the first to the last.
static SHIPS: AtomicU64 = AtomicU64::new(FIRST);

/// The islands of this module.
pub(crate) fn islands(live: Live) -> Live {
    live.island::<Follower>().island::<feed::Feed>().shared_island::<watched::Watched>()
}

/// `/feed` has lists. `/shared` is a board that all share, and `/shared/change` changes it. `/topics` follows a topic. `/topics/publish` publishes once, `/topics/burst/{times}` so many times, and answers
/// what the last message was; `/topics/subscribers` tells how many listen, and `/renders` how often was rendered.
pub(crate) fn routes(hub: Hub) -> Router {
    Router::new()
        .route("/renders", get(async || RENDERS.load(Ordering::SeqCst).to_string()))
        .route("/shared", get(watched::page))
        .route("/shared/change", get(watched::change))
        .route("/feed", get(feed::page))
        .route("/topics", get(follower))
        .route("/topics/publish", get(publish))
        .route("/topics/burst/{times}", get(burst))
        .route("/topics/subscribers", get(subscribers))
        .with_state(hub)
}

fn harbour() -> Topic<u64> {
    Topic::new("harbour")
}

/// A few words that a board shows around what changes.
fn board(ships: u64) -> Markup {
    RENDERS.fetch_add(1, Ordering::SeqCst);
    html! {
        h2 { "Harbour" }
        dl { dt { "Ships" } dd { (ships) } dt { "Berths" } dd { "14" } dt { "Wind" } dd { "NW 4" } }
    }
}

async fn follower(page: Page) -> Page {
    page.title("Topic").body(|p: &Slot| html! { (p.island(Follower { ships: FIRST })) })
}

async fn publish(State(hub): State<Hub>) -> String {
    let ships = SHIPS.fetch_add(1, Ordering::SeqCst) + 1;
    hub.publish(&harbour(), ships).to_string()
}

async fn burst(State(hub): State<Hub>, Path(times): Path<u64>) -> String {
    let mut ships = 0;
    for _ in 0..times {
        ships = SHIPS.fetch_add(1, Ordering::SeqCst) + 1;
        hub.publish(&harbour(), ships);
    }
    ships.to_string()
}

async fn subscribers(State(hub): State<Hub>) -> String {
    hub.subscribers(&harbour()).to_string()
}

/// A private island that shows what a topic told last.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Follower {
    ships: u64,
}

/// What a [`Follower`] hears.
#[derive(Debug, Event)]
pub(crate) enum Heard {
    /// So many ships.
    #[event(server)]
    Ships(u64),
}

impl Island for Follower {
    type Event = Heard;

    fn render(&self) -> Markup {
        board(self.ships)
    }

    async fn restore(&mut self, cx: &mut Cx<Heard>) -> holm::Result {
        cx.subscribe(&harbour(), |ships| Heard::Ships(*ships));
        Ok(())
    }

    async fn on(&mut self, Heard::Ships(ships): Heard, _cx: &mut Cx<Heard>) -> holm::Result {
        self.ships = ships;
        Ok(())
    }
}
