//! What islands say of themselves, and what is over of it.

use std::sync::Arc;

use super::Change;

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
    pub(super) fn same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.value, &other.value) || (self.print.is_some() && self.print == other.print)
    }
}

/// What is over, to be dropped when no lock is held: metas have the app's own `Drop`.
pub(crate) struct Over<M> {
    pub(super) metas: Vec<Meta<M>>,
    pub(super) picture: Option<Arc<Change<M>>>,
}

impl<M> Over<M> {
    pub(super) fn new() -> Self {
        Self { metas: Vec::new(), picture: None }
    }
}
