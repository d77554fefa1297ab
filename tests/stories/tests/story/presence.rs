//! Presence: who wants it gets it, coalesced; who does not gets none.

use std::time::Instant;

use holm_wire::down::Down;
use holm_wire::up::{WANTS_PAGE_PRESENCE, WANTS_TOTAL_PRESENCE};
use stories::http;
use stories::peer::{Peer, event};
use stories::server::Server;
use stories::stage::{Limits, app};

/// Reads until the count of this scope is `wanted`; gives back how many presence frames that took.
async fn until(peer: &mut Peer, total: bool, wanted: u64) -> usize {
    let mut frames = 0;
    loop {
        if let Down::Presence { total: scope, count } = peer.frame().await.down() {
            frames += 1;
            if scope == total && count == wanted {
                return frames;
            }
        }
    }
}

#[tokio::test]
async fn two_pages_see_each_other_come_and_go() {
    let server = Server::start(app(Limits::default())).await.unwrap();
    let islands = http::get(server.address, "/crowd").await.unwrap().islands();
    let wants = WANTS_PAGE_PRESENCE | WANTS_TOTAL_PRESENCE;
    let mut one = Peer::open(server.address).await.unwrap();
    one.join("/crowd", wants, &islands).await;
    until(&mut one, false, 1).await;
    let mut two = Peer::open(server.address).await.unwrap();
    two.join("/crowd", wants, &islands).await;
    until(&mut one, false, 2).await;
    let mut elsewhere = Peer::open(server.address).await.unwrap();
    elsewhere.join("/", 0, &[]).await;
    until(&mut one, true, 3).await;
    two.close().await;
    until(&mut one, false, 1).await;
}

#[tokio::test]
async fn a_rush_is_coalesced_and_a_page_that_asks_for_nothing_gets_nothing() {
    let server = Server::start(app(Limits::default())).await.unwrap();
    let page = http::get(server.address, "/crowd").await.unwrap();
    let islands = page.islands();
    let mut watcher = Peer::open(server.address).await.unwrap();
    watcher.join("/crowd", WANTS_PAGE_PRESENCE, &islands).await;
    let mut deaf = Peer::open(server.address).await.unwrap();
    let ids = deaf.join("/crowd", 0, &islands).await;

    let begun = Instant::now();
    let mut crowd = Vec::new();
    for _ in 0..60 {
        let mut peer = Peer::open(server.address).await.unwrap();
        peer.join("/crowd", WANTS_PAGE_PRESENCE, &islands).await;
        crowd.push(peer);
    }
    let frames = until(&mut watcher, false, 62).await;
    let most = 3 + 4 * usize::try_from(begun.elapsed().as_secs() + 1).unwrap();
    assert!(frames <= most, "{frames} presence frames for 62 joins, at most {most}");

    deaf.send(event(ids[0], 1, "noop", "")).await.unwrap();
    let next = deaf.frame().await;
    assert_eq!(next.down(), Down::Ack { island: ids[0], seq: 1 }, "no presence came before the ack");
}
