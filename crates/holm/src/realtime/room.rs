//! A channel that lives: its members and its last events. Everything here happens under one lock, so that
//! all members see one order, and who subscribes misses nothing between its replay and its first event.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use slab::Slab;
use tokio::time::Instant;

use super::history::{Cursor, History};
use super::presence::{self, Presence, Shown};
use super::protocol::{self, After};
use super::{Broadcast, Channel, Connection, Event, Item, Present, SocketId};
use crate::Limits;

/// A channel of this name.
#[derive(Debug)]
pub(crate) struct Room {
    pub(crate) name: Arc<str>,
    pub(crate) channel: Arc<Channel>,
    /// How many events it keeps.
    keeps: usize,
    /// How many entries its presence has at most.
    most: usize,
    /// How long who was lost counts as present.
    grace: Duration,
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    members: Slab<Member>,
    /// How many connections they are.
    connections: usize,
    /// Who they are, where clients hear of it.
    presence: Option<Presence>,
    /// Whether somebody was asked to tell what changed of it.
    announced: bool,
    /// Whether somebody looks when those who were lost have been away for too long.
    awaited: bool,
    history: History<Arc<Broadcast>>,
    /// Forgotten: whoever finds it looks again.
    dead: bool,
    /// Its number in the row of empty rooms.
    pub(super) ticket: Option<Ticket>,
}

#[derive(Debug)]
struct Member {
    connection: Arc<Connection>,
    /// The subscription's id as JSON, where that is not the channel's name.
    sub: Option<Arc<str>>,
    /// Whether it stands for its connection where connections are counted.
    first: bool,
    /// Its key, if it counts as present.
    key: Option<Arc<str>>,
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
    /// What others hear of it, if they do.
    pub(crate) shown: Option<Shown>,
}

/// An empty room's place in the row: those with nothing to remember come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Ticket {
    pub(crate) remembers: bool,
    pub(crate) number: u64,
}

/// The room was forgotten in between; another has its name or will.
#[derive(Debug)]
pub(crate) struct Dead;

impl Room {
    pub(crate) fn new(name: &str, channel: &Arc<Channel>, limits: &Limits, random: u64) -> Arc<Self> {
        let keeps = channel.keeps().min(limits.channel_history);
        let history = History::new(random, keeps, limits.channel_history_bytes);
        let presence = channel.presence.then(Presence::default);
        let inner = Inner {
            members: Slab::new(),
            connections: 0,
            presence,
            announced: false,
            awaited: false,
            history,
            dead: false,
            ticket: None,
        };
        let (name, channel, most) = (name.into(), Arc::clone(channel), limits.presence_entries);
        let grace = limits.presence_grace;
        Arc::new(Self { name, channel, keeps, most, grace, inner: Mutex::new(inner) })
    }

    /// Takes a member in: it hears that it has subscribed, then what it missed, then everything. Gives its number.
    pub(crate) fn enter(self: &Arc<Self>, entry: &Entry<'_>) -> Result<usize, Dead> {
        let Entry { connection, sub, first, after, told, ref shown } = *entry;
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
        let kept = || inner.history.iter().map(replayed).collect();
        let (missed, at, recovered): (Vec<Item>, Cursor, bool) = match after {
            None => (Vec::new(), inner.history.cursor(), true),
            Some(After::Oldest) => (kept(), inner.history.oldest(), true),
            Some(After::Cursor(cursor)) => match inner.history.after(cursor) {
                Ok(missed) => (missed.map(replayed).collect(), cursor, true),
                // Some of it is gone. What is kept is all newer than what the client had.
                Err(_) => (kept(), inner.history.oldest(), false),
            },
        };
        if told {
            let cursor = (self.keeps > 0).then_some(at);
            let asked = after.map(|_| recovered);
            connection.push(protocol::subscribed(sub, &self.name, cursor, asked));
        }
        connection.replay(missed.into_iter());
        inner.connections += usize::from(first);
        let key = self.arrive(&mut inner, connection, shown.as_ref());
        if told && inner.presence.is_some() {
            connection.push_state(self);
        }
        let unseen = key.is_none() && shown.is_some() && inner.presence.is_some();
        let member = Member { connection: Arc::clone(connection), sub: member_sub, first, key };
        let key = inner.members.insert(member);
        drop(inner);
        if unseen {
            tracing::error!(channel = &*self.name, "somebody is not shown: `Limits::presence_entries`");
        }
        Ok(key)
    }

    /// A piece of who is in it, from somebody on, and where the next piece begins.
    pub(super) fn state(&self, from: u64) -> Option<(Item, Option<u64>)> {
        let inner = self.inner.lock();
        let (json, rest) = inner.presence.as_ref()?.state(&self.name, from);
        drop(inner);
        Some((protocol::note("presence", json), rest))
    }

    /// Counts a member among those who are present; gives its key.
    fn arrive(&self, inner: &mut Inner, connection: &Connection, shown: Option<&Shown>) -> Option<Arc<str>> {
        let (presence, shown) = (inner.presence.as_mut()?, shown?);
        let key = presence::key(connection);
        presence.join(&key, shown.meta.as_ref(), self.most).then_some(key)
    }

    /// Takes a member out. Another place of the same connection stands for it from now on.
    pub(crate) fn leave(&self, key: usize, heir: Option<usize>, lost: bool) {
        let mut inner = self.inner.lock();
        let member = inner.members.try_remove(key);
        if member.as_ref().is_some_and(|member| member.first) {
            match heir.and_then(|heir| inner.members.get_mut(heir)) {
                Some(heir) => heir.first = true,
                None => inner.connections -= 1,
            }
        }
        if let Some(Member { key: Some(key), connection, .. }) = &member
            && let Some(presence) = &mut inner.presence
        {
            // Somebody anonymous comes back as somebody else.
            let comes_back = lost && connection.identity.visitor.principal.id().is_some();
            let until = (comes_back && !self.grace.is_zero()).then(|| Instant::now() + self.grace);
            presence.leave(key, until);
        }
        drop(inner);
        drop(member);
    }

    /// Tells every member but one connection; gives how many connections took it, and those that have ended.
    pub(crate) fn broadcast(&self, event: Event, except: Option<SocketId>) -> (usize, Vec<Arc<Connection>>) {
        let mut inner = self.inner.lock();
        let cursor = (self.keeps > 0).then(|| inner.history.upcoming());
        let event = Broadcast::new(Some(Arc::clone(&self.name)), event, cursor);
        if self.keeps > 0 {
            inner.history.push(event.size(), Arc::clone(&event));
        }
        let (mut took, mut ended) = (0, Vec::new());
        for (_, member) in &inner.members {
            if Some(member.connection.id()) == except {
                continue;
            }
            let item = Item::Event { sub: member.sub.clone(), event: Arc::clone(&event) };
            if !member.connection.push(item) {
                ended.push(Arc::clone(&member.connection));
            } else if member.first {
                took += 1;
            }
        }
        (took, ended)
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

    /// Who is present, in the order in which they came.
    pub(crate) fn present(&self) -> Vec<Present> {
        self.inner.lock().presence.as_ref().map_or_else(Vec::new, Presence::all)
    }

    /// Whether clients have yet to hear who came or went, and nobody was asked to tell them.
    pub(super) fn has_news(&self) -> bool {
        let mut inner = self.inner.lock();
        let changed = inner.presence.as_ref().is_some_and(Presence::has_changed);
        changed && !std::mem::replace(&mut inner.announced, true)
    }

    /// When the first of those who were lost has been away for too long, if nobody looks yet.
    pub(super) fn awaits(&self) -> Option<Instant> {
        let mut inner = self.inner.lock();
        if inner.awaited || inner.dead {
            return None;
        }
        let until = inner.presence.as_mut()?.awaits()?;
        inner.awaited = true;
        Some(until)
    }

    /// Those who were away for too long have left.
    pub(super) fn expire(&self, now: Instant) {
        let mut inner = self.inner.lock();
        inner.awaited = false;
        if let Some(presence) = &mut inner.presence {
            presence.expire(now);
        }
    }

    /// Tells everybody who came and went.
    pub(super) fn tell_presence(self: &Arc<Self>) {
        let mut inner = self.inner.lock();
        inner.announced = false;
        let changes = inner.presence.as_mut().map_or_else(Vec::new, |presence| presence.changes(&self.name));
        let changes: Vec<_> = changes.into_iter().map(|json| protocol::note("presence", json)).collect();
        for (_, member) in inner.members.iter().filter(|(_, member)| member.first) {
            member.connection.push_changes(self, &changes);
        }
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

    /// Notes its place in the row of empty rooms, if it is empty: that, and the one it had.
    pub(super) fn queue(&self, number: u64) -> (Option<Ticket>, Option<Ticket>) {
        let mut inner = self.inner.lock();
        let empty = inner.members.is_empty() && !inner.dead;
        let ticket = empty.then(|| Ticket { remembers: inner.history.iter().next().is_some(), number });
        (ticket, std::mem::replace(&mut inner.ticket, ticket))
    }

    /// Ends it, if nobody is in it: nobody will be any more.
    pub(super) fn bury(&self) -> bool {
        let mut inner = self.inner.lock();
        inner.dead |= inner.members.is_empty();
        inner.dead
    }
}
