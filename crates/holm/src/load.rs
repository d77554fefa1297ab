//! What is loaded beside an island: on its way, there, or failed.

use std::time::Duration;

use maud::{Markup, html};
use serde::{Deserialize, Serialize};

use crate::{Event, Result};

/// What a visitor reads where a load fails without words of its own.
pub(crate) const FAILED: &str = "This could not be loaded.";
/// What a visitor reads of a load that has run past [`Limits::load_time`](crate::Limits::load_time).
pub(crate) const TOO_LONG: &str = "This took too long to load.";

/// A part of an island's state that [`Cx::load`](crate::Cx::load) brings.
///
/// It begins as `Loading`, so a new island shows its placeholder by itself. As any state it is sealed: one that is
/// sealed while it loads is `Loading` again in [`restore`](crate::Island::restore), which begins it anew.
///
/// ```
/// use holm::prelude::*;
/// use holm::Load;
///
/// #[derive(Clone, Default, Serialize, Deserialize)]
/// struct Orders { rows: Load<Vec<String>> }
///
/// #[derive(Event)]
/// enum Press {
///     Again,
///     #[event(server)]
///     Rows(Load<Vec<String>>),
/// }
///
/// impl Island for Orders {
///     type Event = Press;
///
///     fn render(&self) -> Markup {
///         self.rows.retry(Press::Again, "Try again").show(
///             || html! { p { "Looking for your orders…" } },
///             |rows| html! { ul { @for row in rows { li { (row) } } } },
///         )
///     }
///
///     async fn restore(&mut self, cx: &mut Cx<Press>) -> holm::Result {
///         if self.rows.is_loading() {
///             self.rows = cx.load("rows", orders(), Press::Rows);
///         }
///         Ok(())
///     }
///
///     async fn on(&mut self, event: Press, cx: &mut Cx<Press>) -> holm::Result {
///         match event {
///             Press::Again => self.rows = cx.load("rows", orders(), Press::Rows),
///             Press::Rows(rows) => self.rows = rows,
///         }
///         Ok(())
///     }
/// }
/// # async fn orders() -> holm::Result<Vec<String>> { Ok(vec!["Tea".to_owned()]) }
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// # let home = async |page: Page| page.body(|p| p.island(Orders::default()));
/// # let router = Router::new().route("/", get(home)).with_live(Live::new().island::<Orders>());
/// # let mut tab = holm::test::App::new(router).get("/").await.live().await;
/// # tab.wait_for(|tab| tab.text("li") == "Tea").await;
/// # }
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Load<T> {
    /// On its way.
    #[default]
    Loading,
    /// There.
    Ready(T),
    /// Not to be had, and why: a sentence for the page.
    Failed(String),
}

impl<T> Load<T> {
    /// Waits for what is loaded, up to `patience`; past it, it is `Loading`.
    ///
    /// For [`mount`](crate::Island::mount): what comes within `patience` stands in the served page, for those without
    /// script too. What takes longer is let go of, and `restore` begins it once more. An error becomes `Failed`, as
    /// with [`Cx::load`](crate::Cx::load).
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use holm::Load;
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// let rows = Load::within(Duration::from_millis(100), async { Ok(vec![1, 2]) }).await;
    /// assert_eq!(rows.ready(), Some(&vec![1, 2]));
    /// # }
    /// ```
    pub async fn within(patience: Duration, loading: impl Future<Output = Result<T>>) -> Self {
        match tokio::time::timeout(patience, loading).await {
            Ok(result) => Self::of(result, "mount"),
            Err(_) => Self::Loading,
        }
    }

    /// What a result becomes; an error's cause goes to the log.
    pub(crate) fn of(result: Result<T>, island: &str) -> Self {
        match result {
            Ok(value) => Self::Ready(value),
            Err(error) => {
                error.log(island);
                Self::Failed(error.words().unwrap_or(FAILED).to_owned())
            }
        }
    }

    /// Whether it is on its way.
    pub fn is_loading(&self) -> bool {
        matches!(self, Self::Loading)
    }

    /// What was loaded, if it is there.
    pub fn ready(&self) -> Option<&T> {
        if let Self::Ready(value) = self { Some(value) } else { None }
    }

    /// What was loaded, to be changed.
    pub fn ready_mut(&mut self) -> Option<&mut T> {
        if let Self::Ready(value) = self { Some(value) } else { None }
    }

    /// Why it is not there, if it failed.
    pub fn failed(&self) -> Option<&str> {
        if let Self::Failed(sentence) = self { Some(sentence) } else { None }
    }

    /// The same with another value where it is there.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Load<U> {
        match self {
            Self::Loading => Load::Loading,
            Self::Ready(value) => Load::Ready(change(value)),
            Self::Failed(sentence) => Load::Failed(sentence),
        }
    }

    /// Renders what was loaded; until then the placeholder, in a `div.holm-loading` that is `aria-busy`; where it
    /// failed the sentence, in a `div.holm-failed` whose `role="alert"` has screen readers speak it.
    ///
    /// Where a `div` may not stand, in a table for one, `match` on it instead.
    pub fn show(&self, placeholder: impl FnOnce() -> Markup, ready: impl FnOnce(&T) -> Markup) -> Markup {
        self.render(placeholder, ready, Markup::default)
    }

    /// Adds a button under the sentence of a failure: [`Retry::show`] renders it all.
    pub fn retry<'a, E: Event>(&'a self, event: E, label: &'a str) -> Retry<'a, T, E> {
        Retry { load: self, event, label }
    }

    fn render(
        &self,
        placeholder: impl FnOnce() -> Markup,
        ready: impl FnOnce(&T) -> Markup,
        after: impl FnOnce() -> Markup,
    ) -> Markup {
        match self {
            Self::Loading => html! { div.holm-loading aria-busy="true" { (placeholder()) } },
            Self::Ready(value) => ready(value),
            Self::Failed(sentence) => html! {
                div.holm-failed { p role="alert" { (sentence) } (after()) }
            },
        }
    }
}

/// A [`Load`] with a button to try again ([`Load::retry`]).
#[derive(Debug, Clone, Copy)]
pub struct Retry<'a, T, E> {
    load: &'a Load<T>,
    event: E,
    label: &'a str,
}

impl<T, E: Event> Retry<'_, T, E> {
    /// [`Load::show`] with the button, which sends the event.
    pub fn show(self, placeholder: impl FnOnce() -> Markup, ready: impl FnOnce(&T) -> Markup) -> Markup {
        let Self { load, event, label } = self;
        load.render(placeholder, ready, || {
            let mut press = String::new();
            crate::event::render(&event, &mut press);
            html! { button type="button" data-live=(maud::PreEscaped(press)) { (label) } }
        })
    }
}
