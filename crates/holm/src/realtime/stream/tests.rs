use axum::body::BodyDataStream;
use futures_util::{FutureExt, StreamExt};
use http::StatusCode;
use proptest::prelude::*;

use super::super::poll::tests::realtime;
use super::super::sse::tests::read;
use super::super::{Channel, Event, Joiner};
use super::*;
use crate::Limits;

fn parts(query: &str, id: &str) -> Parts {
    let request = http::Request::builder().uri(format!("/realtime?{query}")).header("Last-Event-ID", id);
    request.body(()).unwrap().into_parts().0
}

/// A stream as its reader has it: the text so far.
struct Reader {
    body: BodyDataStream,
    text: String,
}

impl Reader {
    async fn open(realtime: &Realtime, query: &str, id: &str) -> Self {
        let response = super::open(realtime, &parts(query, id)).await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        let mut reader = Self { body: response.into_body().into_data_stream(), text: String::new() };
        reader.more();
        reader
    }

    /// Reads what is there without waiting; whether the stream goes on.
    fn more(&mut self) -> bool {
        loop {
            match self.body.next().now_or_never() {
                Some(Some(piece)) => self.text.push_str(std::str::from_utf8(&piece.unwrap()).unwrap()),
                Some(None) => return false,
                None => return true,
            }
        }
    }

    /// The app's events: names and data.
    fn events(&mut self) -> Vec<(String, String)> {
        self.more();
        let events = read(&self.text).events.into_iter();
        events.filter(|event| !event.0.starts_with("holm:")).map(|event| (event.0, event.1)).collect()
    }

    /// What the protocol says beside them.
    fn notes(&mut self) -> Vec<(String, serde_json::Value)> {
        self.more();
        let notes = read(&self.text).events.into_iter().filter(|event| event.0.starts_with("holm:"));
        notes.map(|event| (event.0, serde_json::from_str(&event.1).unwrap())).collect()
    }
}

fn pair(name: &str, data: &str) -> (String, String) {
    (name.to_owned(), data.to_owned())
}

fn say(realtime: &Realtime, channel: &str, name: &str, number: u32) -> usize {
    realtime.to_channel(channel).broadcast(Event::new(name).json(&number).unwrap())
}

#[tokio::test(start_paused = true)]
async fn a_stream_has_the_events_of_its_channels_under_their_names() {
    let realtime = realtime();
    let mut reader = Reader::open(&realtime, "channel=room/1&channel=room/2", "").await;
    assert!(reader.text.starts_with("retry: "), "{}", reader.text);
    let subscribed = reader.notes();
    assert_eq!(subscribed.len(), 2);
    assert!(subscribed.iter().all(|note| note.0 == "holm:subscribed"));
    assert_eq!(say(&realtime, "room/2", "chat", 1), 1);
    assert_eq!(say(&realtime, "room/1", "message", 2), 1);
    assert_eq!(say(&realtime, "room/3", "chat", 3), 0);
    assert_eq!(reader.events(), [pair("chat", "1"), pair("message", "2")]);
    assert_eq!(realtime.broadcast(Event::new("all").text("of\nyou")), 1);
    assert_eq!(reader.events().last().unwrap(), &pair("all", "of\nyou"));
    let id = read(&reader.text).last_id;
    let cursor = |part: &str| part.split_once('-').unwrap().1.to_owned();
    assert_eq!(id.split(',').map(cursor).collect::<Vec<_>>(), ["1", "1"], "{id}");
}

#[tokio::test(start_paused = true)]
async fn who_comes_back_gets_what_was_missed_and_nothing_again() {
    let realtime = realtime();
    let query = "channel=room/1&channel=room/2";
    let mut first = Reader::open(&realtime, query, "").await;
    say(&realtime, "room/1", "a", 1);
    assert_eq!(first.events().len(), 1);
    let id = read(&first.text).last_id;
    drop(first);
    assert_eq!(realtime.connections(), 0);
    say(&realtime, "room/2", "b", 2);
    say(&realtime, "room/1", "a", 3);
    let mut second = Reader::open(&realtime, query, &id).await;
    assert!(second.notes().iter().all(|(_, note)| note["recovered"] == true));
    assert_eq!(second.events(), [pair("a", "3"), pair("b", "2")]);
    say(&realtime, "room/1", "a", 4);
    assert_eq!(second.events().last().unwrap(), &pair("a", "4"));
}

#[tokio::test(start_paused = true)]
async fn another_server_says_that_what_was_missed_is_gone() {
    let before = realtime();
    let mut first = Reader::open(&before, "channel=room/1", "").await;
    say(&before, "room/1", "a", 1);
    assert_eq!(first.events().len(), 1);
    let id = read(&first.text).last_id;
    let after = realtime();
    let mut second = Reader::open(&after, "channel=room/1", &id).await;
    let (_, note) = &second.notes()[0];
    assert_eq!((&note["recovered"], &note["code"]), (&false.into(), &"history_gone".into()));
    say(&after, "room/1", "a", 2);
    assert_eq!(second.events(), [pair("a", "2")]);
    let again = read(&second.text).last_id;
    let mut third = Reader::open(&after, "channel=room/1", &again).await;
    assert_eq!(third.notes()[0].1["recovered"], true);
}

#[tokio::test(start_paused = true)]
async fn a_channel_that_keeps_nothing_leaves_the_ids_to_the_app() {
    let realtime = realtime();
    let mut reader = Reader::open(&realtime, "channel=plain", "").await;
    assert!(!reader.text.contains("id:"), "{}", reader.text);
    realtime.to_channel("plain").broadcast(Event::new("a").text("x").id("mine"));
    reader.more();
    assert_eq!(read(&reader.text).last_id, "mine");
    let mut both = Reader::open(&realtime, "channel=plain&channel=room/1", "").await;
    realtime.to_channel("plain").broadcast(Event::new("a").text("x").id("mine"));
    both.more();
    assert!(read(&both.text).last_id.starts_with("-,"), "an id of the app's would hide where the client is");
}

#[tokio::test(start_paused = true)]
async fn a_client_that_may_be_nowhere_is_refused_by_status_and_one_that_may_be_somewhere_hears_the_rest() {
    let realtime = realtime();
    for (query, status, code) in [
        ("channel=room/attic", StatusCode::FORBIDDEN, "forbidden"),
        ("channel=cellar", StatusCode::NOT_FOUND, "unknown_channel"),
        ("channel=room/attic&channel=cellar", StatusCode::FORBIDDEN, "forbidden"),
        ("channel=", StatusCode::BAD_REQUEST, "bad_name"),
    ] {
        let response = super::open(&realtime, &parts(query, "")).await;
        assert_eq!(response.status(), status, "{query}");
        let body = axum::body::to_bytes(response.into_body(), 1_000).await.unwrap();
        let said: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(said["code"], code);
        assert_eq!(realtime.connections(), 0);
    }
    let query = "channel=room/attic&channel=cellar&channel=room/1";
    let mut reader = Reader::open(&realtime, query, "").await;
    let notes = reader.notes();
    let mut codes: Vec<_> = notes.iter().map(|(name, note)| (name.as_str(), note["code"].as_str())).collect();
    codes.sort_unstable();
    let errors = [("holm:error", Some("forbidden")), ("holm:error", Some("unknown_channel"))];
    assert_eq!(codes, [errors[0], errors[1], ("holm:subscribed", None)]);
    assert_eq!(say(&realtime, "room/1", "a", 1), 1);
    assert_eq!(reader.events().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_stream_ends_after_its_time_and_what_was_said_in_it_is_out() {
    let limits = Limits { stream_time: std::time::Duration::from_mins(1), ..Limits::default() };
    let realtime = realtime().limits(limits);
    let mut reader = Reader::open(&realtime, "channel=room/1", "").await;
    let mut said = 0;
    while said < 100 {
        say(&realtime, "room/1", "a", said);
        said += 1;
        tokio::time::advance(std::time::Duration::from_secs(1)).await;
        if !reader.more() {
            break;
        }
    }
    assert_eq!((said, reader.events().len()), (60, 60));
    drop(reader);
    assert_eq!(realtime.connections(), 0);
    assert_eq!(realtime.to_channel("room/1").size(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_quiet_stream_says_that_it_is_alive_until_its_time_is_over() {
    let realtime = realtime().heartbeat(std::time::Duration::from_millis(200));
    let mut reader = Reader::open(&realtime, "channel=room/1", "").await;
    for _ in 0..3 {
        tokio::time::advance(std::time::Duration::from_millis(200)).await;
        assert!(reader.more());
    }
    assert_eq!(read(&reader.text).comments, 1 + 3);
}

#[tokio::test(start_paused = true)]
async fn a_reader_that_is_too_slow_is_told_so_and_the_end() {
    let limits = Limits { realtime_outbox: 5, ..Limits::default() };
    let realtime = realtime().limits(limits);
    let mut reader = Reader::open(&realtime, "channel=room/1", "").await;
    let id = read(&reader.text).last_id;
    assert_eq!((0..7).map(|number| say(&realtime, "room/1", "a", number)).sum::<usize>(), 5);
    assert!(!reader.more());
    assert_eq!(reader.notes().last().unwrap().1["code"], "too_slow");
    assert_eq!(reader.events().len(), 0);
    let mut again = Reader::open(&realtime, "channel=room/1", &id).await;
    assert_eq!(again.events().len(), 7, "the channel has it all");
}

#[tokio::test(start_paused = true)]
async fn a_page_of_this_server_names_no_origin_when_it_listens_and_another_s_is_refused() {
    let realtime = realtime().require_origin().allow_origin("https://friend.example");
    let status = async |headers: &[(&str, &str)]| {
        let mut request =
            http::Request::builder().uri("/realtime?channel=room/1").header("host", "here.example");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        super::open(&realtime, &request.body(()).unwrap().into_parts().0).await.status()
    };
    assert_eq!(status(&[]).await, StatusCode::OK);
    assert_eq!(status(&[("origin", "https://here.example")]).await, StatusCode::OK);
    assert_eq!(status(&[("origin", "https://there.example")]).await, StatusCode::FORBIDDEN);
    assert_eq!(status(&[("upgrade", "websocket")]).await, StatusCode::FORBIDDEN, "a socket names its own");
    // What a browser sends for a page that asks and does not look at the answer (`no-cors`, a link, an image).
    for (site, expected) in [
        ("cross-site", StatusCode::FORBIDDEN),
        ("same-site", StatusCode::FORBIDDEN),
        ("same-origin", StatusCode::OK),
        ("none", StatusCode::OK),
    ] {
        assert_eq!(status(&[("sec-fetch-site", site)]).await, expected, "{site}");
    }
    let friend = [("sec-fetch-site", "cross-site"), ("origin", "https://friend.example")];
    assert_eq!(status(&friend).await, StatusCode::OK);
}

#[tokio::test(start_paused = true)]
async fn who_listens_is_present_until_its_stream_is_gone() {
    let (left, mut leaves) = tokio::sync::mpsc::unbounded_channel();
    let channel = Channel::new().presence(true).on_leave(move |who: Joiner| {
        let _ = left.send(who.name().to_owned());
        async { Ok(()) }
    });
    let realtime = Realtime::new().channel("*", channel);
    let mut reader = Reader::open(&realtime, "channel=a", "").await;
    assert_eq!(realtime.to_channel("a").presence().len(), 1);
    assert!(reader.notes().iter().any(|(name, note)| name == "holm:presence" && note["channel"] == "a"));
    drop(reader);
    assert_eq!(realtime.to_channel("a").presence(), []);
    assert_eq!(leaves.recv().await.unwrap(), "a");
}

#[tokio::test(start_paused = true)]
async fn a_drain_ends_streams() {
    let realtime = realtime();
    let mut reader = Reader::open(&realtime, "channel=room/1", "").await;
    say(&realtime, "room/1", "a", 1);
    let hub = realtime.hub();
    let drain = tokio::spawn(async move { hub.drain().await });
    tokio::task::yield_now().await;
    assert!(!reader.more());
    assert_eq!(reader.events(), [pair("a", "1")]);
    assert_eq!(
        reader.notes().last().unwrap(),
        &("holm:close".to_owned(), serde_json::json!({"type": "close", "code": "shutting_down"}))
    );
    drop(reader);
    drain.await.unwrap();
}

/// What happens to two channels and their reader.
#[derive(Debug, Clone)]
enum Step {
    Say(u8),
    /// The connection is lost when so many more bytes have come.
    Cut(usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![3 => (0_u8..2).prop_map(Step::Say), 1 => (0_usize..400).prop_map(Step::Cut)];
    prop::collection::vec(step, 0..60)
}

proptest! {
    #[test]
    fn whatever_is_cut_wherever_each_event_comes_once_and_in_its_channel_s_order(steps in steps()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let realtime = realtime();
            // Who has no id yet begins with the first event.
            let query = "channel=room/0&channel=room/1&after=oldest";
            let mut reader = Reader::open(&realtime, query, "").await;
            let mut said = [0_u32; 2];
            let mut got: [Vec<u32>; 2] = Default::default();
            let mut id = String::new();
            let mut collect = |text: &str, got: &mut [Vec<u32>; 2]| {
                for (name, data, at) in read(text).events {
                    if name == "holm:subscribed" {
                        let note: serde_json::Value = serde_json::from_str(&data).unwrap();
                        prop_assert_ne!(&note["recovered"], false);
                    } else {
                        got[name.parse::<usize>().unwrap()].push(data.parse().unwrap());
                    }
                    id = at;
                }
                Ok(id.clone())
            };
            for step in &steps {
                match step {
                    Step::Say(channel) => {
                        let at = usize::from(*channel);
                        say(&realtime, &format!("room/{channel}"), &channel.to_string(), said[at]);
                        said[at] += 1;
                    }
                    Step::Cut(bytes) => {
                        reader.more();
                        let end = reader.text.len().min(*bytes);
                        let id = collect(&reader.text[..end], &mut got)?;
                        reader = Reader::open(&realtime, query, &id).await;
                    }
                }
            }
            reader.more();
            collect(&reader.text, &mut got)?;
            for (got, said) in got.iter().zip(said) {
                prop_assert_eq!(got, &(0..said).collect::<Vec<_>>());
            }
            Ok(())
        })?;
    }
}

#[tokio::test(start_paused = true)]
async fn a_reader_that_is_stuck_when_it_ends_keeps_neither_its_place_nor_its_hooks_waiting() {
    let (left, mut leaves) = tokio::sync::mpsc::unbounded_channel();
    let channel = Channel::new().on_leave(move |who: Joiner| {
        let _ = left.send(who.name().to_owned());
        async { Ok(()) }
    });
    let limits = Limits { realtime_outbox: 4, ..Limits::default() };
    let realtime = Realtime::new().channel("*", channel).limits(limits);
    let mut stuck = Reader::open(&realtime, "channel=a", "").await;
    for n in 0..10 {
        say(&realtime, "a", "n", n);
    }
    assert_eq!(realtime.to_channel("a").size(), 0, "it is out at once");
    assert_eq!(leaves.recv().await.unwrap(), "a");
    assert_eq!(realtime.connections(), 0);
    assert!(!stuck.more());
    assert_eq!(stuck.notes().last().unwrap().1["code"], "too_slow", "it hears why, when it reads again");

    let stuck = Reader::open(&realtime, "channel=b", "").await;
    realtime.hub().drain().await;
    assert_eq!((realtime.connections(), leaves.recv().await.unwrap()), (0, "b".to_owned()));
    drop(stuck);
}

#[tokio::test(start_paused = true)]
async fn a_reader_that_takes_what_waited_when_it_ends_has_its_time_for_that() {
    let realtime = realtime();
    let mut reader = Reader::open(&realtime, "channel=room/1", "").await;
    let text = "x".repeat(20_000);
    for _ in 0..5 {
        realtime.to_channel("room/1").broadcast(Event::new("n").text(&*text));
    }
    let hub = realtime.hub();
    let drain = tokio::spawn(async move { hub.drain().await });
    for _ in 0..5 {
        tokio::time::sleep(std::time::Duration::from_millis(900)).await;
        let piece = reader.body.next().await.unwrap().unwrap();
        reader.text.push_str(std::str::from_utf8(&piece).unwrap());
    }
    assert!(!reader.more());
    assert_eq!(reader.events().len(), 5);
    drop(reader);
    drain.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn who_comes_back_when_its_stream_has_had_its_time_was_present_all_along() {
    let limits = Limits::default();
    let time = limits.stream_time;
    let identify = |parts: Parts| async move {
        let is_ada = parts.uri.query().is_some_and(|query| query.contains("user=ada"));
        Ok(crate::Principal::new(if is_ada { "ada" } else { "bob" }))
    };
    let channel = Channel::new().presence(true);
    let realtime = Realtime::new().channel("*", channel).limits(limits).identify(identify);
    let mut bob = Reader::open(&realtime, "channel=a&user=bob", "").await;
    tokio::time::sleep(time / 2).await;
    let mut ada = Reader::open(&realtime, "channel=a&user=ada", "").await;
    tokio::time::sleep(time / 2).await;
    assert!(!bob.more(), "it has had its time");
    drop(bob);
    let told = ada.notes().len();
    tokio::time::sleep(std::time::Duration::from_secs(3)).await;
    assert_eq!((realtime.to_channel("a").size(), realtime.to_channel("a").presence().len()), (1, 2));
    let bob = Reader::open(&realtime, "channel=a&user=bob", "").await;
    tokio::time::sleep(time / 4).await;
    assert_eq!(ada.notes().len(), told, "{:?}", ada.notes());
    drop(bob);
    tokio::time::sleep(time / 8).await;
    assert_eq!(ada.notes().last().unwrap().1["left"], serde_json::json!(["bob"]), "it did not come back");
}
