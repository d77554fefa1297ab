//! Streams of the app's that feed subscriptions: asked in turn, for as long as the client takes what they say.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::task::{Context, Poll};

use holm_wire::Code;

use super::super::hooks::Feed;
use super::super::protocol::{self, Refusal};
use super::super::who::is_fit;
use super::super::{Broadcast, Event, Item};
use super::Connected;

/// How many items wait for the client before its feeds are asked for more.
pub(super) const FEED_AHEAD: usize = 16;
/// How often feeds are asked before others get their turn.
const FEED_TURNS: usize = 64;

/// A stream of a subscription.
pub(super) struct Fed {
    /// Of the subscription's place.
    pub(super) number: u64,
    /// The subscription's id, as JSON.
    pub(super) id: Arc<str>,
    pub(super) feed: Feed,
}

impl Connected {
    /// Takes what feeds have, as long as the client takes it.
    pub(super) fn poll_feeds(&mut self, cx: &mut Context<'_>) {
        let mut idle = 0;
        self.fed = false;
        for asked in 0.. {
            if idle >= self.feeds.len() {
                return;
            }
            if self.connection.waiting() >= FEED_AHEAD {
                self.fed = true;
                return;
            }
            if asked >= FEED_TURNS {
                // What it says may be nothing that is sent.
                return cx.waker().wake_by_ref();
            }
            self.turn = (self.turn + 1) % self.feeds.len();
            let fed = &mut self.feeds[self.turn];
            let (number, id) = (fed.number, Arc::clone(&fed.id));
            let polled = catch_unwind(AssertUnwindSafe(|| fed.feed.as_mut().poll_next(cx)));
            match polled {
                Ok(Poll::Pending) => idle += 1,
                Ok(Poll::Ready(Some(Ok(event)))) => {
                    idle = 0;
                    self.feed(number, &id, event);
                }
                Ok(Poll::Ready(None)) => self.end_subscription(number, &id, None),
                Ok(Poll::Ready(Some(Err(error)))) => {
                    let refusal = Refusal::new(Code::StreamFailed, error.sentence());
                    self.end_subscription(number, &id, Some(&refusal));
                }
                Err(_) => {
                    tracing::error!("a stream that feeds a realtime subscription panicked");
                    let refusal = Refusal::new(Code::HandlerPanic, "Something went wrong on the server.");
                    self.end_subscription(number, &id, Some(&refusal));
                }
            }
        }
    }

    fn feed(&self, number: u64, id: &Arc<str>, event: Event) {
        if !is_fit(&event, self.realtime.settings.limits.realtime_message_bytes) {
            return;
        }
        // Nothing comes after a `complete`, whoever says that.
        self.connection.with_places(|places| {
            let Some(place) = places.list.iter().find(|place| place.number == number) else { return };
            let name = Arc::clone(&place.room.name);
            let sub = (**id != *protocol::quoted(&name)).then(|| Arc::clone(id));
            let event = Broadcast::new(Some(name), event, None);
            self.connection.push(Item::Event { sub, event });
        });
    }

    pub(super) fn drop_feed(&mut self, number: u64) {
        if let Some(at) = self.feeds.iter().position(|fed| fed.number == number) {
            drop_quietly(self.feeds.swap_remove(at).feed);
        }
    }
}

/// A stream of the app's may panic when it is dropped, too.
pub(super) fn drop_quietly(feed: Feed) {
    if catch_unwind(AssertUnwindSafe(|| drop(feed))).is_err() {
        tracing::error!("a stream that feeds a realtime subscription panicked when it was dropped");
    }
}
