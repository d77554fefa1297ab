//! What waits for one client, within bounds.

use std::collections::VecDeque;
use std::sync::Arc;

use axum::extract::ws::Utf8Bytes;
use bytes::Bytes;
use holm_wire::Code;

use super::Broadcast;
use super::room::Room;

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
    /// A stream was open for as long as one may be, and its reader comes back: 1000.
    Time,
    /// The peer broke the transport's own protocol: that close code.
    Transport(u16),
}

impl End {
    /// The WebSocket close code.
    pub(crate) fn close_code(self) -> u16 {
        match self {
            Self::Code(code) => code.close(),
            Self::Restart => 1012,
            Self::Closed | Self::Time => 1000,
            Self::Transport(code) => code,
        }
    }

    /// The word beside it.
    pub(crate) fn reason(self) -> &'static str {
        match self {
            Self::Code(code) => code.word(),
            Self::Restart => Code::ShuttingDown.word(),
            Self::Closed | Self::Time | Self::Transport(_) => "",
        }
    }

    /// Whether the client, as far as anybody knows, is about to come back.
    pub(crate) fn is_lost(self) -> bool {
        match self {
            Self::Code(code) => matches!(code, Code::TooSlow | Code::Silent),
            Self::Restart | Self::Time | Self::Transport(_) => true,
            Self::Closed => false,
        }
    }
}

/// One thing in the row.
#[derive(Debug)]
enum Waiting {
    /// Something to say, and whether it counts. What a channel replays from its history does not: it is kept there
    /// anyway, and is bounded by that.
    Item(bool, Item),
    State(State),
}

/// Who is in a channel, from somebody on: written when the client takes it, so that nothing waits but this.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) room: Arc<Room>,
    /// The number of the first to tell of; 0 is everybody.
    pub(crate) from: u64,
}

/// What is due next.
#[derive(Debug)]
pub(crate) enum Taken {
    Item(Item),
    State(State),
}

/// What waits, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    items: VecDeque<Waiting>,
    /// How many of those in it tell who is in a channel.
    states: usize,
    /// How many of them count, and their bytes.
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
            (self.counted, self.bytes, self.states) = (0, 0, 0);
            return Pushed::Ended;
        }
        self.counted += 1;
        self.bytes += size;
        self.items.push_back(Waiting::Item(true, item));
        Pushed::Taken
    }

    /// Adds an item of a channel's history.
    pub(crate) fn replay(&mut self, item: Item) {
        if self.ended.is_none() {
            self.items.push_back(Waiting::Item(false, item));
        }
    }

    /// Adds who is in a channel; once is enough.
    pub(crate) fn tell_state(&mut self, room: &Arc<Room>) {
        if self.ended.is_none() && !self.tells_state(room) {
            self.states += 1;
            self.items.push_back(Waiting::State(State { room: Arc::clone(room), from: 0 }));
        }
    }

    /// The rest of what was taken is due next.
    pub(crate) fn tell_rest(&mut self, state: State) {
        if self.ended.is_none() {
            self.states += 1;
            self.items.push_front(Waiting::State(state));
        }
    }

    /// Whether everybody in this channel has yet to be told, with all that changes until then.
    pub(crate) fn tells_state(&self, room: &Arc<Room>) -> bool {
        let tells = |waiting: &Waiting| matches!(waiting, Waiting::State(state) if state.from == 0 && Arc::ptr_eq(&state.room, room));
        self.states > 0 && self.items.iter().any(tells)
    }

    pub(crate) fn take(&mut self) -> Option<Taken> {
        let taken = match self.items.pop_front()? {
            Waiting::Item(counts, item) => {
                if counts {
                    self.counted -= 1;
                    self.bytes -= item.size();
                }
                Taken::Item(item)
            }
            Waiting::State(state) => {
                self.states -= 1;
                Taken::State(state)
            }
        };
        if self.items.is_empty() && self.items.capacity() > 32 {
            self.items = VecDeque::new();
        }
        Some(taken)
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
