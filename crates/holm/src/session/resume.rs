//! Coming back: another connection of the page goes on with its session.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

use bytes::Bytes;
use holm_dom::Shape;
use holm_wire::Code;
use holm_wire::down::{self, Down, JoinedIsland, LIST, is_counted};
use holm_wire::up::Resume;
use tokio::time::Instant;

use super::ring::{ACK, ERROR, MOUNT, SEAL, is_edit, island_of};
use super::run::sentence_of;
use super::slot::{Message, Queued, Shown};
use super::{Inner, Session, Trash};
use crate::telemetry;

impl Session {
    /// Finds the session that a page wants to go on with, and gives it to this one's connection.
    ///
    /// `self` is the blank session that every connection begins with.
    pub(super) fn find(self: &Arc<Self>, resume: &Resume<'_>) -> Option<(Arc<Session>, u64)> {
        let session = self.core.hub.session(self.core.keys.session_of(resume.token)?)?;
        if Arc::ptr_eq(&session, self) || session.principal != self.principal {
            return None;
        }
        let number = session.attach(self, resume)?;
        Some((session, number))
    }

    /// Takes over the connection of a blank session; gives the number of the link.
    fn attach(self: &Arc<Self>, blank: &Self, resume: &Resume<'_>) -> Option<u64> {
        let mut inner = self.lock();
        let known = inner.joined != 0 && resume.base >= inner.joined && resume.base <= inner.epoch;
        if inner.closed || inner.end.is_some() || !known || resume.epoch <= inner.epoch {
            return None;
        }
        // An answer that the page did not get was followed by nothing that it got.
        let seen = if resume.base == inner.epoch { resume.seen } else { 0 };
        if seen > inner.ring.sent() {
            return None;
        }
        self.report(&mut inner, seen);
        inner.link += 1;
        inner.epoch = resume.epoch;
        inner.cut = None;
        inner.patience = None;
        let held = inner.held.take();
        inner.answered = false;
        inner.told = false;
        inner.bad_frames = 0;
        inner.heard = Instant::now();
        inner.pinged = inner.heard;
        inner.ping = false;
        inner.scheduled = None;
        let (seat, visitor) = {
            let mut blank = blank.lock();
            (blank.seat.take(), Arc::clone(&blank.visitor))
        };
        let before = std::mem::replace(&mut inner.seat, seat);
        inner.visitor = visitor;
        let (number, ticket) = (inner.link, inner.ticket.take());
        if let Some(path) = inner.presence.path.take() {
            self.hub().leave(&path, self);
        }
        self.look_at(&mut inner, resume.path, resume.wants);
        for slot in &inner.slots {
            slot.listening.back();
        }
        let mounted = self.catch_up(&mut inner, seen);
        let answer = self.resumed(&inner);
        inner.out.push_front(answer);
        self.schedule(&mut inner);
        drop(inner);
        // The earlier connection sees that it is no longer the one; its waker is the newest until now.
        self.waker.wake();
        if let Some(ticket) = ticket {
            self.hub().lot.take(ticket);
            telemetry::resumed();
        }
        drop((before, held));
        self.hub().tell();
        for id in mounted {
            self.enqueue(self.lock(), id, Queued { seq: 0, size: 0, what: Message::Restore });
        }
        Some(number)
    }

    /// Goes on with the page's connection of this number by another request, whose page has seen so many counted
    /// frames; gives the number of the link, from which the request before is told.
    ///
    /// The frames after those come again as they were, under the same numbers: a request may arrive twice,
    /// and the page sees the answer to one of them.
    pub(super) fn again(self: &Arc<Self>, epoch: u64, seen: u64) -> Option<u64> {
        let mut inner = self.lock();
        let ended = inner.end.or(inner.cut).is_some() || inner.ticket.is_some();
        // A request that says less than an earlier one is an old one that comes late, or again.
        let fits = inner.ring.reported() <= seen && seen <= inner.ring.sent();
        if inner.epoch != epoch || ended || !fits {
            return None;
        }
        self.report(&mut inner, seen);
        inner.repeat(seen)?;
        inner.link += 1;
        let held = inner.held.take();
        inner.heard = Instant::now();
        let number = inner.link;
        drop(inner);
        drop(held);
        self.waker.wake();
        Some(number)
    }

    /// Queues what the page has missed after so many counted frames: of each island the frames
    /// themselves, or one edit from what the page shows, or a snapshot.
    fn catch_up(self: &Arc<Self>, inner: &mut Inner, seen: u64) -> Vec<u64> {
        let mut missed = inner.ring.restart();
        missed.extend(std::mem::take(&mut inner.out).into_iter().filter(|frame| is_counted(frame[0])));
        let unmounted: Vec<u64> =
            inner.slots.iter().filter(|slot| slot.mount_evicted > seen).map(|slot| slot.id).collect();
        for id in unmounted {
            // The page never heard of it: its parent mounts it again.
            let parent = inner.slot(id).and_then(|slot| slot.parent);
            self.remove(inner, id);
            if let Some(parent) = parent.and_then(|parent| inner.slot(parent)) {
                parent.dirty = true;
            }
        }
        let lacking = Lacking::of(&missed);
        let (mut anew, mut trash, mut refilled) = (Vec::new(), Vec::new(), Vec::new());
        let mut unheard = Vec::new();
        for slot in &mut inner.slots {
            let id = slot.id;
            unheard
                .extend(std::mem::take(&mut slot.unheard).into_iter().map(|(_, seq, code)| (id, seq, code)));
            let missing = slot.evicted > seen || lacking.edited.contains(&id);
            let on_base = slot.first == 0 || slot.first > seen;
            let mounting = lacking.mounted.contains(&id);
            if !missing {
                trash.extend(slot.base.take().map(|base| Trash::State(base.state)));
            } else if let (true, false, Some(base)) = (on_base, mounting, slot.base.take()) {
                slot.shown =
                    Shown { hash: base.hash, html: None, shape: Shape::Unknown, state: Some(base.state) };
                slot.anew = true;
                anew.push(slot.id);
            } else if slot.evicted > seen {
                slot.snapshot = true;
                anew.push(slot.id);
            }
            if slot.seal_evicted > seen {
                // The page may lack it: it is made again.
                slot.sealed = 0;
                slot.touch();
            }
            (slot.first, slot.last, slot.evicted) = (0, 0, 0);
            if slot.lists.come_back(seen) {
                slot.dirty = true;
                refilled.push(slot.id);
            }
            let ack_evicted = slot.ack_evicted > seen;
            (slot.mount_evicted, slot.seal_evicted, slot.ack_evicted) = (0, 0, 0);
            if slot.done > slot.acked || missing || ack_evicted || lacking.acked.contains(&id) {
                // The newest acknowledgement stands for all before it.
                slot.tell_ack = true;
                slot.dirty = true;
            }
        }
        for (id, seq, code) in unheard {
            if let Some(code) = u16::try_from(code).ok().and_then(Code::from_number) {
                self.put_error(inner, code, Some(id), seq, sentence_of(code));
            }
        }
        // Refusals go before the seals that contain them.
        let (refusals, mut missed): (VecDeque<_>, VecDeque<_>) =
            missed.into_iter().partition(|frame| frame[0] == ERROR);
        inner.out.extend(refusals);
        inner.trash.append(&mut trash);
        let mut mounted = Vec::new();
        let mut put_off = Vec::new();
        for id in &anew {
            if let Some(at) = inner.slots.iter().position(|slot| slot.id == *id) {
                // What the page missed of its lists comes before what is new.
                put_off.push((*id, inner.slots[at].lists.put_off()));
                mounted.extend(self.flush(inner, at));
            }
        }
        missed.retain(|frame| {
            frame[0] != LIST || island_of(frame).is_none_or(|(id, _)| !refilled.contains(&id))
        });
        inner.replay(missed, &anew);
        for (id, waiting) in put_off {
            if let Some(slot) = inner.slot(id).filter(|_| !waiting.is_empty()) {
                slot.lists.go_on(waiting);
                slot.dirty = true;
            }
        }
        mounted
    }

    fn resumed(&self, inner: &Inner) -> Bytes {
        // What is mounted by a frame that follows is not known to the page yet.
        let following = Lacking::of(&inner.out);
        let known = inner.slots.iter().filter(|slot| !following.mounted.contains(&slot.id));
        let answers: Vec<_> = known.map(|slot| JoinedIsland { id: slot.id, seq: slot.received }).collect();
        let mut frame = Vec::with_capacity(8 + answers.len() * 2);
        down::resumed(&mut frame, self.core.limits.silence.as_secs().max(1), &answers);
        frame.into()
    }
}

impl Inner {
    /// Queues the frames after so many once more; `None` when the ring could not keep all of them.
    fn repeat(&mut self, seen: u64) -> Option<()> {
        for frame in self.ring.repeat(seen)?.into_iter().rev() {
            if frame[0] != SEAL {
                self.out.push_front(frame);
                continue;
            }
            // It is made again in its time; its number is taken by what it acknowledged.
            let (island, seq) = island_of(&frame)?;
            if let Some(slot) = self.slot(island) {
                slot.sealed = 0;
                slot.touch();
            }
            let mut ack = Vec::new();
            Down::Ack { island, seq }.encode(&mut ack);
            self.out.push_front(ack.into());
        }
        Some(())
    }

    /// Queues missed frames, apart from edits of islands that are shown anew, acknowledgements, and seals,
    /// which are all made again.
    fn replay(&mut self, missed: VecDeque<Bytes>, anew: &[u64]) {
        for frame in missed {
            let of = island_of(&frame);
            if is_edit(&frame) && of.is_some_and(|(id, _)| anew.contains(&id)) {
                continue;
            }
            if frame[0] == ACK {
                continue;
            }
            if frame[0] == SEAL {
                if let Some(slot) = of.and_then(|(id, _)| self.slot(id)) {
                    slot.sealed = 0;
                    slot.touch();
                }
                continue;
            }
            self.out.push_back(frame);
        }
    }
}

/// The islands that frames on their way are about.
#[derive(Default)]
struct Lacking {
    edited: HashSet<u64>,
    acked: HashSet<u64>,
    mounted: HashSet<u64>,
}

impl Lacking {
    fn of(frames: &VecDeque<Bytes>) -> Self {
        let mut lacking = Self::default();
        for frame in frames {
            match (island_of(frame), frame[0]) {
                (Some((id, _)), _) if is_edit(frame) => lacking.edited.insert(id),
                (Some((id, _)), ACK) => lacking.acked.insert(id),
                (_, MOUNT) => match Down::decode(frame) {
                    Ok(Down::Mount { id, .. }) => lacking.mounted.insert(id),
                    _ => false,
                },
                _ => false,
            };
        }
        lacking
    }
}
