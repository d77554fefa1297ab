//! The servers that figures are taken of, each in a child process.

use axum::Router;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use axum::routing::get;
use holm::prelude::{Limits, Live, Page, Slot, WithLive, html};
use stories::stage::{Counter, Rows};

/// Rows in the table of the budgets.
pub const ROWS: u32 = 1_000;

/// Holm beside bare sockets: `/counter` at 42, `/table`, `/crowd` with presence, and `/bare`, an echo.
pub fn app() -> Router {
    let limits = Limits { connections: 20_000, ..Limits::default() };
    let live = Live::new().island::<Counter>().island::<Rows>().limits(limits);
    Router::new()
        .route("/counter", get(counter))
        .route("/table", get(table))
        .route("/crowd", get(crowd))
        .route("/bare", get(bare))
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

/// What axum alone does, at the buffers Holm uses.
async fn bare(upgrade: WebSocketUpgrade) -> Response {
    upgrade.read_buffer_size(1024).write_buffer_size(0).on_upgrade(echo)
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
