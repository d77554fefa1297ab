//! The app's hooks: what they decide, and what happens when they break.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use holm::realtime::{Channel, Event, Joiner, Sender};
use holm::{Error, Limits};
use serde_json::json;

use super::{heard, rooms, said, until, user};

fn quick() -> Limits {
    Limits { handler_time: Duration::from_millis(100), ..Limits::default() }
}

#[tokio::test]
async fn a_subscription_that_is_not_allowed_is_refused_in_the_app_s_words() {
    let realtime = rooms(Channel::new().authorize(|who: Joiner| async move {
        match (who.principal().id(), who.param()) {
            (Some("ada"), "attic") => Ok(()),
            (_, "cellar") => Err(std::io::Error::other("table users is locked").into()),
            _ => Err(Error::public("Members only.")),
        }
    }));
    let (mut ada, mut bob) = (user(&realtime, "ada").await, user(&realtime, "bob").await);
    ada.subscribe("room/attic").await;
    let refused = bob.try_subscribe(json!({"id": "x", "channel": "room/attic"})).await.unwrap_err();
    assert_eq!(
        refused,
        json!({"type": "error", "id": "x", "code": "forbidden", "sentence": "Members only."})
    );
    let refused = ada.try_subscribe(json!({"channel": "room/cellar"})).await.unwrap_err();
    assert!(!refused.to_string().contains("users"), "causes are for the log: {refused}");
    realtime.to_channel("room/attic").broadcast(said("hello"));
    assert!(heard(&mut bob).is_empty());
    assert_eq!((heard(&mut ada), realtime.channel_count()), (vec!["hello".into()], 1));
}

#[tokio::test]
async fn what_comes_with_a_subscription_is_read_by_its_shape() {
    let realtime = rooms(Channel::new().authorize(|who: Joiner| async move {
        let (a, b): (u32, u32) = who.input()?;
        if a < b { Ok(()) } else { Err(Error::public("The first is less than the second.")) }
    }));
    let mut ada = user(&realtime, "ada").await;
    let refused = ada.try_subscribe(json!({"channel": "room/7", "data": ["one"]})).await.unwrap_err();
    let sentence = refused["sentence"].as_str().unwrap();
    assert!(sentence.contains("`data` is not what this channel takes") && !sentence.contains("u32"));
    ada.try_subscribe(json!({"channel": "room/7", "data": [2, 1]})).await.unwrap_err();
    ada.try_subscribe(json!({"channel": "room/7", "data": [1, 2]})).await.unwrap();
}

#[tokio::test]
async fn those_in_a_channel_hear_who_joins_and_who_leaves() {
    let realtime = rooms(
        Channel::new()
            .on_join(|who: Joiner| async move {
                let id = who.principal().id().unwrap_or("somebody").to_owned();
                who.channel().broadcast(said(&format!("{id} joined")));
                Ok(())
            })
            .on_leave(|who: Joiner| async move {
                let id = who.principal().id().unwrap_or("somebody").to_owned();
                assert_eq!(who.channel().broadcast(said(&format!("{id} left"))), who.channel().size());
                Ok(())
            }),
    );
    let (mut ada, mut bob) = (user(&realtime, "ada").await, user(&realtime, "bob").await);
    ada.subscribe("room/7").await;
    assert_eq!(ada.event::<String>().await, "ada joined", "itself too");
    bob.subscribe("room/7").await;
    assert_eq!(bob.event::<String>().await, "bob joined");
    assert_eq!(ada.event::<String>().await, "bob joined");
    bob.send_text(r#"{"type":"unsubscribe","channel":"room/7"}"#).await;
    bob.message("complete").await;
    assert_eq!(ada.event::<String>().await, "bob left");
    bob.subscribe("room/7").await;
    bob.event::<String>().await;
    assert_eq!(ada.event::<String>().await, "bob joined");
    drop(bob);
    assert_eq!(ada.event::<String>().await, "bob left", "when its connection is gone, too");
}

#[tokio::test]
async fn what_clients_send_goes_where_the_app_sends_it_and_is_acknowledged() {
    let realtime = rooms(Channel::new().on_message(|from: Sender, event: Event| async move {
        let text: String = event.read()?;
        from.others().broadcast(Event::new(event.name()).json(&text.to_uppercase())?);
        Ok(())
    }));
    let mut three = [user(&realtime, "a").await, user(&realtime, "b").await, user(&realtime, "c").await];
    for peer in &mut three {
        peer.subscribe("room/7").await;
    }
    three[0].send_text(r#"{"type":"send","channel":"room/7","name":"said","data":"hello","id":5}"#).await;
    assert_eq!(three[0].message("ack").await["id"], 5);
    assert!(heard(&mut three[0]).is_empty(), "everybody but the sender");
    assert_eq!((heard(&mut three[1]), heard(&mut three[2])), (vec!["HELLO".into()], vec!["HELLO".into()]));
    let refused = three[0].send("room/7", "said", &7).await.unwrap_err();
    assert_eq!(refused["code"], "handler_error");
}

#[tokio::test]
async fn where_clients_publish_everybody_hears_and_the_sender_knows_how_many() {
    let realtime = rooms(Channel::new().clients_publish(true).history(10));
    let (mut ada, mut bob) = (user(&realtime, "ada").await, user(&realtime, "bob").await);
    ada.subscribe("room/7").await;
    bob.subscribe("room/7").await;
    assert_eq!(ada.send("room/7", "said", &"hello").await, Ok(2));
    let event = bob.message("event").await;
    assert_eq!((&event["name"], &event["data"]), (&json!("said"), &json!("hello")));
    assert!(event["id"].is_string());
    assert_eq!(heard(&mut ada), ["hello"]);
    ada.send_text(r#"{"type":"send","channel":"room/7","data":1}"#).await;
    let quiet = ada.due();
    assert_eq!(quiet.len(), 1, "no ack was asked for: {quiet:?}");
    assert_eq!((&quiet[0]["type"], &quiet[0]["name"]), (&json!("event"), &json!("message")));
}

#[tokio::test]
async fn a_hook_that_panics_or_never_ends_refuses_what_it_was_asked_and_nothing_else() {
    let bad = |what: &'static str| {
        move |text: Option<&str>| match text {
            Some("panic") => panic!("{what} panics"),
            Some("never") => true,
            _ => false,
        }
    };
    let (authorizing, joining, sending) = (bad("authorize"), bad("join"), bad("message"));
    let realtime = rooms(
        Channel::new()
            .authorize(move |who: Joiner| {
                let never = authorizing(who.param().strip_prefix("authorize/"));
                async move { if never { pending().await } else { Ok(()) } }
            })
            .on_join(move |who: Joiner| async move {
                if joining(who.param().strip_prefix("join/")) { pending().await } else { Ok(()) }
            })
            .on_message(move |_, event: Event| async move {
                if sending(Some(event.name())) { pending().await } else { Ok(()) }
            }),
    )
    .limits(quick());
    let mut ada = user(&realtime, "ada").await;
    for when in ["authorize", "join"] {
        for (how, code) in [("panic", "handler_panic"), ("never", "handler_timeout")] {
            let channel = format!("room/{when}/{how}");
            ada.send_json(&json!({"type": "subscribe", "channel": channel})).await;
            let refused = ada.message("error").await;
            assert_eq!((&refused["code"], &refused["id"]), (&json!(code), &json!(channel)));
            assert_eq!(realtime.to_channel(&channel).size(), 0, "it is not in {channel}");
        }
    }
    ada.due();
    ada.subscribe("room/7").await;
    assert_eq!(ada.send("room/7", "panic", &1).await.unwrap_err()["code"], "handler_panic");
    assert_eq!(ada.send("room/7", "never", &1).await.unwrap_err()["code"], "handler_timeout");
    assert_eq!(ada.send("room/7", "fine", &1).await, Ok(0));
}

#[tokio::test(start_paused = true)]
async fn events_go_on_coming_while_a_hook_runs_and_messages_keep_their_order() {
    let order = Arc::new(parking_lot::Mutex::new(Vec::new()));
    let noted = Arc::clone(&order);
    let realtime = rooms(Channel::new().on_message(move |_, event: Event| {
        let noted = Arc::clone(&noted);
        async move {
            let n: u64 = event.read()?;
            tokio::time::sleep(Duration::from_millis(10 - n)).await;
            noted.lock().push(n);
            Ok(())
        }
    }));
    let mut ada = user(&realtime, "ada").await;
    ada.subscribe("room/7").await;
    for n in 0..5 {
        ada.send_json(&json!({"type": "send", "channel": "room/7", "data": n, "id": n})).await;
        realtime.to_channel("room/7").broadcast(said("meanwhile"));
        assert_eq!(heard(&mut ada), ["meanwhile"], "the hook for {n} still runs");
    }
    ada.message_that(|it| it["type"] == "ack" && it["id"] == 4).await;
    assert_eq!(*order.lock(), [0, 1, 2, 3, 4]);
}

#[tokio::test(start_paused = true)]
async fn a_hook_that_runs_when_its_client_goes_ends_before_the_client_leaves() {
    let (began, left) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (counts, leaves) = ((Arc::clone(&began), Arc::clone(&left)), Arc::clone(&left));
    let realtime = rooms(
        Channel::new()
            .on_message(move |_, _| {
                let (began, left) = (Arc::clone(&counts.0), Arc::clone(&counts.1));
                async move {
                    began.fetch_add(1, Ordering::SeqCst);
                    tokio::time::sleep(Duration::from_millis(20)).await;
                    assert_eq!(left.load(Ordering::SeqCst), 0);
                    began.fetch_add(1, Ordering::SeqCst);
                    Ok(())
                }
            })
            .on_leave(move |_| {
                leaves.fetch_add(1, Ordering::SeqCst);
                async { Ok(()) }
            }),
    );
    let mut ada = user(&realtime, "ada").await;
    ada.subscribe("room/7").await;
    ada.send_text(r#"{"type":"send","channel":"room/7","data":1}"#).await;
    ada.due();
    assert_eq!(began.load(Ordering::SeqCst), 1);
    drop(ada);
    assert_eq!(realtime.connections(), 0, "its place is free at once");
    until(|| left.load(Ordering::SeqCst) == 1).await;
    assert_eq!(began.load(Ordering::SeqCst), 2);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_goes_while_it_is_authorized_joins_nothing() {
    let realtime = rooms(Channel::new().authorize(|_| async {
        tokio::time::sleep(Duration::from_millis(20)).await;
        Ok(())
    }));
    let mut ada = user(&realtime, "ada").await;
    ada.send_text(r#"{"type":"subscribe","channel":"room/7"}"#).await;
    assert!(ada.due().is_empty());
    drop(ada);
    tokio::time::sleep(Duration::from_millis(60)).await;
    assert_eq!((realtime.channel_count(), realtime.connections()), (0, 0));
}

#[tokio::test]
async fn who_is_sent_out_of_a_channel_hears_nothing_more_and_has_left_by_all_its_ids() {
    let log = Arc::new(parking_lot::Mutex::new(Vec::new()));
    let note = |word: &'static str| {
        let log = Arc::clone(&log);
        move |_: Joiner| {
            let log = Arc::clone(&log);
            async move {
                tokio::task::yield_now().await;
                log.lock().push(word);
                Ok(())
            }
        }
    };
    let realtime = rooms(Channel::new().on_join(note("joined")).on_leave(note("left")));
    let room = realtime.to_channel("room/7");
    let (mut eve, mut ada) = (user(&realtime, "eve").await, user(&realtime, "ada").await);
    assert!(!room.leave(&eve.socket()), "it was not in");
    ada.subscribe("room/7").await;
    eve.subscribe("room/7").await;
    eve.try_subscribe(json!({"id": "mine", "channel": "room/7"})).await.unwrap();
    eve.subscribe("room/8").await;
    until(|| {
        ada.due();
        eve.due();
        log.lock().len() == 4
    })
    .await;
    assert!(room.leave(&eve.socket()));
    assert_eq!((room.size(), room.broadcast(said("secret"))), (1, 1));
    realtime.to_channel("room/8").broadcast(said("public"));
    eve.try_subscribe(json!({"id": "mine", "channel": "room/7"})).await.unwrap();
    until(|| {
        eve.due();
        log.lock().len() == 7
    })
    .await;
    assert_eq!(log.lock()[4..], ["left", "left", "joined"], "each has left before it is back");
    room.leave(&eve.socket());
    let told = eve.due();
    assert_eq!(told.last().unwrap(), &json!({"type": "complete", "id": "mine"}));
    assert_eq!(heard(&mut ada), ["secret"]);
}

#[tokio::test]
async fn who_is_sent_out_is_told_so_before_what_comes_after() {
    let realtime = rooms(Channel::new());
    let mut eve = user(&realtime, "eve").await;
    eve.subscribe("room/7").await;
    eve.try_subscribe(json!({"id": 5, "channel": "room/7"})).await.unwrap();
    realtime.to_channel("room/7").broadcast(said("before"));
    realtime.to_channel("room/7").leave(&eve.socket());
    realtime.to_channel("room/7").broadcast(said("after"));
    let told: Vec<_> = eve.due().iter().map(|it| it["type"].as_str().unwrap().to_owned()).collect();
    assert_eq!(told, ["event", "event", "complete", "complete"]);
    let raw = realtime.to_channel("room/9");
    assert!(raw.join(&eve.socket()) && raw.leave(&eve.socket()));
    assert!(eve.due().is_empty(), "it never heard that it was in");
}
