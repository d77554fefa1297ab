//! What waits for one subscriber, within its bound.

use std::collections::VecDeque;
use std::sync::{Arc, Weak};

use parking_lot::Mutex;

use crate::cx::Mailbox;

/// How many places an empty queue keeps for what comes next.
const KEPT: usize = 8;

/// What happens to messages past the bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Policy {
    /// The oldest goes.
    DropOldest(usize),
    /// One waits, the newest.
    Newest,
    /// All go, and one word of that comes in their place.
    Resync(usize),
}

/// The messages of one subscription that its island has not taken.
pub(crate) struct Inbox<M> {
    mailbox: Weak<dyn Mailbox>,
    policy: Policy,
    waiting: Mutex<Waiting<M>>,
}

struct Waiting<M> {
    queue: VecDeque<Arc<M>>,
    /// Whether messages were lost that the policy has a word for.
    lost: bool,
    /// Whether nothing is to be taken yet.
    early: bool,
}

/// What an island takes.
pub(crate) enum Taken<M> {
    Message(Arc<M>),
    /// In place of all that was lost.
    Lost,
}

/// What a publish leaves to be done once no lock is held: an app's own `Drop` may run, and islands wake.
pub(crate) struct After<M> {
    wake: Vec<Arc<dyn Mailbox>>,
    dropped: Vec<Arc<M>>,
    queues: Vec<VecDeque<Arc<M>>>,
}

impl<M> Inbox<M> {
    pub(crate) fn new(mailbox: Weak<dyn Mailbox>, policy: Policy) -> Self {
        let waiting = Waiting { queue: VecDeque::new(), lost: false, early: false };
        Self { mailbox, policy, waiting: Mutex::new(waiting) }
    }

    /// One that gives nothing until it is opened, and then begins with the word for what was lost.
    pub(crate) fn closed(mailbox: Weak<dyn Mailbox>, most: usize) -> Self {
        let inbox = Self::new(mailbox, Policy::Resync(most));
        *inbox.waiting.lock() = Waiting { queue: VecDeque::new(), lost: true, early: true };
        inbox
    }

    /// Opens it, if it is closed.
    pub(crate) fn open(&self, after: &mut After<M>) {
        if std::mem::take(&mut self.waiting.lock().early) {
            after.wake.extend(self.mailbox.upgrade());
        }
    }

    /// How many things there are to take.
    pub(crate) fn len(&self) -> usize {
        let waiting = self.waiting.lock();
        if waiting.early { 0 } else { waiting.queue.len() + usize::from(waiting.lost) }
    }

    /// Puts a message behind those that wait.
    pub(crate) fn put(&self, message: &Arc<M>, after: &mut After<M>) {
        let mut waiting = self.waiting.lock();
        if waiting.lost {
            // The word that stands for what is lost stands for this too.
            return;
        }
        // What waits already has been announced.
        let wake = waiting.queue.is_empty();
        match self.policy {
            Policy::DropOldest(most) => {
                if waiting.queue.len() >= most.max(1) {
                    after.dropped.extend(waiting.queue.pop_front());
                }
                waiting.queue.push_back(Arc::clone(message));
            }
            Policy::Newest => {
                after.dropped.extend(waiting.queue.pop_front());
                waiting.queue.push_back(Arc::clone(message));
            }
            Policy::Resync(most) if waiting.queue.len() >= most => {
                after.queues.push(std::mem::take(&mut waiting.queue));
                waiting.lost = true;
            }
            Policy::Resync(_) => waiting.queue.push_back(Arc::clone(message)),
        }
        if wake {
            after.wake.extend(self.mailbox.upgrade());
        }
    }

    /// Takes what comes first.
    pub(crate) fn take(&self) -> Option<Taken<M>> {
        let mut waiting = self.waiting.lock();
        if waiting.early {
            return None;
        }
        if std::mem::take(&mut waiting.lost) {
            return Some(Taken::Lost);
        }
        let message = waiting.queue.pop_front();
        if waiting.queue.is_empty() && waiting.queue.capacity() > KEPT {
            waiting.queue = VecDeque::new();
        }
        message.map(Taken::Message)
    }
}

impl<M> After<M> {
    pub(crate) fn new() -> Self {
        Self { wake: Vec::new(), dropped: Vec::new(), queues: Vec::new() }
    }

    /// Wakes whom there is something for. No lock of the hub's is held.
    pub(crate) fn done(self) {
        let lost = self.dropped.len() + self.queues.iter().map(VecDeque::len).sum::<usize>();
        crate::telemetry::topic_lost(lost);
        for mailbox in self.wake {
            mailbox.nudge();
        }
    }
}
