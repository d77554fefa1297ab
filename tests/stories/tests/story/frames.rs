//! What a page may not say: each is answered with a code, and the connection goes on.

use holm_wire::Code;
use stories::http::{self, PageIsland};
use stories::peer::{Peer, event};
use stories::server::Server;
use stories::stage::{Limits, app};

#[tokio::test]
async fn garbage_is_a_bad_frame_and_the_connection_goes_on() {
    let server = Server::start(app(Limits::default())).await.unwrap();
    let (mut peer, ids) = Peer::visit(server.address, "/").await;
    let long_varint = vec![0x02, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f];
    let not_utf8 = vec![0x02, 0x00, 0x01, 0x02, 0xff, 0xfe];
    let claims_too_many = vec![0x01, 0x00, 0x01, b'/', 0xff, 0xff, 0xff, 0xff, 0x0f];
    for garbage in
        [vec![], vec![0x7f], vec![0xff; 100], vec![0x00, 0x00], long_varint, not_utf8, claims_too_many]
    {
        peer.send(garbage.clone()).await.unwrap();
        assert_eq!(peer.error().await, Code::BadFrame, "{garbage:02x?}");
    }
    peer.send(event(ids[0], 1, "inc", "")).await.unwrap();
    assert_eq!(peer.settled(ids[0], 1).await, Ok(()));
}

#[tokio::test]
async fn a_peer_that_says_nothing_but_garbage_is_closed() {
    let limits = Limits { bad_frames: 3, ..Limits::default() };
    let server = Server::start(app(limits)).await.unwrap();
    let (mut peer, _) = Peer::visit(server.address, "/").await;
    for _ in 0..5 {
        // The last of them may meet a socket that is closed already.
        let _ = peer.send(vec![0x7f]).await;
    }
    assert_eq!(peer.closed().await.code, Code::TooManyBadFrames.close());
}

#[tokio::test]
async fn names_that_every_object_has_are_unknown_events() {
    let server = Server::start(app(Limits::default())).await.unwrap();
    let (mut peer, ids) = Peer::visit(server.address, "/").await;
    let names = ["toString", "__proto__", "constructor", "Inc", "inc ", " ", "nope"];
    for (seq, name) in (1..).zip(names) {
        peer.send(event(ids[0], seq, name, "")).await.unwrap();
        assert_eq!(peer.settled(ids[0], seq).await, Err(Code::UnknownEvent), "{name:?}");
    }
    assert!(peer.html(ids[0]).await.contains("live: 0"));
}

#[tokio::test]
async fn a_server_variant_cannot_be_sent_by_a_page() {
    let server = Server::start(app(Limits::default())).await.unwrap();
    let (mut peer, ids) = Peer::visit(server.address, "/ticker").await;
    peer.send(event(ids[0], 1, "tick", "")).await.unwrap();
    assert_eq!(peer.settled(ids[0], 1).await, Err(Code::UnknownEvent));
}

#[tokio::test]
async fn a_payload_that_does_not_decode_is_refused_and_the_state_kept() {
    let server = Server::start(app(Limits::default())).await.unwrap();
    let (mut peer, ids) = Peer::visit(server.address, "/").await;
    let deep = "[".repeat(10_000);
    let payloads = ["", "{", "null", "{}", r#"{"to":"3"}"#, r#"{"to":1e99}"#, r#"{"to":3}x"#, &deep];
    for (seq, payload) in (1..).zip(payloads) {
        peer.send(event(ids[1], seq, "set", payload)).await.unwrap();
        assert_eq!(peer.settled(ids[1], seq).await, Err(Code::BadPayload), "{payload:.20}");
    }
    assert!(peer.html(ids[1]).await.contains("live: 10<"));
}

#[tokio::test]
async fn an_oversized_frame_is_refused_and_the_connection_goes_on() {
    let server = Server::start(app(Limits::default())).await.unwrap();
    let (mut peer, ids) = Peer::visit(server.address, "/").await;
    peer.send(event(ids[0], 1, "set", &" ".repeat(100_000))).await.unwrap();
    assert_eq!(peer.error().await, Code::FrameTooLarge);
    peer.send(event(ids[1], 1, "inc", "")).await.unwrap();
    assert_eq!(peer.settled(ids[1], 1).await, Ok(()));
}

#[tokio::test]
async fn an_island_that_is_not_registered_or_not_joined_is_named_so() {
    let server = Server::start(app(Limits::default())).await.unwrap();
    let page = http::get(server.address, "/").await.unwrap();
    let mut peer = Peer::open(server.address).await.unwrap();
    for name in ["Nope", "__proto__", "toString", ""] {
        let island = PageIsland { name: name.into(), ..page.islands()[0].clone() };
        peer.send(stories::peer::join("/", 0, &[island])).await.unwrap();
        assert_eq!(peer.error().await, Code::UnknownIsland, "{name:?}");
    }
    peer.send(event(999_999, 1, "inc", "")).await.unwrap();
    assert_eq!(peer.error().await, Code::NotJoined);
    let ids = peer.join("/", 0, &page.islands()).await;
    peer.send(event(ids[0], 1, "inc", "")).await.unwrap();
    assert_eq!(peer.settled(ids[0], 1).await, Ok(()));
}
