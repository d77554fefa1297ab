use http::StatusCode;
use proptest::prelude::*;
use serde_json::Value;
use tokio::time::Instant;

use super::super::{Channel, Event, Joiner};
use super::*;
use crate::Limits;

/// A room that keeps its history, one that refuses, and a channel that keeps nothing.
pub(crate) fn realtime() -> Realtime {
    let refused = |who: Joiner| async move {
        if who.param() == "attic" { Err(crate::Error::public("Nobody goes there.")) } else { Ok(()) }
    };
    Realtime::new()
        .channel("room/*", Channel::new().history(100).authorize(refused))
        .channel("plain", Channel::new())
}

fn say(realtime: &Realtime, channel: &str, number: u32) -> usize {
    realtime.to_channel(channel).broadcast(Event::new("n").json(&number).unwrap())
}

async fn poll(realtime: &Realtime, query: &str) -> (StatusCode, Value) {
    let request = http::Request::builder().uri(format!("/realtime?{query}")).body(()).unwrap();
    let response = answer(realtime, &request.into_parts().0).await;
    let status = response.status();
    let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
    (status, serde_json::from_slice(&body).unwrap())
}

/// One answer: the numbers in it, the kinds of its other messages, and where the client is then.
async fn ask(realtime: &Realtime, query: &str) -> (Vec<u64>, Vec<String>, String) {
    let (status, answer) = poll(realtime, query).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let (mut numbers, mut others) = (Vec::new(), Vec::new());
    for message in answer["messages"].as_array().unwrap() {
        match message["type"].as_str().unwrap() {
            "event" => numbers.push(message["data"].as_u64().unwrap()),
            kind => others.push(message["code"].as_str().unwrap_or(kind).to_owned()),
        }
    }
    (numbers, others, answer["after"].as_str().unwrap().to_owned())
}

#[tokio::test(start_paused = true)]
async fn the_first_request_is_answered_at_once_and_the_next_waits_for_something_new() {
    let realtime = realtime();
    let start = Instant::now();
    let (numbers, others, after) = ask(&realtime, "channel=room/1&channel=room/2").await;
    assert_eq!((numbers, others), (vec![], vec!["subscribed".to_owned(); 2]));
    assert_eq!((start.elapsed().as_millis(), realtime.connections()), (0, 0));
    // Said while nobody is there.
    say(&realtime, "room/1", 1);
    let (numbers, others, after) =
        ask(&realtime, &format!("channel=room/1&channel=room/2&after={after}")).await;
    assert_eq!((numbers, others, start.elapsed().as_millis()), (vec![1], vec![], 0));
    let waits = tokio::spawn({
        let realtime = realtime.clone();
        async move { ask(&realtime, &format!("channel=room/1&channel=room/2&after={after}")).await }
    });
    tokio::time::advance(std::time::Duration::from_secs(1)).await;
    assert!(!waits.is_finished());
    assert_eq!(say(&realtime, "room/2", 2), 1);
    assert_eq!(waits.await.unwrap().0, [2]);
    assert_eq!(start.elapsed().as_secs(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_request_that_has_nothing_new_to_bring_lasts_its_time_whatever_was_refused_or_is_not_kept() {
    let realtime = realtime();
    let time = Limits::default().poll_time;
    for channels in ["channel=room/1", "channel=plain", "channel=room/attic&channel=plain"] {
        let (.., after) = ask(&realtime, channels).await;
        let start = Instant::now();
        let (numbers, others, again) = ask(&realtime, &format!("{channels}&after={after}")).await;
        assert_eq!(start.elapsed().as_secs(), time.as_secs(), "{channels}: {others:?}");
        assert_eq!((numbers, &again), (vec![], &after));
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_that_may_be_nowhere_is_refused_by_status() {
    let realtime = realtime();
    for (query, status, code) in [
        ("channel=room/attic", StatusCode::FORBIDDEN, "forbidden"),
        ("channel=cellar", StatusCode::NOT_FOUND, "unknown_channel"),
        ("channel=room/1&after=7", StatusCode::BAD_REQUEST, "bad_message"),
    ] {
        let (got, answer) = poll(&realtime, query).await;
        assert_eq!((got, &answer["code"]), (status, &code.into()), "{query}");
    }
    let (_, others, _) = ask(&realtime, "channel=room/attic&channel=room/1").await;
    assert_eq!(others, ["forbidden", "subscribed"]);
}

#[tokio::test(start_paused = true)]
async fn a_page_of_another_site_that_hides_its_origin_is_refused() {
    let request = http::Request::builder().uri("/realtime?channel=room/1");
    let request = request.header("sec-fetch-site", "cross-site").body(()).unwrap();
    let response = answer(&realtime(), &request.into_parts().0).await;
    assert_eq!(response.status(), StatusCode::FORBIDDEN);
}

#[tokio::test(start_paused = true)]
async fn who_polls_comes_and_goes_unnoticed_and_is_authorized_each_time() {
    let said = std::sync::Arc::new(parking_lot::Mutex::new(Vec::new()));
    let log = |word: &'static str| {
        let said = std::sync::Arc::clone(&said);
        move |_: Joiner| {
            said.lock().push(word);
            async { Ok(()) }
        }
    };
    let channel = Channel::new().history(10).presence(true);
    let channel = channel.authorize(log("authorize")).on_join(log("join")).on_leave(log("leave"));
    let realtime = Realtime::new().channel("*", channel);
    let (.., after) = ask(&realtime, "channel=a").await;
    say(&realtime, "a", 1);
    assert_eq!(ask(&realtime, &format!("channel=a&after={after}")).await.0, [1]);
    assert_eq!(realtime.to_channel("a").presence(), []);
    tokio::task::yield_now().await;
    assert_eq!(*said.lock(), ["authorize", "authorize"]);
}

#[tokio::test(start_paused = true)]
async fn what_is_gone_is_said() {
    let before = realtime();
    say(&before, "room/1", 1);
    let (numbers, _, after) = ask(&before, "channel=room/1&after=oldest").await;
    assert_eq!(numbers, [1]);
    let (_, others, after) = ask(&realtime(), &format!("channel=room/1&after={after}")).await;
    assert_eq!(others, ["history_gone"]);
    assert!(after.ends_with("-0"));
}

#[tokio::test(start_paused = true)]
async fn an_answer_is_bounded_and_the_rest_comes_with_the_next() {
    let realtime = realtime().limits(Limits { channel_history_bytes: 4 * 1024 * 1024, ..Limits::default() });
    for _ in 0..50 {
        realtime.to_channel("room/1").broadcast(Event::new("n").text("x".repeat(10_000)));
    }
    let (mut query, mut got) = ("channel=room/1&after=oldest".to_owned(), Vec::new());
    while got.iter().sum::<usize>() < 50 {
        let (_, answer) = poll(&realtime, &query).await;
        got.push(answer["messages"].as_array().unwrap().iter().filter(|it| it["type"] == "event").count());
        assert!(answer.to_string().len() < ANSWER_BYTES + 2 * 10_100);
        query = format!("channel=room/1&after={}", answer["after"].as_str().unwrap());
    }
    assert_eq!(got, [26, 24]);
}

/// Asks again and again until nothing is new; the channel of each event.
async fn ask_for_all(realtime: &Realtime, channels: &str) -> Vec<String> {
    let (mut after, mut got) = ("oldest".to_owned(), Vec::new());
    loop {
        let (_, answer) = poll(realtime, &format!("{channels}&after={after}")).await;
        let messages = answer["messages"].as_array().unwrap();
        let events = messages.iter().filter(|message| message["type"] == "event");
        got.extend(events.map(|event| event["channel"].as_str().unwrap().to_owned()));
        answer["after"].as_str().unwrap().clone_into(&mut after);
        if messages.is_empty() {
            return got;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_channel_that_an_answer_had_no_room_for_brings_its_whole_history_with_the_next() {
    let realtime = realtime().limits(Limits { channel_history_bytes: 4 * 1024 * 1024, ..Limits::default() });
    let channels = ["room/1", "room/2", "plain", "room/3"];
    for channel in channels {
        for _ in 0..30 {
            realtime.to_channel(channel).broadcast(Event::new("n").text("x".repeat(10_000)));
        }
    }
    let query = channels.map(|channel| format!("channel={channel}")).join("&");
    let got = ask_for_all(&realtime, &query).await;
    assert_eq!(got, ["room/1", "room/2", "room/3"].map(|channel| vec![channel; 30]).concat());
}

#[tokio::test(start_paused = true)]
async fn a_channel_that_was_not_authorized_in_time_brings_its_whole_history_with_the_next() {
    let slow = |who: Joiner| async move {
        if who.param() == "2" {
            tokio::time::sleep(std::time::Duration::from_secs(2)).await;
        }
        Ok(())
    };
    let limits = Limits { poll_time: std::time::Duration::from_secs(1), ..Limits::default() };
    let realtime =
        Realtime::new().limits(limits).channel("room/*", Channel::new().history(9).authorize(slow));
    say(&realtime, "room/1", 1);
    say(&realtime, "room/2", 2);
    let (numbers, _, after) = ask(&realtime, "channel=room/1&channel=room/2&after=oldest").await;
    assert_eq!(numbers, [1]);
    assert!(after.ends_with("-1,oldest"), "{after}");
    // One that asks for the slow one first waits for it.
    let (room_1, room_2) = after.split_once(',').unwrap();
    let query = format!("channel=room/2&channel=room/1&after={room_2},{room_1}");
    let (numbers, others, _) = ask(&realtime, &query).await;
    assert_eq!((numbers, others), (vec![2], vec!["subscribed".to_owned()]));
}

proptest! {
    #[test]
    fn answers_that_are_lost_lose_nothing(steps in prop::collection::vec((0_u32..4, any::<bool>()), 1..30)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let realtime = realtime();
            let (mut said, mut got) = (0, Vec::new());
            let (.., mut after) = ask(&realtime, "channel=room/1&channel=plain&after=oldest").await;
            for (more, lost) in steps.into_iter().chain([(1, false)]) {
                for number in said..said + more {
                    say(&realtime, "room/1", number);
                }
                said += more;
                let (numbers, others, then) = ask(&realtime, &format!("channel=room/1&channel=plain&after={after}")).await;
                prop_assert!(others.is_empty(), "{:?}", others);
                if !lost {
                    got.extend(numbers);
                    after = then;
                }
            }
            prop_assert_eq!(got, (0..u64::from(said)).collect::<Vec<_>>());
            Ok(())
        })?;
    }
}
