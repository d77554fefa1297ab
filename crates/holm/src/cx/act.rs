//! What a handler has the page do by itself: things of the visitor's that no render holds.

use super::{Cx, Effect};
use crate::Event;
use crate::act::{Acts, Word};

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
    ///
    /// Nothing happens when the visitor has moved the focus, pressed or typed anything since the event that is being
    /// handled was sent; nor, without such an event, while the focus is in a text field.
    pub fn focus(&self, element: impl Into<String>) {
        self.effect(Effect::Act { what: "focus", with: element.into() });
    }

    /// Has the page do these words in this island, after the edit that the handler causes.
    ///
    /// ```
    /// # use holm::{Cx, Event};
    /// # #[derive(Event)] enum Press { Buy }
    /// use holm::act::Act;
    ///
    /// fn bought(cx: &Cx<Press>) {
    ///     cx.act(Act::close("#order").focus("#thanks"));
    /// }
    /// ```
    pub fn act(&self, acts: Acts) {
        for Word { what, with } in acts.into_words() {
            self.effect(Effect::Act { what, with });
        }
    }
}

impl Effect {
    /// Tells the page which event of its a form is emptied for, or the focus taken: what the visitor has done after
    /// it was sent stays.
    pub(crate) fn for_event(self, seq: u64) -> Self {
        match self {
            Self::Act { what: what @ ("reset" | "focus" | "select" | "open"), with } if seq > 0 => {
                Self::Act { what, with: format!("{seq} {with}") }
            }
            other => other,
        }
    }
}
