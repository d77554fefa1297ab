//! Connections that belong to no page, such as those of realtime channels: the hub ends them with the rest.

use std::sync::{Arc, Weak};

use parking_lot::Mutex;

use crate::Principal;

/// A house of connections of its own kind that shares the hub's life.
pub(crate) trait Guest: std::fmt::Debug + Send + Sync {
    /// Tells every connection that the server goes, and takes none any more.
    fn drain(&self);

    /// Ends every connection of this principal; gives how many it had.
    fn disconnect(&self, principal: &Principal) -> usize;

    /// How many connections there are, those that are still saying goodbye included.
    fn count(&self) -> usize;
}

/// All of them. Called without its lock held, since a guest wakes and drops what it likes.
#[derive(Debug, Default)]
pub(crate) struct Guests(Mutex<Vec<Weak<dyn Guest>>>);

impl Guests {
    pub(crate) fn add(&self, guest: Weak<dyn Guest>) {
        let mut guests = self.0.lock();
        guests.retain(|guest| guest.strong_count() > 0);
        guests.push(guest);
    }

    fn all(&self) -> Vec<Arc<dyn Guest>> {
        self.0.lock().iter().filter_map(Weak::upgrade).collect()
    }

    pub(crate) fn drain(&self) {
        self.all().iter().for_each(|guest| guest.drain());
    }

    pub(crate) fn disconnect(&self, principal: &Principal) -> usize {
        self.all().iter().map(|guest| guest.disconnect(principal)).sum()
    }

    pub(crate) fn count(&self) -> usize {
        self.all().iter().map(|guest| guest.count()).sum()
    }
}
