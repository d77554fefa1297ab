//! Which islands the app has, by name. Nothing a page sends chooses a type in any other way.

use std::any::{TypeId, type_name};
use std::collections::HashMap;

use foldhash::fast::FixedState;

use super::erased::{Decoded, Erased};
use super::{Island, SharedIsland};
use crate::event::{DecodeError, Event, Payload};
use crate::state::{Needs, States};

/// Makes an island from its sealed state and that state's version.
type Open = fn(&[u8], u32) -> crate::Result<Box<dyn Erased>>;

/// What is known of a shared island beside its state.
#[derive(Clone, Copy)]
pub(crate) struct SharedKind {
    /// [`SharedIsland::open`].
    pub(crate) open: fn(&str) -> Box<dyn Erased>,
    /// Reads a page's event.
    pub(crate) decode: fn(&str, Payload<'_>) -> Result<Decoded, DecodeError>,
}

/// One registered island.
pub(crate) struct Kind {
    id: TypeId,
    type_name: &'static str,
    needs: Needs,
    version: u32,
    open: Open,
    shared: Option<SharedKind>,
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
            version: I::VERSION,
            open: |state, version| Ok(Box::new(decode::<I>(state, version)?)),
            shared: self.kinds.get(I::name()).and_then(|kind| kind.shared),
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

    /// Registers an island as one that viewers share, too.
    pub(crate) fn add_shared<I: SharedIsland>(&mut self) {
        self.add::<I>();
        if let Some(kind) = self.kinds.get_mut(I::name()) {
            kind.shared = Some(SharedKind {
                open: |key| Box::new(I::open(key)),
                decode: |name, payload| {
                    let event = <I::Event as Event>::decode(name, payload)?;
                    Ok(Decoded {
                        once: event.is_once(),
                        event: Box::new(event),
                        field: crate::event::field(payload),
                    })
                },
            });
        }
    }

    /// The shared island of this name.
    pub(crate) fn shared(&self, name: &str) -> Option<(&'static str, SharedKind)> {
        let (name, kind) = self.kinds.get_key_value(name)?;
        Some((name, kind.shared?))
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.kinds.contains_key(name)
    }

    /// The version of the states that this process makes of an island.
    pub(crate) fn version(&self, name: &str) -> u32 {
        self.kinds.get(name).map_or(0, |kind| kind.version)
    }

    /// An island of this name from its sealed state and that state's version; `None` for an unknown name.
    pub(crate) fn open(
        &self,
        name: &str,
        state: &[u8],
        version: u32,
    ) -> Option<crate::Result<Box<dyn Erased>>> {
        Some((self.kinds.get(name)?.open)(state, version))
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

/// A state of this version as it is, one of another version as the app migrates it.
fn decode<I: Island>(state: &[u8], version: u32) -> crate::Result<I> {
    if version == I::VERSION {
        return Ok(serde_json::from_slice(state)?);
    }
    I::migrate(version, serde_json::from_slice(state)?)
}
