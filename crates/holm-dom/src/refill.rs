//! Putting what a visitor typed back into a form that is served again.

use core::ops::Range;

use crate::attrs;
use crate::node::{Context, Kind};
use crate::parse;
use crate::plain::{attribute, escape};

/// Kinds of input whose value is text that somebody typed. Others, passwords first, are not brought back.
const TYPED: [&str; 12] = [
    "text",
    "search",
    "tel",
    "url",
    "email",
    "number",
    "date",
    "time",
    "month",
    "week",
    "datetime-local",
    "range",
];

/// Gives the text fields of the form with this id the values they were posted with.
///
/// ```
/// let html = r#"<form id="f"><input name="ship" value="x"></form>"#.to_owned();
/// let posted = [("ship".to_owned(), "Ann".to_owned())];
/// assert_eq!(
///     holm_dom::refill(html, "f", &posted),
///     r#"<form id="f"><input value="Ann" name="ship" value="x"></form>"#
/// );
/// ```
pub fn refill(html: String, form: &str, fields: &[(String, String)]) -> String {
    let (doc, _) = parse::survey(&html, &Context::root());
    let get = |at: usize, name: &str| attrs::value(&html, doc.nodes[at].attrs.clone(), name);
    let elements = || (1..doc.nodes.len()).filter(|&at| doc.nodes[at].kind == Kind::Element);
    let found =
        elements().find(|&at| doc.nodes[at].name == "form" && get(at, "id").is_some_and(|id| id == form));
    let Some(found) = found else { return html };
    let mut left: Vec<&(String, String)> = fields.iter().collect();
    let mut edits: Vec<(Range<usize>, String)> = Vec::new();
    for at in elements().filter(|&at| at > found && at < doc.nodes[found].next) {
        let node = &doc.nodes[at];
        let is_area = node.name == "textarea";
        let is_input = node.name == "input"
            && get(at, "type").is_none_or(|kind| TYPED.iter().any(|typed| kind.eq_ignore_ascii_case(typed)));
        let Some(name) = get(at, "name").filter(|_| is_area || is_input) else { continue };
        let Some(which) = left.iter().position(|field| *field.0 == *name) else { continue };
        let value = &left.remove(which).1;
        let mut text = String::new();
        if is_area {
            // The parser drops one line end at the beginning.
            text.push('\n');
            escape(&mut text, value);
            edits.push((node.inner.clone(), text));
        } else {
            // Of two attributes with one name, the browser takes the first.
            attribute(&mut text, "value", value);
            let behind = node.start + 1 + node.written.len();
            edits.push((behind..behind, text));
        }
    }
    let mut out = String::with_capacity(html.len() + edits.iter().map(|edit| edit.1.len()).sum::<usize>());
    let mut from = 0;
    for (range, text) in edits {
        out.push_str(&html[from..range.start]);
        out.push_str(&text);
        from = range.end;
    }
    out.push_str(&html[from..]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_typed_in_this_form_comes_back() {
        let html = r#"<form id="a"><input name="x"></form><form id="b"><input name="x" type="email"><input name="x"><input type="password" name="p"><input type="checkbox" name="c"><textarea name="t">old</textarea></form>"#;
        let fields = [("x", "1"), ("x", "\"2\""), ("p", "secret"), ("c", "on"), ("t", "<a>\nb")];
        let fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(
            refill(html.to_owned(), "b", &fields),
            "<form id=\"a\"><input name=\"x\"></form><form id=\"b\"><input value=\"1\" name=\"x\" type=\"email\"><input value=\"&quot;2&quot;\" name=\"x\"><input type=\"password\" name=\"p\"><input type=\"checkbox\" name=\"c\"><textarea name=\"t\">\n&lt;a&gt;\nb</textarea></form>"
        );
        assert_eq!(refill(html.to_owned(), "z", &fields), html);
    }
}
