//! What the transports over HTTP have in common: batches of frames in a body, the session in headers.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use holm_wire::up::Up;
use holm_wire::{Code, batch};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, StatusCode, header};

use super::{enter, origin_allowed, refusal};
use crate::live::Core;
use crate::session::{Beside, Link};

/// The session's token, in base64 without padding.
pub(crate) const SESSION: &str = "holm-session";
/// The number of the page's connection.
const EPOCH: &str = "holm-epoch";
/// How many counted frames of that connection the page has dealt with.
const SEEN: &str = "holm-seen";
/// How many frames of a refused batch were taken.
const TAKEN: &str = "holm-taken";
/// How long a body may take to arrive.
const BODY_TIME: Duration = Duration::from_secs(10);

/// What a connection's first request comes to.
pub(crate) enum Opened {
    Live(Link),
    /// The app's `authorize` said no: a batch with the error frame.
    Refused(Vec<u8>),
}

/// Begins a connection: the body's first frame joins or resumes.
pub(crate) async fn open(core: &Arc<Core>, request: Request) -> Result<Opened, Response> {
    let (parts, body) = request.into_parts();
    let (seat, visitor) = enter(core, &parts).await?;
    let frames = read(core, &parts, body).await?;
    let first = batch::frames(&frames).next().and_then(Result::ok);
    let begins = matches!(first.map(Up::decode), Some(Ok(Up::Join(_) | Up::Resume(_))));
    if !begins {
        return Err(refusal(core, StatusCode::BAD_REQUEST, Code::BadFrame));
    }
    match visitor {
        Ok(visitor) => {
            let mut link = Link::new(core, visitor, seat);
            let gave = give(&frames, |frame| {
                link.receive(frame);
                link.takes_more()
            });
            gave.map_err(|code| {
                let greedy = code == Code::TooManyEvents;
                let status = if greedy { StatusCode::TOO_MANY_REQUESTS } else { StatusCode::BAD_REQUEST };
                refusal(core, status, code)
            })?;
            Ok(Opened::Live(link))
        }
        Err(error) => {
            let mut all = Vec::new();
            batch::put(&mut all, &super::unauthorized(&error));
            Ok(Opened::Refused(all))
        }
    }
}

/// Goes on polling: takes what the body brings, and has what was not seen told again.
pub(crate) async fn again(core: &Arc<Core>, request: Request) -> Result<Link, Response> {
    let (parts, body) = request.into_parts();
    let beside = find(core, &parts).map_err(|(status, code)| refusal(core, status, code))?;
    let Some(seen) = number(&parts.headers, SEEN) else {
        return Err(refusal(core, StatusCode::BAD_REQUEST, Code::BadFrame));
    };
    let frames = read(core, &parts, body).await?;
    if !frames.is_empty()
        && let Some(response) = too_soon(core, &beside)
    {
        return Err(response);
    }
    // Events first, so that what was missed and what they change come as one.
    if let Some(response) = take(core, &beside, &frames) {
        return Err(response);
    }
    beside.poll(seen).ok_or_else(|| refusal(core, StatusCode::CONFLICT, Code::SessionGone))
}

/// Takes frames beside the request that waits for the server's.
pub(crate) async fn beside(core: &Arc<Core>, request: Request) -> Result<(), Response> {
    let (parts, body) = request.into_parts();
    let beside = find(core, &parts).map_err(|(status, code)| refusal(core, status, code))?;
    if let Some(response) = too_soon(core, &beside) {
        return Err(response);
    }
    let frames = read(core, &parts, body).await?;
    take(core, &beside, &frames).map_or(Ok(()), Err)
}

/// Gives the session a batch. One that is past its tokens before the end is refused with the number of
/// frames that were taken; the others come again. `None` when all of it was taken.
fn take(core: &Core, beside: &Beside, frames: &[u8]) -> Option<Response> {
    let mut taken = 0_u64;
    let mut here = beside.is_current();
    let gave = give(frames, |frame| {
        here = here && beside.receive(frame);
        taken += u64::from(here);
        here && beside.takes_more()
    });
    here &= gave.is_ok() || beside.is_current();
    match gave {
        // The page's next connection tells it what was taken.
        _ if !here => Some(refusal(core, StatusCode::CONFLICT, Code::SessionGone)),
        Ok(()) => None,
        Err(Code::TooManyEvents) => {
            let refused = || refusal(core, StatusCode::TOO_MANY_REQUESTS, Code::TooManyEvents);
            let mut response = too_soon(core, beside).unwrap_or_else(refused);
            response.headers_mut().insert(TAKEN, HeaderValue::from(taken));
            Some(response)
        }
        Err(code) => Some(refusal(core, StatusCode::BAD_REQUEST, code)),
    }
}

/// Gives each frame of a batch, as long as the session takes more; those before a broken one are taken.
fn give(frames: &[u8], mut take: impl FnMut(&[u8]) -> bool) -> Result<(), Code> {
    let mut more = true;
    for frame in batch::frames(frames) {
        if !more {
            return Err(Code::TooManyEvents);
        }
        more = take(frame.map_err(|_| Code::BadFrame)?);
    }
    Ok(())
}

/// The session that the headers name, if its page's connection is the one they name.
fn find(core: &Arc<Core>, parts: &Parts) -> Result<Beside, (StatusCode, Code)> {
    if !origin_allowed(&parts.headers, &parts.uri, core) {
        return Err((StatusCode::FORBIDDEN, Code::ForbiddenOrigin));
    }
    let token = parts.headers.get(SESSION).and_then(|value| URL_SAFE_NO_PAD.decode(value).ok());
    let (Some(token), Some(epoch)) = (token, number(&parts.headers, EPOCH)) else {
        return Err((StatusCode::BAD_REQUEST, Code::BadFrame));
    };
    Link::beside(core, &token, epoch).ok_or((StatusCode::CONFLICT, Code::SessionGone))
}

/// The refusal of what a page says too soon; it was not taken, and comes again.
fn too_soon(core: &Core, beside: &Beside) -> Option<Response> {
    let wait = beside.throttled()?;
    let mut response = refusal(core, StatusCode::TOO_MANY_REQUESTS, Code::TooManyEvents);
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait.as_secs() + 1));
    Some(response)
}

fn number(headers: &HeaderMap, name: &str) -> Option<u64> {
    headers.get(name)?.to_str().ok()?.parse().ok()
}

/// Reads a body within its limits of size and time.
async fn read(core: &Core, parts: &Parts, body: Body) -> Result<Vec<u8>, Response> {
    let limit = core.limits.join_bytes;
    let declared = number(&parts.headers, header::CONTENT_LENGTH.as_str());
    let too_large = || refusal(core, StatusCode::PAYLOAD_TOO_LARGE, Code::FrameTooLarge);
    if declared.is_some_and(|length| length > limit as u64) {
        return Err(too_large());
    }
    match tokio::time::timeout(BODY_TIME, axum::body::to_bytes(body, limit)).await {
        Ok(Ok(bytes)) => Ok(bytes.into()),
        Ok(Err(_)) => Err(too_large()),
        Err(_) => Err(refusal(core, StatusCode::REQUEST_TIMEOUT, Code::Silent)),
    }
}
