//! Frames down as server-sent events: `POST /__live/stream`.
//!
//! For a page whose WebSocket does not get through. It reads the answer by streaming fetch; what it
//! has to say goes up by [`super::up`]. Frames are base64 in `data`, and the id of each event is the
//! number of counted frames so far, from which the page resumes.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Extension, Request};
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures_util::Stream;
use holm_wire::batch;
use holm_wire::down::Down;
use http::{HeaderValue, header};
use tokio::time::{Instant, Sleep};

use super::request::{self, Opened};
use crate::live::Core;
use crate::session::{End, Link};

/// How often a comment says that the stream is alive, to proxies that close quiet ones.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// How many bytes of frames share an event.
const EVENT_BYTES: usize = 16 * 1024;
/// How long after its session the stream goes on, so that its peer reads why.
const GOODBYE: Duration = Duration::from_secs(1);

/// Answers `POST /__live/stream`.
pub(crate) async fn open(Extension(core): Extension<Arc<Core>>, request: Request) -> Response {
    let link = match request::open(&core, request).await {
        Ok(Opened::Live(link)) => link,
        Ok(Opened::Refused(batch)) => return answer(Body::from(event(0, &batch))),
        Err(response) => return response,
    };
    let until = Instant::now() + core.limits.stream_time;
    let timer = Box::pin(tokio::time::sleep(KEEP_ALIVE.min(core.limits.stream_time)));
    answer(Body::from_stream(Frames { link, until, timer, last: Last::No }))
}

fn answer(body: Body) -> Response {
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    let fixed = |text| HeaderValue::from_static(text);
    headers.insert(header::CONTENT_TYPE, fixed("text/event-stream"));
    headers.insert(header::CACHE_CONTROL, fixed("no-store, no-transform"));
    headers.insert("x-accel-buffering", fixed("no"));
    response
}

/// One event: the id, and a batch of frames.
fn event(id: u64, batch: &[u8]) -> Vec<u8> {
    let mut event = format!("id: {id}\ndata: ").into_bytes();
    let at = event.len();
    event.resize(at + batch.len().div_ceil(3) * 4 + 2, b'\n');
    let written = STANDARD.encode_slice(batch, &mut event[at..]).unwrap_or_default();
    event.truncate(at + written + 2);
    event
}

/// The stream's end, as it comes nearer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Last {
    No,
    /// The session or the connection has ended: what is ready goes out.
    Words,
    Done,
}

/// The body of the answer: waits for frames with no task and no channel of its own.
struct Frames {
    link: Link,
    until: Instant,
    timer: Pin<Box<Sleep>>,
    last: Last,
}

impl Frames {
    /// Everything that is ready, within the bytes of one event.
    fn batch(&self) -> Vec<u8> {
        let mut all = Vec::new();
        while all.len() < EVENT_BYTES
            && let Some(frame) = self.link.next_frame()
        {
            batch::put(&mut all, &frame);
        }
        all
    }
}

impl Stream for Frames {
    type Item = Result<Bytes, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        this.link.register(cx.waker());
        if this.last == Last::Done {
            return Poll::Ready(None);
        }
        let frames = this.batch();
        if !frames.is_empty() {
            return Poll::Ready(Some(Ok(event(this.link.sent(), &frames).into())));
        }
        if this.last == Last::No && this.link.ended().is_some() {
            // What it had to say is out; a moment for it to be read.
            this.last = Last::Words;
            this.timer.as_mut().reset(Instant::now() + GOODBYE);
        }
        if this.timer.as_mut().poll(cx).is_pending() {
            return Poll::Pending;
        }
        if this.last == Last::Words {
            this.last = Last::Done;
            return Poll::Ready(None);
        }
        let now = Instant::now();
        if now >= this.until {
            // Before some proxy cuts it: the page comes back at once.
            this.last = Last::Done;
            this.link.cut(End::Transport(0));
            let (mut frame, mut frames) = (Vec::new(), Vec::new());
            Down::ComeBack { milliseconds: 0 }.encode(&mut frame);
            batch::put(&mut frames, &frame);
            return Poll::Ready(Some(Ok(event(this.link.sent(), &frames).into())));
        }
        this.timer.as_mut().reset((now + KEEP_ALIVE).min(this.until));
        cx.waker().wake_by_ref();
        Poll::Ready(Some(Ok(Bytes::from_static(b":\n\n"))))
    }
}
