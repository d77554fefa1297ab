//! The WebSocket transport: `GET /__live`.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Extension, FromRequestParts, Request};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::{Sink, Stream};
use holm_wire::{Code, SUBPROTOCOL};
use http::{HeaderMap, StatusCode, header};

use super::close::{self, GOODBYE, Patience};
use super::{enter, unauthorized};
use crate::live::Core;
use crate::session::{End, Link};

/// tungstenite reserves what it is told to; the default would be 128 KiB for each idle socket.
const READ_BUFFER: usize = 1024;
/// How many frames are read before waiting frames get their turn.
const READ_BATCH: usize = 64;
/// How long frames are read before other connections get theirs: a page that floods a large island with events
/// would keep a thread for milliseconds.
const READ_TIME: Duration = Duration::from_micros(300);
/// How many bytes of frames are written before the socket is asked whether it took them.
const WRITE_BATCH: usize = 2048;
/// The close codes of RFC 6455 for a page that is closed or left: nobody will come back to it.
const NORMAL: u16 = 1000;
const GOING_AWAY: u16 = 1001;

/// Answers `GET /__live`.
pub(crate) async fn upgrade(Extension(core): Extension<Arc<Core>>, request: Request) -> Response {
    let (mut parts, _) = request.into_parts();
    if !speaks_our_protocol(&parts.headers) {
        let sentence =
            format!("This socket speaks {SUBPROTOCOL}; the request asks for other subprotocols.\n");
        return (StatusCode::BAD_REQUEST, sentence).into_response();
    }
    let upgrade = match WebSocketUpgrade::from_request_parts(&mut parts, &()).await {
        Ok(upgrade) => upgrade,
        Err(rejection) => return rejection.into_response(),
    };
    let (seat, visitor) = match enter(&core, &parts).await {
        Ok(entered) => entered,
        Err(response) => return response,
    };
    let limits = &core.limits;
    let largest = limits.join_bytes.saturating_mul(2).max(limits.frame_bytes.saturating_mul(8));
    let upgrade = upgrade
        .protocols([SUBPROTOCOL])
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(WRITE_BATCH)
        .max_message_size(largest)
        .max_frame_size(largest);
    match visitor {
        Ok(visitor) => {
            let link = Link::new(&core, visitor, seat);
            upgrade.on_upgrade(move |socket| Connection::new(socket, link))
        }
        Err(error) => {
            // A refusal before the upgrade would look like a broken network to the page.
            let frame = unauthorized(&error);
            let end = End::Code(Code::Unauthorized);
            let words = [Message::Binary(frame.into()), close::message(end.close_code(), end.reason())];
            upgrade.on_upgrade(move |socket| close::refuse(socket, words))
        }
    }
}

/// Whether a request asks for our subprotocol, or for none, as programs do.
fn speaks_our_protocol(headers: &HeaderMap) -> bool {
    let asked: Vec<_> = headers
        .get_all(header::SEC_WEBSOCKET_PROTOCOL)
        .iter()
        .flat_map(|value| value.to_str().unwrap_or_default().split(','))
        .map(str::trim)
        .collect();
    asked.is_empty() || asked.contains(&SUBPROTOCOL)
}

/// A socket and its session, as one future with no channel and no timer of its own.
struct Connection {
    socket: WebSocket,
    link: Link,
    /// Whether the socket has yet to take what was written.
    flushing: bool,
    /// How long the peer may take to hear that the session has ended.
    patience: Patience,
    /// Whether our close is written.
    closed: bool,
}

impl Connection {
    fn new(socket: WebSocket, link: Link) -> Self {
        Self { socket, link, flushing: false, patience: Patience::default(), closed: false }
    }
}

impl Future for Connection {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        this.link.register(cx.waker());
        loop {
            // Reading comes first, so that what came in together is answered together.
            let read = this.read(cx);
            if read == Read::Gone || this.is_late(cx) || this.write(cx).is_ready() {
                return Poll::Ready(());
            }
            // Nobody else wakes a reader that stopped for want of room.
            if read != Read::Full || !this.link.takes_more() {
                return Poll::Pending;
            }
        }
    }
}

/// Why reading stopped.
#[derive(PartialEq, Eq)]
enum Read {
    /// The socket has nothing more; it will wake the connection.
    Waiting,
    /// The session takes no more for now.
    Full,
    /// The peer is gone.
    Gone,
}

impl Connection {
    /// Takes frames until the socket has none.
    fn read(&mut self, cx: &mut Context<'_>) -> Read {
        let begun = std::time::Instant::now();
        for _ in 0..READ_BATCH {
            if begun.elapsed() > READ_TIME {
                break;
            }
            if !self.link.takes_more() {
                return Read::Full;
            }
            match Pin::new(&mut self.socket).poll_next(cx) {
                Poll::Pending => return Read::Waiting,
                // `receive` copies what it keeps: the message borrows the socket's read buffer.
                Poll::Ready(Some(Ok(Message::Binary(frame)))) => {
                    self.link.receive(&frame);
                    // It may be another session's by now.
                    self.link.register(cx.waker());
                }
                Poll::Ready(Some(Ok(Message::Text(_)))) => {
                    self.link.bad_frame("frames are binary messages");
                }
                Poll::Ready(Some(Ok(Message::Ping(_) | Message::Pong(_)))) => self.link.heard(),
                Poll::Ready(Some(Ok(Message::Close(close)))) => {
                    if close.is_some_and(|close| matches!(close.code, NORMAL | GOING_AWAY)) {
                        self.link.leave();
                    }
                    return Read::Gone;
                }
                Poll::Ready(None) => return Read::Gone,
                Poll::Ready(Some(Err(error))) => {
                    // A socket that is broken takes no close either, and ends with the attempt.
                    self.link.cut(End::Transport(close::code_of(&error)));
                    return Read::Full;
                }
            }
        }
        cx.waker().wake_by_ref();
        Read::Waiting
    }

    /// Whether the session has ended and its peer had its time to hear of it.
    fn is_late(&mut self, cx: &mut Context<'_>) -> bool {
        let link = &self.link;
        self.patience.is_over(cx, || {
            link.ended().map(|end| if end == End::Restart { link.drain_time() } else { GOODBYE })
        })
    }

    /// Sends what is due for as long as the socket takes it; ready when it is closed.
    fn write(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            if self.flushing {
                if ready!(Pin::new(&mut self.socket).poll_flush(cx)).is_err() {
                    return Poll::Ready(());
                }
                self.flushing = false;
            }
            if self.closed {
                return close::poll_closed(&mut self.socket, cx);
            }
            // Several small frames share a packet; nothing is rendered before the last lot was taken.
            let mut written = 0;
            while written < WRITE_BATCH {
                if ready!(Pin::new(&mut self.socket).poll_ready(cx)).is_err() {
                    return Poll::Ready(());
                }
                let Some(message) = self.next_message() else { break };
                written += 16 + if let Message::Binary(frame) = &message { frame.len() } else { 0 };
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
        if self.closed {
            return None;
        }
        if self.link.take_ping() {
            return Some(Message::Ping(Bytes::new()));
        }
        if let Some(frame) = self.link.next_frame() {
            return Some(Message::Binary(frame));
        }
        let end = self.link.ended()?;
        self.closed = true;
        Some(close::message(end.close_code(), end.reason()))
    }
}
