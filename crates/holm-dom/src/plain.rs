//! What a render's buttons and forms need to post by themselves, with no script.
//!
//! Called by `holm` after the render of a progressive island, and a part of that render from then on: the
//! diff, the seals and the browser know only the text with these attributes. What it does not know: who
//! takes the post.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::attrs;
use crate::node::{Context, Doc, Key, Kind, Node};
use crate::parse;
use crate::rules::Ns;

/// The name under which a button posts its event.
pub const EVENT_FIELD: &str = "holm-event";

/// A render with the attributes that [`plain`] added.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plain {
    /// The whole text.
    pub html: String,
    /// Its `data-live-submit` forms that can post, in document order.
    pub forms: Vec<PlainForm>,
    /// Whether some button posts through the form that [`plain`] was told of.
    pub buttons: bool,
}

/// A form that posts by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlainForm {
    /// Its `id`, the author's own if there is one.
    pub id: String,
    /// What `data-live-submit` says, and a `?` with the element's `data-value-*` where it has any.
    pub event: String,
}

/// Adds what `data-live` buttons and `data-live-submit` forms need to post with no script.
///
/// A button gets `form`, `name` and `value`, so that it posts its event through the form with the id `form`,
/// which stands outside of this text. An event without a payload takes the element's `data-value-*` along, as
/// `pick ?row_id=7`. A form gets `method="post"` and, where it has none, an `id`: made of
/// `form`, the nearest key around it and its event, so that it stays when others come and go. An author's
/// own `action`, `formaction`, `form` or `name` is left as it stands.
///
/// ```
/// let plain = holm_dom::plain(r#"<button data-live="inc">+</button>"#.to_owned(), "f");
/// assert_eq!(
///     plain.html,
///     r#"<button form="f" name="holm-event" value="inc" data-live="inc">+</button>"#
/// );
/// ```
pub fn plain(html: String, form: &str) -> Plain {
    if !html.contains("data-live") {
        return Plain { html, ..Plain::default() };
    }
    let mut found = Plain::default();
    let mut inserts: Vec<(usize, String)> = Vec::new();
    let (doc, _) = parse::survey(&html, &Context::root());
    let mut ids = Ids { form, given: HashMap::new() };
    // The keyed elements around the present one: where each ends, and its key.
    let mut around: Vec<(usize, Cow<'_, str>)> = Vec::new();
    for (at, node) in doc.nodes.iter().enumerate().skip(1) {
        while around.last().is_some_and(|(end, _)| *end <= at) {
            around.pop();
        }
        if node.kind != Kind::Element {
            continue;
        }
        if let Some(Key::Id(key) | Key::Data(key)) = node.key {
            around.push((node.next, decoded(key)));
        }
        if node.ns != Ns::Html {
            continue;
        }
        if let Some(event) = button(&doc, node) {
            found.buttons = true;
            let mut text = String::new();
            attribute(&mut text, "form", form);
            attribute(&mut text, "name", EVENT_FIELD);
            attribute(&mut text, "value", &with_values(&doc, node, &event));
            inserts.push((node.start + 1 + node.written.len(), text));
        } else if let Some(event) = submitted(&doc, node) {
            let mut text = String::new();
            if get(&doc, node, "method").is_none() {
                attribute(&mut text, "method", "post");
            }
            let id = if let Some(id) = get(&doc, node, "id") {
                id.into_owned()
            } else {
                let id = ids.next(around.last().map(|(_, key)| &**key), &event);
                attribute(&mut text, "id", &id);
                id
            };
            inserts.push((node.start + 1 + node.written.len(), text));
            found.forms.push(PlainForm { id, event: with_values(&doc, node, &event).into_owned() });
        }
    }
    drop(doc);
    found.html = insert(html, &inserts);
    found
}

/// Where text may be put into the first element with `attribute` whose content is nobody's (`data-live-ignore`)
/// and empty.
///
/// ```
/// let html = r#"<p data-live-error data-live-ignore></p>"#;
/// assert_eq!(holm_dom::empty_place(html, "data-live-error"), html.find("</p>"));
/// ```
pub fn empty_place(html: &str, attribute: &str) -> Option<usize> {
    if !html.contains(attribute) {
        return None;
    }
    let (doc, _) = parse::survey(html, &Context::root());
    let fits = |node: &&Node<'_>| {
        node.kind == Kind::Element
            && node.ignored
            && node.inner.is_empty()
            && get(&doc, node, attribute).is_some()
    };
    doc.nodes.iter().skip(1).find(fits).map(|node| node.inner.start)
}

/// The event of an element, with its `data-value-*` if these are to fill it: after a space and a `?`, which no
/// JSON begins with.
fn with_values<'e>(doc: &Doc<'_>, node: &Node<'_>, event: &'e str) -> Cow<'e, str> {
    // A payload that is there already is whole.
    if event.contains(' ') {
        return Cow::Borrowed(event);
    }
    let values = values(doc, node);
    if values.is_empty() {
        return Cow::Borrowed(event);
    }
    let mut out = [event, " ?"].concat();
    for (at, (name, value)) in values.iter().enumerate() {
        if at > 0 {
            out.push('&');
        }
        encode(&mut out, name);
        out.push('=');
        encode(&mut out, value);
    }
    Cow::Owned(out)
}

/// The fields that an element's `data-value-*` attributes are.
pub(crate) fn values<'a>(doc: &Doc<'a>, node: &Node<'a>) -> Vec<(String, Cow<'a, str>)> {
    const VALUE: &str = "data-value-";
    if !doc.text[node.attrs.clone()].contains(VALUE) {
        return Vec::new();
    }
    let field = |(name, value): (Cow<'a, str>, Cow<'a, str>)| {
        name.strip_prefix(VALUE).filter(|name| !name.is_empty()).map(|name| (name.replace('-', "_"), value))
    };
    attrs::list(doc.text, node.attrs.clone(), node.ns).into_iter().filter_map(field).collect()
}

/// Writes text as forms do.
fn encode(out: &mut String, text: &str) {
    use std::fmt::Write as _;
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'*' => out.push(byte.into()),
            b' ' => out.push('+'),
            _ => _ = write!(out, "%{byte:02X}"),
        }
    }
}

/// Whether the browser posts this element's event by itself, once [`plain`] has been there.
pub(crate) fn posts(doc: &Doc<'_>, node: &Node<'_>, attribute: &str) -> bool {
    match attribute {
        "data-live" => get(doc, node, "name").is_some_and(|name| name == EVENT_FIELD),
        "data-live-submit" => {
            node.name == "form"
                && !get(doc, node, "enctype")
                    .is_some_and(|kind| kind.eq_ignore_ascii_case("multipart/form-data"))
                && (get(doc, node, "action").is_some()
                    || get(doc, node, "method").is_some_and(|method| method.eq_ignore_ascii_case("post")))
        }
        _ => true,
    }
}

/// The event of a button that can be made to post.
fn button<'a>(doc: &Doc<'a>, node: &Node<'a>) -> Option<Cow<'a, str>> {
    if node.name != "button" {
        return None;
    }
    let event = get(doc, node, "data-live").filter(|event| !event.is_empty())?;
    let own = ["form", "name", "value", "formaction"].iter().any(|name| get(doc, node, name).is_some());
    let submits = get(doc, node, "type")
        .is_none_or(|kind| !kind.eq_ignore_ascii_case("button") && !kind.eq_ignore_ascii_case("reset"));
    (submits && !own).then_some(event)
}

/// The event of a form that can be made to post.
fn submitted<'a>(doc: &Doc<'a>, node: &Node<'a>) -> Option<Cow<'a, str>> {
    if node.name != "form" {
        return None;
    }
    let event = get(doc, node, "data-live-submit").filter(|event| !event.is_empty())?;
    let posts = get(doc, node, "method").is_none_or(|method| method.eq_ignore_ascii_case("post"));
    let own = get(doc, node, "action").is_some() || get(doc, node, "id").is_some_and(|id| id.is_empty());
    (posts && !own).then_some(event)
}

fn get<'a>(doc: &Doc<'a>, node: &Node<'a>, name: &str) -> Option<Cow<'a, str>> {
    attrs::value(doc.text, node.attrs.clone(), name)
}

fn decoded(source: &str) -> Cow<'_, str> {
    crate::entity::decode(source, crate::entity::Place::Attribute).unwrap_or(Cow::Borrowed(source))
}

/// Ids of forms that have none: no two the same in a text.
struct Ids<'f> {
    form: &'f str,
    given: HashMap<String, usize>,
}

impl Ids<'_> {
    fn next(&mut self, key: Option<&str>, event: &str) -> String {
        let mut id = [self.form, "-"].concat();
        if let Some(key) = key {
            id.push_str(key);
            id.push('-');
        }
        id.push_str(event);
        let count = self.given.entry(id.clone()).or_default();
        *count += 1;
        if *count > 1 {
            id.push('-');
            id.push_str(&count.to_string());
        }
        id
    }
}

/// Writes ` name="value"`, escaped.
pub(crate) fn attribute(out: &mut String, name: &str, value: &str) {
    out.push(' ');
    out.push_str(name);
    out.push_str("=\"");
    escape(out, value);
    out.push('"');
}

/// Writes text for an attribute or an element, escaped.
pub(crate) fn escape(out: &mut String, text: &str) {
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            other => out.push(other),
        }
    }
}

/// `html` with texts put in at offsets that grow.
fn insert(html: String, inserts: &[(usize, String)]) -> String {
    if inserts.is_empty() {
        return html;
    }
    let more: usize = inserts.iter().map(|(_, text)| text.len()).sum();
    let mut out = String::with_capacity(html.len() + more);
    let mut from = 0;
    for (at, text) in inserts {
        out.push_str(&html[from..*at]);
        out.push_str(text);
        from = *at;
    }
    out.push_str(&html[from..]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(html: &str) -> Plain {
        plain(html.to_owned(), "holm-A:0")
    }

    #[test]
    fn a_button_posts_its_event_with_its_payload_through_the_form_outside() {
        let found = of(r#"<p><button class="x" data-live="set {&quot;to&quot;:3}">3</button></p>"#);
        assert!(found.buttons);
        assert_eq!(
            found.html,
            r#"<p><button form="holm-A:0" name="holm-event" value="set {&quot;to&quot;:3}" class="x" data-live="set {&quot;to&quot;:3}">3</button></p>"#
        );
    }

    #[test]
    fn what_cannot_post_or_is_the_author_s_own_stays_as_it_is() {
        for html in [
            "<p>data-live=\"inc\"</p>",
            r#"<a href="/x" data-live="inc">+</a>"#,
            r#"<div data-live="inc">+</div>"#,
            r#"<button type="button" data-live="inc">+</button>"#,
            r#"<button data-live="inc" name="mine">+</button>"#,
            r#"<button form="mine" data-live="inc">+</button>"#,
            r#"<button data-live="">+</button>"#,
            r#"<form action="/own" data-live-submit="save"></form>"#,
            r#"<form method="get" data-live-submit="save"></form>"#,
            r#"<script>"<button data-live='inc'>"</script>"#,
            r#"<!-- <button data-live="inc"> -->"#,
        ] {
            let found = of(html);
            assert_eq!(found.html, html);
            assert!(!found.buttons && found.forms.is_empty(), "{html}");
        }
    }

    #[test]
    fn a_form_keeps_its_id_wherever_it_stands_in_the_tag_and_gets_one_where_it_has_none() {
        let found = of(
            r#"<form data-live-submit="save" id="mine"></form><ul><li data-key="r&amp;7"><form data-live-submit="save"></form></li></ul><form method="POST" data-live-submit="save"></form><form data-live-submit="save"></form>"#,
        );
        let ids: Vec<&str> = found.forms.iter().map(|form| &*form.id).collect();
        assert_eq!(ids, ["mine", "holm-A:0-r&7-save", "holm-A:0-save", "holm-A:0-save-2"]);
        assert!(found.html.starts_with(r#"<form method="post" data-live-submit="save" id="mine">"#));
        assert!(
            found.html.contains(r#"<form method="post" id="holm-A:0-r&amp;7-save" data"#),
            "{}",
            found.html
        );
        assert!(found.html.contains(r#"<form id="holm-A:0-save" method="POST" data-live-submit="save">"#));
    }

    #[test]
    fn values_of_the_element_go_with_an_event_that_they_fill() {
        let found = of(
            r#"<button data-value-row-id="7" data-live="pick" data-value-title="a &amp; b=ü">x</button><form data-live-submit="save" data-value-id="3"></form>"#,
        );
        assert!(
            found.html.contains(r#"value="pick ?row_id=7&amp;title=a+%26+b%3D%C3%BC" "#),
            "{}",
            found.html
        );
        assert_eq!(found.forms[0].event, "save ?id=3");
        assert!(found.html.contains(r#"id="holm-A:0-save""#));
        let found = of(r#"<button data-value-id="7" data-live="add 5">x</button>"#);
        assert!(found.html.contains(r#"value="add 5""#), "a payload is whole");
    }

    #[test]
    fn doing_it_twice_changes_nothing_more() {
        let once = of(r#"<form data-live-submit="save"><button data-live="inc">+</button></form>"#).html;
        assert_eq!(of(&once).html, once);
    }
}
