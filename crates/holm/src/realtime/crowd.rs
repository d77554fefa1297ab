//! All connections: by id, by principal, and how many there may be.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Weak};

use parking_lot::Mutex;

use super::post::Paces;
use super::rooms::Rooms;
use super::{Broadcast, Connection, End, Event, Item, SocketId};
use crate::Principal;
use crate::hub::Hub;
use crate::hub::addresses::AddressSeat;
use crate::hub::guests::Guest;

/// Everybody who is connected, and the channels they are in.
#[derive(Debug, Default)]
pub(crate) struct Crowd {
    list: Mutex<List>,
    pub(crate) rooms: Arc<Rooms>,
    pub(crate) paces: Paces,
    count: AtomicUsize,
    /// Connections that are over, but whose hooks are not.
    leaving: AtomicUsize,
    draining: AtomicBool,
    /// Whether the hub knows.
    introduced: AtomicBool,
}

#[derive(Debug, Default)]
struct List {
    by_id: HashMap<SocketId, Arc<Connection>>,
    by_principal: HashMap<Arc<str>, HashSet<SocketId>>,
}

/// One place under the cap, given back when dropped.
#[derive(Debug)]
pub(crate) struct Seat {
    crowd: Arc<Crowd>,
    hub: Hub,
    /// The place under the cap of the client's address, where that is counted.
    _address: Option<AddressSeat>,
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.crowd.count.fetch_sub(1, Ordering::AcqRel);
        crate::telemetry::realtime_disconnected();
        self.hub.inner.guest_left();
    }
}

/// Holds a drain up while the hooks of a connection that is over still run.
#[derive(Debug)]
pub(crate) struct Leaving(Arc<Crowd>, Hub);

impl Drop for Leaving {
    fn drop(&mut self) {
        self.0.leaving.fetch_sub(1, Ordering::AcqRel);
        self.1.inner.guest_left();
    }
}

impl Crowd {
    /// Has the hub know of these connections.
    pub(crate) fn introduce(self: &Arc<Self>, hub: &Hub) {
        if !self.introduced.swap(true, Ordering::AcqRel) {
            let guest: Weak<Self> = Arc::downgrade(self);
            hub.inner.guests.add(guest);
        }
    }

    /// Takes a place, or `None` at the cap or while draining.
    pub(crate) fn seat(
        self: &Arc<Self>,
        most: usize,
        hub: &Hub,
        address: Option<AddressSeat>,
    ) -> Option<Seat> {
        if self.is_draining(hub) {
            return None;
        }
        let below = |count: usize| (count < most).then_some(count + 1);
        self.count.fetch_update(Ordering::AcqRel, Ordering::Acquire, below).ok()?;
        crate::telemetry::realtime_connected();
        Some(Seat { crowd: Arc::clone(self), hub: hub.clone(), _address: address })
    }

    pub(crate) fn is_draining(&self, hub: &Hub) -> bool {
        self.draining.load(Ordering::Acquire) || hub.inner.is_draining()
    }

    pub(crate) fn leaving(self: &Arc<Self>, hub: &Hub) -> Leaving {
        self.leaving.fetch_add(1, Ordering::AcqRel);
        Leaving(Arc::clone(self), hub.clone())
    }

    pub(crate) fn len(&self) -> usize {
        self.count.load(Ordering::Acquire)
    }

    pub(crate) fn add(&self, connection: &Arc<Connection>) {
        let mut list = self.list.lock();
        list.by_id.insert(connection.id(), Arc::clone(connection));
        if let Some(who) = connection.identity.visitor.principal.id() {
            list.by_principal.entry(Arc::from(who)).or_default().insert(connection.id());
        }
        drop(list);
        // A drain that went through the list before this one was in it.
        if self.draining.load(Ordering::Acquire) {
            connection.end(End::Restart);
        }
    }

    pub(crate) fn remove(&self, connection: &Connection) {
        let mut list = self.list.lock();
        let removed = list.by_id.remove(&connection.id());
        if let Some(who) = connection.identity.visitor.principal.id()
            && let Some(ids) = list.by_principal.get_mut(who)
        {
            ids.remove(&connection.id());
            if ids.is_empty() {
                list.by_principal.remove(who);
            }
        }
        drop(list);
        drop(removed);
    }

    pub(crate) fn find(&self, id: SocketId) -> Option<Arc<Connection>> {
        self.list.lock().by_id.get(&id).cloned()
    }

    fn of_principal(&self, principal: &Principal) -> Vec<Arc<Connection>> {
        let Some(who) = principal.id() else { return Vec::new() };
        let list = self.list.lock();
        let ids = list.by_principal.get(who);
        ids.into_iter().flatten().filter_map(|id| list.by_id.get(id).cloned()).collect()
    }

    /// Tells every connection but one; gives how many took it.
    pub(crate) fn tell(&self, event: Event, except: Option<SocketId>) -> usize {
        let event = Broadcast::new(None, event, None);
        // In the order of the lock, so that two events reach everybody in one order.
        let list = self.list.lock();
        let others = list.by_id.values().filter(|connection| Some(connection.id()) != except);
        others.filter(|connection| connection.push(item(&event))).count()
    }

    /// Tells every connection of a principal; gives how many took it.
    pub(crate) fn tell_principal(&self, principal: &Principal, event: Event) -> usize {
        let event = Broadcast::new(None, event, None);
        self.of_principal(principal).iter().filter(|connection| connection.push(item(&event))).count()
    }

    fn all(&self) -> Vec<Arc<Connection>> {
        self.list.lock().by_id.values().cloned().collect()
    }
}

fn item(event: &Arc<Broadcast>) -> Item {
    Item::Event { sub: None, event: Arc::clone(event) }
}

impl Guest for Crowd {
    fn drain(&self) {
        self.draining.store(true, Ordering::Release);
        self.all().iter().for_each(|connection| connection.end(End::Restart));
    }

    fn disconnect(&self, principal: &Principal) -> usize {
        let connections = self.of_principal(principal);
        let end = End::Code(holm_wire::Code::Disconnected);
        connections.iter().for_each(|connection| connection.end(end));
        connections.len()
    }

    fn count(&self) -> usize {
        self.len() + self.leaving.load(Ordering::Acquire)
    }
}
