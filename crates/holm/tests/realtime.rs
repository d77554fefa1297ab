//! Realtime channels in process: what each client hears, what each hook sees, and what is refused.
//! Rules on sockets are told in the stories; rules of event streams stand beside their code.

#[path = "realtime/ends.rs"]
mod ends;
#[path = "realtime/hooks.rs"]
mod hooks;
#[path = "realtime/protocol.rs"]
mod protocol;
#[path = "realtime/reach.rs"]
mod reach;
#[path = "realtime/resume.rs"]
mod resume;
#[path = "realtime/streams.rs"]
mod streams;

use holm::Principal;
use holm::realtime::{Channel, Event, Realtime};
use holm::test::Peer;
use http::Request;

/// Rooms that anybody may enter, and a principal by header.
fn rooms(channel: Channel) -> Realtime {
    named(Realtime::new().channel("room/*", channel))
}

fn named(realtime: Realtime) -> Realtime {
    realtime.identify(|request| async move {
        let user = request.headers.get("x-user").and_then(|user| user.to_str().ok());
        Ok(user.map_or_else(Principal::anonymous, Principal::new))
    })
}

/// A connection of this user's.
async fn user(realtime: &Realtime, name: &str) -> Peer {
    Peer::connect_with(realtime, Request::get("/realtime").header("x-user", name)).await.expect("a place")
}

fn said(text: &str) -> Event {
    Event::new("said").text(text)
}

/// What has come of events, by their data.
fn heard(peer: &mut Peer) -> Vec<String> {
    let due = peer.due().into_iter().filter(|message| message["type"] == "event");
    due.map(|event| event["data"].as_str().unwrap_or("?").to_owned()).collect()
}

/// Waits until something is so that other tasks bring about.
async fn until(mut so: impl FnMut() -> bool) {
    for _ in 0..10_000 {
        if so() {
            return;
        }
        tokio::task::yield_now().await;
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    }
    panic!("it never was so");
}
