//! Realtime channels as the measurements use them.

use axum::Router;
use axum::extract::State;
use axum::extract::ws::{Message, WebSocketUpgrade};
use axum::response::Response;
use axum::routing::get;
use holm::Limits;
use holm::realtime::{Channel, Event, Realtime};
use serde_json::value::RawValue;

use crate::delivery::CHANNEL;
use crate::raw::small;

/// Events that a channel keeps for those who come back.
const KEPT: usize = 1_024;

/// `/realtime` is the endpoint. What comes in at `/channels/tell` is broadcast; `/channels/counts` tells how many
/// connections and channels there are.
pub(crate) fn routes(limits: &Limits) -> Router {
    let limits = Limits {
        realtime_connections: 20_000,
        realtime_per_second: 1_000_000,
        realtime_burst: 1_000_000,
        channel_history: KEPT,
        ..limits.clone()
    };
    let realtime = Realtime::new()
        .limits(limits)
        .channel(CHANNEL, Channel::new().history(KEPT))
        .channel("berth", Channel::new());
    let endpoint = realtime.endpoint();
    Router::new()
        .route("/channels/tell", get(tell))
        .route("/channels/counts", get(counts))
        .with_state(realtime)
        .route("/realtime", endpoint)
}

async fn tell(State(realtime): State<Realtime>, upgrade: WebSocketUpgrade) -> Response {
    small(upgrade).on_upgrade(async move |mut socket| {
        while let Some(Ok(message)) = socket.recv().await {
            let Message::Text(text) = message else { continue };
            let json = serde_json::from_str::<&RawValue>(&text);
            if let Ok(event) = json.map_err(holm::Error::from).and_then(|json| Event::new("ships").json(json))
            {
                realtime.to_channel(CHANNEL).broadcast(event);
            }
        }
    })
}

async fn counts(State(realtime): State<Realtime>) -> String {
    format!("{} {}", realtime.connections(), realtime.channel_count())
}
