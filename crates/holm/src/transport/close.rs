//! How a WebSocket ends: with a code of RFC 6455, and not before its peer has read it.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket};
use futures_util::Stream;
use tokio::time::Sleep;

/// How long a closing connection waits for its peer's close.
pub(crate) const GOODBYE: Duration = Duration::from_secs(1);
/// For a peer that breaks the protocol (RFC 6455, section 7.4.1), and for a message past all limits.
const PROTOCOL_ERROR: u16 = 1002;
const TOO_BIG: u16 = 1009;

/// What a socket closes with when its peer breaks the protocol.
pub(crate) fn code_of(error: &axum::Error) -> u16 {
    // The library's own error type is not in reach here; its words for a message past the limit are.
    if error.to_string().contains("too long") { TOO_BIG } else { PROTOCOL_ERROR }
}

/// The last message, with a code and a word for it.
pub(crate) fn message(code: u16, word: &'static str) -> Message {
    Message::Close(Some(CloseFrame { code, reason: word.into() }))
}

/// The time in which the peer of a connection that has ended may hear of it; it begins with the end.
#[derive(Debug, Default)]
pub(crate) struct Patience(Option<Pin<Box<Sleep>>>);

impl Patience {
    /// Whether it is over. `ended` says how long it is, once the connection has ended.
    pub(crate) fn is_over(&mut self, cx: &mut Context<'_>, ended: impl FnOnce() -> Option<Duration>) -> bool {
        if self.0.is_none() {
            self.0 = ended().map(|time| Box::pin(tokio::time::sleep(time)));
        }
        self.0.as_mut().is_some_and(|sleep| sleep.as_mut().poll(cx).is_ready())
    }
}

/// Waits for the peer's own close, so that it reads ours before the connection goes.
pub(crate) fn poll_closed(socket: &mut WebSocket, cx: &mut Context<'_>) -> Poll<()> {
    loop {
        match ready!(Pin::new(&mut *socket).poll_next(cx)) {
            Some(Ok(_)) => {}
            Some(Err(_)) | None => return Poll::Ready(()),
        }
    }
}

/// Sends a refusal's last messages, and waits a moment for the peer to have read them: leaving first could take
/// the words with it.
pub(crate) async fn refuse(mut socket: WebSocket, messages: [Message; 2]) {
    for message in messages {
        if socket.send(message).await.is_err() {
            return;
        }
    }
    let _ = tokio::time::timeout(GOODBYE, async { while let Some(Ok(_)) = socket.recv().await {} }).await;
}
