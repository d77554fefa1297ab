use std::any::TypeId;
use std::collections::BTreeMap;
use std::sync::mpsc::Receiver;

use maud::{Render as _, html};
use serde::{Deserialize, Serialize};

use super::{DecodeError, Event, Payload, recording};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Profile {
    name: String,
    age: Option<u8>,
}

#[derive(Clone, Debug, PartialEq, crate::Event)]
enum Press {
    Inc,
    Empty {},
    Set {
        to: i64,
    },
    Add(i64),
    Save(Profile),
    Filter {
        #[serde(default)]
        tags: Vec<String>,
        #[serde(default)]
        done: bool,
        #[serde(rename = "max-price")]
        price: f64,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        r#type: Option<u32>,
    },
    #[event(rename = "cart:wipe")]
    Clear(#[serde(with = "doubled")] u32),
    #[serde(rename_all = "camelCase", deny_unknown_fields)]
    Move {
        row_key: String,
    },
    Sorted(Vec<u8>),
    HTMLLoad2,
}

/// Twice the value on the wire: shows that `with` reaches both directions.
mod doubled {
    use serde::{Deserialize as _, Deserializer, Serializer};

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
    pub(super) fn serialize<S: Serializer>(value: &u32, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u32(value * 2)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
        u32::deserialize(deserializer).map(|value| value / 2)
    }
}

/// What a client sends back for the attribute that `event` renders as.
fn text(event: &impl Event) -> String {
    match event.payload() {
        Some(payload) => format!("{} {payload}", event.name()),
        None => event.name().to_owned(),
    }
}

fn decode<E: Event>(text: &str) -> Result<E, DecodeError> {
    let (name, json) = text.split_once(' ').unwrap_or((text, ""));
    E::decode(name, Payload::Json(json))
}

fn sentence(result: Result<Press, DecodeError>) -> String {
    match result {
        Err(error @ (DecodeError::BadPayload(_) | DecodeError::BadFields { .. })) => error.to_string(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_shape_makes_the_round_trip() {
    let filter =
        |r#type| Press::Filter { tags: vec!["a b".into(), "\"'".into()], done: true, price: 0.5, r#type };
    let profile = Profile { name: "Ada <3".into(), age: None };
    let shapes = [
        (Press::Inc, "inc"),
        (Press::Empty {}, "empty"),
        (Press::Set { to: i64::MIN }, r#"set {"to":-9223372036854775808}"#),
        (Press::Add(-5), "add -5"),
        (Press::Save(profile), r#"save {"name":"Ada <3","age":null}"#),
        (filter(None), r#"filter {"tags":["a b","\"'"],"done":true,"max-price":0.5}"#),
        (filter(Some(7)), r#"filter {"tags":["a b","\"'"],"done":true,"max-price":0.5,"type":7}"#),
        (Press::Clear(21), "cart:wipe 42"),
        (Press::Move { row_key: "r".into() }, r#"move {"rowKey":"r"}"#),
        (Press::Sorted(vec![]), "sorted []"),
        (Press::HTMLLoad2, "html_load2"),
    ];
    for (event, wire) in shapes {
        assert_eq!(text(&event), wire);
        assert_eq!(decode::<Press>(wire), Ok(event));
    }
    assert_eq!(
        Press::NAMES,
        ["inc", "empty", "set", "add", "save", "filter", "cart:wipe", "move", "sorted", "html_load2"]
    );
}

#[test]
fn forms_fill_typed_fields() {
    let form = |name, fields| Press::decode(name, Payload::Form(fields));
    assert_eq!(form("inc", "anything=1"), Ok(Press::Inc));
    assert_eq!(form("set", "to=-3&csrf=x"), Ok(Press::Set { to: -3 }));
    assert_eq!(
        form("save", "name=Ada+%26+co&age=36"),
        Ok(Press::Save(Profile { name: "Ada & co".into(), age: Some(36) }))
    );
    assert_eq!(form("save", "name=&age="), Ok(Press::Save(Profile { name: String::new(), age: None })));
    assert_eq!(
        form("filter", "tags=a&max-price=1.25&tags=b&done=true&type=9"),
        Ok(Press::Filter { tags: vec!["a".into(), "b".into()], done: true, price: 1.25, r#type: Some(9) })
    );
    assert_eq!(
        form("filter", "max-price=1&tags=a"),
        Ok(Press::Filter { tags: vec!["a".into()], done: false, price: 1.0, r#type: None })
    );
}

#[test]
fn unknown_names_are_refused() {
    for name in
        ["", "Inc", "inc ", "clear", "toString", "constructor", "__proto__", "hasOwnProperty", "in\0c"]
    {
        assert_eq!(Press::decode(name, Payload::Json("")), Err(DecodeError::UnknownEvent(name.into())));
    }
    let Err(DecodeError::UnknownEvent(name)) = Press::decode(&"ä".repeat(10_000), Payload::Json("")) else {
        panic!("accepted")
    };
    assert_eq!(name, format!("{}…", "ä".repeat(64)));
    assert_eq!(
        DecodeError::UnknownEvent("toString".into()).to_string(),
        "no event of this island is called `toString`"
    );
}

#[test]
fn bad_payloads_say_what_does_not_fit() {
    let json = |name, json| sentence(Press::decode(name, Payload::Json(json)));
    let form = |name, fields| sentence(Press::decode(name, Payload::Form(fields)));
    assert_eq!(json("inc", "{}"), "`inc` takes no payload");
    assert_eq!(json("set", "{}"), "the payload of `set` does not fit: missing field `to`");
    assert_eq!(
        json("set", r#"{"to":"3"}"#),
        "the payload of `set` does not fit: invalid type: string \"3\", expected i64"
    );
    assert!(json("set", "").starts_with("`set` came without its payload"));
    assert!(json("set", "{\"to\":3} x").ends_with("trailing characters"));
    assert!(json("move", r#"{"rowKey":"a","to":1}"#).contains("unknown field `to`"));
    assert!(json("add", "9223372036854775808").contains("expected i64"));
    let set = |sentence| format!("the form's fields do not fill `set`: `to`: {sentence}");
    assert_eq!(form("set", ""), set("Please fill this in."));
    assert_eq!(form("set", "to=x"), set("This has to be a number."));
    assert_eq!(form("set", "to=1&to=2"), set("Only one value fits here."));
    assert_eq!(
        form("filter", "max-price=x&type=-1"),
        "the form's fields do not fill `filter`: `max-price`: This has to be a number. `type`: This has to be at least 0."
    );
    assert_eq!(form("add", "a=1&b=2"), "the form's fields do not fill `add`: Only one value fits here.");
}

/// A receiver has neither serde nor `Sync`: the server's own events may be of any shape.
#[derive(Debug, crate::Event)]
#[expect(dead_code, reason = "what the server's events carry is not read here")]
#[event(rename_all = "SCREAMING-KEBAB-CASE")]
enum Feed {
    PauseNow,
    #[event(server)]
    Tick,
    #[event(server)]
    Rows(Receiver<u8>, u32),
    #[event(server)]
    Gone {
        why: Receiver<()>,
    },
}

#[test]
fn a_client_cannot_send_what_is_the_servers() {
    assert_eq!(Feed::NAMES, ["PAUSE-NOW"]);
    assert!(matches!(decode("PAUSE-NOW"), Ok(Feed::PauseNow)));
    assert_eq!(Feed::pause_now_event().name(), "PAUSE-NOW");
    let (_, rows) = std::sync::mpsc::channel();
    let (_, why) = std::sync::mpsc::channel();
    for (event, name) in [(Feed::Tick, "TICK"), (Feed::Rows(rows, 1), "ROWS"), (Feed::Gone { why }, "GONE")] {
        assert_eq!((event.name(), event.payload()), (name, None));
        for payload in [Payload::Json(""), Payload::Json("{}"), Payload::Json("[]"), Payload::Form("why=")] {
            assert!(matches!(Feed::decode(name, payload), Err(DecodeError::UnknownEvent(_))));
        }
    }
}

#[derive(Debug, crate::Event)]
enum Shop {
    Look,
    #[event(once)]
    Pay {
        cents: u32,
    },
    #[event(rename = "mail", once)]
    Send(String),
    #[event(server)]
    Tick,
}

#[derive(Debug, crate::Event)]
enum Order {
    #[event(once)]
    Now,
}

#[test]
fn an_event_with_effects_outside_is_told_from_the_others() {
    let once = |name, json| Shop::decode(name, Payload::Json(json)).map(|event| event.is_once());
    assert_eq!(once("look", ""), Ok(false));
    assert_eq!(once("pay", r#"{"cents":1}"#), Ok(true));
    assert_eq!(once("mail", r#""to""#), Ok(true));
    assert!(!Shop::Tick.is_once() && Order::Now.is_once() && !Press::Inc.is_once());
}

#[derive(Debug, crate::Event)]
enum NoEvent {}

#[test]
fn an_empty_enum_answers_nothing() {
    assert!(NoEvent::NAMES.is_empty());
    assert!(decode::<NoEvent>("inc").is_err());
}

#[derive(Debug, crate::Event)]
enum Odd {
    Prices(BTreeMap<Vec<u8>, u8>),
}

#[test]
fn a_payload_json_cannot_hold_renders_as_null() {
    assert_eq!(text(&Odd::Prices([(vec![1], 1)].into())), "prices null");
    assert!(decode::<Odd>("prices null").is_err());
}

#[test]
fn attributes_are_escaped() {
    let save = Press::Save(Profile { name: "\"<&>'".into(), age: Some(1) });
    let page = html! { button data-live=(save) {} form data-live-submit=(Press::save_event()) {} };
    assert_eq!(
        page.into_string(),
        concat!(
            r#"<button data-live="save {&quot;name&quot;:&quot;\&quot;&lt;&amp;&gt;'&quot;,&quot;age&quot;:1}">"#,
            r#"</button><form data-live-submit="save"></form>"#
        )
    );
    assert_eq!(format!("{:?}", Press::clear_event()), r#"EventName("cart:wipe")"#);
}

#[test]
fn a_recording_hears_events_with_their_type() {
    let _unheard = Press::Inc.render();
    let (inner, outer) = recording(|| {
        let _ = html! { a data-live=(Press::Set { to: 3 }) {} b data-live="literal" {} };
        let ((), inner) = recording(|| drop(Feed::pause_now_event().render()));
        let _ = Press::inc_event().render();
        inner
    });
    let heard = |recorded: &[super::Recorded]| -> Vec<(TypeId, String)> {
        recorded.iter().map(|event| (event.type_id, event.text.clone())).collect()
    };
    let press = TypeId::of::<Press>();
    assert_eq!(heard(&outer), [(press, r#"set {"to":3}"#.to_owned()), (press, "inc".to_owned())]);
    assert_eq!(heard(&inner), [(TypeId::of::<Feed>(), "PAUSE-NOW".to_owned())]);
    assert!(inner[0].type_name.ends_with("::Feed"));
}

#[test]
fn a_panic_ends_its_recording() {
    let (caught, outer) = recording(|| {
        let caught = std::panic::catch_unwind(|| recording(|| panic!("render")));
        let _ = Press::Inc.render();
        caught.is_err()
    });
    assert!(caught);
    assert_eq!(outer.len(), 1);
    let ((), after) = recording(|| ());
    assert!(after.is_empty());
}
