//! Coming back: nothing is missed, nothing comes twice, and what is gone is said to be gone.

use std::time::Duration;

use holm::Limits;
use holm::realtime::Channel;
use serde_json::json;

use super::{heard, rooms, said, until, user};

#[tokio::test]
async fn who_comes_back_with_a_cursor_hears_what_was_said_meanwhile_and_then_goes_on() {
    let realtime = rooms(Channel::new().history(10));
    let mut ada = user(&realtime, "ada").await;
    ada.subscribe("room/7").await;
    let room = realtime.to_channel("room/7");
    room.broadcast(said("one"));
    let cursor = ada.message("event").await["id"].clone();
    drop(ada);
    room.broadcast(said("two"));
    room.broadcast(said("three"));
    let mut ada = user(&realtime, "ada").await;
    let subscribed =
        ada.try_subscribe(json!({"id": "x", "channel": "room/7", "after": cursor})).await.unwrap();
    assert_eq!((&subscribed["recovered"], &subscribed["cursor"]), (&json!(true), &cursor));
    room.broadcast(said("four"));
    assert_eq!(heard(&mut ada), ["two", "three", "four"]);
}

#[tokio::test]
async fn who_comes_for_the_first_time_may_ask_for_all_that_is_kept() {
    let realtime = rooms(Channel::new().history(2));
    let room = realtime.to_channel("room/7");
    for text in ["one", "two", "three"] {
        room.broadcast(said(text));
    }
    let mut ada = user(&realtime, "ada").await;
    ada.try_subscribe(json!({"channel": "room/7", "after": "oldest"})).await.unwrap();
    assert_eq!(heard(&mut ada), ["two", "three"]);
    let kept: Vec<_> = room.history().iter().map(|event| event.data().to_owned()).collect();
    assert_eq!(kept, ["two", "three"]);
}

#[tokio::test]
async fn the_limits_bound_what_a_channel_keeps_in_number_and_in_bytes() {
    for (limits, kept) in [
        (Limits { channel_history: 3, ..Limits::default() }, 3),
        (Limits { channel_history_bytes: 5_000, ..Limits::default() }, 4),
    ] {
        let realtime = rooms(Channel::new().history(100)).limits(limits);
        let room = realtime.to_channel("room/7");
        (0..10).for_each(|_| {
            room.broadcast(said(&"x".repeat(1_000)));
        });
        assert_eq!(room.history().len(), kept);
    }
}

#[tokio::test]
async fn what_is_not_kept_any_more_is_said_to_be_gone_and_what_is_kept_is_replayed() {
    let realtime = rooms(Channel::new().history(2));
    let mut ada = user(&realtime, "ada").await;
    let cursor = ada.subscribe("room/7").await["cursor"].clone();
    let room = realtime.to_channel("room/7");
    (0..3).for_each(|_| {
        room.broadcast(said("missed"));
    });
    ada.due();
    for after in [cursor, json!("0123456789ab-1")] {
        let subscribed =
            ada.try_subscribe(json!({"id": "x", "channel": "room/7", "after": after})).await.unwrap();
        assert_eq!((&subscribed["recovered"], &subscribed["code"]), (&json!(false), &json!("history_gone")));
        assert_eq!(
            ada.due().iter().filter(|it| it["sub"] == "x").count(),
            2,
            "what is kept is newer than that"
        );
        room.broadcast(said("new"));
        let due = ada.due();
        assert!(due.iter().any(|it| it["sub"] == "x" && it["data"] == "new"), "{due:?}");
        ada.send_json(&json!({"type": "unsubscribe", "id": "x"})).await;
        ada.due();
    }
}

#[tokio::test(start_paused = true)]
async fn a_channel_that_nobody_is_in_keeps_its_history_for_a_while() {
    let limits = Limits { channel_idle: Duration::from_mins(5), ..Limits::default() };
    let realtime = rooms(Channel::new().history(10)).limits(limits);
    let room = realtime.to_channel("room/7");
    let mut ada = user(&realtime, "ada").await;
    let cursor = ada.subscribe("room/7").await["cursor"].clone();
    drop(ada);
    room.broadcast(said("kept"));
    tokio::time::advance(Duration::from_mins(4)).await;
    let mut ada = user(&realtime, "ada").await;
    ada.try_subscribe(json!({"channel": "room/7", "after": cursor})).await.unwrap();
    assert_eq!(heard(&mut ada), ["kept"]);
    // Its time begins anew when the last one leaves.
    tokio::time::advance(Duration::from_mins(4)).await;
    drop(ada);
    tokio::time::sleep(Duration::from_mins(4)).await;
    assert_eq!(realtime.channel_count(), 1);
    tokio::time::sleep(Duration::from_mins(2)).await;
    assert_eq!(realtime.channel_count(), 0);
    let mut ada = user(&realtime, "ada").await;
    let subscribed = ada.try_subscribe(json!({"channel": "room/7", "after": cursor})).await.unwrap();
    assert_eq!(subscribed["recovered"], false, "another life of the channel");
}

#[tokio::test]
async fn a_long_history_is_replayed_to_a_client_whose_outbox_is_shorter() {
    let limits = Limits { realtime_outbox: 4, ..Limits::default() };
    let realtime = rooms(Channel::new().history(100)).limits(limits);
    let room = realtime.to_channel("room/7");
    (0..100).for_each(|n| {
        room.broadcast(said(&n.to_string()));
    });
    let mut ada = user(&realtime, "ada").await;
    ada.try_subscribe(json!({"channel": "room/7", "after": "oldest"})).await.unwrap();
    assert_eq!(heard(&mut ada).len(), 100);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn coming_and_going_among_broadcasts_misses_nothing_and_doubles_nothing() {
    let realtime = rooms(Channel::new().history(256));
    let room = realtime.to_channel("room/7");
    let mut ada = user(&realtime, "ada").await;
    let mut cursor = ada.subscribe("room/7").await["cursor"].clone();
    let talking = tokio::task::spawn_blocking(move || {
        for n in 0..2_000 {
            room.broadcast(said(&n.to_string()));
            if n % 20 == 0 {
                std::thread::yield_now();
                std::thread::sleep(Duration::from_millis(1));
            }
        }
    });
    let mut all = Vec::new();
    while all.len() < 2_000 {
        let event = ada.message("event").await;
        all.push(event["data"].as_str().unwrap().parse::<u32>().unwrap());
        cursor = event["id"].clone();
        if all.len() % 50 == 0 {
            ada = user(&realtime, "ada").await;
            let subscribed = ada.try_subscribe(json!({"channel": "room/7", "after": cursor})).await.unwrap();
            assert_eq!(subscribed["recovered"], true);
        }
    }
    talking.await.unwrap();
    assert_eq!(all, (0..2_000).collect::<Vec<_>>());
    drop(ada);
    until(|| realtime.connections() == 0).await;
    assert_eq!(cursor.as_str().map(|cursor| cursor.ends_with("-2000")), Some(true));
}
