//! What a client that means harm may say of sessions: tokens, seals and connections that are not its own, or old.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use holm::prelude::Principal;
use holm_wire::Code;
use holm_wire::down::Down;
use holm_wire::up;
use stories::http::{self, PageIsland};
use stories::peer::{Peer, Session, event};
use stories::server::Server;
use stories::stage::{Limits, app, live, with};

use super::hostile::serves;

/// Joins the page's islands and gives what is known of the session.
async fn joined(server: &Server) -> (Peer, Session, Vec<PageIsland>) {
    let islands = http::get(server.address, "/").await.unwrap().islands();
    let mut peer = Peer::open(server.address).await.unwrap();
    let session = peer.join_as(b"", 1, &islands).await.unwrap();
    (peer, session, islands)
}

/// Does an event that is sealed at once, and gives the seal.
async fn sealed(peer: &mut Peer, id: u64, seq: u64) -> Vec<u8> {
    peer.send(event(id, seq, "inc", "")).await.unwrap();
    let frame = peer
        .frame_that(
            |down| matches!(down, Down::Seal { island, seq: upto, .. } if *island == id && *upto >= seq),
        )
        .await;
    let Down::Seal { seal, .. } = frame.down() else { unreachable!() };
    seal.to_vec()
}

#[tokio::test]
async fn a_token_that_is_none_finds_no_session_and_the_page_can_join_all_the_same() {
    let server = Server::start(app(Limits::default())).await.unwrap();
    let (_peer, session, islands) = joined(&server).await;
    let mut flipped = session.token;
    flipped[5] ^= 1;
    for token in [[0; 24], [0xff; 24], flipped] {
        let mut other = Peer::open(server.address).await.unwrap();
        assert_eq!(other.resume(&token, 2, 1, 0).await, Err(Code::SessionGone));
        let fresh = other.join_as(&token, 2, &islands).await.unwrap();
        assert_ne!(fresh.token, session.token);
        other.send(event(fresh.ids[0], 1, "inc", "")).await.unwrap();
        assert_eq!(other.settled(fresh.ids[0], 1).await, Ok(()));
    }
    serves(&server).await;
}

#[tokio::test]
async fn numbers_that_no_connection_had_find_no_session_and_harm_none() {
    let server = Server::start(app(Limits::default())).await.unwrap();
    let (mut peer, session, _) = joined(&server).await;
    // (epoch, base, seen): from the future, from before the first, going backwards.
    for (epoch, base, seen) in [
        (2, 5, 0),
        (2, 0, 0),
        (2, 1, 999),
        (2, 1, u64::MAX),
        (1, 1, 0),
        (0, 1, 0),
        (0, 0, 0),
        (u64::MAX, u64::MAX, 0),
    ] {
        let mut other = Peer::open(server.address).await.unwrap();
        let answer = other.resume(&session.token, epoch, base, seen).await;
        assert_eq!(answer, Err(Code::SessionGone), "epoch {epoch}, base {base}, seen {seen}");
    }
    peer.send(event(session.ids[0], 1, "inc", "")).await.unwrap();
    assert_eq!(peer.settled(session.ids[0], 1).await, Ok(()), "the connection that has it goes on");
}

#[tokio::test]
async fn of_two_connections_of_a_session_only_the_later_is_heard() {
    let server = Server::start(app(Limits::default())).await.unwrap();
    let (mut older, session, _) = joined(&server).await;
    let island = session.ids[0];
    older.send(event(island, 1, "inc", "")).await.unwrap();
    assert_eq!(older.settled(island, 1).await, Ok(()));
    let mut later = Peer::open(server.address).await.unwrap();
    assert_eq!(later.resume(&session.token, 2, 1, 0).await.unwrap()[0], 1);
    // What the older one still says: another event under the next number, a leave, a join, a resume.
    let mut leave = Vec::new();
    up::leave(&mut leave, island);
    let _ = older.send_all([event(island, 2, "set", r#"{"to":77}"#), leave]).await;
    assert_eq!(older.closed().await.code, Code::Superseded.close());
    later.send(event(island, 2, "inc", "")).await.unwrap();
    assert_eq!(later.settled(island, 2).await, Ok(()));
    assert!(later.html(island).await.contains("live: 2<"));
    // A resume in the middle of a connection is no frame of its own.
    assert_eq!(later.resume(&session.token, 3, 2, 0).await, Err(Code::BadFrame));
    // And a third connection that says it is as old as the second is none.
    let mut third = Peer::open(server.address).await.unwrap();
    assert_eq!(third.resume(&session.token, 2, 1, 0).await, Err(Code::SessionGone));
    later.send(event(island, 3, "inc", "")).await.unwrap();
    assert_eq!(later.settled(island, 3).await, Ok(()));
}

#[tokio::test]
async fn a_join_of_a_session_that_has_a_later_connection_is_superseded() {
    let server = Server::start(app(Limits::default())).await.unwrap();
    let (mut peer, session, islands) = joined(&server).await;
    let mut other = Peer::open(server.address).await.unwrap();
    assert_eq!(other.join_as(&session.token, 1, &islands).await, Err(Code::Superseded));
    peer.send(event(session.ids[0], 1, "inc", "")).await.unwrap();
    assert_eq!(peer.settled(session.ids[0], 1).await, Ok(()));
}

#[tokio::test]
async fn an_older_seal_than_the_page_is_known_to_have_is_refused() {
    let server = Server::start(app(Limits { seal_events: 1, ..Limits::default() })).await.unwrap();
    let (mut peer, session, islands) = joined(&server).await;
    let island = session.ids[0];
    let old = sealed(&mut peer, island, 1).await;
    let new = sealed(&mut peer, island, 2).await;
    // The page reports what it has: an edit and a seal for each of the two events.
    let mut seen = Vec::new();
    up::seen(&mut seen, 4);
    peer.send_all([seen, vec![0x00]]).await.unwrap();
    peer.frame_that(|down| matches!(down, Down::Heartbeat)).await;
    drop(peer);

    let with_seal = |seal: &[u8]| [PageIsland { seal: seal.to_vec(), ..islands[0].clone() }];
    let mut rolled = Peer::open(server.address).await.unwrap();
    rolled.join_as(&session.token, 2, &with_seal(&old)).await.unwrap();
    assert_eq!(rolled.error().await, Code::SealRolledBack);
    let mut again = Peer::open(server.address).await.unwrap();
    let goes_on = again.join_as(&session.token, 3, &with_seal(&new)).await.unwrap();
    assert_eq!(goes_on.seqs, [2]);
    assert!(again.html(goes_on.ids[0]).await.contains("live: 2<"));
    serves(&server).await;
}

#[tokio::test]
async fn a_session_seal_is_of_no_use_to_another_session_or_instance() {
    let server = Server::start(app(Limits { seal_events: 1, ..Limits::default() })).await.unwrap();
    let (mut peer, session, islands) = joined(&server).await;
    let seal = sealed(&mut peer, session.ids[0], 1).await;
    let (mut other, _, _) = joined(&server).await;
    let stolen = PageIsland { seal: seal.clone(), ..islands[0].clone() };
    // A session that has its own islands already, and is another.
    other.send(stories::peer::join("/", 0, &[stolen])).await.unwrap();
    assert_eq!(other.error().await, Code::SealForeign);
    let moved = PageIsland { seal, ..islands[1].clone() };
    peer.send(stories::peer::join("/", 0, &[moved])).await.unwrap();
    assert_eq!(peer.error().await, Code::SealForeign);
    // Where it belongs, the session goes on.
    peer.send(event(session.ids[0], 2, "inc", "")).await.unwrap();
    assert_eq!(peer.settled(session.ids[0], 2).await, Ok(()));
}

#[tokio::test]
async fn another_principal_gets_neither_the_session_nor_its_seals() {
    let live = live().limits(Limits { seal_events: 1, ..Limits::default() }).authorize(|parts| {
        let who = parts.headers.get("x-who").and_then(|who| who.to_str().ok()).map(str::to_owned);
        async move { Ok(who.map_or_else(Principal::anonymous, Principal::new)) }
    });
    let server = Server::start(with(live)).await.unwrap();
    let islands = http::get(server.address, "/").await.unwrap().islands();
    let mut ada = Peer::open_with(server.address, "x-who", "ada").await.unwrap();
    let session = ada.join_as(b"", 1, &islands).await.unwrap();
    let seal = sealed(&mut ada, session.ids[0], 1).await;
    let stolen = [PageIsland { seal, ..islands[0].clone() }];
    for who in ["eve", "Ada", ""] {
        let mut eve = Peer::open_with(server.address, "x-who", who).await.unwrap();
        assert_eq!(eve.resume(&session.token, 2, 1, 0).await, Err(Code::SessionGone), "{who:?}");
        eve.join_as(&session.token, 2, &stolen).await.unwrap();
        assert_eq!(eve.error().await, Code::SealForeign, "{who:?}");
    }
    ada.send(event(session.ids[0], 2, "inc", "")).await.unwrap();
    assert_eq!(ada.settled(session.ids[0], 2).await, Ok(()), "her connection goes on");
}
