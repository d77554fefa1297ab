//! Messages of topics and presences: when they are taken in, and how they take turns with what else an island does.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::slot::{Message, Queued, Slot};
use super::{Guard, Inner, Session};
use crate::cx::{Effect, Mailbox};
use crate::hub::presence::track::{Over, Place};
use crate::island::erased::AnyEvent;

/// What came of a message.
pub(super) enum Heard {
    Event(AnyEvent),
    /// There is none any more; what the island does next.
    Nothing(Option<Queued>),
    /// The app's code panicked as it made an event of it.
    Panic,
}

/// Stands for the next message, which is taken when its turn has come.
fn heard() -> Queued {
    Queued { seq: 0, size: 0, what: Message::Heard }
}

impl Session {
    /// Has every island take in the messages that wait for it.
    pub(super) fn take_in<'a>(self: &'a Arc<Self>, mut inner: Guard<'a>) -> Guard<'a> {
        let listening = inner.slots.iter().filter(|slot| !slot.listening.is_empty());
        let ids: Vec<u64> = listening.map(|slot| slot.id).collect();
        for id in ids {
            let Some(slot) = inner.slot(id) else { continue };
            let others_wait = !slot.mailbox.is_empty();
            // One that is busy comes to its messages by itself.
            if !slot.listening.look(others_wait) || slot.busy || !slot.listening.is_due() {
                continue;
            }
            slot.busy = true;
            slot.hearing = true;
            drop(inner);
            self.work(id, heard());
            inner = self.lock();
        }
        inner
    }

    /// Takes one message of an island's; its turn has come.
    pub(super) fn hear(&self, id: u64) -> Heard {
        let mut inner = self.lock();
        let ear = inner.slot(id).and_then(|slot| slot.listening.next());
        drop(inner);
        let event = ear.map(|ear| catch_unwind(AssertUnwindSafe(|| ear.take())));
        match event {
            Some(Ok(Some(event))) => Heard::Event(event),
            Some(Err(_)) => {
                tracing::error!(
                    session = self.id(),
                    island = id,
                    "a message's `event` panicked; the message is lost"
                );
                Heard::Panic
            }
            Some(Ok(None)) | None => Heard::Nothing(self.next_message(&mut self.lock(), id).flatten()),
        }
    }

    /// What an island does next, or the end of being busy; `None` when it is gone.
    #[allow(clippy::option_option, reason = "that it is gone is another thing than that it is done")]
    pub(super) fn next_message(&self, inner: &mut Inner, id: u64) -> Option<Option<Queued>> {
        let away = inner.is_away();
        let slot = inner.slot(id)?;
        if !away && slot.listening.is_due() {
            slot.hearing = true;
            return Some(Some(heard()));
        }
        if std::mem::take(&mut slot.hearing) {
            self.waker.wake();
        }
        let next = slot.mailbox.pop_front();
        slot.waiting -= next.as_ref().map_or(0, |next| next.size);
        slot.busy = next.is_some();
        if slot.busy {
            slot.listening.give_way();
        } else if !slot.listening.is_empty() {
            // In its time: when the page takes frames.
            self.nudge();
        }
        Some(next)
    }

    /// Does what an effect asks of topics and presences; gives back what asks for something else.
    pub(super) fn listen(&self, slot: &mut Slot, effect: Effect, over: &mut Vec<Over>) -> Option<Effect> {
        let island = slot.island.island_name();
        let place = Place { hub: self.hub(), limits: &self.core.limits, island, view: self.id() };
        slot.listening.apply(effect, &place, over)
    }
}

impl Inner {
    /// Whether its page is away, so that nothing is taken in.
    pub(super) fn is_away(&self) -> bool {
        self.ticket.is_some() || self.closed
    }
}

impl Slot {
    /// Puts a message into the mailbox.
    pub(super) fn wait(&mut self, message: Queued) {
        self.waiting += message.size;
        self.mailbox.push_back(message);
    }

    /// What an idle island begins with that is given a message: messages of topics that came before it.
    pub(super) fn after_messages(&mut self, message: Queued) -> Queued {
        if !self.listening.look(false) || !self.listening.is_due() {
            return message;
        }
        self.hearing = true;
        self.wait(message);
        heard()
    }

    /// Whether it has something to tell, and all of it.
    pub(super) fn is_to_show(&self) -> bool {
        self.dirty && !self.hearing
    }
}
