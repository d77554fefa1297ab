//! A channel that lives: its members and its last events. Everything here happens under one lock, so that
//! all members see one order, and who subscribes misses nothing between its replay and its first event.

use std::sync::Arc;

use parking_lot::Mutex;
use slab::Slab;

use super::history::{Cursor, History};
use super::protocol::{self, After};
use super::{Broadcast, Channel, Connection, Event, Item, SocketId};
use crate::Limits;

/// A channel of this name.
#[derive(Debug)]
pub(crate) struct Room {
    pub(crate) name: Arc<str>,
    pub(crate) channel: Arc<Channel>,
    /// How many events it keeps.
    keeps: usize,
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    members: Slab<Member>,
    /// How many connections they are.
    connections: usize,
    history: History<Arc<Broadcast>>,
    /// Forgotten: whoever finds it looks again.
    dead: bool,
    /// Its number in the row of empty rooms.
    pub(super) ticket: Option<u64>,
}

#[derive(Debug)]
struct Member {
    connection: Arc<Connection>,
    /// The subscription's id as JSON, where that is not the channel's name.
    sub: Option<Arc<str>>,
    /// Whether it stands for its connection where connections are counted.
    first: bool,
}

/// Where a subscription begins.
#[derive(Debug)]
pub(crate) struct Entry<'a> {
    pub(crate) connection: &'a Arc<Connection>,
    /// The subscription's id, as JSON.
    pub(crate) sub: &'a Arc<str>,
    /// Whether the connection has no other place in the room.
    pub(crate) first: bool,
    pub(crate) after: Option<After>,
    /// Whether the client hears that it has subscribed.
    pub(crate) told: bool,
}

/// The room was forgotten in between; another has its name or will.
#[derive(Debug)]
pub(crate) struct Dead;

impl Room {
    pub(crate) fn new(name: &str, channel: &Arc<Channel>, limits: &Limits, random: u64) -> Arc<Self> {
        let keeps = channel.keeps().min(limits.channel_history);
        let history = History::new(random, keeps, limits.channel_history_bytes);
        let inner = Inner { members: Slab::new(), connections: 0, history, dead: false, ticket: None };
        Arc::new(Self { name: name.into(), channel: Arc::clone(channel), keeps, inner: Mutex::new(inner) })
    }

    /// Takes a member in: it hears that it has subscribed, then what it missed, then everything. Gives its number,
    /// and whether all it missed was there.
    pub(crate) fn enter(&self, entry: &Entry<'_>) -> Result<(usize, bool), Dead> {
        let Entry { connection, sub, first, after, told } = *entry;
        let named = protocol::quoted(&self.name);
        let member_sub = (**sub != *named).then(|| Arc::clone(sub));
        let mut inner = self.inner.lock();
        if inner.dead {
            return Err(Dead);
        }
        let replayed = |(_, event): (Cursor, &Arc<Broadcast>)| Item::Event {
            sub: member_sub.clone(),
            event: Arc::clone(event),
        };
        // Where the client is before what it missed: a cut in the middle of that loses nothing.
        let (missed, at): (Option<Vec<Item>>, Cursor) = match after {
            None => (Some(Vec::new()), inner.history.cursor()),
            Some(After::Oldest) => {
                (Some(inner.history.iter().map(replayed).collect()), inner.history.oldest())
            }
            Some(After::Cursor(cursor)) => match inner.history.after(cursor) {
                Ok(missed) => (Some(missed.map(replayed).collect()), cursor),
                Err(_) => (None, inner.history.cursor()),
            },
        };
        let recovered = missed.is_some();
        if told {
            let cursor = (self.keeps > 0).then_some(at);
            let asked = after.map(|_| recovered);
            connection.push(protocol::subscribed(sub, &self.name, cursor, asked));
        }
        connection.replay(missed.into_iter().flatten());
        inner.connections += usize::from(first);
        let member = Member { connection: Arc::clone(connection), sub: member_sub, first };
        Ok((inner.members.insert(member), recovered))
    }

    /// Takes a member out. Another place of the same connection stands for it from now on.
    pub(crate) fn leave(&self, key: usize, heir: Option<usize>) {
        let mut inner = self.inner.lock();
        let member = inner.members.try_remove(key);
        if member.as_ref().is_some_and(|member| member.first) {
            match heir.and_then(|heir| inner.members.get_mut(heir)) {
                Some(heir) => heir.first = true,
                None => inner.connections -= 1,
            }
        }
        drop(inner);
        drop(member);
    }

    /// Tells every member but one connection; gives how many connections took it.
    pub(crate) fn broadcast(&self, event: Event, except: Option<SocketId>) -> usize {
        let mut inner = self.inner.lock();
        let cursor = (self.keeps > 0).then(|| inner.history.upcoming());
        let event = Broadcast::new(Some(Arc::clone(&self.name)), event, cursor);
        if self.keeps > 0 {
            inner.history.push(event.size(), Arc::clone(&event));
        }
        let mut took = 0;
        for (_, member) in &inner.members {
            if Some(member.connection.id()) == except {
                continue;
            }
            let item = Item::Event { sub: member.sub.clone(), event: Arc::clone(&event) };
            took += usize::from(member.connection.push(item) && member.first);
        }
        took
    }

    /// How many connections are in it.
    pub(crate) fn size(&self) -> usize {
        self.inner.lock().connections
    }

    /// The connections in it.
    pub(crate) fn members(&self) -> Vec<Arc<Connection>> {
        let inner = self.inner.lock();
        let first = inner.members.iter().filter(|(_, member)| member.first);
        first.map(|(_, member)| Arc::clone(&member.connection)).collect()
    }

    /// The events it keeps, oldest first, and where who has them all is.
    pub(crate) fn kept(&self) -> (Vec<Event>, Cursor) {
        let inner = self.inner.lock();
        (inner.history.iter().map(|(_, event)| event.event.clone()).collect(), inner.history.cursor())
    }

    /// Whether there is something to keep it for though nobody is in it.
    pub(crate) fn keeps_history(&self) -> bool {
        self.keeps > 0
    }

    /// Notes its place in the row of empty rooms, if it is empty; gives the one it had.
    pub(super) fn queue(&self, ticket: u64) -> (bool, Option<u64>) {
        let mut inner = self.inner.lock();
        let empty = inner.members.is_empty() && !inner.dead;
        let before = if empty { inner.ticket.replace(ticket) } else { inner.ticket.take() };
        (empty, before)
    }

    /// Ends it, if nobody is in it: nobody will be any more.
    pub(super) fn bury(&self) -> bool {
        let mut inner = self.inner.lock();
        inner.dead |= inner.members.is_empty();
        inner.dead
    }
}
