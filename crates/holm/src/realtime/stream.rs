//! Channels as server-sent events: `GET /realtime?channel=…` from whoever accepts `text/event-stream`.
//!
//! Events have their own names. What else the protocol says comes as `holm:subscribed`, `holm:error` and so
//! on, with the JSON of that message. Each event that moves the client on in a channel carries, as its id,
//! where it is in all of them.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use futures_util::Stream;
use http::request::Parts;

use super::event::RESERVED;
use super::held::HeldBody;
use super::listener::Listener;
use super::sse::{self, COMMENT, Clock, PIECE};
use super::{Broadcast, Due, End, Item, Realtime};
use crate::Limits;

#[cfg(test)]
mod tests;

/// Answers with a stream of the channels that the request asks for.
pub(crate) async fn open(realtime: &Realtime, parts: &Parts) -> Response {
    match Listener::open(realtime, parts, false).await {
        Ok((listener, _)) => answer(listener, &realtime.settings.limits),
        Err(refusal) => refusal,
    }
}

/// The stream of one client.
pub(crate) fn answer(listener: Listener, limits: &Limits) -> Response {
    let (clock, first) = (Clock::new(limits), Some(sse::greeting()));
    let told = Told { listener, clock, first, closing: false, over: false };
    sse::response(Body::from_stream(HeldBody::new(told, limits.drain, Listener::keep)))
}

/// The body: what the client is told, as it is asked for.
pub(crate) struct Told {
    listener: Listener,
    clock: Clock,
    first: Option<String>,
    /// The stream has had its time; what waits goes out.
    closing: bool,
    over: bool,
}

impl Told {
    pub(crate) fn listener(&self) -> &Listener {
        &self.listener
    }

    /// Everything that is due, within the bytes of one piece.
    fn piece(&mut self, cx: &mut Context<'_>) -> String {
        let mut piece = self.first.take().unwrap_or_default();
        while !self.over && piece.len() < PIECE {
            match self.listener.poll_next(cx) {
                Poll::Ready(Due::Item(item)) => self.write(&mut piece, &item),
                Poll::Ready(Due::End(end)) => {
                    goodbye(&mut piece, end);
                    self.over = true;
                }
                Poll::Pending => break,
            }
        }
        piece
    }

    fn write(&mut self, out: &mut String, item: &Item) {
        if self.listener.note(item).moved {
            sse::write_id(out, &self.listener.positions);
        }
        match item {
            Item::Event { event, .. } => {
                if !self.listener.positions.has_any()
                    && let Some(id) = event.event.event_id()
                {
                    sse::write_id(out, id);
                }
                out.push_str(shared(event));
            }
            Item::Note { kind, json } => {
                sse::write_name(out, format_args!("{RESERVED}{kind}"));
                sse::write_data(out, json);
            }
            Item::Text(text) => sse::write_data(out, text),
            // Not on a connection that speaks the protocol, and nothing that text could carry.
            Item::Binary(_) => {}
        }
    }
}

/// An event without its id, written once for all who listen.
fn shared(event: &Broadcast) -> &str {
    event.sse.get_or_init(|| {
        let mut text = String::with_capacity(event.event.size() + 32);
        sse::write_rest(&mut text, &event.event);
        text.into_boxed_str()
    })
}

/// Why the stream ends, where the client should know; it comes back by itself.
pub(crate) fn goodbye(out: &mut String, end: End) {
    if !end.reason().is_empty() {
        sse::write_name(out, format_args!("{RESERVED}close"));
        sse::write_data(out, &format!(r#"{{"type":"close","code":"{}"}}"#, end.reason()));
    }
}

impl Stream for Told {
    type Item = Result<Bytes, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        loop {
            // A stream that always has something to say ends, too.
            if !this.closing && this.clock.is_over() {
                this.closing = true;
                this.listener.end();
            }
            let piece = this.piece(cx);
            if !piece.is_empty() {
                this.clock.spoke();
                return Poll::Ready(Some(Ok(piece.into())));
            }
            if this.over {
                return Poll::Ready(None);
            }
            match this.clock.poll(cx) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(sse::Due::KeepAlive) => return Poll::Ready(Some(Ok(COMMENT))),
                Poll::Ready(sse::Due::End) => {}
            }
        }
    }
}
