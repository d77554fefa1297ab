//! Joining: from the page's seals to islands that run.

use std::sync::Arc;

use holm_dom::Shape;
use holm_wire::Code;
use holm_wire::check::{MOVED_ON, UNKNOWN};
use holm_wire::down::{self, JoinedIsland};
use holm_wire::up::{Join, JoinIsland};

use super::slot::{Message, Queued};
use super::{End, Inner, Presence, Session, Slot};

/// An island that may not join: its code, and a sentence.
type Refusal = (Code, String);

impl Session {
    pub(super) fn join(self: &Arc<Self>, join: &Join<'_>) {
        let most = self.core.limits.islands;
        // A page a little past the limit hears which islands were refused; beyond that it is no page.
        if join.count > 4 * most as u64 {
            self.end(End::Code(Code::TooManyIslands));
            return;
        }
        let mut answers = Vec::new();
        let mut refusals = Vec::new();
        let mut started = Vec::new();
        let mut inner = self.lock();
        // A growing Vec begins with room for four, which three quarters of all pages would never use.
        inner.slots.reserve_exact(usize::try_from(join.count).unwrap_or(most).min(most));
        for island in join.islands().map_while(Result::ok) {
            inner.next_slot += 1;
            let id = inner.next_slot;
            let seq = match self.admit(&mut inner, id, &island) {
                Ok(seq) => {
                    started.push(id);
                    seq
                }
                Err((Code::NewBuild, _)) => {
                    drop(inner);
                    self.end(End::Code(Code::NewBuild));
                    return;
                }
                Err(refusal) => {
                    refusals.push((id, refusal));
                    0
                }
            };
            answers.push(JoinedIsland { id, seq });
        }
        let mut frame = Vec::with_capacity(16 + answers.len() * 2);
        down::joined(&mut frame, self.core.build, self.core.limits.silence.as_secs().max(1), &answers);
        inner.out.push_back(frame.into());
        for (id, (code, sentence)) in refusals {
            self.put_error(&mut inner, code, Some(id), 0, &sentence);
        }
        drop(inner);
        self.look_at(join.path, join.wants);
        for id in started {
            self.enqueue(self.lock(), id, Queued { seq: 0, size: 0, what: Message::Restore });
        }
    }

    /// Opens an island's seal and gives it a slot; says how far its events are contained.
    fn admit(&self, inner: &mut Inner, id: u64, asked: &JoinIsland<'_>) -> Result<u64, Refusal> {
        let limits = &self.core.limits;
        if let Some(known) = inner.slots.iter().find(|slot| *slot.instance == *asked.instance) {
            let known = known.id;
            self.remove(inner, known);
        }
        if inner.slots.len() >= limits.islands {
            return Err((Code::TooManyIslands, format!("A page may join {} islands.", limits.islands)));
        }
        if !self.core.registry.has(asked.name) {
            return Err((
                Code::UnknownIsland,
                format!("There is no island named {:?}.", shortened(asked.name)),
            ));
        }
        let refused = |code: Code| (code, seal_sentence(code).to_owned());
        let sealed = self.core.keys.open(asked.seal, limits).map_err(refused)?;
        let principal = self.visitor.principal.id();
        let foreign = sealed.island != asked.name
            || sealed.instance != asked.instance
            || sealed.principal.as_deref().is_some_and(|whose| Some(whose) != principal);
        if foreign {
            return Err(refused(Code::SealForeign));
        }
        if self.core.development && sealed.build != self.core.build {
            return Err(refused(Code::NewBuild));
        }
        let open = || self.core.registry.open(asked.name, &sealed.state, sealed.version);
        let opened = std::panic::catch_unwind(std::panic::AssertUnwindSafe(open));
        let island = match opened {
            Ok(Some(Ok(island))) => island,
            Ok(Some(Err(error))) => {
                tracing::warn!(island = asked.name, %error, "a sealed state does not decode any more");
                return Err(refused(Code::SealStale));
            }
            Ok(None) => return Err(refused(Code::UnknownIsland)),
            Err(_) => return Err(refused(Code::SealStale)),
        };
        let mut slot = Slot::new(id, asked.instance.into(), island, sealed.seq, sealed.html);
        let compared = asked.check != UNKNOWN && sealed.check != UNKNOWN;
        slot.snapshot = asked.check == MOVED_ON || (compared && asked.check != sealed.check);
        slot.sealed = sealed.contents();
        slot.shown.shape = match sealed.check {
            // Only a served page was inspected; its check is left out where the markup is irregular.
            UNKNOWN if sealed.session != 0 => Shape::Unknown,
            UNKNOWN => Shape::Irregular,
            _ => Shape::Regular,
        };
        slot.parent = parent_of(&inner.slots, asked.instance);
        inner.slots.push(slot);
        Ok(sealed.seq)
    }

    /// Counts the connection among those that look at this page.
    fn look_at(self: &Arc<Self>, path: &str, wants: u8) {
        // Long paths are counted by their beginning, so that a name cannot take what memory it likes.
        let end = path.floor_char_boundary(path.len().min(256));
        let path: Arc<str> = path[..end].into();
        let mut inner = self.lock();
        if inner.presence.path.as_ref() == Some(&path) && inner.presence.wants == wants {
            return;
        }
        let before = std::mem::replace(
            &mut inner.presence,
            Presence { path: Some(Arc::clone(&path)), wants, ..Presence::default() },
        );
        let here = inner.end.is_none();
        drop(inner);
        if let Some(before) = before.path {
            self.hub().leave(&before, self);
        }
        if here {
            let (page, total) =
                (wants & super::WANTS_PAGE_PRESENCE != 0, wants & super::WANTS_TOTAL_PRESENCE != 0);
            self.hub().enter(&path, self, page, total);
        }
        self.hub().tell();
    }
}

/// The island whose instance id begins this one's: a nested island's id is its parent's, `/`, its key.
fn parent_of(slots: &[Slot], instance: &str) -> Option<u64> {
    let is_parent =
        |slot: &&Slot| instance.strip_prefix(&*slot.instance).is_some_and(|rest| rest.starts_with('/'));
    slots.iter().filter(is_parent).max_by_key(|slot| slot.instance.len()).map(|slot| slot.id)
}

/// The beginning of a name that a page sent.
fn shortened(name: &str) -> &str {
    &name[..name.floor_char_boundary(64)]
}

fn seal_sentence(code: Code) -> &'static str {
    match code {
        Code::SealExpired => "This page is too old to go on from.",
        Code::SealForeign => "This page was made for somebody else.",
        Code::SealStale | Code::NewBuild => "This page is of an earlier version.",
        _ => "This page's state was not made by this server.",
    }
}
