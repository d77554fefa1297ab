//! What one live island listens to, and where it is present.

use std::sync::Arc;

use super::Key;
use crate::cx::Effect;
use crate::hub::presence::track::{Over, Place, Track};
use crate::island::erased::AnyEvent;

/// One subscription of a live island: messages come out as events of the island's. Dropped, it ends.
pub(crate) trait Ear: Send + Sync {
    /// What it listens to.
    fn key(&self) -> &Key;

    /// How many messages wait.
    fn len(&self) -> usize;

    /// The next message as an event. The app's own code makes it, which may panic, so no lock is held.
    fn take(&self) -> Option<AnyEvent>;
}

/// The subscriptions of a live island and the presences it is in; nothing but a pointer while there are none.
#[derive(Default)]
pub(crate) struct Listening(Option<Box<Ears>>);

#[derive(Default)]
struct Ears {
    all: Vec<Arc<dyn Ear>>,
    tracks: Vec<Box<dyn Track>>,
    /// Whose turn it is, so that a busy topic does not keep others waiting.
    turn: usize,
    /// How many messages come before what else waits for the island.
    due: usize,
    /// Whether something else has had its turn since that was counted.
    yielded: bool,
}

impl Listening {
    /// Whether nothing waits.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.as_ref().is_none_or(|ears| ears.all.iter().all(|ear| ear.len() == 0))
    }

    /// How many subscriptions there are.
    pub(crate) fn count(&self) -> usize {
        self.0.as_ref().map_or(0, |ears| ears.all.len())
    }

    /// Adds a subscription, in place of one to the same; that, or the new one past the limit, comes out, to be
    /// dropped where the app's own code may run.
    pub(crate) fn add(
        &mut self,
        ear: Arc<dyn Ear>,
        limit: usize,
    ) -> Result<Option<Arc<dyn Ear>>, Arc<dyn Ear>> {
        let before = self.remove(ear.key());
        if before.is_none() && self.count() >= limit {
            return Err(ear);
        }
        self.0.get_or_insert_default().all.push(ear);
        Ok(before)
    }

    /// Takes a subscription out, to be dropped where the app's own code may run.
    pub(crate) fn remove(&mut self, key: &Key) -> Option<Arc<dyn Ear>> {
        let ears = self.0.as_mut()?;
        let at = ears.all.iter().position(|ear| ear.key() == key)?;
        let ear = ears.all.remove(at);
        self.tidy();
        Some(ear)
    }

    /// Does what an effect asks for, if that is something of this kind; gives back any other. What is over goes to
    /// `over`, to be dropped where the app's own code may run.
    pub(crate) fn apply(
        &mut self,
        effect: Effect,
        place: &Place<'_>,
        over: &mut Vec<Over>,
    ) -> Option<Effect> {
        match effect {
            Effect::Listen(ear) => over.extend(self.put(ear, place)),
            Effect::Watch(watch) => over.extend(self.put(watch(place), place)),
            Effect::Unlisten(key) => over.extend(self.remove(&key).map(|ear| Box::new(ear) as Over)),
            Effect::Presence(step) => {
                over.extend(step(&mut self.0.get_or_insert_default().tracks, place));
                self.tidy();
            }
            other => return Some(other),
        }
        None
    }

    fn put(&mut self, ear: Arc<dyn Ear>, place: &Place<'_>) -> Option<Over> {
        let limit = place.limits.subscriptions;
        let over = self.add(ear, limit).unwrap_or_else(|refused| {
            tracing::error!(
                island = place.island,
                topic = &*refused.key().name,
                limit,
                "the island has too many subscriptions; this one is refused"
            );
            Some(refused)
        });
        over.map(|ear| Box::new(ear) as Over)
    }

    fn tidy(&mut self) {
        if self.0.as_ref().is_some_and(|ears| ears.all.is_empty() && ears.tracks.is_empty()) {
            self.0 = None;
        }
    }

    /// The page is away: in presences it stays for a while.
    pub(crate) fn away(&self) {
        self.0.iter().flat_map(|ears| &ears.tracks).for_each(|track| track.away());
    }

    /// The page has come back.
    pub(crate) fn back(&self) {
        self.0.iter().flat_map(|ears| &ears.tracks).for_each(|track| track.back());
    }

    /// Counts what is to be taken in now: all that waits, and no more until something else that waits has had
    /// its turn. Says whether that is something.
    pub(crate) fn look(&mut self, others_wait: bool) -> bool {
        let Some(ears) = &mut self.0 else { return false };
        if ears.due == 0 && (ears.yielded || !others_wait) {
            ears.due = ears.all.iter().map(|ear| ear.len()).sum();
            ears.yielded = false;
        }
        ears.due > 0
    }

    /// Whether a message comes next; counts it as taken.
    pub(crate) fn is_due(&mut self) -> bool {
        let Some(ears) = &mut self.0 else { return false };
        if ears.due == 0 || ears.all.iter().all(|ear| ear.len() == 0) {
            // A policy may have taken what was counted.
            ears.due = 0;
            return false;
        }
        ears.due -= 1;
        true
    }

    /// Notes that something else has its turn.
    pub(crate) fn give_way(&mut self) {
        if let Some(ears) = &mut self.0 {
            ears.yielded = true;
        }
    }

    /// The subscription to take from next.
    pub(crate) fn next(&mut self) -> Option<Arc<dyn Ear>> {
        let ears = self.0.as_mut()?;
        let count = ears.all.len();
        let at = (0..count).map(|step| (ears.turn + step) % count).find(|&at| ears.all[at].len() > 0)?;
        ears.turn = at + 1;
        Some(Arc::clone(&ears.all[at]))
    }
}
