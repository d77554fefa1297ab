//! Whom hooks are about.

use std::fmt;
use std::sync::{Arc, Weak};

use http::request::Parts;
use serde::de::DeserializeOwned;

use super::connection::Identity;
use super::{Broadcast, ChannelHandle, Connection, End, Event, Item, Realtime};
use crate::{Error, Principal, Result};

/// The id of one connection: random, and never used twice.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SocketId(u64);

impl SocketId {
    pub(crate) fn random() -> Self {
        Self(getrandom::u64().unwrap_or_else(|_| {
            static NEXT: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(1);
            NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed)
        }))
    }
}

impl fmt::Display for SocketId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl fmt::Debug for SocketId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// One connection, as the app holds it; what is sent when it is gone goes nowhere. `T` is the app's own data
/// of a socket from [`Realtime::upgrade`].
pub struct Socket<T = ()> {
    pub(crate) identity: Arc<Identity>,
    pub(crate) connection: Weak<Connection>,
    pub(crate) data: Arc<T>,
}

impl<T> Clone for Socket<T> {
    fn clone(&self) -> Self {
        Self {
            identity: Arc::clone(&self.identity),
            connection: Weak::clone(&self.connection),
            data: Arc::clone(&self.data),
        }
    }
}

impl<T> fmt::Debug for Socket<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Socket({}, {:?})", self.identity.id, self.identity.visitor.principal)
    }
}

impl Socket {
    pub(crate) fn of(connection: &Arc<Connection>) -> Self {
        Self::with(connection, Arc::new(()))
    }
}

impl<T> Socket<T> {
    pub(crate) fn with(connection: &Arc<Connection>, data: Arc<T>) -> Self {
        let identity = Arc::clone(&connection.identity);
        Self { identity, connection: Arc::downgrade(connection), data }
    }

    /// Its id.
    pub fn id(&self) -> SocketId {
        self.identity.id
    }

    /// Who it acts for.
    pub fn principal(&self) -> &Principal {
        &self.identity.visitor.principal
    }

    /// The request that opened it: method, address and headers.
    pub fn parts(&self) -> Parts {
        self.identity.visitor.parts()
    }

    /// The app's data of this socket.
    pub fn data(&self) -> &T {
        &self.data
    }

    /// Whether it is still open.
    pub fn is_open(&self) -> bool {
        self.connection.upgrade().is_some_and(|connection| connection.ended().is_none())
    }

    /// Closes it, when what was sent before is out.
    pub fn close(&self) {
        if let Some(connection) = self.connection.upgrade() {
            connection.end(End::Closed);
        }
    }

    /// Sends an event, in its turn: waits while much is waiting for this client already. Gives whether it was
    /// taken; a socket that is closed takes nothing, and that is no error. A bad event is refused with an error in the log.
    pub async fn send(&self, event: Event) -> bool {
        if !is_fit(&event, usize::MAX) {
            return false;
        }
        self.put(Item::Event { sub: None, event: Broadcast::new(None, event, None) }).await
    }

    pub(crate) async fn put(&self, item: Item) -> bool {
        match self.connection.upgrade() {
            Some(connection) => connection.send(item).await,
            None => false,
        }
    }
}

/// Whether an event may be sent; the log says why not.
pub(crate) fn is_fit(event: &Event, most: usize) -> bool {
    if let Err(error) = event.check() {
        tracing::error!(%error, name = ?event.name(), "an event was not sent");
        return false;
    }
    if event.size() > most {
        let (bytes, name) = (event.size(), event.name());
        tracing::error!(bytes, name, "an event past `Limits::realtime_message_bytes` was not sent");
        return false;
    }
    true
}

/// A subscription, as the hooks of its channel see it. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Joiner {
    pub(crate) realtime: Realtime,
    pub(crate) socket: Socket,
    pub(crate) channel: Arc<str>,
    pub(crate) param: Arc<str>,
    pub(crate) input: Option<Arc<str>>,
}

impl Joiner {
    /// Who subscribes.
    pub fn principal(&self) -> &Principal {
        self.socket.principal()
    }

    /// The connection.
    pub fn socket(&self) -> &Socket {
        &self.socket
    }

    /// The channel's name.
    pub fn name(&self) -> &str {
        &self.channel
    }

    /// What the last `*` of the channel's pattern stands for.
    pub fn param(&self) -> &str {
        &self.param
    }

    /// The channel, to broadcast in.
    pub fn channel(&self) -> ChannelHandle {
        self.realtime.to_channel(&self.channel)
    }

    /// The channel without this connection.
    pub fn others(&self) -> ChannelHandle {
        self.channel().except(&self.socket)
    }

    /// The `data` that came with the subscription; `null` when there was none.
    ///
    /// # Errors
    /// When it is of another shape: a public sentence that names the place, and nothing of the server's.
    pub fn input<T: DeserializeOwned>(&self) -> Result<T> {
        let json = self.input.as_deref().unwrap_or("null");
        serde_json::from_str(json).map_err(|error| {
            let (line, column) = (error.line(), error.column());
            let sentence = format!("`data` is not what this channel takes (line {line}, column {column}).");
            Error::from(error).say(sentence)
        })
    }
}

/// A client that sends something to a channel, as `on_message` sees it. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Sender(pub(crate) Joiner);

impl Sender {
    /// Who sends.
    pub fn principal(&self) -> &Principal {
        self.0.principal()
    }

    /// The connection.
    pub fn socket(&self) -> &Socket {
        self.0.socket()
    }

    /// The channel's name.
    pub fn name(&self) -> &str {
        self.0.name()
    }

    /// What the last `*` of the channel's pattern stands for.
    pub fn param(&self) -> &str {
        self.0.param()
    }

    /// The channel, to broadcast in.
    pub fn channel(&self) -> ChannelHandle {
        self.0.channel()
    }

    /// The channel without the sender.
    pub fn others(&self) -> ChannelHandle {
        self.0.others()
    }
}
