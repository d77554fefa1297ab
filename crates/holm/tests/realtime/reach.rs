//! Whom an event reaches.

use holm::prelude::*;
use holm::realtime::{Channel, Event, Realtime};
use holm::test::Peer;
use http::Request;

use super::{heard, rooms, said, until, user};

#[tokio::test]
async fn a_broadcast_reaches_the_members_of_its_channel_and_nobody_else() {
    let realtime = rooms(Channel::new());
    let (mut ada, mut bob, mut eve) =
        (user(&realtime, "ada").await, user(&realtime, "bob").await, user(&realtime, "eve").await);
    ada.subscribe("room/7").await;
    bob.subscribe("room/7").await;
    eve.subscribe("room/8").await;
    assert_eq!(realtime.to_channel("room/7").broadcast(said("hello")), 2);
    assert_eq!((heard(&mut ada), heard(&mut bob)), (vec!["hello".into()], vec!["hello".into()]));
    assert!(heard(&mut eve).is_empty());
}

#[tokio::test]
async fn one_call_reaches_every_connection_or_all_but_one() {
    let realtime = rooms(Channel::new());
    let (mut ada, mut bob) = (user(&realtime, "ada").await, Peer::connect(&realtime).await);
    assert_eq!(realtime.broadcast(said("all")), 2);
    assert_eq!(realtime.broadcast_except(&ada.socket(), said("others")), 1);
    assert_eq!(heard(&mut ada), ["all"]);
    assert_eq!(heard(&mut bob), ["all", "others"]);
}

#[tokio::test]
async fn a_principal_is_reached_at_all_its_connections_and_a_socket_at_one() {
    let realtime = rooms(Channel::new());
    let (mut one, mut two) = (user(&realtime, "ada").await, user(&realtime, "ada").await);
    let (mut bob, mut nobody) = (user(&realtime, "bob").await, Peer::connect(&realtime).await);
    assert_eq!(realtime.send_to(&Principal::new("ada"), said("ada")), 2);
    assert_eq!(realtime.send_to(&Principal::anonymous(), said("nobody")), 0, "anonymous ones are nobody's");
    assert_eq!(realtime.send_to_socket(two.socket().id(), said("two")), 1);
    assert_eq!((heard(&mut one), heard(&mut two)), (vec!["ada".into()], vec!["ada".into(), "two".into()]));
    assert!(heard(&mut bob).is_empty() && heard(&mut nobody).is_empty());
    let gone = two.socket();
    drop(two);
    assert_eq!(realtime.send_to_socket(gone.id(), said("gone")), 0);
    assert_eq!(realtime.send_to(&Principal::new("ada"), said("one")), 1);
}

#[tokio::test]
async fn what_is_sent_to_a_closed_socket_goes_nowhere_as_often_as_one_likes() {
    let realtime = rooms(Channel::new());
    let mut ada = user(&realtime, "ada").await;
    let socket = ada.socket();
    assert!(socket.is_open() && socket.send(said("still here")).await);
    socket.close();
    assert!(!socket.send(said("once")).await && !socket.is_open());
    assert_eq!(ada.closed().await, 1000);
    drop(ada);
    assert!(!socket.send(said("twice")).await);
}

#[tokio::test]
async fn a_channel_that_nobody_is_in_takes_everything_silently() {
    let realtime = rooms(Channel::new());
    assert_eq!(realtime.to_channel("room/ghost").broadcast(said("boo")), 0);
    assert_eq!(realtime.to_channel("nowhere").broadcast(said("boo")), 0);
    assert_eq!(realtime.channel_count(), 0, "and is not made by it");
}

#[tokio::test]
async fn channels_and_their_members_are_counted() {
    let realtime = rooms(Channel::new());
    let (mut ada, mut bob) = (user(&realtime, "ada").await, user(&realtime, "bob").await);
    ada.subscribe("room/7").await;
    bob.subscribe("room/7").await;
    bob.subscribe("room/8").await;
    let room = realtime.to_channel("room/7");
    assert_eq!((realtime.channel_count(), realtime.connections(), room.size()), (2, 2, 2));
    let members: Vec<_> = room.members().iter().map(|it| it.principal().id().map(str::to_owned)).collect();
    assert_eq!(members, [Some("ada".to_owned()), Some("bob".to_owned())]);
    drop(bob);
    assert_eq!((realtime.channel_count(), realtime.connections(), room.size()), (1, 1, 1));
    drop(ada);
    assert_eq!((realtime.channel_count(), realtime.connections(), room.size()), (0, 0, 0));
}

#[tokio::test]
async fn subscribing_again_by_another_id_counts_the_connection_once() {
    let realtime = rooms(Channel::new());
    let mut ada = user(&realtime, "ada").await;
    ada.subscribe("room/7").await;
    ada.try_subscribe(serde_json::json!({"channel": "room/7", "id": "again"})).await.unwrap();
    let room = realtime.to_channel("room/7");
    assert_eq!((room.size(), room.members().len()), (1, 1));
    assert_eq!(room.broadcast(said("hello")), 1, "one connection took it");
    assert_eq!(heard(&mut ada), ["hello", "hello"], "each of its subscriptions hears it");
    ada.send_json(&serde_json::json!({"type": "unsubscribe", "channel": "room/7"})).await;
    ada.message("complete").await;
    assert_eq!((room.size(), room.broadcast(said("still"))), (1, 1));
    ada.send_json(&serde_json::json!({"type": "unsubscribe", "id": "again"})).await;
    ada.message("complete").await;
    assert_eq!((room.size(), realtime.channel_count()), (0, 0));
}

#[tokio::test]
async fn the_app_takes_connections_into_channels_and_out_of_them() {
    let realtime = rooms(Channel::new());
    let mut ada = user(&realtime, "ada").await;
    let room = realtime.to_channel("a name that no pattern takes");
    assert!(room.join(&ada.socket()) && room.join(&ada.socket()));
    assert_eq!(room.size(), 1, "who is in stays in once");
    assert_eq!(room.broadcast(said("hello")), 1);
    assert_eq!(heard(&mut ada), ["hello"]);
    assert!(room.leave(&ada.socket()) && !room.leave(&ada.socket()));
    assert_eq!((room.size(), realtime.channel_count()), (0, 0));
    let gone = ada.socket();
    drop(ada);
    assert!(!room.join(&gone));
}

#[tokio::test]
async fn an_event_that_could_not_be_told_apart_or_is_too_large_is_not_sent() {
    let realtime = rooms(Channel::new()).limits(Limits { realtime_message_bytes: 100, ..Limits::default() });
    let mut ada = user(&realtime, "ada").await;
    ada.subscribe("room/7").await;
    let room = realtime.to_channel("room/7");
    assert_eq!(room.broadcast(Event::new("two\nlines")), 0);
    assert_eq!(room.broadcast(Event::new("holm:close")), 0);
    assert_eq!(room.broadcast(said(&"x".repeat(200))), 0);
    assert_eq!(realtime.broadcast(said(&"x".repeat(200))), 0);
    assert_eq!(room.broadcast(said("fine")), 1);
    assert_eq!(heard(&mut ada), ["fine"]);
}

#[derive(Clone, Default, Serialize, Deserialize)]
struct Feed(Vec<String>);

#[derive(holm::Event)]
enum Heard {
    Listen,
    #[event(server)]
    Said(Event),
}

impl Island for Feed {
    type Event = Heard;

    fn render(&self) -> Markup {
        html! { button data-live=(Heard::Listen) { "listen" } output { (self.0.join(",")) } }
    }

    async fn on(&mut self, event: Heard, cx: &mut Cx<Heard>) -> holm::Result {
        match event {
            Heard::Listen => {
                let room = cx.state::<Realtime>().to_channel("room/7");
                cx.subscribe(&room.topic(), |said: &Event| Heard::Said(said.clone()));
            }
            Heard::Said(event) => self.0.push(event.data().to_owned()),
        }
        Ok(())
    }
}

async fn page(page: Page) -> Page {
    page.title("Feed").body(|p: &Slot| p.island(Feed::default()))
}

#[tokio::test]
async fn islands_hear_channels_of_the_hub_they_share() {
    let live = Live::new().island::<Feed>();
    let realtime = rooms(Channel::new()).with_hub(live.hub());
    let live = live.state(realtime.clone());
    let app = holm::test::App::new(Router::new().route("/", get(page)).with_live(live));
    let mut tab = app.get("/").await.live().await;
    tab.click("button").await;
    let room = realtime.to_channel("room/7");
    assert_eq!(room.broadcast(said("nobody but islands")), 0);
    let mut ada = user(&realtime, "ada").await;
    ada.subscribe("room/7").await;
    assert_eq!(room.broadcast(said("both")), 1);
    tab.wait_for(|tab| tab.text("output") == "nobody but islands,both").await;
    assert_eq!(heard(&mut ada), ["both"]);
}

#[tokio::test]
async fn connections_past_the_cap_are_refused_until_somebody_leaves() {
    let realtime = Realtime::new().max_connections(1);
    let ada = Peer::connect(&realtime).await;
    let refused = Peer::connect_with(&realtime, Request::get("/")).await.unwrap_err();
    assert_eq!(refused, 503);
    drop(ada);
    Peer::connect(&realtime).await;
}

#[tokio::test]
async fn one_address_has_its_share_of_connections_and_no_more() {
    let limits = Limits { connections_per_ip: 2, ..Limits::default() };
    let realtime = Realtime::new().limits(limits);
    let from = |address: &str| {
        let address: std::net::SocketAddr = address.parse().unwrap();
        Request::get("/realtime").extension(axum::extract::ConnectInfo(address))
    };
    let _one = Peer::connect_with(&realtime, from("203.0.113.9:1")).await.unwrap();
    let two = Peer::connect_with(&realtime, from("203.0.113.9:2")).await.unwrap();
    assert_eq!(Peer::connect_with(&realtime, from("203.0.113.9:3")).await.unwrap_err(), 429);
    Peer::connect_with(&realtime, from("203.0.113.10:1")).await.unwrap();
    drop(two);
    Peer::connect_with(&realtime, from("203.0.113.9:4")).await.unwrap();
}

#[tokio::test]
async fn who_is_present_is_told_once_for_all_their_tabs() {
    let limits = Limits { presence_grace: std::time::Duration::ZERO, ..Limits::default() };
    let kind = Channel::new().presence_with(|who| who.principal().id().map(str::to_uppercase));
    let realtime = rooms(kind).limits(limits);
    let mut ada = user(&realtime, "ada").await;
    ada.subscribe("room/7").await;
    let state = ada.message("presence").await;
    assert_eq!(state["state"], serde_json::json!([{"key": "ada", "meta": "ADA"}]));

    let (mut bob, mut again) = (user(&realtime, "bob").await, user(&realtime, "bob").await);
    bob.subscribe("room/7").await;
    again.subscribe("room/7").await;
    let told = |name: &'static str| {
        move |it: &serde_json::Value| {
            let entries = it["joined"].as_array().into_iter().flatten();
            it["type"] == "presence" && entries.into_iter().any(|entry| entry["key"] == name)
        }
    };
    let joined = ada.message_that(told("bob")).await;
    assert_eq!(joined["left"], serde_json::json!([]));
    let present = realtime.to_channel("room/7").presence();
    let present: Vec<_> = present.iter().map(|it| (it.key.as_str(), it.connections)).collect();
    assert_eq!(present, [("ada", 1), ("bob", 2)]);

    drop(bob);
    drop(again);
    let left = ada.message_that(|it| it["left"] == serde_json::json!(["bob"])).await;
    assert_eq!(left["joined"], serde_json::json!([]));
    until(|| ada.due().is_empty()).await;
}

#[tokio::test]
async fn no_more_are_shown_as_present_than_are_allowed() {
    let limits = Limits { presence_entries: 1, ..Limits::default() };
    let realtime = rooms(Channel::new().presence(true)).limits(limits);
    let (mut ada, mut bob) = (user(&realtime, "ada").await, user(&realtime, "bob").await);
    ada.subscribe("room/7").await;
    bob.subscribe("room/7").await;
    let room = realtime.to_channel("room/7");
    assert_eq!((room.size(), room.presence().len()), (2, 1));
    drop(bob);
    assert_eq!(room.presence()[0].key, "ada");
}

/// Takes all that is due, and keeps who is present by it; gives whether everything was told anew.
fn follow(peer: &mut holm::test::Peer, present: &mut std::collections::BTreeSet<String>) -> bool {
    let mut anew = false;
    for told in peer.due().iter().filter(|it| it["type"] == "presence") {
        assert!(told.to_string().len() < 32 * 1024, "one message is not everything");
        if told["state"].is_array() {
            present.clear();
            anew = true;
        }
        let keys = |list: &str| told[list].as_array().cloned().unwrap_or_default();
        for entry in keys("state").into_iter().chain(keys("joined")) {
            present.extend(entry["key"].as_str().map(str::to_owned));
        }
        present.retain(|key| !keys("left").contains(&key.as_str().into()));
    }
    anew
}

#[tokio::test(start_paused = true)]
async fn a_channel_of_many_can_be_joined_and_who_takes_little_hears_of_all_later() {
    let limits = Limits { realtime_outbox_bytes: 64 * 1024, realtime_outbox: 16, ..Limits::default() };
    let every = limits.presence_every;
    let realtime = rooms(Channel::new().presence_with(|_| "m".repeat(1_000))).limits(limits);
    let mut ada = user(&realtime, "ada").await;
    ada.subscribe("room/7").await;
    let mut known = std::collections::BTreeSet::new();
    follow(&mut ada, &mut known);
    let mut crowd = Vec::new();
    for n in 0..200 {
        let mut peer = user(&realtime, &format!("user {n}")).await;
        peer.subscribe("room/7").await;
        crowd.push(peer);
    }
    tokio::time::sleep(every * 2).await;
    assert!(crowd.iter().all(|peer| peer.socket().is_open()) && ada.socket().is_open());
    assert!(follow(&mut ada, &mut known), "all that changed at once was more than it has room for");
    let everybody = realtime.to_channel("room/7").presence();
    let everybody: std::collections::BTreeSet<_> = everybody.into_iter().map(|it| it.key).collect();
    assert_eq!((known.len(), &known), (201, &everybody));
    let mut newest = std::collections::BTreeSet::new();
    assert!(follow(crowd.last_mut().unwrap(), &mut newest));
    assert_eq!(newest, everybody);
    for _ in 0..50 {
        let mut gone = crowd.pop().unwrap();
        gone.send_text(r#"{"type":"unsubscribe","channel":"room/7"}"#).await;
        tokio::time::sleep(every * 2).await;
    }
    assert!(ada.socket().is_open(), "fifty messages are more than its outbox has room for");
    follow(&mut ada, &mut known);
    assert_eq!(known.len(), 151);
}

/// What has been told of who came and went.
fn changes(peer: &mut holm::test::Peer) -> Vec<String> {
    let due = peer.due().into_iter().filter(|it| it["type"] == "presence" && it["joined"].is_array());
    due.map(|it| format!("+{} -{}", it["joined"], it["left"])).collect()
}

#[tokio::test(start_paused = true)]
async fn who_is_lost_and_soon_back_was_never_away_and_who_says_so_is_gone_at_once() {
    let limits = Limits::default();
    let (grace, every) = (limits.presence_grace, limits.presence_every * 2);
    let realtime = rooms(Channel::new().presence(true)).limits(limits);
    let room = realtime.to_channel("room/7");
    let (mut ada, mut bob) = (user(&realtime, "ada").await, user(&realtime, "bob").await);
    ada.subscribe("room/7").await;
    bob.subscribe("room/7").await;
    tokio::time::sleep(every).await;
    changes(&mut ada);
    for _ in 0..3 {
        drop(bob);
        tokio::time::sleep(grace * 3 / 4).await;
        assert_eq!((room.size(), room.presence().len(), room.presence()[1].connections), (1, 2, 0));
        bob = user(&realtime, "bob").await;
        bob.subscribe("room/7").await;
    }
    tokio::time::sleep(grace * 2).await;
    assert_eq!((changes(&mut ada), room.presence().len()), (vec![], 2));

    drop(bob);
    tokio::time::sleep(grace * 3 / 4).await;
    assert!(changes(&mut ada).is_empty());
    tokio::time::sleep(grace / 4 + every).await;
    assert_eq!(changes(&mut ada), [r#"+[] -["bob"]"#], "it did not come back");

    let joined = r#"+[{"key":"bob","meta":null}] -[]"#;
    for close in [false, true] {
        let mut bob = user(&realtime, "bob").await;
        bob.subscribe("room/7").await;
        tokio::time::sleep(every).await;
        assert_eq!(changes(&mut ada), [joined]);
        if close {
            bob.socket().close();
        } else {
            assert!(room.leave(&bob.socket()));
        }
        bob.due();
        tokio::time::sleep(every).await;
        assert_eq!(changes(&mut ada), [r#"+[] -["bob"]"#]);
    }
    drop(Peer::connect(&realtime).await.subscribe("room/7").await);
    tokio::time::sleep(every).await;
    assert!(changes(&mut ada).is_empty(), "somebody anonymous does not come back, and was here for a moment");
    assert_eq!(room.presence().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn who_may_come_back_makes_room_for_who_is_here() {
    let limits = Limits { presence_entries: 2, ..Limits::default() };
    let realtime = rooms(Channel::new().presence(true)).limits(limits);
    let (mut ada, mut bob) = (user(&realtime, "ada").await, user(&realtime, "bob").await);
    ada.subscribe("room/7").await;
    bob.subscribe("room/7").await;
    drop(bob);
    let mut eve = user(&realtime, "eve").await;
    eve.subscribe("room/7").await;
    let present: Vec<_> = realtime.to_channel("room/7").presence().into_iter().map(|it| it.key).collect();
    assert_eq!(present, ["ada", "eve"]);
}
