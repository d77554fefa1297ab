//! A kit for testing islands and pages in process: no browser, no socket.
//!
//! A [`Tab`] is a page that somebody has open: it clicks, types, chooses, submits and waits, sends the frames that the
//! client would send, takes the server's edits, and keeps in its fields what the visitor typed. [`App`] requests
//! pages, [`Wire`] is a raw connection, [`Peer`] a client of realtime channels. `docs/testing.md` tells it all.
//!
//! ```
//! # use holm::prelude::*;
//! # #[derive(Clone, Default, Serialize, Deserialize)] struct Counter { count: i64 }
//! # #[derive(Event)] enum Press { Inc }
//! # impl Island for Counter {
//! #     type Event = Press;
//! #     fn render(&self) -> Markup { html! { output { (self.count) } button data-live=(Press::Inc) { "+" } } }
//! #     async fn on(&mut self, _: Press, _: &mut Cx<Press>) -> holm::Result { self.count += 1; Ok(()) }
//! # }
//! # async fn home(page: Page) -> Page { page.title("Counter").body(|p| p.island(Counter::default())) }
//! # #[tokio::main(flavor = "current_thread")] async fn main() {
//! let router = Router::new().route("/", get(home)).with_live(Live::new().island::<Counter>());
//! let page = holm::test::App::new(router).get("/").await;
//! assert_eq!(page.text("output"), "0");
//!
//! let mut tab = page.live().await;
//! tab.click("button").await;
//! assert_eq!(tab.text("output"), "1");
//! assert!(tab.edits().last().unwrap().bytes <= 12);
//! # }
//! ```
//!
//! One island needs no app. Here a search waits for a quiet moment, and what was typed stays:
//!
//! ```
//! # use std::time::Duration;
//! # use holm::prelude::*;
//! # use holm::test::Tab;
//! #[derive(Clone, Default, Serialize, Deserialize)]
//! struct Finder { found: Vec<String> }
//!
//! #[derive(Event)]
//! enum Press { Find { query: String } }
//!
//! impl Island for Finder {
//!     type Event = Press;
//!
//!     fn render(&self) -> Markup {
//!         html! {
//!             input name="query" data-live-input=(Press::find_event()) data-live-debounce="20";
//!             ul { @for word in &self.found { li { (word) } } }
//!         }
//!     }
//!
//!     async fn on(&mut self, event: Press, _: &mut Cx<Press>) -> holm::Result {
//!         let Press::Find { query } = event;
//!         let words = ["tea", "teapot", "toast"];
//!         self.found = words.iter().filter(|word| word.starts_with(&query)).map(|word| (*word).into()).collect();
//!         Ok(())
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() {
//! let mut tab = Tab::island(Finder::default()).await;
//! tab.type_into("input", "t").await;
//! tab.type_into("input", "te").await;
//! assert_eq!(tab.count("li"), 0);
//! tab.advance(Duration::from_millis(30)).await; // in a test with `start_paused = true`, at once
//! tab.wait_for(|tab| tab.count("li") == 2).await;
//! assert_eq!(tab.value("input"), "te");
//! # }
//! ```

use axum::Router;
use axum::body::{Body, to_bytes};
use http::{HeaderMap, Request, StatusCode};
use scraper::{Html, Selector};
use tower::ServiceExt;

use crate::page::Origin;

mod peer;
mod tab;
mod wire;

pub use peer::Peer;
pub use tab::{Act, Edit, Pointer, Problem, Pushed, Tab};
pub use wire::Wire;

/// How much of a response the kit reads.
const BODY_BYTES: usize = 64 * 1024 * 1024;

/// An app under test.
#[derive(Debug, Clone)]
pub struct App {
    router: Router,
}

/// A page as the server sent it.
#[derive(Debug)]
pub struct Page {
    /// The HTTP status.
    pub status: StatusCode,
    /// The response's headers.
    pub headers: HeaderMap,
    app: App,
    path: String,
    html: String,
    origin: Option<Origin>,
}

impl App {
    /// Tests a router that has been given its islands (`with_live`) and its state.
    pub fn new(router: Router) -> Self {
        Self { router }
    }

    /// Requests a page.
    ///
    /// # Panics
    /// When the path is none, or the body cannot be read as UTF-8 text.
    pub async fn get(&self, path: &str) -> Page {
        self.request(Request::get(path).body(Body::empty()).expect("a path such as /page?x=1")).await
    }

    /// Sends any request, and gives the answer's status and body as they are.
    ///
    /// # Panics
    /// When the response's body cannot be read.
    pub async fn bytes(&self, request: Request<Body>) -> (StatusCode, bytes::Bytes) {
        let Ok(response) = self.router.clone().oneshot(request).await;
        let (parts, body) = response.into_parts();
        (parts.status, to_bytes(body, BODY_BYTES).await.expect("a body the kit can read"))
    }

    /// Sends any request: other methods, headers, extensions.
    ///
    /// # Panics
    /// When the response's body cannot be read as UTF-8 text.
    pub async fn request(&self, request: Request<Body>) -> Page {
        let path = request.uri().path().to_owned();
        let Ok(response) = self.router.clone().oneshot(request).await;
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, BODY_BYTES).await.expect("a body the kit can read");
        Page {
            status: parts.status,
            headers: parts.headers,
            app: self.clone(),
            path,
            html: String::from_utf8(body.to_vec()).expect("a body in UTF-8"),
            origin: parts.extensions.get().cloned(),
        }
    }
}

impl Page {
    /// The whole document, or whatever text the response had.
    pub fn html(&self) -> &str {
        &self.html
    }

    /// The text of the first element that a CSS selector finds, or `""`.
    ///
    /// # Panics
    /// When the selector is none.
    pub fn text(&self, css: &str) -> String {
        text_in(&Html::parse_document(&self.html), css)
    }

    /// How many elements a CSS selector finds.
    ///
    /// # Panics
    /// When the selector is none.
    pub fn count(&self, css: &str) -> usize {
        Html::parse_document(&self.html).select(&selector(css)).count()
    }

    /// An attribute of the first element that a CSS selector finds.
    ///
    /// # Panics
    /// When the selector is none.
    pub fn attr(&self, css: &str, name: &str) -> Option<String> {
        let document = Html::parse_document(&self.html);
        document.select(&selector(css)).next()?.attr(name).map(str::to_owned)
    }

    /// Joins the page's islands, as the client does.
    ///
    /// # Panics
    /// When the response is not a [`Page`](crate::Page) with its islands, or the app is at its cap.
    #[allow(clippy::unused_async, reason = "joining needs a runtime, and a later transport may wait")]
    pub async fn live(self) -> Tab {
        let origin = self.origin.unwrap_or_else(|| {
            panic!("{} answered {} and is no page of Holm's:\n{}", self.path, self.status, self.html)
        });
        Tab::join(&self.app, &origin, &self.path, &self.html)
    }
}

/// A session's token as the `Holm-Session` header has it.
pub fn token_text(token: &[u8]) -> String {
    base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, token)
}

/// For the fuzzer, which has no key: reads bytes as what is inside a seal.
#[doc(hidden)]
pub fn read_inside_of_seal(plain: &[u8]) {
    crate::seal::read_inside(plain);
}

fn selector(css: &str) -> Selector {
    Selector::parse(css).unwrap_or_else(|error| panic!("{css:?} is no CSS selector: {error}"))
}

fn text_in(document: &Html, css: &str) -> String {
    document.select(&selector(css)).next().map(|element| element.text().collect()).unwrap_or_default()
}
