//! The protocol, message by message, and what becomes of those that are none.

use holm::Limits;
use holm::realtime::{Channel, Event, Realtime};
use holm::test::Peer;
use serde_json::{Value, json};

use super::{heard, rooms, said, user};

/// What the server answers to this text.
async fn answer(peer: &mut Peer, text: &str) -> Value {
    peer.send_text(text).await;
    let mut due = peer.due();
    assert_eq!(due.len(), 1, "one answer to {text}: {due:?}");
    due.remove(0)
}

#[tokio::test]
async fn an_event_is_told_with_its_subscription_channel_name_and_data() {
    let realtime = rooms(Channel::new());
    let mut ada = user(&realtime, "ada").await;
    assert_eq!(
        answer(&mut ada, r#"{"type":"subscribe","channel":"room/7"}"#).await,
        json!({"type": "subscribed", "id": "room/7", "channel": "room/7"})
    );
    assert_eq!(
        answer(&mut ada, r#"{"type":"subscribe","id":"ä\"1","channel":"room/7"}"#).await,
        json!({"type": "subscribed", "id": "ä\"1", "channel": "room/7"})
    );
    realtime.to_channel("room/7").broadcast(Event::new("said").json(&json!({"by": "bob"})).unwrap().id("x"));
    let event = |sub: &str| json!({"type": "event", "sub": sub, "channel": "room/7", "name": "said", "data": {"by": "bob"}, "id": "x"});
    assert_eq!(ada.due(), [event("room/7"), event("ä\"1")]);
    realtime.broadcast(said("text is text"));
    assert_eq!(ada.due(), [json!({"type": "event", "name": "said", "data": "text is text"})]);
}

#[tokio::test]
async fn a_sign_of_life_is_answered_with_its_id() {
    let realtime = rooms(Channel::new());
    let mut ada = user(&realtime, "ada").await;
    assert_eq!(answer(&mut ada, r#"{"type":"ping"}"#).await, json!({"type": "pong"}));
    assert_eq!(answer(&mut ada, r#"{"type":"ping","id":5}"#).await, json!({"type": "pong", "id": 5}));
}

#[tokio::test]
async fn several_subscriptions_share_a_connection_and_an_id_is_used_once() {
    let realtime = rooms(Channel::new());
    let mut ada = user(&realtime, "ada").await;
    ada.try_subscribe(json!({"id": "a", "channel": "room/1"})).await.unwrap();
    ada.try_subscribe(json!({"id": "b", "channel": "room/2"})).await.unwrap();
    let refused = ada.try_subscribe(json!({"id": "a", "channel": "room/3"})).await.unwrap_err();
    assert_eq!((&refused["code"], &refused["id"]), (&json!("duplicate_id"), &json!("a")));
    realtime.to_channel("room/1").broadcast(said("one"));
    realtime.to_channel("room/2").broadcast(said("two"));
    realtime.to_channel("room/3").broadcast(said("three"));
    let due = ada.due();
    let got: Vec<_> = due.iter().map(|it| (it["sub"].as_str(), it["data"].as_str())).collect();
    assert_eq!(got, [(Some("a"), Some("one")), (Some("b"), Some("two"))]);
}

#[tokio::test]
async fn who_unsubscribes_hears_that_it_is_complete_and_then_nothing() {
    let realtime = rooms(Channel::new());
    let mut ada = user(&realtime, "ada").await;
    ada.subscribe("room/7").await;
    realtime.to_channel("room/7").broadcast(said("before"));
    ada.send_text(r#"{"type":"unsubscribe","id":"room/7"}"#).await;
    realtime.to_channel("room/7").broadcast(said("after"));
    let due = ada.due();
    assert_eq!((due[0]["data"].as_str(), due.len()), (Some("before"), 2));
    assert_eq!(due[1], json!({"type": "complete", "id": "room/7"}));
    let refused = answer(&mut ada, r#"{"type":"unsubscribe","id":"room/7"}"#).await;
    assert_eq!(refused["code"], "not_subscribed");
    ada.subscribe("room/7").await;
}

#[tokio::test]
async fn what_is_no_message_is_answered_and_the_connection_goes_on() {
    let realtime =
        rooms(Channel::new()).limits(Limits { realtime_message_bytes: 2_000, ..Limits::default() });
    let mut ada = user(&realtime, "ada").await;
    ada.subscribe("room/7").await;
    let deep = format!(r#"{{"type":"send","channel":"room/7","data":{}{}}}"#, "[".repeat(65), "]".repeat(65));
    let deeper = format!(r#"{{"type":"ping","id":{}1{}}}"#, "[".repeat(900), "]".repeat(900));
    let long = format!(r#"{{"type":"subscribe","id":"{}","channel":"room/8"}}"#, "i".repeat(300));
    let large = format!(r#"{{"type":"send","channel":"room/7","data":"{}"}}"#, "x".repeat(3_000));
    let unknown = format!(r#"{{"type":"ping","{}":1}}"#, "ü".repeat(900));
    for (text, code) in [
        (&*unknown, "bad_message"),
        (r#"{"type":"send","channel":"room/7","data":"\ud800"}"#, "bad_message"),
        (r#"{"type":"send","channel":"room/7","data":[1e999]}"#, "bad_message"),
        ("", "bad_message"),
        ("hello", "bad_message"),
        ("null", "bad_message"),
        ("[]", "bad_message"),
        ("{}", "bad_message"),
        ("{\"type\":\"ping\"", "bad_message"),
        (r#"{"type":"ping"}{"type":"ping"}"#, "bad_message"),
        (r#"{"type":"ping","type":"ping"}"#, "bad_message"),
        (r#"{"type":"dance"}"#, "bad_message"),
        (r#"{"type":7}"#, "bad_message"),
        (r#"{"type":"ping","colour":"red"}"#, "bad_message"),
        (r#"{"type":"ping","channel":"room/7"}"#, "bad_message"),
        (r#"{"type":"ping","id":1.5}"#, "bad_message"),
        (r#"{"type":"ping","id":{}}"#, "bad_message"),
        (r#"{"type":"ping","id":""}"#, "bad_name"),
        (r#"{"type":"ping","id":"a\u0000b"}"#, "bad_name"),
        (r#"{"type":"subscribe"}"#, "bad_message"),
        (r#"{"type":"subscribe","channel":7}"#, "bad_message"),
        (r#"{"type":"subscribe","channel":""}"#, "bad_name"),
        (r#"{"type":"subscribe","channel":"room/a\nb"}"#, "bad_name"),
        (r#"{"type":"subscribe","channel":"room/9","after":"soon"}"#, "bad_message"),
        (r#"{"type":"subscribe","channel":"room/9","name":"x"}"#, "bad_message"),
        (r#"{"type":"subscribe","channel":"cellar/1"}"#, "unknown_channel"),
        (r#"{"type":"unsubscribe"}"#, "bad_message"),
        (r#"{"type":"unsubscribe","id":"nothing"}"#, "not_subscribed"),
        (r#"{"type":"send","data":1}"#, "bad_message"),
        (r#"{"type":"send","channel":"room/8","data":1}"#, "not_subscribed"),
        (r#"{"type":"send","channel":"room/7","data":1}"#, "forbidden"),
        (r#"{"type":"send","channel":"room/7","name":"holm:close","data":1}"#, "bad_message"),
        (r#"{"type":"send","channel":"room/7","name":"error","data":1}"#, "bad_message"),
        (r#"{"type":"send","channel":"room/7","name":"open","data":1}"#, "bad_message"),
        (r#"{"type":"send","channel":"room/7","name":"a\nb","data":1}"#, "bad_message"),
        (&deep, "bad_message"),
        (&deeper, "bad_message"),
        (&long, "bad_name"),
        (&large, "message_too_large"),
    ] {
        let answer = answer(&mut ada, text).await;
        assert_eq!((&answer["type"], &answer["code"]), (&json!("error"), &json!(code)), "{text}");
        let sentence = answer["sentence"].as_str().unwrap();
        assert!(!sentence.is_empty() && sentence.len() < 400, "{sentence}");
    }
    realtime.to_channel("room/7").broadcast(said("still here"));
    assert_eq!(heard(&mut ada), ["still here"]);
}

#[tokio::test]
async fn a_refusal_names_the_message_it_is_about() {
    let realtime = rooms(Channel::new());
    let mut ada = user(&realtime, "ada").await;
    for (text, id) in [
        (r#"{"type":"dance","id":"a"}"#, json!("a")),
        (r#"{"type":"ping","id":"b","colour":"red"}"#, json!("b")),
        (r#"{"type":"send","id":5,"channel":"room/7"}"#, json!(5)),
        (r#"{"type":"subscribe","channel":"cellar"}"#, json!("cellar")),
        (r#"{"type":"dance"}"#, Value::Null),
    ] {
        assert_eq!(answer(&mut ada, text).await["id"], id, "{text}");
    }
}

#[tokio::test]
async fn who_says_too_much_that_is_no_message_is_sent_away() {
    let realtime = rooms(Channel::new()).limits(Limits { bad_frames: 3, ..Limits::default() });
    let mut ada = user(&realtime, "ada").await;
    for _ in 0..4 {
        ada.send_text("?").await;
    }
    assert_eq!(ada.closed().await, 4302);
}

#[tokio::test]
async fn an_app_may_allow_every_name() {
    let realtime = Realtime::new().channel("*", Channel::new());
    let mut ada = Peer::connect(&realtime).await;
    ada.subscribe("whatever/it is").await;
    assert_eq!(realtime.to_channel("whatever/it is").size(), 1);
}

#[tokio::test]
async fn a_connection_has_so_many_subscriptions_and_not_one_more() {
    let limits = Limits { channel_subscriptions: 2, ..Limits::default() };
    let realtime = rooms(Channel::new()).limits(limits);
    let mut ada = user(&realtime, "ada").await;
    ada.subscribe("room/1").await;
    ada.subscribe("room/2").await;
    let refused = ada.try_subscribe(json!({"channel": "room/3"})).await.unwrap_err();
    assert_eq!(refused["code"], "too_many_subscriptions");
    ada.send_text(r#"{"type":"unsubscribe","channel":"room/1"}"#).await;
    ada.subscribe("room/3").await;
}

#[tokio::test]
async fn there_are_so_many_channels_and_an_empty_one_makes_room() {
    let limits = Limits { channels: 2, ..Limits::default() };
    let realtime = rooms(Channel::new().history(10)).limits(limits);
    let (mut ada, mut bob) = (user(&realtime, "ada").await, user(&realtime, "bob").await);
    ada.subscribe("room/1").await;
    ada.subscribe("room/2").await;
    let refused = bob.try_subscribe(json!({"channel": "room/3"})).await.unwrap_err();
    assert_eq!(refused["code"], "too_many_channels");
    assert_eq!(realtime.to_channel("room/4").broadcast(said("no room to keep it")), 0);
    bob.subscribe("room/2").await;
    ada.send_text(r#"{"type":"unsubscribe","channel":"room/1"}"#).await;
    assert_eq!(realtime.channel_count(), 2, "its history is kept");
    bob.subscribe("room/3").await;
    assert_eq!(realtime.channel_count(), 2, "until another channel needs the room");
}

#[tokio::test]
async fn going_through_many_names_makes_nobody_s_history_go() {
    let limits = Limits { channels: 3, ..Limits::default() };
    let realtime = rooms(Channel::new().history(10)).limits(limits);
    let room = realtime.to_channel("room/7");
    let mut ada = user(&realtime, "ada").await;
    let cursor = ada.subscribe("room/7").await["cursor"].clone();
    ada.send_text(r#"{"type":"unsubscribe","channel":"room/7"}"#).await;
    room.broadcast(said("kept"));
    for n in 0..10 {
        let name = format!("room/x{n}");
        ada.subscribe(&name).await;
        ada.send_json(&json!({"type": "unsubscribe", "channel": name})).await;
    }
    ada.due();
    ada.try_subscribe(json!({"channel": "room/7", "after": cursor})).await.unwrap();
    assert_eq!(heard(&mut ada), ["kept"]);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_says_too_much_is_not_read_for_a_while_and_nothing_is_lost() {
    let limits = Limits { realtime_per_second: 10, realtime_burst: 5, ..Limits::default() };
    let realtime = rooms(Channel::new()).limits(limits);
    let mut ada = user(&realtime, "ada").await;
    let begun = tokio::time::Instant::now();
    for _ in 0..25 {
        ada.send_text(r#"{"type":"ping"}"#).await;
    }
    assert_eq!(ada.due().len(), 25);
    let took = begun.elapsed();
    assert!(took.as_millis() >= 1_900, "20 of them at ten a second: {took:?}");
}
