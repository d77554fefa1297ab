//! Which islands the app has, by name. Nothing a page sends chooses a type in any other way.

use std::any::{TypeId, type_name};
use std::collections::HashMap;

use foldhash::fast::FixedState;

use super::Island;
use super::erased::Erased;
use crate::state::{Needs, States};

/// One registered island.
pub(crate) struct Kind {
    id: TypeId,
    type_name: &'static str,
    needs: Needs,
    open: fn(&[u8]) -> serde_json::Result<Box<dyn Erased>>,
}

/// The registered islands.
#[derive(Default)]
pub(crate) struct Registry {
    kinds: HashMap<&'static str, Kind, FixedState>,
    clashes: Vec<String>,
}

impl std::fmt::Debug for Registry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.kinds.keys()).finish()
    }
}

impl Registry {
    pub(crate) fn add<I: Island>(&mut self) {
        let mut needs = Needs::default();
        I::needs(&mut needs);
        let kind = Kind {
            id: TypeId::of::<I>(),
            type_name: type_name::<I>(),
            needs,
            open: |state| Ok(Box::new(serde_json::from_slice::<I>(state)?)),
        };
        if let Some(other) = self.kinds.insert(I::name(), kind)
            && other.id != TypeId::of::<I>()
        {
            self.clashes.push(format!(
                "two islands are named `{}`: {} and {}; give one of them `fn name() -> &'static str {{ \"…\" }}`",
                I::name(),
                other.type_name,
                type_name::<I>(),
            ));
        }
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.kinds.contains_key(name)
    }

    /// An island of this name from its sealed state; `None` for an unknown name.
    pub(crate) fn open(&self, name: &str, state: &[u8]) -> Option<serde_json::Result<Box<dyn Erased>>> {
        Some((self.kinds.get(name)?.open)(state))
    }

    /// Everything that would only fail later: shared names, missing state.
    pub(crate) fn problems(&self, states: &States) -> Vec<String> {
        let mut problems = self.clashes.clone();
        for (name, kind) in &self.kinds {
            for missing in kind.needs.missing(states) {
                problems.push(format!(
                    "island `{name}` needs state of type {missing}; add `.state(…)` with one to Live"
                ));
            }
        }
        problems
    }
}
