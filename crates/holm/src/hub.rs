//! Who is here: every connection, by page and by principal, and the counts that pages show.
//!
//! Called by sessions as they come and go. Knows no frame and no transport.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock, Weak};
use std::time::Duration;

use dashmap::DashMap;
use foldhash::fast::FixedState;
use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::session::Session;
use crate::shared::all::All;
use crate::upload::all::All as Uploads;
use crate::{Limits, Principal};

pub(crate) mod addresses;
pub(crate) mod guests;
mod handle;
pub(crate) mod lot;
pub(crate) mod presence;
pub(crate) mod tombstones;
pub(crate) mod topics;
pub(crate) mod wheel;

use addresses::{AddressSeat, Addresses};
use guests::Guests;
pub use handle::Hub;
use lot::Lot;
use presence::Presences;
use tombstones::Tombstones;
use topics::Topics;
use wheel::Wheel;

/// The connections of one app.
#[derive(Debug, Default)]
pub(crate) struct HubInner {
    total: AtomicUsize,
    /// Every session, connected or parked.
    sessions: DashMap<u64, Weak<Session>, FixedState>,
    /// Held while a session takes an identity or lets go of one, so that two never share it.
    pub(crate) identities: Mutex<()>,
    pages: DashMap<Arc<str>, PageCount, FixedState>,
    principals: DashMap<Arc<str>, Vec<u64>, FixedState>,
    total_watchers: Mutex<Vec<Weak<Session>>>,
    changed: Mutex<Changed>,
    flushing: AtomicBool,
    draining: AtomicBool,
    /// Whether the app's router is gone, so that nobody can come back.
    over: AtomicBool,
    left: Notify,
    limits: OnceLock<(Duration, Duration)>,
    pub(crate) wheel: Wheel,
    pub(crate) lot: Lot,
    pub(crate) tombstones: Tombstones,
    pub(crate) addresses: Arc<Addresses>,
    pub(crate) shared: All,
    pub(crate) topics: Topics,
    pub(crate) presences: Presences,
    /// Connections that are no pages'.
    pub(crate) guests: Guests,
    pub(crate) uploads: Arc<Uploads>,
}

#[derive(Debug, Default)]
struct PageCount {
    count: usize,
    watchers: Vec<Weak<Session>>,
}

#[derive(Debug, Default)]
struct Changed {
    pages: HashSet<Arc<str>>,
    total: bool,
    flushed: Option<Instant>,
}

/// One place under the cap, given back when dropped.
#[derive(Debug)]
pub(crate) struct Seat {
    hub: Arc<HubInner>,
    /// The place under the cap of the client's address, where that is counted.
    pub(crate) address: Option<AddressSeat>,
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.hub.total.fetch_sub(1, Ordering::AcqRel);
        crate::telemetry::disconnected();
        self.hub.touch(None, true);
        self.hub.left.notify_waiters();
    }
}

impl HubInner {
    pub(crate) fn settle(&self, limits: &Limits) {
        let _ = self.limits.set((limits.presence_every, limits.drain));
    }

    /// Takes a place, or `None` at the cap or while draining.
    pub(crate) fn seat(self: &Arc<Self>, cap: usize) -> Option<Seat> {
        if self.draining.load(Ordering::Acquire) {
            return None;
        }
        let below = |total: usize| (total < cap).then_some(total + 1);
        self.total.fetch_update(Ordering::AcqRel, Ordering::Acquire, below).ok()?;
        self.touch(None, true);
        crate::telemetry::connected();
        Some(Seat { hub: Arc::clone(self), address: None })
    }

    pub(crate) fn total(&self) -> usize {
        self.total.load(Ordering::Acquire)
    }

    /// How long a drain may take.
    pub(crate) fn drain_time(&self) -> Duration {
        self.limits.get().map_or(Duration::ZERO, |limits| limits.1)
    }

    /// A guest's connection has ended: a drain that waits looks again.
    pub(crate) fn guest_left(&self) {
        self.left.notify_waiters();
    }

    pub(crate) fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Acquire)
    }

    /// Makes a session findable until it is forgotten.
    pub(crate) fn enrol(&self, id: u64, session: &Arc<Session>, principal: &Principal) {
        self.sessions.insert(id, Arc::downgrade(session));
        if let Some(who) = principal.id() {
            self.principals.entry(Arc::from(who)).or_default().push(id);
        }
    }

    /// Forgets what [`HubInner::enrol`] noted of a session.
    pub(crate) fn forget(&self, id: u64, session: &Session, principal: &Principal) {
        // A successor of the same page may have the id by now.
        self.sessions.remove_if(&id, |_, other| std::ptr::eq(other.as_ptr(), session));
        if let Some(who) = principal.id() {
            if let Some(mut ids) = self.principals.get_mut(who) {
                ids.retain(|other| *other != id);
            }
            self.principals.remove_if(who, |_, ids| ids.is_empty());
        }
    }

    /// A session looks at a page now.
    pub(crate) fn enter(&self, path: &Arc<str>, session: &Arc<Session>, page: bool, total: bool) {
        let mut entry = self.pages.entry(Arc::clone(path)).or_default();
        entry.count += 1;
        if page {
            entry.watchers.push(Arc::downgrade(session));
        }
        drop(entry);
        if total {
            self.total_watchers.lock().push(Arc::downgrade(session));
        }
        self.touch(Some(path), total);
    }

    /// A session looks at a page no longer.
    pub(crate) fn leave(&self, path: &Arc<str>, session: &Session) {
        let other = |watcher: &Weak<Session>| !std::ptr::eq(watcher.as_ptr(), session);
        if let Some(mut page) = self.pages.get_mut(path) {
            page.count -= 1;
            page.watchers.retain(other);
        }
        self.pages.remove_if(path, |_, page| page.count == 0);
        self.total_watchers.lock().retain(other);
        self.touch(Some(path), false);
    }

    /// How many connections look at this page.
    pub(crate) fn count(&self, path: &str) -> usize {
        self.pages.get(path).map_or(0, |page| page.count)
    }

    /// Notes that counts changed; they are told once per `Limits::presence_every`.
    fn touch(&self, page: Option<&Arc<str>>, total: bool) {
        let mut changed = self.changed.lock();
        changed.pages.extend(page.cloned());
        changed.total |= total;
    }

    /// Has the watchers of the total told again with the next telling.
    pub(crate) fn remind_total(self: &Arc<Self>) {
        self.touch(None, true);
        self.tell();
    }

    /// Tells watchers of changed counts, now or when the last telling is old enough.
    pub(crate) fn tell(self: &Arc<Self>) {
        // A session that is dropped with its runtime has nobody left to tell.
        let alive = tokio::runtime::Handle::try_current().is_ok();
        if !alive || self.flushing.swap(true, Ordering::AcqRel) {
            return;
        }
        let every = self.limits.get().map_or(Duration::ZERO, |limits| limits.0);
        let hub = Arc::clone(self);
        tokio::spawn(async move {
            let due = hub.changed.lock().flushed.map(|flushed| flushed + every);
            if let Some(due) = due {
                tokio::time::sleep_until(due).await;
            }
            for session in hub.take_changed() {
                session.presence_due();
            }
            hub.flushing.store(false, Ordering::Release);
            if hub.has_changed() {
                hub.tell();
            }
        });
    }

    fn has_changed(&self) -> bool {
        let changed = self.changed.lock();
        changed.total || !changed.pages.is_empty()
    }

    fn take_changed(&self) -> Vec<Arc<Session>> {
        let (pages, total) = {
            let mut changed = self.changed.lock();
            changed.flushed = Some(Instant::now());
            (std::mem::take(&mut changed.pages), std::mem::take(&mut changed.total))
        };
        let mut due = Vec::new();
        for page in pages {
            if let Some(page) = self.pages.get(&page) {
                due.extend(page.watchers.iter().filter_map(Weak::upgrade));
            }
        }
        if total {
            due.extend(self.total_watchers.lock().iter().filter_map(Weak::upgrade));
        }
        due
    }

    /// Ends every session of a principal.
    pub(crate) fn disconnect(&self, principal: &Principal) -> usize {
        let Some(who) = principal.id() else { return 0 };
        let ids = self.principals.get(who).map(|ids| ids.clone()).unwrap_or_default();
        let sessions: Vec<_> = ids.iter().filter_map(|id| self.session(*id)).collect();
        for session in &sessions {
            session.end(crate::session::End::Code(holm_wire::Code::Disconnected));
        }
        self.uploads.disconnect(principal);
        sessions.len() + self.guests.disconnect(principal)
    }

    /// The session with this id, connected or parked.
    pub(crate) fn session(&self, id: u64) -> Option<Arc<Session>> {
        self.sessions.get(&id).and_then(|session| session.upgrade())
    }

    /// Whether a session may wait for its page.
    pub(crate) fn parks(&self) -> bool {
        !self.is_draining() && !self.over.load(Ordering::Acquire)
    }

    /// Ends the sessions that no connection holds, now and from now on.
    pub(crate) fn let_go(&self) {
        self.over.store(true, Ordering::Release);
        self.lot.clear();
        self.shared.clear();
        self.uploads.let_go();
        let sessions: Vec<_> = self.sessions.iter().filter_map(|entry| entry.value().upgrade()).collect();
        for session in sessions {
            session.let_go();
        }
    }

    /// Refuses newcomers, seals and closes every session, and waits for them to leave.
    pub(crate) async fn drain(&self) {
        self.draining.store(true, Ordering::Release);
        // Who is away comes back to the next server, with its seals.
        self.lot.clear();
        let sessions: Vec<_> = self.sessions.iter().filter_map(|entry| entry.value().upgrade()).collect();
        for session in sessions {
            session.end(crate::session::End::Restart);
        }
        self.guests.drain();
        let limit = self.drain_time();
        let empty = async {
            loop {
                let left = self.left.notified();
                if self.total() + self.guests.count() == 0 {
                    return;
                }
                left.await;
            }
        };
        let (empty, ()) = tokio::join!(tokio::time::timeout(limit, empty), self.uploads.drain(limit / 2));
        if empty.is_err() {
            let connections = self.total() + self.guests.count();
            tracing::warn!(connections, "the drain ended with connections still open");
        }
    }
}
