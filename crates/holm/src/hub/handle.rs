//! The hub as an app holds it.

use std::sync::Arc;

use super::HubInner;
use super::topics::{Message, Topic};
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

    /// Puts a message before every island that is subscribed to the topic, and gives their number.
    ///
    /// From anywhere: a handler of axum's, a task, a thread. It never waits; what an island does not take in time
    /// follows its subscription's [`Overflow`](crate::Overflow). Published to one topic, messages reach all its
    /// subscribers in one order.
    ///
    /// ```
    /// # use holm::prelude::*;
    /// # use holm::Topic;
    /// # #[derive(Serialize, Deserialize)] struct Line { text: String }
    /// async fn webhook(hub: Hub, text: String) -> &'static str {
    ///     hub.publish(&Topic::new("room/7"), Line { text });
    ///     "thanks"
    /// }
    /// ```
    pub fn publish<M: Message>(&self, topic: &Topic<M>, message: M) -> usize {
        self.inner.topics.publish(topic, message)
    }

    /// How many islands are subscribed to the topic.
    pub fn subscribers<M: Message>(&self, topic: &Topic<M>) -> usize {
        self.inner.topics.subscribers(topic)
    }

    /// How many topics there are: those that something is subscribed to.
    pub fn topics(&self) -> usize {
        self.inner.topics.len()
    }

    /// Tells every page to come back later and closes its connection; waits until all have left
    /// or `Limits::drain` has passed.
    pub async fn drain(&self) {
        self.inner.drain().await;
    }
}
