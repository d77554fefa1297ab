//! When islands are sealed, and what the page is known to have of their seals.

use std::panic::{AssertUnwindSafe, catch_unwind};

use holm_wire::Code;
use holm_wire::down::Down;
use tokio::time::Instant;

use super::ring::{SEAL, island_of};
use super::slot::{Slot, Span};
use super::{Inner, Session, Trash};
use crate::seal::{self, Sealed};
use crate::telemetry;

impl Session {
    /// Seals islands that have been quiet for `Limits::seal_quiet`, and lets go of long HTML.
    pub(super) fn seal_quiet(&self, inner: &mut Inner, now: Instant) {
        let limits = &self.core.limits;
        for slot in &mut inner.slots {
            if slot.renew.is_some_and(|renew| renew <= now) {
                slot.sealed = 0;
                slot.touch();
                slot.renew = None;
            }
        }
        self.seal_where(inner, |span| span.due(limits) <= now);
    }

    pub(super) fn seal_where(&self, inner: &mut Inner, due: impl Fn(Span) -> bool) {
        for at in 0..inner.slots.len() {
            if !inner.slots[at].dirty && inner.slots[at].changed.is_some_and(&due) {
                self.seal_slot(inner, at);
            }
        }
    }

    /// Sends the page a seal of what it shows, unless it has that one.
    pub(super) fn seal_slot(&self, inner: &mut Inner, at: usize) {
        let limits = &self.core.limits;
        let slot = &mut inner.slots[at];
        slot.changed = None;
        slot.cool(limits.kept_html_bytes);
        slot.sealed_to = slot.done;
        slot.renew = Some(Instant::now() + limits.seal_age / 2);
        let (id, seq) = (slot.id, slot.done);
        if !slot.island.is_sealed() {
            // The page is not to keep for ever what no seal will contain.
            if std::mem::replace(&mut slot.sealed, seq) != seq {
                self.put(inner, &Down::Seal { island: id, seq, seal: &[] });
            }
            return;
        }
        let sealed = self.sealed(slot);
        if let Some(sealed) = &sealed {
            slot.state_bytes = sealed.state.len();
            let contents = sealed.contents();
            if std::mem::replace(&mut slot.sealed, contents) == contents {
                return;
            }
        }
        if let Some(seal) = sealed.and_then(|sealed| self.core.keys.seal(&sealed, limits)) {
            telemetry::sealed();
            self.put(inner, &Down::Seal { island: id, seq, seal: &seal });
        } else {
            let told = std::mem::replace(&mut slot.told_large, true);
            let name = slot.island.island_name();
            self.put(inner, &Down::Seal { island: id, seq, seal: &[] });
            if told {
                return;
            }
            let advice = format!(
                "The island's state seals to more than {} bytes: skip what can be read again (#[serde(skip)]) and rebuild it in restore.",
                limits.seal_bytes
            );
            tracing::warn!(island = name, "{advice}");
            self.put_error(inner, Code::SealTooLarge, Some(id), 0, &advice);
        }
    }

    fn sealed(&self, slot: &Slot) -> Option<Sealed> {
        let state = catch_unwind(AssertUnwindSafe(|| slot.island.state())).ok()?.inspect_err(|error| {
            tracing::error!(island = slot.island.island_name(), %error, "the state cannot be written as JSON");
        });
        Some(Sealed {
            island: slot.island.island_name().to_owned(),
            instance: slot.instance.to_string(),
            principal: self.principal.id().map(str::to_owned),
            session: self.id(),
            seq: slot.done,
            build: self.core.build,
            version: slot.island.version(),
            issued: seal::now(),
            html: slot.shown.hash,
            check: holm_wire::check::UNKNOWN,
            state: state.ok()?,
        })
    }

    /// The page says how many counted frames it has dealt with.
    pub(super) fn seen(self: &std::sync::Arc<Self>, count: u64, epoch: u64) {
        let mut inner = self.lock();
        if inner.epoch != epoch {
            // It counted on a connection that another has just taken the place of.
            return;
        }
        if count > inner.ring.sent() {
            drop(inner);
            self.bad_frame("more frames were seen than were sent");
            return;
        }
        self.report(&mut inner, count);
    }

    /// Lets go of what was kept in case the page would not get it.
    pub(super) fn report(&self, inner: &mut Inner, count: u64) {
        let most = 4 * self.core.limits.islands;
        let Inner { ring, slots, known, trash, .. } = inner;
        ring.seen(count, |frame| {
            if frame.first() == Some(&SEAL)
                && let Some((island, seq)) = island_of(frame)
                && let Some(slot) = slots.iter().find(|slot| slot.id == island)
            {
                known.note(&slot.instance, seq, most);
            }
        });
        for slot in slots {
            slot.unheard.retain(|refusal| refusal.0 > count);
            if slot.last <= count {
                if slot.first != 0 {
                    trash.extend(slot.base.take().map(|base| Trash::State(base.state)));
                }
                slot.first = 0;
                slot.evicted = 0;
            } else if slot.first <= count && slot.first != 0 {
                // What it shows lies between two states, and neither is kept.
                trash.extend(slot.base.take().map(|base| Trash::State(base.state)));
                slot.first = count + 1;
            }
        }
    }
}
