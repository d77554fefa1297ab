//! What a handler has the page do by itself: things of the visitor's that no render holds.

use super::{Cx, Effect};
use crate::Event;

impl<E: Event> Cx<E> {
    /// Empties a form of this island: its fields go back to what `render` says, also the one with the focus.
    ///
    /// The form is named by a CSS selector, looked for inside the island. What the visitor has typed since the
    /// event that is being handled was sent stays.
    ///
    /// ```
    /// # use holm::{Cx, Event};
    /// # #[derive(Event)] enum Press { Say { text: String } }
    /// fn said(cx: &Cx<Press>) {
    ///     cx.reset("#say");
    /// }
    /// ```
    pub fn reset(&self, form: impl Into<String>) {
        self.effect(Effect::Act { what: "reset", with: form.into() });
    }

    /// Moves the focus to an element of this island, named by a CSS selector: the first field with an error, or
    /// what a press has opened.
    pub fn focus(&self, element: impl Into<String>) {
        self.effect(Effect::Act { what: "focus", with: element.into() });
    }
}
