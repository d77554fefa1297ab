//! What a handler hears and tells through topics.

use std::any::type_name;

use super::{Cx, Effect};
use crate::Event;
use crate::hub::topics::{self, Message, Overflow, Topic};

impl<E: Event> Cx<E> {
    /// Has every message of a topic come to this island as an event, in the order of publishing.
    ///
    /// It takes effect when the handler returns `Ok`, and then holds from this call on: what is published in
    /// between is kept. It ends with the island, or by [`Cx::unsubscribe`]; while the page is away for a moment
    /// it goes on. Subscribing to the same topic again takes the place of the earlier subscription and lets go of
    /// what waits in it. Messages that wait past `Limits::topic_queue` go, the oldest first;
    /// [`Cx::subscribe_with`] takes another policy.
    ///
    /// All messages that came before the page could take a frame are handled first and rendered once.
    /// Where no page is connected ([`Cx::is_live`]) it does nothing: subscribe in
    /// [`restore`](crate::Island::restore), and there first, then read what the messages change.
    ///
    /// A subscription past `Limits::subscriptions` is refused, with an error in the log. A panic in `event` is
    /// an error of this island (`handler_panic`), and that message is lost.
    ///
    /// ```
    /// # use holm::prelude::*;
    /// # use holm::Topic;
    /// # #[derive(Clone, Serialize, Deserialize)] struct Line { text: String }
    /// #[derive(Event)]
    /// enum Press {
    ///     Say { text: String },
    ///     #[event(server)]
    ///     Line(Line),
    /// }
    ///
    /// fn enter(cx: &Cx<Press>, room: u32) {
    ///     let topic = Topic::<Line>::new(format!("room/{room}"));
    ///     cx.subscribe(&topic, |line: &Line| Press::Line(line.clone()));
    /// }
    /// ```
    pub fn subscribe<M: Message>(&self, topic: &Topic<M>, event: impl Fn(&M) -> E + Send + Sync + 'static) {
        self.subscribe_with(topic, Overflow::DropOldest, event);
    }

    /// [`Cx::subscribe`] with a policy for messages that come faster than the island takes them.
    ///
    /// ```
    /// # use holm::prelude::*;
    /// # use holm::{Overflow, Topic};
    /// # #[derive(Event)] enum Press { #[event(server)] Price(u32), #[event(server)] Reload }
    /// # fn follow(cx: &Cx<Press>, price: &Topic<u32>, orders: &Topic<u32>) {
    /// cx.subscribe_with(price, Overflow::Newest, |cents| Press::Price(*cents));
    /// cx.subscribe_with(orders, Overflow::resync(|| Press::Reload), |cents| Press::Price(*cents));
    /// # }
    /// ```
    pub fn subscribe_with<M: Message>(
        &self,
        topic: &Topic<M>,
        overflow: Overflow<E>,
        event: impl Fn(&M) -> E + Send + Sync + 'static,
    ) {
        let Some(port) = &self.context.port else {
            tracing::debug!(
                topic = topic.name(),
                "no page is connected, so nothing is heard; subscribe in `restore`"
            );
            return;
        };
        let core = &self.context.core;
        let event = self.advising(event);
        let ear = topics::listen(&core.hub, topic, port, overflow, core.limits.topic_queue, event);
        self.effect(Effect::Listen(ear));
    }

    /// In development, a look at what messages become: a page could send it too, if it is not marked.
    pub(super) fn advising<M>(
        &self,
        event: impl Fn(&M) -> E + Send + Sync + 'static,
    ) -> impl Fn(&M) -> E + Send + Sync + 'static {
        let development = self.context.core.development;
        move |message| {
            let event = event(message);
            let name = event.name();
            if development && E::NAMES.contains(&name) && crate::notes::first((type_name::<E>(), name)) {
                tracing::warn!(
                    event = type_name::<E>(),
                    "a message becomes the event `{name}`, which any page can send as well: mark its variant with `#[event(server)]`, unless that is meant"
                );
            }
            event
        }
    }

    /// Ends this island's subscription to a topic, and lets go of what waits in it.
    pub fn unsubscribe<M: Message>(&self, topic: &Topic<M>) {
        self.effect(Effect::Unlisten(topic.key()));
    }

    /// Publishes a message when this handler has returned `Ok`, to all that are subscribed then, this island
    /// included. Where a form is posted with no script, it is published too.
    ///
    /// [`Hub::publish`](crate::Hub::publish) publishes from elsewhere.
    pub fn publish<M: Message>(&self, topic: &Topic<M>, message: M) {
        let topic = topic.clone();
        self.effect(Effect::Publish(Box::new(move |hub| {
            hub.topics.publish(&topic, message);
        })));
    }
}
