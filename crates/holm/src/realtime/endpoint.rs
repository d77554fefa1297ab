//! One address for every client: [`Realtime::endpoint`].

use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, any};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};

use super::{Connected, Realtime, poll, stream, websocket};

impl Realtime {
    /// What answers clients, as a route: a WebSocket where one is asked for; an event stream for `Accept:
    /// text/event-stream`; else, for GET, what is new as JSON; for POST, one message of the protocol.
    ///
    /// ```
    /// # use holm::{prelude::*, realtime::Realtime};
    /// let realtime = Realtime::new();
    /// let app: Router = Router::new().route("/realtime", realtime.endpoint());
    /// ```
    pub fn endpoint<S: Clone + Send + Sync + 'static>(&self) -> MethodRouter<S> {
        self.crowd.introduce(&self.settings.hub, &self.settings.limits);
        let realtime = self.clone();
        any(move |request: Request| async move { realtime.answer(request).await })
    }

    async fn answer(self, request: Request) -> Response {
        let (parts, body) = request.into_parts();
        // HTTP/2 upgrades by CONNECT, HTTP/1.1 by GET.
        if parts.method == Method::CONNECT || names(&parts.headers, header::UPGRADE, "websocket") {
            return websocket::upgrade(&self, parts, |connected: &mut Connected| connected.welcome());
        }
        let allowed = self.allowed_origin(&parts);
        let mut response = match parts.method {
            Method::GET if names(&parts.headers, header::ACCEPT, "text/event-stream") => {
                stream::open(&self, &parts).await
            }
            Method::GET => poll::answer(&self, &parts).await,
            Method::POST => self.post(parts, body).await,
            Method::OPTIONS => StatusCode::NO_CONTENT.into_response(),
            _ => StatusCode::METHOD_NOT_ALLOWED.into_response(),
        };
        let headers = response.headers_mut();
        headers.insert(header::ALLOW, HeaderValue::from_static("GET, POST, OPTIONS"));
        headers.append(header::VARY, HeaderValue::from_static("Accept"));
        if allowed.is_some() {
            let fixed = HeaderValue::from_static;
            headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, fixed("GET, POST"));
            headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, fixed("content-type, last-event-id"));
        }
        share(headers, allowed);
        response
    }

    /// The request's origin, if it is one of those the app allows beside its own: its pages may read the answer.
    pub(crate) fn allowed_origin(&self, parts: &Parts) -> Option<HeaderValue> {
        let origin = parts.headers.get(header::ORIGIN)?;
        let text = origin.to_str().ok()?;
        self.settings.origins.iter().any(|allowed| allowed.eq_ignore_ascii_case(text)).then(|| origin.clone())
    }
}

/// Lets pages of an allowed origin read an answer, with their cookies.
pub(crate) fn share(headers: &mut HeaderMap, allowed: Option<HeaderValue>) {
    headers.append(header::VARY, HeaderValue::from_static("Origin"));
    if let Some(origin) = allowed {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
    }
}

/// Whether a header that lists tokens has this one.
fn names(headers: &HeaderMap, name: header::HeaderName, token: &str) -> bool {
    let lines = headers.get_all(name).into_iter().filter_map(|line| line.to_str().ok());
    let mut tokens = lines.flat_map(|line| line.split(','));
    tokens.any(|entry| entry.split(';').next().unwrap_or("").trim().eq_ignore_ascii_case(token))
}
