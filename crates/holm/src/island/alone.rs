//! Calls of an island with no session behind it: for a post with no script, and the page after one.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use holm_wire::Code;

use super::erased::{Call, Done, Erased};
use crate::cx::{Context, Effect};
use crate::live::Core;
use crate::visitor::Visitor;

/// Why there is no new state: a code, and a sentence for the page.
pub(crate) type Refusal = (Code, String);

/// An island from its state, which is of this version.
///
/// # Errors
/// `SealStale` when the state does not decode into the island as it is now, `UnknownIsland` when there is none.
pub(crate) fn open(core: &Core, name: &str, state: &[u8], version: u32) -> Result<Box<dyn Erased>, Code> {
    match catch_unwind(AssertUnwindSafe(|| core.registry.open(name, state, version))) {
        Ok(Some(Ok(island))) => Ok(island),
        Ok(None) => Err(Code::UnknownIsland),
        Ok(Some(Err(error))) => {
            tracing::warn!(island = name, %error, "a kept state does not decode any more");
            Err(Code::SealStale)
        }
        Err(_) => Err(Code::SealStale),
    }
}

/// Runs one call on a clone; panics are caught.
///
/// # Errors
/// With the handler's own sentence, or one for a panic.
pub(crate) async fn run(
    island: &dyn Erased,
    call: Call,
    core: &Arc<Core>,
    visitor: &Arc<Visitor>,
) -> Result<(Box<dyn Erased>, Vec<Effect>), Refusal> {
    let context = Context::new(Arc::clone(core), Arc::clone(visitor), None);
    let restoring = matches!(call, Call::Restore);
    let panicked = |_| refusal(Code::HandlerPanic);
    let running = catch_unwind(AssertUnwindSafe(|| island.call(call, context))).map_err(panicked)?;
    let Done { island, context, result } =
        AssertUnwindSafe(running).catch_unwind().await.map_err(panicked)?;
    match result {
        Ok(()) => Ok((island, context.into_effects())),
        Err(error) => {
            error.log(island.island_name());
            let why = if restoring { Code::RestoreFailed } else { Code::HandlerError };
            Err((why, error.sentence().to_owned()))
        }
    }
}

/// `calls`, cut after `limit`.
///
/// # Errors
/// Those of `calls`, and `HandlerTimeout`.
pub(crate) async fn within<T>(
    limit: Duration,
    calls: impl Future<Output = Result<T, Refusal>>,
) -> Result<T, Refusal> {
    tokio::time::timeout(limit, calls).await.unwrap_or_else(|_| Err(refusal(Code::HandlerTimeout)))
}

/// A refusal in general words.
pub(crate) fn refusal(code: Code) -> Refusal {
    let sentence = match code {
        Code::HandlerTimeout => "This took too long and was stopped. Nothing was changed.",
        Code::RenderFailed => "The new state cannot be shown. Nothing was changed.",
        Code::SealTooLarge => "The new state is too large to keep. Nothing was changed.",
        _ => "Something went wrong on the server. Nothing was changed.",
    };
    (code, sentence.to_owned())
}
