//! Polling a call: once in place, as most need no more, and within its time where it waits.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use futures_util::FutureExt;
use holm_wire::Code;

use super::erased::{Done, Running};

/// What became of a call.
pub(crate) type Outcome = Result<Done, Code>;

/// Polls a call once, here and now: most handlers never wait, and need no task.
pub(crate) fn once(mut running: Running) -> Result<Outcome, Running> {
    let mut context = Context::from_waker(Waker::noop());
    match catch_unwind(AssertUnwindSafe(|| running.as_mut().poll(&mut context))) {
        Ok(Poll::Ready(done)) => Ok(Ok(done)),
        Ok(Poll::Pending) => Err(running),
        Err(_) => Ok(Err(Code::HandlerPanic)),
    }
}

/// Waits for a call, for as long as it may take.
pub(crate) async fn within(limit: Duration, running: Running) -> Outcome {
    match tokio::time::timeout(limit, AssertUnwindSafe(running).catch_unwind()).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(_)) => Err(Code::HandlerPanic),
        Err(_) => Err(Code::HandlerTimeout),
    }
}
