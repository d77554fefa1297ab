//! What a handler may do besides changing its island's state.

use std::any::type_name;
use std::future::Future;
use std::marker::PhantomData;
use std::sync::{Arc, Weak};
use std::time::Duration;

use futures_util::{Stream, StreamExt};
use http::request::Parts;
use parking_lot::Mutex;
use serde::Serialize;
use tokio::sync::Notify;

use crate::hub::HubInner;
use crate::hub::presence::track::{Over, Place, Track};
use crate::hub::topics::{Key, listening::Ear};
use crate::island::erased::AnyEvent;
use crate::island::tasks::{Loading, Task};
use crate::lists::Change;
use crate::live::Core;
use crate::upload::input::Asked;
use crate::visitor::{LazyParts, Visitor};
use crate::{Event, Hub, Principal};

mod act;
mod event_id;
mod list;
mod load;
mod presence;
mod subscribe;
mod upload;

pub use event_id::EventId;
pub use list::{List, ListText};

/// Something that takes effect when the handler has returned `Ok`, after the edit it caused.
pub(crate) enum Effect {
    Push {
        name: String,
        json: String,
    },
    /// Something the page does by itself in the island: a word of its and what it is done with.
    Act {
        what: &'static str,
        with: String,
    },
    Redirect(String),
    Title(String),
    /// A change of a list, which goes before the others.
    List(Change),
    Task(Task),
    Load(Loading),
    /// Ends the load under this key.
    CancelLoad(String),
    Listen(Arc<dyn Ear>),
    Unlisten(Key),
    Watch(Box<Watching>),
    Presence(Box<Presenting>),
    Publish(Box<dyn FnOnce(&HubInner) + Send>),
    /// Files that an island takes, or no longer.
    Upload(Asked),
}

/// Begins to watch a presence.
type Watching = dyn FnOnce(&Place<'_>) -> Arc<dyn Ear> + Send;
/// Joins a presence, leaves one, or says something else there; gives what is over.
type Presenting = dyn FnOnce(&mut Vec<Box<dyn Track>>, &Place<'_>) -> Option<Over> + Send;

/// Publishes what is to be published, and gives the other effects.
pub(crate) fn publish(effects: Vec<Effect>, hub: &HubInner) -> Vec<Effect> {
    let mut others = Vec::new();
    for effect in effects {
        match effect {
            Effect::Publish(publish) => publish(hub),
            other => others.push(other),
        }
    }
    others
}

/// Where a call runs: the app, the visitor, and the live island if there is one.
pub(crate) struct Context {
    core: Arc<Core>,
    visitor: Arc<Visitor>,
    port: Option<Port>,
    event_id: Option<EventId>,
    field: Option<Box<str>>,
    effects: Mutex<Vec<Effect>>,
    parts: LazyParts,
}

/// Makes an event when its turn has come, and says whether the state is to be sealed with what it causes. None when
/// there is nothing to say any more.
pub(crate) type Late = Box<dyn FnOnce() -> Option<(AnyEvent, bool)> + Send>;

/// What holds live islands and takes events for them.
pub(crate) trait Mailbox: Send + Sync {
    /// Puts an event before the island in this place.
    fn deliver(self: Arc<Self>, slot: u64, event: AnyEvent) -> Result<(), (SendError, AnyEvent)>;

    /// Puts something before the island in this place that is asked for its event when its turn has come.
    fn deliver_late(self: Arc<Self>, slot: u64, late: Late) -> Result<(), SendError>;

    /// Tells whenever some island may have room again, or is gone.
    fn room(&self) -> &Notify;

    /// What an island listens to has something for it, which is looked at in its time.
    fn nudge(&self);
}

/// One live island, from outside of what holds it.
#[derive(Clone)]
pub(crate) struct Port {
    pub(crate) mailbox: Weak<dyn Mailbox>,
    pub(crate) slot: u64,
}

impl Context {
    pub(crate) fn new(core: Arc<Core>, visitor: Arc<Visitor>, port: Option<Port>) -> Self {
        let (effects, parts) = (Mutex::default(), LazyParts::default());
        Self { core, visitor, port, event_id: None, field: None, effects, parts }
    }

    /// For the handler of this event of a page's.
    pub(crate) fn for_event(mut self, id: EventId) -> Self {
        self.event_id = Some(id);
        self
    }

    /// For the handler of an event that came from this control of a form.
    pub(crate) fn at_field(mut self, field: Option<Box<str>>) -> Self {
        self.field = field;
        self
    }

    pub(crate) fn into_effects(self) -> Vec<Effect> {
        self.effects.into_inner()
    }
}

/// A handler's way to the page, the app and the time to come. `E` is the island's event.
///
/// What a handler asks for here happens when it returns `Ok`, and not at all when it fails.
pub struct Cx<E> {
    context: Context,
    event: PhantomData<fn(E)>,
}

impl<E> std::fmt::Debug for Cx<E> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cx")
            .field("event", &type_name::<E>())
            .field("live", &self.context.port.is_some())
            .finish()
    }
}

impl<E: Event> Cx<E> {
    pub(crate) fn new(context: Context) -> Self {
        Self { context, event: PhantomData }
    }

    pub(crate) fn into_context(self) -> Context {
        self.context
    }

    fn effect(&self, effect: Effect) {
        self.context.effects.lock().push(effect);
    }

    /// Whether a page is connected: true in `on` and `restore`, false in `mount` and where a form is
    /// posted with no script ([`PROGRESSIVE`](crate::Island::PROGRESSIVE)).
    pub fn is_live(&self) -> bool {
        self.context.port.is_some()
    }

    /// The name of the page's event that is being handled: the same whenever the page sends that event
    /// again, after a lost connection or to a restarted server, and no other event's.
    ///
    /// With it, an effect outside the island happens once: the id is stored with the effect, or given to
    /// another service as its idempotency key. `None` in `mount` and `restore`, for events that the
    /// server's own code sends, and for forms posted with no script, which no page numbers.
    pub fn event_id(&self) -> Option<EventId> {
        self.context.event_id.clone()
    }

    /// Which control of a form the event came from, by its name: what the visitor is typing in, when
    /// `data-live-input` or `data-live-change` stands on a form and sends all its fields.
    ///
    /// `None` for every other event. A page says what it likes here, so it is a hint for what to show: an error
    /// beside a field that was visited, and not beside those that come later.
    pub fn field(&self) -> Option<&str> {
        self.context.field.as_deref()
    }

    /// Sends this island an event after `delay`.
    pub fn send_after(&self, delay: Duration, event: E) {
        self.spawn(move |island| async move {
            tokio::time::sleep(delay).await;
            let _ = island.send(event).await;
        });
    }

    /// Sends this island an event every `period`, the first after one period.
    ///
    /// A tick that finds the island's mailbox full is left out.
    ///
    /// # Panics
    /// When `period` is zero.
    pub fn every(&self, period: Duration, event: impl Fn() -> E + Send + 'static) {
        assert!(!period.is_zero(), "cx.every needs a period longer than zero");
        self.spawn(move |island| async move {
            let mut ticks = tokio::time::interval(period);
            ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
            ticks.tick().await;
            loop {
                ticks.tick().await;
                if let Err(SendError::Gone) = island.try_send(event()) {
                    return;
                }
            }
        });
    }

    /// Runs a task beside the island; it ends when the island does.
    ///
    /// Where no page is connected ([`Cx::is_live`]) it does not run: start tasks in
    /// [`restore`](crate::Island::restore).
    ///
    /// ```
    /// # use holm::{Cx, Event};
    /// # #[derive(Event)] enum Press { #[event(server)] Line(String) }
    /// fn follow(cx: &Cx<Press>, mut lines: tokio::sync::mpsc::Receiver<String>) {
    ///     cx.spawn(|island| async move {
    ///         while let Some(line) = lines.recv().await {
    ///             if island.send(Press::Line(line)).await.is_err() { break }
    ///         }
    ///     });
    /// }
    /// ```
    pub fn spawn<F, T>(&self, task: F)
    where
        F: FnOnce(Handle<E>) -> T,
        T: Future + Send + 'static,
    {
        let Some(island) = self.handle() else {
            tracing::debug!("no page is connected, so this task does not run; start tasks in `restore`");
            return;
        };
        let task = task(island);
        self.effect(Effect::Task(Box::pin(async move {
            task.await;
        })));
    }

    /// Turns each item of a stream into an event for this island.
    pub fn listen<S>(&self, stream: S, event: impl Fn(S::Item) -> E + Send + 'static)
    where
        S: Stream + Send + 'static,
        S::Item: Send,
    {
        self.spawn(move |island| async move {
            let mut stream = std::pin::pin!(stream);
            while let Some(item) = stream.next().await {
                if island.send(event(item)).await.is_err() {
                    return;
                }
            }
        });
    }

    /// A handle that other tasks can send this island events with; `None` where no page is connected.
    pub fn handle(&self) -> Option<Handle<E>> {
        let port = self.context.port.clone()?;
        Some(Handle { port, event: PhantomData })
    }

    /// Dispatches a `CustomEvent` named `name` on the island's element, with `detail` as JSON.
    ///
    /// A detail that cannot be JSON (a map with keys that are no strings) is logged and not sent.
    pub fn push(&self, name: impl Into<String>, detail: impl Serialize) {
        match serde_json::to_string(&detail) {
            Ok(json) => self.effect(Effect::Push { name: name.into(), json }),
            Err(error) => tracing::error!(%error, "cx.push: the detail is not representable as JSON"),
        }
    }

    /// Takes the page to another address.
    pub fn redirect(&self, url: impl Into<String>) {
        self.effect(Effect::Redirect(url.into()));
    }

    /// Sets the page's title.
    pub fn title(&self, text: impl Into<String>) {
        self.effect(Effect::Title(text.into()));
    }

    /// Method, address and headers of the request: the page's in `mount`, the joining one's later.
    pub fn parts(&self) -> &Parts {
        self.context.parts.of(&self.context.visitor)
    }

    /// The app's state of this type, as given to [`Live::state`](crate::Live::state).
    ///
    /// # Panics
    /// When the app gave none. An island that names the type in [`needs`](crate::Island::needs)
    /// never gets that far: the app does not start.
    pub fn state<T: Send + Sync + 'static>(&self) -> &T {
        self.context.core.states.get().unwrap_or_else(|| {
            let name = type_name::<T>();
            panic!(
                "there is no state of type {name}: add `.state(…)` to Live, and `needs.state::<{name}>()` to the island's `needs`"
            )
        })
    }

    /// Whom the connection acts for.
    pub fn principal(&self) -> &Principal {
        &self.context.visitor.principal
    }

    /// The app's hub: how many are connected, who is present, and what reaches other islands at once, whatever
    /// becomes of this handler.
    pub fn hub(&self) -> Hub {
        Hub::of(&self.context.core.hub)
    }

    /// The visitor's preferred language as a BCP 47 tag, `en` when the request names none.
    pub fn locale(&self) -> &str {
        self.context.visitor.locale()
    }
}

/// Why an event did not reach its island.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// The island has left its page, or the page is gone.
    #[error("the island is gone")]
    Gone,
    /// The island has `Limits::mailbox` messages waiting.
    #[error("the island's mailbox is full")]
    Full,
}

/// Sends events to one live island from anywhere.
pub struct Handle<E> {
    port: Port,
    event: PhantomData<fn(E)>,
}

impl<E> Clone for Handle<E> {
    fn clone(&self) -> Self {
        Self { port: self.port.clone(), event: PhantomData }
    }
}

impl<E> std::fmt::Debug for Handle<E> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Handle<{}>(island {})", type_name::<E>(), self.port.slot)
    }
}

impl<E: Event> Handle<E> {
    pub(crate) fn new(port: Port) -> Self {
        Self { port, event: PhantomData }
    }

    /// Sends an event, waiting for room in the island's mailbox.
    ///
    /// # Errors
    /// [`SendError::Gone`] when the island is gone.
    pub async fn send(&self, event: E) -> Result<(), SendError> {
        self.send_any(Box::new(event)).await
    }

    /// [`Handle::send`] for what becomes such an event in its turn.
    async fn send_any(&self, mut event: AnyEvent) -> Result<(), SendError> {
        loop {
            let mailbox = self.port.mailbox.upgrade().ok_or(SendError::Gone)?;
            // Listening begins before the attempt, so room made in between is not missed.
            let mut room = std::pin::pin!(mailbox.room().notified());
            room.as_mut().enable();
            event = match Arc::clone(&mailbox).deliver(self.port.slot, event) {
                Ok(()) => return Ok(()),
                Err((SendError::Full, event)) => event,
                Err((SendError::Gone, _)) => return Err(SendError::Gone),
            };
            room.await;
        }
    }

    /// Sends an event if there is room.
    ///
    /// # Errors
    /// [`SendError::Gone`] when the island is gone, [`SendError::Full`] when its mailbox is full.
    pub fn try_send(&self, event: E) -> Result<(), SendError> {
        let mailbox = self.port.mailbox.upgrade().ok_or(SendError::Gone)?;
        mailbox.deliver(self.port.slot, Box::new(event)).map_err(|(error, _)| error)
    }
}
