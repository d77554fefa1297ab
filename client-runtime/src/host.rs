//! What the client needs from its surroundings: a socket, a clock, and coarse DOM jobs.

use crate::walk::Dom;

/// What the page shows of its connection, as `data-live-status` and in `holm:status` events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub enum Status {
    /// A first connection is being made.
    Connecting = 0,
    /// The islands have joined.
    Live = 1,
    /// There is no connection; another attempt follows.
    Lost = 2,
    /// There is no connection, and no attempt follows.
    Stopped = 3,
}

/// Something for the page's scripts to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub enum Word {
    /// An island has joined.
    Mounted = 0,
    /// Every event so far has been dealt with, or the island was patched: an error shown is over.
    Settled = 1,
    /// A named event: name and JSON.
    Push = 2,
    /// The page goes to an address.
    Redirect = 3,
    /// The page has a new title.
    Title = 4,
}

/// The surroundings of a [`Client`](crate::client::Client). An island is named by its slot: its
/// place in the order of their adding.
pub trait Host: Dom {
    /// Milliseconds on a clock that never goes back.
    fn now(&mut self) -> f64;
    /// A random number from 0 up to 1.
    fn random(&mut self) -> f64;
    /// Opens a socket. Whatever it says comes with this epoch, so late words of an old one are known.
    fn connect(&mut self, epoch: u32);
    /// Closes the socket, if one is open.
    fn disconnect(&mut self);
    /// Sends a frame.
    fn send(&mut self, frame: &[u8]);
    /// Calls [`Client::tick`](crate::client::Client::tick) once after so many milliseconds, and forgets an earlier wish.
    fn timer(&mut self, milliseconds: f64);
    /// Asks the server why it cannot be reached; the answer comes to [`Client::reason`](crate::client::Client::reason).
    fn ask(&mut self, epoch: u32);
    /// Shows the state of the connection.
    fn show(&mut self, status: Status);
    /// The check of an island's DOM; `None` when it is no longer in the page.
    fn check(&mut self, slot: u32) -> Option<u32>;
    /// Begins a job on an island: takes note of what others changed, remembers the focus.
    fn begin(&mut self, slot: u32);
    /// Ends the job. `seq` goes into the `holm:patch` event.
    fn end(&mut self, slot: u32, patched: bool, seq: u64, snapshot: bool);
    /// Morphs a snapshot into the island of the job.
    fn morph(&mut self, html: &str);
    /// Tells the page's scripts something.
    fn tell(&mut self, slot: u32, word: Word, a: &str, b: &str);
    /// Reports an error on an island, or on the document.
    fn error(&mut self, slot: Option<u32>, code: u32, word: &str, sentence: &str, seq: u64);
    /// Shows how many look at this page, or at any.
    fn presence(&mut self, total: bool, count: u64);
    /// Fills the placeholder with this key in the parent, which becomes the island of the next slot.
    fn mount(&mut self, parent: u32, slot: u32, key: &str, instance: &str, html: &str) -> bool;
    /// Loads the page again; `false` when it did so a moment ago.
    fn reload(&mut self) -> bool;
}
