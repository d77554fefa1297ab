//! The floors of everything that is said to many: axum and `tokio::sync::broadcast`, as anyone would write it.

use std::convert::Infallible;

use axum::Router;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Path, State};
use axum::response::sse::{Event, KeepAlive};
use axum::response::{Response, Sse};
use axum::routing::get;
use futures_util::{Stream, stream};
use tokio::sync::broadcast::{self, Receiver, Sender, error::RecvError};

/// Messages that may wait for one listener; as many as a realtime client's may.
const WAITING: usize = 1_024;

/// `/raw/hear` and `/raw/events` hear what is said: at `/raw/tell`, each text message as it is, and at
/// `/raw/shout/{bytes}`, so many bytes. `/raw/pour/{lines}/{bytes}` sends so many messages to one socket.
pub fn routes() -> Router {
    let (sender, _) = broadcast::channel::<Message>(WAITING);
    Router::new()
        .route("/raw/hear", get(hear))
        .route("/raw/events", get(events))
        .route("/raw/tell", get(tell))
        .route("/raw/shout/{bytes}", get(shout))
        .route("/raw/pour/{lines}/{bytes}", get(pour))
        .with_state(sender)
}

/// The buffers that Holm uses, so that memory and system calls are comparable.
pub(crate) fn small(upgrade: WebSocketUpgrade) -> WebSocketUpgrade {
    upgrade.read_buffer_size(1024).write_buffer_size(0)
}

async fn hear(State(sender): State<Sender<Message>>, upgrade: WebSocketUpgrade) -> Response {
    let heard = sender.subscribe();
    small(upgrade).on_upgrade(|socket| forward(socket, heard))
}

async fn forward(mut socket: WebSocket, mut heard: Receiver<Message>) {
    loop {
        tokio::select! {
            said = heard.recv() => match said {
                Ok(message) => if socket.send(message).await.is_err() { return },
                Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return,
            },
            came = socket.recv() => if !matches!(came, Some(Ok(_))) { return },
        }
    }
}

async fn events(State(sender): State<Sender<Message>>) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let said = stream::unfold(sender.subscribe(), async |mut heard| {
        loop {
            match heard.recv().await {
                Ok(Message::Text(text)) => return Some((Ok(Event::default().data(text.as_str())), heard)),
                Ok(_) | Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return None,
            }
        }
    });
    Sse::new(said).keep_alive(KeepAlive::default())
}

async fn tell(State(sender): State<Sender<Message>>, upgrade: WebSocketUpgrade) -> Response {
    small(upgrade).on_upgrade(async move |mut socket| {
        while let Some(Ok(message)) = socket.recv().await {
            if matches!(message, Message::Text(_)) {
                let _ = sender.send(message);
            }
        }
    })
}

async fn shout(State(sender): State<Sender<Message>>, Path(bytes): Path<usize>) {
    let _ = sender.send(Message::Binary(vec![0; bytes].into()));
}

/// Waits for a word, then sends one message after the other, and again at the next word.
async fn pour(Path((lines, bytes)): Path<(u64, usize)>, upgrade: WebSocketUpgrade) -> Response {
    small(upgrade).on_upgrade(async move |mut socket| {
        while let Some(Ok(Message::Binary(_))) = socket.recv().await {
            for _ in 0..lines {
                if socket.send(Message::Binary(vec![0; bytes].into())).await.is_err() {
                    return;
                }
            }
        }
    })
}
