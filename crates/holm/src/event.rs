//! Events: what a page asks an island to do.
//!
//! An enum with `#[derive(Event)]` names everything an island answers. In a page a value stands in an
//! attribute, `data-live=(Press::Set { to: 3 })`, as `set {"to":3}`; the client sends name and payload back as
//! they are, and [`Event::decode`] accepts nothing that the enum does not have. This module knows text and
//! types only: which island an event is for is the session's business.

mod input;
mod record;
mod support;
#[cfg(test)]
mod tests;

use std::fmt;
use std::marker::PhantomData;

use crate::form::FieldErrors;

pub use input::{Key, Pointer};
pub(crate) use record::{Recorded, recording};
pub(crate) use support::field;
#[doc(hidden)]
pub use support::{SameMaud, decode, encode, no_payload, render, same_maud, unknown};

/// The events of an island: a closed set of names with typed payloads.
///
/// Derive it; the derive is exported under the same name and tells the shapes and attributes it takes.
///
/// ```
/// use holm::event::{Event, Payload};
///
/// #[derive(Debug, PartialEq, holm::Event)]
/// enum Press {
///     Inc,
///     Set { to: i64 },
/// }
///
/// assert_eq!(Press::NAMES, ["inc", "set"]);
/// assert_eq!(Press::Set { to: 3 }.payload().as_deref(), Some(r#"{"to":3}"#));
/// assert_eq!(Press::decode("set", Payload::Form("to=4")), Ok(Press::Set { to: 4 }));
/// assert!(Press::decode("drop_tables", Payload::Json("")).is_err());
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an enum of events",
    label = "no event",
    note = "write `#[derive(holm::Event)]` on `enum {Self}`, with one variant for each thing the page can ask for",
    note = "an island without events has `type Event = NoEvent;` with `#[derive(holm::Event)] enum NoEvent {{}}`"
)]
pub trait Event: Sized + Send + 'static {
    /// The wire names a client may send, in the order of the variants.
    const NAMES: &'static [&'static str];

    /// The wire name of this event. Events of the server have one too, for logs.
    fn name(&self) -> &'static str;

    /// The payload as JSON; `None` for events without one and for events only the server sends.
    fn payload(&self) -> Option<String>;

    /// Reads what a client sent.
    ///
    /// # Errors
    ///
    /// [`DecodeError::UnknownEvent`] when no variant that clients may send has this name, and
    /// [`DecodeError::BadPayload`] or [`DecodeError::BadFields`] when the payload does not fill the variant.
    fn decode(name: &str, payload: Payload<'_>) -> Result<Self, DecodeError>;

    /// Whether the event's handler does something outside its island that must not happen twice: it
    /// orders, pays, sends a mail. `#[event(once)]` on a variant says so.
    ///
    /// A page keeps its events until a seal contains them and sends them again after a loss. The
    /// state then goes on from before them, so most handlers may run again; one with effects
    /// outside may not. After such an event the island is sealed at once, which leaves only a server
    /// that stops half-way: [`Cx::event_id`](crate::Cx::event_id) lets the handler see that.
    fn is_once(&self) -> bool {
        false
    }
}

/// What came with an event's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Payload<'a> {
    /// The JSON that stood in the attribute; empty when there was only a name.
    Json(&'a str),
    /// A form's fields, urlencoded: `to=3&note=a+b`.
    Form(&'a str),
}

impl Payload<'_> {
    /// Bytes of its text.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Json(text) | Self::Form(text) => text.len(),
        }
    }
}

/// Why an event was refused. The text is meant for the page's author and is safe to show: it holds no more than
/// what the client sent and the names in the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DecodeError {
    /// No event a client may send has this name. A long name is cut.
    UnknownEvent(String),
    /// The payload does not fill the event; the sentence says why.
    BadPayload(String),
    /// The fields of a form do not fill the event.
    BadFields {
        /// The event's name.
        event: String,
        /// What is wrong with which.
        errors: FieldErrors,
    },
}

impl DecodeError {
    /// The fields that do not fit, in one line.
    pub(crate) fn fields(&self) -> Option<String> {
        let Self::BadFields { errors, .. } = self else { return None };
        let each = |(field, sentence): (&str, &str)| {
            if field.is_empty() { sentence.to_owned() } else { format!("`{field}`: {sentence}") }
        };
        Some(errors.iter().map(each).collect::<Vec<_>>().join(" "))
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownEvent(name) => write!(f, "no event of this island is called `{name}`"),
            Self::BadPayload(sentence) => f.write_str(sentence),
            Self::BadFields { event, .. } => {
                let fields = self.fields().unwrap_or_default();
                write!(f, "the form's fields do not fill `{event}`: {fields}")
            }
        }
    }
}

impl std::error::Error for DecodeError {}

/// The name of an event without its payload, which the page's fields provide.
///
/// `#[derive(Event)]` writes a function for each variant that returns one:
/// `form data-live-submit=(Press::set_event())`.
pub struct EventName<E>(&'static str, PhantomData<fn() -> E>);

impl<E> EventName<E> {
    /// Names an event of `E`. A derived enum does this; by hand, use one of [`Event::NAMES`].
    pub const fn new(name: &'static str) -> Self {
        Self(name, PhantomData)
    }

    /// The name on the wire.
    pub const fn name(&self) -> &'static str {
        self.0
    }
}

impl<E> Clone for EventName<E> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<E> Copy for EventName<E> {}

impl<E> fmt::Debug for EventName<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("EventName").field(&self.0).finish()
    }
}

impl<E: Event> maud::Render for EventName<E> {
    fn render_to(&self, buffer: &mut String) {
        support::write_attribute::<E>(self.0, None, buffer);
    }
}
