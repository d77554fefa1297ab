//! What the client needs from its surroundings: a socket, a clock, the page, coarse DOM jobs.

use crate::walk::Dom;

/// What the page shows of its connection, as `data-live-status` and in `holm:status` events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub enum Status {
    /// A first connection is being made.
    Connecting = 0,
    /// The islands have joined.
    Live = 1,
    /// There is no connection, and the last attempt failed; another follows.
    Lost = 2,
    /// There is no connection, and no attempt follows.
    Stopped = 3,
}

/// What a job came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub enum Made {
    /// The DOM was another than the edit was written for.
    Nothing = 0,
    /// An edit.
    Edit = 1,
    /// A snapshot.
    Snapshot = 2,
}

/// The surroundings of a [`Client`](crate::client::Client). An island is named by its slot: its
/// place in the order of their adding. Text and seals stay on the other side as far as they can:
/// the client holds numbers.
pub trait Host: Dom {
    /// Hundredths of a second, above 0, on a clock that never goes back.
    fn now(&mut self) -> u32;
    /// A random number from 0 up to `below`.
    fn chance(&mut self, below: u32) -> u32;
    /// Opens a socket. Whatever it says comes with this epoch, so late words of an old one are known.
    fn connect(&mut self, epoch: u32);
    /// Closes the socket, if one is open, in a way that lets the session wait.
    fn disconnect(&mut self);
    /// Sends a heartbeat.
    fn beat(&mut self);
    /// Asks for a snapshot of an island.
    fn resync(&mut self, id: u32);
    /// Says that an island is not in the page.
    fn leave(&mut self, id: u32);
    /// Puts an island on the next join frame; `false` when it is no longer in the page. `moved`:
    /// edits came after its newest seal.
    fn name(&mut self, slot: u32, moved: bool) -> bool;
    /// Sends the join frame.
    fn join(&mut self);
    /// Sends a resume frame: the epoch of the last connection that answered, and how many counted frames it brought.
    fn resume(&mut self, base: u32, seen: u32);
    /// Reports how many counted frames this connection has brought.
    fn seen(&mut self, count: u32);
    /// Keeps the session's token.
    fn token(&mut self, token: &[u8]);
    /// The slot of the island at this index of the oldest unanswered join frame; `None` past its end,
    /// and then that frame counts as answered.
    fn asked(&mut self, index: u32) -> Option<u32>;
    /// An island has joined and goes on after event `seq`: forgets the kept events up to it and sends
    /// the others. Answers the number of the last, or `seq` when there is none.
    fn joined(&mut self, slot: u32, id: u32, seq: u32) -> u32;
    /// Sends an island's kept events after `seq` again.
    fn again(&mut self, slot: u32, seq: u32);
    /// Puts the page's own seal in the place of an island's session seal and forgets its kept events;
    /// `false` when that is the one it has.
    fn first(&mut self, slot: u32) -> bool;
    /// Forgets kept events up to `seq`; or, when that event was refused, what it was: its number stays,
    /// so that those after it follow one another.
    fn forget(&mut self, slot: u32, seq: u32, refused: bool);
    /// Calls [`Client::tick`](crate::client::Client::tick) once at this time of the clock, or never, and forgets an earlier wish.
    fn timer(&mut self, at: Option<u32>);
    /// Asks the server why it cannot be reached; the answer comes to [`Client::reason`](crate::client::Client::reason).
    fn ask(&mut self, epoch: u32);
    /// Shows the state of the connection; says so to scripts only when it was another.
    fn show(&mut self, status: Status);
    /// Begins a job on an island: takes note of what others changed, remembers the focus. `seq`, 0 for none: events
    /// up to it are answered.
    fn begin(&mut self, slot: u32, seq: u32);
    /// Ends the job. `seq`, 0 for none, says what the page shows and goes into the `holm:patch` event.
    fn end(&mut self, slot: u32, seq: u32, made: Made);
    /// An island's events up to this one have been dealt with: the error of an earlier one is over.
    fn settled(&mut self, slot: u32, seq: u32);
    /// Morphs a snapshot into the island of the job.
    fn morph(&mut self, html: &[u8]);
    /// Keeps an island's newest seal.
    fn seal(&mut self, slot: u32, seal: &[u8]);
    /// A named event for the page's scripts (kind 18), a change of one of the island's lists (17), or something the page does by itself (1d).
    fn push(&mut self, slot: u32, kind: u32, name: &[u8], text: &[u8]);
    /// The page goes to an address.
    fn redirect(&mut self, url: &[u8]);
    /// The page has a new title.
    fn title(&mut self, text: &[u8]);
    /// Reports an error on an island, or on the document.
    fn error(&mut self, slot: Option<u32>, code: u32, word: &[u8], sentence: &[u8], seq: u32);
    /// Shows how many look at this page, or at any.
    fn presence(&mut self, total: bool, count: u32);
    /// Fills the placeholder with this key in the parent, and answers the slot it is given plus 1, or 0 when
    /// there is no such placeholder.
    fn mount(&mut self, parent: u32, id: u32, key: &[u8], html: &[u8]) -> u32;
    /// Loads the page again; `false` when it did so a moment ago.
    fn reload(&mut self) -> bool;
}
