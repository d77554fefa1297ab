//! Event streams that an app feeds itself, each for one reader.

use std::collections::VecDeque;
use std::sync::{Arc, Weak};

use axum::extract::Request;
use axum::response::Response;
use holm_wire::Code;
use http::request::Parts;
use parking_lot::Mutex;

use super::asked::{self, Positions};
use super::connection::Seating;
use super::endpoint::share;
use super::history::Cursor;
use super::listener::Listener;
use super::presence::Shown;
use super::protocol::{After, check_name, quoted};
use super::{Broadcast, Connection, End, Event, Item, Realtime, Socket, stream};
use crate::{Error, Result};

#[cfg(test)]
mod tests;

impl Realtime {
    /// Opens an event stream for whoever asks: gives the answer to the request, and what feeds it. The
    /// stream is a connection like any other: it counts, it has a principal, and it hears broadcasts.
    ///
    /// ```
    /// use axum::extract::{Request, State};
    /// use axum::response::Response;
    /// use holm::realtime::{Event, Realtime};
    /// async fn ticks(State(realtime): State<Realtime>, request: Request) -> Result<Response, Response> {
    ///     let (response, sender) = realtime.sse(request).await?;
    ///     tokio::spawn(async move {
    ///         for tick in 0_u64.. {
    ///             if sender.send(Event::new("tick").text(tick.to_string())).await.is_err() {
    ///                 break; // The reader is gone.
    ///             }
    ///             tokio::time::sleep(std::time::Duration::from_secs(2)).await;
    ///         }
    ///     });
    ///     Ok(response)
    /// }
    /// # let _: axum::Router = axum::Router::new().route("/", axum::routing::get(ticks)).with_state(Realtime::new());
    /// ```
    ///
    /// # Errors
    /// The response that refuses it: there are too many connections, its origin may not connect, or
    /// [`Realtime::identify`] says no.
    pub async fn sse(&self, request: Request) -> Result<(Response, SseSender), Response> {
        let (parts, _) = request.into_parts();
        let allowed = self.allowed_origin(&parts);
        let mut opened = self.open_sse(&parts).await;
        let response = opened.as_mut().map_or_else(|refusal| refusal, |(response, _)| response);
        share(response.headers_mut(), allowed);
        opened
    }

    async fn open_sse(&self, parts: &Parts) -> Result<(Response, SseSender), Response> {
        let limits = &self.settings.limits;
        let connected = self.admit(parts).await?;
        let socket = connected.socket();
        let last = Last(Weak::clone(&socket.connection));
        let left_at = asked::left_at(parts, limits);
        let otherwise = left_at.is_none().then_some(After::Cursor(Cursor::NOWHERE));
        let left_at = left_at.unwrap_or_default();
        let listener = Listener::bare(connected, Positions::unnamed(left_at.clone()));
        let joins = Mutex::new(Joins { left_at: left_at.into(), otherwise });
        let sender =
            SseSender { socket, realtime: self.clone(), joins: Arc::new(joins), _last: Arc::new(last) };
        Ok((stream::answer(listener, limits), sender))
    }
}

/// Sends events to one stream of [`Realtime::sse`]. Cheap to clone; the stream ends when the last clone is
/// gone and what was sent is out.
///
/// What is sent waits in a bounded outbox (`Limits::realtime_outbox`, `Limits::realtime_outbox_bytes`) until
/// the connection takes it.
#[derive(Debug, Clone)]
pub struct SseSender {
    socket: Socket,
    realtime: Realtime,
    joins: Arc<Mutex<Joins>>,
    _last: Arc<Last>,
}

/// Where the reader was, when the stream was lost, in the channels that it is not in again so far.
#[derive(Debug)]
struct Joins {
    left_at: VecDeque<Option<Cursor>>,
    /// Where it was in those that its id says nothing of.
    otherwise: Option<After>,
}

/// Ends the stream when the last sender is dropped.
#[derive(Debug)]
struct Last(Weak<Connection>);

impl Drop for Last {
    fn drop(&mut self) {
        if let Some(connection) = self.0.upgrade() {
            connection.end(End::Closed);
        }
    }
}

/// Why an event was not sent.
#[derive(Debug, thiserror::Error)]
pub enum SseError {
    /// The stream has ended: its reader is gone, or it was open for as long as a stream may be.
    #[error("the stream has ended")]
    Closed,
    /// Much waits for the reader already ([`SseSender::try_send`] only).
    #[error("much waits for the reader already")]
    Full,
    /// The event is not one that can be sent.
    #[error("{0}")]
    Refused(Error),
}

impl SseSender {
    /// Sends an event; waits while much is waiting for the reader already. Dropping the future sends nothing.
    ///
    /// # Errors
    /// When the stream has ended, or the event is refused: its name or id has a control character in it,
    /// or it is larger than `Limits::realtime_message_bytes`.
    pub async fn send(&self, event: Event) -> Result<(), SseError> {
        let item = self.item(event)?;
        if self.socket.put(item).await { Ok(()) } else { Err(SseError::Closed) }
    }

    /// Sends an event if there is room for it now.
    ///
    /// # Errors
    /// As [`SseSender::send`], and when there is no room.
    pub fn try_send(&self, event: Event) -> Result<(), SseError> {
        let item = self.item(event)?;
        let connection = self.socket.connection.upgrade().ok_or(SseError::Closed)?;
        match connection.offer(item) {
            Ok(true) => Ok(()),
            Ok(false) => Err(SseError::Closed),
            Err(_) => Err(SseError::Full),
        }
    }

    /// Takes the reader into a channel, and tells it so (`holm:subscribed`): the app's own decision, so no hook
    /// runs. Gives whether it is in now; more than `Limits::channel_subscriptions` channels it is not in.
    ///
    /// From the first channel with history on, the ids of the stream say where its reader is in each, in the
    /// order of joining. A browser that comes back brings that as `Last-Event-ID`: joined to the same channels
    /// in the same order, it gets what it missed, or hears that this is gone (`history_gone`). Join before
    /// anything is sent with an id of the app's own, which would hide where the reader is.
    ///
    /// ```
    /// # use {axum::{extract::Request, response::Response}, holm::realtime::{Event, Realtime}};
    /// # async fn feed(realtime: Realtime, request: Request) -> Result<Response, Response> {
    /// let (response, sender) = realtime.sse(request).await?;
    /// sender.join("news");
    /// # Ok(response) }
    /// ```
    pub fn join(&self, channel: &str) -> bool {
        let limits = &self.realtime.settings.limits;
        let Some(connection) = self.socket.connection.upgrade() else { return false };
        if let Err(refusal) = check_name(channel, limits) {
            tracing::error!(channel, "a stream was not taken into a channel: {}", refusal.sentence);
            return false;
        }
        let sub: Arc<str> = quoted(channel).into();
        // Held while it enters: what the reader hears has the order of its id.
        let mut joins = self.joins.lock();
        let after = match joins.left_at.front() {
            Some(left_at) => left_at.map(After::Cursor),
            None => joins.otherwise,
        };
        let (most, shown) = (limits.channel_subscriptions, Some(Shown::default()));
        let seating = Seating { sub: &sub, after, told: true, leaver: None, shown, most };
        match self.realtime.seat(&connection, channel, &seating) {
            Ok(_) => {
                joins.left_at.pop_front();
                true
            }
            Err(refusal) => refusal.code == Code::DuplicateId,
        }
    }

    /// Waits until the stream has ended, by whichever side.
    pub async fn closed(&self) {
        if let Some(connection) = self.socket.connection.upgrade() {
            connection.has_ended().await;
        }
    }

    /// Whether the stream has ended.
    pub fn is_closed(&self) -> bool {
        !self.socket.is_open()
    }

    /// The connection, as the rest of [`Realtime`] knows it.
    pub fn socket(&self) -> &Socket {
        &self.socket
    }

    fn item(&self, event: Event) -> Result<Item, SseError> {
        event.check().map_err(SseError::Refused)?;
        if event.size() > self.realtime.settings.limits.realtime_message_bytes {
            let sentence = "The event is larger than `Limits::realtime_message_bytes`.";
            return Err(SseError::Refused(Error::public(sentence)));
        }
        Ok(Item::Event { sub: None, event: Broadcast::new(None, event, None) })
    }
}
