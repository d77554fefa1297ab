//! Topics: what is published once and heard by every island that listens.
//!
//! A topic exists while it has subscribers. Publishing locks the topic, so that all subscribers hear one order;
//! it puts a pointer into each one's queue and wakes those that had none. What the app's own code does with a
//! message (mapping, handling, dropping it) happens where none of the hub's locks is held.

use std::any::{Any, TypeId, type_name};
use std::fmt;
use std::marker::PhantomData;
use std::sync::{Arc, Weak};

use dashmap::DashMap;
use foldhash::fast::FixedState;
use parking_lot::Mutex;
use serde::Serialize;
use serde::de::DeserializeOwned;
use slab::Slab;

use super::HubInner;
use crate::cx::Port;
use crate::island::erased::AnyEvent;

pub(crate) mod inbox;
pub(crate) mod listening;
#[cfg(test)]
mod tests;

use inbox::{After, Inbox, Policy, Taken};
use listening::Ear;

/// What can be published: any type of the app's that serde can write and read.
///
/// Within one process a message is shared as it is and never written out; that it could be is what lets a topic
/// reach further than a process.
pub trait Message: Serialize + DeserializeOwned + Send + Sync + 'static {}

impl<M: Serialize + DeserializeOwned + Send + Sync + 'static> Message for M {}

/// A name that messages of one type are published under.
///
/// Two topics are the same when both name and type are. Making one costs its name; a topic exists in the hub
/// while something is subscribed to it.
///
/// ```
/// use holm::Topic;
/// # use holm::prelude::*;
/// # #[derive(Serialize, Deserialize)] struct Line { text: String }
/// let room: Topic<Line> = Topic::new(format!("room/{}", 7));
/// assert_eq!(room, Topic::new("room/7"));
/// # let hub = holm::Live::new().key([1; 32]).hub();
/// assert_eq!(hub.publish(&room, Line { text: "hello".into() }), 0, "nobody listens");
/// ```
pub struct Topic<M> {
    name: Arc<str>,
    message: PhantomData<fn(M) -> M>,
}

impl<M: Message> Topic<M> {
    /// The topic of this name and type.
    pub fn new(name: impl AsRef<str>) -> Self {
        Self { name: Arc::from(name.as_ref()), message: PhantomData }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn key(&self) -> Key {
        Key { kind: TypeId::of::<Self>(), name: Arc::clone(&self.name) }
    }
}

impl<M> Clone for Topic<M> {
    fn clone(&self) -> Self {
        Self { name: Arc::clone(&self.name), message: PhantomData }
    }
}

impl<M> fmt::Debug for Topic<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Topic<{}>({:?})", type_name::<M>(), self.name)
    }
}

impl<M> PartialEq for Topic<M> {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl<M> Eq for Topic<M> {}

impl<M> std::hash::Hash for Topic<M> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

/// What becomes of messages that an island does not take as fast as they come: those that wait past
/// `Limits::topic_queue` for an island that is busy, or whose page does not read or is away.
#[non_exhaustive]
pub enum Overflow<E> {
    /// The oldest that wait go: for feeds and chats, where the newest matter.
    DropOldest,
    /// Only the newest ever waits: for prices, positions, counts.
    Newest,
    /// All that wait go, and this event comes in their place, once: for changes that make no sense with one
    /// missing. Its handler reads anew what the messages would have told.
    Resync(Box<dyn Fn() -> E + Send + Sync>),
}

impl<E> Overflow<E> {
    /// [`Overflow::Resync`] with this event.
    pub fn resync(event: impl Fn() -> E + Send + Sync + 'static) -> Self {
        Self::Resync(Box::new(event))
    }

    fn policy(&self, most: usize) -> Policy {
        match self {
            Self::DropOldest => Policy::DropOldest(most),
            Self::Newest => Policy::Newest,
            Self::Resync(_) => Policy::Resync(most),
        }
    }
}

impl<E> fmt::Debug for Overflow<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::DropOldest => "DropOldest",
            Self::Newest => "Newest",
            Self::Resync(_) => "Resync",
        })
    }
}

/// A topic, or something else that islands listen to: a type and a name.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    pub(crate) kind: TypeId,
    pub(crate) name: Arc<str>,
}

/// The topics that have subscribers.
#[derive(Debug, Default)]
pub(crate) struct Topics {
    rooms: DashMap<Key, Arc<dyn Any + Send + Sync>, FixedState>,
}

/// The subscribers of one topic.
struct Room<M> {
    seats: Mutex<Slab<Arc<Inbox<M>>>>,
}

impl<M> Default for Room<M> {
    fn default() -> Self {
        Self { seats: Mutex::new(Slab::new()) }
    }
}

impl Topics {
    fn room<M: Message>(&self, topic: &Topic<M>) -> Option<Arc<Room<M>>> {
        let room = Arc::clone(&*self.rooms.get(&topic.key())?);
        room.downcast().ok()
    }

    /// Puts a message before every subscriber, and gives their number.
    pub(crate) fn publish<M: Message>(&self, topic: &Topic<M>, message: M) -> usize {
        crate::telemetry::published();
        let Some(room) = self.room(topic) else { return 0 };
        let message = Arc::new(message);
        let mut after = After::new();
        let seats = room.seats.lock();
        let count = seats.len();
        for (_, inbox) in &*seats {
            inbox.put(&message, &mut after);
        }
        drop(seats);
        after.done();
        count
    }

    /// How many subscribers a topic has.
    pub(crate) fn subscribers<M: Message>(&self, topic: &Topic<M>) -> usize {
        self.room(topic).map_or(0, |room| room.seats.lock().len())
    }

    /// How many topics there are.
    pub(crate) fn len(&self) -> usize {
        self.rooms.len()
    }

    /// Gives an inbox a seat, from now on.
    fn sit<M: Message>(&self, key: &Key, inbox: &Arc<Inbox<M>>) -> (Arc<Room<M>>, usize) {
        let room = self.rooms.entry(key.clone()).or_insert_with(|| Arc::new(Room::<M>::default()));
        // The map's shard is locked, so that a topic that is about to be forgotten is not sat in.
        let typed: Arc<Room<M>> =
            Arc::clone(&*room).downcast().unwrap_or_else(|_| unreachable!("the key has the type"));
        let seat = typed.seats.lock().insert(Arc::clone(inbox));
        (typed, seat)
    }

    /// Forgets a topic if nobody listens to it.
    fn forget<M: Message>(&self, key: &Key) {
        let empty = |room: &Arc<dyn Any + Send + Sync>| {
            room.downcast_ref::<Room<M>>().is_some_and(|room| room.seats.lock().is_empty())
        };
        let room = self.rooms.remove_if(key, |_, room| empty(room));
        drop(room);
    }
}

/// One island's subscription to one topic.
struct TopicEar<M: Message, E, F> {
    hub: Weak<HubInner>,
    key: Key,
    room: Arc<Room<M>>,
    seat: usize,
    inbox: Arc<Inbox<M>>,
    map: F,
    overflow: Overflow<E>,
}

/// Subscribes an island, from now on.
pub(crate) fn listen<M: Message, E: Send + 'static>(
    hub: &Arc<HubInner>,
    topic: &Topic<M>,
    port: &Port,
    overflow: Overflow<E>,
    most: usize,
    map: impl Fn(&M) -> E + Send + Sync + 'static,
) -> Arc<dyn Ear> {
    let key = topic.key();
    let inbox = Arc::new(Inbox::new(Weak::clone(&port.mailbox), overflow.policy(most)));
    let (room, seat) = hub.topics.sit(&key, &inbox);
    Arc::new(TopicEar { hub: Arc::downgrade(hub), key, room, seat, inbox, map, overflow })
}

impl<M, E, F> Ear for TopicEar<M, E, F>
where
    M: Message,
    E: Send + 'static,
    F: Fn(&M) -> E + Send + Sync,
{
    fn key(&self) -> &Key {
        &self.key
    }

    fn len(&self) -> usize {
        self.inbox.len()
    }

    fn take(&self) -> Option<AnyEvent> {
        let event = match (self.inbox.take()?, &self.overflow) {
            (Taken::Message(message), _) => (self.map)(&message),
            (Taken::Lost, Overflow::Resync(event)) => event(),
            (Taken::Lost, _) => return None,
        };
        Some(Box::new(event))
    }
}

impl<M: Message, E, F> Drop for TopicEar<M, E, F> {
    fn drop(&mut self) {
        let mut seats = self.room.seats.lock();
        let inbox = seats.try_remove(self.seat);
        let last = seats.is_empty();
        drop(seats);
        drop(inbox);
        if last && let Some(hub) = self.hub.upgrade() {
            hub.topics.forget::<M>(&self.key);
        }
    }
}
