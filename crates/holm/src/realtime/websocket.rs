//! The WebSocket driver: a socket and its connection as one future, with no task or channel of its own.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::extract::FromRequestParts;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::{FutureExt, Sink, Stream};
use holm_wire::Code;
use http::StatusCode;
use http::request::Parts;
use tokio::time::{Instant, Sleep};

use super::enter::refuse;
use super::protocol::{self, Refusal};
use super::upgrade::Message as RawMessage;
use super::{Connected, Due, End, Item, Realtime};
use crate::transport::close::{self, GOODBYE, Patience};

/// tungstenite reserves what it is told to; the default would be 128 KiB for each idle socket.
const READ_BUFFER: usize = 1024;
/// How many bytes of messages are written before the socket is asked whether it took them.
const WRITE_BATCH: usize = 4096;
/// How many messages are read before those that wait get their turn.
const READ_BATCH: usize = 32;
/// How much larger a message may be than what is allowed and still be answered, rather than end the socket.
const TOLERANCE: usize = 8;

/// Answers a request for a WebSocket; `begin` sees the connection first.
pub(crate) fn upgrade(
    realtime: &Realtime,
    mut parts: Parts,
    begin: impl FnOnce(&mut Connected) + Send + 'static,
) -> Response {
    let extracted = WebSocketUpgrade::from_request_parts(&mut parts, &()).now_or_never();
    let upgrade = match extracted {
        Some(Ok(upgrade)) => upgrade,
        // Whatever it lacks, it is a bad request; a browser that was sent here by a link reads a sentence.
        Some(Err(rejection)) => {
            return (StatusCode::BAD_REQUEST, format!("This address takes WebSockets: {rejection}.\n"))
                .into_response();
        }
        None => return StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    };
    let seat = match realtime.check_origin(&parts).and_then(|()| realtime.take_seat(&parts)) {
        Ok(seat) => seat,
        Err(refusal) => return refuse(&refusal),
    };
    let most = realtime.settings.limits.realtime_message_bytes.saturating_mul(TOLERANCE);
    let realtime = realtime.clone();
    upgrade
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(WRITE_BATCH)
        .max_message_size(most)
        .max_frame_size(most)
        .on_upgrade(async move |socket| {
            match realtime.visitor(&parts).await {
                Ok(visitor) => {
                    drop(parts);
                    let mut connected = Connected::new(&realtime, visitor, seat);
                    begin(&mut connected);
                    Driver::new(socket, connected).await;
                }
                // A refusal before the upgrade would look like a broken network to a browser's script.
                Err(refusal) => turn_away(socket, &refusal).await,
            }
        })
}

async fn turn_away(socket: WebSocket, refusal: &Refusal) {
    let Item::Note { json, .. } = protocol::error(None, refusal) else { return };
    let end = End::Code(refusal.code);
    close::refuse(socket, [Message::Text(json), close::message(end.close_code(), end.reason())]).await;
}

struct Driver {
    socket: WebSocket,
    connected: Connected,
    /// Read, but not taken yet: so that a close is noticed while a hook runs.
    ahead: Option<Message>,
    /// Whether the socket has yet to take what was written.
    flushing: bool,
    every: Duration,
    beat: Pin<Box<Sleep>>,
    ping_due: bool,
    /// When the peer gave a sign of life, or when it could not be heard the last time: while a message waits to be
    /// taken, nothing is read. What counts then is whether the peer takes what it is told.
    heard: Instant,
    /// How long the peer may take to hear that the connection has ended.
    patience: Patience,
    /// Whether our close is written.
    closed: bool,
}

impl Driver {
    fn new(socket: WebSocket, connected: Connected) -> Self {
        let every = connected.realtime.settings.limits.realtime_heartbeat;
        Self {
            socket,
            connected,
            ahead: None,
            flushing: false,
            every,
            beat: Box::pin(tokio::time::sleep(every)),
            ping_due: false,
            heard: Instant::now(),
            patience: Patience::default(),
            closed: false,
        }
    }
}

impl Future for Driver {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        loop {
            this.connected.poll_work(cx);
            // Reading comes first, so that what came in together is answered together.
            if !this.closed && this.read(cx).is_break() {
                return Poll::Ready(());
            }
            this.listen(cx);
            this.connected.poll_work(cx);
            if this.is_late(cx) || this.write(cx).is_ready() {
                return Poll::Ready(());
            }
            // What was read waits for a hook that has just ended.
            if this.closed || this.ahead.is_none() || !this.connected.takes_more() {
                return Poll::Pending;
            }
        }
    }
}

impl Driver {
    /// Takes messages until the socket has none, and one ahead of what may be taken. Breaks when the peer is gone.
    fn read(&mut self, cx: &mut Context<'_>) -> std::ops::ControlFlow<()> {
        use std::ops::ControlFlow::{Break, Continue};
        for _ in 0..READ_BATCH {
            if let Some(message) = self.ahead.take() {
                if !self.connected.takes_more() {
                    self.ahead = Some(message);
                    return Continue(());
                }
                self.heard = Instant::now();
                self.receive(message);
                self.connected.poll_work(cx);
            }
            match Pin::new(&mut self.socket).poll_next(cx) {
                Poll::Pending => return Continue(()),
                Poll::Ready(Some(Ok(Message::Ping(_) | Message::Pong(_)))) => self.heard = Instant::now(),
                Poll::Ready(Some(Ok(Message::Close(_)))) => {
                    // The library has an answer ready; it goes out with the next flush.
                    self.connected.connection.end(End::Closed);
                    self.connected.poll_work(cx);
                    (self.closed, self.flushing) = (true, true);
                    return Continue(());
                }
                Poll::Ready(None) => return Break(()),
                Poll::Ready(Some(Ok(message))) => {
                    self.heard = Instant::now();
                    self.ahead = Some(message);
                }
                Poll::Ready(Some(Err(error))) => {
                    // A socket that is broken takes no close either, and ends with the attempt.
                    self.connected.connection.end(End::Transport(close::code_of(&error)));
                    return Continue(());
                }
            }
        }
        cx.waker().wake_by_ref();
        Continue(())
    }

    fn receive(&mut self, message: Message) {
        match message {
            Message::Text(text) if self.connected.is_raw() => {
                self.connected.receive_raw(RawMessage::Text(text.as_str().to_owned()));
            }
            // The message borrows the socket's read buffer.
            Message::Binary(bytes) if self.connected.is_raw() => {
                self.connected.receive_raw(RawMessage::Binary(Bytes::copy_from_slice(&bytes)));
            }
            Message::Text(text) => self.connected.receive(&text),
            _ => {
                self.connected.charge();
                self.connected.bad(None, &Refusal::new(Code::BadMessage, "Messages are JSON text."));
            }
        }
    }

    /// Notes when a sign of life is due, and when the peer has given none.
    fn listen(&mut self, cx: &mut Context<'_>) {
        while self.beat.as_mut().poll(cx).is_ready() {
            let now = Instant::now();
            self.beat.as_mut().reset(now + self.every);
            self.ping_due = true;
            if self.ahead.is_some() && !self.connected.connection.is_half_full() {
                // The server itself is busy: nothing is known of the peer.
                self.heard = now;
            }
            if now - self.heard >= self.every * 5 / 2 {
                self.connected.connection.end(End::Code(Code::Silent));
                self.connected.poll_work(cx);
            }
        }
    }

    /// Whether the connection has ended and its peer had its time to hear of it.
    fn is_late(&mut self, cx: &mut Context<'_>) -> bool {
        let (connection, drain) = (&self.connected.connection, self.connected.realtime.settings.limits.drain);
        self.patience
            .is_over(cx, || connection.ended().map(|end| if end == End::Restart { drain } else { GOODBYE }))
    }

    /// Sends what is due for as long as the socket takes it; ready when it is closed.
    fn write(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            if self.flushing {
                if ready!(Pin::new(&mut self.socket).poll_flush(cx)).is_err() {
                    return Poll::Ready(());
                }
                self.flushing = false;
                if self.ahead.is_some() {
                    self.heard = Instant::now();
                }
            }
            if self.closed {
                return close::poll_closed(&mut self.socket, cx);
            }
            // Several small messages share a packet.
            let mut written = 0;
            while written < WRITE_BATCH && !self.closed {
                if ready!(Pin::new(&mut self.socket).poll_ready(cx)).is_err() {
                    return Poll::Ready(());
                }
                let Some(message) = self.next_message() else { break };
                written += 16
                    + match &message {
                        Message::Text(text) => text.len(),
                        Message::Binary(bytes) => bytes.len(),
                        _ => 0,
                    };
                if Pin::new(&mut self.socket).start_send(message).is_err() {
                    return Poll::Ready(());
                }
            }
            if written == 0 {
                return Poll::Pending;
            }
            self.flushing = true;
        }
    }

    fn next_message(&mut self) -> Option<Message> {
        if std::mem::take(&mut self.ping_due) {
            return Some(Message::Ping(Bytes::new()));
        }
        Some(match self.connected.next()? {
            Due::Item(Item::Event { sub, event }) => Message::Text(event.json(sub.as_deref())),
            Due::Item(Item::Note { json, .. }) => Message::Text(json),
            Due::Item(Item::Text(text)) => Message::Text(text),
            Due::Item(Item::Binary(bytes)) => Message::Binary(bytes),
            Due::End(end) => {
                self.closed = true;
                close::message(end.close_code(), end.reason())
            }
        })
    }
}
