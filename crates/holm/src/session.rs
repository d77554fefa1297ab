//! One tab's life: its islands, what the page shows of them, and what it is still to hear.
//!
//! A session is written once and does not know which transport carries it: a transport gives it
//! frames ([`Session::receive`]) and takes frames when its peer can ([`Session::next_frame`]).
//! Nothing is rendered until a frame is asked for, so a slow reader costs nothing.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::task::AtomicWaker;
use holm_wire::Code;
use holm_wire::down::Down;
use holm_wire::up::{Up, WANTS_PAGE_PRESENCE, WANTS_TOTAL_PRESENCE};
use parking_lot::{Mutex, MutexGuard};
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::cx::{Context, Port};
use crate::event::Payload;
use crate::hub::Seat;
use crate::hub::wheel::Wheel;
use crate::live::Core;
use crate::telemetry;
use crate::visitor::Visitor;

mod flush;
mod join;
mod run;
mod slot;

use slot::Slot;

/// How long the sentence of an error may be, in bytes.
const SENTENCE: usize = 300;

/// Why a session ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// With an error code; the socket closes with 4000 + its number.
    Code(Code),
    /// The server goes away and will be back; the socket closes with 1012.
    Restart,
    /// The peer broke the rules of its transport; the socket closes with this code.
    Transport(u16),
}

/// A live connection's islands.
pub(crate) struct Session {
    id: u64,
    core: Arc<Core>,
    visitor: Arc<Visitor>,
    inner: Mutex<Inner>,
    waker: AtomicWaker,
    room: Notify,
}

struct Inner {
    slots: Vec<Slot>,
    next_slot: u64,
    /// Frames that are ready; islands' edits are not among them until they are asked for.
    out: VecDeque<Bytes>,
    end: Option<End>,
    seat: Option<Seat>,
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
            .field("id", &self.id)
            .field("visitor", &self.visitor)
            .finish_non_exhaustive()
    }
}

impl Session {
    pub(crate) fn new(core: Arc<Core>, visitor: Visitor, seat: Seat) -> Arc<Self> {
        let (id, now) = (seat.id, Instant::now());
        let session = Arc::new(Self {
            id,
            core,
            visitor: Arc::new(visitor),
            inner: Mutex::new(Inner {
                slots: Vec::new(),
                next_slot: 0,
                out: VecDeque::new(),
                end: None,
                seat: Some(seat),
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
        });
        session.hub().enrol(id, &session, &session.visitor.principal);
        session.schedule(&mut session.lock());
        telemetry::connected();
        session
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock()
    }

    fn hub(&self) -> &Arc<crate::hub::Hub> {
        &self.core.hub
    }

    fn context(self: &Arc<Self>, slot: u64) -> Context {
        let port = Port { session: Arc::downgrade(self), slot };
        Context::new(Arc::clone(&self.core), Arc::clone(&self.visitor), Some(port))
    }

    /// Where the transport waits to be told that there is something to do.
    pub(crate) fn waker(&self) -> &AtomicWaker {
        &self.waker
    }

    /// Whether more may be read from the peer: no, while it does not take what waits for it.
    pub(crate) fn takes_more(&self) -> bool {
        let inner = self.lock();
        let refusals: usize = inner.slots.iter().map(|slot| slot.refusals.len()).sum();
        inner.end.is_none() && inner.out.len() + refusals < self.core.limits.outbox
    }

    /// Tells whenever some island of this session may have room in its mailbox, or is gone.
    pub(crate) fn room(&self) -> &Notify {
        &self.room
    }

    /// Notes a sign of life that is no frame.
    pub(crate) fn heard(&self) {
        self.lock().heard = Instant::now();
    }

    /// Takes one frame from the page.
    pub(crate) fn receive(self: &Arc<Self>, frame: &[u8]) {
        let limits = &self.core.limits;
        let cap = if frame.first() == Some(&0x01) { limits.join_bytes } else { limits.frame_bytes };
        self.heard();
        match Up::decode(frame) {
            Ok(Up::Event { island, seq, .. } | Up::Submit { island, seq, .. }) if frame.len() > cap => {
                let sentence = format!("The event is larger than {cap} bytes.");
                self.refuse_event(island, seq, Code::FrameTooLarge, sentence);
            }
            _ if frame.len() > cap => {
                self.say_error(
                    Code::FrameTooLarge,
                    None,
                    0,
                    &format!("The frame is larger than {cap} bytes."),
                );
            }
            Ok(up) => self.accept(up),
            Err(error) => self.bad_frame(&error.to_string()),
        }
        self.waker.wake();
    }

    fn accept(self: &Arc<Self>, up: Up<'_>) {
        match up {
            Up::Heartbeat => self.put(&mut self.lock(), &Down::Heartbeat),
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
                }
            }
            Up::Leave { island } => {
                self.remove(&mut self.lock(), island);
            }
        }
    }

    /// Counts bytes that are no frame; too many end the connection.
    pub(crate) fn bad_frame(&self, why: &str) {
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
        tracing::debug!(session = self.id, code = code.word(), ?island, seq, sentence, "refused");
        self.put(inner, &Down::Error { code: u64::from(code.number()), island, seq, sentence });
    }

    /// Ends the session: the transport sends what is ready, says why, and closes.
    pub(crate) fn end(&self, end: End) {
        let mut inner = self.lock();
        if inner.end.is_some() {
            return;
        }
        inner.end = Some(end);
        if let End::Code(code) = end {
            self.put_error(&mut inner, code, None, 0, sentence_of(code));
        }
        drop(inner);
        self.waker.wake();
    }

    /// Why the session ends, once it does.
    pub(crate) fn ended(&self) -> Option<End> {
        self.lock().end
    }

    /// How long its peer may take to hear of a shutdown.
    pub(crate) fn drain_time(&self) -> std::time::Duration {
        self.core.limits.drain
    }

    /// Whether a protocol ping is due; asking takes it.
    pub(crate) fn take_ping(&self) -> bool {
        std::mem::take(&mut self.lock().ping)
    }

    /// The connection is gone: frees its islands, their tasks and its place.
    pub(crate) fn close(&self) {
        let (mut slots, seat, path) = {
            let mut inner = self.lock();
            inner.end.get_or_insert(End::Code(Code::Silent));
            inner.out = VecDeque::new();
            (std::mem::take(&mut inner.slots), inner.seat.take(), inner.presence.path.take())
        };
        for slot in &mut slots {
            // A handler that runs may be half-way through a change outside: it may end, within its time.
            slot.running = None;
        }
        if let Some(path) = path {
            self.hub().leave(&path, self);
        }
        if seat.is_some() {
            self.hub().forget(self.id, &self.visitor.principal);
            telemetry::disconnected();
        }
        drop((slots, seat));
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

    /// The wheel's call: pings, drops a silent peer, seals what is quiet, forgets cold HTML.
    pub(crate) fn tick(self: &Arc<Self>) {
        let now = Instant::now();
        let limits = &self.core.limits;
        let mut inner = self.lock();
        if inner.end.is_some() || inner.scheduled.is_some_and(|at| at > now + Wheel::TICK) {
            // Ended, or called by an entry that an earlier one has overtaken.
            return;
        }
        if now.duration_since(inner.heard) >= limits.silence {
            drop(inner);
            self.end(End::Code(Code::Silent));
            return;
        }
        if now.duration_since(inner.pinged) >= limits.heartbeat {
            inner.pinged = now;
            inner.ping = true;
            self.waker.wake();
        }
        self.seal_quiet(&mut inner, now);
        inner.scheduled = None;
        self.schedule(&mut inner);
    }

    /// Asks the wheel for a call when the next thing is due.
    fn schedule(self: &Arc<Self>, inner: &mut Inner) {
        let limits = &self.core.limits;
        let seal = inner.slots.iter().filter_map(|slot| Some(slot.changed?.due(limits))).min();
        let due = (inner.pinged + limits.heartbeat).min(inner.heard + limits.silence);
        let due = seal.map_or(due, |seal| due.min(seal)).min(Instant::now() + Wheel::SPAN);
        if inner.scheduled.is_none_or(|scheduled| due < scheduled) {
            inner.scheduled = Some(due);
            let delay = due.saturating_duration_since(Instant::now());
            self.hub().wheel.schedule(self.hub(), Arc::downgrade(self), delay);
        }
    }
}

impl Session {
    /// Ends an island, and tells those who wait to send it something.
    fn remove(&self, inner: &mut Inner, id: u64) {
        inner.remove(id);
        self.room.notify_waiters();
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

    /// Removes an island and those nested in it.
    fn remove(&mut self, id: u64) {
        let mut gone = vec![id];
        while let Some(id) = gone.pop() {
            gone.extend(self.slots.iter().filter(|slot| slot.parent == Some(id)).map(|slot| slot.id));
            self.slots.retain(|slot| slot.id != id);
        }
    }
}

/// What the page reads when its connection ends with this code.
fn sentence_of(code: Code) -> &'static str {
    match code {
        Code::Silent => "Nothing was heard from this page for too long.",
        Code::Disconnected => "This session has ended.",
        Code::TooManyBadFrames => "Too many messages were not understood.",
        Code::NewBuild => "There is a new build of this page.",
        Code::TooManyIslands => "This page has too many islands.",
        Code::Unauthorized => "You may not join this page.",
        _ => "The connection has ended.",
    }
}

#[cfg(test)]
mod tests;
