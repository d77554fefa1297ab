//! Attributes: what the diff wants to know about a tag, and the set the browser has.

use core::ops::Range;
use std::borrow::Cow;

use crate::entity::{self, Place};
use crate::foreign;
use crate::node::Key;
use crate::rules::Ns;
use crate::scan::Attrs;

/// What one pass over a tag's attributes tells the parser.
#[derive(Debug)]
#[allow(clippy::struct_excessive_bools, reason = "findings of one pass, each of its own")]
pub(crate) struct Noticed<'a> {
    pub(crate) key: Option<Key<'a>>,
    pub(crate) ignored: bool,
    /// A declarative shadow root.
    pub(crate) shadow: bool,
    /// Whether every value decodes.
    pub(crate) sure: bool,
    /// Whether who looks for its `id` or `data-key` in a text finds it.
    pub(crate) findable: bool,
}

/// Looks at a tag's attributes without decoding them.
pub(crate) fn notice(text: &str, range: Range<usize>) -> Noticed<'_> {
    let mut noticed = Noticed { key: None, ignored: false, shadow: false, sure: true, findable: true };
    let mut has_id = false;
    let mut list = None;
    if range.len() <= 1 {
        return noticed;
    }
    if !entity::is_plain(&text[range.clone()]) {
        noticed.sure = !text[range.clone()].contains('\0')
            && Attrs::new(text.as_bytes(), range.clone())
                .all(|(_, value)| entity::decode(&text[value], Place::Attribute).is_some());
    }
    for (name, value) in Attrs::new(text.as_bytes(), range) {
        let written = name.clone();
        let name = &text[name];
        if matches!(name.len(), 2 | 8)
            && (name.eq_ignore_ascii_case("id") || name.eq_ignore_ascii_case("data-key"))
        {
            noticed.findable &= is_findable(text, written, value.clone());
        }
        match name.len() {
            // Of several the first counts, even when it is empty and names nothing.
            2 if !has_id && name.eq_ignore_ascii_case("id") => {
                has_id = true;
                if !value.is_empty() {
                    noticed.key = Some(Key::Id(&text[value]));
                }
            }
            8 if noticed.key.is_none() && name.eq_ignore_ascii_case("data-key") => {
                noticed.key = Some(Key::Data(&text[value]));
            }
            14 if name.eq_ignore_ascii_case("shadowrootmode") => noticed.shadow = true,
            14 if name.eq_ignore_ascii_case("data-live-list") => {
                noticed.ignored = true;
                list.get_or_insert(&text[value]);
            }
            16 if name.eq_ignore_ascii_case("data-live-ignore") => noticed.ignored = true,
            _ => {}
        }
    }
    noticed.key = noticed.key.or_else(|| list.map(Key::List));
    noticed
}

/// Whether a key is written as `name="value"`, in the one way that its value can be written.
fn is_findable(text: &str, name: Range<usize>, value: Range<usize>) -> bool {
    if value.is_empty() {
        return true;
    }
    let quoted = text[name.end..].starts_with("=\"") && value.start == name.end + 2;
    let apart = text[..name.start].ends_with(|before: char| before.is_ascii_whitespace());
    let lower = !text[name].bytes().any(|byte| byte.is_ascii_uppercase());
    quoted
        && apart
        && lower
        && match entity::decode(&text[value], Place::Attribute) {
            Some(Cow::Owned(value)) => value.contains(['&', '<', '"']),
            _ => true,
        }
}

/// The set of attributes, decoded and in written order; of two with one name the first holds.
pub(crate) fn list(text: &str, range: Range<usize>, ns: Ns) -> Vec<(Cow<'_, str>, Cow<'_, str>)> {
    let mut out: Vec<(Cow<'_, str>, Cow<'_, str>)> = Vec::new();
    let mut seen = std::collections::HashSet::new();
    for (name, value) in Attrs::new(text.as_bytes(), range) {
        let written = &text[name];
        let name: Cow<'_, str> = if ns == Ns::Html && !written.bytes().any(|b| b.is_ascii_uppercase()) {
            Cow::Borrowed(written)
        } else {
            let lower = written.to_ascii_lowercase();
            foreign::foreign_attr(ns, &lower).map_or(Cow::Owned(lower), Cow::Borrowed)
        };
        let fresh = if out.len() < 12 {
            !out.iter().any(|(other, _)| *other == name)
        } else {
            if seen.is_empty() {
                seen.extend(out.iter().map(|(name, _)| name.clone()));
            }
            seen.insert(name.clone())
        };
        if fresh {
            let source = &text[value];
            let value = entity::decode(source, Place::Attribute).unwrap_or(Cow::Borrowed(source));
            out.push((name, value));
        }
    }
    out
}

/// The value of one attribute.
pub(crate) fn value<'a>(text: &'a str, range: Range<usize>, wanted: &str) -> Option<Cow<'a, str>> {
    Attrs::new(text.as_bytes(), range).find(|(name, _)| text[name.clone()].eq_ignore_ascii_case(wanted)).map(
        |(_, value)| {
            let source = &text[value];
            entity::decode(source, Place::Attribute).unwrap_or(Cow::Borrowed(source))
        },
    )
}
