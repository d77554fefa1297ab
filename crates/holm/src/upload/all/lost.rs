//! Files that an island's state has as on their way and that no upload brings: those that a restart interrupted. Their
//! page begins them again; what it does not go on with fails, so that no entry waits for ever.
//!
//! `All` looks after it. What it does not know: uploads that are there, and times other than its own.

use std::collections::HashMap;
use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::time::Instant;

use crate::cx::SendError;
use crate::upload::input::Input;
use crate::upload::{UploadEvent, UploadId};

/// The files that are missed, by the id that the state has.
#[derive(Default)]
pub(super) struct Lost(HashMap<UploadId, Missed>);

struct Missed {
    input: Weak<Input>,
    since: Instant,
}

impl Lost {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// An input has come, in the place of that one if it was said again; these files of its are missed.
    pub(super) fn expect(&mut self, input: &Arc<Input>, before: Option<&Arc<Input>>, ids: &[UploadId]) {
        let now = Arc::downgrade(input);
        if let Some(before) = before.map(Arc::downgrade) {
            for missed in self.0.values_mut().filter(|missed| missed.input.ptr_eq(&before)) {
                missed.input = now.clone();
            }
        }
        for id in ids {
            let missed = || Missed { input: now.clone(), since: Instant::now() };
            let known = self.0.entry(*id).or_insert_with(missed);
            if known.input.strong_count() == 0 {
                *known = missed();
            }
        }
    }

    /// The page goes on with this one of that input's.
    pub(super) fn goes_on(&mut self, id: UploadId, input: &Input) {
        if self.0.get(&id).is_some_and(|missed| std::ptr::eq(missed.input.as_ptr(), input)) {
            self.0.remove(&id);
        }
    }

    /// The island does not wait for this one any more.
    pub(super) fn forget(&mut self, id: UploadId) {
        self.0.remove(&id);
    }

    /// Those that have been missed for so long.
    pub(super) fn past(&mut self, time: Duration) -> Vec<(UploadId, Weak<Input>)> {
        self.0.retain(|_, missed| missed.input.strong_count() > 0);
        let past = self.0.iter().filter(|(_, missed)| missed.since.elapsed() >= time);
        past.map(|(id, missed)| (*id, missed.input.clone())).collect()
    }
}

/// Tells an island that a file of its comes no more. Says whether there is nothing more to tell.
pub(super) fn told(id: UploadId, input: &Weak<Input>) -> bool {
    let Some(input) = input.upgrade() else { return true };
    let to = Arc::clone(&input);
    let sentence = super::STOPPED.to_owned();
    let sent = input.send(Box::new(move || Some((to.event(UploadEvent::Failed { id, sentence }), false))));
    // With a full mailbox it is tried again.
    !matches!(sent, Err(SendError::Full))
}
