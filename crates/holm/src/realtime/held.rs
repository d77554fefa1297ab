//! The body of an event stream, from outside. Nobody asks a body for more while its socket is stuck, so that a
//! connection that has ended would keep its place and its hooks waiting for as long as its reader likes: when it
//! ends, somebody looks whether it is still asked.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_util::Stream;
use parking_lot::Mutex;
use tokio::runtime::Handle;

use super::End;
use super::listener::Listener;
use super::stream::{Told, goodbye};

/// How long a body that is not asked for more may keep a connection that has ended. What it misses by that, its
/// reader asks for when it is back; of a stream that the app has ended it does not come back, and has more time.
const PATIENCE: Duration = Duration::from_secs(1);

/// What is left of a stream.
enum Rest {
    All(Box<Told>),
    /// Its connection is gone; that is still to say.
    Goodbye(End),
    Nothing,
}

/// What a body and whoever ends its connection share.
pub(crate) struct Held {
    rest: Mutex<Rest>,
    /// Whether it was asked for more since somebody looked.
    asked: AtomicBool,
    runtime: Option<Handle>,
    /// How long a body may keep what the app has ended.
    closing: Duration,
}

impl std::fmt::Debug for Held {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a stream")
    }
}

impl Held {
    /// The connection has ended: it goes as soon as its body is not asked for a while.
    pub(crate) fn has_ended(self: &Arc<Self>, end: End) {
        let is_over = self.rest.try_lock().is_some_and(|rest| !matches!(*rest, Rest::All(_)));
        let (Some(runtime), false) = (&self.runtime, is_over) else { return };
        self.asked.store(false, Ordering::Release);
        let patience = if end == End::Closed { self.closing } else { PATIENCE };
        runtime.spawn(watch(Arc::downgrade(self), end, patience));
    }

    /// Lets the connection go, if its body was not asked for more; whether that is done.
    fn let_go(&self, end: End) -> bool {
        if self.asked.swap(false, Ordering::AcqRel) {
            return false;
        }
        // It is asked right now.
        let Some(mut rest) = self.rest.try_lock() else { return false };
        let before = match *rest {
            Rest::All(_) => std::mem::replace(&mut *rest, Rest::Goodbye(end)),
            _ => return true,
        };
        drop(rest);
        drop(before);
        true
    }
}

async fn watch(held: Weak<Held>, end: End, patience: Duration) {
    loop {
        tokio::time::sleep(patience).await;
        if held.upgrade().is_none_or(|held| held.let_go(end)) {
            return;
        }
    }
}

/// The body; dropped, its reader is gone.
pub(crate) struct HeldBody(Arc<Held>);

impl HeldBody {
    /// Of this stream, with its connection's listener for who ends that.
    pub(crate) fn new(told: Told, closing: Duration, introduce: impl FnOnce(&Listener, Weak<Held>)) -> Self {
        let runtime = Handle::try_current().ok();
        let asked = AtomicBool::new(true);
        let held = Arc::new(Held { rest: Mutex::new(Rest::Nothing), asked, runtime, closing });
        let mut rest = held.rest.lock();
        // One that has ended already is told of it while the lock is held: so that it is looked after.
        introduce(told.listener(), Arc::downgrade(&held));
        *rest = Rest::All(Box::new(told));
        drop(rest);
        Self(held)
    }
}

impl Stream for HeldBody {
    type Item = Result<Bytes, Infallible>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.asked.store(true, Ordering::Release);
        let mut rest = self.0.rest.lock();
        match &mut *rest {
            Rest::All(told) => Pin::new(&mut **told).poll_next(cx),
            Rest::Goodbye(end) => {
                let mut text = String::new();
                goodbye(&mut text, *end);
                *rest = Rest::Nothing;
                Poll::Ready(Some(Ok(text.into())))
            }
            Rest::Nothing => Poll::Ready(None),
        }
    }
}

impl Drop for HeldBody {
    fn drop(&mut self) {
        // The app's hooks run when it goes, and not under the lock.
        let rest = std::mem::replace(&mut *self.0.rest.lock(), Rest::Nothing);
        drop(rest);
    }
}
