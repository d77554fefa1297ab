//! Server-sent events: how an event is written, and a stream of them that an app feeds itself.
//!
//! The text is what the HTML standard's event stream grammar reads back, whatever an event holds: what
//! could end a field is refused in names and ids, and splits the data into lines. A stream has no task of
//! its own; it is polled by the connection that it goes out on, and dropped with it.

use std::convert::Infallible;
use std::fmt::{Display, Write as _};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use futures_util::Stream;
use http::{HeaderValue, header};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::time::{Instant, Sleep};

use super::event::Event;
use crate::{Error, Limits, Result};

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

/// Writes an event that was checked, with its own id.
pub(crate) fn write(out: &mut String, event: &Event) {
    if let Some(id) = event.event_id() {
        write_id(out, id);
    }
    write_rest(out, event);
}

/// Writes the id of the event that follows: text without control characters.
pub(crate) fn write_id(out: &mut String, id: impl Display) {
    // Writing to a string does not fail.
    let _ = writeln!(out, "id: {id}");
}

/// Writes all of an event but its id.
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

/// An event as text, and its share of the stream's room while it waits.
type Waiting = (String, OwnedSemaphorePermit);

/// Sends events to one stream. Cheap to clone; the stream ends when the last clone is gone and what was
/// sent is out.
///
/// What is sent waits in a bounded outbox (`Limits::realtime_outbox`, `Limits::realtime_outbox_bytes`)
/// until the connection takes it.
#[derive(Debug, Clone)]
pub struct SseSender {
    events: mpsc::Sender<Waiting>,
    room: Arc<Semaphore>,
    all_room: u32,
    event_bytes: usize,
}

/// Why an event was not sent.
#[derive(Debug, thiserror::Error)]
pub enum SseError {
    /// The stream has ended: its reader is gone, or it was open for as long as a stream may be.
    #[error("the stream has ended")]
    Closed,
    /// As many events or bytes wait as may ([`SseSender::try_send`] only).
    #[error("the stream's outbox is full")]
    Full,
    /// The event is not one that can be sent.
    #[error("{0}")]
    Refused(Error),
}

impl SseSender {
    /// Sends an event, and waits while the outbox is full. Dropping the future sends nothing.
    ///
    /// # Errors
    /// When the stream has ended, or the event is refused: its name or id has a control character in it,
    /// or it is larger than `Limits::realtime_message_bytes`.
    pub async fn send(&self, event: Event) -> Result<(), SseError> {
        let text = self.text(&event)?;
        // When the stream ends, what waits in it is dropped and gives its room back.
        let room = Arc::clone(&self.room).acquire_many_owned(self.share(&text)).await;
        let permit = room.map_err(|_| SseError::Closed)?;
        self.events.send((text, permit)).await.map_err(|_| SseError::Closed)
    }

    /// Sends an event if there is room for it now.
    ///
    /// # Errors
    /// As [`SseSender::send`], and when there is no room.
    pub fn try_send(&self, event: &Event) -> Result<(), SseError> {
        let text = self.text(event)?;
        if self.events.is_closed() {
            return Err(SseError::Closed);
        }
        let room = Arc::clone(&self.room).try_acquire_many_owned(self.share(&text));
        let permit = room.map_err(|_| SseError::Full)?;
        self.events.try_send((text, permit)).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => SseError::Full,
            mpsc::error::TrySendError::Closed(_) => SseError::Closed,
        })
    }

    /// Waits until the stream has ended, by whichever side.
    pub async fn closed(&self) {
        self.events.closed().await;
    }

    /// Whether the stream has ended.
    pub fn is_closed(&self) -> bool {
        self.events.is_closed()
    }

    fn text(&self, event: &Event) -> Result<String, SseError> {
        event.check().map_err(SseError::Refused)?;
        if event.size() > self.event_bytes {
            let sentence = "The event is larger than `Limits::realtime_message_bytes`.";
            return Err(SseError::Refused(Error::public(sentence)));
        }
        let mut text = String::with_capacity(event.size() + 32);
        write(&mut text, event);
        Ok(text)
    }

    /// How much of the room an event takes; one that is larger than all the room takes all of it.
    fn share(&self, text: &str) -> u32 {
        u32::try_from(text.len()).unwrap_or(u32::MAX).min(self.all_room)
    }
}

/// Opens a stream: the answer to its request, and what feeds it. `held` is dropped with the stream, the
/// moment its connection is gone; the stream ends when `ends` does.
pub(crate) fn open<H: Send + 'static>(
    limits: &Limits,
    held: H,
    ends: impl Future<Output = ()> + Send + 'static,
) -> (Response, SseSender) {
    let (sender, waiting) = mpsc::channel(limits.realtime_outbox.clamp(1, Semaphore::MAX_PERMITS));
    let room = limits.realtime_outbox_bytes.clamp(1, Semaphore::MAX_PERMITS);
    let sender = SseSender {
        events: sender,
        room: Arc::new(Semaphore::new(room)),
        all_room: u32::try_from(room).unwrap_or(u32::MAX),
        event_bytes: limits.realtime_message_bytes,
    };
    let body = Events {
        waiting,
        clock: Clock::new(limits),
        ends: Box::pin(ends),
        first: Some(greeting()),
        closing: false,
        over: false,
        _held: held,
    };
    (response(Body::from_stream(body)), sender)
}

/// The body of a stream.
struct Events<H> {
    waiting: mpsc::Receiver<Waiting>,
    clock: Clock,
    ends: Pin<Box<dyn Future<Output = ()> + Send>>,
    first: Option<String>,
    /// Nothing is taken in any more; what waits goes out.
    closing: bool,
    over: bool,
    _held: H,
}

// Nothing in it is pinned in place.
impl<H> Unpin for Events<H> {}

impl<H> Events<H> {
    fn close(&mut self) {
        self.closing = true;
        self.waiting.close();
    }

    /// Everything that waits, within the bytes of one piece.
    fn piece(&mut self, cx: &mut Context<'_>) -> String {
        let mut piece = self.first.take().unwrap_or_default();
        while !self.over && piece.len() < PIECE {
            match self.waiting.poll_recv(cx) {
                Poll::Ready(Some((text, _room))) => piece.push_str(&text),
                Poll::Ready(None) => self.over = true,
                Poll::Pending => break,
            }
        }
        piece
    }
}

impl<H> Stream for Events<H> {
    type Item = Result<Bytes, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        // A stream that always has something to say ends, too.
        if !this.closing && (this.clock.is_over() || this.ends.as_mut().poll(cx).is_ready()) {
            this.close();
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
            Poll::Pending => Poll::Pending,
            Poll::Ready(Due::KeepAlive) => Poll::Ready(Some(Ok(COMMENT))),
            Poll::Ready(Due::End) => {
                this.close();
                // Nothing waited a moment ago: what came since goes out with the last piece.
                let piece = this.piece(cx);
                this.over = true;
                Poll::Ready((!piece.is_empty()).then(|| Ok(piece.into())))
            }
        }
    }
}
