//! One island's being here, and one island's watching.

use std::any::Any;
use std::sync::{Arc, Weak};

use super::room::{Bounds, Room, Seated};
use super::said::Meta;
use super::{Change, Presence};
use crate::Limits;
use crate::cx::Port;
use crate::hub::HubInner;
use crate::hub::topics::inbox::Inbox;
use crate::hub::topics::listening::Ear;
use crate::hub::topics::{Key, Message};
use crate::island::erased::AnyEvent;

/// That one live island is in a presence. Dropped, it leaves.
pub(crate) trait Track: Any + Send {
    /// What it is in.
    fn key(&self) -> &Key;

    /// Its connection is lost, though it may come back.
    fn away(&self);

    /// Its connection is there again.
    fn back(&self);
}

/// Where an island lives that joins or watches.
pub(crate) struct Place<'a> {
    pub(crate) hub: &'a Arc<HubInner>,
    pub(crate) limits: &'a Limits,
    pub(crate) island: &'static str,
    /// Names the page view to the hub, as anonymous tabs are told apart by it.
    pub(crate) view: u64,
}

/// Who an island is here as.
pub(crate) enum As {
    /// Its principal, or its tab.
    Itself(Option<Arc<str>>),
    Key(Arc<str>),
}

struct Tracked<M: Message> {
    hub: Weak<HubInner>,
    room: Arc<Room<M>>,
    id: usize,
}

/// What was said before, or whatever is over: to be dropped when no lock is held.
pub(crate) type Over = Box<dyn Send>;

/// Joins, or says something else of an island that is in it already.
pub(crate) fn join<M: Message>(
    tracks: &mut Vec<Box<dyn Track>>,
    place: &Place<'_>,
    presence: &Presence<M>,
    who: As,
    meta: Meta<M>,
) -> Over {
    let key = presence.key();
    let who = match who {
        As::Itself(None) => place.hub.presences.name_of(place.view).into(),
        As::Itself(Some(who)) | As::Key(who) => who,
    };
    let before = tracks.iter().position(|track| *track.key() == key);
    if let Some(track) = before.and_then(|at| typed::<M>(&*tracks[at]))
        && track.room.is(track.id, &who)
    {
        return track.update(meta);
    }
    // Somebody else from here on: the earlier one leaves.
    let over = before.map(|at| Box::new(tracks.remove(at)) as Over);
    let (island, limits) = (place.island, place.limits);
    if tracks.len() >= limits.subscriptions {
        let limit = limits.subscriptions;
        tracing::error!(
            island,
            presence = &*key.name,
            limit,
            "the island is in too many presences; this one is refused"
        );
        return Box::new((over, meta));
    }
    let kept = meta.clone();
    let (room, id) = place.hub.presences.within(&key, bounds(limits), |room: &Room<M>| room.join(who, meta));
    if let Some(id) = id {
        schedule(place.hub, &room);
        tracks.push(Box::new(Tracked { hub: Arc::downgrade(place.hub), room, id }));
    } else {
        let limit = limits.presence_entries;
        tracing::error!(island, presence = &*key.name, limit, "too many are present; this one is not shown");
        place.hub.presences.forget::<M>(&key);
    }
    Box::new((over, kept))
}

/// Says something else of an island that is in a presence.
pub(crate) fn update<M: Message>(tracks: &[Box<dyn Track>], presence: &Presence<M>, meta: Meta<M>) -> Over {
    let key = presence.key();
    let track = tracks.iter().find(|track| *track.key() == key);
    if let Some(track) = track.and_then(|track| typed::<M>(&**track)) {
        return track.update(meta);
    }
    tracing::warn!(presence = presence.name(), "cx.update: the island has not joined this presence");
    Box::new(meta)
}

fn typed<M: Message>(track: &dyn Track) -> Option<&Tracked<M>> {
    (track as &dyn Any).downcast_ref()
}

fn bounds(limits: &Limits) -> Bounds {
    Bounds { entries: limits.presence_entries, every: limits.presence_every, grace: limits.presence_grace }
}

/// Has the teller look at a room when something is due there.
fn schedule<M: Message>(hub: &Arc<HubInner>, room: &Arc<Room<M>>) {
    // Without a runtime nobody tells; what is due then is planned with the next change.
    if tokio::runtime::Handle::try_current().is_ok()
        && let Some(at) = room.plan()
    {
        let room: Weak<Room<M>> = Arc::downgrade(room);
        hub.presences.teller.schedule(hub, at, room);
    }
}

impl<M: Message> Tracked<M> {
    fn update(&self, meta: Meta<M>) -> Over {
        let before = self.room.update(self.id, meta);
        self.schedule();
        Box::new(before)
    }

    fn schedule(&self) {
        if let Some(hub) = self.hub.upgrade() {
            schedule(&hub, &self.room);
        }
    }
}

impl<M: Message> Track for Tracked<M> {
    fn key(&self) -> &Key {
        &self.room.key
    }

    fn away(&self) {
        self.room.away(self.id);
        self.schedule();
    }

    fn back(&self) {
        if !self.room.back(self.id) {
            let limit = self.room.bounds.entries;
            let presence = &*self.room.key.name;
            tracing::error!(presence, limit, "too many are present; one that has come back is not shown");
        }
        self.schedule();
    }
}

impl<M: Message> Drop for Tracked<M> {
    fn drop(&mut self) {
        let over = self.room.leave(self.id);
        self.schedule();
        if let Some(hub) = self.hub.upgrade() {
            hub.presences.forget::<M>(&self.room.key);
        }
        drop(over);
    }
}

/// One island's watching.
struct Watch<M: Message, F> {
    hub: Weak<HubInner>,
    room: Arc<Room<M>>,
    seat: usize,
    inbox: Seated<M>,
    map: F,
}

/// Watches from now on.
pub(crate) fn watch<M: Message, E: Send + 'static>(
    place: &Place<'_>,
    presence: &Presence<M>,
    port: &Port,
    map: impl Fn(&Change<M>) -> E + Send + Sync + 'static,
) -> Arc<dyn Ear> {
    let inbox = Arc::new(Inbox::closed(Weak::clone(&port.mailbox), place.limits.topic_queue));
    let sit = |room: &Room<M>| room.watch(&inbox);
    let (room, seat) = place.hub.presences.within(&presence.key(), bounds(place.limits), sit);
    schedule(place.hub, &room);
    let map = move |change: &Change<M>| -> AnyEvent { Box::new(map(change)) };
    Arc::new(Watch { hub: Arc::downgrade(place.hub), room, seat, inbox, map })
}

impl<M: Message, F: Fn(&Change<M>) -> AnyEvent + Send + Sync> Ear for Watch<M, F> {
    fn key(&self) -> &Key {
        &self.room.key
    }

    fn len(&self) -> usize {
        self.inbox.len()
    }

    fn take(&self) -> Option<AnyEvent> {
        let change = self.room.take(&self.inbox)?;
        Some((self.map)(&change))
    }
}

impl<M: Message, F> Drop for Watch<M, F> {
    fn drop(&mut self) {
        let over = self.room.unwatch(self.seat);
        if let Some(hub) = self.hub.upgrade() {
            hub.presences.forget::<M>(&self.room.key);
        }
        drop(over);
    }
}
