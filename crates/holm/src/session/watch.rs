//! A session's side of shared islands: joining one, sending it events, showing what it shows.

use std::sync::Arc;

use holm_wire::Code;
use holm_wire::check::{FRESH, MOVED_ON, UNKNOWN};
use holm_wire::down::Down;
use holm_wire::up::JoinIsland;

use super::join::Refusal;
use super::slot::{Queued, Slot};
use super::{Guard, Inner, Session, Trash};
use crate::cx::Effect;
use crate::island::scope::PROGRESSIVE;
use crate::seal::Sealed;
use crate::shared::{Found, Mirror};

/// How many shared islands that a page has let go of are remembered with its events' numbers.
const REMEMBERED: usize = 256;

/// What became of a viewer's message.
pub(crate) enum Told {
    /// It was handled; this goes to the viewer's page.
    Done(Vec<Effect>),
    Refused(Code, String),
}

impl Session {
    /// Gives a shared island a slot, bringing it to life if need be; gives its id, and how far the page's
    /// events are contained.
    pub(super) fn admit_shared(
        self: &Arc<Self>,
        inner: &mut Inner,
        asked: &JoinIsland<'_>,
        sealed: &Sealed,
    ) -> Result<(u64, u64), Refusal> {
        let instance = asked.instance.strip_prefix(PROGRESSIVE).unwrap_or(asked.instance);
        let key = instance.strip_prefix(asked.name).and_then(|rest| rest.strip_prefix('.'));
        let Some(key) = key else {
            return Err((Code::SealForeign, "This page's state is another island's.".to_owned()));
        };
        let all = &self.hub().shared;
        // One that ends in just that moment is opened again.
        let mut over = Vec::new();
        let view = loop {
            let shared = match all.open(&self.core, asked.name, key, &mut over) {
                Ok(shared) => shared,
                Err(refusal) => break Err(refusal),
            };
            match all.watch(&shared, self, sealed.html) {
                Some(view) => break Ok(view),
                None => over.push(Box::new(shared)),
            }
        };
        inner.trash.push(Trash::Over(over));
        let view = view?;
        let id = view.shared.id;
        if inner.slot(id).is_some() {
            // Joined from two pages' seals at once, which no page does.
            self.remove(inner, id);
        }
        // What the island has taken in is contained, whichever session of this page sent it.
        let seq = inner.known.of(asked.instance);
        let island = Box::new(Mirror(Arc::clone(&view.shared)));
        let mut slot = Slot::new(id, asked.instance.into(), island, seq, sealed.html);
        let compared = asked.check != UNKNOWN && sealed.check != UNKNOWN;
        slot.snapshot = matches!(asked.check, MOVED_ON | FRESH) || (compared && asked.check != sealed.check);
        slot.dirty = true;
        slot.life = inner.life(asked.instance);
        slot.shared = Some(Box::new(view));
        inner.slots.push(slot);
        Ok((id, seq))
    }

    /// Has a shared island that has joined come to life; says whether it is one.
    pub(super) fn begin_shared(&self, id: u64) -> bool {
        let mut inner = self.lock();
        let view = inner.slot(id).and_then(|slot| slot.shared.as_ref());
        let Some(shared) = view.map(|view| Arc::clone(&view.shared)) else { return false };
        drop(inner);
        shared.begin();
        true
    }

    /// Puts a message of the page's before a shared island.
    pub(super) fn post(self: &Arc<Self>, mut inner: Guard<'_>, id: u64, message: Queued) {
        let visitor = Arc::clone(&inner.visitor);
        let Some(slot) = inner.slot(id) else { return };
        let life = slot.life;
        let Some(view) = &mut slot.shared else { return };
        let from = view.sender(self, &visitor, life);
        view.waiting += 1;
        slot.waiting += message.size;
        slot.busy = true;
        // Under the session's lock, so that the page's events keep their order.
        let post = view.post(from, message);
        drop(inner);
        if let Some(post) = post {
            post.work();
        }
    }

    /// A shared island tells what became of a message: its number, and the bytes that it took while it
    /// waited, or `None` when it does not wait any more. `view` names the viewer who sent it.
    pub(crate) fn told(self: &Arc<Self>, id: u64, view: u64, seq: u64, waited: Option<usize>, told: Told) {
        let mut inner = self.lock();
        let Some(slot) = inner.slot(id) else { return };
        let Some(known) = slot.shared.as_mut().filter(|known| known.number == view) else { return };
        if let Some(size) = waited {
            known.waiting -= 1;
            slot.waiting -= size;
            slot.busy = known.waiting > 0;
        }
        match told {
            Told::Done(effects) => {
                slot.done = slot.done.max(seq);
                slot.dirty = true;
                for effect in effects {
                    slot.put_effect(effect.for_event(seq), self.core.limits.effects);
                }
            }
            Told::Refused(code, sentence) => self.refuse_in_order(&mut inner, id, seq, code, &sentence),
        }
        drop(inner);
        self.waker.wake();
        self.room.notify_waiters();
    }

    /// A shared island did not come to life.
    pub(crate) fn bereave(&self, id: u64, code: Code, sentence: &str) {
        let mut inner = self.lock();
        if let Some(slot) = inner.slot(id)
            && slot.shared.is_some()
        {
            // What waited was not done: the page sends it again when it joins again.
            slot.received = slot.done;
            self.remove(&mut inner, id);
            self.put_error(&mut inner, code, Some(id), 0, sentence);
        }
    }

    /// Queues what the page lacks of a shared island, then what is its own alone: the acknowledgement,
    /// effects, refusals.
    pub(super) fn flush_shared(&self, inner: &mut Inner, at: usize) {
        let Inner { slots, out, trash, .. } = inner;
        let slot = &mut slots[at];
        let id = slot.id;
        let Some(view) = &mut slot.shared else { return };
        let mut shed = Vec::new();
        let found = view.look(slot.snapshot, out, &mut shed);
        if !shed.is_empty() {
            trash.push(Trash::Shared(shed));
        }
        match found {
            // What is to be said comes after what it comes to life with.
            Found::Later => return,
            Found::Shown => slot.snapshot = false,
            Found::Failed => {
                let sentence = super::sentence_of_failure(Code::RenderFailed);
                self.put_error(inner, Code::RenderFailed, Some(id), 0, sentence);
            }
        }
        let slot = &mut inner.slots[at];
        let ack = slot.take_ack();
        let effects = std::mem::take(&mut slot.effects);
        let refusals = std::mem::take(&mut slot.refusals);
        if let Some(seq) = ack {
            self.put(inner, &Down::Ack { island: id, seq });
        }
        for effect in effects {
            self.put_effect(inner, id, &effect);
        }
        for (seq, code, sentence) in refusals {
            self.put_error(inner, code, Some(id), seq, &sentence);
        }
        if inner.slots[at].done > inner.slots[at].sealed_to {
            // The page is not to keep its events any more: no seal will contain them.
            self.seal_slot(inner, at);
        }
    }
}

impl Inner {
    /// Sees which shared islands may have something new.
    pub(super) fn look_at_shared(&mut self) {
        for slot in &mut self.slots {
            slot.dirty |= slot.shared.as_ref().is_some_and(|view| view.is_behind());
        }
    }

    /// Notes which of the page's events a shared island has taken in, before the slot goes.
    pub(super) fn note_view(&mut self, at: usize) {
        let Self { slots, known, .. } = self;
        let slot = &slots[at];
        if slot.shared.is_some() && slot.received > 0 {
            known.note(&slot.instance, slot.received, REMEMBERED);
        }
    }
}
