//! Who is here, and what watchers know of it.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use foldhash::fast::FixedState;
use parking_lot::Mutex;
use slab::Slab;
use tokio::time::Instant;

use super::said::{Meta, Over};
use super::teller::Tell;
use super::{Change, Present};
use crate::hub::topics::inbox::{After, Inbox, Taken};
use crate::hub::topics::{Key, Message};

/// The limits that hold in a room.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    pub(crate) entries: usize,
    pub(crate) every: Duration,
    pub(crate) grace: Duration,
}

/// One presence.
pub(crate) struct Room<M> {
    pub(super) key: Key,
    pub(super) bounds: Bounds,
    state: Mutex<State<M>>,
}

struct State<M> {
    /// Every island's being here, or away for a moment, or gone with its session kept.
    tracks: Slab<Tracked<M>>,
    /// How many of them have not left.
    here: usize,
    entries: HashMap<Arc<str>, Entry<M>, FixedState>,
    /// Who has an entry, by its number, in the order of joining.
    order: BTreeMap<u64, Arc<str>>,
    /// Counts entries.
    next: u64,
    /// Everybody as watchers have been told, for those that have yet to hear of them; made when one asks.
    picture: Option<Arc<Change<M>>>,
    watchers: Slab<Seated<M>>,
    /// Whether some watchers have yet to hear of everybody.
    fresh: bool,
    /// Whether nobody watched until now, so that what was told of anybody is void.
    anew: bool,
    /// Whom there may be something to tell of.
    changed: HashSet<Arc<str>, FixedState>,
    /// Tracks without a connection, with the moments that they leave.
    away: BTreeSet<(Instant, usize)>,
    told: Option<Instant>,
    scheduled: Option<Instant>,
}

struct Tracked<M> {
    who: Arc<str>,
    meta: Meta<M>,
    away: Option<Instant>,
    /// Whether it is not here: it was away for too long, or there was no room when it came back.
    left: bool,
    /// Whether it left and has a page again, for which there was no room.
    refused: bool,
}

struct Entry<M> {
    order: u64,
    /// Those that are here, in the order of joining.
    tracks: Vec<usize>,
    /// What watchers know; `None` when they know nothing of it.
    told: Option<Vec<Meta<M>>>,
}

/// What waits for a watcher.
pub(super) type Seated<M> = Arc<Inbox<Change<M>>>;

impl<M: Message> Room<M> {
    pub(super) fn new(key: Key, bounds: Bounds) -> Self {
        let state = State {
            tracks: Slab::new(),
            here: 0,
            entries: HashMap::default(),
            order: BTreeMap::new(),
            next: 0,
            picture: None,
            watchers: Slab::new(),
            fresh: false,
            anew: false,
            changed: HashSet::default(),
            away: BTreeSet::new(),
            told: None,
            scheduled: None,
        };
        Self { key, bounds, state: Mutex::new(state) }
    }

    pub(super) fn is_empty(&self) -> bool {
        let state = self.state.lock();
        state.tracks.is_empty() && state.watchers.is_empty()
    }

    /// Whether nothing is kept of those who were here.
    #[cfg(test)]
    pub(super) fn remembers_nobody(&self) -> bool {
        let state = self.state.lock();
        state.entries.is_empty()
            && state.order.is_empty()
            && state.picture.is_none()
            && state.changed.is_empty()
            && state.away.is_empty()
    }

    /// Who is here, in the order of joining.
    pub(super) fn present(&self) -> Vec<Present<M>> {
        let state = self.state.lock();
        let entries = state.order.values().filter_map(|who| Some((who, state.entries.get(who)?)));
        let here = entries.filter(|(_, entry)| !entry.tracks.is_empty());
        here.map(|(who, entry)| present(who, &state.metas(entry))).collect()
    }

    /// Somebody is here; `None` past the limit.
    pub(super) fn join(&self, who: Arc<str>, meta: Meta<M>) -> Option<usize> {
        let mut state = self.state.lock();
        if state.here >= self.bounds.entries {
            return None;
        }
        let id = state.tracks.insert(Tracked { who, meta, away: None, left: false, refused: false });
        state.enter(id);
        Some(id)
    }

    /// An island is here no longer.
    pub(super) fn leave(&self, id: usize) -> Over<M> {
        let mut over = Over::new();
        let mut state = self.state.lock();
        if let Some(until) = state.tracks[id].away.take() {
            state.away.remove(&(until, id));
        }
        state.exit(id, &mut over);
        over.metas.push(state.tracks.remove(id).meta);
        over
    }

    /// An island says something else of itself; one that found no room when it came back tries again.
    pub(super) fn update(&self, id: usize, meta: Meta<M>) -> Meta<M> {
        let mut state = self.state.lock();
        let before = std::mem::replace(&mut state.tracks[id].meta, meta);
        if !state.tracks[id].left {
            let who = Arc::clone(&state.tracks[id].who);
            state.touch(&who);
        } else if state.tracks[id].refused {
            state.come_back(id, self.bounds.entries);
        }
        before
    }

    /// Who it is that an island is here as.
    pub(super) fn is(&self, id: usize, who: &str) -> bool {
        &*self.state.lock().tracks[id].who == who
    }

    /// An island's connection is lost: it leaves in a while.
    pub(super) fn away(&self, id: usize) {
        let until = Instant::now() + self.bounds.grace;
        let mut state = self.state.lock();
        state.tracks[id].refused = false;
        if !state.tracks[id].left && state.tracks[id].away.is_none() {
            state.tracks[id].away = Some(until);
            state.away.insert((until, id));
        }
    }

    /// An island's page has come back: it stays, or joins again if it has left. Says whether there was room.
    pub(super) fn back(&self, id: usize) -> bool {
        let mut state = self.state.lock();
        if let Some(until) = state.tracks[id].away.take() {
            state.away.remove(&(until, id));
        }
        !state.tracks[id].left || state.come_back(id, self.bounds.entries)
    }

    /// A watcher, which hears of everybody with the next telling.
    pub(super) fn watch(&self, inbox: &Seated<M>) -> usize {
        let mut state = self.state.lock();
        state.fresh = true;
        state.anew |= state.watchers.is_empty();
        state.watchers.insert(Arc::clone(inbox))
    }

    /// A watcher goes.
    pub(super) fn unwatch(&self, seat: usize) -> (Over<M>, Option<Seated<M>>) {
        let mut over = Over::new();
        let mut state = self.state.lock();
        let inbox = state.watchers.try_remove(seat);
        if state.watchers.is_empty() {
            over.picture = state.picture.take();
            for who in std::mem::take(&mut state.changed) {
                state.forget(&who, &mut over);
            }
        }
        (over, inbox)
    }

    /// What a watcher hears next: a change, or everybody in place of those it lost. Both are of one moment, so
    /// that the change that follows fits.
    pub(super) fn take(&self, inbox: &Inbox<Change<M>>) -> Option<Arc<Change<M>>> {
        let mut state = self.state.lock();
        match inbox.take()? {
            Taken::Message(change) => Some(change),
            Taken::Lost => Some(state.picture()),
        }
    }

    /// When the room is to be looked at, if that is not planned yet.
    pub(super) fn plan(&self) -> Option<Instant> {
        self.state.lock().plan(self.bounds.every)
    }
}

impl<M: Message> Tell for Room<M> {
    fn tell(&self, now: Instant) -> Option<Instant> {
        let mut over = Over::new();
        let mut after = After::new();
        let mut state = self.state.lock();
        state.scheduled = state.scheduled.filter(|at| *at > now);
        state.sweep(now, &mut over);
        if state.is_due(now, self.bounds.every) {
            state.told = Some(now);
            let change = Arc::new(state.change(&mut over));
            let fresh = std::mem::take(&mut state.fresh);
            for (_, inbox) in &state.watchers {
                if !change.is_none() {
                    inbox.put(&change, &mut after);
                }
                if fresh {
                    inbox.open(&mut after);
                }
            }
        }
        let again = state.plan(self.bounds.every);
        drop(state);
        after.done();
        drop(over);
        again
    }
}

impl<M> State<M> {
    fn metas(&self, entry: &Entry<M>) -> Vec<Meta<M>> {
        entry.tracks.iter().map(|id| self.tracks[*id].meta.clone()).collect()
    }

    fn touch(&mut self, who: &Arc<str>) {
        if !self.watchers.is_empty() {
            self.changed.insert(Arc::clone(who));
        }
    }

    fn enter(&mut self, id: usize) {
        let who = Arc::clone(&self.tracks[id].who);
        let entry = self.entries.entry(Arc::clone(&who)).or_insert_with(|| {
            self.next += 1;
            self.order.insert(self.next, Arc::clone(&who));
            Entry { order: self.next, tracks: Vec::with_capacity(1), told: None }
        });
        entry.tracks.push(id);
        self.here += 1;
        self.touch(&who);
    }

    /// One that has left is here again, if there is room for it.
    fn come_back(&mut self, id: usize, most: usize) -> bool {
        let full = self.here >= most;
        (self.tracks[id].left, self.tracks[id].refused) = (full, full);
        if !full {
            self.enter(id);
        }
        !full
    }

    fn exit(&mut self, id: usize, over: &mut Over<M>) {
        if self.tracks[id].left {
            return;
        }
        self.here -= 1;
        let who = Arc::clone(&self.tracks[id].who);
        let Some(entry) = self.entries.get_mut(&who) else { return };
        entry.tracks.retain(|track| *track != id);
        if self.watchers.is_empty() || entry.told.is_none() {
            // Nobody is to hear of it.
            self.forget(&who, over);
        }
        self.touch(&who);
    }

    /// Forgets somebody who is not here.
    fn forget(&mut self, who: &Arc<str>, over: &mut Over<M>) {
        if self.entries.get(who).is_some_and(|entry| entry.tracks.is_empty()) {
            let Some(entry) = self.entries.remove(who) else { return };
            self.order.remove(&entry.order);
            over.metas.extend(entry.told.into_iter().flatten());
        }
    }

    /// Lets those leave that were away for too long.
    fn sweep(&mut self, now: Instant, over: &mut Over<M>) {
        while let Some((until, id)) = self.away.first().copied().filter(|first| first.0 <= now) {
            self.away.remove(&(until, id));
            self.exit(id, over);
            self.tracks[id].away = None;
            self.tracks[id].left = true;
        }
    }

    fn has_news(&self) -> bool {
        self.fresh || !self.changed.is_empty()
    }

    fn is_due(&self, now: Instant, every: Duration) -> bool {
        self.has_news() && self.told.is_none_or(|told| told + every <= now)
    }

    /// What changed since watchers were told last; from now on they know it.
    fn change(&mut self, over: &mut Over<M>) -> Change<M> {
        let changed = std::mem::take(&mut self.changed);
        if std::mem::take(&mut self.anew) {
            // All who watch are new: they hear of everybody by themselves.
            let all: Vec<_> = self.entries.keys().cloned().collect();
            for who in all {
                self.forget(&who, over);
                let Some(entry) = self.entries.get(&who) else { continue };
                let metas = self.metas(entry);
                if let Some(entry) = self.entries.get_mut(&who) {
                    over.metas.extend(entry.told.replace(metas).into_iter().flatten());
                }
            }
            over.picture = self.picture.take();
            return Change::none();
        }
        let (mut joined, mut updated, mut left) = (Vec::new(), Vec::new(), Vec::new());
        for who in changed {
            let Some(entry) = self.entries.get(&who) else { continue };
            let (order, metas) = (entry.order, self.metas(entry));
            match &entry.told {
                Some(told) if metas.is_empty() => {
                    left.push((order, present(&who, told)));
                    self.forget(&who, over);
                    continue;
                }
                Some(told)
                    if told.len() == metas.len() && told.iter().zip(&metas).all(|(a, b)| a.same(b)) =>
                {
                    continue;
                }
                Some(_) => updated.push((order, present(&who, &metas))),
                None => joined.push((order, present(&who, &metas))),
            }
            if let Some(entry) = self.entries.get_mut(&who) {
                over.metas.extend(entry.told.replace(metas).into_iter().flatten());
            }
        }
        let change = Change {
            everybody: None,
            joined: in_order(joined),
            updated: in_order(updated),
            left: in_order(left),
        };
        if !change.is_none() {
            over.picture = self.picture.take();
        }
        change
    }

    /// Everybody, as watchers have been told: one for all that ask before there is more to tell.
    fn picture(&mut self) -> Arc<Change<M>> {
        let (order, entries) = (&self.order, &self.entries);
        let picture = self.picture.get_or_insert_with(|| {
            let told = order.values().filter_map(|who| Some(present(who, entries.get(who)?.told.as_ref()?)));
            Arc::new(Change { everybody: Some(told.collect()), ..Change::none() })
        });
        Arc::clone(picture)
    }

    fn plan(&mut self, every: Duration) -> Option<Instant> {
        let now = Instant::now();
        let news = self.has_news().then(|| self.told.map_or(now, |told| now.max(told + every)));
        let away = self.away.first().map(|first| first.0);
        let due = news.into_iter().chain(away).min()?;
        if self.scheduled.is_some_and(|at| at <= due) {
            return None;
        }
        self.scheduled = Some(due);
        Some(due)
    }
}

fn present<M>(who: &Arc<str>, metas: &[Meta<M>]) -> Present<M> {
    Present { key: Arc::clone(who), metas: metas.iter().map(|meta| Arc::clone(&meta.value)).collect() }
}

fn in_order<M>(mut people: Vec<(u64, Present<M>)>) -> Vec<Present<M>> {
    people.sort_unstable_by_key(|person| person.0);
    people.into_iter().map(|person| person.1).collect()
}
