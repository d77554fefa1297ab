//! A connection as its driver holds it: what the client says goes in, what is due comes out. It has no task of
//! its own: the app's hooks and streams run when the driver asks what is due. Dropped, the client is gone.

use std::fmt;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use holm_wire::Code;
use tokio::time::{Instant, Sleep};

use super::connection::{Identity, Place, Seating};
use super::crowd::Seat;
use super::hooks::{Feed, Running};
use super::protocol::{self, After, Message, Refusal};
use super::upgrade::{Message as RawMessage, Raw};
use super::{Channel, Connection, End, Event, Item, Joiner, Realtime, Sender, Socket, SocketId};
use crate::limits::bucket::TokenBucket;
use crate::telemetry;
use crate::visitor::Visitor;

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
    feeds: Vec<(Arc<str>, Feed)>,
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

/// What a hook's end means.
enum Done {
    /// May a subscription begin, and what feeds it?
    Admitted {
        ask: Ask,
        result: Result<Option<Feed>, Refusal>,
    },
    Joined {
        id: Arc<str>,
        result: Result<(), Refusal>,
    },
    /// Its answer is made already.
    Sent(Option<Item>),
    Nothing,
}

/// A subscription to begin.
struct Ask {
    id: Arc<str>,
    channel: Arc<Channel>,
    after: Option<After>,
    who: Joiner,
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

    fn act(&mut self, message: Message) {
        match message {
            Message::Ping { id } => {
                self.connection.push(protocol::pong(id.as_deref()));
            }
            Message::Subscribe { id, channel, after, input } => {
                if let Err(refusal) = self.subscribe(Arc::clone(&id), &channel, after, input) {
                    self.refuse(Some(&id), &refusal);
                }
            }
            Message::Unsubscribe { id } => {
                let Some(place) = self.connection.leave(&id) else {
                    let sentence = "There is no subscription of this id.";
                    return self.refuse(Some(&id), &Refusal::new(Code::NotSubscribed, sentence));
                };
                self.drop_feed(&id);
                self.connection.push(protocol::complete(&id));
                self.realtime.crowd.rooms.settle(&place.room, &self.realtime.settings.limits);
                self.busy = self.farewell(place);
            }
            Message::Send { id, channel, event } => self.say(id, &channel, event),
        }
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

    /// Begins to subscribe: the channel's hooks decide. The answer comes when they have.
    pub(crate) fn subscribe(
        &mut self,
        id: Arc<str>,
        name: &str,
        after: Option<After>,
        input: Option<String>,
    ) -> Result<(), Refusal> {
        let limits = &self.realtime.settings.limits;
        self.connection.with_places(|places| places.check(&id, limits.channel_subscriptions))?;
        let (channel, who) = self.realtime.joiner(self.socket(), name, input)?;
        let (authorize, feed) = (channel.authorize.clone(), channel.feed.clone());
        let ask = Ask { id, channel, after, who };
        if authorize.is_none() && feed.is_none() {
            self.begin(ask, None);
            return Ok(());
        }
        let time = limits.handler_time;
        self.busy = Some(Box::pin(async move {
            if let Some(authorize) = authorize
                && let Err(refusal) = authorize.run(ask.who.clone(), time, Code::Forbidden).await
            {
                return Done::Admitted { ask, result: Err(refusal) };
            }
            let result = match feed {
                Some(feed) => feed.run(ask.who.clone(), time, Code::Forbidden).await.map(Some),
                None => Ok(None),
            };
            Done::Admitted { ask, result }
        }));
        Ok(())
    }

    /// The hooks said yes: the client is in.
    fn begin(&mut self, ask: Ask, feed: Option<Feed>) {
        let Ask { id, channel, after, who } = ask;
        let name = Arc::clone(&who.channel);
        let most = self.realtime.settings.limits.channel_subscriptions;
        let leaver = (!self.quiet).then(|| who.clone());
        let present = (!self.quiet && channel.presence).then(|| channel.meta(&who));
        let seating = Seating { sub: &id, after, told: true, leaver, present, most };
        if let Err(refusal) = self.realtime.seat(&self.connection, &name, &seating) {
            return self.refuse(Some(&id), &refusal);
        }
        if let Some(feed) = feed {
            self.feeds.push((Arc::clone(&id), feed));
        }
        if let (Some(join), false) = (&channel.join, self.quiet) {
            let joining = join.run(who, self.realtime.settings.limits.handler_time, Code::Forbidden);
            self.busy = Some(Box::pin(async move { Done::Joined { id, result: joining.await } }));
        }
    }

    /// The client says something in a channel it is in.
    fn say(&mut self, id: Option<Arc<str>>, name: &str, event: Event) {
        let is_in =
            self.connection.with_places(|places| places.list.iter().any(|place| *place.room.name == *name));
        if !is_in {
            let refusal = Refusal::new(Code::NotSubscribed, "Subscribe to the channel first.");
            return self.refuse(id.as_deref(), &refusal);
        }
        let sending = match self.realtime.joiner(self.socket(), name, None) {
            Ok((channel, who)) => send(&self.realtime, &channel, who, event),
            Err(refusal) => return self.refuse(id.as_deref(), &refusal),
        };
        self.busy = Some(Box::pin(async move {
            let answer = match (sending.await, id) {
                (Ok(delivered), Some(id)) => Some(protocol::ack(&id, delivered)),
                (Ok(_), None) => None,
                (Err(refusal), id) => {
                    telemetry::refused(refusal.code);
                    Some(protocol::error(id.as_deref(), &refusal))
                }
            };
            Done::Sent(answer)
        }));
    }

    /// What runs when a place was given up.
    fn farewell(&self, place: Place) -> Option<Running<Done>> {
        let leave = place.room.channel.leave.clone()?;
        let leaving =
            leave.run(place.leaver?, self.realtime.settings.limits.handler_time, Code::HandlerError);
        Some(nothing(leaving))
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

    fn finish(&mut self, done: Done) {
        match done {
            Done::Admitted { ask, result: Ok(feed) } => self.begin(ask, feed),
            Done::Admitted { ask, result: Err(refusal) } => self.refuse(Some(&ask.id), &refusal),
            Done::Joined { result: Ok(()), .. } | Done::Nothing | Done::Sent(None) => {}
            Done::Joined { id, result: Err(refusal) } => self.end_subscription(&id, Some(&refusal)),
            Done::Sent(Some(answer)) => {
                self.connection.push(answer);
            }
        }
    }

    /// Ends a subscription from the server's side: with an error, or complete.
    fn end_subscription(&mut self, id: &Arc<str>, why: Option<&Refusal>) {
        self.drop_feed(id);
        let Some(place) = self.connection.leave(id) else { return };
        match why {
            Some(refusal) => self.refuse(Some(id), refusal),
            None => {
                self.connection.push(protocol::complete(id));
            }
        }
        self.realtime.crowd.rooms.settle(&place.room, &self.realtime.settings.limits);
        if let Some(farewell) = self.farewell(place) {
            // A hook that runs already goes first.
            let before = self.busy.take();
            self.busy = Some(match before {
                None => farewell,
                Some(before) => Box::pin(async move {
                    let done = before.await;
                    farewell.await;
                    done
                }),
            });
        }
    }

    /// Takes what feeds have, as long as the client takes it.
    fn poll_feeds(&mut self, cx: &mut Context<'_>) {
        let mut idle = 0;
        self.fed = false;
        for asked in 0.. {
            if idle >= self.feeds.len() {
                return;
            }
            if self.connection.waiting() >= FEED_AHEAD {
                self.fed = true;
                return;
            }
            if asked >= FEED_TURNS {
                // What it says may be nothing that is sent.
                return cx.waker().wake_by_ref();
            }
            self.turn = (self.turn + 1) % self.feeds.len();
            let (id, feed) = &mut self.feeds[self.turn];
            let id = Arc::clone(id);
            let polled = catch_unwind(AssertUnwindSafe(|| feed.as_mut().poll_next(cx)));
            match polled {
                Ok(Poll::Pending) => idle += 1,
                Ok(Poll::Ready(Some(Ok(event)))) => {
                    idle = 0;
                    self.feed(&id, event);
                }
                Ok(Poll::Ready(None)) => self.end_subscription(&id, None),
                Ok(Poll::Ready(Some(Err(error)))) => {
                    let refusal = Refusal::new(Code::StreamFailed, error.sentence());
                    self.end_subscription(&id, Some(&refusal));
                }
                Err(_) => {
                    tracing::error!("a stream that feeds a realtime subscription panicked");
                    let refusal = Refusal::new(Code::HandlerPanic, "Something went wrong on the server.");
                    self.end_subscription(&id, Some(&refusal));
                }
            }
        }
    }

    fn feed(&self, id: &Arc<str>, event: Event) {
        if !super::who::is_fit(&event, self.realtime.settings.limits.realtime_message_bytes) {
            return;
        }
        let name =
            self.connection.with_places(|places| places.of_sub(id).map(|place| Arc::clone(&place.room.name)));
        let Some(name) = name else { return };
        let sub = (**id != *protocol::quoted(&name)).then(|| Arc::clone(id));
        let event = super::Broadcast::new(Some(name), event, None);
        self.connection.push(Item::Event { sub, event });
    }

    fn drop_feed(&mut self, id: &str) {
        if let Some(at) = self.feeds.iter().position(|(other, _)| **other == *id) {
            drop_quietly(self.feeds.swap_remove(at));
        }
    }

    /// The client is gone: it leaves its channels. Hooks that run or are due go on without it, each within its
    /// time; what waits may still be taken.
    fn leave(&mut self) {
        if std::mem::replace(&mut self.left, true) {
            return;
        }
        self.connection.end(End::Closed);
        self.realtime.crowd.remove(&self.connection);
        let places = self.connection.leave_all();
        for place in &places {
            self.realtime.crowd.rooms.settle(&place.room, &self.realtime.settings.limits);
        }
        std::mem::take(&mut self.feeds).into_iter().for_each(drop_quietly);
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

/// A hook whose end means nothing.
fn nothing(running: Running<Result<(), Refusal>>) -> Running<Done> {
    Box::pin(async move {
        // There is nobody left to tell; the log has it.
        let _ = running.await;
        Done::Nothing
    })
}

/// How many items wait for the client before its feeds are asked for more.
const FEED_AHEAD: usize = 16;
/// How often feeds are asked before others get their turn.
const FEED_TURNS: usize = 64;

/// Has a channel take what a client says: its hook, then everybody in it where clients publish.
pub(crate) fn send(
    realtime: &Realtime,
    channel: &Channel,
    who: Joiner,
    event: Event,
) -> Running<Result<usize, Refusal>> {
    if channel.message.is_none() && !channel.publish {
        let refusal = Refusal::new(Code::Forbidden, "Clients say nothing in this channel.");
        return Box::pin(async { Err(refusal) });
    }
    let time = realtime.settings.limits.handler_time;
    let hook = channel.message.clone();
    let publish = channel.publish;
    Box::pin(async move {
        let room = who.channel();
        if let Some(hook) = hook {
            hook.run((Sender(who), event.clone()), time, Code::HandlerError).await?;
        }
        Ok(if publish { room.broadcast(event) } else { 0 })
    })
}

/// A stream of the app's may panic when it is dropped, too.
fn drop_quietly(feed: (Arc<str>, Feed)) {
    if catch_unwind(AssertUnwindSafe(|| drop(feed))).is_err() {
        tracing::error!("a stream that feeds a realtime subscription panicked when it was dropped");
    }
}

impl Drop for Connected {
    fn drop(&mut self) {
        self.leave();
    }
}
