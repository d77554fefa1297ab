//! Realtime channels as a program, for stories with clients that are not Holm's; it listens where
//! `HOLM_ADDR` says. What happens on the server is asked for over plain HTTP.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::extract::{Query, Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use holm::realtime::{Channel, Event, Joiner, Realtime};
use holm::{Limits, Principal};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Clone)]
struct Server {
    realtime: Realtime,
    /// How many feeds have a producer at work.
    feeds: Arc<AtomicUsize>,
}

/// What the server is asked to say.
#[derive(Deserialize)]
struct Said {
    channel: String,
    name: String,
    /// The numbers from here up to `to`, one event each.
    from: u64,
    to: u64,
}

#[tokio::main]
async fn main() -> holm::Result {
    let realtime = Realtime::new()
        .limits(Limits { stream_time: Duration::from_mins(2), ..Limits::default() })
        .identify(|request| async move {
            let user = request.headers.get("x-user").and_then(|user| user.to_str().ok());
            Ok(user.map_or_else(Principal::anonymous, Principal::new))
        })
        .channel(
            "room/*",
            Channel::new().history(256).clients_publish(true).authorize(|who: Joiner| async move {
                if who.param() == "attic" { Err(holm::Error::public("Nobody goes there.")) } else { Ok(()) }
            }),
        )
        .channel("short", Channel::new().history(2))
        .channel("plain", Channel::new());
    let endpoint = realtime.endpoint();
    let server = Server { realtime, feeds: Arc::default() };
    let app = Router::new()
        .route("/", get(page))
        .route("/feed", get(feed))
        .route("/count", get(count))
        .route("/say", post(say))
        .with_state(server)
        .route("/realtime", endpoint);
    holm::serve(app).await
}

/// A page without any script of Holm's.
async fn page() -> axum::response::Html<&'static str> {
    axum::response::Html("<!doctype html><title>channels</title><p>A page.")
}

/// A stream that the app feeds: a tick at once, and one every 50 ms as long as somebody reads.
async fn feed(State(server): State<Server>, request: Request) -> Response {
    let (response, sender) = match server.realtime.sse(request).await {
        Ok(opened) => opened,
        Err(refusal) => return refusal,
    };
    server.feeds.fetch_add(1, Ordering::SeqCst);
    tokio::spawn(async move {
        for tick in 0_u64.. {
            let event = Event::new("tick").text(format!("tick {tick}\nof many")).id(tick.to_string());
            if sender.send(event).await.is_err() {
                break;
            }
            tokio::select! {
                () = sender.closed() => break,
                () = tokio::time::sleep(Duration::from_millis(50)) => {}
            }
        }
        server.feeds.fetch_sub(1, Ordering::SeqCst);
    });
    response
}

async fn say(State(server): State<Server>, Query(said): Query<Said>) -> impl IntoResponse {
    let channel = server.realtime.to_channel(&said.channel);
    let mut took = 0;
    for number in said.from..said.to {
        match Event::new(&said.name).json(&number) {
            // Whoever loses its stream comes back soon, so that stories with many losses are short.
            Ok(event) => took += channel.broadcast(event.retry(Duration::from_millis(30))),
            Err(error) => tracing::error!(%error, "a number is JSON"),
        }
    }
    Json(json!({ "took": took }))
}

async fn count(State(server): State<Server>) -> Json<Value> {
    Json(json!({
        "connections": server.realtime.connections(),
        "channels": server.realtime.channel_count(),
        "feeds": server.feeds.load(Ordering::SeqCst),
    }))
}
