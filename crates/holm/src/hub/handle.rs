//! The hub as an app holds it.

use std::sync::Arc;

use super::HubInner;
use super::presence::{Presence, Present};
use super::topics::{Message, Topic};
use crate::{Handle, Principal, SharedIsland};

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

    /// A handle on the shared island of this key, if it lives: to send it events from anywhere.
    ///
    /// The handle does not keep it alive: once nobody has looked at it for `Limits::shared_idle`, what is sent
    /// is [`SendError::Gone`](crate::SendError::Gone).
    ///
    /// ```
    /// # use holm::prelude::*;
    /// # #[derive(Clone, Serialize, Deserialize)] struct Board { votes: u32 }
    /// # #[derive(Event)] enum Press { Vote }
    /// # impl Island for Board {
    /// #     type Event = Press;
    /// #     fn render(&self) -> Markup { html! { (self.votes) } }
    /// #     async fn on(&mut self, _: Press, _: &mut Cx<Press>) -> holm::Result { self.votes += 1; Ok(()) }
    /// # }
    /// # impl SharedIsland for Board { fn open(_: &str) -> Self { Board { votes: 0 } } }
    /// async fn vote(hub: Hub) -> &'static str {
    ///     match hub.shared::<Board>("lunch").map(|board| board.try_send(Press::Vote)) {
    ///         Some(Ok(())) => "Thank you.",
    ///         _ => "Nobody is voting now.",
    ///     }
    /// }
    /// # let _: Router = Router::new().route("/vote", get(vote));
    /// ```
    pub fn shared<I: SharedIsland>(&self, key: &str) -> Option<Handle<I::Event>> {
        Some(Handle::new(self.inner.shared.find(I::name(), key)?.port()))
    }

    /// How many shared islands live.
    pub fn shared_islands(&self) -> usize {
        self.inner.shared.len()
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

    /// Who is here, in the order of joining.
    pub fn present<M: Message>(&self, presence: &Presence<M>) -> Vec<Present<M>> {
        self.inner.presences.present(presence)
    }

    /// How many presences there are: those that somebody is in or watches.
    pub fn presences(&self) -> usize {
        self.inner.presences.len()
    }

    /// Tells every page to come back later and closes its connection; waits until all have left
    /// or `Limits::drain` has passed.
    pub async fn drain(&self) {
        self.inner.drain().await;
    }
}
