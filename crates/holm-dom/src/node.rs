//! Nodes of a parsed text, and where a text stands.

use core::ops::Range;
use std::borrow::Cow;

use crate::attrs;
use crate::entity::{self, Place};
use crate::rules::Ns;

/// The kind of a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Element,
    Text,
    Comment,
}

/// One node; offsets are into the parsed text.
#[derive(Debug, Clone)]
pub(crate) struct Node<'a> {
    pub(crate) kind: Kind,
    pub(crate) ns: Ns,
    /// The browser's name of the element.
    pub(crate) name: Cow<'a, str>,
    /// The name as written.
    pub(crate) written: &'a str,
    /// Where the node's markup begins.
    pub(crate) start: usize,
    /// Where the attributes stand.
    pub(crate) attrs: Range<usize>,
    /// What is inside: children, or the data of text and comments.
    pub(crate) inner: Range<usize>,
    /// Where the node's markup ends.
    pub(crate) end: usize,
    /// The index behind the last node of its subtree.
    pub(crate) next: usize,
    /// Its `id`, else its `data-key`, else its `data-live-list`, as written.
    pub(crate) key: Option<Key<'a>>,
    /// The content is compared as bytes.
    pub(crate) opaque: bool,
    /// The content is none of the diff's business.
    pub(crate) sealed: bool,
    /// It has `data-live-ignore` or `data-live-list`.
    pub(crate) ignored: bool,
}

/// What an element is recognised by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Key<'a> {
    Id(&'a str),
    Data(&'a str),
    /// Names a list whose rows are in the page only; nothing leads to it.
    List(&'a str),
}

/// Why a text has no tree of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Beyond {
    /// What was met.
    pub(crate) code: &'static str,
    /// Where.
    pub(crate) offset: usize,
    /// Whether only the content of node 0 is not what it looks like; otherwise it reaches further out.
    pub(crate) own: bool,
}

/// A parsed text. Node 0 is the element that all others are inside of.
#[derive(Debug)]
pub(crate) struct Doc<'a> {
    pub(crate) text: &'a str,
    pub(crate) nodes: Vec<Node<'a>>,
    /// Which rules would have had to look at elements outside.
    pub(crate) depends: u8,
    /// Shapes that do not survive the parser.
    pub(crate) odd: Vec<Beyond>,
    /// Whether something in it would be misread by who looks at parts of the text only.
    pub(crate) guised: bool,
    /// Whether only the outermost children were parsed.
    pub(crate) shallow: bool,
}

impl<'a> Doc<'a> {
    /// Whether what was parsed becomes the tree that it looks like, from wherever one looks.
    pub(crate) fn is_regular(&self) -> bool {
        self.odd.is_empty() && !self.guised
    }

    /// The children of a node, in order.
    pub(crate) fn children(&self, parent: usize) -> Vec<usize> {
        let end = self.nodes[parent].next;
        let mut children = Vec::new();
        let mut at = parent + 1;
        while at < end {
            children.push(at);
            at = self.nodes[at].next;
        }
        children
    }

    /// The node's markup.
    pub(crate) fn source(&self, node: usize) -> &'a str {
        let node = &self.nodes[node];
        &self.text[node.start..node.end]
    }

    /// What is inside the node, as written.
    pub(crate) fn inner(&self, node: usize) -> &'a str {
        &self.text[self.nodes[node].inner.clone()]
    }

    /// The data of a text node or comment.
    pub(crate) fn data(&self, node: usize) -> Cow<'a, str> {
        let source = self.inner(node);
        let place = self.place(node);
        // The parser has made sure that the data decodes.
        entity::decode(source, place).unwrap_or(Cow::Borrowed(source))
    }

    fn place(&self, node: usize) -> Place {
        // Raw text keeps its element's name beside it, so that its data is read as it was checked.
        if self.nodes[node].kind == Kind::Comment || self.nodes[node].name == "raw" {
            Place::Raw
        } else {
            Place::Text
        }
    }
}

/// Where a text stands: the open elements around it, outermost first.
#[derive(Debug, Clone, Default)]
pub(crate) struct Context<'c> {
    pub(crate) around: Vec<(&'c str, Ns)>,
    /// Whether elements further out are not known.
    pub(crate) partial: bool,
}

impl Context<'_> {
    /// The content of an island.
    pub(crate) fn root() -> Self {
        Self { around: vec![("holm-island", Ns::Html)], partial: false }
    }
}

/// The attributes of a node, as a browser has them.
pub(crate) fn attributes<'a>(doc: &Doc<'a>, node: usize) -> Vec<(Cow<'a, str>, Cow<'a, str>)> {
    let node = &doc.nodes[node];
    attrs::list(doc.text, node.attrs.clone(), node.ns)
}
