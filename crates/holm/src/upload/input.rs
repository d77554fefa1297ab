//! The inputs of a live island: what each takes, and whom to tell.

use std::collections::HashSet;
use std::sync::{Arc, OnceLock};

use parking_lot::Mutex;

use super::{Accepting, UploadEvent, UploadId};
use crate::cx::{Late, Port, SendError};
use crate::island::erased::AnyEvent;

/// Whose an upload is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    /// The page view; none for an island that viewers share.
    pub(crate) session: Option<u64>,
    pub(crate) instance: Box<str>,
}

/// An input that takes files: `data-live-upload` with its name.
pub(crate) struct Input {
    pub(crate) name: Box<str>,
    pub(crate) accepting: Accepting,
    port: Port,
    event: Box<dyn Fn(UploadEvent) -> AnyEvent + Send + Sync>,
    place: OnceLock<Place>,
    /// The files that are done and count.
    pub(crate) done: Mutex<HashSet<UploadId>>,
}

/// What a handler asks for.
pub(crate) enum Asked {
    Accept(Arc<Input>),
    Cancel(UploadId),
}

/// What is to be done of it once the island is not locked any more.
pub(crate) enum Settle {
    /// Uploads under way are this input's from now on. The one before goes, with what is the app's in it.
    Bind {
        input: Arc<Input>,
        before: Option<Arc<Input>>,
    },
    Cancel(UploadId, Place, Vec<Arc<Input>>),
}

/// The inputs of one island. Most have none.
#[derive(Default)]
#[allow(clippy::box_collection, reason = "eight bytes for the many islands that have none")]
pub(crate) struct Inputs(Option<Box<Vec<Arc<Input>>>>);

impl Input {
    pub(crate) fn new(
        name: &str,
        accepting: Accepting,
        port: Port,
        event: impl Fn(UploadEvent) -> AnyEvent + Send + Sync + 'static,
    ) -> Self {
        let (name, event) = (name.into(), Box::new(event));
        let done = Mutex::new(accepting.rules.done.iter().copied().collect());
        Self { name, accepting, port, event, place: OnceLock::new(), done }
    }

    /// Whose its uploads are; none before the island has taken it.
    pub(crate) fn place(&self) -> Option<&Place> {
        self.place.get()
    }

    /// The island's event for an upload's.
    pub(crate) fn event(&self, event: UploadEvent) -> AnyEvent {
        (self.event)(event)
    }

    /// Puts an event before the island that is made when its turn has come.
    pub(crate) fn send(&self, late: Late) -> Result<(), SendError> {
        let mailbox = self.port.mailbox.upgrade().ok_or(SendError::Gone)?;
        mailbox.deliver_late(self.port.slot, late)
    }
}

impl Inputs {
    /// The input of this name.
    pub(crate) fn get(&self, name: &str) -> Option<Arc<Input>> {
        self.0.iter().flat_map(|all| all.iter()).find(|input| *input.name == *name).cloned()
    }

    /// Takes in what a handler asked for.
    pub(crate) fn apply(&mut self, asked: Asked, place: impl FnOnce() -> Place) -> Settle {
        match asked {
            Asked::Accept(input) => {
                let _ = input.place.set(place());
                let all = self.0.get_or_insert_default();
                let before = if let Some(known) = all.iter_mut().find(|known| known.name == input.name) {
                    let done = std::mem::take(&mut *known.done.lock());
                    input.done.lock().extend(done);
                    Some(std::mem::replace(known, Arc::clone(&input)))
                } else {
                    all.push(Arc::clone(&input));
                    None
                };
                Settle::Bind { input, before }
            }
            Asked::Cancel(id) => {
                let all = self.0.as_deref().cloned().unwrap_or_default();
                for input in &all {
                    input.done.lock().remove(&id);
                }
                Settle::Cancel(id, place(), all)
            }
        }
    }
}
