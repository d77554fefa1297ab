//! WebSockets with a protocol of the app's own: [`Realtime::upgrade`].

use std::fmt;
use std::future::Future;
use std::sync::Arc;

use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use holm_wire::Code;

use super::hooks::{Hook, Running};
use super::protocol::Refusal;
use super::{Connected, Item, Realtime, Socket, websocket};
use crate::Result;

/// What a WebSocket carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// Text.
    Text(String),
    /// Bytes.
    Binary(Bytes),
}

impl Message {
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Binary(bytes) => bytes.len(),
        }
    }
}

impl From<&str> for Message {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Message {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<Vec<u8>> for Message {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Binary(bytes.into())
    }
}

impl From<Message> for Item {
    fn from(message: Message) -> Self {
        match message {
            Message::Text(text) => Self::Text(text.into()),
            Message::Binary(bytes) => Self::Binary(bytes),
        }
    }
}

impl<T> Socket<T> {
    /// Sends text or bytes as they are, to a socket from [`Realtime::upgrade`]: waits while much is waiting for
    /// this client already. Gives whether it was taken; a closed socket takes nothing, and that is no error.
    pub async fn send_message(&self, message: impl Into<Message>) -> bool {
        self.put(message.into().into()).await
    }
}

/// The hooks of one such socket, bound to it.
pub(crate) struct Raw {
    pub(crate) message: Option<Box<dyn Fn(Message) -> Running<Result<(), Refusal>> + Send + Sync>>,
    /// Runs when the socket is gone.
    pub(crate) close: Option<Running<Result<(), Refusal>>>,
}

impl fmt::Debug for Raw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the app's")
    }
}

/// A request that is about to become a WebSocket of the app's own; a handler's answer.
///
/// ```
/// use axum::extract::{Request, State};
/// use axum::response::IntoResponse;
/// use holm::realtime::{Message, Realtime, Socket};
///
/// async fn echo(State(realtime): State<Realtime>, request: Request) -> impl IntoResponse {
///     realtime
///         .upgrade(request)
///         .data("anything of the app's")
///         .on_message(|socket: Socket<&'static str>, message: Message| async move {
///             socket.send_message(message).await;
///             Ok(())
///         })
/// }
/// # let _: axum::Router = axum::Router::new().route("/echo", axum::routing::get(echo)).with_state(Realtime::new());
/// ```
#[derive(Debug)]
pub struct Upgrade<T = ()> {
    realtime: Realtime,
    request: Request,
    data: Arc<T>,
    message: Option<Hook<(Socket<T>, Message)>>,
    close: Option<Hook<Socket<T>>>,
}

impl Realtime {
    /// Answers a request with a WebSocket that speaks the app's own protocol. It counts as a connection like any:
    /// broadcasts reach it as JSON events, and channels that the app puts it in.
    ///
    /// What is no request for a WebSocket is answered with 400.
    pub fn upgrade(&self, request: Request) -> Upgrade {
        Upgrade { realtime: self.clone(), request, data: Arc::new(()), message: None, close: None }
    }
}

impl<T: Send + Sync + 'static> Upgrade<T> {
    /// Gives the socket something of the app's to carry. Comes before the hooks, which are of its type.
    pub fn data<U>(self, data: U) -> Upgrade<U> {
        let Self { realtime, request, .. } = self;
        Upgrade { realtime, request, data: Arc::new(data), message: None, close: None }
    }

    /// Runs for every message, one after the other, each within `Limits::handler_time`. An error is told to the
    /// client as an error message of the protocol's.
    pub fn on_message<F, R>(mut self, hook: F) -> Self
    where
        F: Fn(Socket<T>, Message) -> R + Send + Sync + 'static,
        R: Future<Output = Result> + Send + 'static,
    {
        self.message = Some(Hook::new(move |(socket, message)| hook(socket, message)));
        self
    }

    /// Runs when the socket is gone, whoever closed it.
    pub fn on_close<F, R>(mut self, hook: F) -> Self
    where
        F: Fn(Socket<T>) -> R + Send + Sync + 'static,
        R: Future<Output = Result> + Send + 'static,
    {
        self.close = Some(Hook::new(hook));
        self
    }
}

impl<T: Send + Sync + 'static> IntoResponse for Upgrade<T> {
    fn into_response(self) -> Response {
        let Self { realtime, request, data, message, close } = self;
        let (parts, _) = request.into_parts();
        let begin = move |connected: &mut Connected| {
            let socket = Socket::with(&connected.connection, data);
            let time = connected.realtime.settings.limits.handler_time;
            let close = close.map(|close| close.run(socket.clone(), time, Code::HandlerError));
            let message = message.map(|hook| {
                let hook = move |message| hook.run((socket.clone(), message), time, Code::HandlerError);
                Box::new(hook) as Box<dyn Fn(Message) -> _ + Send + Sync>
            });
            connected.speak(Raw { message, close });
        };
        websocket::upgrade(&realtime, parts, begin)
    }
}
