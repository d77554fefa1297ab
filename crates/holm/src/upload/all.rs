//! Every upload of an app: how many there may be, and what becomes of those that nobody goes on with.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use holm_wire::Code;
use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::time::Instant;

mod lost;

use super::accept::Refused;
use super::input::{Input, Place, Settle};
use super::transfer::{Outcome, Transfer};
use super::{UploadEvent, UploadId};
use crate::{Limits, Principal};

/// Said of what nobody goes on with.
const STOPPED: &str = "It stopped arriving.";
/// How often uploads are looked after.
const LOOK: Duration = Duration::from_secs(1);
/// How long one that is over is remembered, for a page that did not get the answer.
const REMEMBERED: Duration = Duration::from_mins(1);
/// How many uploads that are over are remembered of a page, for each one that it may have under way.
const OVER: usize = 4;

/// The uploads of one app.
#[derive(Default)]
pub(crate) struct All {
    uploads: Mutex<Known>,
    running: AtomicUsize,
    stopped: Notify,
}

#[derive(Default)]
struct Known {
    all: HashMap<UploadId, Arc<Transfer>>,
    lost: lost::Lost,
    /// Whether a task looks after them.
    looked_after: bool,
}

/// A request that writes; a shutdown waits a while for it.
pub(crate) struct Running(Arc<All>);

impl std::fmt::Debug for All {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "All({})", self.uploads.lock().all.len())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::AcqRel);
        self.0.stopped.notify_waiters();
    }
}

impl All {
    /// The upload with this id.
    pub(crate) fn get(&self, id: UploadId) -> Option<Arc<Transfer>> {
        self.uploads.lock().all.get(&id).cloned()
    }

    /// Takes an upload in, if there is room for it. The one that it replaces makes room, and is ended.
    ///
    /// # Errors
    /// `TooManyFiles` for the input, which will not change by itself; `TooManyUploads` when it may begin later.
    pub(crate) fn add(
        self: &Arc<Self>,
        transfer: &Arc<Transfer>,
        replaced: Option<&Arc<Transfer>>,
        input: &Input,
        limits: &Limits,
    ) -> Result<(), Refused> {
        let later = || (Code::TooManyUploads, "Too many files are on their way. This one waits.".to_owned());
        let mut known = self.uploads.lock();
        let (mut here, mut over, mut open, mut bytes, mut files) = (0, 0, 0, 0_u64, input.done.lock().len());
        for other in known.all.values() {
            if replaced.is_some_and(|replaced| Arc::ptr_eq(replaced, other)) {
                continue;
            }
            let own = other.session == transfer.session;
            if !other.is_open() {
                over += usize::from(own);
                continue;
            }
            here += usize::from(own);
            open += 1;
            bytes = bytes.saturating_add(other.meta.size);
            files += usize::from(other.is_of(&transfer.place, &input.name));
        }
        if files >= input.accepting.max_files() {
            return Err(input.accepting.too_many());
        }
        let full = here >= limits.uploads
            || over >= limits.uploads.saturating_mul(OVER)
            || open >= limits.uploads_in_all
            || bytes.saturating_add(transfer.meta.size) > limits.upload_bytes_in_all as u64;
        if full {
            return Err(later());
        }
        known.all.insert(transfer.meta.id, Arc::clone(transfer));
        if let Some(id) = transfer.replaces {
            known.lost.goes_on(id, input);
        }
        self.have_looked_after(&mut known, limits);
        drop(known);
        if let Some(replaced) = replaced {
            replaced.end(Outcome::Cancelled);
        }
        Ok(())
    }

    fn have_looked_after(self: &Arc<Self>, known: &mut Known, limits: &Limits) {
        if !std::mem::replace(&mut known.looked_after, true) {
            tokio::spawn(look_after(Arc::downgrade(self), limits.upload_idle));
        }
    }

    /// Notes that a request writes.
    pub(crate) fn running(self: &Arc<Self>) -> Running {
        self.running.fetch_add(1, Ordering::AcqRel);
        Running(Arc::clone(self))
    }

    fn of(&self, which: impl Fn(&Transfer) -> bool) -> Vec<Arc<Transfer>> {
        self.uploads.lock().all.values().filter(|transfer| which(transfer)).cloned().collect()
    }

    /// Does what islands have asked for; none is locked now.
    pub(crate) fn settle(self: &Arc<Self>, asked: Vec<Settle>, limits: &Limits) {
        for each in asked {
            match each {
                Settle::Bind { input, before } => {
                    self.miss(&input, before.as_ref(), limits);
                    drop(before);
                    let Some(place) = input.place() else { continue };
                    for transfer in self.of(|transfer| transfer.is_of(place, &input.name)) {
                        transfer.bind(&input);
                    }
                }
                Settle::Cancel(id, place, inputs) => {
                    self.uploads.lock().lost.forget(id);
                    match self.get(id).filter(|transfer| transfer.place == place) {
                        Some(transfer) => {
                            transfer.end(Outcome::Cancelled);
                        }
                        // One that a restart interrupted: the island is not to wait for it.
                        None => {
                            if let Some(input) = inputs.first().cloned() {
                                let told = Arc::clone(&input);
                                let _ = input.send(Box::new(move || {
                                    Some((told.event(UploadEvent::Cancelled { id }), false))
                                }));
                            }
                        }
                    }
                }
            }
        }
    }

    /// Notes what an island has as under way that no upload brings.
    fn miss(self: &Arc<Self>, input: &Arc<Input>, before: Option<&Arc<Input>>, limits: &Limits) {
        let mut known = self.uploads.lock();
        let mut ids = input.accepting.rules.open.clone();
        ids.retain(|id| known.all.get(id).is_none_or(|transfer| transfer.is_lost()));
        known.lost.expect(input, before, &ids);
        if !known.lost.is_empty() {
            self.have_looked_after(&mut known, limits);
        }
    }

    /// Ends the uploads of somebody who was cut off.
    pub(crate) fn disconnect(&self, principal: &Principal) {
        for transfer in self.of(|transfer| transfer.principal == *principal) {
            transfer.end(Outcome::Cancelled);
        }
    }

    /// Waits for the requests that write, for as long as that; then ends what is not whole.
    pub(crate) async fn drain(&self, limit: Duration) {
        let idle = async {
            loop {
                let mut stopped = std::pin::pin!(self.stopped.notified());
                stopped.as_mut().enable();
                if self.running.load(Ordering::Acquire) == 0 {
                    return;
                }
                stopped.await;
            }
        };
        let _ = tokio::time::timeout(limit, idle).await;
        self.let_go();
    }

    /// Ends what is not whole, and gives back what nobody heard of: the server goes.
    pub(crate) fn let_go(&self) {
        // To end one calls out, which is not done with the guard.
        let all = std::mem::take(&mut self.uploads.lock().all);
        for transfer in all.into_values() {
            let sentence = "The server was restarted meanwhile.".to_owned();
            if !transfer.end(Outcome::Failed(Code::ShuttingDown, sentence)) && !transfer.is_told() {
                transfer.unclaimed();
            }
        }
    }

    /// Ends uploads that nobody goes on with, forgets those that are over, and tells islands what they lack. Says
    /// whether there are any left.
    fn look(&self, idle: Duration) -> bool {
        let now = Instant::now();
        let all = self.of(|_| true);
        let mut heard: HashMap<u64, Instant> = HashMap::new();
        for transfer in &all {
            let newest = heard.entry(transfer.session).or_insert_with(|| transfer.touched());
            *newest = (*newest).max(transfer.touched());
        }
        let past = |since: Instant, time: Duration| now.duration_since(since) >= time;
        for transfer in all {
            let alone = transfer.orphaned().is_some_and(|since| past(since, idle));
            match transfer.over_since() {
                // One that waits for the others of its page is not broken.
                None if alone || past(heard[&transfer.session], idle) => {
                    transfer.end(Outcome::Failed(Code::UploadGone, STOPPED.to_owned()));
                }
                Some(since) if past(since, REMEMBERED) && (transfer.is_told() || alone) => {
                    if !transfer.is_told() {
                        transfer.unclaimed();
                    }
                    self.uploads.lock().all.remove(&transfer.meta.id);
                }
                _ => transfer.tell(false),
            }
        }
        let missed = self.uploads.lock().lost.past(idle);
        for (id, input) in missed {
            if lost::told(id, &input) {
                self.uploads.lock().lost.forget(id);
            }
        }
        let mut known = self.uploads.lock();
        known.looked_after = !known.all.is_empty() || !known.lost.is_empty();
        known.looked_after
    }
}

async fn look_after(all: Weak<All>, idle: Duration) {
    loop {
        tokio::time::sleep(LOOK.min(idle)).await;
        let Some(all) = all.upgrade() else { return };
        if !all.look(idle) {
            return;
        }
    }
}

impl Place {
    /// Of an island that is one page's own.
    pub(crate) fn own(session: u64, instance: &str) -> Self {
        Self { session: Some(session), instance: instance.into() }
    }
}
