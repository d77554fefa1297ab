//! html5ever's tree, in a form that is easy to compare.

use std::borrow::Cow;
use std::cell::RefCell;

use holm_dom::{Child, Element, Tree};
use holm_wire::check::{Check, is_sealed_off};
use html5ever::tendril::{StrTendril, TendrilSink};
use html5ever::tree_builder::{ElementFlags, NodeOrText, QuirksMode, TreeSink};
use html5ever::{Attribute, ExpandedName, LocalName, ParseOpts, QualName, ns, parse_fragment};

/// A node of either parser.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Node {
    Element { name: String, attrs: Vec<(String, String)>, children: Vec<Node>, opaque: bool },
    Text(String),
    Comment(String),
}

enum Kind {
    Root,
    Element(&'static QualName, Vec<(String, String)>),
    Text(String),
    Comment(String),
}

struct Entry {
    kind: Kind,
    parent: Option<usize>,
    children: Vec<usize>,
}

struct Sink(RefCell<Vec<Entry>>);

impl Sink {
    fn add(&self, kind: Kind) -> usize {
        self.0.borrow_mut().push(Entry { kind, parent: None, children: Vec::new() });
        self.0.borrow().len() - 1
    }

    fn detach(&self, node: usize) {
        let mut all = self.0.borrow_mut();
        if let Some(parent) = all[node].parent.take() {
            all[parent].children.retain(|&child| child != node);
        }
    }

    fn insert(&self, parent: usize, at: usize, child: NodeOrText<usize>) {
        let node = match child {
            NodeOrText::AppendNode(node) => {
                self.detach(node);
                node
            }
            NodeOrText::AppendText(text) => {
                let before = at.checked_sub(1).map(|at| self.0.borrow()[parent].children[at]);
                if let Some(before) = before
                    && let Kind::Text(data) = &mut self.0.borrow_mut()[before].kind
                {
                    data.push_str(&text);
                    return;
                }
                self.add(Kind::Text(text.to_string()))
            }
        };
        let mut all = self.0.borrow_mut();
        all[node].parent = Some(parent);
        let at = at.min(all[parent].children.len());
        all[parent].children.insert(at, node);
    }

    fn node(&self, at: usize) -> Node {
        let all = self.0.borrow();
        match &all[at].kind {
            Kind::Element(name, attrs) => {
                let mut attrs = attrs.clone();
                attrs.sort();
                let children = all[at].children.iter().map(|&child| self.node(child)).collect();
                Node::Element { name: name.local.to_string(), attrs, children, opaque: false }
            }
            Kind::Text(data) => Node::Text(data.clone()),
            Kind::Comment(data) => Node::Comment(data.clone()),
            Kind::Root => unreachable!("the document is nobody's child"),
        }
    }
}

impl TreeSink for Sink {
    type Handle = usize;
    type Output = Self;
    type ElemName<'a> = ExpandedName<'a>;

    fn finish(self) -> Self {
        self
    }

    fn parse_error(&self, _: Cow<'static, str>) {}

    fn get_document(&self) -> usize {
        0
    }

    fn elem_name<'a>(&'a self, target: &'a usize) -> ExpandedName<'a> {
        match self.0.borrow()[*target].kind {
            Kind::Element(name, _) => name.expanded(),
            _ => unreachable!("only elements have names"),
        }
    }

    fn create_element(&self, name: QualName, attrs: Vec<Attribute>, _: ElementFlags) -> usize {
        let attrs = attrs
            .into_iter()
            .map(|attr| {
                let prefix = attr.name.prefix.map(|prefix| format!("{prefix}:")).unwrap_or_default();
                (format!("{prefix}{}", attr.name.local), attr.value.to_string())
            })
            .collect();
        self.add(Kind::Element(Box::leak(Box::new(name)), attrs))
    }

    fn create_comment(&self, text: StrTendril) -> usize {
        self.add(Kind::Comment(text.to_string()))
    }

    fn create_pi(&self, target: StrTendril, _: StrTendril) -> usize {
        self.add(Kind::Comment(target.to_string()))
    }

    fn append(&self, parent: &usize, child: NodeOrText<usize>) {
        if let NodeOrText::AppendNode(node) = child {
            self.detach(node);
        }
        let end = self.0.borrow()[*parent].children.len();
        self.insert(*parent, end, child);
    }

    fn append_based_on_parent_node(&self, element: &usize, before: &usize, child: NodeOrText<usize>) {
        if self.0.borrow()[*element].parent.is_some() {
            self.append_before_sibling(element, child);
        } else {
            self.append(before, child);
        }
    }

    fn append_before_sibling(&self, sibling: &usize, child: NodeOrText<usize>) {
        if let NodeOrText::AppendNode(node) = child {
            self.detach(node);
        }
        let (parent, at) = {
            let all = self.0.borrow();
            let parent = all[*sibling].parent.expect("a sibling has a parent");
            (
                parent,
                all[parent]
                    .children
                    .iter()
                    .position(|child| child == sibling)
                    .expect("children know parents"),
            )
        };
        self.insert(parent, at, child);
    }

    fn append_doctype_to_document(&self, _: StrTendril, _: StrTendril, _: StrTendril) {}

    fn get_template_contents(&self, target: &usize) -> usize {
        // A template's content is looked at by nobody: it stays apart under a root of its own.
        let _ = target;
        self.add(Kind::Root)
    }

    fn same_node(&self, x: &usize, y: &usize) -> bool {
        x == y
    }

    fn set_quirks_mode(&self, _: QuirksMode) {}

    fn add_attrs_if_missing(&self, _: &usize, _: Vec<Attribute>) {}

    fn remove_from_parent(&self, target: &usize) {
        self.detach(*target);
    }

    fn reparent_children(&self, node: &usize, new_parent: &usize) {
        let children = std::mem::take(&mut self.0.borrow_mut()[*node].children);
        let mut all = self.0.borrow_mut();
        for &child in &children {
            all[child].parent = Some(*new_parent);
        }
        all[*new_parent].children.extend(children);
    }
}

/// The children that html5ever gives an island with this inner HTML.
pub(crate) fn browser(html: &str) -> Vec<Node> {
    let sink = Sink(RefCell::new(vec![Entry { kind: Kind::Root, parent: None, children: Vec::new() }]));
    let context = QualName::new(None, ns!(html), LocalName::from("holm-island"));
    let opts = ParseOpts {
        tree_builder: html5ever::tree_builder::TreeBuilderOpts {
            scripting_enabled: true,
            ..Default::default()
        },
        ..Default::default()
    };
    let sink = parse_fragment(sink, opts, context, Vec::new(), true).one(html);
    let root = sink.0.borrow()[0].children.clone();
    let top = root.first().map(|&html| sink.0.borrow()[html].children.clone()).unwrap_or_default();
    top.into_iter().map(|child| sink.node(child)).collect()
}

/// The model tree in the same form.
pub(crate) fn tree(tree: &Tree) -> Vec<Node> {
    if tree.is_opaque() {
        return vec![Node::Element {
            name: String::new(),
            attrs: Vec::new(),
            children: Vec::new(),
            opaque: true,
        }];
    }
    tree.children().iter().map(node).collect()
}

fn node(child: &Child) -> Node {
    match child {
        Child::Element(Element { name, attrs, children, raw, .. }) => Node::Element {
            name: name.clone(),
            attrs: attrs.clone(),
            children: children.iter().map(node).collect(),
            opaque: raw.is_some(),
        },
        Child::Text(data) => Node::Text(data.clone()),
        Child::Comment(data) => Node::Comment(data.clone()),
    }
}

/// Whether the model's nodes are the browser's, but for what is opaque in the model.
pub(crate) fn same(ours: &[Node], theirs: &[Node]) -> Result<(), String> {
    if matches!(ours, [Node::Element { name, opaque: true, .. }] if name.is_empty()) {
        return Ok(());
    }
    if ours.len() != theirs.len() {
        return Err(format!("{} children here, {} in the browser", ours.len(), theirs.len()));
    }
    for (one, other) in ours.iter().zip(theirs) {
        match (one, other) {
            (
                Node::Element { name, attrs, children, opaque },
                Node::Element { name: other_name, attrs: other_attrs, children: other_children, .. },
            ) => {
                if name != other_name || attrs != other_attrs {
                    return Err(format!(
                        "{name} {attrs:?} here, {other_name} {other_attrs:?} in the browser"
                    ));
                }
                if !opaque && !is_sealed_off(name) {
                    same(children, other_children)?;
                }
            }
            (one, other) if one == other => {}
            (one, other) => return Err(format!("{one:?} here, {other:?} in the browser")),
        }
    }
    Ok(())
}

/// Attributes whose element's children are none of a diff's business.
const CLOSED: [&str; 2] = ["data-live-ignore", "data-live-list"];

/// The check that a page computes.
pub(crate) fn check(nodes: &[Node]) -> u32 {
    fn visit(nodes: &[Node], check: &mut Check) {
        for node in nodes {
            match node {
                Node::Element { name, attrs, children, .. } => {
                    check.open(name);
                    if !is_sealed_off(name) && !attrs.iter().any(|(name, _)| CLOSED.contains(&&**name)) {
                        visit(children, check);
                    }
                    check.close();
                }
                Node::Text(data) => check.text(data),
                Node::Comment(data) => check.comment(data),
            }
        }
    }
    let mut check = Check::new();
    visit(nodes, &mut check);
    check.finish()
}
