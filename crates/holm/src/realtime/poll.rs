//! Channels by plain requests, for clients that neither a WebSocket nor a stream gets through to:
//! `GET /realtime?channel=…&after=…`.
//!
//! The answer is `{"messages":[…],"after":"…"}`: what a WebSocket would have said, and where the client is
//! then. The first request, without `after`, is answered at once; the next ones wait for something new, at
//! most `Limits::poll_time`. Between two requests nobody is connected: what is said then comes with the next
//! one by the channel's history, and a channel without one loses it. An answer that is lost loses nothing.
//!
//! A request that is answered is nobody leaving: who polls is not present, and `on_join` and `on_leave` do not
//! run for it. `authorize` does, each time.

use std::future::poll_fn;
use std::task::{Context, Poll};

use axum::body::Body;
use axum::response::Response;
use http::request::Parts;
use http::{HeaderValue, header};

use super::listener::{Listener, is_gone};
use super::protocol::quoted;
use super::{Due, Item, Realtime};

#[cfg(test)]
pub(crate) mod tests;

/// How many bytes an answer has room for; the rest comes with the next one.
const ANSWER_BYTES: usize = 256 * 1024;

/// Answers with what is new.
pub(crate) async fn answer(realtime: &Realtime, parts: &Parts) -> Response {
    let (listener, asked) = match Listener::open(realtime, parts, true).await {
        Ok(opened) => opened,
        Err(refusal) => return refusal,
    };
    let mut answer = Answer {
        listener,
        messages: String::new(),
        due: !asked.is_back,
        is_first: !asked.is_back,
        full: false,
    };
    let limit = realtime.settings.limits.poll_time;
    // Past the time, what there is.
    let _ = tokio::time::timeout(limit, poll_fn(|cx| answer.poll(cx))).await;
    answer.into_response()
}

struct Answer {
    listener: Listener,
    /// JSON, with commas between.
    messages: String,
    /// Whether there is a reason to answer now.
    due: bool,
    is_first: bool,
    full: bool,
}

impl Answer {
    /// Takes what there is, until that is worth an answer.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        while !self.full {
            match self.listener.poll_next(cx) {
                Poll::Ready(Due::Item(item)) => self.take(&item),
                Poll::Ready(Due::End(end)) => {
                    if !end.reason().is_empty() {
                        self.push(&format!(r#"{{"type":"close","code":"{}"}}"#, end.reason()));
                    }
                    return Poll::Ready(());
                }
                Poll::Pending if self.due && self.listener.is_settled() => return Poll::Ready(()),
                Poll::Pending => return Poll::Pending,
            }
        }
        Poll::Ready(())
    }

    fn take(&mut self, item: &Item) {
        let begun = self.listener.note(item).begun;
        match item {
            Item::Event { event, .. } => {
                self.push(&event.json(None));
                self.due = true;
            }
            // That it goes on as before is what a client takes for granted that asks again and again.
            Item::Note { kind: "subscribed", json } => {
                let is_gone = is_gone(json);
                if self.is_first || is_gone || begun {
                    self.push(json);
                }
                // The rest of a first answer that had no room for every channel comes at once, too.
                self.due |= is_gone || begun;
            }
            // A refusal stands in the next answer, and in the one after that: it is no news.
            Item::Note { json, .. } => self.push(json),
            Item::Text(_) | Item::Binary(_) => {}
        }
        self.full = self.messages.len() >= ANSWER_BYTES;
    }

    fn push(&mut self, json: &str) {
        if !self.messages.is_empty() {
            self.messages.push(',');
        }
        self.messages.push_str(json);
    }

    fn into_response(self) -> Response {
        let after = quoted(&self.listener.positions.to_string());
        let body = format!(r#"{{"messages":[{}],"after":{after}}}"#, self.messages);
        let mut response = Response::new(Body::from(body));
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store, no-transform"));
        response
    }
}
