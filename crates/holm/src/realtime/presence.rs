//! Who is in a channel, as its clients hear of it: by principal, so that two tabs of one person are one entry.
//! Pure bookkeeping under the room's lock.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;

use tokio::time::Instant;

use super::protocol::quoted;
use super::{Connection, Joiner};

/// How many bytes of entries one message has, and one entry more.
const PIECE: usize = 16 * 1024;

/// Somebody who is in a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Present {
    /// The principal's id; of somebody anonymous, the connection's.
    pub key: String,
    /// What [`Channel::presence_with`](super::Channel::presence_with) says of it, as JSON; `null` without.
    pub meta: String,
    /// How many connections it has in the channel; 0 for one that was lost, for `Limits::presence_grace`.
    pub connections: usize,
}

/// What the app says of somebody.
pub(crate) struct Meta(pub(crate) Arc<MetaOf>);

type MetaOf = dyn Fn(&Joiner) -> crate::Result<String> + Send + Sync;

impl std::fmt::Debug for Meta {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the app's")
    }
}

impl Clone for Meta {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

/// Somebody others hear of.
#[derive(Debug, Clone, Default)]
pub(crate) struct Shown {
    /// What the app says of it, as JSON.
    pub(crate) meta: Option<Arc<str>>,
}

/// All who are in one channel.
#[derive(Debug, Default)]
pub(crate) struct Presence {
    by_key: HashMap<Arc<str>, Entry>,
    /// Keys in the order in which they came.
    order: BTreeMap<u64, Arc<str>>,
    next: u64,
    /// Those who were lost, oldest first, and until when they count as present; also some who are back.
    away: VecDeque<(Instant, Arc<str>)>,
    /// Who came, went or changed since clients were last told, and what they were told of it then.
    changed: HashMap<Arc<str>, Option<Arc<str>>>,
}

#[derive(Debug)]
struct Entry {
    number: u64,
    meta: Arc<str>,
    connections: usize,
    /// Until when it counts without a connection.
    until: Option<Instant>,
}

/// The key of a connection.
pub(crate) fn key(connection: &Connection) -> Arc<str> {
    match connection.identity.visitor.principal.id() {
        Some(id) => id.into(),
        None => connection.id().to_string().into(),
    }
}

impl Presence {
    /// Somebody has come, perhaps again; gives whether there was room for it.
    pub(crate) fn join(&mut self, key: &Arc<str>, meta: Option<&Arc<str>>, most: usize) -> bool {
        if let Some(entry) = self.by_key.get_mut(key) {
            entry.connections += 1;
            entry.until = None;
            if let Some(meta) = meta.filter(|meta| **meta != entry.meta) {
                let before = std::mem::replace(&mut entry.meta, Arc::clone(meta));
                self.changed.entry(Arc::clone(key)).or_insert(Some(before));
            }
            return true;
        }
        if self.by_key.len() >= most {
            // Who is here goes before who may come back.
            if self.awaits().is_none() {
                return false;
            }
            if let Some((_, key)) = self.away.pop_front() {
                self.remove(&key);
            }
        }
        let meta = meta.map_or_else(|| "null".into(), Arc::clone);
        self.by_key.insert(Arc::clone(key), Entry { number: self.next, meta, connections: 1, until: None });
        self.order.insert(self.next, Arc::clone(key));
        self.next += 1;
        self.changed.entry(Arc::clone(key)).or_insert(None);
        true
    }

    /// One connection of somebody has gone; one that may come back counts as present until then.
    pub(crate) fn leave(&mut self, key: &Arc<str>, until: Option<Instant>) {
        let Some(entry) = self.by_key.get_mut(key) else { return };
        entry.connections -= 1;
        if entry.connections > 0 {
            return;
        }
        entry.until = until;
        match until {
            Some(until) => {
                // Those in front who are back make room.
                self.awaits();
                self.away.push_back((until, Arc::clone(key)));
            }
            None => self.remove(key),
        }
    }

    /// When the first of those who were lost has been away for too long.
    pub(crate) fn awaits(&mut self) -> Option<Instant> {
        while let Some((until, key)) = self.away.front() {
            if self.by_key.get(key).is_some_and(|entry| entry.until == Some(*until)) {
                return Some(*until);
            }
            self.away.pop_front();
        }
        None
    }

    /// Those who were away for too long have left.
    pub(crate) fn expire(&mut self, now: Instant) {
        while self.awaits().is_some_and(|until| until <= now) {
            if let Some((_, key)) = self.away.pop_front() {
                self.remove(&key);
            }
        }
    }

    fn remove(&mut self, key: &Arc<str>) {
        if let Some(entry) = self.by_key.remove(key) {
            self.order.remove(&entry.number);
            self.changed.entry(Arc::clone(key)).or_insert(Some(entry.meta));
        }
    }

    pub(crate) fn has_changed(&self) -> bool {
        !self.changed.is_empty()
    }

    /// Everybody, in the order in which they came.
    pub(crate) fn all(&self) -> Vec<Present> {
        let entries = self.order.values().filter_map(|key| Some((key, self.by_key.get(key)?)));
        let present = |(key, entry): (&Arc<str>, &Entry)| Present {
            key: key.to_string(),
            meta: entry.meta.to_string(),
            connections: entry.connections,
        };
        entries.map(present).collect()
    }

    /// A message that tells a newcomer of everybody, from this number on, and where the next one goes on. The first
    /// begins anew; the others add to it.
    pub(crate) fn state(&self, channel: &str, from: u64) -> (String, Option<u64>) {
        let mut entries = String::new();
        let mut rest = None;
        for (number, key) in self.order.range(from..) {
            if entries.len() >= PIECE {
                rest = Some(*number);
                break;
            }
            if let Some(of) = self.by_key.get(key) {
                list(&mut entries, &entry(key, &of.meta));
            }
        }
        let channel = quoted(channel);
        let json = match from {
            0 => format!(r#"{{"type":"presence","channel":{channel},"state":[{entries}]}}"#),
            _ => changes(&channel, &entries, ""),
        };
        (json, rest)
    }

    /// The messages that tell of what has changed; none when it has all been undone.
    pub(crate) fn changes(&mut self, channel: &str) -> Vec<String> {
        let (mut joined, mut left) = (Vec::new(), Vec::new());
        for (key, before) in std::mem::take(&mut self.changed) {
            match self.by_key.get(&key) {
                Some(now) if before.as_ref() == Some(&now.meta) => {}
                Some(now) => joined.push((now.number, entry(&key, &now.meta))),
                None if before.is_some() => left.push(quoted(&key)),
                None => {}
            }
        }
        joined.sort_unstable();
        left.sort_unstable();
        let channel = quoted(channel);
        let (mut pieces, mut came, mut went) = (Vec::new(), String::new(), String::new());
        let joined = joined.into_iter().map(|(_, entry)| (true, entry));
        for (joined, text) in joined.chain(left.into_iter().map(|key| (false, key))) {
            if came.len() + went.len() >= PIECE {
                pieces.push(changes(&channel, &std::mem::take(&mut came), &std::mem::take(&mut went)));
            }
            list(if joined { &mut came } else { &mut went }, &text);
        }
        if !came.is_empty() || !went.is_empty() {
            pieces.push(changes(&channel, &came, &went));
        }
        pieces
    }
}

/// Adds an entry to a list of JSON.
fn list(entries: &mut String, entry: &str) {
    if !entries.is_empty() {
        entries.push(',');
    }
    entries.push_str(entry);
}

fn changes(channel: &str, joined: &str, left: &str) -> String {
    format!(r#"{{"type":"presence","channel":{channel},"joined":[{joined}],"left":[{left}]}}"#)
}

fn entry(key: &str, meta: &str) -> String {
    format!(r#"{{"key":{},"meta":{meta}}}"#, quoted(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> Arc<str> {
        text.into()
    }

    #[test]
    fn two_tabs_of_one_person_are_one_entry_and_what_is_undone_is_not_told() {
        let (mut presence, ada, bob) = (Presence::default(), json("ada"), json("bob"));
        assert!(presence.join(&ada, Some(&json("1")), 2));
        assert!(presence.join(&ada, None, 2));
        assert!(presence.join(&bob, None, 2));
        assert!(!presence.join(&json("eve"), None, 2), "there is room for two");
        let diff = presence.changes("room").pop().unwrap();
        let entries = r#"[{"key":"ada","meta":1},{"key":"bob","meta":null}]"#;
        assert_eq!(diff, format!(r#"{{"type":"presence","channel":"room","joined":{entries},"left":[]}}"#));
        assert_eq!(
            presence.state("room", 0),
            (format!(r#"{{"type":"presence","channel":"room","state":{entries}}}"#), None)
        );

        presence.leave(&ada, None);
        assert!(!presence.has_changed(), "the other tab is still here");
        presence.leave(&bob, None);
        presence.join(&bob, None, 2);
        presence.join(&json("eve"), None, 9);
        presence.leave(&json("eve"), None);
        presence.leave(&json("nobody"), None);
        assert!(presence.changes("room").is_empty());

        presence.join(&ada, Some(&json("2")), 2);
        presence.leave(&bob, None);
        let diff = presence.changes("room").pop().unwrap();
        assert!(diff.contains(r#""joined":[{"key":"ada","meta":2}],"left":["bob"]"#), "{diff}");
        assert_eq!(presence.all(), [Present { key: "ada".into(), meta: "2".into(), connections: 2 }]);
    }
}
