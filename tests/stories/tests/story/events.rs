//! Order, independence, and handlers that go wrong.

use std::time::Duration;

use holm_wire::Code;
use holm_wire::down::Down;
use stories::peer::{Peer, event};
use stories::server::Server;
use stories::stage::{Limits, app};

#[tokio::test]
async fn a_hundred_pipelined_events_give_their_results_in_order() {
    let server = Server::start(app(Limits::default())).await.unwrap();
    let (mut peer, ids) = Peer::visit(server.address, "/").await;
    let island = ids[0];
    let all = (1..=100).map(|n| event(island, n, "set", &format!(r#"{{"to":{n}}}"#)));
    peer.send_all(all).await.unwrap();
    let mut last = 0;
    while last < 100 {
        match peer.frame().await.down() {
            Down::Ack { seq, .. } | Down::EditAck { seq, .. } => {
                assert!(seq > last, "{seq} after {last}");
                last = seq;
            }
            Down::Error { code, sentence, .. } => panic!("{code}: {sentence}"),
            _ => {}
        }
    }
    assert!(peer.html(island).await.contains("live: 100"));
}

#[tokio::test]
async fn an_event_that_changes_nothing_is_acknowledged_with_nothing_else() {
    let server = Server::start(app(Limits::default())).await.unwrap();
    let (mut peer, ids) = Peer::visit(server.address, "/").await;
    peer.send(event(ids[0], 1, "noop", "")).await.unwrap();
    let frame = peer.frame_that(|down| !matches!(down, Down::Seal { .. })).await;
    assert_eq!(frame.down(), Down::Ack { island: ids[0], seq: 1 });
}

#[tokio::test]
async fn a_number_that_leaves_a_gap_is_refused() {
    let server = Server::start(app(Limits::default())).await.unwrap();
    let (mut peer, ids) = Peer::visit(server.address, "/").await;
    peer.send(event(ids[0], 7, "inc", "")).await.unwrap();
    assert_eq!(peer.error().await, Code::EventGap);
}

#[tokio::test]
async fn two_tabs_are_independent() {
    let server = Server::start(app(Limits::default())).await.unwrap();
    let (mut one, ids) = Peer::visit(server.address, "/").await;
    let (mut two, others) = Peer::visit(server.address, "/").await;
    one.send(event(ids[0], 1, "set", r#"{"to":5}"#)).await.unwrap();
    assert_eq!(one.settled(ids[0], 1).await, Ok(()));
    two.send(event(others[0], 1, "inc", "")).await.unwrap();
    assert_eq!(two.settled(others[0], 1).await, Ok(()));
    assert!(one.html(ids[0]).await.contains("live: 5<"));
    assert!(two.html(others[0]).await.contains("live: 1<"));
}

#[tokio::test]
async fn an_error_and_a_panic_keep_the_old_state_and_the_other_island() {
    let server = Server::start(app(Limits::default())).await.unwrap();
    let (mut peer, ids) = Peer::visit(server.address, "/moods").await;
    let [mood, counter] = ids[..] else { panic!("two islands: {ids:?}") };
    peer.send(event(mood, 1, "fine", "")).await.unwrap();
    assert_eq!(peer.settled(mood, 1).await, Ok(()));
    peer.send(event(mood, 2, "fail", "")).await.unwrap();
    assert_eq!(peer.settled(mood, 2).await, Err(Code::HandlerError));
    peer.send(event(mood, 3, "panic", "")).await.unwrap();
    assert_eq!(peer.settled(mood, 3).await, Err(Code::HandlerPanic));
    assert!(peer.html(mood).await.contains("good: 1<"));
    peer.send(event(counter, 1, "inc", "")).await.unwrap();
    assert_eq!(peer.settled(counter, 1).await, Ok(()));
    peer.send(event(mood, 4, "fine", "")).await.unwrap();
    assert_eq!(peer.settled(mood, 4).await, Ok(()));
}

#[tokio::test]
async fn the_sentence_of_a_failed_handler_tells_the_page_nothing_private() {
    let server = Server::start(app(Limits::default())).await.unwrap();
    let (mut peer, ids) = Peer::visit(server.address, "/moods").await;
    peer.send(event(ids[0], 1, "fail", "")).await.unwrap();
    let frame = peer.frame_that(|down| matches!(down, Down::Error { .. })).await;
    let Down::Error { sentence, .. } = frame.down() else { unreachable!() };
    assert!(!sentence.contains("till"), "the cause belongs in the log: {sentence}");
    assert!(!sentence.is_empty());
}

#[tokio::test]
async fn a_slow_handler_holds_up_neither_the_other_island_nor_heartbeats() {
    let server = Server::start(app(Limits::default())).await.unwrap();
    let (mut peer, ids) = Peer::visit(server.address, "/moods").await;
    let [mood, counter] = ids[..] else { panic!("two islands: {ids:?}") };
    peer.send(event(mood, 1, "dawdle", r#"{"ms":4000}"#)).await.unwrap();
    peer.send(event(counter, 1, "inc", "")).await.unwrap();
    peer.send(vec![0x00]).await.unwrap();
    let (mut done, mut heartbeat) = (false, false);
    while !(done && heartbeat) {
        match peer.frame().await.down() {
            Down::EditAck { island, seq: 1, .. } if island == counter => done = true,
            Down::Heartbeat => heartbeat = true,
            Down::EditAck { island, .. } if island == mood => panic!("the slow one came first"),
            _ => {}
        }
    }
    assert_eq!(peer.settled(mood, 1).await, Ok(()));
}

#[tokio::test]
async fn a_handler_that_overruns_is_cut_and_keeps_the_old_state() {
    let limits = Limits { handler_time: Duration::from_millis(50), ..Limits::default() };
    let server = Server::start(app(limits)).await.unwrap();
    let (mut peer, ids) = Peer::visit(server.address, "/moods").await;
    peer.send(event(ids[0], 1, "dawdle", r#"{"ms":60000}"#)).await.unwrap();
    assert_eq!(peer.settled(ids[0], 1).await, Err(Code::HandlerTimeout));
    assert!(peer.html(ids[0]).await.contains("good: 0<"));
}

#[tokio::test]
async fn a_nested_island_takes_its_own_events() {
    let server = Server::start(app(Limits::default())).await.unwrap();
    let (mut peer, ids) = Peer::visit(server.address, "/board").await;
    let [board, child] = ids[..] else { panic!("a board and its child: {ids:?}") };
    peer.send(event(child, 1, "tap", "")).await.unwrap();
    assert_eq!(peer.settled(child, 1).await, Ok(()));
    assert!(peer.html(child).await.contains("tapped 1"));
    peer.send(event(board, 1, "add", "")).await.unwrap();
    let frame = peer.frame_that(|down| matches!(down, Down::Mount { .. })).await;
    let Down::Mount { parent, key, name, html, id } = frame.down() else { unreachable!() };
    assert_eq!((parent, key, name), (board, "child-1", "Child"));
    assert!(html.contains("tapped 1"), "{html}");
    peer.send(event(id, 1, "tap", "")).await.unwrap();
    assert_eq!(peer.settled(id, 1).await, Ok(()));
    assert!(peer.html(id).await.contains("tapped 2"));
}

#[tokio::test]
async fn an_island_can_push_set_the_title_and_change_on_its_own() {
    let server = Server::start(app(Limits::default())).await.unwrap();
    let (mut peer, ids) = Peer::visit(server.address, "/ticker").await;
    peer.send(event(ids[0], 1, "push", "")).await.unwrap();
    let (mut pushed, mut titled) = (false, false);
    while !(pushed && titled) {
        match peer.frame().await.down() {
            Down::Push { island, name: "ticked", json: "0" } => pushed = island == ids[0],
            Down::Title { text: "Pushed" } => titled = true,
            _ => {}
        }
    }
    peer.send(event(ids[0], 2, "start", r#"{"every":5,"load":0}"#)).await.unwrap();
    for _ in 0..3 {
        peer.frame_that(|down| matches!(down, Down::Edit { .. })).await;
    }
}
