//! Subscriptions that a stream of the app's feeds.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use futures_util::{Stream, StreamExt, stream};
use holm::Error;
use holm::realtime::{Channel, Event, Joiner};
use serde_json::json;

use super::{heard, rooms, said, user};

/// A stream that counts how often it was asked and that it was dropped.
struct Watched {
    events: Pin<Box<dyn Stream<Item = holm::Result<Event>> + Send>>,
    asked: Arc<AtomicUsize>,
    dropped: Arc<AtomicUsize>,
}

impl Stream for Watched {
    type Item = holm::Result<Event>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        self.events.as_mut().poll_next(cx)
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.dropped.fetch_add(1, Ordering::SeqCst);
    }
}

/// A channel that feeds endlessly, how often it was asked, and how many feeds were dropped.
fn endless() -> (Channel, Arc<AtomicUsize>, Arc<AtomicUsize>) {
    let (asked, dropped) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let counts = (Arc::clone(&asked), Arc::clone(&dropped));
    let channel = Channel::new().stream(move |_| {
        let (asked, dropped) = (Arc::clone(&counts.0), Arc::clone(&counts.1));
        async move { Ok(Watched { events: stream::repeat_with(|| Ok(said("more"))).boxed(), asked, dropped }) }
    });
    (channel, asked, dropped)
}

#[tokio::test]
async fn a_stream_s_events_go_to_its_subscription_and_its_end_completes_it() {
    let realtime = rooms(Channel::new().stream(|who: Joiner| async move {
        let from: u32 = who.input()?;
        Ok(stream::iter((0..from).map(|n| Event::new("tick").json(&n))))
    }));
    let (mut ada, mut bob) = (user(&realtime, "ada").await, user(&realtime, "bob").await);
    bob.try_subscribe(json!({"channel": "room/7", "data": 0})).await.unwrap();
    ada.try_subscribe(json!({"id": "t", "channel": "room/7", "data": 3})).await.unwrap();
    let due = ada.due();
    let got: Vec<_> = due.iter().map(|it| (it["type"].as_str().unwrap(), it["data"].as_u64())).collect();
    assert_eq!(got, [("event", Some(0)), ("event", Some(1)), ("event", Some(2)), ("complete", None)]);
    assert!(due.iter().all(|it| it["sub"] == "t" || it["id"] == "t"));
    assert!(heard(&mut bob).is_empty(), "nobody else hears it");
    assert_eq!(realtime.to_channel("room/7").size(), 0, "who is complete has left");
    ada.try_subscribe(json!({"id": "t", "channel": "room/7", "data": 1})).await.unwrap();
}

#[tokio::test]
async fn a_stream_that_fails_or_panics_ends_its_subscription_with_an_error() {
    let realtime = rooms(Channel::new().stream(|who: Joiner| async move {
        let how = who.param().to_owned();
        Ok(stream::iter([1, 2]).map(move |n| match (n, &*how) {
            (2, "err") => Err(Error::public("The well is dry.")),
            (2, _) => panic!("the feed panics"),
            _ => Ok(said("one")),
        }))
    }));
    let mut ada = user(&realtime, "ada").await;
    ada.subscribe("room/err").await;
    assert_eq!(ada.event::<String>().await, "one");
    let error = ada.message("error").await;
    assert_eq!((&error["code"], &error["sentence"]), (&json!("stream_failed"), &json!("The well is dry.")));
    ada.subscribe("room/panic").await;
    assert_eq!(ada.message("error").await["code"], "handler_panic");
    assert_eq!(realtime.channel_count(), 0);
}

#[tokio::test]
async fn unsubscribing_drops_the_stream_and_so_does_going() {
    let (channel, _, dropped) = endless();
    let realtime = rooms(channel);
    let mut ada = user(&realtime, "ada").await;
    ada.try_subscribe(json!({"id": "a", "channel": "room/7"})).await.unwrap();
    ada.try_subscribe(json!({"id": "b", "channel": "room/7"})).await.unwrap();
    ada.send_text(r#"{"type":"unsubscribe","id":"a"}"#).await;
    assert_eq!(dropped.load(Ordering::SeqCst), 1);
    drop(ada);
    assert_eq!(dropped.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_stream_is_asked_for_no_more_than_its_client_takes() {
    let (channel, asked, _) = endless();
    let realtime = rooms(channel);
    let mut ada = user(&realtime, "ada").await;
    ada.subscribe("room/7").await;
    let begun = asked.load(Ordering::SeqCst);
    assert!(begun < 40, "{begun} events for a client that took none");
    for _ in 0..100 {
        ada.event::<String>().await;
    }
    let more = asked.load(Ordering::SeqCst);
    assert!((100..140).contains(&more), "{more} events for a client that took a hundred");
}

#[tokio::test]
async fn streams_of_one_client_take_turns() {
    let realtime = rooms(Channel::new().stream(|who: Joiner| async move {
        let name = who.param().to_owned();
        Ok(stream::repeat_with(move || Ok(said(&name))))
    }));
    let mut ada = user(&realtime, "ada").await;
    ada.subscribe("room/a").await;
    ada.subscribe("room/b").await;
    let mut counts = [0, 0];
    for _ in 0..200 {
        counts[usize::from(ada.event::<String>().await == "b")] += 1;
    }
    assert!(counts[0] > 80 && counts[1] > 80, "{counts:?}");
}

#[tokio::test]
async fn a_channel_with_streams_takes_broadcasts_too() {
    let realtime =
        rooms(Channel::new().stream(|_| async { Ok(stream::pending::<holm::Result<Event>>()) }).history(5));
    let mut ada = user(&realtime, "ada").await;
    ada.subscribe("room/7").await;
    realtime.to_channel("room/7").broadcast(said("for all"));
    assert_eq!(ada.event::<String>().await, "for all");
}

#[tokio::test]
async fn who_is_sent_out_of_a_channel_loses_its_streams_and_has_one_when_it_is_back() {
    let (channel, _, dropped) = endless();
    let realtime = rooms(channel);
    let mut eve = user(&realtime, "eve").await;
    eve.subscribe("room/7").await;
    assert_eq!(eve.event::<String>().await, "more");
    assert!(realtime.to_channel("room/7").leave(&eve.socket()));
    eve.message("complete").await;
    assert_eq!(dropped.load(Ordering::SeqCst), 1, "the stream of before");
    eve.due();
    eve.subscribe("room/7").await;
    assert_eq!(eve.event::<String>().await, "more");
    eve.send_text(r#"{"type":"unsubscribe","channel":"room/7"}"#).await;
    eve.message("complete").await;
    assert_eq!(dropped.load(Ordering::SeqCst), 2, "and no other is left");
    eve.due();
    assert!(eve.due().is_empty());
}
