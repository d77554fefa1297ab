//! Seals: what was not made here, or for this, is refused.

use holm_wire::Code;
use holm_wire::down::Down;
use stories::http::{self, PageIsland};
use stories::peer::{Peer, event, join};
use stories::server::Server;
use stories::stage::{Limits, app};

async fn refusal(peer: &mut Peer, island: PageIsland) -> Code {
    peer.send(join("/", 0, &[island])).await.expect("the socket is open");
    peer.error().await
}

#[tokio::test]
async fn a_forged_seal_is_refused_wherever_it_was_changed() {
    let server = Server::start(app(Limits::default())).await.unwrap();
    let page = http::get(server.address, "/").await.unwrap();
    let island = page.islands()[0].clone();
    let mut peer = Peer::open(server.address).await.unwrap();
    let len = island.seal.len();
    for at in [0, 1, len / 4, len / 2, len - 2] {
        let mut seal = island.seal.clone();
        seal[at] = if seal[at] == b'A' { b'B' } else { b'A' };
        let forged = PageIsland { seal, ..island.clone() };
        assert_eq!(refusal(&mut peer, forged).await, Code::SealForged, "changed at {at} of {len}");
    }
    let wrong = [
        b"".to_vec(),
        b"A".to_vec(),
        b"\x01".to_vec(),
        b"no letters!".to_vec(),
        vec![b'A'; len],
        vec![1; len],
    ];
    for seal in wrong.into_iter().chain([island.seal[..len - 4].to_vec()]) {
        let forged = PageIsland { seal: seal.clone(), ..island.clone() };
        assert_eq!(refusal(&mut peer, forged).await, Code::SealForged, "{seal:02x?}");
    }
}

#[tokio::test]
async fn a_seal_of_another_instance_or_island_is_foreign() {
    let server = Server::start(app(Limits::default())).await.unwrap();
    let islands = http::get(server.address, "/").await.unwrap().islands();
    let other = http::get(server.address, "/rows").await.unwrap().islands();
    let mut peer = Peer::open(server.address).await.unwrap();
    for seal in [&islands[1].seal, &other[0].seal] {
        let swapped = PageIsland { seal: seal.clone(), ..islands[0].clone() };
        assert_eq!(refusal(&mut peer, swapped).await, Code::SealForeign);
    }
}

#[tokio::test]
async fn a_newer_seal_carries_the_state_to_the_next_connection() {
    let server = Server::start(app(Limits::default())).await.unwrap();
    let page = http::get(server.address, "/").await.unwrap();
    let mut peer = Peer::open(server.address).await.unwrap();
    let ids = peer.join("/", 0, &page.islands()).await;
    peer.send(event(ids[0], 1, "set", r#"{"to":42}"#)).await.unwrap();
    let frame = peer.frame_that(|down| matches!(down, Down::Seal { .. })).await;
    let Down::Seal { island, seq, seal } = frame.down() else { unreachable!() };
    assert_eq!((island, seq), (ids[0], 1));
    let newer = PageIsland { seal: seal.to_vec(), ..page.islands()[0].clone() };
    peer.close().await;

    let mut again = Peer::open(server.address).await.unwrap();
    again.send(join("/", 0, &[newer])).await.unwrap();
    let frame = again.frame_that(|down| matches!(down, Down::Joined(_))).await;
    let Down::Joined(joined) = frame.down() else { unreachable!() };
    let joined = joined.islands().next().unwrap().unwrap();
    assert_eq!(joined.seq, 1, "the restored state contains the first event");
    again.send(event(joined.id, 2, "inc", "")).await.unwrap();
    assert_eq!(again.settled(joined.id, 2).await, Ok(()));
    assert!(again.html(joined.id).await.contains("live: 43"));
}
