//! What the page hears next: edits rendered when the page can take them, seals, counts.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use bytes::Bytes;
use holm_wire::Code;
use holm_wire::down::{Down, LIST, is_counted};
use xxhash_rust::xxh3::xxh3_64;

use super::ring::{ACK, SEAL, SNAPSHOT, is_edit, island_of};
use super::slot::{Base, Message, Queued, Slot};
use super::{End, Guard, Inner, Session, Trash, WANTS_PAGE_PRESENCE, WANTS_TOTAL_PRESENCE};
use crate::cx::Effect;
use crate::island::scope::{self, Nested, Rendered};

/// How many refusals of an island are told again without their sentences.
const UNHEARD: usize = 256;
/// Kinds of frames that a connection's counting begins after.
const JOINED: u8 = 0x10;
const RESUMED: u8 = 0x03;

impl Session {
    /// The next frame for the connection with this number, rendered now if need be.
    pub(super) fn next_frame(self: &Arc<Self>, number: u64) -> Option<Bytes> {
        let mut inner = self.lock();
        let mut looked = false;
        loop {
            if inner.link != number {
                return None;
            }
            if let Some(frame) = inner.out.pop_front() {
                if inner.out.is_empty() && inner.out.capacity() > 64 {
                    inner.out.shrink_to_fit();
                }
                inner.count(&frame, self.core.limits.resume_bytes);
                return Some(frame);
            }
            if inner.cut.is_some() {
                return None;
            }
            // What there is to show goes first, and new messages wait for the next frame: islands that are told
            // without end, by others or by themselves, are seen on the way.
            let shows = inner.slots.iter().any(Slot::is_to_show);
            if !looked && !shows && self.nudged.swap(false, Ordering::AcqRel) {
                looked = true;
                inner = self.look_around(inner);
                continue;
            }
            if inner.presence.due != 0 {
                self.tell_presence(&mut inner);
            } else if let Some(at) = inner.next_dirty() {
                let mounted = self.flush(&mut inner, at);
                self.schedule(&mut inner);
                if !mounted.is_empty() {
                    drop(inner);
                    for id in mounted {
                        self.enqueue(self.lock(), id, Queued { seq: 0, size: 0, what: Message::Restore });
                    }
                    inner = self.lock();
                }
            } else if inner.end == Some(End::Restart) && inner.slots.iter().any(|slot| slot.changed.is_some())
            {
                self.seal_where(&mut inner, |_| true);
            } else if inner.end == Some(End::Restart) && inner.slots.iter().any(|slot| slot.busy) {
                // What is being done is answered and sealed before the page is sent away.
                return None;
            } else if inner.end == Some(End::Restart) && !std::mem::replace(&mut inner.told, true) {
                let milliseconds = self.come_back_after();
                self.put(&mut inner, &Down::ComeBack { milliseconds });
            } else {
                if self.nudged.load(Ordering::Acquire) {
                    // More came while it looked; others on this thread have their turn first.
                    self.waker.wake();
                }
                return None;
            }
        }
    }

    /// Takes in what others have left for the islands. It waits for the page to take frames: what a slow
    /// reader cannot see is not worth handling one by one.
    fn look_around<'a>(self: &'a Arc<Self>, mut inner: Guard<'a>) -> Guard<'a> {
        inner.look_at_shared();
        self.take_in(inner)
    }

    /// A moment of the window in which pages come back to a restarted server, another for each session.
    fn come_back_after(&self) -> u64 {
        let window = u64::try_from(self.core.limits.come_back.as_millis()).unwrap_or(u64::MAX).max(1);
        500 + xxh3_64(&self.id().to_le_bytes()) % window
    }

    /// Renders an island and queues what the page lacks. Gives the ids of islands that are to be restored: nested
    /// ones that are new, and itself where its page lacks rows.
    pub(super) fn flush(&self, inner: &mut Inner, at: usize) -> Vec<u64> {
        let slot = &mut inner.slots[at];
        slot.dirty = false;
        if slot.shared.is_some() {
            self.flush_shared(inner, at);
            return Vec::new();
        }
        let id = slot.id;
        let limits = &self.core.limits;
        let limit = limits.html_bytes;
        let Some(rendered) =
            scope::render(&*slot.island, &slot.instance).filter(|rendered| rendered.html.len() <= limit)
        else {
            tracing::error!(
                island = slot.island.island_name(),
                "render panicked or went past Limits::html_bytes"
            );
            let replaced = slot.roll_back();
            slot.effects.clear();
            slot.lists.roll_back();
            let refusals = std::mem::take(&mut slot.refusals);
            let failed =
                (slot.acked + 1..=slot.done).filter(|seq| refusals.iter().all(|refused| refused.0 != *seq));
            // A state that the page has missed was shown once: its events have been done.
            let done = std::mem::take(&mut slot.anew);
            let failed: Vec<u64> = failed.take(if done { 0 } else { limits.outbox }).collect();
            slot.acked = slot.done;
            let ack = (done || std::mem::take(&mut slot.tell_ack)) && slot.done > 0;
            let seq = slot.done;
            inner.trash.extend(replaced.map(Trash::State));
            if ack {
                self.put(inner, &Down::Ack { island: id, seq });
            }
            let sentence = "The new state cannot be shown. Nothing was changed.";
            if failed.is_empty() {
                self.put_error(inner, Code::RenderFailed, Some(id), 0, sentence);
            }
            for seq in failed {
                self.put_error(inner, Code::RenderFailed, Some(id), seq, sentence);
            }
            for (seq, code, sentence) in refusals {
                self.put_error(inner, code, Some(id), seq, &sentence);
            }
            return Vec::new();
        };
        let Rendered { html, nested, .. } = rendered;
        // Of a page that is to have all of it, nothing is known that an edit could begin with.
        let (hash, unknown) = (slot.shown.hash, slot.snapshot);
        let lists = slot.list_frames(&html);
        let frame = slot.next_edit(html, &self.core);
        if frame.as_deref().is_some_and(|frame| frame[0] == SNAPSHOT) {
            slot.remounts = nested.len();
        }
        slot.anew = false;
        let mut before = slot.shown.state.take();
        if frame.as_deref().is_some_and(is_edit) && !unknown && slot.base.is_none() && slot.first == 0 {
            // Until the page reports the frame, it may be showing what was before.
            slot.base = before.take().map(|state| Base { state, hash });
        }
        if std::mem::take(&mut slot.handled) {
            slot.touch();
        }
        let seal = std::mem::take(&mut slot.seal_now)
            || !slot.island.is_sealed()
            || slot.done >= slot.sealed_to + limits.seal_events as u64;
        let effects = std::mem::take(&mut slot.effects);
        let refusals = std::mem::take(&mut slot.refusals);
        inner.trash.extend(before.map(Trash::State));
        inner.out.extend(frame.map(Bytes::from));
        let mut mounted = self.reconcile(inner, id, nested, 0);
        inner.out.extend(lists);
        for effect in effects {
            self.put_effect(inner, id, &effect);
        }
        for (seq, code, sentence) in refusals {
            self.put_error(inner, code, Some(id), seq, &sentence);
        }
        // After the refusals, as the page forgets the events that a seal contains.
        if seal || !mounted.is_empty() {
            // Sealed together, parent and nested islands survive a server that ends right away.
            if let Some(at) = inner.slots.iter().position(|slot| slot.id == id) {
                self.seal_slot(inner, at);
            }
        }
        if inner.slot(id).is_some_and(Slot::begins_anew) {
            mounted.push(id);
        }
        mounted
    }

    pub(super) fn put_effect(&self, inner: &mut Inner, island: u64, effect: &Effect) {
        match effect {
            Effect::Push { name, json } => self.put(inner, &Down::Push { island, name, json }),
            Effect::Act { what, with } => self.put(inner, &Down::Act { island, what, with }),
            Effect::Redirect(url) => self.put(inner, &Down::Redirect { url }),
            Effect::Title(text) => self.put(inner, &Down::Title { text }),
            // The others have taken effect when the handler returned.
            _ => {}
        }
    }

    /// Brings an island's nested islands in line with its render: new ones are mounted, others end.
    fn reconcile(&self, inner: &mut Inner, parent: u64, nested: Vec<Nested>, depth: usize) -> Vec<u64> {
        let Some(prefix) = inner.slot(parent).map(|slot| format!("{}/", slot.instance)) else {
            return Vec::new();
        };
        let is_kept = |slot: &Slot| {
            slot.instance
                .strip_prefix(&*prefix)
                .is_some_and(|key| nested.iter().any(|nested| nested.key == key))
        };
        let gone: Vec<u64> = inner
            .slots
            .iter()
            .filter(|slot| slot.parent == Some(parent) && !is_kept(slot))
            .map(|slot| slot.id)
            .collect();
        for id in gone {
            self.remove(inner, id);
        }
        let mut mounted = Vec::new();
        for Nested { key, island } in nested {
            let instance = format!("{prefix}{key}");
            if inner.slots.iter().any(|slot| *slot.instance == *instance) {
                continue;
            }
            let name = island.island_name();
            let limits = &self.core.limits;
            if depth >= limits.nesting || inner.slots.len() >= limits.islands {
                let sentence =
                    format!("A page may join {} islands, nested {} deep.", limits.islands, limits.nesting);
                self.put_error(inner, Code::TooManyIslands, Some(parent), 0, &sentence);
                break;
            }
            if !self.core.registry.has(name) {
                let sentence =
                    format!("The nested island {name} is not registered: add `.island::<{name}>()` to Live.");
                tracing::error!("{sentence}");
                self.put_error(inner, Code::UnknownIsland, Some(parent), 0, &sentence);
                continue;
            }
            let Some(rendered) = scope::render(&*island, &instance) else {
                self.put_error(
                    inner,
                    Code::RenderFailed,
                    Some(parent),
                    0,
                    "A nested island cannot be shown.",
                );
                continue;
            };
            let id = inner.next_id();
            let mut slot = Slot::new(id, instance.into(), island, 0, xxh3_64(rendered.html.as_bytes()));
            slot.parent = Some(parent);
            inner.slots.push(slot);
            self.put(inner, &Down::Mount { parent, key: &key, id, name, html: &rendered.html });
            self.seal_slot(inner, inner.slots.len() - 1);
            mounted.push(id);
            mounted.extend(self.reconcile(inner, id, rendered.nested, depth + 1));
        }
        mounted
    }

    /// One presence message: the page's count first, the total with the next telling if both are due.
    fn tell_presence(&self, inner: &mut Inner) {
        let presence = &mut inner.presence;
        let page = presence.path.as_ref().map(|path| self.hub().count(path));
        let total = Some(self.hub().total());
        let frame = if presence.due & WANTS_PAGE_PRESENCE != 0 && presence.page != page {
            presence.page = page;
            presence.due &= !WANTS_PAGE_PRESENCE;
            page.map(|count| (false, count))
        } else if presence.due & WANTS_TOTAL_PRESENCE != 0 && presence.total != total {
            presence.total = total;
            presence.due = 0;
            total.map(|count| (true, count))
        } else {
            presence.due = 0;
            None
        };
        let Some((total, count)) = frame else { return };
        let again = presence.due & WANTS_TOTAL_PRESENCE != 0;
        presence.due = 0;
        self.put(inner, &Down::Presence { total, count: count as u64 });
        if again {
            self.hub().remind_total();
        }
    }
}

impl Inner {
    /// Counts a frame that goes out now, and remembers which islands the page may be behind with.
    fn count(&mut self, frame: &Bytes, limit: usize) {
        let Some(&kind) = frame.first() else { return };
        if !is_counted(kind) {
            if matches!(kind, JOINED | RESUMED) && !std::mem::replace(&mut self.answered, true) {
                self.ring.restart();
            }
            return;
        }
        let Self { ring, slots, .. } = self;
        let number = ring.push(frame, limit, |number, frame| evicted(slots, number, frame));
        if is_edit(frame)
            && let Some(slot) = edited(slots, frame)
        {
            slot.last = number;
            if slot.first == 0 {
                slot.first = number;
            }
        }
    }

    /// The next island that has something to tell, in turns.
    fn next_dirty(&mut self) -> Option<usize> {
        let (count, turn) = (self.slots.len(), self.turn);
        let at = (0..count).map(|step| (turn + step) % count).find(|&at| self.slots[at].is_to_show())?;
        self.turn = at + 1;
        Some(at)
    }
}

/// Notes what the page may lack once its ring no longer has a frame.
fn evicted(slots: &mut [Slot], number: u64, frame: &[u8]) {
    if is_edit(frame) || matches!(frame.first(), Some(&(SEAL | ACK | LIST))) {
        if let Some(slot) = edited(slots, frame) {
            match frame[0] {
                SEAL => slot.seal_evicted = number,
                ACK => slot.ack_evicted = number,
                LIST => slot.lists.evicted(number),
                _ => slot.evicted = number,
            }
        }
        return;
    }
    let frame = Down::decode(frame);
    let Ok(Down::Mount { id, .. } | Down::Error { island: Some(id), .. }) = frame else { return };
    let Some(slot) = slots.iter_mut().find(|slot| slot.id == id) else { return };
    match frame {
        Ok(Down::Mount { .. }) => slot.mount_evicted = number,
        Ok(Down::Error { code, seq, .. }) if seq != 0 => {
            // A page keeps no more events than that.
            if slot.unheard.len() >= UNHEARD {
                slot.unheard.remove(0);
            }
            slot.unheard.push((number, seq, code));
        }
        _ => {}
    }
}

/// The island that an edit, a snapshot or a seal is of.
fn edited<'a>(slots: &'a mut [Slot], frame: &[u8]) -> Option<&'a mut Slot> {
    let (id, _) = island_of(frame)?;
    slots.iter_mut().find(|slot| slot.id == id)
}
