//! What an author and the session want to know about a text before it is served.

use std::borrow::Cow;
use std::collections::HashMap;

use holm_wire::check::Check;

use crate::attrs;
use crate::entity::{self, Place};
use crate::node::{Context, Doc, Key, Kind, Node};
use crate::parse;
use crate::scan::Attrs;

/// What [`inspect`] found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// [`holm_wire::check`] of the browser's tree; 0 when the markup is irregular.
    pub check: u32,
    /// Markup that does not do what it looks like.
    pub advice: Vec<Advice>,
    /// Every `data-live` and `data-live-*` attribute.
    pub live: Vec<LiveAttr>,
    /// The nested islands' placeholders, in document order: key and island name.
    pub nests: Vec<(String, String)>,
    /// Whether any of the markup is irregular, so that the check is 0 and a diff from it has to start
    /// from [`Shape::Irregular`](crate::Shape).
    pub opaque: bool,
}

/// Markup that an author should mend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Advice {
    /// A short stable name of the shape.
    pub code: &'static str,
    /// Where it stands in the text, in bytes.
    pub offset: usize,
    /// What it is and what to write instead.
    pub sentence: String,
}

/// An attribute that the client acts on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveAttr {
    /// The attribute, such as `data-live-submit`.
    pub name: String,
    /// Its decoded value.
    pub value: String,
    /// The element's name.
    pub tag: String,
    /// Whether the element sends this event with no script, as [`plain`](crate::plain) makes it do.
    pub posts: bool,
    /// Whether the element says where it sends: a form that has a `method` or an `action`.
    pub directed: bool,
    /// The fields that the element itself fills its event with: `data-value-*`, and a button's own value.
    pub fields: Vec<(String, String)>,
    /// The names of a form's controls, those included that name it as theirs from elsewhere.
    pub controls: Vec<String>,
}

/// Parses an island's whole inner HTML and reports on it.
pub fn inspect(html: &str) -> Report {
    let (doc, whole) = parse::survey(html, &Context::root());
    let mut report = Report { opaque: !doc.odd.is_empty() || !whole, ..Report::default() };
    for beyond in &doc.odd {
        report.advice.push(Advice {
            code: beyond.code,
            offset: beyond.offset,
            sentence: sentence(beyond.code, html, beyond.offset),
        });
    }
    for (at, node) in doc.nodes.iter().enumerate().skip(1) {
        if node.kind == Kind::Element {
            look_at(&doc, at, &mut report);
        }
    }
    if whole {
        duplicates(&doc, &mut report);
    }
    if !report.opaque {
        report.check = check(&doc);
    }
    report
}

/// The check of a regular text, without building its tree.
fn check(doc: &Doc<'_>) -> u32 {
    let mut check = Check::new();
    let mut ends: Vec<usize> = Vec::new();
    for (at, node) in doc.nodes.iter().enumerate().skip(1) {
        while ends.last() == Some(&at) {
            ends.pop();
            check.close();
        }
        match node.kind {
            Kind::Element => {
                check.open(&node.name);
                if node.next == at + 1 { check.close() } else { ends.push(node.next) }
            }
            Kind::Text => check.text(&doc.data(at)),
            Kind::Comment => check.comment(&doc.data(at)),
        }
    }
    for _ in &ends {
        check.close();
    }
    check.finish()
}

fn look_at(doc: &Doc<'_>, at: usize, report: &mut Report) {
    let node = &doc.nodes[at];
    if node.name == "holm-island" {
        let get = |name| attrs::value(doc.text, node.attrs.clone(), name).unwrap_or_default().into_owned();
        report.nests.push((get("data-key"), get("data-island")));
        return;
    }
    if node.attrs.len() < 10 {
        return;
    }
    for (name, value) in Attrs::new(doc.text.as_bytes(), node.attrs.clone()) {
        let name = doc.text[name].to_ascii_lowercase();
        if name == "data-live" || name.starts_with("data-live-") {
            let source = &doc.text[value];
            let value =
                entity::decode(source, Place::Attribute).map_or_else(|| source.to_owned(), Into::into);
            let posts = crate::plain::posts(doc, node, &name);
            if name == "data-live-list" {
                list(doc, at, &value, report);
            }
            if name == "data-live-error" {
                error(doc, node, report);
            }
            let directed = ["method", "action"]
                .iter()
                .any(|name| attrs::value(doc.text, node.attrs.clone(), name).is_some());
            let (fields, controls) = (fields(doc, node), controls(doc, at));
            let tag = node.name.clone().into_owned();
            report.live.push(LiveAttr { name, value, tag, posts, directed, fields, controls });
        }
    }
}

fn fields(doc: &Doc<'_>, node: &Node<'_>) -> Vec<(String, String)> {
    let own = |(name, value): (String, Cow<'_, str>)| (name, value.into_owned());
    let mut fields: Vec<_> = crate::plain::values(doc, node).into_iter().map(own).collect();
    let get = |name| attrs::value(doc.text, node.attrs.clone(), name);
    if node.name == "button"
        && let Some(value) = get("value")
    {
        let name = get("name").filter(|name| !name.is_empty()).unwrap_or(Cow::Borrowed("value"));
        fields.push((name.into_owned(), value.into_owned()));
    }
    fields
}

fn controls(doc: &Doc<'_>, at: usize) -> Vec<String> {
    let form = &doc.nodes[at];
    if form.name != "form" {
        return Vec::new();
    }
    let get = |node: &Node<'_>, name| attrs::value(doc.text, node.attrs.clone(), name);
    let id = get(form, "id").filter(|id| !id.is_empty());
    let is_control = |node: &Node<'_>| {
        node.kind == Kind::Element && matches!(&*node.name, "input" | "select" | "textarea" | "button")
    };
    let nodes = doc.nodes.iter().enumerate().skip(1).filter(|(_, node)| is_control(node));
    let own = nodes.filter(|(place, node)| match get(node, "form") {
        Some(form) => Some(form) == id,
        None => (at..form.next).contains(place),
    });
    own.filter_map(|(_, node)| get(node, "name").map(Cow::into_owned))
        .filter(|name| !name.is_empty())
        .collect()
}

/// What a list's element has to be: empty, and the only one of its name.
fn list(doc: &Doc<'_>, at: usize, name: &str, report: &mut Report) {
    let node = &doc.nodes[at];
    let mut say = |code, sentence| report.advice.push(Advice { code, offset: node.start, sentence });
    let twin = report.live.iter().find(|other| {
        other.name == "data-live-list" && holm_wire::list::name(&other.value) == holm_wire::list::name(name)
    });
    if !node.inner.is_empty() {
        say(
            "list-not-empty",
            format!(
                "The list {name:?} has content in `render`, which no edit looks at: leave its element empty, and put rows in with `cx.list({name:?})`."
            ),
        );
    }
    if let Some(twin) = twin {
        let sentence = if twin.value == name {
            format!("The list {name:?} stands more than once in this island; give each its own name.")
        } else {
            format!("The lists {:?} and {name:?} look the same in frames: give one another name.", twin.value)
        };
        say("duplicate-list", sentence);
    }
}

/// An element that shows errors is written to by the client, which edits would take for a foreign change.
fn error(doc: &Doc<'_>, node: &Node<'_>, report: &mut Report) {
    if attrs::value(doc.text, node.attrs.clone(), "data-live-ignore").is_none() {
        let sentence = format!(
            "The `{}` with `data-live-error` has no `data-live-ignore`, so no error stays in it: write both.",
            node.name
        );
        report.advice.push(Advice { code: "error-not-ignored", offset: node.start, sentence });
    }
}

/// Ids that stand twice in the island, keys that stand twice among siblings.
fn duplicates(doc: &Doc<'_>, report: &mut Report) {
    let mut ids: HashMap<&str, usize> = HashMap::new();
    let mut parents: Vec<usize> = Vec::new();
    let mut keys: HashMap<(usize, &str), usize> = HashMap::new();
    for (at, node) in doc.nodes.iter().enumerate().skip(1) {
        while parents.last().is_some_and(|&parent| doc.nodes[parent].next <= at) {
            parents.pop();
        }
        let parent = parents.last().copied().unwrap_or(0);
        match node.key {
            Some(Key::Id(id)) => {
                let count = ids.entry(id).or_default();
                *count += 1;
                if *count == 2 {
                    report.advice.push(Advice {
                        code: "duplicate-id",
                        offset: node.start,
                        sentence: format!(
                            "The id {id:?} stands more than once in this island; give each element its own."
                        ),
                    });
                }
            }
            Some(Key::Data(key)) => {
                let count = keys.entry((parent, key)).or_default();
                *count += 1;
                if *count == 2 {
                    report.advice.push(Advice {
                        code: "duplicate-key",
                        offset: node.start,
                        sentence: format!(
                            "The data-key {key:?} stands more than once among these siblings; a key must name one of them."
                        ),
                    });
                }
            }
            Some(Key::List(_)) | None => {}
        }
        if node.kind == Kind::Element {
            parents.push(at);
        }
    }
}

fn sentence(code: &str, html: &str, offset: usize) -> String {
    let mut end = (offset + 40).min(html.len());
    let mut start = offset.min(html.len());
    while !html.is_char_boundary(end) {
        end -= 1;
    }
    while !html.is_char_boundary(start) {
        start -= 1;
    }
    let near = &html[start..end.max(start)];
    let what = match code {
        "p" => {
            "a block element inside a `p` ends the paragraph before it: use a `div` instead of the `p`, or move the block out"
        }
        "a" => "a link inside a link ends the outer one: put them side by side",
        "button" => "a button inside a button ends the outer one: put them side by side",
        "nobr" => "a `nobr` inside a `nobr` ends the outer one: leave the inner one out",
        "form" => "a form inside a form is dropped: use the `form` attribute, or put them side by side",
        "li" => "a list item inside a list item ends the outer one: wrap the inner ones in a `ul` or `ol`",
        "dd" => "a `dt` or `dd` inside another ends the outer one: wrap the inner ones in a `dl`",
        "heading" => "a heading directly inside a heading ends the outer one: use a `span`",
        "table" => {
            "only table parts may stand here; anything else is moved out in front of the table: put it into a `td` or `caption`"
        }
        "row" => "table parts outside a table lose their tags: wrap them in `table` and `tbody`",
        "select" => "a `select` holds options, option groups and text only: move the rest out",
        "option" => "an option or option group inside an option ends the outer one: put them side by side",
        "rt" => "ruby text inside ruby text ends the outer one: put them side by side",
        "foreign" => "an HTML element inside `svg` or `math` breaks out of it: wrap it in `foreignObject`",
        "dropped" => "this tag is dropped or renamed inside a page's body: leave it out (`image` is `img`)",
        "shadow" => {
            "a declarative shadow root is taken away when the page is parsed, but not when it is edited: attach it in a script"
        }
        "entity" => {
            "a character here is written in a way that only a browser can read for sure: write the character itself, or its number with `&#…;`"
        }
        "depth" => "elements nest too deeply here: a browser flattens them",
        "script" => {
            "a script that holds both `<!--` and `<script` ends where nobody expects: leave one of them out"
        }
        "stray" => "this close tag closes nothing: leave it out",
        "implied-end" => "an element inside is not closed: write its close tag",
        "markup" => "this is markup that a browser turns into a comment or into nothing: leave it out",
        _ => "an element is not closed here: write its close tag, in the right order",
    };
    format!("At {near:?}: {what}.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_element_for_errors_is_to_be_left_alone_by_edits() {
        let html = "<p data-live-error data-live-ignore></p><div data-live-error></div>";
        let report = inspect(html);
        let [Advice { code: "error-not-ignored", offset, sentence }] = &report.advice[..] else {
            panic!("{:?}", report.advice)
        };
        assert_eq!(&html[*offset..], "<div data-live-error></div>");
        assert!(
            sentence.starts_with("The `div` with `data-live-error` has no `data-live-ignore`"),
            "{sentence}"
        );
    }
}
