//! The WebSocket transport: `GET /__live`.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Extension, FromRequestParts, Request};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::{Sink, Stream};
use holm_wire::{Code, SUBPROTOCOL};
use http::StatusCode;

use super::{origin_allowed, unavailable};
use crate::live::Core;
use crate::session::{End, Session};
use crate::visitor::Visitor;

/// tungstenite reserves what it is told to; the default would be 128 KiB for each idle socket.
const READ_BUFFER: usize = 1024;
/// How many frames are read before waiting frames get their turn.
const READ_BATCH: usize = 64;
/// How long a closing connection waits for its peer's close.
const GOODBYE: Duration = Duration::from_secs(1);
/// The close code that says "service restart" (RFC 6455, registry of close codes).
const RESTART: u16 = 1012;

/// Answers `GET /__live`.
pub(crate) async fn upgrade(Extension(core): Extension<Arc<Core>>, request: Request) -> Response {
    let (mut parts, _) = request.into_parts();
    if !origin_allowed(&parts.headers, &parts.uri, &core) {
        let sentence = "This origin may not connect; the app can allow it with `Live::allow_origin`.\n";
        return (StatusCode::FORBIDDEN, sentence).into_response();
    }
    let upgrade = match WebSocketUpgrade::from_request_parts(&mut parts, &()).await {
        Ok(upgrade) => upgrade,
        Err(rejection) => return rejection.into_response(),
    };
    let Some(seat) = core.hub.seat(core.limits.connections) else { return unavailable(&core) };
    let limits = &core.limits;
    let authorized = tokio::time::timeout(limits.handler_time, core.authorize.run(&parts)).await;
    let Ok(principal) = authorized else { return unavailable(&core) };
    let largest = limits.join_bytes.max(limits.frame_bytes.saturating_mul(8));
    let upgrade = upgrade
        .protocols([SUBPROTOCOL])
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(0)
        .max_message_size(largest)
        .max_frame_size(largest);
    match principal {
        Ok(principal) => {
            let session = Session::new(core, Visitor::new(&parts, principal), seat);
            upgrade.on_upgrade(move |socket| Connection { socket, session, flushing: false, goodbye: None })
        }
        Err(error) => {
            // A refusal before the upgrade would look like a broken network to the page.
            tracing::debug!(%error, "authorize refused a join");
            let sentence = error.sentence().to_owned();
            upgrade.on_upgrade(move |socket| refuse(socket, Code::Unauthorized, sentence))
        }
    }
}

async fn refuse(mut socket: WebSocket, code: Code, sentence: String) {
    let mut frame = Vec::new();
    let error = holm_wire::down::Down::Error {
        code: u64::from(code.number()),
        island: None,
        seq: 0,
        sentence: &sentence,
    };
    error.encode(&mut frame);
    let close = CloseFrame { code: code.close(), reason: code.word().into() };
    for message in [Message::Binary(frame.into()), Message::Close(Some(close))] {
        if socket.send(message).await.is_err() {
            return;
        }
    }
}

/// A socket and its session, as one future with no channel and no timer of its own.
struct Connection {
    socket: WebSocket,
    session: Arc<Session>,
    /// Whether the socket has yet to take what was written.
    flushing: bool,
    goodbye: Option<Goodbye>,
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.session.close();
    }
}

impl Future for Connection {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        this.session.waker().register(cx.waker());
        loop {
            // Reading comes first, so that what came in together is answered together.
            let read = this.read(cx);
            if read == Read::Gone || this.write(cx).is_ready() {
                return Poll::Ready(());
            }
            // Nobody else wakes a reader that stopped for want of room.
            if read != Read::Full || !this.session.takes_more() {
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
        for _ in 0..READ_BATCH {
            if !self.session.takes_more() {
                return Read::Full;
            }
            match Pin::new(&mut self.socket).poll_next(cx) {
                Poll::Pending => return Read::Waiting,
                // `receive` copies what it keeps: the message borrows the socket's read buffer.
                Poll::Ready(Some(Ok(Message::Binary(frame)))) => self.session.receive(&frame),
                Poll::Ready(Some(Ok(Message::Text(_)))) => {
                    self.session.bad_frame("frames are binary messages");
                }
                Poll::Ready(Some(Ok(Message::Ping(_) | Message::Pong(_)))) => self.session.heard(),
                Poll::Ready(Some(Ok(Message::Close(_)) | Err(_)) | None) => return Read::Gone,
            }
        }
        cx.waker().wake_by_ref();
        Read::Waiting
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
            if let Some(goodbye) = &mut self.goodbye {
                return Pin::new(goodbye).poll_with(&mut self.socket, cx);
            }
            if ready!(Pin::new(&mut self.socket).poll_ready(cx)).is_err() {
                return Poll::Ready(());
            }
            let message = if self.session.take_ping() {
                Message::Ping(Bytes::new())
            } else if let Some(frame) = self.session.next_frame() {
                Message::Binary(frame)
            } else if let Some(end) = self.session.ended() {
                self.goodbye = Some(Goodbye(Box::pin(tokio::time::sleep(GOODBYE))));
                Message::Close(Some(close_frame(end)))
            } else {
                return Poll::Pending;
            };
            if Pin::new(&mut self.socket).start_send(message).is_err() {
                return Poll::Ready(());
            }
            self.flushing = true;
        }
    }
}

/// The wait for the peer's own close, so that it reads ours before the connection goes.
struct Goodbye(Pin<Box<tokio::time::Sleep>>);

impl Goodbye {
    fn poll_with(mut self: Pin<&mut Self>, socket: &mut WebSocket, cx: &mut Context<'_>) -> Poll<()> {
        if self.0.as_mut().poll(cx).is_ready() {
            return Poll::Ready(());
        }
        loop {
            match ready!(Pin::new(&mut *socket).poll_next(cx)) {
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Poll::Ready(()),
            }
        }
    }
}

fn close_frame(end: End) -> CloseFrame {
    match end {
        End::Code(code) => CloseFrame { code: code.close(), reason: code.word().into() },
        End::Restart => CloseFrame { code: RESTART, reason: "restart".into() },
    }
}
