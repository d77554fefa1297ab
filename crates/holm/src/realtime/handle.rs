//! Reaching clients from anywhere: all of them, those of a principal, one, or a channel.

use std::sync::Arc;

use super::connection::Seating;
use super::presence::Shown;
use super::protocol::{self, Refusal};
use super::room::Room;
use super::who::is_fit;
use super::{Channel, Event, Item, Present, Realtime, Socket, SocketId};
use crate::{Principal, Topic};

impl Realtime {
    /// Tells every connection; gives how many took it.
    pub fn broadcast(&self, event: Event) -> usize {
        if self.is_fit(&event) { self.crowd.tell(event, None) } else { 0 }
    }

    /// Tells every connection but this one; gives how many took it.
    pub fn broadcast_except<T>(&self, socket: &Socket<T>, event: Event) -> usize {
        if self.is_fit(&event) { self.crowd.tell(event, Some(socket.id())) } else { 0 }
    }

    /// Tells every connection of a principal; gives how many took it. Anonymous ones are nobody's.
    pub fn send_to(&self, principal: &Principal, event: Event) -> usize {
        if self.is_fit(&event) { self.crowd.tell_principal(principal, event) } else { 0 }
    }

    /// Tells one connection; gives 1 if it took it, 0 if it is gone.
    pub fn send_to_socket(&self, id: SocketId, event: Event) -> usize {
        let Some(connection) = self.is_fit(&event).then(|| self.crowd.find(id)).flatten() else { return 0 };
        let event = super::Broadcast::new(None, event, None);
        usize::from(connection.push(Item::Event { sub: None, event }))
    }

    /// A channel by its name, whether it lives or not.
    pub fn to_channel(&self, name: &str) -> ChannelHandle {
        ChannelHandle { realtime: self.clone(), name: name.into(), except: None }
    }

    /// How many channels there are: those with somebody in them, or with a history that is still kept.
    pub fn channel_count(&self) -> usize {
        self.crowd.rooms.len()
    }

    /// How many connections there are.
    pub fn connections(&self) -> usize {
        self.crowd.len()
    }

    fn is_fit(&self, event: &Event) -> bool {
        is_fit(event, self.settings.limits.realtime_message_bytes)
    }

    /// The room of this name, made if there is none. Names without a pattern have channels without settings.
    pub(crate) fn open(&self, name: &str) -> Result<Arc<Room>, Refusal> {
        let limits = &self.settings.limits;
        match self.settings.channel(name) {
            Some((channel, _)) => self.crowd.rooms.open(name, channel, limits),
            None => self.crowd.rooms.open(name, &Arc::new(Channel::new()), limits),
        }
    }
}

/// A channel, to broadcast in and to ask about. Cheap; it keeps no channel alive.
#[derive(Debug, Clone)]
pub struct ChannelHandle {
    realtime: Realtime,
    name: Arc<str>,
    except: Option<SocketId>,
}

impl ChannelHandle {
    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The same channel without this connection: what is broadcast does not reach it.
    pub fn except<T>(mut self, socket: &Socket<T>) -> Self {
        self.except = Some(socket.id());
        self
    }

    /// Tells everybody in the channel; gives how many connections took it. A channel that nobody is in and that
    /// keeps no history takes it silently.
    pub fn broadcast(&self, event: Event) -> usize {
        if !self.realtime.is_fit(&event) {
            return 0;
        }
        let (hub, topic) = (&self.realtime.settings.hub, self.topic());
        let islands = (hub.subscribers(&topic) > 0).then(|| event.clone());
        let took = self.tell(event);
        if let Some(event) = islands {
            hub.publish(&topic, event);
        }
        took
    }

    /// Its events as islands hear them, that live by the same hub ([`Realtime::with_hub`]): an island subscribes
    /// to this topic. What two broadcast at the same moment may reach islands in another order than clients.
    pub fn topic(&self) -> Topic<Event> {
        Topic::new(&self.name)
    }

    /// Tells the clients in it.
    fn tell(&self, event: Event) -> usize {
        let settings = &self.realtime.settings;
        if let Some(room) = self.room() {
            let (took, ended) = room.broadcast(event, self.except);
            for room in ended.iter().flat_map(|connection| connection.evict()) {
                self.realtime.crowd.rooms.settle(&room, &settings.limits);
            }
            if took == 0 {
                // It may be empty, and has something to remember now.
                self.realtime.crowd.rooms.settle(&room, &settings.limits);
            }
            return took;
        }
        let keeps = settings.channel(&self.name).is_some_and(|(channel, _)| channel.keeps() > 0);
        if !keeps {
            return 0;
        }
        match self.realtime.open(&self.name) {
            Ok(room) => {
                let (took, _) = room.broadcast(event, self.except);
                self.realtime.crowd.rooms.settle(&room, &settings.limits);
                took
            }
            Err(refusal) => {
                tracing::error!(channel = &*self.name, "an event was not kept: {}", refusal.sentence);
                0
            }
        }
    }

    /// How many connections are in it.
    pub fn size(&self) -> usize {
        self.room().map_or(0, |room| room.size())
    }

    /// The connections in it.
    pub fn members(&self) -> Vec<Socket> {
        self.room().map_or_else(Vec::new, |room| room.members().iter().map(Socket::of).collect())
    }

    /// Who is in it, in the order in which they came; nobody where the channel has no presence.
    pub fn presence(&self) -> Vec<Present> {
        self.room().map_or_else(Vec::new, |room| room.present())
    }

    /// The events it keeps, oldest first.
    pub fn history(&self) -> Vec<Event> {
        self.room().map_or_else(Vec::new, |room| room.kept().0)
    }

    /// Takes a connection in, as if it had subscribed: the app's own decision, so no hook runs. One that is in
    /// stays in once. Gives whether it is in now.
    pub fn join<T>(&self, socket: &Socket<T>) -> bool {
        let Some(connection) = socket.connection.upgrade() else { return false };
        let sub: Arc<str> = protocol::quoted(&self.name).into();
        let seating = Seating {
            sub: &sub,
            after: None,
            told: false,
            leaver: None,
            shown: Some(Shown::default()),
            most: usize::MAX,
        };
        match self.realtime.seat(&connection, &self.name, &seating) {
            Ok(_) | Err(Refusal { code: holm_wire::Code::DuplicateId, .. }) => true,
            Err(_) => false,
        }
    }

    /// Takes a connection out, whatever ids it subscribed by: from here on it hears nothing of the channel. Its
    /// client is told `complete`, its streams are dropped, and `on_leave` runs, once its driver gets to that. Gives
    /// whether it was in.
    pub fn leave<T>(&self, socket: &Socket<T>) -> bool {
        let (Some(connection), Some(room)) = (socket.connection.upgrade(), self.room()) else { return false };
        let was_in = connection.expel(&room) > 0;
        self.realtime.crowd.rooms.settle(&room, &self.realtime.settings.limits);
        was_in
    }

    fn room(&self) -> Option<Arc<Room>> {
        self.realtime.crowd.rooms.find(&self.name)
    }
}
