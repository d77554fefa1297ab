//! Lists that the server forgets: rows go to the page, by key, and stay there.

use std::fmt::{self, Display};

use holm_wire::list::BETWEEN;
use maud::Markup;

use super::{Context, Cx, Effect};
use crate::Event;
use crate::lists::{Change, Row, What};

impl<E: Event> Cx<E> {
    /// The list that the island's `render` writes as `ul data-live-list="rows" {}`: always empty there, since its
    /// rows are the page's, and no server keeps them.
    ///
    /// Each call reaches the page when the handler returns `Ok`, after the edit it caused, and costs no more than
    /// the row itself. In `mount` the rows stand in the served page. A page that has lost track, after a long
    /// time without connection or a restart, has the island's `restore` called (again): fill the list there,
    /// beginning with [`List::clear`]. So begins as well what fills a list that `render` left out for a while: a page
    /// that was not sent the state in between still has the rows of before.
    ///
    /// ```
    /// # use holm::prelude::*;
    /// # #[derive(Clone, Serialize, Deserialize)] struct Log;
    /// # #[derive(Event)] enum Press { #[event(server)] Line(u64, String) }
    /// impl Island for Log {
    ///     type Event = Press;
    ///     fn render(&self) -> Markup { html! { ol data-live-list="lines" {} } }
    ///     async fn on(&mut self, press: Press, cx: &mut Cx<Press>) -> holm::Result {
    ///         let Press::Line(number, line) = press;
    ///         cx.list("lines").append(number, html! { li { (line) } }).keep_last(500);
    ///         Ok(())
    ///     }
    /// }
    /// ```
    pub fn list(&self, name: impl Into<String>) -> List<'_> {
        List { context: &self.context, name: name.into() }
    }

    /// The text that the island's `render` writes as `p data-live-list="answer" {}`: it grows in the page, token
    /// by token, and no server keeps it.
    ///
    /// ```
    /// # use holm::prelude::*;
    /// # #[derive(Event)] enum Press { #[event(server)] Token(String) }
    /// fn on(press: Press, cx: &Cx<Press>) {
    ///     let Press::Token(token) = press;
    ///     cx.text("answer").push(token);
    /// }
    /// ```
    pub fn text(&self, name: impl Into<String>) -> ListText<'_> {
        ListText { context: &self.context, name: name.into() }
    }
}

/// Rows in the page, from [`Cx::list`]. A key names one row of its list; what is done twice comes to the same.
#[derive(Clone)]
pub struct List<'a> {
    context: &'a Context,
    name: String,
}

/// A text in the page that grows, from [`Cx::text`].
#[derive(Clone)]
pub struct ListText<'a> {
    context: &'a Context,
    name: String,
}

impl fmt::Debug for List<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "List({:?})", self.name)
    }
}

impl fmt::Debug for ListText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ListText({:?})", self.name)
    }
}

#[allow(clippy::needless_pass_by_value, reason = "rows are given away, as they are to a page")]
impl List<'_> {
    /// Puts a row at the end. A row of this key that is there already goes.
    ///
    /// The markup is one element, whose `data-key` becomes the key; anything else is left out, with an error in
    /// the log.
    pub fn append(&self, key: impl Display, row: Markup) -> &Self {
        self.with_row(key, &row, What::Append)
    }

    /// Puts a row at the front, as [`List::append`] does at the end.
    pub fn prepend(&self, key: impl Display, row: Markup) -> &Self {
        self.with_row(key, &row, What::Prepend)
    }

    /// Puts a row before the one whose key is `other`; at the end where there is none.
    pub fn insert_before(&self, other: impl Display, key: impl Display, row: Markup) -> &Self {
        let other = other.to_string().replace(BETWEEN, "");
        self.with_row(key, &row, |row| What::Before(other, row))
    }

    /// Changes a row, which keeps its place, its focus and what was typed in it; does nothing where it is not there.
    pub fn update(&self, key: impl Display, row: Markup) -> &Self {
        self.with_row(key, &row, What::Update)
    }

    /// Takes a row out, if it is there.
    pub fn remove(&self, key: impl Display) -> &Self {
        self.what(What::Remove(key.to_string().into()))
    }

    /// Takes every row out. Rows of the same handler that are put in again as they were are left alone by the page.
    pub fn clear(&self) -> &Self {
        self.what(What::Clear)
    }

    /// Takes the first rows out, so that no more than `rows` are left.
    pub fn keep_last(&self, rows: usize) -> &Self {
        self.what(What::KeepLast(rows))
    }

    /// Takes the last rows out, so that no more than `rows` are left.
    pub fn keep_first(&self, rows: usize) -> &Self {
        self.what(What::KeepFirst(rows))
    }

    fn with_row(&self, key: impl Display, row: &Markup, what: impl FnOnce(Row) -> What) -> &Self {
        let key = key.to_string();
        let html = if row.0.contains("<holm-island") {
            Err("no island can be nested in a row; write the row's events in it, they are this island's")
        } else {
            holm_dom::keyed(&row.0, &key)
        };
        match html {
            Ok(html) => self.what(what(Row { key: key.into(), html })),
            Err(advice) => {
                tracing::error!(list = self.name, key, "this row is left out: {advice}");
                self
            }
        }
    }

    fn what(&self, what: What) -> &Self {
        self.context.change(&self.name, what);
        self
    }
}

impl ListText<'_> {
    /// Puts text at the end, as text: no markup is read in it.
    pub fn push(&self, text: impl Into<String>) -> &Self {
        self.context.change(&self.name, What::Text(text.into()));
        self
    }

    /// Takes all of it out.
    pub fn clear(&self) -> &Self {
        self.context.change(&self.name, What::Clear);
        self
    }
}

impl Context {
    fn change(&self, list: &str, what: What) {
        self.effects.lock().push(Effect::List(Change { list: list.into(), what }));
    }
}
