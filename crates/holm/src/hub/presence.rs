//! Presence: who is here, by name, told to islands that watch.
//!
//! What islands join and watch is a room; it exists while somebody is in it or watches. `room` holds who is here
//! and what watchers know of it, `teller` is the one task that tells the difference, `track` is one island's being
//! here. No code of the app's runs under a room's lock.

use std::any::{Any, TypeId, type_name};
use std::fmt;
use std::hash::BuildHasher;
use std::marker::PhantomData;
use std::sync::Arc;

use dashmap::DashMap;
use foldhash::fast::FixedState;
use serde::{Deserialize, Serialize};

use super::topics::{Key, Message};

mod arcs;
mod room;
mod said;
mod teller;
#[cfg(test)]
mod tests;
pub(crate) mod track;

use room::Room;
pub(crate) use said::Meta;
use teller::Teller;

/// A name under which islands say who is here; what they say of themselves is an `M`.
///
/// Two presences are the same when both name and type are.
///
/// ```
/// use holm::prelude::*;
/// use holm::{Change, Presence, Present};
///
/// #[derive(Clone, Serialize, Deserialize)]
/// struct Who { name: String }
///
/// #[derive(Clone, Default, Serialize, Deserialize)]
/// struct Room { here: Vec<Present<Who>> }
///
/// #[derive(Event)]
/// enum Press {
///     #[event(server)]
///     Here(Change<Who>),
/// }
///
/// impl Island for Room {
///     type Event = Press;
///
///     fn render(&self) -> Markup {
///         html! { ul { @for who in &self.here { li { (who.metas[0].name) } } } }
///     }
///
///     async fn restore(&mut self, cx: &mut Cx<Press>) -> holm::Result {
///         let room = Presence::<Who>::new("room/7");
///         cx.join(&room, Who { name: "Ada".into() });
///         cx.watch(&room, |change| Press::Here(change.clone()));
///         Ok(())
///     }
///
///     async fn on(&mut self, Press::Here(change): Press, _: &mut Cx<Press>) -> holm::Result {
///         change.apply(&mut self.here);
///         Ok(())
///     }
/// }
/// # let _ = Live::new().key([1; 32]).island::<Room>();
/// ```
pub struct Presence<M> {
    name: Arc<str>,
    meta: PhantomData<fn(M) -> M>,
}

impl<M: Message> Presence<M> {
    /// The presence of this name and type.
    pub fn new(name: impl AsRef<str>) -> Self {
        Self { name: Arc::from(name.as_ref()), meta: PhantomData }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn key(&self) -> Key {
        Key { kind: TypeId::of::<Self>(), name: Arc::clone(&self.name) }
    }
}

impl<M> Clone for Presence<M> {
    fn clone(&self) -> Self {
        Self { name: Arc::clone(&self.name), meta: PhantomData }
    }
}

impl<M> fmt::Debug for Presence<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Presence<{}>({:?})", type_name::<M>(), self.name)
    }
}

/// Somebody who is here: a key, and what each of their tabs says, in the order of joining.
///
/// It can be part of an island's state.
#[derive(Serialize, Deserialize)]
#[serde(bound = "M: Message")]
pub struct Present<M> {
    /// The principal's id, a key of the app's ([`Cx::join_as`](crate::Cx::join_as)), or for an anonymous tab a
    /// text of its own.
    #[serde(with = "arcs::text")]
    pub key: Arc<str>,
    /// What each tab said; at least one.
    #[serde(with = "arcs::many")]
    pub metas: Vec<Arc<M>>,
}

impl<M> Clone for Present<M> {
    fn clone(&self) -> Self {
        Self { key: Arc::clone(&self.key), metas: self.metas.clone() }
    }
}

impl<M: fmt::Debug> fmt::Debug for Present<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Present").field("key", &self.key).field("metas", &self.metas).finish()
    }
}

/// What changed in a presence: to a watcher that begins, everybody; then who came, went, or says something else.
///
/// Changes are told at most every `Limits::presence_every`, and what cancels out in between is not told: somebody
/// who went and came back with the same meta did neither.
pub struct Change<M> {
    /// Everybody who is here. The first change has it, and one after more changes than the island took in time;
    /// what was known before is void then, and the other lists are empty.
    pub everybody: Option<Vec<Present<M>>>,
    /// Who came.
    pub joined: Vec<Present<M>>,
    /// Who is here with other metas than before: something was updated, or another tab of theirs came or went.
    pub updated: Vec<Present<M>>,
    /// Who went, with the metas that were told last.
    pub left: Vec<Present<M>>,
}

impl<M> Change<M> {
    fn none() -> Self {
        Self { everybody: None, joined: Vec::new(), updated: Vec::new(), left: Vec::new() }
    }

    fn is_none(&self) -> bool {
        self.everybody.is_none() && self.joined.is_empty() && self.updated.is_empty() && self.left.is_empty()
    }

    /// Brings a list of who is here up to date; it stays in the order of joining.
    pub fn apply(&self, here: &mut Vec<Present<M>>) {
        if let Some(everybody) = &self.everybody {
            here.clone_from(everybody);
        }
        if !self.left.is_empty() {
            here.retain(|who| self.left.iter().all(|left| left.key != who.key));
        }
        for new in self.updated.iter().chain(&self.joined) {
            match here.iter_mut().find(|who| who.key == new.key) {
                Some(who) => who.clone_from(new),
                None => here.push(new.clone()),
            }
        }
    }
}

impl<M> Clone for Change<M> {
    fn clone(&self) -> Self {
        Self {
            everybody: self.everybody.clone(),
            joined: self.joined.clone(),
            updated: self.updated.clone(),
            left: self.left.clone(),
        }
    }
}

impl<M: fmt::Debug> fmt::Debug for Change<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Change")
            .field("everybody", &self.everybody)
            .field("joined", &self.joined)
            .field("updated", &self.updated)
            .field("left", &self.left)
            .finish()
    }
}

/// The presences that somebody is in or watches.
#[derive(Debug, Default)]
pub(crate) struct Presences {
    rooms: DashMap<Key, Arc<dyn Any + Send + Sync>, FixedState>,
    teller: Teller,
    /// Makes names for anonymous tabs, which say nothing of their sessions.
    names: std::hash::RandomState,
}

impl Presences {
    /// Who is here, in the order of joining.
    pub(crate) fn present<M: Message>(&self, presence: &Presence<M>) -> Vec<Present<M>> {
        self.find(&presence.key()).map_or_else(Vec::new, |room: Arc<Room<M>>| room.present())
    }

    /// How many presences there are.
    pub(crate) fn len(&self) -> usize {
        self.rooms.len()
    }

    /// What an anonymous tab goes by.
    fn name_of(&self, view: u64) -> String {
        format!("anonymous-{:016x}", self.names.hash_one(view))
    }

    fn find<M: Message>(&self, key: &Key) -> Option<Arc<Room<M>>> {
        let room = Arc::clone(&*self.rooms.get(key)?);
        room.downcast().ok()
    }

    /// Does something in a room, which is made if there is none.
    fn within<M: Message, T>(
        &self,
        key: &Key,
        bounds: room::Bounds,
        act: impl FnOnce(&Room<M>) -> T,
    ) -> (Arc<Room<M>>, T) {
        let make = || Arc::new(Room::<M>::new(key.clone(), bounds));
        let room = self.rooms.entry(key.clone()).or_insert_with(|| make());
        let typed: Arc<Room<M>> =
            Arc::clone(&*room).downcast().unwrap_or_else(|_| unreachable!("the key has the type"));
        // The map's shard is locked, so that a room that is about to be forgotten is not entered.
        let done = act(&typed);
        (typed, done)
    }

    /// Forgets a room if nobody is in it and nobody watches.
    fn forget<M: Message>(&self, key: &Key) {
        let empty =
            |room: &Arc<dyn Any + Send + Sync>| room.downcast_ref::<Room<M>>().is_some_and(Room::is_empty);
        let room = self.rooms.remove_if(key, |_, room| empty(room));
        drop(room);
    }
}
