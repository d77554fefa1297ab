//! One timer for all sessions: an idle connection costs a pointer here, and no timer of its own.

use std::sync::{Arc, Weak};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;

use crate::session::Session;

/// How finely sessions' due times are told apart.
const TICK: Duration = Wheel::TICK;
/// How many ticks ahead a due time may lie.
const BUCKETS: usize = 2_048;

/// Wakes sessions when something of theirs is due.
#[derive(Debug, Default)]
pub(crate) struct Wheel {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    buckets: Vec<Vec<Weak<Session>>>,
    /// The bucket that fires next.
    next: usize,
    waiting: usize,
    running: bool,
}

impl Wheel {
    /// The time between two turns.
    pub(crate) const TICK: Duration = Duration::from_millis(50);
    /// How far ahead a due time may lie.
    pub(crate) const SPAN: Duration = Duration::from_secs(100);

    /// Calls `session.tick()` in about `delay`, which is at most [`Wheel::SPAN`].
    pub(crate) fn schedule(
        self: &Wheel,
        hub: &Arc<super::HubInner>,
        session: Weak<Session>,
        delay: Duration,
    ) {
        let mut state = self.state.lock();
        if state.buckets.is_empty() {
            state.buckets.resize_with(BUCKETS, Vec::new);
        }
        let ticks = usize::try_from(delay.as_nanos().div_ceil(TICK.as_nanos())).unwrap_or(BUCKETS);
        let bucket = (state.next + ticks.min(BUCKETS - 1)) % BUCKETS;
        state.buckets[bucket].push(session);
        state.waiting += 1;
        if !state.running {
            state.running = true;
            tokio::spawn(turn(Arc::downgrade(hub)));
        }
    }

    /// Takes the next bucket; `None` when nothing waits any more and the wheel stops.
    fn advance(&self) -> Option<Vec<Weak<Session>>> {
        let mut state = self.state.lock();
        if state.waiting == 0 {
            state.running = false;
            return None;
        }
        let next = state.next;
        state.next = (next + 1) % BUCKETS;
        let due = std::mem::take(&mut state.buckets[next]);
        state.waiting -= due.len();
        Some(due)
    }
}

#[cfg(test)]
impl Wheel {
    /// How many entries wait.
    pub(crate) fn waiting(&self) -> usize {
        self.state.lock().waiting
    }
}

async fn turn(hub: Weak<super::HubInner>) {
    let mut at = Instant::now();
    loop {
        at += TICK;
        tokio::time::sleep_until(at).await;
        let Some(due) = hub.upgrade().and_then(|hub| hub.wheel.advance()) else { return };
        for session in due.into_iter().filter_map(|session| session.upgrade()) {
            session.tick();
        }
    }
}
