//! A connection's first request: where it comes from, whether there is room for it, and who it acts for.

use axum::response::{IntoResponse, Response};
use holm_wire::Code;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};

use super::crowd::Seat;
use super::hooks::guarded;
use super::protocol::{Refusal, quoted};
use super::{Connected, Realtime};
use crate::transport::{RETRY_AFTER, address, is_origin_allowed};
use crate::visitor::Visitor;

impl Realtime {
    /// Lets a connection in, for a transport that says everything by status.
    ///
    /// # Errors
    /// The response that refuses it.
    pub(crate) async fn admit(&self, parts: &Parts) -> Result<Connected, Response> {
        let entering = async {
            self.check_origin(parts)?;
            let seat = self.take_seat(parts)?;
            Ok(Connected::new(self, self.visitor(parts).await?, seat))
        };
        entering.await.map_err(|refusal: Refusal| refuse(&refusal))
    }

    /// Whether pages of the request's origin may connect.
    pub(crate) fn check_origin(&self, parts: &Parts) -> Result<(), Refusal> {
        let settings = &self.settings;
        // A browser names its origin on sockets, on POSTs, and on what goes to another origin.
        let reads = parts.method == Method::GET && !parts.headers.contains_key(header::UPGRADE);
        let require = settings.require_origin && !reads;
        if is_origin_allowed(&parts.headers, &parts.uri, &settings.origins, require)
            && !is_foreign(&parts.headers)
        {
            return Ok(());
        }
        let origin = parts.headers.get(header::ORIGIN);
        tracing::warn!(
            ?origin,
            "this origin may not connect; the app can allow it with `Realtime::allow_origin`"
        );
        Err(Refusal::new(Code::ForbiddenOrigin, "Pages of this origin may not connect."))
    }

    /// Takes a place. The hub hears of the connections with the first.
    pub(crate) fn take_seat(&self, parts: &Parts) -> Result<Seat, Refusal> {
        let (settings, hub) = (&self.settings, &self.settings.hub);
        let crowded = |code| Refusal::new(code, "There is no room now; come back later.");
        let counted = address::counted_address(parts, &settings.proxies);
        let most = settings.limits.connections_per_ip;
        let address = counted.map(|address| {
            let seat = hub.inner.addresses.seat(address, most);
            seat.ok_or_else(|| crowded(Code::TooManyConnections))
        });
        let address = address.transpose()?;
        // A connection may come by another way than the endpoint.
        self.crowd.introduce(hub, &settings.limits);
        self.crowd.seat(settings.limits.realtime_connections, hub, address).ok_or_else(|| {
            let draining = self.crowd.is_draining(hub);
            let code = if draining { Code::ShuttingDown } else { Code::AtCapacity };
            crowded(code)
        })
    }

    /// Who the request acts for.
    pub(crate) async fn visitor(&self, parts: &Parts) -> Result<Visitor, Refusal> {
        let limits = &self.settings.limits;
        let hook = self.settings.identify.run(parts);
        let principal = guarded(hook, limits.handler_time, Code::Unauthorized).await?;
        Ok(Visitor::new(parts, principal, limits))
    }
}

/// Whether a page of another site sent this request without naming its origin, as browsers do for a GET whose
/// answer the page will not see: it would still open a stream for the user whose cookies come along.
fn is_foreign(headers: &HeaderMap) -> bool {
    let site = headers.get("sec-fetch-site").map(HeaderValue::as_bytes);
    !headers.contains_key(header::ORIGIN) && matches!(site, Some(b"cross-site" | b"same-site"))
}

/// The HTTP status that says the same as a code.
pub(crate) fn status_of(code: Code) -> StatusCode {
    match code {
        Code::Unauthorized => StatusCode::UNAUTHORIZED,
        Code::Forbidden | Code::ForbiddenOrigin => StatusCode::FORBIDDEN,
        Code::UnknownChannel => StatusCode::NOT_FOUND,
        Code::MessageTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Code::TooManyEvents | Code::TooManyConnections => StatusCode::TOO_MANY_REQUESTS,
        Code::TooManyChannels | Code::AtCapacity | Code::ShuttingDown => StatusCode::SERVICE_UNAVAILABLE,
        Code::HandlerPanic | Code::StreamFailed => StatusCode::INTERNAL_SERVER_ERROR,
        Code::HandlerTimeout => StatusCode::GATEWAY_TIMEOUT,
        Code::HandlerError => StatusCode::UNPROCESSABLE_ENTITY,
        _ => StatusCode::BAD_REQUEST,
    }
}

/// A refusal over HTTP: the code and the sentence of an error message, as JSON.
pub(crate) fn refuse(refusal: &Refusal) -> Response {
    let status = status_of(refusal.code);
    let (code, sentence) = (refusal.code.word(), quoted(&refusal.sentence));
    let body = format!(r#"{{"type":"error","code":"{code}","sentence":{sentence}}}"#);
    let headers = [
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
    ];
    let mut response = (status, headers, body).into_response();
    if matches!(status, StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS) {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(RETRY_AFTER));
    }
    response
}
