//! One joined island: its state, what the page shows of it, and what waits for it.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};

use holm_dom::Shape;
use holm_wire::Code;
use tokio::task::AbortHandle;
use tokio::time::Instant;

use super::lists::Lists;
use crate::Limits;
use crate::cx::{Effect, Late};
use crate::hub::topics::listening::Listening;
use crate::island::erased::{AnyEvent, Decoded, Erased};
use crate::island::tasks::{self, Tasks};
use crate::shared::View;
use crate::upload::input::Inputs;

/// One island of a session.
#[allow(clippy::struct_excessive_bools, reason = "each tells another thing, and all combinations occur")]
pub(crate) struct Slot {
    pub(crate) id: u64,
    pub(crate) instance: Box<str>,
    /// The island it is nested in.
    pub(crate) parent: Option<u64>,
    /// The newest state that a handler has returned with `Ok`.
    pub(crate) island: Box<dyn Erased>,
    /// Where the state is, for an island that viewers share.
    pub(crate) shared: Option<Box<View>>,
    pub(crate) shown: Shown,
    /// Added to events' numbers in their names.
    pub(crate) life: u64,
    /// The highest event number that came in.
    pub(crate) received: u64,
    /// The highest event number that was handled or refused.
    pub(crate) done: u64,
    /// The highest event number that the page knows to be done.
    pub(crate) acked: u64,
    /// Whether it may have missed the word of that, which then comes again.
    pub(crate) tell_ack: bool,
    pub(crate) mailbox: VecDeque<Queued>,
    /// Bytes of the payloads in the mailbox.
    pub(crate) waiting: usize,
    /// Events refused after others that the page has yet to hear of: number, code, sentence.
    pub(crate) refusals: Vec<(u64, Code, String)>,
    /// The task of a handler that has to wait.
    pub(crate) running: Option<AbortHandle>,
    /// Whether a handler runs.
    pub(crate) busy: bool,
    /// Whether the page is to be told of something.
    pub(crate) dirty: bool,
    /// Whether it is to be told all of it.
    pub(crate) snapshot: bool,
    /// Whether a handler has changed the state since it was last shown.
    pub(crate) handled: bool,
    /// The first and the newest change that the newest seal does not contain.
    pub(crate) changed: Option<Span>,
    /// What the newest seal contains, as a hash: the same again is not sent.
    pub(crate) sealed: u64,
    /// When the page is to get a new one in any case, well before the one it has expires.
    pub(crate) renew: Option<Instant>,
    /// The highest event number that was done when it was made.
    pub(crate) sealed_to: u64,
    /// The newest acknowledgement that the ring could not keep.
    pub(crate) ack_evicted: u64,
    /// Whether the page's HTML was rendered before this session had the island: by the page's request, an earlier
    /// session or another build, from a state that may have held what its seal leaves out.
    pub(crate) rendered_elsewhere: bool,
    /// Whether it is to be sealed with the next edit, quiet or not.
    pub(crate) seal_now: bool,
    /// Whether the page was told that the state is too large to seal.
    pub(crate) told_large: bool,
    /// Bytes of the state as JSON, when it was last written or read.
    pub(crate) state_bytes: usize,
    /// The state that the page shows if it got none of the edits that it has not reported.
    pub(crate) base: Option<Base>,
    /// Whether the page came back showing an older state than was shown, and has yet to get the difference.
    pub(crate) anew: bool,
    /// The first and the last edit that the page has not reported, by number; 0 when it has them all.
    pub(crate) first: u64,
    pub(crate) last: u64,
    /// The newest such edit that the ring could not keep.
    pub(crate) evicted: u64,
    /// The frame that mounted the island, where the ring could not keep that.
    pub(crate) mount_evicted: u64,
    /// The newest seal that the page has not reported and the ring could not keep the head of.
    pub(crate) seal_evicted: u64,
    /// Refusals that the page has not reported and the ring could not keep: the frame's number, the event's,
    /// and the code's.
    pub(crate) unheard: Vec<(u64, u64, u64)>,
    /// How many of its nested islands may be mounted again, for want of a place at first.
    pub(crate) remounts: usize,
    /// What its lists are to become.
    pub(crate) lists: Lists,
    /// Effects that follow the next edit.
    pub(crate) effects: Vec<Effect>,
    pub(crate) tasks: Tasks,
    /// What it takes files from.
    pub(crate) inputs: Inputs,
    /// What it is subscribed to.
    pub(crate) listening: Listening,
    /// Whether messages are being taken in a row, after which all of them are shown at once.
    pub(crate) hearing: bool,
}

/// What the page shows: always its hash, and its HTML or its state as long as either is needed.
pub(crate) struct Shown {
    pub(crate) hash: u64,
    pub(crate) html: Option<String>,
    /// Whether that HTML is known to survive the browser's parser as it is written.
    pub(crate) shape: Shape,
    /// The state that was shown, while a newer one waits to be.
    pub(crate) state: Option<Box<dyn Erased>>,
}

/// A state that was shown, and the hash of its HTML.
pub(crate) struct Base {
    pub(crate) state: Box<dyn Erased>,
    pub(crate) hash: u64,
}

/// The time between an island's first and newest unsealed change.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Span {
    first: Instant,
    last: Instant,
}

impl Span {
    /// When the change is to be sealed: after a quiet time, and at the latest some time after the first.
    pub(crate) fn due(self, limits: &Limits) -> Instant {
        (self.last + limits.seal_quiet).min(self.first + limits.seal_latest)
    }
}

/// A message in an island's mailbox.
pub(crate) struct Queued {
    /// The event's number, or 0 for one of the server's own.
    pub(crate) seq: u64,
    /// Bytes of its payload.
    pub(crate) size: usize,
    pub(crate) what: Message,
}

/// An event, or what to say in place of one that was refused; either takes its turn.
pub(crate) enum Message {
    /// One of the server's own.
    Event(AnyEvent),
    /// One of the page's.
    Page(Decoded),
    Refused(Code, String),
    /// An event that was refused before the page came back; only its number counts.
    Skipped,
    Restore,
    /// One of the server's own that is made when its turn has come.
    Late(Late),
    /// The next message of what it listens to.
    Heard,
}

impl Message {
    /// The event of one of the server's own, and whether the state is to be sealed with what it causes; none when
    /// there is nothing to say any more. An error is a panic of the app's code as it made the event.
    pub(crate) fn event(self) -> std::thread::Result<Option<(AnyEvent, bool)>> {
        catch_unwind(AssertUnwindSafe(|| match self {
            Self::Event(message) => tasks::event_of(message).map(|event| (event, false)),
            Self::Late(late) => late(),
            _ => None,
        }))
    }
}

impl Slot {
    pub(crate) fn new(id: u64, instance: Box<str>, island: Box<dyn Erased>, seq: u64, hash: u64) -> Self {
        Self {
            id,
            instance,
            parent: None,
            island,
            shared: None,
            shown: Shown { hash, html: None, shape: Shape::Unknown, state: None },
            life: 0,
            received: seq,
            done: seq,
            acked: seq,
            tell_ack: false,
            mailbox: VecDeque::new(),
            waiting: 0,
            refusals: Vec::new(),
            running: None,
            busy: false,
            dirty: false,
            snapshot: false,
            handled: false,
            changed: None,
            sealed: 0,
            renew: None,
            sealed_to: seq,
            rendered_elsewhere: false,
            seal_now: false,
            told_large: false,
            state_bytes: 0,
            base: None,
            anew: false,
            first: 0,
            last: 0,
            evicted: 0,
            mount_evicted: 0,
            seal_evicted: 0,
            ack_evicted: 0,
            remounts: 0,
            unheard: Vec::new(),
            lists: Lists::default(),
            effects: Vec::new(),
            tasks: Tasks::default(),
            inputs: Inputs::default(),
            listening: Listening::default(),
            hearing: false,
        }
    }

    /// Puts a new state in place, remembering the shown one until the page has the difference. Gives one
    /// that nobody needs any more, to be dropped where the app's own code may run.
    pub(crate) fn commit(&mut self, island: Box<dyn Erased>) -> Option<Box<dyn Erased>> {
        let before = std::mem::replace(&mut self.island, island);
        self.dirty = true;
        if self.shown.state.is_some() {
            return Some(before);
        }
        self.shown.state = Some(before);
        None
    }

    /// Whether a message with so many bytes of payload finds no room.
    pub(crate) fn is_full(&self, size: usize, limits: &Limits) -> bool {
        let (waiting, full) = match &self.shared {
            Some(view) => (view.waiting, view.is_full()),
            None => (self.mailbox.len(), false),
        };
        full || waiting >= limits.mailbox || self.waiting + size > limits.mailbox_bytes
    }

    /// Notes that the newest seal is behind.
    pub(crate) fn touch(&mut self) {
        let now = Instant::now();
        let first = self.changed.map_or(now, |span| span.first);
        self.changed = Some(Span { first, last: now });
    }

    /// Keeps an effect for the next frame, within a bound that only a slow reader meets.
    pub(crate) fn put_effect(&mut self, effect: Effect, limit: usize) {
        if self.effects.len() >= limit {
            tracing::warn!(island = self.island.island_name(), limit, "a slow page misses an effect");
            self.effects.remove(0);
        }
        self.effects.push(effect);
    }

    /// Goes back to the state the page shows, if a newer one waits. Gives the one that is over.
    pub(crate) fn roll_back(&mut self) -> Option<Box<dyn Erased>> {
        let shown = self.shown.state.take()?;
        // After a loss the page shows an older state, to which nothing goes back.
        Some(if self.anew { shown } else { std::mem::replace(&mut self.island, shown) })
    }

    /// The page asked for everything.
    pub(crate) fn ask_snapshot(&mut self) {
        self.snapshot = true;
        self.dirty = true;
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.running.iter().for_each(AbortHandle::abort);
    }
}
