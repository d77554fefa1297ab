//! The app's hooks: kept, called, and held to their time.

use std::fmt;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{FutureExt, Stream};
use holm_wire::Code;

use super::Event;
use super::protocol::Refusal;
use crate::Result;

/// A future of the app's.
pub(crate) type Running<T> = Pin<Box<dyn Future<Output = T> + Send>>;
/// What feeds a subscription.
pub(crate) type Feed = Pin<Box<dyn Stream<Item = Result<Event>> + Send>>;

/// A hook that takes `A`.
pub(crate) struct Hook<A, T = ()>(Arc<dyn Fn(A) -> Running<Result<T>> + Send + Sync>);

impl<A, T> Hook<A, T> {
    pub(crate) fn new<F, R>(hook: F) -> Self
    where
        F: Fn(A) -> R + Send + Sync + 'static,
        R: Future<Output = Result<T>> + Send + 'static,
    {
        Self(Arc::new(move |argument| Box::pin(hook(argument))))
    }

    /// Runs it: a panic or too long a time is a refusal like its own error, whose code is `refused`.
    pub(crate) fn run(&self, argument: A, time: Duration, refused: Code) -> Running<Result<T, Refusal>>
    where
        A: Send + 'static,
        T: 'static,
    {
        let hook = Arc::clone(&self.0);
        Box::pin(guarded(async move { hook(argument).await }, time, refused))
    }
}

impl<A, T> Clone for Hook<A, T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<A, T> fmt::Debug for Hook<A, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the app's")
    }
}

/// Runs the app's code within its time; what it panics with stays in here.
pub(crate) async fn guarded<T>(
    running: impl Future<Output = Result<T>>,
    time: Duration,
    refused: Code,
) -> Result<T, Refusal> {
    match tokio::time::timeout(time, AssertUnwindSafe(running).catch_unwind()).await {
        Ok(Ok(Ok(value))) => Ok(value),
        Ok(Ok(Err(error))) => {
            if error.cause().is_some() {
                tracing::warn!(%error, code = refused.word(), "a realtime hook failed");
            } else {
                tracing::debug!(%error, code = refused.word(), "a realtime hook refused");
            }
            Err(Refusal::new(refused, error.sentence()))
        }
        Ok(Err(_)) => {
            tracing::error!("a realtime hook panicked");
            Err(Refusal::new(Code::HandlerPanic, "Something went wrong on the server."))
        }
        Err(_) => {
            tracing::error!("a realtime hook ran past `Limits::handler_time`");
            Err(Refusal::new(Code::HandlerTimeout, "This took too long on the server."))
        }
    }
}
