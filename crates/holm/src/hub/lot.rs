//! Sessions without a connection, kept for a while in case their page comes back.
//!
//! Bounded in number, in bytes and in time; whichever bound is met, the oldest goes first.

use std::collections::BTreeMap;
use std::sync::{Arc, Weak};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;

use super::HubInner;
use crate::session::Session;

/// Where sessions wait.
#[derive(Debug, Default)]
pub(crate) struct Lot {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    /// By ticket; tickets grow, and all wait equally long, so the first is the oldest.
    parked: BTreeMap<u64, Parked>,
    bytes: usize,
    next: u64,
    /// Whether a task looks after those whose time is over.
    watched: bool,
}

#[derive(Debug)]
struct Parked {
    session: Arc<Session>,
    size: usize,
    until: Instant,
}

/// How much may wait.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Room {
    pub(crate) sessions: usize,
    pub(crate) bytes: usize,
    pub(crate) time: Duration,
}

impl Lot {
    /// A number for the next session to park; its parking is complete with [`Lot::park`].
    pub(crate) fn ticket(&self) -> u64 {
        let mut inner = self.inner.lock();
        inner.next += 1;
        inner.next
    }

    /// Keeps a session of about so many bytes, and lets go of the oldest where there is no room.
    pub(crate) fn park(
        &self,
        hub: &Arc<HubInner>,
        ticket: u64,
        session: Arc<Session>,
        size: usize,
        room: Room,
    ) {
        let until = Instant::now() + room.time;
        let mut inner = self.inner.lock();
        inner.bytes += size;
        inner.parked.insert(ticket, Parked { session, size, until });
        let mut gone = Vec::new();
        while inner.parked.len() > room.sessions || inner.bytes > room.bytes {
            let Some(oldest) = inner.pop_oldest() else { break };
            gone.push(oldest);
        }
        let watch = !std::mem::replace(&mut inner.watched, true);
        drop(inner);
        end(gone);
        if watch {
            tokio::spawn(look_after(Arc::downgrade(hub)));
        }
    }

    /// Lets go of a session whose page has come back.
    pub(crate) fn take(&self, ticket: u64) {
        let taken = self.inner.lock().remove(ticket);
        drop(taken);
    }

    /// How many sessions wait.
    pub(crate) fn len(&self) -> usize {
        self.inner.lock().parked.len()
    }

    /// Ends all that wait.
    pub(crate) fn clear(&self) {
        let mut inner = self.inner.lock();
        inner.bytes = 0;
        let gone: Vec<_> = std::mem::take(&mut inner.parked)
            .into_iter()
            .map(|(ticket, parked)| (ticket, parked.session))
            .collect();
        drop(inner);
        end(gone);
    }

    /// Ends those whose time is over, and tells when the next is due; `None` when none waits.
    fn sweep(&self) -> Option<Instant> {
        let now = Instant::now();
        let mut inner = self.inner.lock();
        let mut gone = Vec::new();
        let next = loop {
            match inner.parked.first_key_value().map(|(_, parked)| parked.until) {
                Some(until) if until <= now => gone.extend(inner.pop_oldest()),
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
    fn pop_oldest(&mut self) -> Option<(u64, Arc<Session>)> {
        let ticket = *self.parked.first_key_value()?.0;
        Some((ticket, self.remove(ticket)?))
    }

    fn remove(&mut self, ticket: u64) -> Option<Arc<Session>> {
        let parked = self.parked.remove(&ticket)?;
        self.bytes -= parked.size;
        Some(parked.session)
    }
}

fn end(gone: Vec<(u64, Arc<Session>)>) {
    for (ticket, session) in gone {
        session.expire(ticket);
    }
}

async fn look_after(hub: Weak<HubInner>) {
    loop {
        let Some(next) = hub.upgrade().and_then(|hub| hub.lot.sweep()) else { return };
        tokio::time::sleep_until(next).await;
    }
}
