//! A page for each thing Holm can do, one file per page under `pages/`.
//!
//! The binary serves [`app`] or writes it to disk with [`export`]; tests and benchmarks call [`app`] themselves.

#![forbid(unsafe_code)]

mod assets;
mod export;
mod guest;
mod layout;
mod pages;
mod security;
mod source;
mod vitals;

pub use export::export;

use std::time::Duration;

use axum::Extension;
use holm::prelude::*;
use holm::realtime::Realtime;

/// How long a handler of the gallery may take: short, so that the errors page is no test of patience.
pub const HANDLER_LIMIT: Duration = Duration::from_secs(2);

/// The whole gallery: its pages, its stylesheet, their source, and the islands behind them.
pub fn app() -> Router {
    vitals::count();
    let live = Live::new();
    let (notices, channel) = pages::notifications::channel();
    let realtime = Realtime::new().with_hub(live.hub()).channel(notices, channel);
    let names = guest::Names::default();
    let live = live
        .island::<pages::counters::Counter>()
        .island::<pages::table::Table>()
        .island::<pages::grid::Grid>()
        .island::<pages::todo::Todo>()
        .island::<pages::workbench::Workbench>()
        .island::<pages::search::Search>()
        .island::<pages::likes::Likes>()
        .island::<pages::likes::Book>()
        .island::<pages::presence::Harbour>()
        .island::<pages::clock::Clock>()
        .island::<pages::build_log::Build>()
        .island::<pages::nested::Archipelago>()
        .island::<pages::nested::Islet>()
        .island::<pages::errors::Trouble>()
        .island::<pages::no_script::Buoys>()
        .island::<pages::no_script::Berths>()
        .island::<pages::chat::Chat>()
        .island::<pages::who::Crew>()
        .island::<pages::assistant::Assistant>()
        .shared_island::<pages::dashboard::Board>()
        .state(pages::presence::Waves::default())
        .state(pages::chat::Room::default())
        .state(pages::grid::Sheet::default())
        .state(names.clone())
        .limits(Limits { handler_time: HANDLER_LIMIT, ..Limits::default() });
    Router::new()
        .route("/", get(pages::home::page))
        .route("/counters", get(pages::counters::page))
        .route("/table", get(pages::table::page))
        .route("/grid", get(pages::grid::page))
        .route("/todo", get(pages::todo::page))
        .route("/workbench", get(pages::workbench::page))
        .route("/search", get(pages::search::page))
        .route("/likes", get(pages::likes::page))
        .route("/presence", get(pages::presence::page))
        .route("/clock", get(pages::clock::page))
        .route("/build-log", get(pages::build_log::page))
        .route("/nested", get(pages::nested::page))
        .route("/errors", get(pages::errors::page))
        .route("/no-script", get(pages::no_script::page))
        .route("/plain", get(pages::plain::page))
        .route("/chat", get(pages::chat::page))
        .route("/who", get(pages::who::page))
        .route("/dashboard", get(pages::dashboard::page))
        .route("/assistant", get(pages::assistant::page))
        .route("/notifications", get(pages::notifications::page).post(pages::notifications::send))
        .route("/realtime", realtime.endpoint())
        .route("/source/{file}", get(source::page))
        .route(assets::STYLE.url(), get(async || assets::STYLE.response()))
        .route(assets::ICON.url(), get(async || assets::ICON.response()))
        .route(assets::GRID.url(), get(async || assets::GRID.response()))
        .route(assets::NOTIFY.url(), get(async || assets::NOTIFY.response()))
        .fallback(pages::missing::page)
        .layer(Extension(realtime))
        .layer(Extension(names))
        .layer(axum::middleware::map_response(security::headers))
        .with_live(live)
}

/// The path of every page, the front page first.
pub fn paths() -> Vec<String> {
    let pages = pages::ALL.iter().map(|about| about.path.to_owned());
    pages.chain(source::FILES.iter().map(|(name, _)| format!("/source/{name}"))).collect()
}
