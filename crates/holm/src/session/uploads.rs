//! A session's side of uploads: which of its islands take files, and how often its page may begin one.

use std::sync::Arc;
use std::time::Duration;

use super::Session;
use super::slot::Slot;
use crate::cx::Effect;
use crate::upload::input::{Input, Place, Settle};

impl Session {
    /// The input of this name, of the island with this instance id.
    pub(crate) fn input(&self, instance: &str, name: &str) -> Option<Arc<Input>> {
        let inner = self.lock();
        let slot = inner.slots.iter().find(|slot| *slot.instance == *instance)?;
        match &slot.shared {
            Some(view) => view.shared.input(name),
            None => slot.inputs.get(name),
        }
    }

    /// The name of the island with this instance id, if it has nothing left to do and still takes no files from an
    /// input of this name.
    pub(crate) fn lacks_input(&self, instance: &str, name: &str) -> Option<&'static str> {
        let inner = self.lock();
        let slot = inner.slots.iter().find(|slot| *slot.instance == *instance)?;
        let lacks = match &slot.shared {
            Some(view) => view.shared.input(name).is_none(),
            None => !slot.busy && slot.mailbox.is_empty() && slot.inputs.get(name).is_none(),
        };
        lacks.then(|| slot.island.island_name())
    }

    /// Whether it is about to end, or has.
    pub(crate) fn is_over(&self) -> bool {
        let inner = self.lock();
        inner.end.is_some() || inner.closed
    }

    /// On whose behalf its page is here.
    pub(crate) fn principal(&self) -> &crate::Principal {
        &self.principal
    }

    /// Takes a token for an upload that begins; gives how long its page is to wait when it has none.
    pub(crate) fn charge_upload(self: &Arc<Self>) -> Option<Duration> {
        let now = tokio::time::Instant::now();
        let throttled = self.lock().throttled;
        if let Some(until) = throttled {
            return Some(until.saturating_duration_since(now));
        }
        self.charge(1);
        None
    }

    /// Does what an effect asks of uploads; gives back what asks for something else.
    pub(super) fn take_files(
        &self,
        slot: &mut Slot,
        effect: Effect,
        settle: &mut Vec<Settle>,
    ) -> Option<Effect> {
        let Effect::Upload(asked) = effect else { return Some(effect) };
        let Slot { inputs, instance, .. } = slot;
        settle.push(inputs.apply(asked, || Place::own(self.id(), instance)));
        None
    }
}
