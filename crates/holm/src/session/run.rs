//! Running handlers: one at a time per island, on a clone, within a time limit.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use holm_wire::Code;

use super::hear::Heard;
use super::slot::{Message, Queued};
use super::{Inner, Session};
use crate::cx::{self, Effect, EventId, Late, SendError};
use crate::event::{DecodeError, Payload};
use crate::island::erased::{AnyEvent, Call, Done, Running};
use crate::island::poll::{self, Outcome};
use crate::island::tasks::Task;
use crate::telemetry;

/// How many messages are handled in a row before others get their turn on this thread.
pub(crate) const IN_PLACE: usize = 64;

/// What a call is made for: the event's number, 0 for one of the server's own, and what kind it is.
#[derive(Clone, Copy)]
struct Turn {
    seq: u64,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Event,
    /// Sealed together with its acknowledgement.
    Once,
    Restore,
}

impl Session {
    /// An event from the page.
    pub(super) fn event(self: &Arc<Self>, id: u64, seq: u64, name: &str, payload: Payload<'_>) {
        let mut inner = self.lock();
        let Some(slot) = inner.slot(id) else {
            self.put_error(&mut inner, Code::NotJoined, Some(id), seq, "This island is not joined.");
            return;
        };
        if seq == 0 {
            self.put_error(&mut inner, Code::EventGap, Some(id), seq, "Events are numbered from 1.");
            return;
        }
        if seq <= slot.received {
            // Sent again after a reconnect, though it had come through.
            slot.dirty |= slot.done >= seq;
            slot.tell_ack = true;
            return;
        }
        if seq != slot.received + 1 {
            let sentence = format!("Event {seq} came after event {}.", slot.received);
            self.put_error(&mut inner, Code::EventGap, Some(id), seq, &sentence);
            return;
        }
        slot.received = seq;
        let size = payload.len();
        if slot.is_full(size, &self.core.limits) {
            // Not in its turn: what waits for a turn is what there is too much of.
            let sentence = "Too much is waiting to be done. Try again in a moment.";
            self.put_error(&mut inner, Code::MailboxFull, Some(id), seq, sentence);
            return;
        }
        if name.is_empty() {
            self.enqueue(inner, id, Queued { seq, size: 0, what: Message::Skipped });
            return;
        }
        let decoded = catch_unwind(AssertUnwindSafe(|| slot.island.decode(name, payload)));
        let what = match decoded {
            Ok(Ok(decoded)) => Message::Page(decoded),
            Err(_) => Message::Refused(Code::BadPayload, "The payload could not be read.".to_owned()),
            Ok(Err(error)) => {
                let code = match error {
                    DecodeError::UnknownEvent(_) => Code::UnknownEvent,
                    DecodeError::BadPayload(_) | DecodeError::BadFields { .. } => Code::BadPayload,
                };
                Message::Refused(code, self.core.refusal_of(&error))
            }
        };
        telemetry::event(slot.island.island_name());
        self.enqueue(inner, id, Queued { seq, size, what });
    }

    /// Refuses an event in its turn.
    pub(super) fn refuse_event(self: &Arc<Self>, id: u64, seq: u64, code: Code, sentence: String) {
        let mut inner = self.lock();
        match inner.slot(id) {
            Some(slot) if seq == slot.received + 1 && !slot.is_full(0, &self.core.limits) => {
                slot.received = seq;
                self.enqueue(inner, id, Queued { seq, size: 0, what: Message::Refused(code, sentence) });
            }
            _ => self.put_error(&mut inner, code, Some(id), seq, &sentence),
        }
    }

    /// An event from the server's own side: a timer, a task, a listener.
    pub(super) fn hand(self: &Arc<Self>, id: u64, event: AnyEvent) -> Result<(), (SendError, AnyEvent)> {
        let mut inner = self.lock();
        let Some(slot) = inner.slot(id) else { return Err((SendError::Gone, event)) };
        if slot.is_full(0, &self.core.limits) {
            return Err((SendError::Full, event));
        }
        self.enqueue(inner, id, Queued { seq: 0, size: 0, what: Message::Event(event) });
        Ok(())
    }

    /// [`Session::hand`] for an event that is made when its turn has come.
    pub(super) fn hand_late(self: &Arc<Self>, id: u64, late: Late) -> Result<(), SendError> {
        let mut inner = self.lock();
        let slot = inner.slot(id).ok_or(SendError::Gone)?;
        if slot.is_full(0, &self.core.limits) {
            return Err(SendError::Full);
        }
        self.enqueue(inner, id, Queued { seq: 0, size: 0, what: Message::Late(late) });
        Ok(())
    }

    /// Handles a message now if the island is free, else puts it in the mailbox.
    pub(super) fn enqueue(self: &Arc<Self>, mut inner: super::Guard<'_>, id: u64, message: Queued) {
        let away = inner.is_away();
        let Some(slot) = inner.slot(id) else { return };
        if slot.shared.is_some() {
            return self.post(inner, id, message);
        }
        if slot.busy {
            slot.wait(message);
            return;
        }
        slot.busy = true;
        let first = if away { message } else { slot.after_messages(message) };
        drop(inner);
        self.work(id, first);
    }

    /// Works through an island's messages for as long as each is done at its first poll; a handler
    /// that has to wait goes on in a task of its own, and so does the rest of a long row of messages.
    pub(super) fn work(self: &Arc<Self>, id: u64, first: Queued) {
        let mut next = Some(first);
        for _ in 0..IN_PLACE {
            let Some(Queued { seq, what, .. }) = next else { return };
            let mut turn = Turn { seq, kind: Kind::Event };
            let mut field = None;
            let call = match what {
                made @ (Message::Event(_) | Message::Late(_)) => match made.event() {
                    Ok(Some((event, once))) => {
                        if once {
                            turn.kind = Kind::Once;
                        }
                        Call::On(event)
                    }
                    Ok(None) => {
                        next = self.next_message(&mut self.lock(), id).flatten();
                        self.room.notify_waiters();
                        continue;
                    }
                    Err(_) => {
                        next = self.finish(id, turn, Err(Code::HandlerPanic));
                        continue;
                    }
                },
                Message::Page(decoded) => {
                    if decoded.once {
                        turn.kind = Kind::Once;
                    }
                    field = decoded.field;
                    Call::On(decoded.event)
                }
                Message::Restore => {
                    turn.kind = Kind::Restore;
                    Call::Restore
                }
                Message::Heard => match self.hear(id) {
                    Heard::Event(event) => Call::On(event),
                    Heard::Nothing(following) => {
                        next = following;
                        continue;
                    }
                    Heard::Panic => {
                        next = self.finish(id, turn, Err(Code::HandlerPanic));
                        continue;
                    }
                },
                Message::Skipped => {
                    next = self.skipped(id, seq);
                    continue;
                }
                Message::Refused(code, sentence) => {
                    next = self.refused(id, seq, code, &sentence);
                    continue;
                }
            };
            let running = match self.begin(id, turn, call, field) {
                None => return,
                Some(Ok(running)) => running,
                Some(Err(code)) => {
                    next = self.finish(id, turn, Err(code));
                    continue;
                }
            };
            next = match poll::once(running) {
                Ok(outcome) => self.finish(id, turn, outcome),
                Err(running) => {
                    let session = Arc::clone(self);
                    let task = tokio::spawn(async move {
                        let outcome = poll::within(session.core.limits.handler_time, running).await;
                        if let Some(next) = session.finish(id, turn, outcome) {
                            session.work(id, next);
                        }
                    });
                    if let Some(slot) = self.lock().slot(id) {
                        slot.running = Some(task.abort_handle());
                        // What was done before it is not to wait for it.
                        slot.hearing = false;
                    }
                    self.waker.wake();
                    return;
                }
            };
        }
        if let Some(next) = next {
            let session = Arc::clone(self);
            tokio::spawn(async move {
                tokio::task::yield_now().await;
                session.work(id, next);
            });
        }
    }

    /// Starts a call on a clone of the island; `None` when the island is gone.
    fn begin(
        self: &Arc<Self>,
        id: u64,
        turn: Turn,
        call: Call,
        field: Option<Box<str>>,
    ) -> Option<Result<Running, Code>> {
        let mut context = self.context(id).at_field(field);
        let mut inner = self.lock();
        let slot = inner.slot(id)?;
        if turn.seq != 0 {
            context = context.for_event(EventId::new(self.id(), &slot.instance, slot.life + turn.seq));
        }
        let island = &slot.island;
        let called = catch_unwind(AssertUnwindSafe(|| island.call(call, context)));
        Some(called.map_err(|_| Code::HandlerPanic))
    }

    fn refused(&self, id: u64, seq: u64, code: Code, sentence: &str) -> Option<Queued> {
        let mut inner = self.lock();
        let next = self.next_message(&mut inner, id)?;
        self.refuse_in_order(&mut inner, id, seq, code, sentence);
        self.room.notify_waiters();
        next
    }

    fn skipped(&self, id: u64, seq: u64) -> Option<Queued> {
        let mut inner = self.lock();
        let slot = inner.slot(id)?;
        slot.done = slot.done.max(seq);
        // The acknowledgement tells the page.
        slot.dirty = true;
        self.next_message(&mut inner, id)?
    }

    /// Tells the page of a refusal: at once when it knows of everything before, else after the edit
    /// that contains what came before.
    pub(super) fn refuse_in_order(&self, inner: &mut Inner, id: u64, seq: u64, code: Code, sentence: &str) {
        let Some(slot) = inner.slot(id) else { return };
        slot.done = slot.done.max(seq);
        if seq > 0 && (slot.dirty || slot.acked + 1 < seq) {
            slot.refusals.push((seq, code, sentence.to_owned()));
            slot.dirty = true;
            self.waker.wake();
        } else {
            slot.acked = slot.acked.max(seq);
            self.put_error(inner, code, Some(id), seq, sentence);
        }
    }

    /// Commits or refuses what a call did, and gives the island's next message.
    fn finish(self: &Arc<Self>, id: u64, turn: Turn, outcome: Outcome) -> Option<Queued> {
        let Turn { seq, kind } = turn;
        let restoring = kind == Kind::Restore;
        let mut inner = self.lock();
        let slot = inner.slot(id)?;
        slot.running = None;
        let (code, sentence) = match outcome {
            Ok(Done { island, context, result: Ok(()) }) => {
                slot.done = slot.done.max(seq);
                let replaced = slot.commit(island);
                slot.handled |= !restoring;
                slot.seal_now |= kind == Kind::Once;
                let (mut over, mut publish, mut changes) = (Vec::new(), Vec::new(), Vec::new());
                let mut settle = Vec::new();
                let (limit, spawn) = (self.core.limits.tasks, |task: Task| tokio::spawn(task).abort_handle());
                for effect in context.into_effects() {
                    let Some(effect) = self.listen(slot, effect, &mut over) else { continue };
                    let Some(effect) = self.take_files(slot, effect, &mut settle) else { continue };
                    match effect {
                        Effect::Task(task) => {
                            over.extend(slot.tasks.start(task, limit, slot.island.island_name(), spawn));
                        }
                        Effect::Load(load) => {
                            let island = slot.island.island_name();
                            let (rest, refusal) = slot.tasks.load(load, limit, island, spawn);
                            over.push(rest);
                            if let Some(event) = refusal {
                                slot.wait(Queued { seq: 0, size: 0, what: Message::Event(event) });
                            }
                        }
                        Effect::CancelLoad(key) => slot.tasks.cancel(&key),
                        effect @ Effect::Publish(_) => publish.push(effect),
                        Effect::List(change) => changes.push(change),
                        effect => slot.put_effect(effect.for_event(seq), self.core.limits.effects),
                    }
                }
                slot.put_changes(changes, &self.core.limits, restoring);
                let next = self.next_message(&mut inner, id)?;
                drop(inner);
                // The app's own `Drop` may send to this island.
                drop((replaced, over));
                cx::publish(publish, self.hub());
                self.hub().uploads.settle(settle, &self.core.limits);
                self.waker.wake();
                self.room.notify_waiters();
                return next;
            }
            Ok(Done { result: Err(error), .. }) => {
                error.log(slot.island.island_name());
                (Code::HandlerError, error.sentence().to_owned())
            }
            Err(code) => (code, sentence_of(code).to_owned()),
        };
        if restoring {
            tracing::warn!(island = slot.island.island_name(), code = code.word(), "restore failed");
            self.remove(&mut inner, id);
            self.put_error(&mut inner, Code::RestoreFailed, Some(id), 0, &sentence);
            return None;
        }
        let next = self.next_message(&mut inner, id)?;
        self.refuse_in_order(&mut inner, id, seq, code, &sentence);
        self.room.notify_waiters();
        next
    }
}

/// What the page reads of a handler that gave no sentence of its own.
pub(crate) fn sentence_of(code: Code) -> &'static str {
    match code {
        Code::HandlerTimeout => "This took too long and was stopped. Nothing was changed.",
        _ => "Something went wrong on the server. Nothing was changed.",
    }
}
