//! Who is in a channel, as its clients hear of it: by principal, so that two tabs of one person are one entry.
//! Pure bookkeeping under the room's lock.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::protocol::quoted;
use super::{Connection, Joiner};

/// Somebody who is in a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Present {
    /// The principal's id; of somebody anonymous, the connection's.
    pub key: String,
    /// What [`Channel::presence_with`](super::Channel::presence_with) says of it, as JSON; `null` without.
    pub meta: String,
    /// How many connections it has in the channel.
    pub connections: usize,
}

/// What the app says of somebody.
pub(crate) struct Meta(pub(crate) Arc<dyn Fn(&Joiner) -> crate::Result<String> + Send + Sync>);

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

/// All who are in one channel.
#[derive(Debug, Default)]
pub(crate) struct Presence {
    by_key: HashMap<Arc<str>, Entry>,
    /// Keys in the order in which they came.
    order: BTreeMap<u64, Arc<str>>,
    next: u64,
    /// Who came, went or changed since clients were last told, and what they were told of it then.
    changed: HashMap<Arc<str>, Option<Arc<str>>>,
}

#[derive(Debug)]
struct Entry {
    number: u64,
    meta: Arc<str>,
    connections: usize,
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
            if let Some(meta) = meta.filter(|meta| **meta != entry.meta) {
                let before = std::mem::replace(&mut entry.meta, Arc::clone(meta));
                self.changed.entry(Arc::clone(key)).or_insert(Some(before));
            }
            return true;
        }
        if self.by_key.len() >= most {
            return false;
        }
        let meta = meta.map_or_else(|| "null".into(), Arc::clone);
        self.by_key.insert(Arc::clone(key), Entry { number: self.next, meta, connections: 1 });
        self.order.insert(self.next, Arc::clone(key));
        self.next += 1;
        self.changed.entry(Arc::clone(key)).or_insert(None);
        true
    }

    /// One connection of somebody has gone.
    pub(crate) fn leave(&mut self, key: &Arc<str>) {
        let Some(entry) = self.by_key.get_mut(key) else { return };
        entry.connections -= 1;
        if entry.connections > 0 {
            return;
        }
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

    /// The message that tells a newcomer of everybody.
    pub(crate) fn state(&self, channel: &str) -> String {
        let entries = self.order.values().filter_map(|key| Some(entry(key, &self.by_key.get(key)?.meta)));
        let entries: Vec<_> = entries.collect();
        format!(r#"{{"type":"presence","channel":{},"state":[{}]}}"#, quoted(channel), entries.join(","))
    }

    /// The message that tells of what has changed; `None` when it has all been undone.
    pub(crate) fn diff(&mut self, channel: &str) -> Option<String> {
        let (mut joined, mut left) = (Vec::new(), Vec::new());
        for (key, before) in std::mem::take(&mut self.changed) {
            match self.by_key.get(&key) {
                Some(now) if before.as_ref() == Some(&now.meta) => {}
                Some(now) => joined.push((now.number, entry(&key, &now.meta))),
                None if before.is_some() => left.push(quoted(&key)),
                None => {}
            }
        }
        if joined.is_empty() && left.is_empty() {
            return None;
        }
        joined.sort_unstable();
        left.sort_unstable();
        let joined: Vec<_> = joined.into_iter().map(|(_, entry)| entry).collect();
        let (channel, joined, left) = (quoted(channel), joined.join(","), left.join(","));
        Some(format!(r#"{{"type":"presence","channel":{channel},"joined":[{joined}],"left":[{left}]}}"#))
    }
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
        let diff = presence.diff("room").unwrap();
        let entries = r#"[{"key":"ada","meta":1},{"key":"bob","meta":null}]"#;
        assert_eq!(diff, format!(r#"{{"type":"presence","channel":"room","joined":{entries},"left":[]}}"#));
        assert_eq!(
            presence.state("room"),
            format!(r#"{{"type":"presence","channel":"room","state":{entries}}}"#)
        );

        presence.leave(&ada);
        assert!(!presence.has_changed(), "the other tab is still here");
        presence.leave(&bob);
        presence.join(&bob, None, 2);
        presence.join(&json("eve"), None, 9);
        presence.leave(&json("eve"));
        presence.leave(&json("nobody"));
        assert_eq!(presence.diff("room"), None);

        presence.join(&ada, Some(&json("2")), 2);
        presence.leave(&bob);
        let diff = presence.diff("room").unwrap();
        assert!(diff.contains(r#""joined":[{"key":"ada","meta":2}],"left":["bob"]"#), "{diff}");
        assert_eq!(presence.all(), [Present { key: "ada".into(), meta: "2".into(), connections: 2 }]);
    }
}
