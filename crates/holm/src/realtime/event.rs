//! What travels to realtime clients: a name, text, an id, and a hint when to come back.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::protocol::check_data;
use crate::{Error, Result};

/// What names of Holm's own events begin with; no event of an app may.
pub(crate) const RESERVED: &str = "holm:";

/// Something to tell realtime clients: a name, and text that is mostly JSON.
///
/// Listeners choose by name: `source.addEventListener("said", …)` in a browser, `name` in the frames of a
/// WebSocket. An event without a name of its own is a `message`, as browsers call it.
///
/// ```
/// use holm::realtime::Event;
/// #[derive(serde::Serialize)] struct Line<'a> { by: &'a str, text: &'a str }
/// # fn main() -> holm::Result {
/// let said = Event::new("said").json(&Line { by: "ada", text: "hello" })?;
/// assert_eq!((said.name(), said.data()), ("said", r#"{"by":"ada","text":"hello"}"#));
/// assert!(Event::new("said\ndata: forged").check().is_err());
/// # Ok(()) }
/// ```
///
/// Reading one that somebody else wrote is safe: text that says it is JSON and is not one value of it is an error.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct Event {
    name: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    data: String,
    /// Whether the text is JSON, which goes into a client's JSON as it is.
    json: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry: Option<Duration>,
}

/// An event as it was written, by whomever.
#[derive(Deserialize)]
struct Unchecked {
    name: String,
    #[serde(default)]
    data: String,
    #[serde(default)]
    json: bool,
    id: Option<String>,
    retry: Option<Duration>,
}

impl TryFrom<Unchecked> for Event {
    type Error = String;

    fn try_from(read: Unchecked) -> std::result::Result<Self, String> {
        let Unchecked { name, data, json, id, retry } = read;
        // It would go into other messages as it is.
        if json {
            check_data(&data).map_err(|refusal| refusal.sentence)?;
        }
        Ok(Self { name, data, json, id, retry })
    }
}

impl Default for Event {
    /// A `message` without text.
    fn default() -> Self {
        Self::new("message")
    }
}

impl Event {
    /// An event of this name, without text so far. The name may not be empty, contain control characters
    /// or begin with `holm:`; one that does is refused where the event is sent, or by [`Event::check`].
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), data: String::new(), json: false, id: None, retry: None }
    }

    /// Says this, as JSON.
    ///
    /// # Errors
    /// When the value does not serialize, such as a map whose keys are no text.
    pub fn json<T: Serialize + ?Sized>(mut self, value: &T) -> Result<Self> {
        self.data = serde_json::to_string(value)?;
        self.json = true;
        Ok(self)
    }

    /// Says this, as it is. In server-sent events every line break in it arrives as a line feed.
    pub fn text(mut self, text: impl Into<String>) -> Self {
        self.data = text.into();
        self.json = false;
        self
    }

    /// An event whose text is JSON already, as a client's message brings it.
    pub(crate) fn raw(name: impl Into<String>, json: impl Into<String>) -> Self {
        Self { json: true, ..Self::new(name).text(json) }
    }

    /// Gives the event an id, without control characters: what a browser's `EventSource` sends back as
    /// `Last-Event-ID`. In a channel the channel's own cursor takes its place.
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// Asks an `EventSource` to wait this long, in whole milliseconds, before it connects again.
    pub fn retry(mut self, after: Duration) -> Self {
        self.retry = Some(after);
        self
    }

    /// The event's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The text, which is JSON when it was given with [`Event::json`].
    pub fn data(&self) -> &str {
        &self.data
    }

    /// Whether the text was given with [`Event::json`].
    pub fn is_json(&self) -> bool {
        self.json
    }

    /// The id the app gave it.
    pub fn event_id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// How long clients are asked to wait before they connect again.
    pub fn retry_after(&self) -> Option<Duration> {
        self.retry
    }

    /// The text read as JSON.
    ///
    /// # Errors
    /// When the text is no JSON of this type: a public sentence that says where, for the client that sent it.
    pub fn read<T: serde::de::DeserializeOwned>(&self) -> Result<T> {
        let unread = |error| Error::public(format!("The data is not what is expected here: {error}."));
        serde_json::from_str(&self.data).map_err(unread)
    }

    /// How many bytes of names and text it has.
    pub(crate) fn size(&self) -> usize {
        self.name.len() + self.data.len() + self.id.as_ref().map_or(0, String::len)
    }

    /// Whether the event can be sent as it is. Sending checks the same; this is for names and ids that
    /// come from elsewhere.
    ///
    /// # Errors
    /// A public sentence, when the name is empty or reserved, or the name or the id has a control character.
    pub fn check(&self) -> Result {
        if self.name.is_empty() {
            return Err(Error::public("An event has no name."));
        }
        if self.name.starts_with(RESERVED) {
            return Err(Error::public("The names of an app's events do not begin with `holm:`."));
        }
        if !is_plain(&self.name) {
            return Err(Error::public("The name of an event has a control character in it."));
        }
        if self.id.as_deref().is_some_and(|id| !is_plain(id)) {
            return Err(Error::public("The id of an event has a control character in it."));
        }
        Ok(())
    }
}

/// Whether an `EventSource` itself says this: an event of this name would pass for the connection's own end or
/// beginning. An app that wants that may; what clients say may come to others, and is refused.
pub(crate) fn is_of_event_source(name: &str) -> bool {
    matches!(name, "error" | "open")
}

/// Whether text fits in one field of a text protocol: no character in it ends a line or a string.
pub(crate) fn is_plain(text: &str) -> bool {
    // The two separators end lines for JavaScript and for some who read logs.
    !text.chars().any(|char| char.is_control() || matches!(char, '\u{2028}' | '\u{2029}' | '\u{feff}'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_says_what_it_was_given() {
        let event = Event::new("said").json(&[1, 2]).unwrap().id("7").retry(Duration::from_secs(3));
        assert_eq!((event.name(), event.data(), event.event_id()), ("said", "[1,2]", Some("7")));
        assert_eq!(event.read::<Vec<u8>>().unwrap(), [1, 2]);
        assert_eq!(event.retry_after(), Some(Duration::from_secs(3)));
        assert_eq!(event.size(), 10);
        event.check().unwrap();
        let again: Event = serde_json::from_str(&serde_json::to_string(&event).unwrap()).unwrap();
        assert_eq!(again, event);
    }

    #[test]
    fn an_event_that_somebody_else_wrote_is_one_value_where_it_says_that_it_is_json() {
        let read = |data: &str, json: bool| {
            let written = serde_json::json!({"name": "said", "data": data, "json": json});
            serde_json::from_value::<Event>(written).ok()
        };
        for forged in [
            "",
            "1,\"sub\":\"another\"",
            "1}{\"type\":\"close\"",
            "[1",
            "\"a\nb\"",
            "nothing",
            "1 2",
            "\"\\ud800\"",
        ] {
            assert_eq!(read(forged, true), None, "{forged}");
            assert_eq!(read(forged, false).unwrap().data(), forged, "as text it harms nobody");
        }
        assert_eq!(read("[1, {\"a\": null}]", true).unwrap(), Event::raw("said", "[1, {\"a\": null}]"));
        let short: Event = serde_json::from_str(r#"{"name":"said"}"#).unwrap();
        assert_eq!(short, Event::new("said"));
    }

    #[test]
    fn what_does_not_serialize_is_an_error() {
        let odd = std::collections::HashMap::from([((1, 2), 3)]);
        assert!(Event::new("said").json(&odd).is_err());
    }

    #[test]
    fn names_and_ids_that_could_be_more_than_one_field_are_refused() {
        for bad in ["a\rb", "a\nb", "\0", "a\u{7f}", "\u{85}", "\u{2028}", "\u{feff}a", "\u{1b}[2J"] {
            assert!(Event::new(bad).check().is_err(), "{bad:?} as a name");
            assert!(Event::new("said").id(bad).check().is_err(), "{bad:?} as an id");
            assert!(Event::new("said").text(bad).check().is_ok(), "{bad:?} is fine as text");
        }
        assert!(Event::new("").check().is_err());
        assert!(Event::new("holm:subscribed").check().is_err());
        assert!(Event::new("Überraschung: 5 €").id("").check().is_ok());
    }
}
