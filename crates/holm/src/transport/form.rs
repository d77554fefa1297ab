//! The plain form POST: what a browser with no script sends to a page's own address.
//!
//! A layer around the whole router looks at posted forms. One that begins with [`INSTANCE`] is an island's:
//! its seal is opened, the handler runs on that state, and the answer is a redirect to the page, which shows
//! what the [ticket](crate::ticket) in its address holds. Every other request goes on as it came.

use std::borrow::Cow;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::{Body, BodyDataStream};
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::future::Either;
use futures_util::{StreamExt, stream};
use http::{Method, StatusCode, header};
use tower::{Layer, Service};

use super::origin_allowed;
use crate::live::Core;

mod post;

/// The first field of an island's form: its instance id.
pub(crate) const INSTANCE: &str = "holm-instance";
/// The field with the page's seal of the island.
pub(crate) const SEAL: &str = "holm-seal";
/// The field with the event that a `data-live-submit` form is for; a button posts
/// [`holm_dom::EVENT_FIELD`] in its place.
pub(crate) const SUBMIT: &str = "holm-submit";
/// The field with the id of such a form.
pub(crate) const FORM: &str = "holm-form";
/// What an island's form begins with.
const MARK: &[u8] = b"holm-instance=";
/// What is said to a form with files.
const NO_FILES: &str = "This form has files, which go up only with the page's script. Nothing was saved. (For the author: leave `enctype` out, and take files as uploads.)\n";

/// Wraps the app's routes.
#[derive(Debug, Clone)]
pub(crate) struct FormLayer(pub(crate) Arc<Core>);

impl<S> Layer<S> for FormLayer {
    type Service = Forms<S>;

    fn layer(&self, inner: S) -> Forms<S> {
        Forms { inner, core: Arc::clone(&self.0) }
    }
}

/// A route that islands may post to.
#[derive(Debug, Clone)]
pub(crate) struct Forms<S> {
    inner: S,
    core: Arc<Core>,
}

impl<S> Service<Request> for Forms<S>
where
    S: Service<Request, Response = Response, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Either<S::Future, Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let Some(mark) = mark(&request) else { return Either::Left(self.inner.call(request)) };
        let has_files = mark != MARK;
        // The service that was asked whether it is ready is the one to call.
        let clone = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, clone);
        let core = Arc::clone(&self.core);
        Either::Right(Box::pin(async move {
            let (parts, body) = request.into_parts();
            let Ok(peeked) = tokio::time::timeout(core.limits.silence, peek(body, &mark)).await else {
                let refusal = (StatusCode::REQUEST_TIMEOUT, "The form took too long to arrive.\n");
                return Ok(refusal.into_response());
            };
            match peeked {
                Peeked::Other(body) => inner.call(Request::from_parts(parts, body)).await,
                Peeked::Ours(..) if has_files => {
                    Ok((StatusCode::UNSUPPORTED_MEDIA_TYPE, NO_FILES).into_response())
                }
                Peeked::Ours(read, rest) => {
                    let refusal = if is_same_site(&parts, &core) {
                        let patience = core.limits.silence;
                        let body = collect(read, rest, core.limits.form_bytes);
                        match tokio::time::timeout(patience, body).await {
                            Ok(Ok(body)) => return Ok(post::answer(core, parts, &body).await),
                            Ok(Err(refusal)) => refusal,
                            Err(_) => (StatusCode::REQUEST_TIMEOUT, "The form took too long to arrive.\n"),
                        }
                    } else {
                        (StatusCode::FORBIDDEN, "This form was posted from another site.\n")
                    };
                    Ok(refusal.into_response())
                }
            }
        }))
    }
}

/// What the body of an island's form begins with, if the head of a request could be that of one.
fn mark(request: &Request) -> Option<Cow<'static, [u8]>> {
    if request.method() != Method::POST {
        return None;
    }
    let kind = request.headers().get(header::CONTENT_TYPE)?.to_str().ok()?;
    let mut parts = kind.split(';').map(str::trim);
    let kind = parts.next()?;
    if kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Some(Cow::Borrowed(MARK));
    }
    if !kind.eq_ignore_ascii_case("multipart/form-data") {
        return None;
    }
    let boundary = parts.find_map(|part| part.strip_prefix("boundary="))?.trim_matches('"');
    let head = "\r\nContent-Disposition: form-data; name=\"holm-instance\"\r\n";
    Some(Cow::Owned(["--", boundary, head].concat().into_bytes()))
}

/// Whether a form comes from a page of this server.
fn is_same_site(parts: &http::request::Parts, core: &Core) -> bool {
    // Browsers write this header themselves; no page can.
    match parts.headers.get("sec-fetch-site").map(http::HeaderValue::as_bytes) {
        // A page with `Referrer-Policy: no-referrer` has the origin `null`, to its own server too.
        Some(b"same-origin") => true,
        Some(b"cross-site") => false,
        _ => origin_allowed(&parts.headers, &parts.uri, core),
    }
}

/// A body of which no more was read than it takes to know whose it is.
enum Peeked {
    /// An island's: what was read, and the rest.
    Ours(Vec<Bytes>, BodyDataStream),
    /// Somebody else's, whole.
    Other(Body),
}

async fn peek(body: Body, mark: &[u8]) -> Peeked {
    let mut rest = body.into_data_stream();
    let (mut read, mut matched) = (Vec::new(), 0);
    let failed = loop {
        let chunk: Bytes = match rest.next().await {
            Some(Ok(chunk)) => chunk,
            Some(Err(error)) => break Some(Err(error)),
            None => break None,
        };
        let wanted = &mark[matched..];
        let length = wanted.len().min(chunk.len());
        let fits = wanted[..length] == chunk[..length];
        matched += length;
        read.push(chunk);
        if !fits {
            break None;
        }
        if matched == mark.len() {
            return Peeked::Ours(read, rest);
        }
    };
    let read = stream::iter(read.into_iter().map(Ok).chain(failed));
    Peeked::Other(Body::from_stream(read.chain(rest)))
}

/// The whole body of an island's form.
async fn collect(
    read: Vec<Bytes>,
    mut rest: BodyDataStream,
    most: usize,
) -> Result<Vec<u8>, (StatusCode, &'static str)> {
    let mut body = read.concat();
    while body.len() <= most {
        match rest.next().await {
            Some(Ok(chunk)) => body.extend_from_slice(&chunk),
            Some(Err(_)) => return Err((StatusCode::BAD_REQUEST, "The form did not arrive whole.\n")),
            None => return Ok(body),
        }
    }
    Err((
        StatusCode::PAYLOAD_TOO_LARGE,
        "The form is larger than this server takes (`Limits::form_bytes`).\n",
    ))
}
