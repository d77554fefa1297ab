//! What a handler says and hears of who is here.

use std::sync::Arc;

use xxhash_rust::xxh3::xxh3_64;

use super::{Cx, Effect};
use crate::Event;
use crate::hub::presence::track::{self, As};
use crate::hub::presence::{Change, Meta, Presence, Present};
use crate::hub::topics::Message;

impl<E: Event> Cx<E> {
    /// Says that this island's visitor is here, and what there is to say of them.
    ///
    /// A principal is one entry by its id, however many tabs it has: each joining island adds a meta. Anonymous
    /// tabs are each an entry of their own. It takes effect when the handler returns `Ok`, and ends with the
    /// island, at once when the page is closed. A page that is only away stays for `Limits::presence_grace`, and
    /// when it comes back later it joins again by itself. Joining what the island is in already says something
    /// else of it, as [`Cx::update`] does.
    ///
    /// Where no page is connected ([`Cx::is_live`]) it does nothing: join in
    /// [`restore`](crate::Island::restore). [`Presence`] has an example. Past `Limits::presence_entries` in one
    /// presence, and past `Limits::subscriptions` of one island, it is refused with an error in the log.
    pub fn join<M: Message>(&self, presence: &Presence<M>, meta: M) {
        self.join_who(presence, As::Itself(self.principal().id().map(Arc::from)), meta);
    }

    /// [`Cx::join`] under a key of the app's choosing: a player's seat, a device.
    ///
    /// The island is in a presence once: under another key than before, it leaves and joins.
    pub fn join_as<M: Message>(&self, presence: &Presence<M>, key: impl AsRef<str>, meta: M) {
        self.join_who(presence, As::Key(Arc::from(key.as_ref())), meta);
    }

    fn join_who<M: Message>(&self, presence: &Presence<M>, who: As, meta: M) {
        if !self.is_live() {
            tracing::debug!(
                presence = presence.name(),
                "no page is connected, so nobody is here; join in `restore`"
            );
            return;
        }
        let (presence, meta) = (presence.clone(), with_print(meta));
        self.effect(Effect::Presence(Box::new(move |tracks, place| {
            Some(track::join(tracks, place, &presence, who, meta))
        })));
    }

    /// Says something else of this island's visitor, in a presence that the island has joined.
    pub fn update<M: Message>(&self, presence: &Presence<M>, meta: M) {
        let (presence, meta) = (presence.clone(), with_print(meta));
        self.effect(Effect::Presence(Box::new(move |tracks, _| {
            Some(track::update(tracks, &presence, meta))
        })));
    }

    /// Leaves a presence.
    pub fn leave<M: Message>(&self, presence: &Presence<M>) {
        let key = presence.key();
        self.effect(Effect::Presence(Box::new(move |tracks, _| {
            let at = tracks.iter().position(|track| *track.key() == key)?;
            Some(Box::new(tracks.remove(at)))
        })));
    }

    /// Has every change of a presence come to this island as an event; the first tells everybody who is here, the
    /// island's own visitor included.
    ///
    /// Changes come at most every `Limits::presence_every`, with what happened in between folded into one. An
    /// island that does not take them in time hears of everybody again in place of what it missed. Otherwise it
    /// is as with [`Cx::subscribe`]. [`Change::apply`] brings a list up to date.
    pub fn watch<M: Message>(
        &self,
        presence: &Presence<M>,
        event: impl Fn(&Change<M>) -> E + Send + Sync + 'static,
    ) {
        let Some(port) = self.context.port.clone() else {
            tracing::debug!(
                presence = presence.name(),
                "no page is connected, so nothing is heard; watch in `restore`"
            );
            return;
        };
        let (presence, event) = (presence.clone(), self.advising(event));
        self.effect(Effect::Watch(Box::new(move |place| track::watch(place, &presence, &port, event))));
    }

    /// Ends this island's watching.
    pub fn unwatch<M: Message>(&self, presence: &Presence<M>) {
        self.effect(Effect::Unlisten(presence.key()));
    }

    /// Who is here now, in the order of joining.
    pub fn present<M: Message>(&self, presence: &Presence<M>) -> Vec<Present<M>> {
        self.context.core.hub.presences.present(presence)
    }
}

/// What is said, with a hash by which the same is known again.
fn with_print<M: Message>(meta: M) -> Meta<M> {
    let print = serde_json::to_vec(&meta).ok().map(|json| xxh3_64(&json));
    Meta { value: Arc::new(meta), print }
}
