//! The shared islands that live, by name and key; those that nobody watches end after a while.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Weak};
use std::time::Duration;

use foldhash::fast::FixedState;
use holm_wire::Code;
use parking_lot::Mutex;
use tokio::time::Instant;

use super::{Refusal, Shared, View};
use crate::hub::HubInner;
use crate::live::Core;
use crate::session::Session;

/// Every shared island of an app.
#[derive(Debug, Default)]
pub(crate) struct All {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    living: HashMap<(&'static str, Box<str>), Place, FixedState>,
    /// Those nobody watches, by ticket; tickets grow, and all wait equally long, so the first is the oldest.
    idle: BTreeMap<u64, Idle>,
    /// The last ticket or viewer's number.
    last: u64,
    /// How many islands have come to life.
    ids: u64,
    /// Whether a task looks after those whose time is over.
    watched: bool,
    /// Whether the app is gone, so that nothing is to come to life.
    over: bool,
}

#[derive(Debug)]
struct Place {
    shared: Arc<Shared>,
    /// Its ticket, while nobody watches it.
    idle: Option<u64>,
}

#[derive(Debug)]
struct Idle {
    shared: Weak<Shared>,
    until: Instant,
}

impl All {
    /// The island of this name and key, if it lives.
    pub(crate) fn find(&self, name: &'static str, key: &str) -> Option<Arc<Shared>> {
        let inner = self.inner.lock();
        inner.living.get(&(name, Box::from(key))).map(|place| Arc::clone(&place.shared))
    }

    /// The island of this name and key, brought to life if need be; [`Shared::begin`] is the caller's to call,
    /// when it holds no lock. One that nobody watches is given its time anew.
    ///
    /// # Errors
    /// When there is no such island, its `open` panics, or there are too many.
    pub(crate) fn open(&self, core: &Arc<Core>, name: &str, key: &str) -> Result<Arc<Shared>, Refusal> {
        let Some((name, kind)) = core.registry.shared(name) else {
            return Err((Code::UnknownIsland, "There is no shared island of this name.".to_owned()));
        };
        if let Some(shared) = self.find(name, key) {
            self.touch(&shared);
            return Ok(shared);
        }
        let opened = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| (kind.open)(key)));
        let state = opened
            .map_err(|_| (Code::RestoreFailed, "Something went wrong on the server.".to_owned()))?
            .into();
        let limits = &core.limits;
        let mut inner = self.inner.lock();
        let mut gone = None;
        let full = inner.over || {
            let full = inner.living.len() >= limits.shared && !inner.living.contains_key(&(name, key.into()));
            if full {
                gone = inner.pop_idle();
            }
            full && gone.is_none()
        };
        if full {
            drop(inner);
            return Err((Code::TooManyShared, "Too much is going on here. Try again in a moment.".to_owned()));
        }
        inner.ids += 1;
        // Sessions' own islands have odd ids.
        let id = 2 * inner.ids;
        let place = inner.living.entry((name, key.into()));
        let fresh = matches!(place, std::collections::hash_map::Entry::Vacant(_));
        // Of two that came at once, the first counts; the other's state is dropped behind the lock.
        let mut state = Some(state);
        let shared = Arc::clone(
            &place
                .or_insert_with(|| {
                    let state = state.take().expect("taken once");
                    Place { shared: Shared::new(id, name, key, kind, state, core), idle: None }
                })
                .shared,
        );
        let watch = fresh && inner.rest(&shared, limits.shared_idle);
        drop(inner);
        drop(state);
        end(gone);
        if watch {
            tokio::spawn(look_after(Arc::downgrade(&core.hub)));
        }
        Ok(shared)
    }

    /// Gives one that nobody watches its time anew.
    fn touch(&self, shared: &Arc<Shared>) {
        let mut inner = self.inner.lock();
        let idle = inner.place(shared).and_then(|place| place.idle.take());
        if let Some(ticket) = idle {
            inner.idle.remove(&ticket);
            inner.rest(shared, shared.limits().shared_idle);
        }
    }

    /// A session looks at it, whose page shows HTML of this hash. `None` when it has ended meanwhile.
    pub(crate) fn watch(&self, shared: &Arc<Shared>, session: &Arc<Session>, hash: u64) -> Option<View> {
        let mut inner = self.inner.lock();
        let idle = inner.place(shared)?.idle.take();
        if let Some(ticket) = idle {
            inner.idle.remove(&ticket);
        }
        inner.last += 1;
        let number = inner.last;
        let place = shared.viewers.lock().insert(Arc::downgrade(session));
        Some(View::new(Arc::clone(shared), place, number, hash))
    }

    /// A viewer has left.
    pub(super) fn leave(&self, shared: &Arc<Shared>, place: usize) {
        let mut inner = self.inner.lock();
        let mut viewers = shared.viewers.lock();
        let viewer = viewers.try_remove(place);
        let empty = viewers.is_empty();
        if empty {
            *viewers = slab::Slab::new();
        }
        drop(viewers);
        let watch = empty && inner.place(shared).is_some() && inner.rest(shared, shared.limits().shared_idle);
        drop(inner);
        drop(viewer);
        if watch && tokio::runtime::Handle::try_current().is_ok() {
            shared.runtime.spawn(look_after(Arc::downgrade(&shared.core.hub)));
        }
    }

    /// It has ended.
    pub(super) fn remove(&self, shared: &Arc<Shared>) {
        let mut inner = self.inner.lock();
        let gone = inner.take(shared);
        drop(inner);
        drop(gone);
    }

    /// The app is gone: nothing comes to life any more.
    pub(crate) fn clear(&self) {
        let mut inner = self.inner.lock();
        inner.over = true;
        inner.idle.clear();
        let gone = std::mem::take(&mut inner.living);
        drop(inner);
        end(gone.into_values());
    }

    /// How many live.
    pub(crate) fn len(&self) -> usize {
        self.inner.lock().living.len()
    }

    /// Ends those whose time is over, and tells when the next is due; `None` when none waits.
    fn sweep(&self) -> Option<Instant> {
        let now = Instant::now();
        let mut inner = self.inner.lock();
        let mut gone = Vec::new();
        let next = loop {
            match inner.idle.first_key_value().map(|(_, idle)| idle.until) {
                Some(until) if until <= now => gone.extend(inner.pop_idle()),
                next => break next,
            }
        };
        inner.watched = next.is_some();
        drop(inner);
        end(gone);
        next
    }
}

impl Inner {
    fn place(&mut self, shared: &Shared) -> Option<&mut Place> {
        let place = self.living.get_mut(&(shared.name, shared.key.clone()))?;
        std::ptr::eq(&raw const *place.shared, shared).then_some(place)
    }

    /// Notes that nobody watches it; gives whether a task is to look after that.
    fn rest(&mut self, shared: &Arc<Shared>, time: Duration) -> bool {
        self.last += 1;
        let ticket = self.last;
        let Some(place) = self.place(shared) else { return false };
        place.idle = Some(ticket);
        self.idle.insert(ticket, Idle { shared: Arc::downgrade(shared), until: Instant::now() + time });
        !std::mem::replace(&mut self.watched, true)
    }

    fn take(&mut self, shared: &Shared) -> Option<Place> {
        self.place(shared)?;
        let gone = self.living.remove(&(shared.name, shared.key.clone()))?;
        if let Some(ticket) = gone.idle {
            self.idle.remove(&ticket);
        }
        Some(gone)
    }

    /// Lets go of the one that nobody has watched for longest.
    fn pop_idle(&mut self) -> Option<Place> {
        let (_, idle) = self.idle.pop_first()?;
        let shared = idle.shared.upgrade()?;
        // The place holds it too, so that it is not dropped here.
        self.take(&shared)
    }
}

fn end(gone: impl IntoIterator<Item = Place>) {
    for place in gone {
        place.shared.close((Code::NotJoined, "This has ended.".to_owned()));
    }
}

async fn look_after(hub: Weak<HubInner>) {
    loop {
        let Some(next) = hub.upgrade().and_then(|hub| hub.shared.sweep()) else { return };
        tokio::time::sleep_until(next).await;
    }
}
