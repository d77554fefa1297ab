//! One session's hold on a shared island: what its page shows, and what it has sent.

use std::collections::VecDeque;
use std::sync::{Arc, Weak};

use bytes::Bytes;

use super::{Letter, Sender, Shared};
use crate::island::erased::Erased;
use crate::session::{Queued, Session};
use crate::visitor::Visitor;

/// A viewer. Dropped, it has left.
pub(crate) struct View {
    pub(crate) shared: Arc<Shared>,
    /// Its place among the viewers.
    place: usize,
    /// Tells it from an earlier one of the same session.
    pub(crate) number: u64,
    page: Page,
    /// [`Shared::version`] when it last looked.
    version: u64,
    /// How many of its messages wait or are being handled.
    pub(crate) waiting: usize,
}

/// What the page shows.
enum Page {
    /// HTML of this hash.
    Hash(u64),
    Revision(u64),
}

/// What a look found.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// The page has it all with the frames that were appended.
    Shown,
    /// It has yet to come to life, which it will tell.
    Later,
    /// It cannot be shown.
    Failed,
}

impl View {
    pub(super) fn new(shared: Arc<Shared>, place: usize, number: u64, hash: u64) -> Self {
        Self { shared, place, number, page: Page::Hash(hash), version: 0, waiting: 0 }
    }

    /// Whether there may be something new.
    pub(crate) fn is_behind(&self) -> bool {
        self.version != self.shared.version()
    }

    /// Whether its island's mailbox is full, whoever filled it.
    pub(crate) fn is_full(&self) -> bool {
        self.shared.inner.lock().mailbox.len() >= self.shared.limits().shared_mailbox
    }

    /// Appends the frames that take the page to what is shown now: nothing, the edits it lacks, or all of it
    /// where that is less or `snapshot` asks for it. States to drop behind all locks come out through `shed`.
    pub(crate) fn look(
        &mut self,
        snapshot: bool,
        out: &mut VecDeque<Bytes>,
        shed: &mut Vec<Arc<dyn Erased>>,
    ) -> Found {
        let shared = &*self.shared;
        if !shared.is_live() {
            return Found::Later;
        }
        let mut picture = shared.picture.lock();
        let shows = shared.refresh(&mut picture, shed);
        self.version = picture.version;
        if !shows {
            return Found::Failed;
        }
        let at = match self.page {
            Page::Revision(revision) => Some(revision),
            Page::Hash(hash) => shared.recognise(&mut picture, hash, shed),
        };
        if snapshot || !at.is_some_and(|at| picture.edits_from(at, out)) {
            out.extend(picture.snapshot(shared.id));
        }
        self.page = Page::Revision(picture.revision);
        Found::Shown
    }

    /// Puts a message of this viewer's in its turn, and gives back what is to be worked on now.
    pub(crate) fn post(&mut self, from: Sender, queued: Queued) -> Option<Post> {
        let first = self.shared.inner.lock().take_in(Letter { from: Some(from), queued })?;
        Some(Post { shared: Arc::clone(&self.shared), first })
    }

    /// Names this viewer as the sender of an event.
    pub(crate) fn sender(&self, session: &Arc<Session>, visitor: &Arc<Visitor>, life: u64) -> Sender {
        let (session, page): (Weak<_>, _) = (Arc::downgrade(session), session.id());
        Sender { session, page, visitor: Arc::clone(visitor), view: self.number, life }
    }
}

impl Drop for View {
    fn drop(&mut self) {
        self.shared.core.hub.shared.leave(&self.shared, self.place);
    }
}

/// A message that found its island free.
pub(crate) struct Post {
    shared: Arc<Shared>,
    first: Letter,
}

impl Post {
    /// Has it handled, with what follows.
    pub(crate) fn work(self) {
        self.shared.work(self.first);
    }
}
