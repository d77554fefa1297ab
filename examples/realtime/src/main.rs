//! Channels for any client, without an island: over a WebSocket, as server-sent events, or by polling.
//!
//! ```sh
//! curl -N -H 'Accept: text/event-stream' '127.0.0.1:3000/realtime?channel=room/7'
//! curl 127.0.0.1:3000/say/room/7 -d name=ada -d text=hello
//! ```

#![forbid(unsafe_code)]

use std::time::Duration;

use axum::extract::{Form, Path, State};
use axum::routing::post;
use holm::prelude::*;
use holm::realtime::{Channel, Event, Realtime};

#[derive(Serialize, Deserialize)]
struct Line {
    name: String,
    text: String,
}

/// Says something in a room; gives how many connections heard it.
async fn say(
    State(realtime): State<Realtime>,
    Path(room): Path<String>,
    Form(line): Form<Line>,
) -> holm::Result<String> {
    if line.name.is_empty() || line.text.len() > 1_000 {
        return Err(holm::Error::public("Who says so, and in less than a thousand letters?"));
    }
    let heard = realtime.to_channel(&format!("room/{room}")).broadcast(Event::new("said").json(&line)?);
    Ok(format!("heard by {heard}\n"))
}

/// A page of a few lines that listens with what every browser has.
async fn home(page: Page) -> Page {
    page.title("A room").body(|_| {
        html! {
            h1 { "Room 7" }
            form method="post" action="/say/7" {
                label { "Name " input name="name" required; } " "
                label { "Text " input name="text" required; } " "
                button { "Say" }
            }
            ol role="log" aria-label="What was said" {}
            script { (PreEscaped(include_str!("page.js"))) }
        }
    })
}

#[tokio::main]
async fn main() -> holm::Result {
    let live = Live::new();
    let realtime = Realtime::new()
        .with_hub(live.hub())
        // Anybody may listen in any room. A real app asks: `Channel::new().authorize(…)`.
        .channel("room/*", Channel::new().history(100).presence(true))
        .channel("clock", Channel::new());

    // The server speaks whenever it has something to say.
    let clock = realtime.clone();
    tokio::spawn(async move {
        let mut ticks = tokio::time::interval(Duration::from_secs(1));
        for second in 0_u64.. {
            ticks.tick().await;
            clock.to_channel("clock").broadcast(Event::new("tick").text(second.to_string()));
        }
    });

    let app = Router::new()
        .route("/", get(home))
        .route("/say/{room}", post(say))
        .route("/realtime", realtime.endpoint())
        .with_state(realtime)
        .with_live(live);
    holm::serve(app).await
}
