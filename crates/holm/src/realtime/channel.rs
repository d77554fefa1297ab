//! What an app decides about its channels.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use futures_util::Stream;

use super::hooks::{Feed, Hook};
use super::presence::Meta;
use super::{Event, Joiner, Sender};
use crate::Result;

/// Channels of one kind: who may subscribe, what happens then, what is kept. Given to
/// [`Realtime::channel`](super::Realtime::channel) with a pattern of names.
///
/// Every hook has `Limits::handler_time`; one that errs, panics or overruns refuses what it was asked about, and
/// nothing else. The hooks of one connection run one after the other, in the order of its messages.
#[derive(Debug, Clone, Default)]
pub struct Channel {
    pub(crate) authorize: Option<Hook<Joiner>>,
    pub(crate) join: Option<Hook<Joiner>>,
    pub(crate) leave: Option<Hook<Joiner>>,
    pub(crate) message: Option<Hook<(Sender, Event)>>,
    pub(crate) feed: Option<Hook<Joiner, Feed>>,
    history: usize,
    pub(crate) presence: bool,
    pub(crate) meta: Option<Meta>,
    pub(crate) publish: bool,
}

impl Channel {
    /// Anybody may subscribe, nobody but the app may broadcast, nothing is kept.
    pub fn new() -> Self {
        Self::default()
    }

    /// Runs before a subscription begins; an error refuses it with `forbidden` and the error's sentence.
    pub fn authorize<F, T>(mut self, hook: F) -> Self
    where
        F: Fn(Joiner) -> T + Send + Sync + 'static,
        T: Future<Output = Result> + Send + 'static,
    {
        self.authorize = Some(Hook::new(hook));
        self
    }

    /// Runs when a subscription has begun, its client in the channel already. An error ends the subscription.
    pub fn on_join<F, T>(mut self, hook: F) -> Self
    where
        F: Fn(Joiner) -> T + Send + Sync + 'static,
        T: Future<Output = Result> + Send + 'static,
    {
        self.join = Some(Hook::new(hook));
        self
    }

    /// Runs when a subscription is over, its client out of the channel already: at `unsubscribe`, when the
    /// app takes it out, or when the connection is gone.
    pub fn on_leave<F, T>(mut self, hook: F) -> Self
    where
        F: Fn(Joiner) -> T + Send + Sync + 'static,
        T: Future<Output = Result> + Send + 'static,
    {
        self.leave = Some(Hook::new(hook));
        self
    }

    /// Runs when a client sends something to the channel. An error refuses it, and the client reads its sentence.
    pub fn on_message<F, T>(mut self, hook: F) -> Self
    where
        F: Fn(Sender, Event) -> T + Send + Sync + 'static,
        T: Future<Output = Result> + Send + 'static,
    {
        self.message = Some(Hook::new(move |(from, event)| hook(from, event)));
        self
    }

    /// Feeds each subscription with events of its own, beside the channel's. When the stream ends, so does the
    /// subscription, with `complete`; an error ends it with its sentence. Unsubscribing drops the stream.
    ///
    /// ```
    /// use futures_util::stream;
    /// use holm::realtime::{Channel, Event, Joiner};
    /// let countdown = Channel::new().stream(|who: Joiner| async move {
    ///     let from: u32 = who.input()?;
    ///     Ok(stream::iter((0..from).rev().map(|n| Event::new("count").json(&n))))
    /// });
    /// ```
    pub fn stream<F, T, S>(mut self, hook: F) -> Self
    where
        F: Fn(Joiner) -> T + Send + Sync + 'static,
        T: Future<Output = Result<S>> + Send + 'static,
        S: Stream<Item = Result<Event>> + Send + 'static,
    {
        self.feed = Some(Hook::new(move |who| {
            let opening = hook(who);
            async move { Ok(Box::pin(opening.await?) as Feed) }
        }));
        self
    }

    /// Keeps the last events, so many and at most `Limits::channel_history`, for those who come back.
    pub fn history(mut self, events: usize) -> Self {
        self.history = events;
        self
    }

    /// Whether clients hear who is in the channel, by principal.
    pub fn presence(mut self, on: bool) -> Self {
        self.presence = on;
        self
    }

    /// [`Channel::presence`], with something to show for each: a name, a colour. Of several connections of one
    /// principal the newest tells. It is called once per subscription, and panics there refuse nothing.
    pub fn presence_with<F, V>(mut self, meta: F) -> Self
    where
        F: Fn(&Joiner) -> V + Send + Sync + 'static,
        V: serde::Serialize,
    {
        self.meta = Some(Meta(Arc::new(move |who| Ok(serde_json::to_string(&meta(who))?))));
        self.presence(true)
    }

    /// Whether what a client sends goes to everybody in the channel, itself included, after `on_message`.
    pub fn clients_publish(mut self, on: bool) -> Self {
        self.publish = on;
        self
    }

    /// What the app says of somebody, as JSON.
    pub(crate) fn meta(&self, who: &Joiner) -> Option<Arc<str>> {
        let meta = self.meta.as_ref()?;
        match catch_unwind(AssertUnwindSafe(|| (meta.0)(who))) {
            Ok(Ok(json)) => Some(json.into()),
            Ok(Err(error)) => {
                tracing::error!(%error, "`Channel::presence_with` gave what is no JSON");
                None
            }
            Err(_) => {
                tracing::error!("`Channel::presence_with` panicked");
                None
            }
        }
    }

    pub(crate) fn keeps(&self) -> usize {
        self.history
    }
}
