//! How frames travel: over a WebSocket, or over HTTP requests; with no script, a plain form. What the
//! transports share stands here.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Extension, Request};
use axum::response::{IntoResponse, Response};
use holm_wire::Code;
use holm_wire::down::Down;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use serde::Serialize;

use crate::hub::Seat;
use crate::live::Core;
use crate::visitor::Visitor;

pub(crate) mod address;
pub(crate) mod close;
pub(crate) mod form;
pub(crate) mod poll;
mod request;
pub(crate) mod stream;
pub(crate) mod up;
pub(crate) mod upload;
pub(crate) mod websocket;

/// Seconds after which a refused page should try again.
pub(crate) const RETRY_AFTER: u64 = 5;

/// The answer of `GET /__live/status`: a browser's WebSocket shows a script neither status nor headers.
#[derive(Debug, Serialize)]
struct Status {
    /// 0 when a connection would be taken now, else the number of the code that refuses it.
    code: u16,
    /// The code's name, `ok` for 0.
    word: &'static str,
    /// What the client does about it, as error frames number it.
    action: u8,
    /// Seconds.
    retry_after: u64,
    connections: usize,
    limit: usize,
}

/// `GET /__live/status`.
pub(crate) async fn status(Extension(core): Extension<Arc<Core>>, request: Request) -> impl IntoResponse {
    let (parts, _) = request.into_parts();
    let crowded = address::counted_address(&parts, &core.proxies)
        .is_some_and(|address| core.hub.addresses.has(address, core.limits.connections_per_ip));
    let status = match status_of(&core) {
        Status { code: 0, .. } if crowded => status_with(&core, Some(Code::TooManyConnections)),
        status => status,
    };
    ([(header::CACHE_CONTROL, "no-store")], Json(status))
}

fn status_of(core: &Core) -> Status {
    let refusal = if core.hub.is_draining() {
        Some(Code::ShuttingDown)
    } else if core.hub.total() >= core.limits.connections {
        Some(Code::AtCapacity)
    } else {
        None
    };
    status_with(core, refusal)
}

fn status_with(core: &Core, refusal: Option<Code>) -> Status {
    Status {
        code: refusal.map_or(0, Code::number),
        word: refusal.map_or("ok", Code::word),
        action: refusal.map_or(0, |code| code.action() as u8),
        retry_after: refusal.map_or(0, |_| RETRY_AFTER),
        connections: core.hub.total(),
        limit: core.limits.connections,
    }
}

/// A refusal with what a client needs to try again.
fn refusal(app: &Core, status: StatusCode, code: Code) -> Response {
    let headers = [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    let mut response = (status, headers, Json(status_with(app, Some(code)))).into_response();
    if matches!(status, StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS) {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(RETRY_AFTER));
    }
    response
}

/// Checks a connection's request before there is a session: where it comes from, whether there is room
/// for it, and on whose behalf it comes. An `Err` inside is what the app's `authorize` said.
async fn enter(core: &Core, parts: &Parts) -> Result<(Seat, crate::Result<Visitor>), Response> {
    if !origin_allowed(&parts.headers, &parts.uri, core) {
        let origin = parts.headers.get(header::ORIGIN);
        tracing::warn!(
            ?origin,
            "this origin may not connect; the app can allow it with `Live::allow_origin`"
        );
        return Err(refusal(core, StatusCode::FORBIDDEN, Code::ForbiddenOrigin));
    }
    let address = match address::counted_address(parts, &core.proxies) {
        Some(address) => match core.hub.addresses.seat(address, core.limits.connections_per_ip) {
            Some(seat) => Some(seat),
            None => return Err(refusal(core, StatusCode::TOO_MANY_REQUESTS, Code::TooManyConnections)),
        },
        None => None,
    };
    let Some(mut seat) = core.hub.seat(core.limits.connections) else {
        let why = if core.hub.is_draining() { Code::ShuttingDown } else { Code::AtCapacity };
        return Err(refusal(core, StatusCode::SERVICE_UNAVAILABLE, why));
    };
    seat.address = address;
    let limits = &core.limits;
    match tokio::time::timeout(limits.handler_time, core.authorize.run(parts)).await {
        Ok(principal) => Ok((seat, principal.map(|principal| Visitor::new(parts, principal, limits)))),
        Err(_) => Err(refusal(core, StatusCode::SERVICE_UNAVAILABLE, Code::AtCapacity)),
    }
}

/// The error frame for a page whose visitor may not join.
fn unauthorized(error: &crate::Error) -> Vec<u8> {
    tracing::debug!(%error, "authorize refused a join");
    let code = Code::Unauthorized;
    let mut frame = Vec::new();
    let (number, action, word) = (u64::from(code.number()), code.action(), code.word());
    Down::Error { code: number, action, island: None, seq: 0, word, sentence: error.sentence() }
        .encode(&mut frame);
    frame
}

/// Whether a request comes from a page this server answers.
///
/// The origin's host and port must be the request's own, or the whole origin one the app allows. The
/// scheme of the request is not known behind a proxy, so it is not compared.
fn origin_allowed(headers: &HeaderMap, uri: &Uri, core: &Core) -> bool {
    is_origin_allowed(headers, uri, &core.origins, core.require_origin)
}

/// [`origin_allowed`] for whoever has a list of other origins and may ask that one is named.
pub(crate) fn is_origin_allowed(headers: &HeaderMap, uri: &Uri, origins: &[String], require: bool) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else { return !require };
    let Ok(origin) = origin.to_str() else { return false };
    if origins.iter().any(|allowed| allowed.eq_ignore_ascii_case(origin)) {
        return true;
    }
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    // HTTP/2 has the host in the address.
    let Some(host) = host.or_else(|| uri.authority().map(http::uri::Authority::as_str)) else { return false };
    let Some((scheme, authority)) = origin.split_once("://") else { return false };
    let port = match scheme {
        "http" => ":80",
        "https" => ":443",
        _ => return false,
    };
    let plain = |host: &str| host.strip_suffix(port).unwrap_or(host).to_ascii_lowercase();
    plain(authority) == plain(host)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Live;

    fn allowed(origin: Option<&str>, host: &str, live: Live) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, host.parse().unwrap());
        if let Some(origin) = origin {
            headers.insert(header::ORIGIN, origin.parse().unwrap());
        }
        origin_allowed(&headers, &Uri::from_static("/__live"), &live.key([0; 32]).freeze().unwrap())
    }

    #[test]
    fn only_the_page_s_own_origin_and_those_allowed_may_connect() {
        for (origin, host) in [
            ("http://localhost:3000", "localhost:3000"),
            ("https://example.org", "example.org"),
            ("https://example.org", "example.org:443"),
            ("https://Example.org", "example.ORG"),
        ] {
            assert!(allowed(Some(origin), host, Live::new()), "{origin} at {host}");
        }
        for (origin, host) in [
            ("http://localhost:3001", "localhost:3000"),
            ("https://example.org.evil.net", "example.org"),
            ("https://evil.net", "example.org"),
            ("http://example.org:443", "example.org"),
            ("null", "example.org"),
            ("file://example.org", "example.org"),
        ] {
            assert!(!allowed(Some(origin), host, Live::new()), "{origin} at {host}");
        }
        let live = || Live::new().allow_origin("https://cdn.example.org");
        assert!(allowed(Some("https://cdn.example.org"), "example.org", live()));
        assert!(!allowed(Some("http://cdn.example.org"), "example.org", live()));
    }

    #[test]
    fn a_missing_origin_is_a_program_s_and_may_be_refused() {
        assert!(allowed(None, "example.org", Live::new()));
        assert!(!allowed(None, "example.org", Live::new().require_origin()));
    }
}
