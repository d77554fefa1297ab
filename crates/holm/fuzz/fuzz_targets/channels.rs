//! Any bytes from a client of realtime channels: never a panic, never a server error, and whatever names, ids and
//! data it chooses, what others read is JSON, or an event stream whose every line is one of the server's.
#![no_main]

use axum::Router;
use axum::http::StatusCode;
use holm::Limits;
use holm::realtime::{Channel, Realtime};
use holm::test::{App, Peer};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

#[allow(dead_code, reason = "the islands of its app are for the other targets")]
#[path = "stage.rs"]
mod stage;

/// Puts text into an address: what may not stand there is escaped.
fn escaped(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("%{byte:02x}")).collect()
}

/// The answer's JSON.
fn json(body: &[u8]) -> Value {
    serde_json::from_slice(body).expect("the server speaks JSON")
}

fn check_stream(body: &[u8]) {
    let text = std::str::from_utf8(body).expect("UTF-8");
    assert!(text.ends_with("\n\n") && !text.contains('\r'), "{text:?}");
    for line in text.lines() {
        let field = line.split_once(": ").map(|(field, _)| field);
        let known = matches!(field, Some("id" | "event" | "data" | "retry"));
        assert!(known || line.is_empty() || line == ":", "{line:?}");
    }
}

fuzz_target!(|data: &[u8]| {
    let mut data = data;
    let Some((kind, rest)) = data.split_first() else { return };
    data = rest;
    stage::runtime().block_on(async {
        let limits = Limits { channel_history: 8, channel_subscriptions: 4, ..Limits::default() };
        let realtime = Realtime::new()
            .limits(limits)
            .channel("room/*", Channel::new().history(8).clients_publish(true).presence(true))
            .channel("*", Channel::new().clients_publish(true));
        let app = App::new(Router::new().route("/realtime", realtime.endpoint()));

        // Over a socket, several messages; another client is in the same channel.
        let mut witness = Peer::connect(&realtime).await;
        witness.subscribe("room/1").await;
        let mut peer = Peer::connect(&realtime).await;
        for _ in 0..(kind & 7) {
            peer.send_text(&String::from_utf8_lossy(stage::piece(&mut data))).await;
            peer.due();
            witness.due();
        }

        let headers: [(&str, &[u8]); 2] =
            [("content-type", b"application/json"), ("last-event-id", stage::piece(&mut data))];
        let message = stage::piece(&mut data).to_vec();
        if let Some(request) = stage::request("POST", "/realtime", &headers, message) {
            let (status, body) = app.bytes(request).await;
            assert!(status.as_u16() < 500, "{status}");
            json(&body);
        }
        witness.due();

        let channel = escaped(stage::piece(&mut data));
        let mut query = format!("channel=room/1&channel={channel}");
        if kind & 8 != 0 {
            query = format!("{query}&after={}", escaped(stage::piece(&mut data)));
        }
        if kind & 16 != 0 {
            // As it is, where it can stand in an address.
            let raw = String::from_utf8_lossy(data).replace(|char: char| !char.is_ascii_graphic() || char == '#', "");
            query = raw;
        }
        let path = format!("/realtime?{query}");
        let Some(request) = stage::request("GET", &path, &headers, Vec::new()) else { return };
        let (status, body) = app.bytes(request).await;
        assert!(status.as_u16() < 500, "{status}");
        let answer = json(&body);
        if status == StatusCode::OK && kind & 16 == 0 {
            // What an answer says is understood by the server that said it.
            let after = answer["after"].as_str().expect("where the client is");
            let next = format!("/realtime?channel=room/1&channel={channel}&after={after}");
            let request = stage::request("GET", &next, &[], Vec::new()).expect("an address");
            assert_eq!(app.bytes(request).await.0, StatusCode::OK);
        }

        let stream: [(&str, &[u8]); 2] = [("accept", b"text/event-stream"), headers[1]];
        let request = stage::request("GET", &path, &stream, Vec::new()).expect("an address, as before");
        let (status, body) = app.bytes(request).await;
        assert!(status.as_u16() < 500, "{status}");
        if status == StatusCode::OK { check_stream(&body) } else { drop(json(&body)) }
        drop((peer, witness));
        assert_eq!(realtime.connections(), 0);
    });
});
