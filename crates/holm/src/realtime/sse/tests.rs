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
    if let Some(id) = event.event_id() {
        write_id(&mut out, id);
    }
    write_rest(&mut out, event);
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
