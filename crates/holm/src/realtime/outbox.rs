//! What waits for one client, within bounds.

use std::collections::VecDeque;
use std::sync::Arc;

use axum::extract::ws::Utf8Bytes;
use bytes::Bytes;
use holm_wire::Code;

use super::Broadcast;

/// One thing to say to a client; each transport writes it its own way.
#[derive(Debug, Clone)]
pub(crate) enum Item {
    /// An event; what it is written as is made once for all who get it.
    Event {
        /// The subscription's id as JSON, where that is not the channel's name.
        sub: Option<Arc<str>>,
        event: Arc<Broadcast>,
    },
    /// A message of the protocol beside events: its type, and all of it as JSON.
    Note { kind: &'static str, json: Utf8Bytes },
    /// Text of the app's own, for a socket without the protocol.
    Text(Utf8Bytes),
    /// Bytes of the app's own, for a socket without the protocol.
    Binary(Bytes),
}

impl Item {
    /// About how many bytes it is.
    pub(crate) fn size(&self) -> usize {
        match self {
            Self::Event { event, .. } => event.size(),
            Self::Note { json, .. } => json.len(),
            Self::Text(text) => text.len(),
            Self::Binary(bytes) => bytes.len(),
        }
    }
}

/// Why a connection ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// With one of the codes of the protocol.
    Code(Code),
    /// The server goes, and another comes: WebSocket close code 1012.
    Restart,
    /// The app closed it: 1000.
    Closed,
    /// The peer broke the transport's own protocol: that close code.
    Transport(u16),
}

impl End {
    /// The WebSocket close code.
    pub(crate) fn close_code(self) -> u16 {
        match self {
            Self::Code(code) => code.close(),
            Self::Restart => 1012,
            Self::Closed => 1000,
            Self::Transport(code) => code,
        }
    }

    /// The word beside it.
    pub(crate) fn reason(self) -> &'static str {
        match self {
            Self::Code(code) => code.word(),
            Self::Restart => Code::ShuttingDown.word(),
            Self::Closed | Self::Transport(_) => "",
        }
    }
}

/// What waits, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    items: VecDeque<(bool, Item)>,
    /// How many of them count, and their bytes. What a channel replays from its history does not: it is kept
    /// there anyway, and is bounded by that.
    counted: usize,
    bytes: usize,
    ended: Option<End>,
}

/// What became of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pushed {
    /// It waits for the client.
    Taken,
    /// The connection has ended, by this or before.
    Ended,
}

impl Outbox {
    /// Adds an item; past the bounds the connection ends with `too_slow` instead, and what waited goes.
    pub(crate) fn push(&mut self, item: Item, most: usize, most_bytes: usize) -> Pushed {
        if self.ended.is_some() {
            return Pushed::Ended;
        }
        let size = item.size();
        // One that finds nothing before it goes out, however large the app allows it to be.
        if self.counted >= most || (self.counted > 0 && self.bytes + size > most_bytes) {
            self.end(End::Code(Code::TooSlow));
            self.items = VecDeque::new();
            (self.counted, self.bytes) = (0, 0);
            return Pushed::Ended;
        }
        self.counted += 1;
        self.bytes += size;
        self.items.push_back((true, item));
        Pushed::Taken
    }

    /// Adds an item of a channel's history.
    pub(crate) fn replay(&mut self, item: Item) {
        if self.ended.is_none() {
            self.items.push_back((false, item));
        }
    }

    pub(crate) fn take(&mut self) -> Option<Item> {
        let (counts, item) = self.items.pop_front()?;
        if counts {
            self.counted -= 1;
            self.bytes -= item.size();
        }
        if self.items.is_empty() && self.items.capacity() > 32 {
            self.items = VecDeque::new();
        }
        Some(item)
    }

    /// Nothing more is taken; what waits goes out first.
    pub(crate) fn end(&mut self, end: End) {
        self.ended.get_or_insert(end);
    }

    pub(crate) fn ended(&self) -> Option<End> {
        self.ended
    }

    /// How many items wait, replayed ones too.
    pub(crate) fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether so much waits that its producers wait too.
    pub(crate) fn is_half_full(&self, most: usize, most_bytes: usize) -> bool {
        self.items.len() >= most.div_ceil(2) || self.bytes >= most_bytes.div_ceil(2)
    }
}
