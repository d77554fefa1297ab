//! Rows that wait to come in, in order, each found by its key at once.

use std::collections::{BTreeMap, HashMap};
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use super::CHANGE_BYTES;

/// A row's key. Comparing is counted in tests, where the work must not grow with what waits.
#[derive(Debug, Clone, Eq)]
pub(crate) struct Key(Arc<str>);

/// A row: its key, and its markup with that key in it.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) key: Key,
    pub(crate) html: String,
}

/// Rows of different keys.
#[derive(Debug, Default)]
pub(super) struct Rows {
    /// By place: what comes in at the front gets a smaller one than all others.
    by_place: BTreeMap<i64, Row>,
    places: HashMap<Key, i64>,
    bytes: usize,
}

impl Rows {
    pub(super) fn len(&self) -> usize {
        self.by_place.len()
    }

    /// About how many bytes they take.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Puts a row at the end, in the place of one with its key.
    pub(super) fn push_back(&mut self, row: Row) {
        self.remove(&row.key);
        let place = self.by_place.last_key_value().map_or(0, |(place, _)| place + 1);
        self.insert(place, row);
    }

    /// Puts a row at the front, in the place of one with its key.
    pub(super) fn push_front(&mut self, row: Row) {
        self.remove(&row.key);
        let place = self.by_place.first_key_value().map_or(0, |(place, _)| place - 1);
        self.insert(place, row);
    }

    fn insert(&mut self, place: i64, row: Row) {
        self.bytes += row.bytes();
        self.places.insert(row.key.clone(), place);
        self.by_place.insert(place, row);
    }

    pub(super) fn pop_back(&mut self) -> Option<Row> {
        let (_, row) = self.by_place.pop_last()?;
        Some(self.gone(row))
    }

    pub(super) fn pop_front(&mut self) -> Option<Row> {
        let (_, row) = self.by_place.pop_first()?;
        Some(self.gone(row))
    }

    fn gone(&mut self, row: Row) -> Row {
        self.places.remove(&row.key);
        self.bytes -= row.bytes();
        row
    }

    pub(super) fn remove(&mut self, key: &Key) {
        if let Some(row) = self.places.remove(key).and_then(|place| self.by_place.remove(&place)) {
            self.bytes -= row.bytes();
        }
    }

    /// Puts a row where one of its key stands; gives it back where there is none.
    pub(super) fn replace(&mut self, row: Row) -> Option<Row> {
        let Some(before) = self.places.get(&row.key).and_then(|place| self.by_place.get_mut(place)) else {
            return Some(row);
        };
        self.bytes += row.bytes();
        self.bytes -= before.bytes();
        *before = row;
        None
    }

    pub(super) fn into_rows(self) -> impl DoubleEndedIterator<Item = Row> {
        self.by_place.into_values()
    }
}

impl Row {
    pub(super) fn bytes(&self) -> usize {
        CHANGE_BYTES + self.key.as_str().len() + self.html.len()
    }
}

impl Key {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for Key {
    fn from(key: String) -> Self {
        Self(key.into())
    }
}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        #[cfg(test)]
        COMPARED.with(|compared| compared.set(compared.get() + 1));
        self.0 == other.0
    }
}

#[cfg(test)]
thread_local! {
    /// How often keys were compared.
    pub(super) static COMPARED: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}
