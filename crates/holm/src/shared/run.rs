//! Running a shared island's handlers: one at a time, on a clone, within a time limit.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use holm_wire::Code;

use super::letters::Heard;
use super::{Letter, Life, Sender, Shared};
use crate::cx::{self, Effect, EventId};
use crate::hub::presence::track::Place;
use crate::island::erased::{Call, Done, Erased, Running};
use crate::island::poll::{self, Outcome};
use crate::island::tasks::Task;
use crate::session::{IN_PLACE, Message, Told, sentence_of_failure as sentence_of};

/// How many senders are told when a state that their events led to cannot be shown.
const UNSEEN: usize = 256;

/// What a call is made for.
struct Turn {
    from: Option<Sender>,
    seq: u64,
    /// Bytes of the message's payload.
    size: usize,
    restoring: bool,
}

impl Shared {
    /// Works through the mailbox for as long as each message is done at its first poll; a handler that has to
    /// wait goes on in a task of its own, and so does the rest of a long row.
    pub(super) fn work(self: &Arc<Self>, first: Letter) {
        // Whoever sends from a thread of their own has no runtime at hand.
        let _entered = tokio::runtime::Handle::try_current().is_err().then(|| self.runtime.enter());
        let mut next = Some(first);
        for _ in 0..IN_PLACE {
            let Some(Letter { from, queued }) = next else { return };
            let restoring = matches!(queued.what, Message::Restore);
            let turn = Turn { from, seq: queued.seq, size: queued.size, restoring };
            let mut field = None;
            let call = match queued.what {
                made @ (Message::Event(_) | Message::Late(_)) => match made.event() {
                    Ok(Some((event, _))) => Call::On(event),
                    Ok(None) => {
                        next = self.next_letter();
                        continue;
                    }
                    Err(_) => {
                        next = self.finish(turn, Err(Code::HandlerPanic));
                        continue;
                    }
                },
                Message::Page(decoded) => {
                    field = decoded.field;
                    Call::On(decoded.event)
                }
                Message::Restore => Call::Restore,
                Message::Heard => match self.hear() {
                    Heard::Event(event) => Call::On(event),
                    Heard::Nothing => {
                        next = self.next_letter();
                        continue;
                    }
                    Heard::Panic => {
                        next = self.finish(turn, Err(Code::HandlerPanic));
                        continue;
                    }
                },
                Message::Skipped => {
                    next = self.answer(turn, Told::Done(Vec::new()));
                    continue;
                }
                Message::Refused(code, sentence) => {
                    next = self.answer(turn, Told::Refused(code, sentence));
                    continue;
                }
            };
            let running = match self.start(&turn, call, field) {
                Ok(running) => running,
                Err(code) => {
                    next = self.finish(turn, Err(code));
                    continue;
                }
            };
            next = match poll::once(running) {
                Ok(outcome) => self.finish(turn, outcome),
                Err(running) => return self.wait_for(turn, running),
            };
        }
        if let Some(next) = next {
            let shared = Arc::clone(self);
            self.runtime.spawn(async move {
                tokio::task::yield_now().await;
                shared.work(next);
            });
        }
    }

    /// Goes on with a call that has to wait, in a task of its own.
    fn wait_for(self: &Arc<Self>, turn: Turn, running: Running) {
        // What was done before it is not to wait for it.
        if std::mem::take(&mut self.inner.lock().untold) {
            self.tell_viewers();
        }
        let shared = Arc::clone(self);
        self.runtime.spawn(async move {
            let outcome = poll::within(shared.limits().handler_time, running).await;
            if let Some(next) = shared.finish(turn, outcome) {
                shared.work(next);
            }
        });
    }

    /// Starts a call on a clone of the state.
    fn start(self: &Arc<Self>, turn: &Turn, call: Call, field: Option<Box<str>>) -> Result<Running, Code> {
        let visitor = turn.from.as_ref().map_or(&self.nobody, |from| &from.visitor);
        let mut context = self.context(visitor).at_field(field);
        if let Some(from) = &turn.from {
            let instance = format!("{}.{}", self.name, self.key);
            context = context.for_event(EventId::new(from.page, &instance, from.life + turn.seq));
        }
        let state = self.state();
        catch_unwind(AssertUnwindSafe(|| state.call(call, context))).map_err(|_| Code::HandlerPanic)
    }

    /// Commits or refuses what a call did, tells whose it was, and gives the next message.
    fn finish(self: &Arc<Self>, turn: Turn, outcome: Outcome) -> Option<Letter> {
        let (code, sentence) = match outcome {
            Ok(Done { island, context, result: Ok(()) }) => {
                let effects = self.commit(&turn, island.into(), context.into_effects());
                return self.answer(turn, Told::Done(effects));
            }
            Ok(Done { result: Err(error), .. }) => {
                error.log(self.name);
                (Code::HandlerError, error.sentence().to_owned())
            }
            Err(code) => (code, sentence_of(code).to_owned()),
        };
        if turn.restoring {
            tracing::warn!(island = self.name, key = &*self.key, code = code.word(), "restore failed");
            self.end(&(Code::RestoreFailed, sentence));
            return None;
        }
        self.answer(turn, Told::Refused(code, sentence))
    }

    /// Puts a new state in place, does what the handler asked for beside that, and gives what goes to the page
    /// of the viewer whose event it was.
    fn commit(&self, turn: &Turn, state: Arc<dyn Erased>, effects: Vec<Effect>) -> Vec<Effect> {
        let place = Place { hub: &self.core.hub, limits: self.limits(), island: self.name, view: self.id };
        let (mut over, mut others, mut settle) = (Vec::new(), Vec::new(), Vec::new());
        let limit = self.limits().tasks;
        let spawn = |task: Task| self.runtime.spawn(task).abort_handle();
        let mut inner = self.inner.lock();
        let replaced = std::mem::replace(&mut inner.state, state);
        self.version.fetch_add(1, Ordering::AcqRel);
        inner.untold |= !std::mem::replace(&mut inner.dirty, true) || turn.restoring;
        if turn.restoring {
            inner.life = Life::Live;
        }
        if let Some(from) = &turn.from
            && inner.unseen.len() < UNSEEN
        {
            inner.unseen.push((from.clone(), turn.seq));
        }
        for effect in effects {
            match inner.listening.apply(effect, &place, &mut over) {
                Some(Effect::Upload(asked)) => settle.push(inner.inputs.apply(asked, || self.place())),
                Some(Effect::Task(task)) => over.extend(inner.tasks.start(task, limit, self.name, spawn)),
                Some(Effect::Load(load)) => {
                    let (rest, refusal) = inner.tasks.load(load, limit, self.name, spawn);
                    over.push(rest);
                    inner.mailbox.extend(refusal.map(|event| Letter::own(Message::Event(event))));
                }
                Some(Effect::CancelLoad(key)) => inner.tasks.cancel(&key),
                Some(Effect::List(change)) => tracing::error!(
                    island = self.name,
                    list = &*change.list,
                    "a shared island has no lists, as whoever comes later would miss their rows: publish them to a topic that islands of each page listen to"
                ),
                other => others.extend(other),
            }
        }
        drop(inner);
        // The app's own `Drop` may send to this island.
        drop((replaced, over));
        self.core.hub.uploads.settle(settle, self.limits());
        cx::publish(others, &self.core.hub)
    }

    /// Tells whose message it was what became of it, and gives the next one.
    fn answer(self: &Arc<Self>, turn: Turn, told: Told) -> Option<Letter> {
        match turn.from {
            Some(from) => {
                if let Some(session) = from.session.upgrade() {
                    session.told(self.id, from.view, turn.seq, Some(turn.size), told);
                }
            }
            None => {
                if let Told::Done(effects) = told
                    && !effects.is_empty()
                {
                    tracing::warn!(
                        island = self.name,
                        "what a shared island pushes from a timer, a task or `restore` has no page to go to; pushes answer a viewer's event"
                    );
                }
            }
        }
        self.next_letter()
    }

    /// It does not come to life: its viewers hear why and let go of it.
    fn end(self: &Arc<Self>, why: &super::Refusal) {
        self.close(why.clone());
        self.core.hub.shared.remove(self);
        let viewers: Vec<_> = self.viewers.lock().iter().filter_map(|(_, viewer)| viewer.upgrade()).collect();
        for viewer in viewers {
            viewer.bereave(self.id, why.0, &why.1);
        }
    }

    /// Takes nothing in any more; a handler that runs may end, within its time.
    pub(super) fn close(&self, why: super::Refusal) {
        let mut inner = self.inner.lock();
        if !matches!(inner.life, Life::Over(_)) {
            inner.life = Life::Over(why);
        }
        let letters = std::mem::take(&mut inner.mailbox);
        let listening = std::mem::take(&mut inner.listening);
        let inputs = std::mem::take(&mut inner.inputs);
        inner.tasks.end();
        drop(inner);
        drop((letters, listening, inputs));
        self.room.notify_waiters();
    }
}
