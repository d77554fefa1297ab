//! The hub as an app holds it.

use std::sync::Arc;

use super::HubInner;
use crate::Principal;

/// A running app's hub: what is said to islands from elsewhere, and who is connected.
///
/// Taken from [`Live::hub`](crate::Live::hub) before the router is built, or as an extractor in a handler.
/// Cheap to clone; every clone is the same hub.
#[derive(Debug, Clone)]
pub struct Hub {
    pub(crate) inner: Arc<HubInner>,
}

impl Hub {
    pub(crate) fn of(inner: &Arc<HubInner>) -> Self {
        Self { inner: Arc::clone(inner) }
    }

    /// Cuts off every connection of this principal: at logout, or when its rights change. Its pages
    /// load again. Gives how many connections it had.
    pub fn disconnect(&self, principal: &Principal) -> usize {
        self.inner.disconnect(principal)
    }

    /// How many connections there are.
    pub fn connections(&self) -> usize {
        self.inner.total()
    }

    /// How many sessions wait for their pages to come back.
    pub fn parked(&self) -> usize {
        self.inner.lot.len()
    }

    /// Tells every page to come back later and closes its connection; waits until all have left
    /// or `Limits::drain` has passed.
    pub async fn drain(&self) {
        self.inner.drain().await;
    }
}
