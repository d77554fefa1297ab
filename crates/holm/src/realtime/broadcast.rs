//! An event on its way to many: written once for all of them.

use std::sync::{Arc, OnceLock};

use axum::extract::ws::Utf8Bytes;

use super::event::Event;
use super::history::Cursor;
use super::protocol;

/// An event as its receivers share it.
#[derive(Debug)]
pub(crate) struct Broadcast {
    /// `None` for one that goes to connections themselves.
    pub(crate) channel: Option<Arc<str>>,
    pub(crate) event: Event,
    /// Where who has it is, in a channel with history.
    pub(crate) cursor: Option<Cursor>,
    json: OnceLock<Utf8Bytes>,
    /// As a server-sent event without its id; written by that transport.
    pub(crate) sse: OnceLock<Box<str>>,
}

impl Broadcast {
    pub(crate) fn new(channel: Option<Arc<str>>, event: Event, cursor: Option<Cursor>) -> Arc<Self> {
        Arc::new(Self { channel, event, cursor, json: OnceLock::new(), sse: OnceLock::new() })
    }

    /// About how many bytes it is.
    pub(crate) fn size(&self) -> usize {
        self.event.size() + self.channel.as_ref().map_or(0, |channel| channel.len())
    }

    /// The id that clients come back with: the cursor, else the app's own.
    pub(crate) fn id(&self) -> Option<String> {
        self.cursor.map(|cursor| cursor.to_string()).or_else(|| self.event.event_id().map(str::to_owned))
    }

    /// The message that tells it to a subscription; `sub` is the subscription's id as JSON, `None` when it is
    /// the channel's name.
    pub(crate) fn json(&self, sub: Option<&str>) -> Utf8Bytes {
        let whole = self.json.get_or_init(|| protocol::event(self).into());
        let (Some(sub), Some(channel)) = (sub, &self.channel) else { return whole.clone() };
        // Only the subscription's id differs between receivers.
        let head = protocol::EVENT_HEAD;
        let rest = &whole[head.len() + protocol::quoted(channel).len()..];
        [head, sub, rest].concat().into()
    }
}
