//! Channels that live, by name, and the row of empty ones.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Weak};
use std::time::Duration;

use holm_wire::Code;
use parking_lot::Mutex;
use tokio::time::Instant;

use super::Channel;
use super::protocol::Refusal;
use super::room::{Room, Ticket};
use crate::Limits;

/// All of them. Clients choose names, so the map hashes with a random seed.
#[derive(Debug, Default)]
pub(crate) struct Rooms(Mutex<Map>, Mutex<News>, Mutex<Awaited>);

/// Rooms whose clients have yet to hear who came or went.
#[derive(Debug, Default)]
struct News {
    rooms: Vec<Arc<Room>>,
    /// Whether the task that tells them runs.
    telling: bool,
}

/// Rooms with members who were lost, by when the first of them has been away for too long.
#[derive(Debug, Default)]
struct Awaited {
    rooms: BTreeMap<(Instant, u64), Arc<Room>>,
    next: u64,
    /// Whether the task that looks runs.
    looking: bool,
}

#[derive(Debug, Default)]
struct Map {
    by_name: HashMap<Arc<str>, Arc<Room>>,
    /// Empty rooms that keep a history, and until when: those without any events first, so that a client that
    /// goes through many names makes nobody's history go; else longest empty first.
    empty: BTreeMap<Ticket, (Instant, Arc<Room>)>,
    tickets: u64,
    /// Whether the task that forgets them runs.
    sweeping: bool,
}

impl Rooms {
    pub(crate) fn len(&self) -> usize {
        self.0.lock().by_name.len()
    }

    pub(crate) fn find(&self, name: &str) -> Option<Arc<Room>> {
        self.0.lock().by_name.get(name).cloned()
    }

    /// The room of this name, made if there is none. `Limits::channels` of them at most: the longest empty one goes.
    pub(crate) fn open(
        &self,
        name: &str,
        channel: &Arc<Channel>,
        limits: &Limits,
    ) -> Result<Arc<Room>, Refusal> {
        let mut map = self.0.lock();
        if let Some(room) = map.by_name.get(name) {
            return Ok(Arc::clone(room));
        }
        while map.by_name.len() >= limits.channels {
            let Some((_, (_, room))) = map.empty.pop_first() else {
                drop(map);
                let sentence = "There are as many channels as the server allows.";
                return Err(Refusal::new(Code::TooManyChannels, sentence));
            };
            map.bury(&room);
        }
        let random = getrandom::u64().unwrap_or_else(|_| u64::from(std::process::id()));
        let room = Room::new(name, channel, limits, random);
        map.by_name.insert(Arc::clone(&room.name), Arc::clone(&room));
        Ok(room)
    }

    /// Somebody left, or something was said. Forgets a room that nobody is in: at once, or when its history has
    /// been kept for `Limits::channel_idle`.
    pub(crate) fn settle(self: &Arc<Self>, room: &Arc<Room>, limits: &Limits) {
        self.announce(room, limits.presence_every);
        let mut map = self.0.lock();
        if !room.keeps_history() {
            map.bury(room);
            return;
        }
        let (ticket, before) = room.queue(map.tickets);
        if let Some(before) = before {
            map.empty.remove(&before);
        }
        let Some(ticket) = ticket else { return };
        map.tickets += 1;
        map.empty.insert(ticket, (Instant::now() + limits.channel_idle, Arc::clone(room)));
        if !map.sweeping && tokio::runtime::Handle::try_current().is_ok() {
            map.sweeping = true;
            tokio::spawn(sweep(Arc::downgrade(self)));
        }
    }

    /// Has a room's clients told who came and went: one task tells all rooms, once per `Limits::presence_every`.
    pub(crate) fn announce(self: &Arc<Self>, room: &Arc<Room>, every: Duration) {
        if let Some(until) = room.awaits() {
            let mut awaited = self.2.lock();
            awaited.next += 1;
            let number = awaited.next;
            awaited.rooms.insert((until, number), Arc::clone(room));
            if !awaited.looking && tokio::runtime::Handle::try_current().is_ok() {
                awaited.looking = true;
                tokio::spawn(look(Arc::downgrade(self), every));
            }
        }
        if !room.has_news() {
            return;
        }
        let mut news = self.1.lock();
        news.rooms.push(Arc::clone(room));
        if !news.telling && tokio::runtime::Handle::try_current().is_ok() {
            news.telling = true;
            tokio::spawn(tell(Arc::downgrade(self), every));
        }
    }

    /// Has those told as left who were away for too long; gives when to look again.
    fn expire(self: &Arc<Self>, every: Duration) -> Option<Instant> {
        let now = Instant::now();
        let mut awaited = self.2.lock();
        let later = awaited.rooms.split_off(&(now, u64::MAX));
        let due = std::mem::replace(&mut awaited.rooms, later);
        drop(awaited);
        for room in due.values() {
            room.expire(now);
            self.announce(room, every);
        }
        let mut awaited = self.2.lock();
        let next = awaited.rooms.first_key_value().map(|((until, _), _)| *until);
        awaited.looking = next.is_some();
        next
    }

    /// Takes the rooms that have something to tell; `None` when there are none and the task ends.
    fn news(&self) -> Option<Vec<Arc<Room>>> {
        let mut news = self.1.lock();
        if news.rooms.is_empty() {
            news.telling = false;
            return None;
        }
        Some(std::mem::take(&mut news.rooms))
    }

    /// Forgets what is due; gives when the next is, or `None` when there is none.
    fn sweep(&self) -> Option<Instant> {
        let mut map = self.0.lock();
        let now = Instant::now();
        while let Some((ticket, until)) = map.first_due() {
            if until > now {
                return Some(until);
            }
            if let Some((_, room)) = map.empty.remove(&ticket) {
                map.bury(&room);
            }
        }
        map.sweeping = false;
        None
    }
}

impl Map {
    /// The empty room that is forgotten next, and when.
    fn first_due(&self) -> Option<(Ticket, Instant)> {
        let from = |remembers| {
            let begin = Ticket { remembers, number: 0 };
            self.empty.range(begin..).next().map(|(ticket, (until, _))| (*ticket, *until))
        };
        from(false).into_iter().chain(from(true)).min_by_key(|(_, until)| *until)
    }

    /// Takes a room out, if nobody is in it.
    fn bury(&mut self, room: &Arc<Room>) {
        let same = self.by_name.get(&room.name).is_some_and(|other| Arc::ptr_eq(other, room));
        if same && room.bury() {
            self.by_name.remove(&room.name);
        }
    }
}

async fn sweep(rooms: Weak<Rooms>) {
    while let Some(until) = rooms.upgrade().and_then(|rooms| rooms.sweep()) {
        tokio::time::sleep_until(until).await;
    }
}

async fn look(rooms: Weak<Rooms>, every: Duration) {
    while let Some(until) = rooms.upgrade().and_then(|rooms| rooms.expire(every)) {
        tokio::time::sleep_until(until).await;
    }
}

async fn tell(rooms: Weak<Rooms>, every: Duration) {
    loop {
        tokio::time::sleep(every).await;
        let Some(news) = rooms.upgrade().and_then(|rooms| rooms.news()) else { return };
        for room in &news {
            room.tell_presence();
        }
    }
}
