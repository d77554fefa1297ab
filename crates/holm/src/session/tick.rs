//! What a session does as time passes: pings, seals, forgets; and how it keeps a greedy page waiting.

use std::sync::Arc;
use std::time::Duration;

use holm_wire::Code;
use tokio::time::Instant;

use super::{End, Inner, Session};
use crate::hub::wheel::Wheel;
use crate::telemetry;

impl Session {
    /// The wheel's call: pings, drops a silent peer, seals what is quiet, forgets cold HTML.
    pub(crate) fn tick(self: &Arc<Self>) {
        let now = Instant::now();
        let limits = &self.core.limits;
        let mut inner = self.lock();
        if inner.patience.is_some_and(|until| until <= now) {
            // The connection is stuck with what it has to send, and does not see that it is over.
            let number = inner.link;
            drop(inner);
            self.detach(number);
            return;
        }
        let away = inner.end.or(inner.cut).is_some() || inner.ticket.is_some();
        if away || inner.scheduled.is_some_and(|at| at > now + Wheel::TICK) {
            // Nobody to tell, or called by an entry that an earlier one has overtaken.
            return;
        }
        if now.duration_since(inner.heard) >= self.endurance(&inner) {
            if inner.held.is_some() {
                // Between two requests there is no connection to tell.
                let number = inner.link;
                drop(inner);
                self.detach(number);
            } else {
                self.cut(inner, End::Code(Code::Silent));
            }
            return;
        }
        if now.duration_since(inner.pinged) >= limits.heartbeat {
            inner.pinged = now;
            inner.ping = true;
            self.waker.wake();
        }
        if inner.throttled.is_some_and(|until| until <= now) {
            inner.throttled = None;
            self.waker.wake();
        }
        self.seal_quiet(&mut inner, now);
        inner.scheduled = None;
        self.schedule(&mut inner);
    }

    /// How long nothing may be heard of the page.
    fn endurance(&self, inner: &Inner) -> Duration {
        let limits = &self.core.limits;
        if inner.held.is_some() { limits.poll_gap.min(limits.silence) } else { limits.silence }
    }

    /// Asks the wheel for a call when the next thing is due.
    pub(super) fn schedule(self: &Arc<Self>, inner: &mut Inner) {
        if inner.ticket.is_some() {
            return;
        }
        let limits = &self.core.limits;
        let seal = inner.slots.iter().filter_map(|slot| Some(slot.changed?.due(limits))).min();
        let due = (inner.pinged + limits.heartbeat).min(inner.heard + self.endurance(inner));
        let due = seal.into_iter().chain(inner.throttled).fold(due, Instant::min);
        let due = inner.slots.iter().filter_map(|slot| slot.renew).fold(due, Instant::min);
        let due = inner.patience.unwrap_or(due).min(Instant::now() + Wheel::SPAN);
        if inner.scheduled.is_none_or(|scheduled| due < scheduled) {
            inner.scheduled = Some(due);
            let delay = due.saturating_duration_since(Instant::now());
            self.hub().wheel.schedule(self.hub(), Arc::downgrade(self), delay);
        }
    }

    /// Takes tokens for a frame; without enough of them the page is not read for a while.
    pub(super) fn charge(self: &Arc<Self>, tokens: u64) {
        let now = Instant::now();
        let mut inner = self.lock();
        let wait = inner.bucket.take(tokens, now, &self.core.limits);
        if !wait.is_zero() {
            inner.throttled = Some(now + wait);
            telemetry::throttled();
            self.schedule(&mut inner);
        }
    }

    /// Gives a connection that has ended a while to see it, after which its place is free in any case.
    pub(super) fn lose_patience(self: &Arc<Self>, inner: &mut Inner) {
        inner.patience = Some(Instant::now() + self.core.limits.drain);
        inner.scheduled = None;
        self.schedule(inner);
    }
}
