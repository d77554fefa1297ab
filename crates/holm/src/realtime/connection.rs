//! One client, as channels and the app reach it: its outbox, and the channels it is in.

use std::sync::{Arc, Weak};
use std::task::Waker;

use futures_util::task::AtomicWaker;
use holm_wire::Code;
use parking_lot::Mutex;
use tokio::sync::Notify;

use super::held::Held;
use super::outbox::{Outbox, Pushed, State, Taken};
use super::presence::Shown;
use super::protocol::{self, After, Refusal};
use super::room::{Entry, Room};
use super::{End, Item, Joiner, Realtime, SocketId};
use crate::Limits;
use crate::visitor::Visitor;

/// Who a connection is, for as long as anybody wants to know.
#[derive(Debug)]
pub(crate) struct Identity {
    pub(crate) id: SocketId,
    pub(crate) visitor: Visitor,
}

/// What is shared of a connection. Its driver owns a [`Connected`](super::Connected).
#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) identity: Arc<Identity>,
    outbox: Mutex<Outbox>,
    most: usize,
    most_bytes: usize,
    /// The driver's.
    waker: AtomicWaker,
    /// Those who wait until something more fits in.
    roomy: Notify,
    places: Mutex<Places>,
    /// The body that drives it, where that may not be asked: told once, of the end.
    held: Mutex<Option<Weak<Held>>>,
}

/// A subscription's place in a channel.
#[derive(Debug)]
pub(crate) struct Place {
    /// The subscription's id, as JSON.
    pub(crate) sub: Arc<str>,
    pub(crate) room: Arc<Room>,
    /// Its member's number in the room.
    pub(crate) key: usize,
    /// For whom `on_leave` runs; `None` where it does not.
    pub(crate) leaver: Option<Joiner>,
    /// Whether the client heard that it has subscribed, and hears that it is over.
    told: bool,
    /// Counts up: an id may be used again, this is not.
    pub(crate) number: u64,
}

/// How a subscription takes its place.
#[derive(Debug)]
pub(crate) struct Seating<'a> {
    /// The subscription's id, as JSON.
    pub(crate) sub: &'a Arc<str>,
    pub(crate) after: Option<After>,
    /// Whether the client hears that it has subscribed.
    pub(crate) told: bool,
    /// For whom `on_leave` runs.
    pub(crate) leaver: Option<Joiner>,
    /// What others hear of it, if they do.
    pub(crate) shown: Option<Shown>,
    /// How many places the connection may have.
    pub(crate) most: usize,
}

impl Realtime {
    /// Takes a connection into a channel, made if there is none; gives the number of its place.
    pub(crate) fn seat(
        &self,
        connection: &Arc<Connection>,
        name: &str,
        seating: &Seating<'_>,
    ) -> Result<u64, Refusal> {
        let Seating { sub, after, told, ref leaver, ref shown, most } = *seating;
        let (room, number) = connection.with_places(|places| {
            if places.over {
                return Err(Refusal::new(Code::NotSubscribed, "The connection is over."));
            }
            places.check(sub, most)?;
            loop {
                let room = self.open(name)?;
                let first = places.of_room(&room).is_none();
                let shown = shown.clone();
                let Ok(key) = room.enter(&Entry { connection, sub, first, after, told, shown }) else {
                    // Forgotten between the two locks: there is another by now, or will be.
                    continue;
                };
                let (sub, leaver) = (Arc::clone(sub), leaver.clone());
                let number = places.next;
                places.next += 1;
                places.list.push(Place { sub, room: Arc::clone(&room), key, leaver, told, number });
                return Ok((room, number));
            }
        })?;
        self.crowd.rooms.announce(&room, self.settings.limits.presence_every);
        Ok(number)
    }
}

/// The places of a connection; locked before any room.
#[derive(Debug, Default)]
pub(crate) struct Places {
    pub(crate) list: Vec<Place>,
    /// Whether the connection has left for good.
    pub(crate) over: bool,
    /// Places that others took it out of: the rest of their end is the driver's.
    evicted: Vec<Place>,
    /// The number of the next place.
    next: u64,
}

impl Places {
    pub(crate) fn of_room(&self, room: &Arc<Room>) -> Option<&Place> {
        self.list.iter().find(|place| Arc::ptr_eq(&place.room, room))
    }

    pub(crate) fn of_sub(&self, sub: &str) -> Option<&Place> {
        self.list.iter().find(|place| *place.sub == *sub)
    }

    /// Whether a subscription of this id may take a place.
    pub(crate) fn check(&self, sub: &str, most: usize) -> Result<(), Refusal> {
        if self.of_sub(sub).is_some() {
            let sentence = "There is a subscription of this id; it goes on.";
            return Err(Refusal::new(Code::DuplicateId, sentence));
        }
        if self.list.len() >= most {
            let sentence = format!("A connection has {most} subscriptions at most.");
            return Err(Refusal::new(Code::TooManySubscriptions, sentence));
        }
        Ok(())
    }

    /// Takes a place out of the list and out of its room; of a connection that was lost, and may come back, or not.
    fn leave(&mut self, at: usize, lost: bool) -> Place {
        let place = self.list.swap_remove(at);
        let heir = self.of_room(&place.room).map(|other| other.key);
        place.room.leave(place.key, heir, lost);
        place
    }
}

impl Connection {
    pub(crate) fn new(identity: Identity, limits: &Limits) -> Arc<Self> {
        Arc::new(Self {
            identity: Arc::new(identity),
            outbox: Mutex::default(),
            most: limits.realtime_outbox,
            most_bytes: limits.realtime_outbox_bytes,
            waker: AtomicWaker::new(),
            roomy: Notify::new(),
            places: Mutex::default(),
            held: Mutex::default(),
        })
    }

    pub(crate) fn id(&self) -> SocketId {
        self.identity.id
    }

    /// Puts an item before the client; past the bounds it ends the connection. Whether it was taken.
    pub(crate) fn push(&self, item: Item) -> bool {
        let pushed = self.outbox.lock().push(item, self.most, self.most_bytes);
        self.waker.wake();
        if pushed == Pushed::Ended {
            self.tell_held();
        }
        pushed == Pushed::Taken
    }

    /// Puts events of a channel's history before the client.
    pub(crate) fn replay(&self, items: impl Iterator<Item = Item>) {
        let mut outbox = self.outbox.lock();
        items.for_each(|item| outbox.replay(item));
        drop(outbox);
        self.waker.wake();
    }

    /// [`Connection::push`] for who can wait: gives the item back when there is no room for it now.
    pub(crate) fn offer(&self, item: Item) -> Result<bool, Item> {
        let mut outbox = self.outbox.lock();
        if outbox.ended().is_none() && outbox.is_half_full(self.most, self.most_bytes) {
            return Err(item);
        }
        let pushed = outbox.push(item, self.most, self.most_bytes);
        drop(outbox);
        self.waker.wake();
        Ok(pushed == Pushed::Taken)
    }

    /// Puts an item before the client as soon as there is room; whether it was taken before the connection ended.
    pub(crate) async fn send(&self, mut item: Item) -> bool {
        loop {
            let mut roomy = std::pin::pin!(self.roomy.notified());
            // From here on nothing is missed.
            roomy.as_mut().enable();
            item = match self.offer(item) {
                Ok(taken) => return taken,
                Err(item) => item,
            };
            roomy.await;
        }
    }

    /// What is due next.
    pub(crate) fn take(&self) -> Option<Item> {
        loop {
            let mut outbox = self.outbox.lock();
            let taken = outbox.take();
            let roomy = !outbox.is_half_full(self.most, self.most_bytes);
            drop(outbox);
            if roomy && taken.is_some() {
                self.roomy.notify_waiters();
            }
            match taken? {
                Taken::Item(item) => return Some(item),
                Taken::State(state) => {
                    if let Some(item) = self.tell_state(state) {
                        return Some(item);
                    }
                }
            }
        }
    }

    /// A piece of who is in a channel; the rest is due next. Nothing for who is not in it any more.
    fn tell_state(&self, state: State) -> Option<Item> {
        let State { room, from } = state;
        self.with_places(|places| places.of_room(&room).is_some()).then_some(())?;
        let (item, rest) = room.state(from)?;
        if let Some(from) = rest {
            self.outbox.lock().tell_rest(State { room, from });
        }
        Some(item)
    }

    /// Puts who is in a channel before the client.
    pub(crate) fn push_state(&self, room: &Arc<Room>) {
        self.outbox.lock().tell_state(room);
        self.waker.wake();
    }

    /// Puts what changed of those in a channel before the client: not where it is about to hear of everybody, and
    /// one that takes too little hears of everybody later, rather than end.
    pub(crate) fn push_changes(&self, room: &Arc<Room>, changes: &[Item]) {
        let mut outbox = self.outbox.lock();
        for change in changes {
            if outbox.tells_state(room) {
                break;
            }
            if outbox.is_half_full(self.most, self.most_bytes) {
                outbox.tell_state(room);
            } else {
                outbox.push(change.clone(), self.most, self.most_bytes);
            }
        }
        drop(outbox);
        self.waker.wake();
    }

    pub(crate) fn wake(&self) {
        self.waker.wake();
    }

    /// How many items wait.
    pub(crate) fn waiting(&self) -> usize {
        self.outbox.lock().len()
    }

    /// Whether so much waits that nothing more should be asked for.
    pub(crate) fn is_half_full(&self) -> bool {
        self.outbox.lock().is_half_full(self.most, self.most_bytes)
    }

    /// Ends the connection, after what waits has gone out. The first reason stays.
    pub(crate) fn end(&self, end: End) {
        self.outbox.lock().end(end);
        self.roomy.notify_waiters();
        self.waker.wake();
        self.tell_held();
    }

    /// Has this body told of the end.
    pub(crate) fn keep(&self, held: Weak<Held>) {
        *self.held.lock() = Some(held);
        if self.ended().is_some() {
            self.tell_held();
        }
    }

    fn tell_held(&self) {
        let held = self.held.lock().take();
        if let (Some(held), Some(end)) = (held.and_then(|held| held.upgrade()), self.ended()) {
            held.has_ended(end);
        }
    }

    /// Waits for the end.
    pub(crate) async fn has_ended(&self) {
        loop {
            let mut told = std::pin::pin!(self.roomy.notified());
            told.as_mut().enable();
            if self.ended().is_some() {
                return;
            }
            told.await;
        }
    }

    pub(crate) fn ended(&self) -> Option<End> {
        self.outbox.lock().ended()
    }

    pub(crate) fn register(&self, waker: &Waker) {
        self.waker.register(waker);
    }

    /// Runs with the connection's places locked: nothing of the app's may be called or dropped in there.
    pub(crate) fn with_places<T>(&self, run: impl FnOnce(&mut Places) -> T) -> T {
        run(&mut self.places.lock())
    }

    /// Takes it out of every place in this room; its client hears that at once, in the order of what it hears of
    /// other subscriptions. What else ends with them is the driver's. Gives how many they were.
    pub(crate) fn expel(&self, room: &Arc<Room>) -> usize {
        let mut places = self.places.lock();
        let mut count = 0;
        while let Some(at) = places.list.iter().position(|place| Arc::ptr_eq(&place.room, room)) {
            let place = places.leave(at, false);
            if place.told {
                self.push(protocol::complete(&place.sub));
            }
            places.evicted.push(place);
            count += 1;
        }
        drop(places);
        self.waker.wake();
        count
    }

    /// Gives the driver the places that others took it out of, of those that began before this one.
    pub(crate) fn expelled(&self, before: u64) -> Vec<Place> {
        let mut places = self.places.lock();
        if places.evicted.is_empty() {
            return Vec::new();
        }
        places.evicted.extract_if(.., |place| place.number < before).collect()
    }

    /// Gives up a place by its number.
    pub(crate) fn leave_place(&self, number: u64) -> Option<Place> {
        let mut places = self.places.lock();
        let at = places.list.iter().position(|place| place.number == number)?;
        Some(places.leave(at, false))
    }

    /// Gives up the place of a subscription.
    pub(crate) fn leave(&self, sub: &str) -> Option<Place> {
        let mut places = self.places.lock();
        let at = places.list.iter().position(|place| *place.sub == *sub)?;
        Some(places.leave(at, false))
    }

    /// Takes a connection that has ended out of its rooms, before its driver does: one whose socket is stuck may
    /// not be asked for long. Hooks stay with the driver. Gives the rooms it was in.
    pub(crate) fn evict(&self) -> Vec<Arc<Room>> {
        let lost = self.ended().is_none_or(End::is_lost);
        let mut places = self.places.lock();
        places.over = true;
        while !places.list.is_empty() {
            let place = places.leave(0, lost);
            places.evicted.push(place);
        }
        places.evicted.iter().map(|place| Arc::clone(&place.room)).collect()
    }

    /// Gives up every place, now and for good.
    pub(crate) fn leave_all(&self, lost: bool) -> Vec<Place> {
        let mut places = self.places.lock();
        places.over = true;
        let mut left = std::mem::take(&mut places.evicted);
        while !places.list.is_empty() {
            left.push(places.leave(0, lost));
        }
        left
    }
}
