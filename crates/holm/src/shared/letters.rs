//! What comes in: viewers' events, the island's own, and messages of what it listens to, in turns.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use tokio::sync::Notify;

use super::{Inner, Letter, Life, Shared};
use crate::cx::{Late, Mailbox, SendError};
use crate::island::erased::AnyEvent;
use crate::session::{Message, Queued};

/// What came of a message.
pub(super) enum Heard {
    Event(AnyEvent),
    /// A policy has taken it.
    Nothing,
    /// The app's code panicked as it made an event of it.
    Panic,
}

impl Letter {
    /// One of the island's own.
    pub(super) fn own(what: Message) -> Self {
        Self { from: None, queued: Queued { seq: 0, size: 0, what } }
    }

    /// Stands for the next message, which is taken when its turn has come.
    fn heard() -> Self {
        Self::own(Message::Heard)
    }

    pub(super) fn is_heard(&self) -> bool {
        matches!(self.queued.what, Message::Heard)
    }
}

impl Mailbox for Shared {
    fn deliver(self: Arc<Self>, _: u64, event: AnyEvent) -> Result<(), (SendError, AnyEvent)> {
        self.send(Message::Event(event)).map_err(|(error, message)| match message {
            Message::Event(event) => (error, event),
            _ => unreachable!("what was sent comes back"),
        })
    }

    fn deliver_late(self: Arc<Self>, _: u64, late: Late) -> Result<(), SendError> {
        self.send(Message::Late(late)).map_err(|(error, _)| error)
    }

    fn room(&self) -> &Notify {
        &self.room
    }

    /// Messages are taken in by a task of their own: whoever publishes does not wait for handlers.
    fn nudge(&self) {
        if self.nudged.swap(true, Ordering::AcqRel) {
            return;
        }
        let shared = self.this.clone();
        self.runtime.spawn(async move {
            if let Some(shared) = shared.upgrade() {
                shared.listen();
            }
        });
    }
}

impl Shared {
    /// Puts a message of the island's own into its mailbox, or gives it back.
    fn send(self: &Arc<Self>, message: Message) -> Result<(), (SendError, Message)> {
        let mut inner = self.inner.lock();
        if matches!(inner.life, Life::Over(_)) {
            return Err((SendError::Gone, message));
        }
        if inner.mailbox.len() >= self.limits().shared_mailbox {
            return Err((SendError::Full, message));
        }
        let first = inner.take_in(Letter::own(message));
        drop(inner);
        if let Some(first) = first {
            self.work(first);
        }
        Ok(())
    }

    /// Takes in the messages that wait, unless it is busy and comes to them by itself.
    fn listen(self: &Arc<Self>) {
        self.nudged.store(false, Ordering::Release);
        let mut inner = self.inner.lock();
        let others_wait = !inner.mailbox.is_empty();
        if !inner.listening.look(others_wait) || inner.busy || !inner.listening.is_due() {
            return;
        }
        inner.busy = true;
        drop(inner);
        self.work(Letter::heard());
    }

    /// Takes one message; its turn has come.
    pub(super) fn hear(&self) -> Heard {
        let ear = self.inner.lock().listening.next();
        match ear.map(|ear| catch_unwind(AssertUnwindSafe(|| ear.take()))) {
            Some(Ok(Some(event))) => Heard::Event(event),
            Some(Ok(None)) | None => Heard::Nothing,
            Some(Err(_)) => {
                tracing::error!(island = self.name, "a message's `event` panicked; the message is lost");
                Heard::Panic
            }
        }
    }

    /// The next letter, or the end of being busy.
    pub(super) fn next_letter(&self) -> Option<Letter> {
        let mut inner = self.inner.lock();
        let next = inner.next_letter();
        let tell = next.as_ref().is_none_or(|next| !next.is_heard()) && std::mem::take(&mut inner.untold);
        let again = next.is_none() && !inner.listening.is_empty();
        drop(inner);
        if again {
            self.nudge();
        }
        if tell {
            self.tell_viewers();
        }
        self.room.notify_waiters();
        next
    }
}

impl Inner {
    /// Puts a letter in the mailbox, or gives what is to be worked on now: messages that came before it go first.
    pub(super) fn take_in(&mut self, letter: Letter) -> Option<Letter> {
        if self.busy {
            self.mailbox.push_back(letter);
            return None;
        }
        self.busy = true;
        if self.listening.look(false) && self.listening.is_due() {
            self.mailbox.push_back(letter);
            return Some(Letter::heard());
        }
        Some(letter)
    }

    fn next_letter(&mut self) -> Option<Letter> {
        if self.listening.is_due() {
            return Some(Letter::heard());
        }
        let next = self.mailbox.pop_front();
        self.busy = next.is_some();
        if next.is_some() {
            self.listening.give_way();
        } else if self.mailbox.capacity() > 64 {
            self.mailbox = VecDeque::new();
        }
        next
    }
}
