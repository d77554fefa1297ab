//! A connection as its driver holds it: what the client says goes in, what is due comes out. It has no task of
//! its own: the app's hooks and streams run when the driver asks what is due. Dropped, the client is gone.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use holm_wire::Code;
use tokio::time::{Instant, Sleep};

use super::connection::Identity;
use super::crowd::Seat;
use super::hooks::Running;
use super::protocol::{self, Refusal};
use super::upgrade::{Message as RawMessage, Raw};
use super::{Connection, End, Item, Realtime, Socket, SocketId};
use crate::limits::bucket::TokenBucket;
use crate::telemetry;
use crate::visitor::Visitor;

mod acts;
mod feeds;

pub(crate) use acts::send;
use acts::{Done, nothing};
use feeds::{FEED_AHEAD, Fed, drop_quietly};

/// What a driver does next.
#[derive(Debug)]
pub(crate) enum Due {
    /// Says this.
    Item(Item),
    /// Says goodbye; the client has left its channels already.
    End(End),
}

/// A client that is here.
pub(crate) struct Connected {
    pub(crate) realtime: Realtime,
    pub(crate) connection: Arc<Connection>,
    /// Given back when the driver is done, too.
    _seat: Seat,
    /// Whether the client has left its channels.
    left: bool,
    /// Whether it comes and goes without `on_join`, `on_leave` and presence, as a poll does.
    pub(crate) quiet: bool,
    /// Hooks of a socket that does not speak the protocol.
    raw: Option<Raw>,
    /// The hook that runs; what the client says meanwhile waits in its socket.
    busy: Option<Running<Done>>,
    feeds: Vec<Fed>,
    /// Whose turn it is among them.
    turn: usize,
    /// Whether they have more than the client took: nobody else wakes the driver for that.
    fed: bool,
    bucket: TokenBucket,
    /// Until when nothing is taken from a client that said too much.
    pause: Option<Pin<Box<Sleep>>>,
    bad: usize,
}

impl fmt::Debug for Connected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Connected({})", self.connection.id())
    }
}

impl Connected {
    pub(crate) fn new(realtime: &Realtime, visitor: Visitor, seat: Seat) -> Self {
        let identity = Identity { id: SocketId::random(), visitor };
        let connection = Connection::new(identity, &realtime.settings.limits);
        realtime.crowd.add(&connection);
        Self {
            realtime: realtime.clone(),
            connection,
            _seat: seat,
            left: false,
            quiet: false,
            raw: None,
            busy: None,
            feeds: Vec::new(),
            turn: 0,
            fed: false,
            bucket: TokenBucket::new(Instant::now()),
            pause: None,
            bad: 0,
        }
    }

    pub(crate) fn socket(&self) -> Socket {
        Socket::of(&self.connection)
    }

    /// Tells the client who it is, as the protocol begins.
    pub(crate) fn welcome(&self) {
        let heartbeat = self.realtime.settings.limits.realtime_heartbeat;
        self.connection.push(protocol::welcome(self.connection.id(), heartbeat));
    }

    /// Whether the connection has ended.
    pub(crate) fn is_over(&self) -> bool {
        self.connection.ended().is_some()
    }

    /// Whether the client may say something: no hook runs, it has not said too much, and it takes what it is told.
    pub(crate) fn takes_more(&self) -> bool {
        self.busy.is_none() && self.pause.is_none() && !self.connection.is_half_full()
    }

    /// Takes one message of the client's. What was wrong with it, it hears.
    pub(crate) fn receive(&mut self, text: &str) {
        telemetry::realtime_message();
        self.charge();
        match protocol::read(text, &self.realtime.settings.limits) {
            Ok(message) => self.act(message),
            Err((id, refusal)) => self.bad(id.as_deref(), &refusal),
        }
    }

    /// Answers what is no message; after `Limits::bad_frames` of them the connection ends.
    pub(crate) fn bad(&mut self, id: Option<&str>, refusal: &Refusal) {
        self.refuse(id, refusal);
        self.bad += 1;
        if self.bad > self.realtime.settings.limits.bad_frames {
            self.connection.end(End::Code(Code::TooManyBadFrames));
        }
    }

    /// Takes a token; without one nothing more is taken from the client for a while.
    pub(crate) fn charge(&mut self) {
        let now = Instant::now();
        let wait = self.bucket.take(1, now, &self.realtime.settings.pace);
        if !wait.is_zero() {
            telemetry::throttled();
            self.pause = Some(Box::pin(tokio::time::sleep_until(now + wait)));
        }
    }

    fn refuse(&self, id: Option<&str>, refusal: &Refusal) {
        telemetry::refused(refusal.code);
        self.connection.push(protocol::error(id, refusal));
    }

    /// Makes it a socket of the app's own protocol.
    pub(crate) fn speak(&mut self, raw: Raw) {
        self.raw = Some(raw);
    }

    pub(crate) fn is_raw(&self) -> bool {
        self.raw.is_some()
    }

    /// Takes one message for the app's own hook.
    pub(crate) fn receive_raw(&mut self, message: RawMessage) {
        telemetry::realtime_message();
        self.charge();
        let most = self.realtime.settings.limits.realtime_message_bytes;
        if message.len() > most {
            let sentence = format!("The message has {} bytes; {most} are allowed.", message.len());
            return self.refuse(None, &Refusal::new(Code::MessageTooLarge, sentence));
        }
        let Some(running) = self.raw.as_ref().and_then(|raw| Some((raw.message.as_ref()?)(message))) else {
            return;
        };
        self.busy = Some(Box::pin(async move {
            Done::Sent(running.await.err().map(|refusal| protocol::error(None, &refusal)))
        }));
    }

    /// What is due. Registers the driver to be woken when something is.
    pub(crate) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Due> {
        self.poll_work(cx);
        match self.next() {
            Some(due) => Poll::Ready(due),
            None => Poll::Pending,
        }
    }

    /// What is due by now.
    pub(crate) fn next(&mut self) -> Option<Due> {
        let item = self.connection.take();
        if self.fed && self.connection.waiting() < FEED_AHEAD {
            self.fed = false;
            self.connection.wake();
        }
        item.map(Due::Item).or_else(|| self.connection.ended().map(Due::End))
    }

    /// Lets the app's hooks and streams go on. A driver whose socket takes nothing does this, too: a hook that
    /// holds something others wait for must not stand still for a slow client.
    pub(crate) fn poll_work(&mut self, cx: &mut Context<'_>) {
        self.connection.register(cx.waker());
        loop {
            if self.connection.ended().is_some() {
                return self.leave();
            }
            self.part(u64::MAX);
            if let Some(pause) = &mut self.pause
                && pause.as_mut().poll(cx).is_ready()
            {
                self.pause = None;
            }
            let Some(busy) = &mut self.busy else { break };
            let Poll::Ready(done) = busy.as_mut().poll(cx) else { break };
            self.busy = None;
            self.finish(done);
        }
        self.poll_feeds(cx);
    }

    /// The client is gone: it leaves its channels. Hooks that run or are due go on without it, each within its
    /// time; what waits may still be taken.
    fn leave(&mut self) {
        if std::mem::replace(&mut self.left, true) {
            return;
        }
        let lost = self.connection.ended().is_none_or(End::is_lost);
        self.connection.end(End::Closed);
        self.realtime.crowd.remove(&self.connection);
        let places = self.connection.leave_all(lost);
        for place in &places {
            self.realtime.crowd.rooms.settle(&place.room, &self.realtime.settings.limits);
        }
        for fed in std::mem::take(&mut self.feeds) {
            drop_quietly(fed.feed);
        }
        let mut rest: Vec<_> = self.busy.take().into_iter().collect();
        rest.extend(places.into_iter().filter_map(|place| self.farewell(place)));
        rest.extend(self.raw.take().and_then(|raw| raw.close).map(nothing));
        if !rest.is_empty() && tokio::runtime::Handle::try_current().is_ok() {
            let leaving = self.realtime.crowd.leaving(&self.realtime.settings.hub);
            tokio::spawn(async move {
                for hook in rest {
                    hook.await;
                }
                drop(leaving);
            });
        }
    }
}

impl Drop for Connected {
    fn drop(&mut self) {
        self.leave();
    }
}
