//! The island: what an app author writes.

use std::future::Future;

use maud::Markup;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{Cx, Event, Needs, Result};

pub(crate) mod alone;
pub(crate) mod erased;
pub(crate) mod poll;
pub(crate) mod registry;
pub(crate) mod scope;
mod shared;
pub(crate) mod tasks;

pub use scope::nest;
pub use shared::SharedIsland;

/// A piece of a page that lives on: state, a pure render, and what its events do.
///
/// The state is the struct itself. It is sealed into the page as JSON, so what serde skips is not
/// kept there; [`restore`](Island::restore) rebuilds it. A handler runs on a clone that is put in
/// place when it returns `Ok`: an error, a panic or a time-out leaves the island as it was.
///
/// ```
/// use holm::prelude::*;
///
/// #[derive(Clone, Default, Serialize, Deserialize)]
/// struct Counter { count: i64 }
///
/// #[derive(Event)]
/// enum Press { Inc, Dec, Set { to: i64 } }
///
/// impl Island for Counter {
///     type Event = Press;
///
///     fn render(&self) -> Markup {
///         html! {
///             button data-live=(Press::Dec) { "-" }
///             output { "live: " (self.count) }
///             button data-live=(Press::Inc) { "+" }
///             button data-live=(Press::Set { to: 0 }) { "clear" }
///         }
///     }
///
///     async fn on(&mut self, event: Press, _cx: &mut Cx<Press>) -> holm::Result {
///         match event {
///             Press::Inc => self.count += 1,
///             Press::Dec => self.count -= 1,
///             Press::Set { to } => self.count = to,
///         }
///         Ok(())
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an island",
    label = "not an island",
    note = "write `impl Island for {Self}` with `type Event`, `render` and `on`",
    note = "an island's state is `#[derive(Clone, Serialize, Deserialize)]`"
)]
pub trait Island: Clone + Serialize + DeserializeOwned + Send + Sync + 'static {
    /// The events this island takes, from its page and from its own timers and tasks.
    type Event: Event;

    /// The version of the state's shape. Raise it when a deploy changes the struct in a way that serde's
    /// `default`, `rename` and `alias` cannot tell, or changes what a field means; [`migrate`](Island::migrate)
    /// then gets the states that pages hold of earlier versions.
    const VERSION: u32 = 0;

    /// Whether the state goes to the page in a new seal after changes, so that the island goes on from there
    /// when the server has restarted.
    ///
    /// Turn it off where that seal is large or holds what even encrypted is better not in a browser, and
    /// [`mount`](Island::mount) or [`restore`](Island::restore) can read it again: a table of search results,
    /// a document the database has. The price: while the server runs, a short loss of the connection costs
    /// nothing, but after a restart (or a long loss) the island starts from the seal of the served page, as
    /// `restore` completes it, and events since then are not run again. The page's own seal is still made:
    /// what should not be in it either is skipped with `#[serde(skip)]`.
    ///
    /// ```
    /// use holm::prelude::*;
    ///
    /// #[derive(Clone, Default, Serialize, Deserialize)]
    /// struct Results {
    ///     query: String,
    ///     #[serde(skip)]
    ///     rows: Vec<String>,
    /// }
    /// # #[derive(Event)] enum Ask { More }
    ///
    /// impl Island for Results {
    ///     type Event = Ask;
    ///     const SEALED: bool = false;
    ///
    ///     async fn restore(&mut self, _cx: &mut Cx<Ask>) -> holm::Result {
    ///         self.rows = search(&self.query).await?;
    ///         Ok(())
    ///     }
    ///     // …
    /// #   fn render(&self) -> Markup { html! { @for row in &self.rows { p { (row) } } } }
    /// #   async fn on(&mut self, _: Ask, _: &mut Cx<Ask>) -> holm::Result { Ok(()) }
    /// }
    /// # async fn search(_: &str) -> holm::Result<Vec<String>> { Ok(vec![]) }
    /// ```
    const SEALED: bool = true;

    /// Whether its `data-live` buttons and `data-live-submit` forms work with no script too, as plain
    /// controls that post to the page's own address. [`Page::progressive`](crate::Page::progressive)
    /// turns it on for all islands of a page.
    const PROGRESSIVE: bool = false;

    /// The name the page and the wire use; the type's own name unless two types share it.
    fn name() -> &'static str {
        let whole = std::any::type_name::<Self>();
        let plain = whole.split('<').next().unwrap_or(whole);
        plain.rsplit("::").next().unwrap_or(plain)
    }

    /// What the island cannot work without; checked when the app starts.
    fn needs(_needs: &mut Needs) {}

    /// Reads a state that was sealed by another [`VERSION`](Island::VERSION) of this island, earlier or, when
    /// a deploy is taken back, later. Without one of its own, the island tries to read it as it is.
    ///
    /// ```
    /// use holm::prelude::*;
    /// use serde_json::Value;
    ///
    /// /// Until version 1: `struct Timer { minutes: u64 }`.
    /// #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    /// struct Timer {
    ///     seconds: u64,
    ///     /// New too, but serde can tell: a state without it is paused.
    ///     #[serde(default)]
    ///     running: bool,
    /// }
    /// # #[derive(Event)] enum Press { Start }
    ///
    /// impl Island for Timer {
    ///     type Event = Press;
    ///     const VERSION: u32 = 1;
    ///
    ///     fn migrate(version: u32, mut state: Value) -> holm::Result<Self> {
    ///         if version == 0 {
    ///             state["seconds"] = (state["minutes"].as_u64().unwrap_or(0) * 60).into();
    ///         }
    ///         Ok(serde_json::from_value(state)?)
    ///     }
    ///     // …
    /// #   fn render(&self) -> Markup { html! { (self.seconds) } }
    /// #   async fn on(&mut self, _: Press, _: &mut Cx<Press>) -> holm::Result { Ok(()) }
    /// }
    ///
    /// let kept = Timer::migrate(0, serde_json::json!({ "minutes": 3 })).unwrap();
    /// assert_eq!(kept, Timer { seconds: 180, running: false });
    /// ```
    ///
    /// # Errors
    /// An error (or a panic) has the page load again, with an island that starts anew: `seal_stale`.
    fn migrate(version: u32, state: serde_json::Value) -> Result<Self> {
        let _ = version;
        Ok(serde_json::from_value(state)?)
    }

    /// The island's inner HTML. Pure: the same state gives the same text, at any time and any
    /// number of times, since Holm renders an old state again rather than keep its HTML.
    fn render(&self) -> Markup;

    /// Handles one event. Events of one island come one after the other, in order.
    ///
    /// # Errors
    /// An error leaves the state as it was; its public sentence goes to the page
    /// (`holm:error`, class `holm-error`), its cause to the log.
    fn on(&mut self, event: Self::Event, cx: &mut Cx<Self::Event>) -> impl Future<Output = Result> + Send;

    /// Loads what the first render needs, on the page's request ([`Slot::mount`](crate::Slot::mount)).
    ///
    /// # Errors
    /// The page answers 500 with the error's sentence.
    fn mount(&mut self, _cx: &mut Cx<Self::Event>) -> impl Future<Output = Result> + Send {
        async { Ok(()) }
    }

    /// Runs each time a page joins: rebuilds what was not sealed, starts timers and listeners.
    ///
    /// # Errors
    /// The island stays as rendered and the page tries again (`restore_failed`).
    fn restore(&mut self, _cx: &mut Cx<Self::Event>) -> impl Future<Output = Result> + Send {
        async { Ok(()) }
    }
}
