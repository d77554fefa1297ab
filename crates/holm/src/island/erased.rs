//! Islands without their types, as sessions and pages hold them.

use std::any::{Any, TypeId};
use std::future::Future;
use std::pin::Pin;

use maud::Markup;

use super::Island;
use crate::cx::{Context, Cx};
use crate::event::{self, DecodeError, Event, Payload};

/// An event of an island's own type, boxed.
pub(crate) type AnyEvent = Box<dyn Any + Send>;

/// What a page's event became.
pub(crate) struct Decoded {
    pub(crate) event: AnyEvent,
    /// [`Event::is_once`]: the state after it is to be sealed at once.
    pub(crate) once: bool,
    /// The control of a form that it came from.
    pub(crate) field: Option<Box<str>>,
}

pub(crate) type Running = Pin<Box<dyn Future<Output = Done> + Send>>;

/// Which of an island's functions to run.
pub(crate) enum Call {
    On(AnyEvent),
    Mount,
    Restore,
}

/// A clone of the island after the call, with what the call asked for.
pub(crate) struct Done {
    pub(crate) island: Box<dyn Erased>,
    pub(crate) context: Context,
    pub(crate) result: crate::Result,
}

/// An [`Island`] whose type is forgotten.
pub(crate) trait Erased: Send + Sync {
    fn island_name(&self) -> &'static str;
    /// [`Island::VERSION`], for the seal.
    fn version(&self) -> u32;
    /// [`Island::SEALED`]: whether sessions seal it.
    fn is_sealed(&self) -> bool;
    fn event_type(&self) -> TypeId;
    fn progressive(&self) -> bool;
    fn markup(&self) -> Markup;
    fn state(&self) -> serde_json::Result<Vec<u8>>;
    fn decode(&self, name: &str, payload: Payload<'_>) -> Result<Decoded, DecodeError>;
    /// Runs a call on a clone: one box for it, and nothing while idle.
    fn call(&self, call: Call, context: Context) -> Running;
}

impl<I: Island> Erased for I {
    fn island_name(&self) -> &'static str {
        I::name()
    }

    fn version(&self) -> u32 {
        I::VERSION
    }

    fn is_sealed(&self) -> bool {
        I::SEALED
    }

    fn event_type(&self) -> TypeId {
        TypeId::of::<I::Event>()
    }

    fn progressive(&self) -> bool {
        I::PROGRESSIVE
    }

    fn markup(&self) -> Markup {
        self.render()
    }

    fn state(&self) -> serde_json::Result<Vec<u8>> {
        serde_json::to_vec(self)
    }

    fn decode(&self, name: &str, payload: Payload<'_>) -> Result<Decoded, DecodeError> {
        let event = <I::Event as Event>::decode(name, payload)?;
        Ok(Decoded { once: event.is_once(), event: Box::new(event), field: event::field(payload) })
    }

    fn call(&self, call: Call, context: Context) -> Running {
        let mut island = Box::new(self.clone());
        Box::pin(async move {
            let mut cx = Cx::new(context);
            let result = match call {
                Call::Mount => island.mount(&mut cx).await,
                Call::Restore => island.restore(&mut cx).await,
                Call::On(event) => match event.downcast::<I::Event>() {
                    Ok(event) => island.on(*event, &mut cx).await,
                    Err(_) => Err(crate::Error::internal("an event of another island's type")),
                },
            };
            Done { island, context: cx.into_context(), result }
        })
    }
}
