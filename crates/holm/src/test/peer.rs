//! A realtime client in process: what a WebSocket would carry, without a socket.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use http::Request;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::realtime::{Connected, Due, End, Item, Realtime, Socket};

/// How long the kit waits for a message before the test fails. Nothing waits this long to pass.
const PATIENCE: Duration = Duration::from_secs(20);

/// A client of realtime channels. It drives the endpoint's own connection; dropped, it is gone.
///
/// ```
/// # use holm::realtime::{Channel, Event, Realtime};
/// # use holm::test::Peer;
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let realtime = Realtime::new().channel("room/*", Channel::new());
/// let mut ada = Peer::connect(&realtime).await;
/// ada.subscribe("room/7").await;
/// realtime.to_channel("room/7").broadcast(Event::new("said").text("hello"));
/// assert_eq!(ada.event::<String>().await, "hello");
/// # }
/// ```
#[derive(Debug)]
pub struct Peer {
    connected: Connected,
    /// Read while something else was waited for.
    aside: VecDeque<Value>,
    end: Option<u16>,
}

impl Peer {
    /// Connects as a program would that sends no headers.
    ///
    /// # Panics
    /// When the connection is refused.
    pub async fn connect(realtime: &Realtime) -> Self {
        Self::connect_with(realtime, Request::get("/realtime")).await.expect("the connection is taken")
    }

    /// Connects with this request's headers.
    ///
    /// # Errors
    /// The HTTP status of the refusal.
    ///
    /// # Panics
    /// When the request is none.
    pub async fn connect_with(realtime: &Realtime, request: http::request::Builder) -> Result<Self, u16> {
        let (parts, ()) = request.body(()).expect("a request").into_parts();
        let connected = realtime.admit(&parts).await.map_err(|response| response.status().as_u16())?;
        connected.welcome();
        let mut peer = Self { connected, aside: VecDeque::new(), end: None };
        peer.message("welcome").await;
        Ok(peer)
    }

    /// The connection, as the app holds it.
    pub fn socket(&self) -> Socket {
        self.connected.socket()
    }

    /// Says this text, whatever it is, as soon as the server takes more.
    ///
    /// # Panics
    /// When the server does not for a long time.
    pub async fn send_text(&mut self, text: &str) {
        let taking = poll_fn(|cx| {
            self.connected.poll_work(cx);
            let over = self.connected.is_over();
            if over || self.connected.takes_more() { Poll::Ready(over) } else { Poll::Pending }
        });
        let over = tokio::time::timeout(PATIENCE, taking).await.expect("the server takes a message");
        if !over {
            self.connected.receive(text);
        }
    }

    /// Says this as JSON.
    ///
    /// # Panics
    /// As [`Peer::send_text`].
    pub async fn send_json(&mut self, message: &Value) {
        self.send_text(&message.to_string()).await;
    }

    /// Subscribes to a channel, and gives the server's `subscribed`.
    ///
    /// # Panics
    /// When it is refused.
    pub async fn subscribe(&mut self, channel: &str) -> Value {
        self.try_subscribe(json!({"channel": channel})).await.expect("the subscription is taken")
    }

    /// Subscribes with these fields (`channel`, `id`, `after`, `data`), and gives the server's `subscribed`.
    ///
    /// # Errors
    /// The server's `error`.
    ///
    /// # Panics
    /// When there is no answer.
    pub async fn try_subscribe(&mut self, mut fields: Value) -> Result<Value, Value> {
        let id = fields.get("id").unwrap_or(&fields["channel"]).clone();
        fields["type"] = "subscribe".into();
        self.send_json(&fields).await;
        let about = |message: &Value| message["id"] == id;
        let answer =
            self.message_that(|it| (it["type"] == "subscribed" || it["type"] == "error") && about(it)).await;
        if answer["type"] == "error" { Err(answer) } else { Ok(answer) }
    }

    /// Says something in a channel, and gives to how many it went.
    ///
    /// # Errors
    /// The server's `error`.
    ///
    /// # Panics
    /// When there is no answer, or the data is no JSON.
    pub async fn send<T: Serialize>(&mut self, channel: &str, name: &str, data: &T) -> Result<u64, Value> {
        let data = serde_json::to_value(data).expect("data that is JSON");
        let message = json!({"type": "send", "id": "sent", "channel": channel, "name": name, "data": data});
        self.send_json(&message).await;
        let about = |it: &Value| it["id"] == "sent" && (it["type"] == "ack" || it["type"] == "error");
        let answer = self.message_that(about).await;
        answer["delivered"].as_u64().ok_or(answer)
    }

    /// The data of the next event.
    ///
    /// # Panics
    /// When none comes, or it is of another shape.
    pub async fn event<T: DeserializeOwned>(&mut self) -> T {
        let mut event = self.message("event").await;
        serde_json::from_value(event["data"].take()).expect("data of this shape")
    }

    /// The next message of this type; those before it are kept.
    ///
    /// # Panics
    /// When none comes.
    pub async fn message(&mut self, kind: &str) -> Value {
        self.message_that(|message| message["type"] == kind).await
    }

    /// The first message that `wanted` accepts; those before it are kept.
    ///
    /// # Panics
    /// When none comes.
    pub async fn message_that(&mut self, wanted: impl Fn(&Value) -> bool) -> Value {
        if let Some(at) = self.aside.iter().position(&wanted) {
            return self.aside.remove(at).expect("found there");
        }
        let waiting = async {
            loop {
                match poll_fn(|cx| self.poll(cx)).await {
                    Some(message) if wanted(&message) => return message,
                    Some(message) => self.aside.push_back(message),
                    None => panic!("the connection ended with {:?}, after {:?}", self.end, self.aside),
                }
            }
        };
        tokio::time::timeout(PATIENCE, waiting).await.expect("a message")
    }

    /// Everything that is due now, without waiting.
    pub fn due(&mut self) -> Vec<Value> {
        let mut cx = Context::from_waker(Waker::noop());
        let mut due: Vec<_> = self.aside.drain(..).collect();
        while let Poll::Ready(Some(message)) = self.poll(&mut cx) {
            due.push(message);
        }
        due
    }

    /// Waits until the server ends the connection, and gives the WebSocket close code.
    ///
    /// # Panics
    /// When it does not.
    pub async fn closed(&mut self) -> u16 {
        let end = async { while poll_fn(|cx| self.poll(cx)).await.is_some() {} };
        tokio::time::timeout(PATIENCE, end).await.expect("the server ends the connection");
        self.end.unwrap_or_default()
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Value>> {
        let item = match self.connected.poll_next(cx) {
            Poll::Pending => return Poll::Pending,
            Poll::Ready(Due::End(end)) => {
                self.end = Some(End::close_code(end));
                return Poll::Ready(None);
            }
            Poll::Ready(Due::Item(item)) => item,
        };
        let text = match item {
            Item::Event { sub, event } => event.json(sub.as_deref()).as_str().to_owned(),
            Item::Note { json, .. } => json.as_str().to_owned(),
            Item::Text(text) => return Poll::Ready(Some(Value::from(text.as_str()))),
            Item::Binary(bytes) => return Poll::Ready(Some(Value::from(bytes.to_vec()))),
        };
        Poll::Ready(Some(serde_json::from_str(&text).expect("the server speaks JSON")))
    }
}
