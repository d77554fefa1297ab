use futures_util::StreamExt;
use proptest::prelude::*;

use super::*;

/// What a reader makes of a stream, after the HTML standard: "9.2.6 Interpreting an event stream".
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Read {
    pub(crate) events: Vec<(String, String, String)>,
    pub(crate) last_id: String,
    pub(crate) retry: Option<u64>,
    pub(crate) comments: usize,
}

pub(crate) fn read(stream: &str) -> Read {
    let mut read = Read::default();
    let (mut kind, mut data) = (String::new(), String::new());
    let stream = stream.strip_prefix('\u{feff}').unwrap_or(stream);
    for line in lines(stream) {
        if line.is_empty() {
            if data.is_empty() {
                kind.clear();
                continue;
            }
            data.pop();
            let name = if kind.is_empty() { "message".to_owned() } else { std::mem::take(&mut kind) };
            read.events.push((name, std::mem::take(&mut data), read.last_id.clone()));
            continue;
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "" => read.comments += 1,
            "event" => value.clone_into(&mut kind),
            "data" => data.extend([value, "\n"]),
            "id" if !value.contains('\0') => value.clone_into(&mut read.last_id),
            "retry" if value.bytes().all(|byte| byte.is_ascii_digit()) => read.retry = value.parse().ok(),
            _ => {}
        }
    }
    read
}

/// The lines that have ended: by CRLF, LF or CR. What comes after the last end is none yet.
fn lines(mut stream: &str) -> Vec<&str> {
    let mut lines = Vec::new();
    while let Some(end) = stream.find(['\r', '\n']) {
        lines.push(&stream[..end]);
        let rest = &stream[end..];
        stream = rest.strip_prefix("\r\n").unwrap_or(&rest[1..]);
    }
    lines
}

/// Text as its lines arrive: each break is a line feed.
fn unbroken(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}

fn written(event: &Event) -> String {
    let mut out = String::new();
    write(&mut out, event);
    out
}

#[test]
fn an_event_is_written_as_its_fields() {
    let event = Event::new("said").text("one\ntwo").id("7").retry(Duration::from_millis(1_500));
    assert_eq!(written(&event), "id: 7\nretry: 1500\nevent: said\ndata: one\ndata: two\n\n");
    assert_eq!(written(&Event::default().text("x")), "data: x\n\n");
}

#[test]
fn every_break_of_lines_begins_a_line_of_data_and_no_field() {
    for (text, arrives) in [
        ("", ""),
        ("\n", "\n"),
        ("a\r\nb", "a\nb"),
        ("a\rb\n\rc", "a\nb\n\nc"),
        ("a\n", "a\n"),
        ("\r\n\r\n", "\n\n"),
        (
            "a\n\nid: 9\nevent: forged\nretry: 1\ndata: forged",
            "a\n\nid: 9\nevent: forged\nretry: 1\ndata: forged",
        ),
        ("a\revent: forged", "a\nevent: forged"),
        (": no comment", ": no comment"),
        (" a space", " a space"),
        ("\u{feff}a mark", "\u{feff}a mark"),
        ("a\0b\u{b}c\u{c}d\u{85}e\u{2028}f", "a\0b\u{b}c\u{c}d\u{85}e\u{2028}f"),
    ] {
        let read = read(&written(&Event::new("said").text(text)));
        let expected = vec![("said".to_owned(), arrives.to_owned(), String::new())];
        assert_eq!((read.events, read.retry, read.comments), (expected, None, 0), "{text:?}");
    }
}

/// Text made of what matters to readers of streams.
fn nasty() -> impl Strategy<Value = String> {
    let pieces = [
        "\r", "\n", "\r\n", "\0", "\u{feff}", "\u{85}", "\u{2028}", ":", " ", "data", "data: ", "id: 9",
        "event", "retry: 1", "a", "é", "😀", "\u{1b}",
    ];
    let piece =
        prop_oneof![4 => prop::sample::select(pieces.to_vec()).prop_map(str::to_owned), 1 => any::<String>()];
    prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

fn any_event() -> impl Strategy<Value = Event> {
    let name = prop_oneof![1 => nasty(), 2 => "[a-z: ]{1,8}"];
    let id = prop::option::of(prop_oneof![1 => nasty(), 2 => "[a-z: ]{0,8}"]);
    (name, nasty(), id, prop::option::of(0_u64..100_000)).prop_map(|(name, text, id, retry)| {
        let mut event = Event::new(name).text(text);
        if let Some(id) = id {
            event = event.id(id);
        }
        match retry {
            Some(retry) => event.retry(Duration::from_millis(retry)),
            None => event,
        }
    })
}

proptest! {
    #[test]
    fn what_is_sent_is_what_is_read_and_nothing_beside_it(events in prop::collection::vec(any_event(), 0..6)) {
        let mut stream = greeting();
        let mut expected = read(&stream);
        for event in &events {
            if event.check().is_err() {
                continue;
            }
            stream.push_str(&written(event));
            if let Some(id) = event.event_id() {
                id.clone_into(&mut expected.last_id);
            }
            if let Some(retry) = event.retry_after() {
                expected.retry = u64::try_from(retry.as_millis()).ok();
            }
            let (name, data) = (event.name().to_owned(), unbroken(event.data()));
            expected.events.push((name, data, expected.last_id.clone()));
        }
        prop_assert_eq!(read(&stream), expected);
    }

    #[test]
    fn a_name_or_an_id_with_a_line_in_it_is_refused(before in nasty(), end in "[\r\n\0]", after in nasty()) {
        let text = before + &end + &after;
        prop_assert!(Event::new(text.clone()).check().is_err());
        prop_assert!(Event::new("said").id(text).check().is_err());
    }
}

/// A stream under test: its body, and what feeds it.
struct Opened {
    body: axum::body::BodyDataStream,
    sender: SseSender,
    held: std::sync::Weak<()>,
    end: tokio::sync::oneshot::Sender<()>,
}

impl Opened {
    fn new(limits: &Limits) -> Self {
        let (end, ends) = tokio::sync::oneshot::channel();
        let held = Arc::new(());
        let weak = Arc::downgrade(&held);
        let ended = async move {
            let _ = ends.await;
        };
        let (response, sender) = open(limits, held, ended);
        Self { body: response.into_body().into_data_stream(), sender, held: weak, end }
    }

    /// Opened, and greeted.
    async fn greeted(limits: &Limits) -> Self {
        let mut opened = Self::new(limits);
        let first = read(&opened.piece().await.unwrap());
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
        use futures_util::FutureExt;
        self.piece().now_or_never().map(|piece| piece.unwrap_or_else(|| "the end".to_owned()))
    }
}

fn say(text: &str) -> Event {
    Event::default().text(text)
}

#[tokio::test(start_paused = true)]
async fn a_stream_has_the_headers_that_get_it_through_proxies() {
    let (response, _sender) = open(&Limits::default(), (), std::future::pending());
    let header = |name: &str| response.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(header("content-type"), "text/event-stream");
    assert_eq!(header("cache-control"), "no-cache, no-transform");
    assert_eq!(header("x-accel-buffering"), "no");
}

#[tokio::test(start_paused = true)]
async fn a_stream_greets_at_once_and_says_what_waits_in_one_piece() {
    let mut opened = Opened::new(&Limits::default());
    assert!(opened.ready().unwrap().starts_with("retry: "));
    opened.sender.send(say("a")).await.unwrap();
    opened.sender.try_send(&say("b")).unwrap();
    assert_eq!(opened.ready().unwrap(), "data: a\n\ndata: b\n\n");
    assert_eq!(opened.ready(), None);
}

#[tokio::test(start_paused = true)]
async fn a_quiet_stream_says_that_it_is_alive_and_a_busy_one_needs_not() {
    let limits = Limits { realtime_heartbeat: Duration::from_millis(200), ..Limits::default() };
    let mut opened = Opened::greeted(&limits).await;
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
    let mut quiet = Opened::greeted(&limits).await;
    let start = Instant::now();
    while let Some(piece) = quiet.piece().await {
        assert_eq!(piece, ":\n\n");
    }
    assert_eq!(start.elapsed().as_secs(), 60);
    assert!(matches!(quiet.sender.try_send(&say("late")), Err(SseError::Closed)));

    let mut busy = Opened::greeted(&limits).await;
    let mut said = 0;
    while busy.sender.try_send(&say("x")).is_ok() {
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(busy.piece().await.as_deref(), Some("data: x\n\n"));
        said += 1;
    }
    assert_eq!((said, busy.piece().await), (60, None), "what was sent in time arrives");
}

#[tokio::test(start_paused = true)]
async fn a_stream_ends_when_its_senders_are_gone_or_its_server_goes_and_loses_nothing_of_what_was_sent() {
    let mut opened = Opened::greeted(&Limits::default()).await;
    let other = opened.sender.clone();
    drop(std::mem::replace(&mut opened.sender, other));
    assert_eq!(opened.ready(), None, "a clone is left");
    opened.sender.try_send(&say("a")).unwrap();
    let Opened { sender, mut body, .. } = opened;
    drop(sender);
    assert_eq!(body.next().await.unwrap().unwrap(), "data: a\n\n");
    assert!(body.next().await.is_none());

    let mut opened = Opened::greeted(&Limits::default()).await;
    opened.sender.try_send(&say("b")).unwrap();
    let (end, _) = tokio::sync::oneshot::channel();
    std::mem::replace(&mut opened.end, end).send(()).unwrap();
    assert_eq!(opened.piece().await.unwrap(), "data: b\n\n");
    assert_eq!(opened.piece().await, None);
    opened.sender.closed().await;
}

#[tokio::test(start_paused = true)]
async fn a_reader_that_goes_frees_everything_at_once_and_wakes_who_waits() {
    let limits = Limits { realtime_outbox: 1, ..Limits::default() };
    let Opened { body, sender, held, end: _end } = Opened::greeted(&limits).await;
    sender.try_send(&say("a")).unwrap();
    let waits = tokio::spawn({
        let sender = sender.clone();
        async move { sender.send(say("b")).await }
    });
    let told = tokio::spawn({
        let sender = sender.clone();
        async move { sender.closed().await }
    });
    tokio::task::yield_now().await;
    assert!(!waits.is_finished() && !told.is_finished() && held.upgrade().is_some());
    drop(body);
    assert!(held.upgrade().is_none() && sender.is_closed());
    assert!(matches!(waits.await.unwrap(), Err(SseError::Closed)));
    told.await.unwrap();
    for _ in 0..2 {
        assert!(matches!(sender.send(say("late")).await, Err(SseError::Closed)));
    }
}

#[tokio::test(start_paused = true)]
async fn a_sender_waits_for_room_in_events_and_in_bytes() {
    for limits in [
        Limits { realtime_outbox: 3, ..Limits::default() },
        Limits { realtime_outbox_bytes: 30, ..Limits::default() },
    ] {
        let mut opened = Opened::greeted(&limits).await;
        // Each is ten bytes as it is written.
        for text in ["a1", "a2", "a3"] {
            opened.sender.send(say(text)).await.unwrap();
        }
        assert!(matches!(opened.sender.try_send(&say("a4")), Err(SseError::Full)));
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
    let mut opened = Opened::greeted(&limits).await;
    opened.sender.try_send(&say(&"x".repeat(90))).unwrap();
    assert!(matches!(opened.sender.try_send(&say("y")), Err(SseError::Full)));
    assert_eq!(opened.piece().await.unwrap().len(), 98);
    let name = "message".len();
    assert!(opened.sender.try_send(&say(&"\n".repeat(100 - name))).is_ok());
    let refused = opened.sender.send(say(&"x".repeat(101 - name))).await;
    assert!(matches!(refused, Err(SseError::Refused(_))));
    let refused = opened.sender.send(Event::new("a\nb")).await;
    assert!(refused.unwrap_err().to_string().contains("control character"));
}
