//! Joining: from the page's seals to islands that run.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use holm_dom::Shape;
use holm_wire::Code;
use holm_wire::check::{FRESH, MOVED_ON, UNKNOWN};
use holm_wire::down::{self, JoinedIsland};
use holm_wire::up::{Join, JoinIsland};

use super::slot::{Message, Queued};
use super::{End, Inner, Presence, Session, Slot};

/// An island that may not join: its code, and a sentence.
pub(super) type Refusal = (Code, String);

impl Session {
    pub(super) fn join(self: &Arc<Self>, join: &Join<'_>) {
        let most = self.core.limits.islands;
        // A page a little past the limit hears which islands were refused; beyond that it is no page.
        if join.count > 4 * most as u64 {
            self.end(End::Code(Code::TooManyIslands));
            return;
        }
        let identity = match self.take_over(join) {
            Ok(identity) => identity,
            Err(code) => {
                self.cut(self.lock(), End::Code(code));
                return;
            }
        };
        let mut answers = Vec::new();
        let mut refusals = Vec::new();
        let mut started = Vec::new();
        let mut inner = self.lock();
        if inner.joined == 0 {
            inner.joined = join.epoch;
            inner.epoch = join.epoch;
        }
        // A growing Vec begins with room for four, which three quarters of all pages would never use.
        inner.slots.reserve_exact(usize::try_from(join.count).unwrap_or(most).min(most));
        for island in join.islands().map_while(Result::ok) {
            let id = inner.next_id();
            let (id, seq) = match self.admit(&mut inner, id, &island, identity) {
                Ok((id, seq)) => {
                    started.push(id);
                    (id, seq)
                }
                Err((Code::NewBuild, _)) => {
                    drop(inner);
                    self.end(End::Code(Code::NewBuild));
                    return;
                }
                Err(refusal) => {
                    refusals.push((id, refusal));
                    (id, 0)
                }
            };
            answers.push(JoinedIsland { id, seq });
        }
        let mut frame = Vec::with_capacity(16 + answers.len() * 2);
        let (silence, token) = (self.core.limits.silence.as_secs().max(1), self.core.keys.token(self.id()));
        down::joined(&mut frame, self.core.build, silence, &token, &answers);
        inner.out.push_back(frame.into());
        if self.core.development {
            self.tell_unsealed(&mut inner, &started);
        }
        for (id, (code, sentence)) in refusals {
            self.put_error(&mut inner, code, Some(id), 0, &sentence);
        }
        self.look_at(&mut inner, join.path, join.wants);
        drop(inner);
        self.hub().tell();
        for id in started {
            if self.begin_shared(id) {
                continue;
            }
            self.enqueue(self.lock(), id, Queued { seq: 0, size: 0, what: Message::Restore });
        }
    }

    /// Says in the page's console which of its islands do not survive a restart of the server.
    fn tell_unsealed(&self, inner: &mut Inner, started: &[u64]) {
        let unsealed = inner
            .slots
            .iter()
            .filter(|slot| started.contains(&slot.id) && slot.shared.is_none() && !slot.island.is_sealed());
        let names: Vec<_> = unsealed.map(|slot| slot.island.island_name()).collect();
        for name in names {
            let sentence = format!(
                "The state of {name} is not sealed: after a restart of the server it starts from the page's own."
            );
            self.put_error(inner, Code::NotSealed, None, 0, &sentence);
        }
    }

    /// Makes this session the page view's that the join comes from, when it is its first.
    ///
    /// A page that comes back after its session has ended, here or elsewhere, brings the session's
    /// token and seals: the new session goes by the same id, so that seals, event ids and what is
    /// known of the page go on. A session that lives on is ended by that: the page has let go of it.
    fn take_over(self: &Arc<Self>, join: &Join<'_>) -> Result<u64, Code> {
        if !self.is_blank() {
            return Ok(self.id());
        }
        // A page's own seal is text and says nothing of sessions.
        let opened = || {
            let islands = join.islands().map_while(Result::ok).filter(|island| is_binary(island.seal));
            let mut seals =
                islands.filter_map(|island| self.core.keys.open(island.seal, &self.core.limits).ok());
            seals.find(|sealed| sealed.session != 0).map(|sealed| sealed.session)
        };
        let Some(identity) = self.core.keys.session_of(join.token).or_else(opened) else {
            return Ok(self.id());
        };
        // Dropped after the lock below: the last to let go of a session closes it, and closing locks too.
        let found;
        let mut remains = None;
        // One page takes an identity at a time.
        let identities = self.hub().identities.lock();
        found = self.hub().session(identity);
        if let Some(before) = &found {
            if before.principal != self.principal {
                // Its seals are somebody else's too, and are refused one by one.
                return Ok(self.id());
            }
            // Without a token it is no connection of that page, but its state put into another.
            if !join.token.is_empty() && before.lock().epoch >= join.epoch {
                return Err(Code::Superseded);
            }
            remains = before.give_up(|_| true);
        }
        {
            let mut inner = self.lock();
            inner.known = self.hub().tombstones.take(identity);
            inner.epoch = inner.epoch.max(join.epoch);
        }
        self.hub().forget(self.id(), self, &self.principal);
        self.id.store(identity, Ordering::Release);
        self.hub().enrol(identity, self, &self.principal);
        drop(identities);
        if let (Some(before), Some(remains)) = (found, remains) {
            drop(remains);
            before.closed();
        }
        Ok(identity)
    }

    /// Opens an island's seal and gives it a slot; gives its id, and how far its events are contained.
    fn admit(
        self: &Arc<Self>,
        inner: &mut Inner,
        id: u64,
        asked: &JoinIsland<'_>,
        identity: u64,
    ) -> Result<(u64, u64), Refusal> {
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
        let principal = self.principal.id();
        let foreign = sealed.island != asked.name
            || (sealed.session != 0 && sealed.session != identity)
            || sealed.instance != asked.instance
            || sealed.principal.as_deref().is_some_and(|whose| Some(whose) != principal);
        if foreign {
            return Err(refused(Code::SealForeign));
        }
        if sealed.session != 0 && sealed.seq < inner.known.of(asked.instance) {
            return Err(refused(Code::SealRolledBack));
        }
        if self.core.development && sealed.build != self.core.build {
            return Err(refused(Code::NewBuild));
        }
        if sealed.is_shared() {
            return self.admit_shared(inner, asked, &sealed);
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
        let seq = match asked.check {
            // Its numbers name events for good, so those of the state it lets go of are not used again.
            FRESH => sealed.seq.max(inner.known.of(asked.instance) + 1).max(fresh_number()),
            _ if island.is_sealed() => sealed.seq,
            _ => inner.known.of(asked.instance),
        };
        let mut slot = Slot::new(id, asked.instance.into(), island, seq, sealed.html);
        let compared = asked.check != UNKNOWN && sealed.check != UNKNOWN;
        slot.snapshot = matches!(asked.check, MOVED_ON | FRESH) || (compared && asked.check != sealed.check);
        slot.life = if slot.island.is_sealed() { 0 } else { inner.life(asked.instance) };
        slot.sealed = sealed.contents();
        slot.state_bytes = sealed.state.len();
        let age = std::time::Duration::from_secs(crate::seal::now().saturating_sub(sealed.issued));
        slot.renew = Some(tokio::time::Instant::now() + (limits.seal_age / 2).saturating_sub(age));
        slot.rendered_elsewhere = true;
        slot.shown.shape = match sealed.check {
            // Only a served page was inspected; its check is left out where the markup is irregular.
            UNKNOWN if sealed.session != 0 => Shape::Unknown,
            UNKNOWN => Shape::Irregular,
            _ => Shape::Regular,
        };
        slot.parent = parent_of(&inner.slots, asked.instance);
        if asked.check == FRESH {
            // From here on the page's own seal would begin at the wrong number.
            slot.seal_now = true;
            slot.dirty = true;
        }
        inner.slots.push(slot);
        Ok((id, seq))
    }

    /// Counts the connection among those that look at this page.
    pub(super) fn look_at(self: &Arc<Self>, inner: &mut Inner, path: &str, wants: u8) {
        // Long paths are counted by their beginning, so that a name cannot take what memory it likes.
        let end = path.floor_char_boundary(path.len().min(256));
        let path: Arc<str> = path[..end].into();
        if inner.presence.path.as_ref() == Some(&path) && inner.presence.wants == wants {
            return;
        }
        // Under the session's lock, so that what is entered is what is left.
        let here = inner.end.is_none() && !inner.closed;
        let now = Presence { path: here.then(|| Arc::clone(&path)), wants, ..Presence::default() };
        if let Some(before) = std::mem::replace(&mut inner.presence, now).path {
            self.hub().leave(&before, self);
        }
        if here {
            let (page, total) =
                (wants & super::WANTS_PAGE_PRESENCE != 0, wants & super::WANTS_TOTAL_PRESENCE != 0);
            self.hub().enter(&path, self, page, total);
        }
    }
}

impl Inner {
    /// What the names of events begin from, of an island of which no seal says how far its events have come:
    /// where this page had a connection before and nobody knows, its numbers begin again, and their names must not.
    pub(super) fn life(&self, instance: &str) -> u64 {
        let again = self.epoch > 1 && self.known.of(instance) == 0;
        if again { fresh_number() << 32 } else { 0 }
    }
}

/// Whether a seal came over a connection; one in a page is text.
fn is_binary(seal: &[u8]) -> bool {
    seal.first() == Some(&crate::seal::BINARY)
}

/// The island whose instance id begins this one's: a nested island's id is its parent's, `/`, its key.
fn parent_of(slots: &[Slot], instance: &str) -> Option<u64> {
    let is_parent = |slot: &&Slot| {
        slot.shared.is_none()
            && instance.strip_prefix(&*slot.instance).is_some_and(|rest| rest.starts_with('/'))
    };
    slots.iter().filter(is_parent).max_by_key(|slot| slot.instance.len()).map(|slot| slot.id)
}

/// An event number above all that an island which sends an event a second has reached by now.
fn fresh_number() -> u64 {
    /// The first second of 2026, in seconds since the epoch: small numbers make short frames.
    const BEGINNING: u64 = 1_767_225_600;
    crate::seal::now().saturating_sub(BEGINNING)
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
        Code::SealRolledBack => "This page has moved on since then.",
        _ => "This page's state was not made by this server.",
    }
}
