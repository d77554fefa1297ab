//! One tab's life: its islands, what the page shows of them, and what it is still to hear.
//!
//! A session is written once and does not know which transport carries it: a transport holds a
//! [`Link`] to it, gives it frames and takes frames when its peer can. Nothing is rendered until a
//! frame is asked for, so a slow reader costs nothing. A session outlives its connections: without
//! one it is parked, and another connection of its page resumes it.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use bytes::Bytes;
use futures_util::task::AtomicWaker;
use holm_wire::Code;
use holm_wire::down::Down;
use holm_wire::up::{Up, WANTS_PAGE_PRESENCE, WANTS_TOTAL_PRESENCE};
use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::Principal;
use crate::cx::{Context, Late, Mailbox, Port, SendError};
use crate::event::Payload;
use crate::hub::Seat;
use crate::hub::tombstones::Known;
use crate::island::erased::AnyEvent;
use crate::limits::bucket::TokenBucket;
use crate::live::Core;
use crate::telemetry;
use crate::visitor::Visitor;

mod edit;
mod end;
mod flush;
mod guard;
mod hear;
mod join;
mod link;
pub(crate) mod lists;
mod park;
mod resume;
mod ring;
mod run;
mod seals;
mod slot;
mod tick;
mod uploads;
mod watch;

pub(crate) use end::End;
use end::sentence_of;
use guard::{Guard, Trash};
pub(crate) use link::{Beside, Link};
use ring::Ring;
pub(crate) use run::{IN_PLACE, sentence_of as sentence_of_failure};
use slot::Slot;
pub(crate) use slot::{Message, Queued};
pub(crate) use watch::Told;

/// How long the sentence of an error may be, in bytes.
const SENTENCE: usize = 300;

/// The islands of one page view.
pub(crate) struct Session {
    /// Names the page view: in seals, in its token, to the hub. Chosen at random, or taken over from
    /// the seals of a page that comes back after its session has ended.
    id: AtomicU64,
    core: Arc<Core>,
    principal: Principal,
    inner: Mutex<Inner>,
    waker: AtomicWaker,
    room: Notify,
    /// Set by others, who must not wait for the lock: something its islands listen to has news for them.
    nudged: AtomicBool,
}

#[allow(clippy::struct_excessive_bools, reason = "each tells another thing, and all combinations occur")]
struct Inner {
    /// The request of the newest connection.
    visitor: Arc<Visitor>,
    /// The number of the newest connection here, by which an older one's words are told.
    link: u64,
    /// The number the page gave it.
    epoch: u64,
    /// The number of the connection that joined first, 0 before.
    joined: u64,
    /// Why the newest connection ends, where the session does not.
    cut: Option<End>,
    /// When a connection that does not see its end is given up.
    patience: Option<Instant>,
    /// Set while no connection holds the session: its place in the hub's lot.
    ticket: Option<u64>,
    closed: bool,
    /// Set between two requests of a page that comes and goes by them: then nobody else holds the session.
    /// What ends the wait takes it out again, at the latest the silence of the page.
    held: Option<Arc<Session>>,
    /// Whether this connection was answered with joined or resumed, after which its frames count.
    answered: bool,
    /// What the page is known to have.
    known: Known,
    ring: Ring,
    /// What is to be dropped when the lock is let go: an app's own `Drop` may call back.
    trash: Vec<Trash>,
    slots: Vec<Slot>,
    /// How many ids its own islands have had.
    ids: u64,
    /// Frames that are ready; islands' edits are not among them until they are asked for.
    out: VecDeque<Bytes>,
    end: Option<End>,
    seat: Option<Seat>,
    bucket: TokenBucket,
    /// Nothing more is read from the page until then.
    throttled: Option<Instant>,
    heard: Instant,
    pinged: Instant,
    ping: bool,
    /// When the wheel is to call next.
    scheduled: Option<Instant>,
    bad_frames: usize,
    /// Whether the page was told when to come back.
    told: bool,
    /// Whose turn it is to be shown first, so that a busy island does not keep others waiting.
    turn: usize,
    presence: Presence,
}

/// What a session leaves when it closes: islands, a place, and its hold on itself.
struct Remains(
    #[expect(dead_code, reason = "dropped")] Vec<Slot>,
    #[expect(dead_code, reason = "dropped")] Option<Seat>,
    #[expect(dead_code, reason = "dropped")] Option<Arc<Session>>,
);

/// What the page asked to know of others, and what it knows.
#[derive(Default)]
struct Presence {
    path: Option<Arc<str>>,
    wants: u8,
    due: u8,
    page: Option<usize>,
    total: Option<usize>,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session")
            .field("id", &self.id())
            .field("principal", &self.principal)
            .finish_non_exhaustive()
    }
}

impl Session {
    fn new(core: Arc<Core>, visitor: Visitor, seat: Seat) -> Arc<Self> {
        let now = Instant::now();
        let id = random_id();
        let session = Arc::new(Self {
            id: AtomicU64::new(id),
            core,
            principal: visitor.principal.clone(),
            inner: Mutex::new(Inner {
                visitor: Arc::new(visitor),
                link: 1,
                epoch: 0,
                joined: 0,
                cut: None,
                patience: None,
                ticket: None,
                closed: false,
                held: None,
                answered: false,
                known: Known::default(),
                ring: Ring::default(),
                trash: Vec::new(),
                slots: Vec::new(),
                ids: 0,
                out: VecDeque::new(),
                end: None,
                seat: Some(seat),
                bucket: TokenBucket::new(now),
                throttled: None,
                heard: now,
                pinged: now,
                ping: false,
                scheduled: None,
                bad_frames: 0,
                told: false,
                turn: 0,
                presence: Presence::default(),
            }),
            waker: AtomicWaker::new(),
            room: Notify::new(),
            nudged: AtomicBool::new(false),
        });
        session.hub().enrol(id, &session, &session.principal);
        session.schedule(&mut session.lock());
        if session.hub().is_draining() {
            // It came in while those that were here already were told.
            session.end(End::Restart);
        }
        session
    }

    pub(crate) fn id(&self) -> u64 {
        self.id.load(Ordering::Acquire)
    }

    fn lock(&self) -> Guard<'_> {
        Guard::new(self.inner.lock())
    }

    fn hub(&self) -> &Arc<crate::hub::HubInner> {
        &self.core.hub
    }

    fn context(self: &Arc<Self>, slot: u64) -> Context {
        let mailbox: Arc<dyn Mailbox> = Arc::<Self>::clone(self);
        let port = Port { mailbox: Arc::downgrade(&mailbox), slot };
        let visitor = Arc::clone(&self.lock().visitor);
        Context::new(Arc::clone(&self.core), visitor, Some(port))
    }

    /// Takes one frame from the page.
    fn receive(self: &Arc<Self>, frame: &[u8], epoch: u64) {
        let limits = &self.core.limits;
        let cap = if frame.first() == Some(&0x01) { limits.join_bytes } else { limits.frame_bytes };
        match Up::decode(frame) {
            Ok(Up::Event { island, seq, .. } | Up::Submit { island, seq, .. }) if frame.len() > cap => {
                let sentence = format!("The event is larger than {cap} bytes.");
                self.refuse_event(island, seq, Code::FrameTooLarge, sentence);
            }
            _ if frame.len() > cap => {
                let sentence = format!("The frame is larger than {cap} bytes.");
                self.say_error(Code::FrameTooLarge, None, 0, &sentence);
            }
            Ok(up) => self.accept(up, epoch),
            Err(error) => self.bad_frame(&error.to_string()),
        }
        self.waker.wake();
    }

    fn accept(self: &Arc<Self>, up: Up<'_>, epoch: u64) {
        // Opening a seal is work like an event's.
        self.charge(1 + if let Up::Join(join) = &up { join.count } else { 0 });
        match up {
            Up::Heartbeat => {
                let mut inner = self.lock();
                // One answer serves all that came before it.
                if inner.out.back().is_none_or(|frame| **frame != [0x00]) {
                    self.put(&mut inner, &Down::Heartbeat);
                }
            }
            Up::Join(join) => self.join(&join),
            Up::Event { island, seq, name, payload } => {
                self.event(island, seq, name, Payload::Json(payload));
            }
            Up::Submit { island, seq, name, fields } => {
                self.event(island, seq, name, Payload::Form(fields));
            }
            Up::Resync { island } => {
                if let Some(slot) = self.lock().slot(island) {
                    telemetry::resynced();
                    slot.ask_snapshot();
                    // Whatever the page lacked may have been a list.
                    slot.lists.lose();
                }
            }
            Up::Leave { island } => self.leave(island),
            Up::Seen { count } => self.seen(count, epoch),
            // A link takes the first one; a session that has joined has nothing to resume.
            Up::Resume(_) => self.bad_frame("a resume comes first on its connection"),
        }
    }

    /// Counts bytes that are no frame; too many end the connection.
    fn bad_frame(self: &Arc<Self>, why: &str) {
        let mut inner = self.lock();
        inner.bad_frames += 1;
        if inner.bad_frames > self.core.limits.bad_frames {
            drop(inner);
            self.end(End::Code(Code::TooManyBadFrames));
        } else {
            drop(inner);
            self.say_error(Code::BadFrame, None, 0, &format!("The message was not understood: {why}."));
        }
    }

    fn put(&self, inner: &mut Inner, frame: &Down<'_>) {
        let mut bytes = Vec::with_capacity(16);
        frame.encode(&mut bytes);
        inner.out.push_back(Bytes::from(bytes));
        self.waker.wake();
    }

    fn say_error(&self, code: Code, island: Option<u64>, seq: u64, sentence: &str) {
        self.put_error(&mut self.lock(), code, island, seq, sentence);
    }

    fn put_error(&self, inner: &mut Inner, code: Code, island: Option<u64>, seq: u64, sentence: &str) {
        telemetry::refused(code);
        // Sentences may repeat what the page sent, and an answer is not to be longer than its question.
        let sentence = &sentence[..sentence.floor_char_boundary(SENTENCE)];
        tracing::debug!(session = self.id(), code = code.word(), ?island, seq, sentence, "refused");
        if seq == 0 && inner.out.len() >= 2 * self.core.limits.outbox {
            // Timers that fail for a page that does not read would fill its queue.
            return;
        }
        let (code, action, word) = (u64::from(code.number()), code.action(), code.word());
        self.put(inner, &Down::Error { code, action, island, seq, word, sentence });
    }

    /// Ends the session: the transport sends what is ready, says why, and closes.
    pub(crate) fn end(self: &Arc<Self>, end: End) {
        let mut inner = self.lock();
        if inner.end.is_some() {
            return;
        }
        inner.end = Some(end);
        if let End::Code(code) = end {
            self.put_error(&mut inner, code, None, 0, sentence_of(code));
        }
        self.lose_patience(&mut inner);
        let (ticket, between) = (inner.ticket, inner.held.is_some());
        drop(inner);
        if ticket.is_some() || between {
            // No connection is there to end with it.
            self.close();
        }
        if let Some(ticket) = ticket {
            self.hub().lot.take(ticket);
        }
        self.waker.wake();
    }

    /// Frees its islands, their tasks and its place, and leaves a tombstone.
    fn close(&self) {
        self.close_if(|_| true);
    }

    /// [`Session::close`], if that holds in the moment it happens.
    fn close_if(&self, still: impl FnOnce(&Inner) -> bool) {
        let identities = self.hub().identities.lock();
        let remains = self.give_up(still);
        drop(identities);
        if remains.is_some() {
            self.closed();
        }
    }

    /// Gives up everything the session has and is, for the caller to drop; the hub's identities are locked.
    fn give_up(&self, still: impl FnOnce(&Inner) -> bool) -> Option<Remains> {
        let mut inner = self.lock();
        if inner.closed || !still(&inner) {
            return None;
        }
        inner.closed = true;
        inner.end.get_or_insert(End::Code(Code::SessionGone));
        inner.out = VecDeque::new();
        inner.ring.restart();
        (0..inner.slots.len()).for_each(|at| inner.note_view(at));
        let mut slots = std::mem::take(&mut inner.slots);
        for slot in &mut slots {
            // A handler that runs may be half-way through a change outside: it may end, within its time.
            slot.running = None;
        }
        if let Some(path) = inner.presence.path.take() {
            self.hub().leave(&path, self);
        }
        let remains = Remains(slots, inner.seat.take(), inner.held.take());
        let known = std::mem::take(&mut inner.known);
        drop(inner);
        self.hub().tombstones.set(self.id(), known, self.core.limits.tombstones);
        self.hub().forget(self.id(), self, &self.principal);
        Some(remains)
    }

    /// Tells those who wait that the session has closed.
    fn closed(&self) {
        self.waker.wake();
        self.room.notify_waiters();
        self.hub().tell();
    }

    /// The hub has news of counts.
    pub(crate) fn presence_due(&self) {
        let mut inner = self.lock();
        inner.presence.due = inner.presence.wants;
        drop(inner);
        self.waker.wake();
    }
}

impl Session {
    /// The page does not have this island, or no longer.
    fn leave(&self, id: u64) {
        let mut inner = self.lock();
        let parent = inner.slot(id).and_then(|slot| slot.parent);
        self.remove(&mut inner, id);
        if let Some(parent) = parent.and_then(|parent| inner.slot(parent))
            && parent.remounts > 0
        {
            // The page had no place for it before the parent's snapshot came; now it has.
            parent.remounts -= 1;
            parent.dirty = true;
        }
    }

    /// Ends an island, and tells those who wait to send it something.
    fn remove(&self, inner: &mut Inner, id: u64) {
        inner.remove(id);
        self.room.notify_waiters();
    }
}

impl Mailbox for Session {
    fn deliver(self: Arc<Self>, slot: u64, event: AnyEvent) -> Result<(), (SendError, AnyEvent)> {
        self.hand(slot, event)
    }

    fn deliver_late(self: Arc<Self>, slot: u64, late: Late) -> Result<(), SendError> {
        self.hand_late(slot, late)
    }

    fn room(&self) -> &Notify {
        &self.room
    }

    fn nudge(&self) {
        // One that has not looked since the last nudge was woken by that.
        if !self.nudged.swap(true, Ordering::AcqRel) {
            self.waker.wake();
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.close();
    }
}

impl Inner {
    fn slot(&mut self, id: u64) -> Option<&mut Slot> {
        self.slots.iter_mut().find(|slot| slot.id == id)
    }

    /// An id for an island of this session's own: an odd number, as shared islands have even ones.
    fn next_id(&mut self) -> u64 {
        self.ids += 1;
        2 * self.ids - 1
    }

    /// Removes an island and those nested in it.
    fn remove(&mut self, id: u64) {
        let mut gone = vec![id];
        while let Some(id) = gone.pop() {
            gone.extend(self.slots.iter().filter(|slot| slot.parent == Some(id)).map(|slot| slot.id));
            if let Some(at) = self.slots.iter().position(|slot| slot.id == id) {
                self.note_view(at);
                self.trash.push(Trash::Slot(Box::new(self.slots.remove(at))));
            }
        }
    }
}

/// A number that no other session has, here or elsewhere, and that nobody guesses.
fn random_id() -> u64 {
    let mut bytes = [0; 8];
    // Without randomness there is no key either, and no server.
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    // Zero stands for no session in seals.
    u64::from_le_bytes(bytes).max(1)
}

#[cfg(test)]
mod tests;
