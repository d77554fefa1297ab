//! One message of the protocol by POST, for clients that listen to an event stream or poll.

use std::collections::HashMap;
use std::sync::{Arc, Weak};
use std::time::Duration;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use holm_wire::Code;
use http::request::Parts;
use http::{HeaderValue, StatusCode, header};
use parking_lot::Mutex;
use tokio::time::Instant;

use super::connected::send;
use super::connection::Identity;
use super::enter::{refuse, status_of};
use super::protocol::{self, Message, Refusal};
use super::{Item, Joiner, Realtime, Socket, SocketId};
use crate::Limits;
use crate::limits::bucket::TokenBucket;
use crate::transport::address;

/// How long a body may take to arrive.
const BODY_TIME: Duration = Duration::from_secs(10);
/// How many senders are told apart before those that have been quiet are forgotten.
const SENDERS: usize = 10_000;

/// How much each sender may say by POST: by principal, else by address;
/// those of whom neither is known share one.
#[derive(Debug, Default)]
pub(crate) struct Paces(Mutex<HashMap<String, TokenBucket>>);

impl Paces {
    /// Takes a token; gives how long to wait where there was none.
    fn charge(&self, who: String, pace: &Limits) -> Option<Duration> {
        let now = Instant::now();
        let mut senders = self.0.lock();
        if senders.len() >= SENDERS {
            senders.retain(|_, bucket| !bucket.is_full(now));
        }
        let bucket = senders.entry(who).or_insert_with(|| TokenBucket::new(now));
        // Who is refused has said nothing: asking again costs nothing.
        let wait = bucket.wait(now, pace);
        if wait.is_zero() {
            let _ = bucket.take(1, now, pace);
        }
        (!wait.is_zero()).then_some(wait)
    }
}

impl Realtime {
    /// Answers a POST.
    pub(crate) async fn post(&self, parts: Parts, body: Body) -> Response {
        match self.posted(parts, body).await {
            Ok(answer) => answer,
            Err(response) => response,
        }
    }

    async fn posted(&self, parts: Parts, body: Body) -> Result<Response, Response> {
        self.check_origin(&parts).map_err(|refusal| refuse(&refusal))?;
        if self.crowd.is_draining(&self.settings.hub) {
            let refusal = Refusal::new(Code::ShuttingDown, "The server restarts; try again.");
            return Err(refuse(&refusal));
        }
        let visitor = self.visitor(&parts).await.map_err(|refusal| refuse(&refusal))?;
        let who = match visitor.principal.id() {
            Some(id) => format!("id {id}"),
            // Those behind a proxy that the app did not name share the proxy's own.
            None => address::client_address(&parts, &self.settings.proxies)
                .map_or_else(String::new, |address| address::share(address).to_string()),
        };
        if let Some(wait) = self.crowd.paces.charge(who, &self.settings.pace) {
            let mut response =
                refuse(&Refusal::new(Code::TooManyEvents, "Too many messages; wait a moment."));
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait.as_secs() + 1));
            return Err(response);
        }
        let text = self.body(body).await.map_err(|refusal| refuse(&refusal))?;
        crate::telemetry::realtime_message();
        let identity = Identity { id: SocketId::random(), visitor };
        let socket = Socket { identity: Arc::new(identity), connection: Weak::new(), data: Arc::new(()) };
        let (status, item) = match protocol::read(&text, &self.settings.limits) {
            Ok(Message::Send { id, channel, event }) => match self.say(socket, &channel, event).await {
                Ok(delivered) => (StatusCode::OK, protocol::ack(id.as_deref().unwrap_or("null"), delivered)),
                Err(refusal) => (status_of(refusal.code), protocol::error(id.as_deref(), &refusal)),
            },
            Ok(Message::Ping { id }) => (StatusCode::OK, protocol::pong(id.as_deref())),
            Ok(Message::Subscribe { id, .. } | Message::Unsubscribe { id }) => {
                let refusal = Refusal::new(Code::BadMessage, "A POST carries a `send` or a `ping`.");
                (StatusCode::BAD_REQUEST, protocol::error(Some(&id), &refusal))
            }
            Err((id, refusal)) => (status_of(refusal.code), protocol::error(id.as_deref(), &refusal)),
        };
        Ok(json(status, &item))
    }

    async fn body(&self, body: Body) -> Result<String, Refusal> {
        let most = self.settings.limits.realtime_message_bytes;
        let too_large =
            || Refusal::new(Code::MessageTooLarge, format!("A message has {most} bytes at most."));
        let bytes = match tokio::time::timeout(BODY_TIME, axum::body::to_bytes(body, most)).await {
            Ok(Ok(bytes)) => bytes,
            Ok(Err(_)) => return Err(too_large()),
            Err(_) => return Err(Refusal::new(Code::BadMessage, "The message did not arrive in time.")),
        };
        String::from_utf8(bytes.into())
            .map_err(|_| Refusal::new(Code::BadMessage, "Messages are UTF-8 text."))
    }

    /// Has a channel take what somebody says who has no connection: who may subscribe may say something.
    async fn say(&self, socket: Socket, name: &str, event: super::Event) -> Result<usize, Refusal> {
        let (channel, who) = self.joiner(socket, name, None)?;
        if let Some(authorize) = &channel.authorize {
            authorize.run(who.clone(), self.settings.limits.handler_time, Code::Forbidden).await?;
        }
        send(self, &channel, who, event).await
    }

    /// The channel of this name, and somebody who wants something of it.
    pub(crate) fn joiner(
        &self,
        socket: Socket,
        name: &str,
        input: Option<String>,
    ) -> Result<(Arc<super::Channel>, Joiner), Refusal> {
        let Some((channel, param)) = self.settings.channel(name) else {
            return Err(Refusal::new(Code::UnknownChannel, "There is no channel of this name."));
        };
        let (param, input) = (param.into(), input.map(Arc::from));
        let who = Joiner { realtime: self.clone(), socket, channel: name.into(), param, input };
        Ok((Arc::clone(channel), who))
    }
}

fn json(status: StatusCode, item: &Item) -> Response {
    let Item::Note { json, .. } = item else { return status.into_response() };
    let fixed = HeaderValue::from_static;
    let headers =
        [(header::CONTENT_TYPE, fixed("application/json")), (header::CACHE_CONTROL, fixed("no-store"))];
    (status, headers, json.as_str().to_owned()).into_response()
}
