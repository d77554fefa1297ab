//! What there is to say before anybody listens: settings are read before `holm::serve` brings a log.

use std::collections::HashSet;
use std::hash::{BuildHasher, Hash};

use foldhash::fast::FixedState;
use parking_lot::Mutex;

static NOTES: Mutex<Vec<String>> = Mutex::new(Vec::new());
/// What development has advised of, as hashes.
static ADVISED: Mutex<Option<HashSet<u64>>> = Mutex::new(None);
/// How many pieces of advice are remembered.
const MOST: usize = 1_024;

/// Whether this advice is given for the first time: each page view would give it again.
pub(crate) fn first(advice: impl Hash) -> bool {
    let hash = FixedState::default().hash_one(advice);
    let mut advised = ADVISED.lock();
    let advised = advised.get_or_insert_default();
    advised.len() < MOST && advised.insert(hash)
}

/// Warns now if the app has a log, else when [`tell`] is called.
pub(crate) fn warn(note: String) {
    if tracing::dispatcher::has_been_set() {
        tracing::warn!("{note}");
    } else {
        NOTES.lock().push(note);
    }
}

/// Says what was noted before there was a log.
pub(crate) fn tell() {
    for note in std::mem::take(&mut *NOTES.lock()) {
        tracing::warn!("{note}");
    }
}
