//! One upload under way: how far it is, what its island has been told, and who writes to it.
//!
//! The writer is in one request's hands at a time. A later request of the same page takes it over, as the earlier
//! one may be a dead connection that nobody has noticed yet. What the island hears is made when its turn has come:
//! so at most one message waits for it, with the newest figures.

use std::sync::Arc;
use std::time::Duration;

use holm_wire::Code;
use parking_lot::Mutex;
use tokio::sync::{Notify, watch};
use tokio::time::Instant;

mod hold;

use super::input::{Input, Place};
use super::sink::AnyWriter;
use super::{Stored, UploadEvent, UploadId, UploadMeta};
use crate::cx::SendError;
use crate::island::erased::AnyEvent;
use crate::{Error, Limits, Principal, telemetry};

/// Progress of less than a hundredth is told so often, where there is any.
const SLOW: Duration = Duration::from_secs(1);

/// One upload.
pub(crate) struct Transfer {
    pub(crate) meta: UploadMeta,
    /// The page view that began it.
    pub(crate) session: u64,
    pub(crate) principal: Principal,
    /// The one it begins again.
    pub(crate) replaces: Option<UploadId>,
    pub(crate) place: Place,
    progress: Duration,
    inner: Mutex<Inner>,
    /// What writes the file, while no request does.
    writer: Mutex<Option<Box<dyn AnyWriter>>>,
    /// Counts those who took it over; whoever holds an earlier number lets go.
    turn: watch::Sender<u64>,
    /// The writer is back, or there will be none.
    back: Notify,
}

struct Inner {
    input: Arc<Input>,
    stage: Stage,
    received: u64,
    /// Whether the island knows of it, how much it knows to have arrived, since when, and whether it knows the end.
    began: bool,
    told: u64,
    told_at: Instant,
    ended: bool,
    /// Whether a message waits in the island's mailbox.
    queued: bool,
    touched: Instant,
    /// How much had arrived then.
    counted: u64,
    /// Since when it has no island.
    orphaned: Option<Instant>,
}

enum Stage {
    Open,
    Over(Outcome, Instant),
}

/// How an upload ended.
#[derive(Clone)]
pub(crate) enum Outcome {
    Done(Stored),
    Failed(Code, String),
    Cancelled,
}

impl Outcome {
    /// What a request hears that comes afterwards.
    pub(crate) fn code(&self) -> Code {
        match self {
            // It is tried again, and begins again at the next server.
            Self::Failed(code @ (Code::UploadFailed | Code::ShuttingDown), _) => *code,
            // A file that is whole takes no more.
            Self::Done(_) => Code::UploadOffset,
            _ => Code::UploadGone,
        }
    }
}

impl Transfer {
    pub(crate) fn new(
        meta: UploadMeta,
        (session, principal): (u64, Principal),
        (input, place): (Arc<Input>, Place),
        replaces: Option<UploadId>,
        limits: &Limits,
    ) -> Self {
        let now = Instant::now();
        let inner = Inner {
            input,
            stage: Stage::Open,
            received: 0,
            began: false,
            told: 0,
            told_at: now,
            ended: false,
            queued: false,
            touched: now,
            counted: 0,
            orphaned: None,
        };
        Self {
            meta,
            session,
            principal,
            replaces,
            place,
            progress: limits.upload_progress,
            inner: Mutex::new(inner),
            writer: Mutex::new(None),
            turn: watch::Sender::new(0),
            back: Notify::new(),
        }
    }

    /// Whether more of it may come.
    pub(crate) fn is_open(&self) -> bool {
        matches!(self.inner.lock().stage, Stage::Open)
    }

    /// How it ended, once it has.
    pub(crate) fn outcome(&self) -> Option<Outcome> {
        match &self.inner.lock().stage {
            Stage::Open => None,
            Stage::Over(outcome, _) => Some(outcome.clone()),
        }
    }

    /// How many bytes have arrived.
    pub(crate) fn received(&self) -> u64 {
        self.inner.lock().received
    }

    /// When something of it came last that counts.
    pub(crate) fn touched(&self) -> Instant {
        self.inner.lock().touched
    }

    /// Since when it is over.
    pub(crate) fn over_since(&self) -> Option<Instant> {
        match self.inner.lock().stage {
            Stage::Open => None,
            Stage::Over(_, since) => Some(since),
        }
    }

    /// Since when it has had no island to tell.
    pub(crate) fn orphaned(&self) -> Option<Instant> {
        self.inner.lock().orphaned
    }

    /// Whether its island has been told how it ended, or has it in its mailbox.
    pub(crate) fn is_told(&self) -> bool {
        let inner = self.inner.lock();
        inner.ended || (inner.queued && inner.orphaned.is_none())
    }

    /// Whether it came to nothing and its island has heard so.
    pub(crate) fn is_lost(&self) -> bool {
        let inner = self.inner.lock();
        inner.ended && !matches!(inner.stage, Stage::Over(Outcome::Done(_), _))
    }

    /// The name of the input it came through.
    pub(crate) fn is_of(&self, place: &Place, input: &str) -> bool {
        self.place == *place && self.meta.input == input
    }

    /// The island has come back as another: that one is told from here on.
    pub(crate) fn bind(self: &Arc<Self>, input: &Arc<Input>) {
        let mut inner = self.inner.lock();
        inner.input = Arc::clone(input);
        inner.orphaned = None;
        inner.queued = false;
        if let Stage::Over(Outcome::Done(_), _) = inner.stage {
            input.done.lock().insert(self.meta.id);
        }
        drop(inner);
        self.tell(true);
    }

    /// Sees to it that the island hears what it does not know yet. Progress waits for its time, unless `now`.
    pub(crate) fn tell(self: &Arc<Self>, now: bool) {
        let mut inner = self.inner.lock();
        if inner.queued || !inner.has_news(&self.meta, self.progress, now) {
            return;
        }
        inner.queued = true;
        let input = Arc::clone(&inner.input);
        drop(inner);
        let transfer = Arc::clone(self);
        let sent = input.send(Box::new(move || transfer.take()));
        if let Err(error) = sent {
            let mut inner = self.inner.lock();
            inner.queued = false;
            if error == SendError::Gone && Arc::ptr_eq(&inner.input, &input) {
                inner.orphaned.get_or_insert_with(Instant::now);
            }
        }
    }

    /// What the island hears now, and whether its state is to be sealed with it.
    fn take(self: &Arc<Self>) -> Option<(AnyEvent, bool)> {
        let mut inner = self.inner.lock();
        inner.queued = false;
        let event = inner.take(&self.meta, self.replaces)?;
        let input = Arc::clone(&inner.input);
        drop(inner);
        // The beginning of one that is over already.
        self.tell(false);
        // A page does not send again what it knows to have arrived.
        let done = matches!(event, UploadEvent::Done { .. });
        Some((input.event(event), done))
    }

    /// Gives it what writes the file, the first time or again.
    pub(crate) fn put(&self, writer: Box<dyn AnyWriter>) {
        *self.writer.lock() = Some(writer);
        // Who ended it meanwhile found no writer to end.
        let over = if self.is_open() { None } else { self.writer.lock().take() };
        self.back.notify_waiters();
        if let Some(writer) = over {
            give_up(writer);
        }
    }

    /// Ends it; what is there of it goes. Says whether it was under way.
    pub(crate) fn end(self: &Arc<Self>, outcome: Outcome) -> bool {
        let mut inner = self.inner.lock();
        if matches!(inner.stage, Stage::Over(..)) {
            return false;
        }
        telemetry::uploaded(match &outcome {
            Outcome::Done(_) => "done",
            Outcome::Failed(..) => "failed",
            Outcome::Cancelled => "cancelled",
        });
        let now = Instant::now();
        if let Outcome::Done(_) = outcome {
            inner.input.done.lock().insert(self.meta.id);
            inner.touched = now;
        }
        inner.stage = Stage::Over(outcome, now);
        drop(inner);
        self.turn.send_modify(|turn| *turn += 1);
        let writer = self.writer.lock().take();
        self.back.notify_waiters();
        if let Some(writer) = writer {
            give_up(writer);
        }
        self.tell(true);
        true
    }

    /// Ends it for a fault of the sink's or the app's, which the log tells.
    pub(crate) fn fail(self: &Arc<Self>, error: &Error) -> Code {
        tracing::warn!(upload = ?self.meta.id, input = self.meta.input, %error, "an upload failed");
        self.end(Outcome::Failed(Code::UploadFailed, error.sentence().to_owned()));
        Code::UploadFailed
    }
}

impl Inner {
    /// Notes that so much more of it has come. What drips is no sign of life.
    fn came(&mut self, len: u64, least: u64) {
        let first = self.received == 0;
        self.received += len;
        if first || self.received - self.counted >= least {
            self.counted = self.received;
            self.touched = Instant::now();
        }
    }

    fn has_news(&self, meta: &UploadMeta, every: Duration, now: bool) -> bool {
        if !self.began {
            return true;
        }
        if matches!(self.stage, Stage::Over(..)) {
            return !self.ended;
        }
        let news = self.received - self.told;
        let since = self.told_at.elapsed();
        let much = u128::from(news) * 100 >= u128::from(meta.size);
        news > 0 && (now || (since >= every && (much || since >= SLOW.max(every))))
    }

    fn take(&mut self, meta: &UploadMeta, replaces: Option<UploadId>) -> Option<UploadEvent> {
        let id = meta.id;
        if !std::mem::replace(&mut self.began, true) {
            return Some(UploadEvent::Began { meta: meta.clone(), replaces });
        }
        if let Stage::Over(outcome, _) = &self.stage {
            let first = !std::mem::replace(&mut self.ended, true);
            return first.then(|| match outcome.clone() {
                Outcome::Done(file) => UploadEvent::Done { id, file },
                Outcome::Failed(_, sentence) => UploadEvent::Failed { id, sentence },
                Outcome::Cancelled => UploadEvent::Cancelled { id },
            });
        }
        let news = self.received > self.told;
        self.told = self.received;
        self.told_at = Instant::now();
        news.then_some(UploadEvent::Progress { id, received: self.received })
    }
}

/// Has a writer let go of what it has.
fn give_up(writer: Box<dyn AnyWriter>) {
    // Without a runtime, its own `Drop` has to do.
    if let Ok(runtime) = tokio::runtime::Handle::try_current() {
        runtime.spawn(writer.abort());
    }
}

impl Transfer {
    /// Gives a finished file back that no island has heard of.
    pub(crate) fn unclaimed(&self) {
        let inner = self.inner.lock();
        let Stage::Over(Outcome::Done(file), _) = &inner.stage else { return };
        let (input, file) = (Arc::clone(&inner.input), file.clone());
        drop(inner);
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move { input.accepting.sink.remove(file).await });
        }
    }
}
