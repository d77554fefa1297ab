//! Being without a connection: how a session waits for its page, and for how long.

use std::sync::Arc;

use super::{End, Guard, Inner, Session, sentence_of};
use crate::hub::lot::Room;
use crate::telemetry;
use holm_wire::Code;

/// What a session takes beside its islands' states: a round figure for the bound on bytes.
const SESSION_BYTES: usize = 1_024;
const ISLAND_BYTES: usize = 512;
const FRAME_BYTES: usize = 96;

impl Session {
    /// Ends the connection for a reason that is none of the session's, which may be resumed.
    pub(super) fn cut(self: &Arc<Self>, mut inner: Guard<'_>, end: End) {
        if inner.end.or(inner.cut).is_some() {
            return;
        }
        if let End::Code(code) = end {
            self.put_error(&mut inner, code, None, 0, sentence_of(code));
        }
        inner.cut = Some(end);
        self.lose_patience(&mut inner);
        let (between, number) = (inner.held.is_some(), inner.link);
        drop(inner);
        if between {
            // No connection is there to see it.
            self.detach(number);
        }
        self.waker.wake();
    }

    /// The connection with this number is gone: parks the session, or ends it when there is nothing to keep.
    pub(super) fn detach(self: &Arc<Self>, number: u64) {
        let mut inner = self.lock();
        if inner.link != number || inner.ticket.is_some() || inner.closed {
            return;
        }
        // Without a runtime nobody comes back, and nobody would end the wait.
        let over = !self.hub().parks() || tokio::runtime::Handle::try_current().is_err();
        if inner.end.is_some() || inner.slots.is_empty() || over {
            drop(inner);
            self.close();
            return;
        }
        let ticket = self.hub().lot.ticket();
        inner.ticket = Some(ticket);
        let held = inner.held.take();
        inner.ping = false;
        inner.scheduled = None;
        let seat = inner.seat.take();
        if let Some(path) = inner.presence.path.take() {
            self.hub().leave(&path, self);
        }
        for slot in &inner.slots {
            slot.listening.away();
        }
        let size = inner.size();
        drop(inner);
        drop((seat, held));
        telemetry::parked();
        let limits = &self.core.limits;
        let room = Room { sessions: limits.parked, bytes: limits.parked_bytes, time: limits.park_time };
        self.hub().lot.park(self.hub(), ticket, Arc::clone(self), size, room);
        self.hub().tell();
    }

    /// The lot lets go of the session, unless its page has come back meanwhile.
    pub(crate) fn expire(&self, ticket: u64) {
        self.close_if(|inner| inner.ticket == Some(ticket));
    }

    /// Nobody comes back to a session that waits for its page's next request.
    pub(crate) fn let_go(&self) {
        self.close_if(|inner| inner.held.is_some());
    }

    /// Whether nothing has joined on this session yet.
    pub(super) fn is_blank(&self) -> bool {
        let inner = self.lock();
        inner.joined == 0 && inner.slots.is_empty() && !inner.closed
    }

    /// Says that there is no session to resume; the page joins instead, on the same connection.
    pub(super) fn gone(&self, epoch: u64) {
        let mut inner = self.lock();
        inner.epoch = inner.epoch.max(epoch);
        self.put_error(&mut inner, Code::SessionGone, None, 0, sentence_of(Code::SessionGone));
    }
}

impl Inner {
    /// About how many bytes the session takes.
    fn size(&self) -> usize {
        let slots = self.slots.iter().map(|slot| {
            let html = slot.shown.html.as_ref().map_or(0, String::len);
            let states = 1 + usize::from(slot.shown.state.is_some()) + usize::from(slot.base.is_some());
            ISLAND_BYTES + slot.state_bytes * states + html + slot.waiting
        });
        let out: usize = self.out.iter().map(|frame| FRAME_BYTES + frame.len()).sum();
        SESSION_BYTES + slots.sum::<usize>() + out + self.ring.bytes()
    }
}
