//! Random markup like that which maud writes, and some that no parser keeps.

use std::fmt::Write as _;

use proptest::prelude::*;

/// A piece of markup; `depth` bounds its nesting.
pub(crate) fn markup(depth: u32) -> BoxedStrategy<String> {
    let leaf = prop_oneof![
        4 => "[a-c \u{e9}\u{1f600}]{0,6}",
        1 => Just("<br>".to_owned()),
        1 => Just("&amp;".to_owned()),
        1 => Just("<!--c-->".to_owned()),
        1 => (0..4u8).prop_map(|n| format!("<holm-island data-key=\"n{n}\" data-island=\"Child\"></holm-island>")),
        1 => (0..3u8).prop_map(|n| format!("<input value=\"{n}\">")),
        1 => "[a-b]{0,2}".prop_map(|text| format!("<textarea>\n{text}</textarea>")),
    ];
    if depth == 0 {
        return leaf.boxed();
    }
    let name = prop_oneof![
        6 => Just("div"), 3 => Just("span"), 2 => Just("li"), 1 => Just("p"), 1 => Just("b"), 1 => Just("a"),
        1 => Just("section"), 1 => Just("ul"), 1 => Just("button"), 1 => Just("pre"), 1 => Just("h1"),
    ];
    let attrs = prop_oneof![
        4 => Just(String::new()),
        2 => (0..6u8).prop_map(|n| format!(" id=\"i{n}\"")),
        3 => (0..6u8).prop_map(|n| format!(" data-key=\"k{n}\"")),
        1 => (0..3u8).prop_map(|n| format!(" class=\"c{n}\" title='t' checked")),
        1 => Just(" data-live-ignore".to_owned()),
        1 => (0..3u8).prop_map(|n| format!(" data-live-list=\"l{n}\"")),
    ];
    let element = (name, attrs, prop::collection::vec(markup(depth - 1), 0..6))
        .prop_map(|(name, attrs, inner)| format!("<{name}{attrs}>{}</{name}>", inner.concat()));
    let table = prop::collection::vec((0..8u8, "[a-c]{0,2}"), 0..6).prop_map(|rows| {
        let mut html = String::from("<table>");
        for (key, text) in rows {
            let _ = write!(html, "<tr data-key=\"r{key}\"><td>{text}</td></tr>");
        }
        html + "</table>"
    });
    prop_oneof![3 => element, 2 => leaf, 1 => table].boxed()
}
