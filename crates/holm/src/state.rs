//! The app's own state, by type.

use std::any::{Any, TypeId, type_name};
use std::collections::HashMap;
use std::fmt;

use foldhash::fast::FixedState;

/// What the app gave with `Live::state`, one value a type.
#[derive(Default)]
pub(crate) struct States {
    by_type: HashMap<TypeId, Box<dyn Any + Send + Sync>, FixedState>,
}

impl States {
    pub(crate) fn put<T: Send + Sync + 'static>(&mut self, value: T) {
        self.by_type.insert(TypeId::of::<T>(), Box::new(value));
    }

    pub(crate) fn get<T: 'static>(&self) -> Option<&T> {
        self.by_type.get(&TypeId::of::<T>())?.downcast_ref()
    }

    fn has(&self, id: TypeId) -> bool {
        self.by_type.contains_key(&id)
    }
}

impl fmt::Debug for States {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "States({} types)", self.by_type.len())
    }
}

/// What an island cannot work without, declared in [`Island::needs`](crate::Island::needs) and
/// checked when the app starts.
#[derive(Debug, Default)]
pub struct Needs {
    states: Vec<(TypeId, &'static str)>,
}

impl Needs {
    /// The island reads `cx.state::<T>()`.
    pub fn state<T: Send + Sync + 'static>(&mut self) -> &mut Self {
        self.states.push((TypeId::of::<T>(), type_name::<T>()));
        self
    }

    /// The names of what `states` lacks.
    pub(crate) fn missing(&self, states: &States) -> Vec<&'static str> {
        self.states.iter().filter(|(id, _)| !states.has(*id)).map(|(_, name)| *name).collect()
    }
}
