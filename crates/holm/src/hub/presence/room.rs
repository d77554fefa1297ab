//! Who is here, and what watchers know of it.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use foldhash::fast::FixedState;
use parking_lot::Mutex;
use slab::Slab;
use tokio::time::Instant;

use super::teller::Tell;
use super::{Change, Present};
use crate::hub::topics::inbox::{After, Inbox, Taken};
use crate::hub::topics::{Key, Message};

/// What an island says of itself, and a hash of that, if it can be written.
pub(crate) struct Meta<M> {
    pub(crate) value: Arc<M>,
    pub(crate) print: Option<u64>,
}

impl<M> Clone for Meta<M> {
    fn clone(&self) -> Self {
        Self { value: Arc::clone(&self.value), print: self.print }
    }
}

impl<M> Meta<M> {
    fn same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.value, &other.value) || (self.print.is_some() && self.print == other.print)
    }
}

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
    /// Counts entries, for the order of joining.
    next: u64,
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

/// What is over, to be dropped when no lock is held: metas have the app's own `Drop`.
pub(crate) type Over<M> = Vec<Meta<M>>;

impl<M: Message> Room<M> {
    pub(super) fn new(key: Key, bounds: Bounds) -> Self {
        let state = State {
            tracks: Slab::new(),
            here: 0,
            entries: HashMap::default(),
            next: 0,
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
        state.entries.is_empty() && state.changed.is_empty() && state.away.is_empty()
    }

    /// Who is here, in the order of joining.
    pub(super) fn present(&self) -> Vec<Present<M>> {
        let state = self.state.lock();
        let here = state.entries.iter().filter(|(_, entry)| !entry.tracks.is_empty());
        in_order(here.map(|(who, entry)| (entry.order, present(who, &state.metas(entry)))))
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
        let mut over = Vec::new();
        let mut state = self.state.lock();
        if let Some(until) = state.tracks[id].away.take() {
            state.away.remove(&(until, id));
        }
        state.exit(id, &mut over);
        over.push(state.tracks.remove(id).meta);
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
        let mut over = Vec::new();
        let mut state = self.state.lock();
        let inbox = state.watchers.try_remove(seat);
        if state.watchers.is_empty() {
            for who in std::mem::take(&mut state.changed) {
                state.forget(&who, &mut over);
            }
        }
        (over, inbox)
    }

    /// What a watcher hears next: a change, or everybody in place of those it lost. Both are of one moment, so
    /// that the change that follows fits.
    pub(super) fn take(&self, inbox: &Inbox<Change<M>>) -> Option<Arc<Change<M>>> {
        let state = self.state.lock();
        match inbox.take()? {
            Taken::Message(change) => Some(change),
            Taken::Lost => Some(Arc::new(Change { everybody: Some(state.picture()), ..Change::none() })),
        }
    }

    /// When the room is to be looked at, if that is not planned yet.
    pub(super) fn plan(&self) -> Option<Instant> {
        self.state.lock().plan(self.bounds.every)
    }
}

impl<M: Message> Tell for Room<M> {
    fn tell(&self, now: Instant) -> Option<Instant> {
        let mut over = Vec::new();
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
            over.extend(self.entries.remove(who).and_then(|entry| entry.told).into_iter().flatten());
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
                    over.extend(entry.told.replace(metas).into_iter().flatten());
                }
            }
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
                over.extend(entry.told.replace(metas).into_iter().flatten());
            }
        }
        Change {
            everybody: None,
            joined: in_order(joined.into_iter()),
            updated: in_order(updated.into_iter()),
            left: in_order(left.into_iter()),
        }
    }

    /// Everybody, as watchers have been told.
    fn picture(&self) -> Vec<Present<M>> {
        let told =
            self.entries.iter().filter_map(|(who, entry)| Some((who, entry.order, entry.told.as_ref()?)));
        in_order(told.map(|(who, order, metas)| (order, present(who, metas))))
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

fn in_order<M>(people: impl Iterator<Item = (u64, Present<M>)>) -> Vec<Present<M>> {
    let mut people: Vec<_> = people.collect();
    people.sort_unstable_by_key(|person| person.0);
    people.into_iter().map(|person| person.1).collect()
}
