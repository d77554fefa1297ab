//! The servers that figures are taken of, each in a child process.

use std::time::Duration;

use axum::Router;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use axum::routing::get;
use holm::prelude::{Limits, Live, Page, Slot, WithLive, html};
use stories::stage::{Counter, Rows};

use crate::islands::{LateCounter, LateTable, Order};

/// Rows in the table of the budgets.
pub const ROWS: u32 = 1_000;

/// What a server holds its clients to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Events as fast as they come: what is measured is the work, not the bucket of tokens.
    Open,
    /// What every app has by default.
    Guarded,
    /// As [`Kind::Open`], and sessions without a connection stay as long as a measurement takes.
    Parking,
}

impl Kind {
    /// The kind of this name, as a child is told it.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Open, Self::Guarded, Self::Parking].into_iter().find(|kind| kind.name() == name)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Guarded => "guarded",
            Self::Parking => "parking",
        }
    }

    fn limits(self) -> Limits {
        let guarded = Limits { connections: 20_000, ..Limits::default() };
        let open = Limits { events_per_second: 1_000_000, events_burst: 1_000_000, ..guarded.clone() };
        match self {
            Self::Guarded => guarded,
            Self::Open => open,
            Self::Parking => Limits {
                parked: 100_000,
                parked_bytes: usize::MAX,
                park_time: Duration::from_mins(20),
                ..open
            },
        }
    }
}

/// Holm beside bare sockets: `/counter` at 42, `/table`, `/crowd` with presence, `/order` with a form's worth of
/// state, both again with changes that come later, and `/bare`, an echo.
pub fn app(kind: Kind) -> Router {
    let live = crate::pushed::islands(Live::new())
        .island::<Counter>()
        .island::<Rows>()
        .island::<Order>()
        .island::<LateCounter>()
        .island::<LateTable>()
        .limits(kind.limits());
    let hub = live.hub();
    Router::new()
        .route("/counter", get(counter))
        .route("/table", get(table))
        .route("/crowd", get(crowd))
        .route("/order", get(order))
        .route("/late-counter", get(late_counter))
        .route("/late-table", get(late_table))
        .route("/bare", get(bare))
        .merge(crate::raw::routes())
        .merge(crate::pushed::routes(hub))
        .merge(crate::talk::routes(&kind.limits()))
        .with_live(live)
}

async fn counter(page: Page) -> Page {
    page.title("Counter").body(|p: &Slot| html! { (p.island(Counter { count: 42 })) })
}

async fn table(page: Page) -> Page {
    page.title("Table").body(|p: &Slot| html! { (p.island(Rows::of(ROWS))) })
}

async fn crowd(page: Page) -> Page {
    page.title("Crowd")
        .body(|p: &Slot| html! { span data-live-presence {} (p.island(Counter { count: 42 })) })
}

async fn order(page: Page) -> Page {
    page.title("Order").body(|p: &Slot| html! { (p.island(Order::filled())) })
}

async fn late_counter(page: Page) -> Page {
    page.title("Counter").body(|p: &Slot| html! { (p.island(LateCounter(Counter { count: 42 }))) })
}

async fn late_table(page: Page) -> Page {
    page.title("Table").body(|p: &Slot| html! { (p.island(LateTable(Rows::of(ROWS)))) })
}

/// What axum alone does, at the buffers Holm uses.
async fn bare(upgrade: WebSocketUpgrade) -> Response {
    crate::raw::small(upgrade).on_upgrade(echo)
}

async fn echo(mut socket: WebSocket) {
    while let Some(Ok(message)) = socket.recv().await {
        if let Message::Binary(bytes) = message
            && socket.send(Message::Binary(bytes)).await.is_err()
        {
            return;
        }
    }
}
