//! What a page does by itself: words for `data-live-do` and `data-live-optimistic`, and for [`Cx::act`](crate::Cx::act).
//!
//! [`Act`] begins a list of words, and each further one is a method of what it gives:
//!
//! ```
//! use holm::act::Act;
//! use maud::html;
//!
//! let menu = html! {
//!     button type="button" data-live-do=(Act::toggle("#menu").focus("#search")) { "Menu" }
//! };
//! assert_eq!(
//!     menu.into_string(),
//!     r##"<button type="button" data-live-do="toggle #menu;focus #search">Menu</button>"##,
//! );
//! ```
//!
//! The element is named by a CSS selector, which is looked for in the island first and then in the document; all that
//! it finds take part, but for `focus`, `select`, `copy`, `open`, `close` and `reset`, which take the first. `this` is
//! the element that the attribute stands on, and `closest:li` the nearest `li` around it. In an act of the server's,
//! `this` is the island.
//!
//! Selectors and texts may come from data: whatever stands in them, they stay one word. The names of classes and
//! attributes are code.

use std::fmt::{self, Write as _};

use maud::Render;

/// The first of a list of words: `Act::toggle("#menu")`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {}

/// A list of words, done in their order; [`Act`] begins one.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "words do something where they are written in an attribute, or given to `cx.act`"]
pub struct Acts(Vec<Word>);

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Word {
    pub(crate) what: &'static str,
    pub(crate) with: String,
}

/// Writes each word twice: as the first of a list, and as another.
macro_rules! words {
    ($($(#[$doc:meta])* $name:ident($($argument:ident),+) => $what:literal, $with:expr;)+) => {
        impl Act {$(
            $(#[$doc])*
            pub fn $name($($argument: impl AsRef<str>),+) -> Acts {
                Acts(Vec::new()).$name($($argument),+)
            }
        )+}

        impl Acts {$(
            #[doc = concat!("Then what [`Act::", stringify!($name), "`] does.")]
            pub fn $name(mut self, $($argument: impl AsRef<str>),+) -> Self {
                $(let $argument = $argument.as_ref();)+
                self.0.push(Word { what: $what, with: $with });
                self
            }
        )+}
    };
}

words! {
    /// Shows what is hidden, and hides what is shown, by the attribute `hidden`. The button that is pressed gets
    /// `aria-expanded`, and so do all whose `aria-controls` names the element.
    toggle(selector) => "toggle", last(selector);
    /// Shows it: takes the attribute `hidden` away.
    show(selector) => "show", last(selector);
    /// Hides it: sets the attribute `hidden`.
    hide(selector) => "hide", last(selector);
    /// Moves the focus there. In an act of the server's, not when the visitor has gone on since the event was sent.
    focus(selector) => "focus", last(selector);
    /// Selects the text of a field.
    select(selector) => "select", last(selector);
    /// Copies its text, or the value of a field; the element that was pressed then fires `holm:copied`.
    copy(selector) => "copy", last(selector);
    /// Opens a `<dialog>` (modal), a popover or a `<details>`.
    open(selector) => "open", last(selector);
    /// Closes a `<dialog>`, a popover or a `<details>`.
    close(selector) => "close", last(selector);
    /// Brings the fields of a form back to what the server's HTML says.
    reset(selector) => "reset", last(selector);
    /// Takes it off the page, as far as anybody can see, hear or reach it; it keeps its place and its state, so that it
    /// may come back.
    remove(selector) => "remove", last(selector);
    /// Adds a class, or takes it away where it is.
    ///
    /// # Panics
    /// When the class is empty or has a space in it.
    class(selector, name) => "class", format!("{} {}", one(selector), class_name(name));
    /// Adds a class.
    ///
    /// # Panics
    /// When the class is empty or has a space in it.
    add_class(selector, name) => "class+", format!("{} {}", one(selector), class_name(name));
    /// Takes a class away.
    ///
    /// # Panics
    /// When the class is empty or has a space in it.
    remove_class(selector, name) => "class-", format!("{} {}", one(selector), class_name(name));
    /// Sets an attribute.
    ///
    /// # Panics
    /// When the value is empty ([`toggle_attr`](Act::toggle_attr) sets that), or the name is no attribute's or one that
    /// holds script, such as `onclick`.
    attr(selector, name, value) => "attr", format!("{} {} {}", one(selector), attribute(name), given(value));
    /// Sets an attribute without a value, or takes it away where it is.
    ///
    /// # Panics
    /// When the name is no attribute's or one that holds script.
    toggle_attr(selector, name) => "attr", format!("{} {}", one(selector), attribute(name));
    /// Puts text in it. `{name}` stands for a field of the form around what was pressed.
    text(selector, text) => "text", format!("{} {}", one(selector), escaped(text));
    /// Puts the content of a `<template>` at its end. `{name}` stands for a field of the form around what was pressed,
    /// in texts and attributes, as text; but not in
    /// attributes that hold an address, style or script (`href`, `src`, `action`, `style`, `onclick` and their like).
    append(selector, template) => "append", format!("{} {}", one(selector), one(template));
}

impl Acts {
    /// Then these as well.
    pub fn and(mut self, others: Self) -> Self {
        self.0.extend(others.0);
        self
    }

    pub(crate) fn into_words(self) -> Vec<Word> {
        self.0
    }
}

impl fmt::Display for Acts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, Word { what, with }) in self.0.iter().enumerate() {
            let between = if at > 0 { ";" } else { "" };
            write!(f, "{between}{what} {with}")?;
        }
        Ok(())
    }
}

impl Render for Acts {
    fn render_to(&self, buffer: &mut String) {
        // A String takes everything.
        let _ = write!(maud::Escaper::new(buffer), "{self}");
    }
}

/// What would end a word, or be read as such a sign, is written as `%` and its number.
fn escaped(text: &str) -> String {
    text.replace('%', "%25").replace(';', "%3B")
}

/// A selector that ends its word, so that it may have spaces.
fn last(selector: &str) -> String {
    let selector = selector.trim();
    escaped(if selector.is_empty() { "this" } else { selector })
}

/// A selector that something follows.
fn one(selector: &str) -> String {
    last(selector).split_whitespace().collect::<Vec<_>>().join("%20")
}

fn class_name(name: &str) -> String {
    assert!(!name.is_empty() && !name.contains(char::is_whitespace), "{name:?} is not the name of a class");
    escaped(name)
}

fn attribute(name: &str) -> &str {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_:.".contains(&byte);
    assert!(!name.is_empty() && name.bytes().all(plain), "{name:?} is not the name of an attribute");
    let script = name.get(..2).is_some_and(|begin| begin.eq_ignore_ascii_case("on"));
    assert!(!script, "`{name}` holds script, which no act writes");
    name
}

fn given(value: &str) -> String {
    assert!(!value.trim().is_empty(), "an attribute without a value is set with `toggle_attr`");
    escaped(value)
}

#[cfg(test)]
mod tests {
    use maud::html;

    use super::Act;

    #[test]
    fn words_stand_in_their_order() {
        let all = Act::toggle("#menu")
            .show("closest:li")
            .hide("")
            .focus("#form input")
            .select("#q")
            .copy("this")
            .open("dialog")
            .close("dialog")
            .reset("form")
            .remove(".old");
        assert_eq!(
            all.to_string(),
            "toggle #menu;show closest:li;hide this;focus #form input;select #q;copy this;open dialog;close dialog;reset form;remove .old"
        );
        let all = Act::class("this", "on")
            .add_class("p", "a")
            .remove_class("p", "b")
            .attr("p", "title", "two words")
            .toggle_attr("p", "inert")
            .text("b", "so {name}")
            .append("ul", "#row")
            .and(Act::hide("p").show("b"));
        assert_eq!(
            all.to_string(),
            "class this on;class+ p a;class- p b;attr p title two words;attr p inert;text b so {name};append ul #row;hide p;show b"
        );
    }

    #[test]
    fn no_text_and_no_selector_makes_another_word() {
        assert_eq!(
            Act::text("#a b", "one; hide this; 100%").to_string(),
            "text #a%20b one%3B hide this%3B 100%25"
        );
        assert_eq!(Act::class("li:not(.a) > b", "on").to_string(), "class li:not(.a)%20>%20b on");
        assert_eq!(Act::remove("[title='a;remove body']").to_string(), "remove [title='a%3Bremove body']");
        assert_eq!(Act::append("#a\n b", "#c d").to_string(), "append #a%20b #c%20d");
        assert_eq!(Act::text("p", "").to_string(), "text p ");
    }

    #[test]
    fn what_is_rendered_is_escaped() {
        let html = html! { p data-live-do=(Act::text("[title=\"<\"]", "a & b")) {} };
        assert_eq!(html.into_string(), "<p data-live-do=\"text [title=&quot;&lt;&quot;] a &amp; b\"></p>");
    }

    #[test]
    #[should_panic(expected = "is not the name of a class")]
    fn a_class_has_no_space() {
        let _ = Act::class("this", "on off");
    }

    #[test]
    #[should_panic(expected = "holds script")]
    fn an_attribute_holds_no_script() {
        let _ = Act::toggle_attr("this", "onClick");
    }

    #[test]
    #[should_panic(expected = "is not the name of an attribute")]
    fn an_attribute_has_a_name() {
        let _ = Act::attr("this", "a b", "c");
    }

    #[test]
    #[should_panic(expected = "toggle_attr")]
    fn an_attribute_that_is_set_has_a_value() {
        let _ = Act::attr("this", "title", " ");
    }
}
