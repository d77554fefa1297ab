//! Channels for any client, without an island: over a WebSocket, as server-sent events, or by polling.
//!
//! The page speaks over a WebSocket; beside it, from a terminal:
//!
//! ```sh
//! curl -N -H 'Accept: text/event-stream' '127.0.0.1:3000/realtime?channel=room/7&channel=clock'
//! curl '127.0.0.1:3000/realtime?channel=room/7&after=oldest'
//! curl 127.0.0.1:3000/realtime -H 'Content-Type: application/json' \
//!     -d '{"type":"send","channel":"room/7","data":{"name":"ada","text":"hello"}}'
//! ```

#![forbid(unsafe_code)]

use std::time::Duration;

use holm::prelude::*;
use holm::realtime::{Channel, Event, Realtime, Sender};

#[derive(Serialize, Deserialize)]
struct Line {
    name: String,
    text: String,
}

/// Looks at what a client says, and passes it on to everybody in the room.
async fn say(from: Sender, event: Event) -> holm::Result {
    let line: Line = event.read()?;
    if line.name.trim().is_empty() || line.text.trim().is_empty() {
        return Err(holm::Error::public("Somebody says something, or it is no line."));
    }
    from.channel().broadcast(Event::new("said").json(&line)?);
    Ok(())
}

async fn home(page: Page) -> Page {
    let head = html! {
        // An icon without a file, which no browser asks for.
        link rel="icon" href="data:,";
        style { "li { overflow-wrap: anywhere } .gap { font-style: italic }" }
    };
    page.title("Room 7").head(head).body(|_| {
        html! {
            h1 { "Room 7" }
            p { time {} " seconds since the server started" }
            ol role="log" aria-label="What was said" {}
            form {
                label { "Name " input name="name" required; } " "
                label { "Text " input name="text" required autocomplete="off"; } " "
                button { "Say" }
            }
            p role="alert" {}
            script { (PreEscaped(include_str!("page.js"))) }
        }
    })
}

#[tokio::main]
async fn main() -> holm::Result {
    let live = Live::new();
    let realtime = Realtime::new()
        // One hub: when the server stops, these connections are told as those of islands are.
        .with_hub(live.hub())
        // Anybody may listen in any room; `Channel::authorize` would ask.
        .channel("room/*", Channel::new().history(100).on_message(say))
        .channel("clock", Channel::new());

    // The server speaks whenever it has something to say.
    let clock = realtime.to_channel("clock");
    tokio::spawn(async move {
        let mut ticks = tokio::time::interval(Duration::from_secs(1));
        for second in 0_u64.. {
            ticks.tick().await;
            clock.broadcast(Event::new("tick").text(second.to_string()));
        }
    });

    let app = Router::new().route("/", get(home)).route("/realtime", realtime.endpoint()).with_live(live);
    holm::serve(app).await
}
