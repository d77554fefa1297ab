//! What runs beside an island: its timers, tasks and loads, how many there may be, and that they end with it.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::task::AbortHandle;

use super::erased::AnyEvent;
use crate::hub::presence::track::Over;

/// A task in the making.
pub(crate) type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A load in the making.
pub(crate) struct Loading {
    pub(crate) key: Box<str>,
    pub(crate) over: Arc<AtomicBool>,
    pub(crate) task: Task,
    /// What the island hears in place of the result where there is no room for the task.
    pub(crate) refusal: AnyEvent,
}

/// What a load has brought, on its way to the island as an event.
pub(crate) struct Brought {
    /// Set when another load has taken this one's place.
    pub(crate) over: Arc<AtomicBool>,
    /// Calls the app's code.
    pub(crate) event: Box<dyn FnOnce() -> Option<AnyEvent> + Send>,
}

/// The event that a message is; `None` for the result of a load that another has taken the place of.
/// A load's own code may panic in it.
pub(crate) fn event_of(message: AnyEvent) -> Option<AnyEvent> {
    match message.downcast::<Brought>() {
        Ok(brought) if brought.over.load(Ordering::Acquire) => None,
        Ok(brought) => (brought.event)(),
        Err(event) => Some(event),
    }
}

/// The running tasks of one island. Dropped, they end.
#[derive(Default)]
pub(crate) struct Tasks(Vec<Running>);

struct Running {
    handle: AbortHandle,
    load: Option<Box<Key>>,
}

struct Key {
    name: Box<str>,
    over: Arc<AtomicBool>,
}

impl Tasks {
    /// Starts a task, or gives it back where there is no room, to be dropped where the app's own code may run.
    pub(crate) fn start(
        &mut self,
        task: Task,
        limit: usize,
        island: &str,
        spawn: impl FnOnce(Task) -> AbortHandle,
    ) -> Option<Over> {
        if !self.has_room(limit, island) {
            return Some(Box::new(task));
        }
        self.0.push(Running { handle: spawn(task), load: None });
        None
    }

    /// Starts a load in place of an earlier one under its key. Gives what is to be dropped where the app's own code
    /// may run and, where there is no room, an event to be handled instead.
    pub(crate) fn load(
        &mut self,
        load: Loading,
        limit: usize,
        island: &str,
        spawn: impl FnOnce(Task) -> AbortHandle,
    ) -> (Over, Option<AnyEvent>) {
        self.cancel(&load.key);
        let Loading { key, over, task, refusal } = load;
        if !self.has_room(limit, island) {
            return (Box::new(task), Some(refusal));
        }
        self.0.push(Running { handle: spawn(task), load: Some(Box::new(Key { name: key, over })) });
        (Box::new(refusal), None)
    }

    /// Ends the load under this key; what it has brought and nobody has handled is nothing any more.
    pub(crate) fn cancel(&mut self, key: &str) {
        self.0.retain(|running| {
            let same = running.load.as_ref().is_some_and(|load| *load.name == *key);
            if same {
                running.end();
            }
            !same
        });
    }

    /// Ends them all.
    pub(crate) fn end(&mut self) {
        self.0.drain(..).for_each(|running| running.end());
    }

    fn has_room(&mut self, limit: usize, island: &str) -> bool {
        self.0.retain(|running| !running.is_over());
        let room = self.0.len() < limit;
        if !room {
            tracing::error!(
                island,
                limit,
                "the island has too many timers, tasks and loads; this one is not started"
            );
        }
        room
    }
}

impl Running {
    fn end(&self) {
        self.handle.abort();
        if let Some(load) = &self.load {
            load.over.store(true, Ordering::Release);
        }
    }

    /// Whether nothing comes of it any more: a load's result may still wait for its turn.
    fn is_over(&self) -> bool {
        self.handle.is_finished() && self.load.as_ref().is_none_or(|load| Arc::strong_count(&load.over) == 1)
    }
}

impl Drop for Tasks {
    fn drop(&mut self) {
        self.end();
    }
}
