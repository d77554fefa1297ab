//! One task that tells what changed, for all presences of an app.

use std::collections::BTreeMap;
use std::sync::{Arc, Weak};

use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::hub::HubInner;

/// A room that something is due in.
pub(super) trait Tell: Send + Sync {
    /// Does what is due; says when to be called again.
    fn tell(&self, now: Instant) -> Option<Instant>;
}

/// Which rooms are to be looked at, and when.
#[derive(Default)]
pub(super) struct Teller {
    due: Mutex<Due>,
    wake: Arc<Notify>,
}

#[derive(Default)]
struct Due {
    rooms: BTreeMap<(Instant, u64), Weak<dyn Tell>>,
    next: u64,
    running: bool,
}

impl std::fmt::Debug for Teller {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Teller").field("due", &self.due.lock().rooms.len()).finish_non_exhaustive()
    }
}

impl Teller {
    /// Has a room looked at. It needs a runtime.
    pub(super) fn schedule(&self, hub: &Arc<HubInner>, at: Instant, room: Weak<dyn Tell>) {
        let mut due = self.due.lock();
        due.put(at, room);
        if due.running {
            if due.rooms.first_key_value().is_some_and(|(first, _)| first.0 == at) {
                self.wake.notify_one();
            }
        } else {
            due.running = true;
            tokio::spawn(look_after(Arc::downgrade(hub), Arc::clone(&self.wake)));
        }
    }

    /// Looks at the rooms that are due; says when the next is.
    fn turn(&self) -> Option<Instant> {
        loop {
            let now = Instant::now();
            let mut due = self.due.lock();
            let Some(entry) = due.rooms.first_entry() else {
                due.running = false;
                return None;
            };
            if entry.key().0 > now {
                return Some(entry.key().0);
            }
            let room = entry.remove();
            drop(due);
            let again = room.upgrade().and_then(|room| room.tell(now));
            if let Some(at) = again {
                self.due.lock().put(at, room);
            }
        }
    }
}

impl Due {
    fn put(&mut self, at: Instant, room: Weak<dyn Tell>) {
        self.next += 1;
        self.rooms.insert((at, self.next), room);
    }
}

async fn look_after(hub: Weak<HubInner>, wake: Arc<Notify>) {
    loop {
        let Some(next) = hub.upgrade().and_then(|hub| hub.presences.teller.turn()) else { return };
        tokio::select! {
            () = tokio::time::sleep_until(next) => {}
            () = wake.notified() => {}
        }
    }
}
