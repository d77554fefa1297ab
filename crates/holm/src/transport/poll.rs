//! Frames down by long-polling: `POST /__live/poll`.
//!
//! For a page whose streams do not get through either. An answer that is lost loses nothing: each
//! request says how many counted frames were seen, and those after it come again.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Extension, Request};
use axum::response::Response;
use holm_wire::batch;
use http::{HeaderValue, header};

use super::request::{self, Opened};
use crate::live::Core;
use crate::session::Link;

/// How many bytes of frames an answer has room for.
const ANSWER_BYTES: usize = 256 * 1024;

/// Answers `POST /__live/poll`.
pub(crate) async fn poll(Extension(core): Extension<Arc<Core>>, request: Request) -> Response {
    if request.headers().contains_key(request::SESSION) {
        return match request::again(&core, request).await {
            Ok(link) => answer(take(&core, link).await),
            Err(response) => response,
        };
    }
    match request::open(&core, request).await {
        Ok(Opened::Live(link)) => answer(take(&core, link).await),
        Ok(Opened::Refused(batch)) => answer(batch),
        Err(response) => response,
    }
}

/// Waits for frames, and takes what there is.
async fn take(core: &Core, link: Link) -> Vec<u8> {
    let mut frames = Vec::new();
    let mut next = tokio::time::timeout(core.limits.poll_time, link.next()).await.ok().flatten();
    while let Some(frame) = next {
        batch::put(&mut frames, &frame);
        next = if frames.len() < ANSWER_BYTES { link.next_frame() } else { None };
    }
    link.pause();
    frames
}

fn answer(frames: Vec<u8>) -> Response {
    let mut response = Response::new(Body::from(frames));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store, no-transform"));
    response
}
