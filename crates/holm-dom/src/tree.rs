//! A model of the browser's tree of an island.

use core::fmt::Write as _;

use holm_wire::check::Check;

use crate::entity::{self, Place};
use crate::identity;
use crate::node::{self, Beyond, Context, Doc, Kind};
use crate::parse;
use crate::region::CLOSED;
use crate::rules::Ns;
use crate::scan::tag_of;
use crate::tags::Tag;

/// An island's content as the browser has it.
#[derive(Debug, Clone)]
pub struct Tree {
    pub(crate) root: Element,
}

/// Two are equal when their contents are: the root is an island, and of those inside others only keys count.
impl PartialEq for Tree {
    fn eq(&self, other: &Self) -> bool {
        self.root.children == other.root.children && self.root.raw == other.root.raw
    }
}

impl Eq for Tree {}

/// A child node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Child {
    /// An element.
    Element(Element),
    /// Text; never empty.
    Text(String),
    /// A comment.
    Comment(String),
}

/// An element. Two are equal whatever the order of their attributes, and whatever stands inside of
/// those that no diff looks into for good: nested islands, `data-live-ignore` and `data-live-list`.
#[derive(Debug, Clone)]
pub struct Element {
    /// The browser's name of it: lower case but for SVG's own.
    pub name: String,
    pub(crate) ns: Ns,
    /// Its number, by which it is told from any other wherever an edit moves it.
    pub(crate) node: u64,
    /// Its attributes, sorted by name.
    pub attrs: Vec<(String, String)>,
    /// Its children; none when it is opaque or sealed off.
    pub children: Vec<Child>,
    /// The markup inside, where that is not taken apart: what the parser would rearrange, and the
    /// content of elements that are left out of every diff.
    pub raw: Option<String>,
}

impl PartialEq for Element {
    fn eq(&self, other: &Self) -> bool {
        let placeholder = self.name == "holm-island";
        let key = |element: &Self| element.attr("data-key").map(str::to_owned);
        if placeholder {
            return other.name == self.name && key(self) == key(other);
        }
        self.name == other.name
            && self.ns == other.ns
            && self.attrs == other.attrs
            && self.children == other.children
            && (self.raw == other.raw || self.is_ignored())
    }
}

impl Eq for Element {}

impl Element {
    /// The value of an attribute.
    pub fn attr(&self, name: &str) -> Option<&str> {
        self.attrs.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    /// Whether the diff leaves its children alone.
    pub fn is_sealed(&self) -> bool {
        (self.ns == Ns::Html && holm_wire::check::is_sealed_off(&self.name)) || self.is_ignored()
    }

    fn is_ignored(&self) -> bool {
        CLOSED.iter().any(|name| self.attr(name).is_some())
    }

    pub(crate) fn from_node(doc: &Doc<'_>, at: usize) -> Self {
        let node = &doc.nodes[at];
        let mut attrs: Vec<(String, String)> = node::attributes(doc, at)
            .into_iter()
            .map(|(name, value)| (name.into_owned(), value.into_owned()))
            .collect();
        attrs.sort();
        let raw = (node.opaque || node.sealed).then(|| doc.inner(at).to_owned());
        let children = if raw.is_some() { Vec::new() } else { children_of(doc, at) };
        Self {
            name: node.name.clone().into_owned(),
            ns: node.ns,
            node: identity::next(),
            attrs,
            children,
            raw,
        }
    }

    /// Writes it; with `mark`, each element has its number in an attribute of that name.
    fn write(&self, out: &mut String, mark: Option<&str>) {
        out.push('<');
        out.push_str(&self.name);
        for (name, value) in &self.attrs {
            let _ = write!(out, " {name}");
            out.push_str("=\"");
            entity::encode(out, value, Place::Attribute);
            out.push('"');
        }
        if let Some(mark) = mark.filter(|_| self.name != "holm-island") {
            let _ = write!(out, " {mark}=\"{}\"", self.node);
        }
        out.push('>');
        let tag = Tag::of(&self.name);
        if self.ns == Ns::Html && tag.is_void() {
            return;
        }
        self.write_inner(out, mark);
        let _ = write!(out, "</{}>", self.name);
    }

    pub(crate) fn write_inner(&self, out: &mut String, mark: Option<&str>) {
        let tag = if self.ns == Ns::Html { Tag::of(&self.name) } else { Tag::Phrasing };
        if matches!(tag, Tag::Pre | Tag::Textarea)
            && let Some(Child::Text(text)) = self.children.first()
            && text.starts_with('\n')
        {
            out.push('\n');
        }
        if let Some(raw) = &self.raw {
            out.push_str(raw);
        }
        for child in &self.children {
            match child {
                Child::Element(element) => element.write(out, mark),
                Child::Text(text) if matches!(tag, Tag::Raw | Tag::Xmp) => out.push_str(text),
                Child::Text(text) => entity::encode(out, text, Place::Text),
                Child::Comment(data) => {
                    let _ = write!(out, "<!--{data}-->");
                }
            }
        }
    }

    fn check(&self, check: &mut Check) {
        check.open(&self.name);
        if !self.is_sealed() {
            check_children(&self.children, check);
        }
        check.close();
    }
}

fn check_children(children: &[Child], check: &mut Check) {
    for child in children {
        match child {
            Child::Element(element) => element.check(check),
            Child::Text(text) => check.text(text),
            Child::Comment(data) => check.comment(data),
        }
    }
}

fn children_of(doc: &Doc<'_>, at: usize) -> Vec<Child> {
    doc.children(at)
        .into_iter()
        .map(|kid| match doc.nodes[kid].kind {
            Kind::Element => Child::Element(Element::from_node(doc, kid)),
            Kind::Text => Child::Text(doc.data(kid).into_owned()),
            Kind::Comment => Child::Comment(doc.data(kid).into_owned()),
        })
        .collect()
}

/// Parses markup that stands directly inside an element of this name.
pub(crate) fn fragment(html: &str, name: &str, ns: Ns) -> Result<Vec<Child>, Beyond> {
    let tag = tag_of(name);
    if ns == Ns::Html && tag.is_raw() {
        return raw_text(html, tag);
    }
    let context = Context { around: vec![(name, ns)], partial: false };
    parse::parse(html, &context).map(|doc| children_of(&doc, 0))
}

/// What such an element has of a text that looks like markup.
fn raw_text(html: &str, tag: Tag) -> Result<Vec<Child>, Beyond> {
    let place = if matches!(tag, Tag::Textarea | Tag::Title) { Place::Text } else { Place::Raw };
    match entity::decode(html, place) {
        Some(data) if !html.contains('\0') => {
            Ok(if data.is_empty() { Vec::new() } else { vec![Child::Text(data.into_owned())] })
        }
        _ => Err(Beyond { code: "entity", offset: 0, own: false }),
    }
}

impl Tree {
    /// The tree of an island with this inner HTML.
    pub fn parse(html: &str) -> Self {
        let mut root = Element {
            name: "holm-island".to_owned(),
            ns: Ns::Html,
            node: identity::next(),
            attrs: Vec::new(),
            children: Vec::new(),
            raw: None,
        };
        match parse::parse(html, &Context::root()) {
            Ok(doc) => root.children = children_of(&doc, 0),
            Err(_) => root.raw = Some(html.to_owned()),
        }
        Self { root }
    }

    /// The island's children; none when [`Tree::is_opaque`].
    pub fn children(&self) -> &[Child] {
        &self.root.children
    }

    /// Whether the whole island is markup that the browser would rearrange.
    pub fn is_opaque(&self) -> bool {
        self.root.raw.is_some()
    }

    /// The island's inner HTML, with attributes in alphabetical order.
    pub fn to_html(&self) -> String {
        let mut out = String::new();
        self.root.write_inner(&mut out, None);
        out
    }

    /// [`Tree::to_html`] where each element carries its number in an attribute of this name: an edit that moves an
    /// element leaves it its number, and no other element ever has it. What no diff looks into has none.
    pub fn to_html_marked(&self, attribute: &str) -> String {
        let mut out = String::new();
        self.root.write_inner(&mut out, Some(attribute));
        out
    }

    /// The [`check`](holm_wire::check) of this tree.
    pub fn check(&self) -> u32 {
        let mut check = Check::new();
        check_children(&self.root.children, &mut check);
        check.finish()
    }
}
