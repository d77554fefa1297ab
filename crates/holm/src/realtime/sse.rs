//! Server-sent events: how an event is written, what a stream begins with, when it ends.
//!
//! The text is what the HTML standard's event stream grammar reads back, whatever an event holds: what
//! could end a field is refused in names and ids, and splits the data into lines.

use std::fmt::{Display, Write as _};
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use http::{HeaderValue, header};
use tokio::time::{Instant, Sleep};

use super::event::Event;
use crate::Limits;

#[cfg(test)]
pub(crate) mod tests;

/// What keeps proxies from closing a quiet stream.
pub(crate) const COMMENT: Bytes = Bytes::from_static(b":\n\n");
/// How often it is said, at the least.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// How many bytes of waiting events go out in one piece.
pub(crate) const PIECE: usize = 16 * 1024;
/// The shortest time after which a browser that lost its stream is asked to come back; at most three times
/// as long, so that those whom one cut took do not come back in the same moment.
const RETRY: u32 = 1_000;

/// Writes the id of the event that follows: text without control characters.
pub(crate) fn write_id(out: &mut String, id: impl Display) {
    // Writing to a string does not fail.
    let _ = writeln!(out, "id: {id}");
}

/// Writes all of an event but its id. The event was checked.
pub(crate) fn write_rest(out: &mut String, event: &Event) {
    if let Some(after) = event.retry_after() {
        let _ = writeln!(out, "retry: {}", after.as_millis());
    }
    if event.name() != "message" {
        write_name(out, event.name());
    }
    write_data(out, event.data());
}

/// Writes the name of the event that follows: text without control characters.
pub(crate) fn write_name(out: &mut String, name: impl Display) {
    let _ = writeln!(out, "event: {name}");
}

/// Writes the data of an event, and its end. No text in it is a field of its own.
pub(crate) fn write_data(out: &mut String, data: &str) {
    let mut rest = data;
    loop {
        let end = rest.find(['\r', '\n']).unwrap_or(rest.len());
        // The space is dropped by whoever reads it, so that one at the start of a line is kept.
        out.extend(["data: ", &rest[..end], "\n"]);
        let Some(after) = rest.get(end..).filter(|after| !after.is_empty()) else { break };
        rest = after.strip_prefix("\r\n").unwrap_or(&after[1..]);
    }
    out.push('\n');
}

/// What a stream begins with at once, so that its reader knows it stands: when to come back, a comment.
pub(crate) fn greeting() -> String {
    let spread = getrandom::u32().map_or(0, |random| random % (2 * RETRY));
    format!("retry: {}\n:\n\n", RETRY + spread)
}

/// The head of a stream, around its body.
pub(crate) fn response(body: Body) -> Response {
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    let fixed = |text| HeaderValue::from_static(text);
    headers.insert(header::CONTENT_TYPE, fixed("text/event-stream"));
    // Compressing a stream holds events back.
    headers.insert(header::CACHE_CONTROL, fixed("no-cache, no-transform"));
    headers.insert("x-accel-buffering", fixed("no"));
    response
}

/// When a stream says that it is alive, and when it ends.
#[derive(Debug)]
pub(crate) struct Clock {
    every: Duration,
    until: Instant,
    timer: Pin<Box<Sleep>>,
}

/// What time has come.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Due {
    KeepAlive,
    /// The stream ends, before some proxy cuts it; its reader comes back.
    End,
}

impl Clock {
    pub(crate) fn new(limits: &Limits) -> Self {
        let (every, now) = (KEEP_ALIVE.min(limits.realtime_heartbeat), Instant::now());
        let until = now + limits.stream_time;
        Self { every, until, timer: Box::pin(tokio::time::sleep_until((now + every).min(until))) }
    }

    /// Notes that something was said: the next keep-alive is due that much later.
    pub(crate) fn spoke(&mut self) {
        self.timer.as_mut().reset((Instant::now() + self.every).min(self.until));
    }

    /// What is due now; asked again after each answer, it wakes the task when the next is.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Due> {
        if self.timer.as_mut().poll(cx).is_pending() {
            return Poll::Pending;
        }
        if self.is_over() {
            return Poll::Ready(Due::End);
        }
        self.spoke();
        Poll::Ready(Due::KeepAlive)
    }

    /// Whether the stream has had its time.
    pub(crate) fn is_over(&self) -> bool {
        Instant::now() >= self.until
    }
}
