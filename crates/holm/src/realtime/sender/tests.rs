use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use futures_util::{FutureExt, StreamExt};
use tokio::time::Instant;

use super::super::Channel;
use super::super::sse::tests::{Read, read};
use super::*;
use crate::{Limits, Principal};

/// A stream under test: its body, and what feeds it.
struct Opened {
    realtime: Realtime,
    body: BodyDataStream,
    sender: SseSender,
}

fn request() -> Request {
    Request::new(Body::empty())
}

impl Opened {
    /// Opened, and greeted.
    async fn new(limits: Limits) -> Self {
        let identify = |_| async { Ok(Principal::new("ada")) };
        let realtime = Realtime::new().limits(limits).identify(identify);
        let (response, sender) = realtime.sse(request()).await.unwrap();
        let mut opened = Self { realtime, body: response.into_body().into_data_stream(), sender };
        let first = read(&opened.ready().unwrap());
        let retry = first.retry.unwrap();
        assert!((1_000..3_000).contains(&retry), "{retry}");
        assert_eq!((first.comments, first.events), (1, vec![]));
        opened
    }

    async fn piece(&mut self) -> Option<String> {
        let piece = self.body.next().await?.unwrap();
        Some(String::from_utf8(piece.to_vec()).unwrap())
    }

    /// What there is without waiting.
    fn ready(&mut self) -> Option<String> {
        self.piece().now_or_never().map(|piece| piece.unwrap_or_else(|| "the end".to_owned()))
    }
}

fn say(text: &str) -> Event {
    Event::default().text(text)
}

#[tokio::test(start_paused = true)]
async fn a_stream_has_the_headers_that_get_it_through_proxies() {
    let (response, _sender) = Realtime::new().sse(request()).await.unwrap();
    let header = |name: &str| response.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(header("content-type"), "text/event-stream");
    assert_eq!(header("cache-control"), "no-cache, no-transform");
    assert_eq!(header("x-accel-buffering"), "no");
}

#[tokio::test(start_paused = true)]
async fn what_waits_comes_in_one_piece_with_what_is_said_to_everybody_and_to_its_principal() {
    let mut opened = Opened::new(Limits::default()).await;
    opened.sender.send(say("a").id("7")).await.unwrap();
    opened.sender.try_send(say("b")).unwrap();
    assert_eq!(opened.realtime.broadcast(Event::new("all").text("c")), 1);
    assert_eq!(opened.realtime.send_to(&Principal::new("ada"), say("d")), 1);
    assert_eq!(opened.realtime.send_to(&Principal::new("eve"), say("e")), 0);
    let text = "id: 7\ndata: a\n\ndata: b\n\nevent: all\ndata: c\n\ndata: d\n\n";
    assert_eq!(opened.ready().unwrap(), text);
    assert_eq!(opened.ready(), None);
}

#[tokio::test(start_paused = true)]
async fn a_quiet_stream_says_that_it_is_alive_and_a_busy_one_needs_not() {
    let limits = Limits { realtime_heartbeat: Duration::from_millis(200), ..Limits::default() };
    let mut opened = Opened::new(limits).await;
    let start = Instant::now();
    for _ in 0..5 {
        assert_eq!(opened.piece().await.unwrap(), ":\n\n");
    }
    assert_eq!(start.elapsed().as_millis() / 200, 5);
    tokio::time::advance(Duration::from_millis(150)).await;
    opened.sender.send(say("a")).await.unwrap();
    assert_eq!(opened.ready().unwrap(), "data: a\n\n");
    tokio::time::advance(Duration::from_millis(150)).await;
    assert_eq!(opened.ready(), None, "it spoke a moment ago");
}

#[tokio::test(start_paused = true)]
async fn a_stream_ends_after_its_time_whether_it_is_quiet_or_never_is() {
    let limits = Limits { stream_time: Duration::from_mins(1), ..Limits::default() };
    let mut quiet = Opened::new(limits.clone()).await;
    let start = Instant::now();
    while let Some(piece) = quiet.piece().await {
        assert_eq!(piece, ":\n\n");
    }
    assert_eq!(start.elapsed().as_secs(), 60);
    assert!(matches!(quiet.sender.try_send(say("late")), Err(SseError::Closed)));

    let mut busy = Opened::new(limits).await;
    let mut said = 0;
    while busy.sender.try_send(say("x")).is_ok() {
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(busy.piece().await.as_deref(), Some("data: x\n\n"));
        said += 1;
    }
    assert_eq!((said, busy.piece().await), (60, None), "what was sent in time arrives");
}

#[tokio::test(start_paused = true)]
async fn a_stream_ends_when_its_senders_are_gone_and_loses_nothing_of_what_was_sent() {
    let mut opened = Opened::new(Limits::default()).await;
    let other = opened.sender.clone();
    drop(std::mem::replace(&mut opened.sender, other));
    assert_eq!(opened.ready(), None, "a clone is left");
    opened.sender.try_send(say("a")).unwrap();
    let Opened { sender, mut body, realtime } = opened;
    drop(sender);
    assert_eq!(body.next().await.unwrap().unwrap(), "data: a\n\n");
    assert!(body.next().await.is_none());
    drop(body);
    assert_eq!(realtime.connections(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_stream_ends_when_its_server_goes_and_loses_nothing_of_what_was_sent() {
    let mut opened = Opened::new(Limits::default()).await;
    opened.sender.try_send(say("b")).unwrap();
    let hub = opened.realtime.hub();
    let drain = tokio::spawn(async move { hub.drain().await });
    tokio::task::yield_now().await;
    assert!(opened.piece().await.unwrap().starts_with("data: b\n\nevent: holm:close\n"));
    assert_eq!(opened.piece().await, None);
    opened.sender.closed().await;
    drop(opened.body);
    drain.await.unwrap();
    let refused = opened.realtime.sse(request()).await.unwrap_err();
    assert_eq!(refused.status(), http::StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test(start_paused = true)]
async fn a_reader_that_goes_frees_everything_at_once_and_wakes_who_waits() {
    let limits = Limits { realtime_outbox: 2, ..Limits::default() };
    let Opened { body, sender, realtime } = Opened::new(limits).await;
    sender.try_send(say("a")).unwrap();
    let waits = tokio::spawn({
        let sender = sender.clone();
        async move { sender.send(say("b")).await }
    });
    let told = tokio::spawn({
        let sender = sender.clone();
        async move { sender.closed().await }
    });
    tokio::task::yield_now().await;
    assert!(!waits.is_finished() && !told.is_finished() && !sender.is_closed());
    assert_eq!(realtime.connections(), 1);
    drop(body);
    assert!(sender.is_closed());
    assert_eq!(realtime.connections(), 0);
    assert!(matches!(waits.await.unwrap(), Err(SseError::Closed)));
    told.await.unwrap();
    for _ in 0..2 {
        assert!(matches!(sender.send(say("late")).await, Err(SseError::Closed)));
    }
}

#[tokio::test(start_paused = true)]
async fn a_sender_waits_while_its_reader_has_half_an_outbox_to_take() {
    for limits in [
        Limits { realtime_outbox: 6, ..Limits::default() },
        Limits { realtime_outbox_bytes: 54, ..Limits::default() },
    ] {
        let mut opened = Opened::new(limits).await;
        // Each counts nine bytes: its name and its text.
        for text in ["a1", "a2", "a3"] {
            opened.sender.send(say(text)).await.unwrap();
        }
        assert!(matches!(opened.sender.try_send(say("a4")), Err(SseError::Full)));
        let sender = opened.sender.clone();
        let waits = tokio::spawn(async move { sender.send(say("a5")).await });
        tokio::task::yield_now().await;
        assert!(!waits.is_finished());
        assert_eq!(read(&opened.piece().await.unwrap()).events.len(), 3);
        waits.await.unwrap().unwrap();
        assert_eq!(opened.piece().await.unwrap(), "data: a5\n\n");
    }
}

#[tokio::test(start_paused = true)]
async fn an_event_larger_than_the_outbox_goes_alone_and_one_past_its_own_bound_is_refused() {
    let limits = Limits { realtime_outbox_bytes: 20, realtime_message_bytes: 100, ..Limits::default() };
    let mut opened = Opened::new(limits).await;
    opened.sender.try_send(say(&"x".repeat(90))).unwrap();
    assert!(matches!(opened.sender.try_send(say("y")), Err(SseError::Full)));
    assert_eq!(opened.ready().unwrap().len(), 98);
    let name = "message".len();
    assert!(opened.sender.try_send(say(&"\n".repeat(100 - name))).is_ok());
    let refused = opened.sender.send(say(&"x".repeat(101 - name))).await;
    assert!(matches!(refused, Err(SseError::Refused(_))));
    let refused = opened.sender.send(Event::new("a\nb")).await;
    assert!(refused.unwrap_err().to_string().contains("control character"));
}

fn returning(id: &str) -> Request {
    http::Request::builder().header("Last-Event-ID", id).body(Body::empty()).unwrap()
}

/// All that a stream has to say now: the app's events, then whether what was missed was there, by channel.
fn heard(body: &mut BodyDataStream) -> (Vec<(String, String)>, Vec<String>, String) {
    let mut text = String::new();
    while let Some(Some(piece)) = body.next().now_or_never() {
        text.push_str(std::str::from_utf8(&piece.unwrap()).unwrap());
    }
    let Read { events, last_id, .. } = read(&text);
    let (notes, events): (Vec<_>, Vec<_>) =
        events.into_iter().partition(|(name, ..)| name == "holm:subscribed");
    let note = |(_, json, _): (String, String, String)| {
        let note: serde_json::Value = serde_json::from_str(&json).unwrap();
        format!("{} {}", note["channel"].as_str().unwrap(), note["recovered"])
    };
    let events = events.into_iter().map(|(name, data, _)| (name, data)).collect();
    (events, notes.into_iter().map(note).collect(), last_id)
}

#[tokio::test(start_paused = true)]
async fn a_reader_that_comes_back_to_a_joined_channel_gets_what_it_missed() {
    let realtime =
        || Realtime::new().channel("plain/*", Channel::new()).channel("*", Channel::new().history(2));
    let live = realtime();
    let tell = |channel: &str, text: &str| live.to_channel(channel).broadcast(Event::new("n").text(text));
    let said = |texts: &[&str]| texts.iter().map(|text| ("n".into(), (*text).into())).collect::<Vec<_>>();
    let open = async |realtime: &Realtime, id: &str, channels: &[&str]| {
        let (response, sender) = realtime.sse(returning(id)).await.unwrap();
        let joined: Vec<_> = channels.iter().map(|channel| sender.join(channel)).collect();
        assert_eq!(joined, vec![true; channels.len()]);
        (response.into_body().into_data_stream(), sender)
    };
    let all = ["news", "plain/1", "talk"];

    let (mut body, sender) = open(&live, "", &all).await;
    assert!(sender.join("news"), "it is in once");
    assert_eq!(live.to_channel("news").size(), 1);
    tell("talk", "1");
    sender.send(say("of the app's").id("7")).await.unwrap();
    let (events, notes, id) = heard(&mut body);
    assert_eq!(events, [("n".into(), "1".into()), ("message".into(), "of the app's".into())]);
    assert_eq!(notes, ["news null", "plain/1 null", "talk null"]);
    let parts: Vec<_> = id.split(',').map(|part| part.split_once('-').unwrap().1).collect();
    assert_eq!(parts, ["0", "", "1"], "{id}");
    drop((body, sender));

    tell("news", "2");
    tell("talk", "3");
    // Lost again before the app has taken it into all of its channels.
    let (mut body, sender) = open(&live, &id, &all[..1]).await;
    let (events, notes, id) = heard(&mut body);
    assert_eq!((events, notes), (said(&["2"]), vec!["news true".to_owned()]));
    drop((body, sender));
    let (mut body, sender) = open(&live, &id, &all).await;
    let (events, notes, id) = heard(&mut body);
    assert_eq!((events, notes.last().unwrap().as_str()), (said(&["3"]), "talk true"));
    tell("news", "4");
    let (events, _, newer) = heard(&mut body);
    assert_eq!(events, said(&["4"]));
    drop((body, sender));

    // What is not kept any more, what another server kept, and an id that is none of ours.
    for text in ["5", "6", "7"] {
        tell("news", text);
    }
    let kept = said(&["6", "7"]);
    for (realtime, id, kept) in [(&live, &*newer, &kept), (&realtime(), &id, &vec![]), (&live, "7", &kept)] {
        let (mut body, _sender) = open(realtime, id, &all[..1]).await;
        let (events, notes, id) = heard(&mut body);
        assert_eq!((&events, notes), (kept, vec!["news false".to_owned()]));
        assert!(!id.is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_is_in_so_many_channels_and_in_none_of_a_bad_name() {
    let limits = Limits { channel_subscriptions: 2, channel_name_bytes: 4, ..Limits::default() };
    let realtime = Realtime::new().limits(limits).channel("*", Channel::new().history(2));
    let (_response, sender) = realtime.sse(request()).await.unwrap();
    let joined = ["", "a\nb", "12345", "1234", "b", "b", "c"].map(|channel| sender.join(channel));
    assert_eq!(joined, [false, false, false, true, true, true, false]);
    assert_eq!(realtime.to_channel("c").size(), 0);
    // An id with more channels than that is none of a stream's.
    let id = ["00000000000a-1"; 3].join(",");
    let (response, sender) = realtime.sse(returning(&id)).await.unwrap();
    assert!(sender.join("b"));
    assert_eq!(heard(&mut response.into_body().into_data_stream()).1, ["b false"]);
}

#[tokio::test(start_paused = true)]
async fn a_channel_joined_without_its_being_told_leaves_the_ids_alone() {
    let realtime = Realtime::new().channel("*", Channel::new().history(2));
    let (response, sender) = realtime.sse(request()).await.unwrap();
    let mut body = response.into_body().into_data_stream();
    sender.send(say("a").id("mine")).await.unwrap();
    assert!(realtime.to_channel("news").join(sender.socket()));
    assert_eq!(realtime.to_channel("news").broadcast(say("b")), 1);
    let (events, _, id) = heard(&mut body);
    assert_eq!((events.len(), id.as_str()), (2, "mine"));
}

#[tokio::test(start_paused = true)]
async fn pages_of_an_allowed_origin_may_read_a_stream() {
    let realtime = Realtime::new().allow_origin("https://there.example");
    let ask = async |origin: &str| {
        let request = http::Request::builder().header("host", "here.example").header("origin", origin);
        let answer = realtime.sse(request.body(Body::empty()).unwrap()).await;
        let response = answer.map_or_else(|refusal| refusal, |(response, _)| response);
        assert_eq!(response.headers()["vary"], "Origin");
        let allowed = |name: &str| response.headers().get(name).map(|it| it.to_str().unwrap().to_owned());
        (allowed("access-control-allow-origin"), allowed("access-control-allow-credentials"))
    };
    let both = (Some("https://there.example".to_owned()), Some("true".to_owned()));
    assert_eq!(ask("https://there.example").await, both);
    assert_eq!(ask("https://here.example").await, (None, None));
    assert_eq!(ask("https://elsewhere.example").await, (None, None));
}
