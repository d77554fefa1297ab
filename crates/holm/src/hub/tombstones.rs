//! What is remembered of sessions that have ended: how new the seals are that their pages have.
//!
//! A page that comes back with an older seal than it is known to have is refused, for as long as the
//! tombstone stands. There is a bound on how many stand; the oldest goes first.

use std::collections::{HashMap, VecDeque};

use foldhash::fast::FixedState;
use parking_lot::Mutex;

/// The tombstones of one app.
#[derive(Debug, Default)]
pub(crate) struct Tombstones {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    stones: HashMap<u64, (u64, Known), FixedState>,
    /// Session ids with the number of their stone, oldest first; a stone that was replaced has another number.
    order: VecDeque<(u64, u64)>,
    next: u64,
}

/// The newest seal the page is known to have of each island: a hash of the instance id, an event number.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Known(Vec<(u64, u64)>);

impl Known {
    /// The event number of the newest seal known of this instance, 0 for none.
    pub(crate) fn of(&self, instance: &str) -> u64 {
        let key = hash(instance);
        self.0.iter().find(|entry| entry.0 == key).map_or(0, |entry| entry.1)
    }

    /// Notes that the page has a seal; past `most` entries the oldest is forgotten.
    pub(crate) fn note(&mut self, instance: &str, seq: u64, most: usize) {
        let key = hash(instance);
        if let Some(entry) = self.0.iter_mut().find(|entry| entry.0 == key) {
            entry.1 = entry.1.max(seq);
            return;
        }
        if self.0.len() >= most.max(1) {
            self.0.remove(0);
        }
        self.0.push((key, seq));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

fn hash(instance: &str) -> u64 {
    xxhash_rust::xxh3::xxh3_64(instance.as_bytes())
}

impl Tombstones {
    /// Remembers what the page of a session had.
    pub(crate) fn set(&self, session: u64, known: Known, most: usize) {
        if known.is_empty() {
            return;
        }
        let mut inner = self.inner.lock();
        inner.next += 1;
        let number = inner.next;
        inner.stones.insert(session, (number, known));
        inner.order.push_back((session, number));
        // Replaced stones leave their entries behind, which are cleared away with the oldest.
        while inner.stones.len() > most || inner.order.len() > 2 * most.max(1) {
            let Some((session, number)) = inner.order.pop_front() else { break };
            if inner.stones.get(&session).is_some_and(|stone| stone.0 == number) {
                inner.stones.remove(&session);
            }
        }
    }

    /// What the page of this session had; the stone goes, since a new session takes its place.
    pub(crate) fn take(&self, session: u64) -> Known {
        self.inner.lock().stones.remove(&session).map(|stone| stone.1).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(seq: u64) -> Known {
        let mut known = Known::default();
        known.note("Counter:0", seq, 4);
        known
    }

    #[test]
    fn a_stone_tells_the_newest_seal_of_each_island_once() {
        let stones = Tombstones::default();
        let mut known = known(5);
        known.note("Counter:0", 3, 4);
        known.note("Counter:1", 9, 4);
        stones.set(1, known, 10);
        let known = stones.take(1);
        assert_eq!((known.of("Counter:0"), known.of("Counter:1"), known.of("Clock:0")), (5, 9, 0));
        assert!(stones.take(1).is_empty());
    }

    #[test]
    fn past_the_limit_the_oldest_goes_and_a_replaced_one_counts_once() {
        let stones = Tombstones::default();
        for round in 0..100 {
            stones.set(7, known(round), 2);
        }
        stones.set(8, known(1), 2);
        assert_eq!(stones.take(7).of("Counter:0"), 99);
        stones.set(9, known(2), 2);
        stones.set(10, known(3), 2);
        assert!(stones.take(8).is_empty());
        assert!(stones.inner.lock().order.len() <= 4);
        assert_eq!((stones.take(9).of("Counter:0"), stones.take(10).of("Counter:0")), (2, 3));
    }

    #[test]
    fn a_session_remembers_a_bounded_number_of_islands() {
        let mut known = Known::default();
        for at in 0..10 {
            known.note(&format!("Row:{at}"), 1, 4);
        }
        assert_eq!((known.0.len(), known.of("Row:0"), known.of("Row:9")), (4, 0, 1));
    }
}
