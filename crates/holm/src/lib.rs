//! Live islands for Rust: state lives on the server, a pure function renders it to HTML, and what
//! changed goes to the page as the smallest edit.
//!
//! An island is a struct with a [`render`](Island::render) and an enum of events. The server renders
//! the page, which reads well with no script at all; then one socket per tab carries events up and
//! DOM edits down.
//!
//! ```no_run
//! use holm::prelude::*;
//!
//! #[derive(Clone, Default, Serialize, Deserialize)]
//! struct Counter { count: i64 }
//!
//! #[derive(Event)]
//! enum Press { Inc, Dec }
//!
//! impl Island for Counter {
//!     type Event = Press;
//!
//!     fn render(&self) -> Markup {
//!         html! {
//!             button data-live=(Press::Dec) { "-" }
//!             output { (self.count) }
//!             button data-live=(Press::Inc) { "+" }
//!         }
//!     }
//!
//!     async fn on(&mut self, event: Press, _cx: &mut Cx<Press>) -> holm::Result {
//!         match event {
//!             Press::Inc => self.count += 1,
//!             Press::Dec => self.count -= 1,
//!         }
//!         Ok(())
//!     }
//! }
//!
//! async fn home(page: Page) -> Page {
//!     page.title("Counter").body(|p| html! { h1 { "Counter" } (p.island(Counter::default())) })
//! }
//!
//! #[tokio::main]
//! async fn main() -> holm::Result {
//!     let live = Live::new().island::<Counter>();
//!     holm::serve(Router::new().route("/", get(home)).with_live(live)).await
//! }
//! ```
//!
//! Where things are: [`Island`] is what an app writes, [`Cx`] what its handlers may do, [`Page`] and
//! [`Slot`] put islands on pages, [`Live`] registers them, [`WithLive`] joins them to a router,
//! [`form`] reads forms, [`Limits`] names every bound, [`test`](mod@test) runs pages and islands in process.

// The derive names `::holm`, in this crate as in an app.
extern crate self as holm;

pub mod act;
mod assets;
mod cx;
mod error;
pub mod event;
pub mod form;
mod hub;
mod island;
mod limits;
mod lists;
mod live;
mod load;
mod notes;
mod page;
mod principal;
pub mod realtime;
mod seal;
mod serve;
mod session;
mod shared;
mod state;
mod telemetry;
pub mod test;
mod ticket;
mod transport;
pub mod upload;
mod visitor;

pub use cx::{Cx, EventId, Handle, List, ListText, SendError};
pub use error::{Error, Result};
pub use event::Event;
pub use holm_macros::Event;
pub use holm_wire::{Action, Code};
pub use hub::Hub;
pub use hub::presence::{Change, Presence, Present};
pub use hub::topics::{Message, Overflow, Topic};
pub use island::{Island, SharedIsland, nest};
pub use limits::Limits;
pub use live::{Live, WithLive};
pub use load::{Load, Retry};
pub use page::{Page, Slot, Static};
pub use principal::Principal;
pub use serve::{serve, serve_on};
pub use state::Needs;

/// What most apps write at their top: `use holm::prelude::*;`.
pub mod prelude {
    pub use axum::Router;
    pub use axum::routing::{get, post};
    pub use maud::{DOCTYPE, Markup, PreEscaped, Render, html};
    pub use serde::{Deserialize, Serialize};

    pub use crate::{
        Change, Cx, Event, Handle, Hub, Island, Limits, Live, Load, Needs, Page, Presence, Present,
        Principal, SharedIsland, Slot, Topic, WithLive,
    };
}

/// What derived code names. No part of the public interface.
#[doc(hidden)]
pub mod __private {
    pub use std::string::String;

    pub use crate::event::{SameMaud, decode, encode, no_payload, render, same_maud, unknown};
    pub use {maud, serde, serde_json};
}
