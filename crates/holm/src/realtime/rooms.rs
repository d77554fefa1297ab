//! Channels that live, by name, and the row of empty ones.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Weak};
use std::time::Duration;

use holm_wire::Code;
use parking_lot::Mutex;
use tokio::time::Instant;

use super::Channel;
use super::protocol::Refusal;
use super::room::Room;
use crate::Limits;

/// All of them. Clients choose names, so the map hashes with a random seed.
#[derive(Debug, Default)]
pub(crate) struct Rooms(Mutex<Map>, Mutex<News>);

/// Rooms whose clients have yet to hear who came or went.
#[derive(Debug, Default)]
struct News {
    rooms: Vec<Arc<Room>>,
    /// Whether the task that tells them runs.
    telling: bool,
}

#[derive(Debug, Default)]
struct Map {
    by_name: HashMap<Arc<str>, Arc<Room>>,
    /// Empty rooms with something to remember, longest empty first: until when.
    empty: BTreeMap<u64, (Instant, Arc<Room>)>,
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

    /// Somebody left. Forgets a room that nobody is in: at once, or when its history has been kept for `Limits::channel_idle`.
    pub(crate) fn settle(self: &Arc<Self>, room: &Arc<Room>, limits: &Limits) {
        self.announce(room, limits);
        let mut map = self.0.lock();
        if !room.keeps_history() {
            map.bury(room);
            return;
        }
        let ticket = map.tickets;
        let (empty, before) = room.queue(ticket);
        if let Some(before) = before {
            map.empty.remove(&before);
        }
        if !empty {
            return;
        }
        map.tickets += 1;
        map.empty.insert(ticket, (Instant::now() + limits.channel_idle, Arc::clone(room)));
        if !map.sweeping && tokio::runtime::Handle::try_current().is_ok() {
            map.sweeping = true;
            tokio::spawn(sweep(Arc::downgrade(self)));
        }
    }

    /// Has a room's clients told who came and went: one task tells all rooms, once per `Limits::presence_every`.
    pub(crate) fn announce(self: &Arc<Self>, room: &Arc<Room>, limits: &Limits) {
        if !room.has_news() {
            return;
        }
        let mut news = self.1.lock();
        news.rooms.push(Arc::clone(room));
        if !news.telling && tokio::runtime::Handle::try_current().is_ok() {
            news.telling = true;
            tokio::spawn(tell(Arc::downgrade(self), limits.presence_every));
        }
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
        loop {
            let Some((until, _)) = map.empty.first_key_value().map(|(_, empty)| empty) else {
                map.sweeping = false;
                return None;
            };
            if *until > now {
                return Some(*until);
            }
            if let Some((_, (_, room))) = map.empty.pop_first() {
                map.bury(&room);
            }
        }
    }
}

impl Map {
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

async fn tell(rooms: Weak<Rooms>, every: Duration) {
    loop {
        tokio::time::sleep(every).await;
        let Some(news) = rooms.upgrade().and_then(|rooms| rooms.news()) else { return };
        news.iter().for_each(|room| room.tell_presence());
    }
}
