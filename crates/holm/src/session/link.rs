//! A connection's hold on a session.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use holm_wire::Code;
use holm_wire::up::Up;

use super::{End, Inner, Session};
use crate::hub::Seat;
use crate::live::Core;
use crate::visitor::Visitor;

/// The kind of a resume frame.
const RESUME: u8 = 0x06;

/// What a transport holds while its peer is connected. Dropped, it leaves the session parked.
///
/// A session has one link at a time: when a later connection of the same page resumes it, the
/// earlier link hears nothing more, and what it says is ignored.
#[derive(Debug)]
pub(crate) struct Link {
    session: Arc<Session>,
    number: u64,
}

impl Link {
    /// A connection that has yet to join or to resume.
    pub(crate) fn new(core: &Arc<Core>, visitor: Visitor, seat: Seat) -> Self {
        Self { session: Session::new(Arc::clone(core), visitor, seat), number: 1 }
    }

    /// Finds the session that the page's connection of this number has, for a request that comes beside it.
    pub(crate) fn beside(core: &Core, token: &[u8], epoch: u64) -> Option<Beside> {
        let beside = Beside { session: core.hub.session(core.keys.session_of(token)?)?, epoch };
        beside.is_current().then_some(beside)
    }

    /// Takes one frame from the page.
    pub(crate) fn receive(&mut self, frame: &[u8]) {
        if frame.first() == Some(&RESUME)
            && let Ok(Up::Resume(resume)) = Up::decode(frame)
            && self.session.is_blank()
        {
            // Looking for a session is work like opening a seal.
            self.session.charge(2);
            match self.session.find(&resume) {
                Some((session, number)) => *self = Self { session, number },
                None => self.session.gone(resume.epoch),
            }
            return;
        }
        self.session.receive_on(self.number, frame);
    }

    /// Counts a message that is no frame; too many end the session.
    pub(crate) fn bad_frame(&self, why: &str) {
        if self.is_current() {
            self.session.bad_frame(why);
        }
    }

    /// The next frame for the page, rendered now if need be. The transport asks when it can send.
    pub(crate) fn next_frame(&self) -> Option<Bytes> {
        self.session.next_frame(self.number)
    }

    /// Waits for the next frame; `None` when the connection has ended.
    pub(crate) async fn next(&self) -> Option<Bytes> {
        poll_fn(|cx| {
            self.register(cx.waker());
            match self.next_frame() {
                Some(frame) => Poll::Ready(Some(frame)),
                None if self.ended().is_some() => Poll::Ready(None),
                None => Poll::Pending,
            }
        })
        .await
    }

    /// How many counted frames the connection was sent.
    pub(crate) fn sent(&self) -> u64 {
        self.session.lock().ring.sent()
    }

    /// The request that held the session is over, and the next is yet to come.
    pub(crate) fn pause(mut self) {
        let mut inner = self.session.lock();
        // A connection that has come to no session is none to come back to.
        if inner.link == self.number && inner.end.or(inner.cut).is_none() && !inner.slots.is_empty() {
            inner.held = Some(Arc::clone(&self.session));
            // Until the answer the page had nothing to say.
            inner.heard = tokio::time::Instant::now();
            self.session.schedule(&mut inner);
            drop(inner);
            // No link has this number, so that its end parks nothing.
            self.number = 0;
        }
    }

    /// Has the session wake the connection when there is something to do.
    pub(crate) fn register(&self, waker: &Waker) {
        let inner = self.session.lock();
        // Under the lock, so that it does not take the place of a successor's.
        if inner.link == self.number {
            self.session.waker.register(waker);
        }
    }

    /// Whether more may be read from the peer: no, while it does not take what waits for it.
    pub(crate) fn takes_more(&self) -> bool {
        self.session.takes_more(self.number)
    }

    /// Notes a sign of life that is no frame.
    pub(crate) fn heard(&self) {
        self.session.heard(self.number);
    }

    /// Whether a protocol ping is due; asking takes it.
    pub(crate) fn take_ping(&self) -> bool {
        let mut inner = self.session.lock();
        inner.link == self.number && std::mem::take(&mut inner.ping)
    }

    /// Why the connection ends, once it does.
    pub(crate) fn ended(&self) -> Option<End> {
        let inner = self.session.lock();
        if inner.link != self.number {
            return Some(End::Code(Code::Superseded));
        }
        // A restart waits for what is being done.
        let busy = inner.end == Some(End::Restart) && inner.slots.iter().any(|slot| slot.busy);
        if busy { None } else { inner.end.or(inner.cut) }
    }

    /// How long its peer may take to hear of a shutdown.
    pub(crate) fn drain_time(&self) -> Duration {
        self.session.core.limits.drain
    }

    /// Ends the connection, but not the session.
    pub(crate) fn cut(&self, end: End) {
        let inner = self.session.lock();
        if inner.link == self.number {
            self.session.cut(inner, end);
        }
    }

    /// The peer has gone for good: its page was closed or left.
    pub(crate) fn leave(&self) {
        self.session.close_if(|inner| inner.link == self.number);
    }

    /// What an island renders to now, for tests.
    pub(crate) fn html(&self, island: u64) -> Option<String> {
        let mut inner = self.session.lock();
        let slot = inner.slot(island)?;
        Some(crate::island::scope::render(&*slot.island, &slot.instance)?.html)
    }

    fn is_current(&self) -> bool {
        self.session.lock().link == self.number
    }
}

/// A session whose page is connected by requests, seen from another of them.
///
/// It belongs to the page's connection, not to a request that waits: those follow each other while this one is
/// answered.
#[derive(Debug)]
pub(crate) struct Beside {
    session: Arc<Session>,
    /// The number of the page's connection.
    epoch: u64,
}

impl Beside {
    /// Takes one frame from the page; `false` when its connection is no longer the session's, and nothing was taken.
    pub(crate) fn receive(&self, frame: &[u8]) -> bool {
        let mut inner = self.session.lock();
        if !self.is_of(&inner) {
            return false;
        }
        inner.heard = tokio::time::Instant::now();
        drop(inner);
        self.session.receive(frame, self.epoch);
        true
    }

    /// Whether the session takes more for now.
    pub(crate) fn takes_more(&self) -> bool {
        let inner = self.session.lock();
        self.is_of(&inner) && self.session.has_room(&inner)
    }

    /// How long the page is to say nothing more, if it has said too much.
    pub(crate) fn throttled(&self) -> Option<Duration> {
        let until = self.session.lock().throttled?;
        Some(until.saturating_duration_since(tokio::time::Instant::now()))
    }

    /// Whether the connection is still the session's.
    pub(crate) fn is_current(&self) -> bool {
        self.is_of(&self.session.lock())
    }

    /// Holds the session for the next request of its page, which has seen so many counted frames.
    pub(crate) fn poll(self, seen: u64) -> Option<Link> {
        let number = self.session.again(self.epoch, seen)?;
        Some(Link { session: self.session, number })
    }

    fn is_of(&self, inner: &Inner) -> bool {
        inner.epoch == self.epoch && inner.ticket.is_none() && inner.end.or(inner.cut).is_none()
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.session.detach(self.number);
    }
}

impl Session {
    /// Takes a frame from the connection with this number, if it is still the one.
    fn receive_on(self: &Arc<Self>, number: u64, frame: &[u8]) {
        if let Some(epoch) = self.heard(number) {
            self.receive(frame, epoch);
        }
    }

    /// Whether more may be read from the connection with this number.
    fn takes_more(&self, number: u64) -> bool {
        let inner = self.lock();
        inner.link == number && inner.end.or(inner.cut).is_none() && self.has_room(&inner)
    }

    /// Whether what the page says has a place, and the answers to it.
    fn has_room(&self, inner: &Inner) -> bool {
        let refusals: usize = inner.slots.iter().map(|slot| slot.refusals.len()).sum();
        inner.throttled.is_none() && inner.out.len() + refusals < self.core.limits.outbox
    }

    /// Notes a sign of life on a connection; gives the page's number for it, if it is still the one.
    fn heard(&self, number: u64) -> Option<u64> {
        let mut inner = self.lock();
        let current = inner.link == number && inner.end.or(inner.cut).is_none();
        current.then(|| {
            inner.heard = tokio::time::Instant::now();
            inner.epoch
        })
    }
}
