//! The lock around a session, and what is dropped behind it.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use parking_lot::MutexGuard;

use super::Inner;
use super::slot::Slot;
use crate::hub::presence::track::Over;
use crate::island::erased::Erased;

/// What an app's own `Drop` may stand in.
pub(super) enum Trash {
    State(#[expect(dead_code, reason = "dropped")] Box<dyn Erased>),
    Over(#[expect(dead_code, reason = "dropped")] Vec<Over>),
    Shared(#[expect(dead_code, reason = "dropped")] Vec<Arc<dyn Erased>>),
    Slot(#[expect(dead_code, reason = "dropped")] Box<Slot>),
}

/// The locked session. What was put into its trash is dropped after the lock: a `Drop` of the app's may
/// send to this very island.
pub(super) struct Guard<'a>(Option<MutexGuard<'a, Inner>>);

impl<'a> Guard<'a> {
    pub(super) fn new(inner: MutexGuard<'a, Inner>) -> Self {
        Self(Some(inner))
    }
}

impl Deref for Guard<'_> {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        self.0.as_deref().expect("held until it is dropped")
    }
}

impl DerefMut for Guard<'_> {
    fn deref_mut(&mut self) -> &mut Inner {
        self.0.as_deref_mut().expect("held until it is dropped")
    }
}

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        let trash = self.0.as_mut().map(|inner| std::mem::take(&mut inner.trash));
        drop(self.0.take());
        drop(trash);
    }
}
