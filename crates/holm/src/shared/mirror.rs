//! What stands in a session's slot in place of an island whose state lives elsewhere.

use std::any::TypeId;
use std::sync::Arc;

use maud::{Markup, PreEscaped};

use super::Shared;
use crate::cx::Context;
use crate::event::{DecodeError, Payload};
use crate::island::erased::{Call, Decoded, Done, Erased, Running};

/// A shared island, seen as one of a session's.
pub(crate) struct Mirror(pub(crate) Arc<Shared>);

impl Erased for Mirror {
    fn island_name(&self) -> &'static str {
        self.0.name
    }

    fn version(&self) -> u32 {
        0
    }

    /// No page keeps the state: it is all viewers'.
    fn is_sealed(&self) -> bool {
        false
    }

    fn event_type(&self) -> TypeId {
        TypeId::of::<Self>()
    }

    fn progressive(&self) -> bool {
        false
    }

    fn markup(&self) -> Markup {
        PreEscaped(self.0.html().map(|html| (*html).to_owned()).unwrap_or_default())
    }

    fn state(&self) -> serde_json::Result<Vec<u8>> {
        Ok(Vec::new())
    }

    fn decode(&self, name: &str, payload: Payload<'_>) -> Result<Decoded, DecodeError> {
        (self.0.kind.decode)(name, payload)
    }

    /// Calls run where the state is.
    fn call(&self, _: Call, context: Context) -> Running {
        let island = Box::new(Self(Arc::clone(&self.0)));
        let result = Err(crate::Error::internal("a shared island's call in a session"));
        Box::pin(async move { Done { island, context, result } })
    }
}
