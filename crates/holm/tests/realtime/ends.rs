//! How connections end: too slow, sent away, with the server, and refused at the door.

use std::time::Duration;

use holm::realtime::{Channel, Realtime};
use holm::test::Peer;
use holm::{Error, Limits, Live, Principal};
use http::Request;
use serde_json::json;

use super::{heard, rooms, said, until, user};

#[tokio::test]
async fn a_client_that_takes_nothing_is_sent_away_and_comes_back_where_it_was() {
    let limits = Limits { realtime_outbox: 8, ..Limits::default() };
    let realtime = rooms(Channel::new().history(100)).limits(limits);
    let (mut slow, mut quick) = (user(&realtime, "slow").await, user(&realtime, "quick").await);
    let cursor = slow.subscribe("room/7").await["cursor"].clone();
    quick.subscribe("room/7").await;
    let room = realtime.to_channel("room/7");
    for n in 0..50 {
        let took = room.broadcast(said(&n.to_string()));
        let expected = if n < 8 { 2 } else { 1 };
        assert_eq!((took, room.size()), (expected, expected), "it is out before its own driver knows");
        assert_eq!(heard(&mut quick), [n.to_string()]);
    }
    assert_eq!(slow.closed().await, 4409);
    assert_eq!((room.size(), slow.socket().is_open()), (1, false));
    let mut back = user(&realtime, "slow").await;
    back.try_subscribe(json!({"channel": "room/7", "after": cursor})).await.unwrap();
    assert_eq!(heard(&mut back), (0..50).map(|n| n.to_string()).collect::<Vec<_>>());
}

#[tokio::test]
async fn few_large_events_are_too_many_as_well() {
    let limits = Limits { realtime_outbox_bytes: 10_000, ..Limits::default() };
    let realtime = rooms(Channel::new()).limits(limits);
    let mut slow = user(&realtime, "slow").await;
    slow.subscribe("room/7").await;
    let room = realtime.to_channel("room/7");
    let large = "x".repeat(4_000);
    assert_eq!((0..4).map(|_| room.broadcast(said(&large))).collect::<Vec<_>>(), [1, 1, 0, 0]);
    assert_eq!(slow.closed().await, 4409);
}

#[tokio::test]
async fn who_sends_to_a_slow_socket_waits_and_ends_nobody() {
    let limits = Limits { realtime_outbox: 8, ..Limits::default() };
    let realtime = rooms(Channel::new()).limits(limits);
    let mut slow = user(&realtime, "slow").await;
    let socket = slow.socket();
    let sending = tokio::spawn(async move {
        for n in 0..100 {
            assert!(socket.send(said(&n.to_string())).await);
        }
    });
    for n in 0..100 {
        assert_eq!(slow.event::<String>().await, n.to_string());
    }
    sending.await.unwrap();
    let socket = slow.socket();
    let stuck = tokio::spawn(async move { while socket.send(said("more")).await {} });
    tokio::task::yield_now().await;
    drop(slow);
    stuck.await.expect("who waits hears that the socket is gone");
}

#[tokio::test(start_paused = true)]
async fn at_the_server_s_end_every_client_is_told_and_the_drain_waits_for_hooks() {
    let live = Live::new();
    let left = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let leaving = std::sync::Arc::clone(&left);
    let realtime = rooms(Channel::new().on_leave(move |_| {
        let left = std::sync::Arc::clone(&leaving);
        async move {
            tokio::time::sleep(Duration::from_millis(20)).await;
            left.store(true, std::sync::atomic::Ordering::SeqCst);
            Ok(())
        }
    }))
    .with_hub(live.hub());
    let mut ada = user(&realtime, "ada").await;
    ada.subscribe("room/7").await;
    realtime.to_channel("room/7").broadcast(said("the last"));
    let hub = live.hub();
    let draining = tokio::spawn(async move { hub.drain().await });
    until(|| !ada.socket().is_open()).await;
    assert_eq!(heard(&mut ada), ["the last"], "what waited goes out first");
    assert_eq!(ada.closed().await, 1012);
    let refused = Peer::connect_with(&realtime, Request::get("/")).await.unwrap_err();
    assert_eq!(refused, 503, "nobody comes in any more");
    drop(ada);
    draining.await.unwrap();
    assert!(left.load(std::sync::atomic::Ordering::SeqCst), "the hook of who left has run");
    assert_eq!((realtime.connections(), realtime.channel_count()), (0, 0));
}

#[tokio::test]
async fn a_principal_that_is_cut_off_loses_its_connections() {
    let realtime = rooms(Channel::new());
    let (mut one, mut two) = (user(&realtime, "ada").await, user(&realtime, "ada").await);
    let bob = user(&realtime, "bob").await;
    assert_eq!(realtime.hub().disconnect(&Principal::new("ada")), 2);
    assert_eq!((one.closed().await, two.closed().await), (4309, 4309));
    assert!(bob.socket().is_open());
}

#[tokio::test]
async fn who_is_not_let_in_hears_why() {
    let limits = Limits { handler_time: Duration::from_millis(50), ..Limits::default() };
    let realtime = Realtime::new().limits(limits).allow_origin("https://friend.example").identify(
        |request| async move {
            match request.headers.get("x-how").and_then(|how| how.to_str().ok()) {
                Some("refuse") => Err(Error::public("No.")),
                Some("panic") => panic!("identify panics"),
                Some("never") => std::future::pending().await,
                _ => Ok(Principal::anonymous()),
            }
        },
    );
    for (how, status) in [("refuse", 401), ("panic", 500), ("never", 504)] {
        let request = Request::get("/realtime").header("x-how", how);
        assert_eq!(Peer::connect_with(&realtime, request).await.unwrap_err(), status, "{how}");
    }
    for (origin, fine) in
        [("https://a.example", true), ("https://friend.example", true), ("https://b.example", false)]
    {
        let request = Request::get("/realtime").header("host", "a.example").header("origin", origin);
        let refused = Peer::connect_with(&realtime, request).await.err();
        assert_eq!(refused, (!fine).then_some(403), "{origin}");
    }
    assert_eq!(realtime.connections(), 0, "those who were refused hold no place");
}

#[tokio::test]
async fn a_client_is_whom_its_request_says_or_nobody() {
    let realtime = rooms(Channel::new());
    assert_eq!(user(&realtime, "ada").await.socket().principal().id(), Some("ada"));
    assert_eq!(Peer::connect(&realtime).await.socket().principal().id(), None);
}
