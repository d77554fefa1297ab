//! The stage: one page per behaviour that the stories need and a gallery would not show.

mod busy;
pub mod cases;
mod desk;
mod easel;
mod events;
mod hint;
mod islands;
mod lists;
mod surface;
mod uploads;
mod widgets;
mod words;

use std::time::Duration;

use axum::Router;
use axum::http::header::{CONTENT_SECURITY_POLICY, HeaderValue};
use axum::response::Response;
use axum::routing::{get, post};
pub use holm::prelude::Limits;
use holm::prelude::{Live, Markup, Page, Slot, WithLive, html};

pub use busy::Busy;
pub use desk::Desk;
pub use easel::Easel;
pub use events::{Endless, Sender};
pub use hint::Hint;
pub use islands::{Board, Child, Counter, Field, Mood, Row, Rows, Ticker};
pub use lists::{Answer, Chat, Feed, KEPT, Log};
pub use surface::Surface;
pub use uploads::Shelf;
pub use widgets::Widgets;
pub use words::Words;

/// The policy the stage serves under: no inline script, no inline style, no `eval` but wasm's.
pub const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
     connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// The stage's router with these limits.
pub fn app(limits: Limits) -> Router {
    with(live().limits(limits))
}

/// The registry alone, for a story that sets more than limits.
pub fn live() -> Live {
    Live::new()
        .island::<Counter>()
        .island::<Rows>()
        .island::<Mood>()
        .island::<Board>()
        .island::<Child>()
        .island::<Ticker>()
        .island::<Field>()
        .island::<Busy>()
        .island::<Desk>()
        .island::<cases::Told>()
        .island::<Surface>()
        .island::<Hint>()
        .island::<Easel>()
        .island::<Log>()
        .island::<Answer>()
        .island::<Feed>()
        .island::<Chat>()
        .island::<Sender>()
        .island::<Endless>()
        .island::<Shelf>()
        .island::<Widgets>()
        .island::<Words>()
}

/// The stage's router over this registry.
pub fn with(live: Live) -> Router {
    Router::new()
        .route("/", get(three))
        .route("/rows", get(rows))
        .route("/moods", get(moods))
        .route("/board", get(board))
        .route("/ticker", get(ticker))
        .route("/german", get(german))
        .route("/silent", get(silent))
        .route("/field", get(field))
        .route("/busy", get(busy))
        .route("/desk", get(desk::page))
        .route("/hint", get(hint::page))
        .route("/log", get(lists::log))
        .route("/answer", get(lists::answer))
        .route("/feed", get(lists::feed))
        .route("/events", get(events::page))
        .route("/endless", get(events::endless))
        .route("/chat", get(lists::chat))
        .route("/crowd", get(crowd))
        .route("/surface", get(surface::page))
        .route("/easel", get(easel::page).post(easel::paint))
        .route("/uploads", get(uploads::page))
        .route("/widgets", get(widgets::page))
        .route("/words", get(words::page))
        .route("/publish", post(surface::publish))
        .route("/cases", get(cases::list))
        .route("/cases/{case}", get(cases::one))
        .route("/plain", get(plain))
        .layer(axum::middleware::map_response(policy))
        .with_live(live)
}

/// Limits with short times, for stories about silence.
pub fn hasty() -> Limits {
    Limits { heartbeat: Duration::from_millis(80), silence: Duration::from_millis(200), ..Limits::default() }
}

async fn policy(mut response: Response) -> Response {
    response.headers_mut().insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    response
}

async fn three(page: Page) -> Page {
    page.title("Three").lang("en").body(|p: &Slot| {
        html! {
            main {
                h1 { "Three counters" }
                (p.keyed("a", Counter::default()))
                (p.keyed("b", Counter { count: 10 }))
                (p.keyed("c", Counter { count: 100 }))
            }
        }
    })
}

async fn rows(page: Page) -> Page {
    page.title("Rows").lang("en").body(|p: &Slot| html! { h1 { "Rows" } (p.island(Rows::of(6))) })
}

async fn moods(page: Page) -> Page {
    page.title("Moods").lang("en").body(|p: &Slot| {
        html! { h1 { "Moods" } (p.island(Mood::default())) (p.island(Counter::default())) }
    })
}

async fn board(page: Page) -> Page {
    page.title("Board").lang("en").body(|p: &Slot| html! { h1 { "Board" } (p.island(Board::default())) })
}

async fn ticker(page: Page) -> Page {
    page.title("Ticker").lang("en").body(|p: &Slot| html! { h1 { "Ticker" } (p.island(Ticker::default())) })
}

/// A page with a banner of its own.
async fn german(page: Page) -> Page {
    let banner = html! {
        p.holm-lost { "Die Verbindung ist unterbrochen. Neuer Versuch …" }
        p.holm-stopped { "Die Verbindung ist beendet. " a href="" { "Seite neu laden" } }
    };
    page.title("Zähler").lang("de").banner(banner).body(|p: &Slot| p.island(Counter::default()))
}

/// A page with none.
async fn silent(page: Page) -> Page {
    page.title("Silent").lang("en").banner(html! {}).body(|p: &Slot| p.island(Counter::default()))
}

async fn field(page: Page) -> Page {
    page.title("Field").lang("en").body(|p: &Slot| html! { h1 { "Field" } (p.island(Field::default())) })
}

async fn busy(page: Page) -> Page {
    page.title("Busy").lang("en").body(|p: &Slot| html! { h1 { "Busy" } (p.island(Busy::default())) })
}

async fn crowd(page: Page) -> Page {
    page.title("Crowd").lang("en").body(|p: &Slot| {
        html! {
            p { "here: " span #here data-live-presence {} }
            p { "all: " span #all data-live-presence="total" {} }
            (p.island(Counter::default()))
        }
    })
}

async fn plain(page: Page) -> Page {
    page.title("Plain").lang("en").body(|_: &Slot| -> Markup {
        html! { h1 { "Plain" } p { "No island." } }
    })
}
