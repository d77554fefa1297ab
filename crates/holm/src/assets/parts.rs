//! Which parts of the client a page needs from the first moment on.

use memchr::memmem;

/// Those that have nothing to send.
const SILENT: [&str; 7] = ["error", "ignore", "keep", "list", "presence", "reset", "widget"];
/// Those that the part `hint` deals with.
const HINT: [&str; 4] = ["disable", "do", "do-on", "optimistic"];
/// Those that the part `aid` deals with; a form may be emptied, for which it has to know what was typed when.
const AID: [&str; 3] = ["reset", "submit", "widget"];

/// How the names of those begin that the part `senses` deals with.
const SENSES: [&str; 7] = ["blur", "dblclick", "focus", "key", "pointer", "visible", "window-"];

/// The parts that a page's HTML asks for, in the order of their loading; found by the names of attributes. Text that
/// looks like one loads a part that finds nothing to do.
pub(super) fn of(html: &str) -> Vec<&'static str> {
    let (mut events, mut senses, mut hint, mut aid) = (false, false, false, false);
    let (mut upload, mut words) = (false, false);
    for rest in after(html, b"data-live-") {
        let end =
            rest.bytes().position(|byte| !byte.is_ascii_lowercase() && byte != b'-').unwrap_or(rest.len());
        let name = &rest[..end];
        senses |= SENSES.iter().any(|begin| name.starts_with(begin));
        hint |= HINT.contains(&name);
        aid |= AID.contains(&name);
        upload |= name == "upload";
        words |= ["error", "presence"].contains(&name);
        events |= !SILENT.contains(&name) && !HINT.contains(&name);
    }
    // Fields that go with a click.
    events = events
        || after(html, b"data-value-").next().is_some()
        || memmem::find_iter(html.as_bytes(), b"<button").any(|at| {
            let tag = &html[at..];
            let tag = &tag[..tag.find('>').unwrap_or(tag.len())];
            tag.contains(" value=") && tag.contains(" data-live=") && !tag.contains("holm-event")
        });
    // What is spoken is said once for a burst of changes.
    aid = aid
        || after(html, b"aria-live=").next().is_some()
        || after(html, b"role=\"")
            .any(|rest| ["status\"", "alert\"", "log\""].iter().any(|role| rest.starts_with(role)));
    // What a visitor wrote is known from what the server said only by what looked on.
    let care = memmem::find(html.as_bytes(), b" contenteditable").is_some();
    [
        (events, "events"),
        (senses, "senses"),
        (hint, "hint"),
        (aid, "aid"),
        (upload, "upload"),
        (care, "care"),
        (words, "words"),
    ]
    .into_iter()
    .filter_map(|(needed, name)| needed.then_some(name))
    .collect()
}

/// What follows each place where an attribute of this name may begin.
fn after<'a>(html: &'a str, name: &'static [u8]) -> impl Iterator<Item = &'a str> {
    memmem::find_iter(html.as_bytes(), name)
        .filter(|&at| at > 0 && html.as_bytes()[at - 1].is_ascii_whitespace())
        .map(move |at| &html[at + name.len()..])
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn a_page_of_clicks_needs_no_part() {
        let plain = r#"<button data-live="inc">+</button><button name="x" value="7">
            </button><button form="holm-A:0" name="holm-event" value="inc" data-live="inc">+</button>
            <ul data-live-list="rows"></ul><p role="note" data-role="status">live</p>"#;
        assert_eq!(of(plain), [""; 0]);
        assert_eq!(of(""), [""; 0]);
        assert_eq!(of("data-live-input"), [""; 0], "no attribute begins a page");
    }

    #[test]
    fn each_attribute_asks_for_its_part() {
        for (html, parts) in [
            (r#"<form data-live-submit="save">"#, &["events", "aid"][..]),
            (r#"<input data-live-input="look" data-live-debounce="300">"#, &["events"]),
            (r#"<button data-live="inc" data-value-id="7">"#, &["events"]),
            (r#"<button data-live="inc" name="by" value="7">"#, &["events"]),
            ("<p data-live-visible=more>", &["events", "senses"]),
            ("<p\ndata-live-blur>", &["events", "senses"]),
            (r#"<p data-live-window-keydown="key" data-live-keys="j">"#, &["events", "senses"]),
            (r#"<p aria-live="polite">"#, &["aid"]),
            (r#"<p role="alert">"#, &["aid"]),
            (r#"<div data-live-widget="chart" data-live-ignore>"#, &["aid"]),
            (r#"<button data-live-do="toggle menu">"#, &["hint"]),
            (r#"<button data-live="like" data-live-optimistic="class this on">"#, &["hint"]),
            (r#"<button data-live="like" data-live-disable>"#, &["hint"]),
            (r#"<details data-live-keep="open">"#, &[]),
            ("<p data-live-error data-live-ignore>", &["words"]),
            (r#"<b data-live-presence="total">"#, &["words"]),
            ("<p contenteditable>", &["care"]),
            (r#"<input type="file" data-live-upload="photos">"#, &["events", "upload"]),
            (r#"<form data-live-change="f" data-live-disable="Wait">"#, &["events", "hint"]),
        ] {
            assert_eq!(of(html), parts, "{html}");
        }
    }
}
