//! Tokens to the tree that the browser will have.
//!
//! Nodes stand in document order in one vector and borrow from the text. An element whose content
//! the browser would rearrange is *opaque*: it has no child nodes here and is compared as bytes.

mod content;
mod guise;

pub(crate) use guise::tag_is_guised;

use core::ops::Range;
use std::borrow::Cow;

use holm_wire::check::is_sealed_off;

use crate::attrs;
use crate::foreign;
use crate::node::{Beyond, Context, Doc, Kind, Node};
use crate::region::CLOSED;
use crate::rules::{self, Ns, Open, Verdict};
use crate::scan::{Scanner, Skim, Token, closes, skim};
use crate::tags::Tag;

/// How deep elements may nest before the rest is opaque.
pub(crate) const DEPTH: usize = 400;

/// How many comparisons irregular markup may cost before the whole text is opaque.
const WORK: usize = 1 << 22;

/// Parses a text that stands inside `context`.
///
/// # Errors
/// When something in the text changes an element outside of it, or takes the parser's bearings.
pub(crate) fn parse<'a>(text: &'a str, context: &Context<'a>) -> Result<Doc<'a>, Beyond> {
    let mut parser = Parser::new(text, context);
    parser.run().map(|()| parser.doc)
}

/// Parses the outermost children only: their content is passed over, and judged when it is parsed.
///
/// # Errors
/// As [`parse`].
pub(crate) fn split<'a>(text: &'a str, context: &Context<'a>) -> Result<Doc<'a>, Beyond> {
    let mut parser = Parser::new(text, context);
    parser.doc.shallow = true;
    parser.run().map(|()| parser.doc)
}

/// Parses a text for advice: goes on as long as it can and returns what it found.
pub(crate) fn survey<'a>(text: &'a str, context: &Context<'a>) -> (Doc<'a>, bool) {
    let mut parser = Parser::new(text, context);
    let whole = parser.run();
    if let Err(beyond) = whole {
        parser.doc.odd.push(beyond);
    }
    (parser.doc, whole.is_ok())
}

struct Parser<'a> {
    doc: Doc<'a>,
    stack: Vec<Open<'a>>,
    /// The stack's index of node 0.
    base: usize,
    partial: bool,
    /// How many open elements are opaque.
    opaque: usize,
    /// How much was spent on irregular markup.
    work: usize,
    scanner: Scanner<'a>,
}

type Step = Result<(), Beyond>;

impl<'a> Parser<'a> {
    fn new(text: &'a str, context: &Context<'a>) -> Self {
        let stack: Vec<Open<'a>> =
            context.around.iter().map(|&(name, ns)| open(name, ns, integrates(ns, name))).collect();
        let base = stack.len().saturating_sub(1);
        let name = stack.last().map_or("", |open| open.name);
        let root = Node {
            kind: Kind::Element,
            ns: stack.last().map_or(Ns::Html, |open| open.ns),
            name: Cow::Borrowed(name),
            written: name,
            start: 0,
            attrs: 0..0,
            inner: 0..text.len(),
            end: text.len(),
            next: 1,
            key: None,
            opaque: false,
            sealed: false,
            ignored: false,
        };
        let doc = Doc { text, nodes: vec![root], depends: 0, odd: Vec::new(), guised: false, shallow: false };
        Self {
            doc,
            stack,
            base,
            partial: context.partial,
            opaque: 0,
            work: 0,
            scanner: Scanner::new(text, 0),
        }
    }

    fn run(&mut self) -> Step {
        while let Some(token) = self.scanner.next() {
            self.token(token)?;
        }
        self.end_implied(self.doc.text.len(), "");
        if self.stack.len() != self.base + 1 {
            let offset = self.stack.last().map_or(0, |open| self.doc.nodes[open.node].start);
            return Err(Beyond { code: "unclosed", offset, own: false });
        }
        self.doc.nodes[0].next = self.doc.nodes.len();
        Ok(())
    }

    fn token(&mut self, token: Token) -> Step {
        match token {
            Token::Text(range) => self.text(range, false),
            Token::Comment { data, end } => {
                self.notice_range(data.clone());
                self.comment(data, end)
            }
            Token::Open { name, attrs, slash, end } => self.open(name, attrs, slash, end),
            Token::Close { name, end } => {
                self.notice_range(name.start..end);
                self.close(name, end)
            }
            Token::Odd { end } => self.odd(self.stack.len() - 1, "markup", end),
            Token::Lost => Err(Beyond { code: "unclosed", offset: self.doc.text.len(), own: false }),
        }
    }

    /// Makes the open element at this place of the stack opaque.
    fn odd(&mut self, at: usize, code: &'static str, offset: usize) -> Step {
        let mut at = at;
        // Elements further in may be ended early. Their close tags then end outer ones of their name.
        while let Some(outer) = self.outermost_namesake(at) {
            self.work += self.stack.len() * self.stack.len();
            if self.work > WORK || outer == 0 {
                return Err(Beyond { code, offset, own: false });
            }
            at = outer - 1;
        }
        while at > self.base && self.is_implied(at) {
            at -= 1;
        }
        if self.partial && at + 1 < self.stack.len() {
            return Err(Beyond { code: "depends", offset, own: false });
        }
        let beyond = Beyond { code, offset, own: at == self.base };
        if at <= self.base {
            return Err(beyond);
        }
        self.opaque += usize::from(!self.stack[at].opaque);
        self.stack[at].opaque = true;
        self.doc.odd.push(beyond);
        Ok(())
    }

    /// The outermost open element down to `at` that shares its name with one further in than `at`.
    fn outermost_namesake(&self, at: usize) -> Option<usize> {
        let inner = self.stack.get(at + 1..)?;
        self.stack[..=at]
            .iter()
            .position(|open| inner.iter().any(|other| other.name.eq_ignore_ascii_case(open.name)))
    }

    fn is_implied(&self, at: usize) -> bool {
        at > self.base && {
            let node = &self.doc.nodes[self.stack[at].node];
            node.start == node.inner.start
        }
    }

    fn obey(&mut self, verdict: Verdict, offset: usize) -> Step {
        match verdict {
            Verdict::Child | Verdict::Implied(_) => Ok(()),
            Verdict::Odd(at, code) => self.odd(at, code, offset),
            Verdict::Beyond(code) => Err(Beyond { code, offset, own: false }),
            Verdict::Depends(_) => Err(Beyond { code: "depends", offset, own: false }),
        }
    }

    fn top(&self) -> &Open<'a> {
        &self.stack[self.stack.len() - 1]
    }

    fn push_node(&mut self, kind: Kind, start: usize, inner: Range<usize>, end: usize) -> usize {
        let at = self.doc.nodes.len();
        self.doc.nodes.push(Node {
            kind,
            ns: Ns::Html,
            name: Cow::Borrowed(""),
            written: "",
            start,
            attrs: start..start,
            inner,
            end,
            next: at + 1,
            key: None,
            opaque: false,
            sealed: false,
            ignored: false,
        });
        at
    }

    fn open(&mut self, name: Range<usize>, attrs: Range<usize>, slash: bool, end: usize) -> Step {
        let start = name.start - 1;
        let written = &self.doc.text[name];
        let lower: Cow<'a, str> = if written.bytes().any(|b| b.is_ascii_uppercase()) {
            Cow::Owned(written.to_ascii_lowercase())
        } else {
            Cow::Borrowed(written)
        };
        let tag = Tag::of(&lower);
        self.end_implied_before(tag, start);
        let judge = if self.opaque == 0 { rules::judge } else { rules::judge_loosely };
        let (verdict, depends) = judge(&self.stack, &lower, tag);
        if depends != 0 && self.partial {
            self.doc.depends |= depends;
        }
        if let Verdict::Depends(_) = verdict
            && !self.partial
        {
            self.odd(self.stack.len() - 1, "row", start)?;
        } else {
            self.obey(verdict, start)?;
        }
        if let Verdict::Implied(name) = verdict {
            self.imply(name, start);
        }
        if tag == Tag::Plaintext || written.contains('\0') {
            return Err(Beyond { code: "markup", offset: start, own: false });
        }
        self.element(lower, written, tag, start, attrs, slash, end)
    }

    fn namespace(&self, tag: Tag, name: &str) -> Ns {
        let top = self.top();
        if top.ns != Ns::Html && (!top.integration || matches!(name, "mglyph" | "malignmark")) {
            return top.ns;
        }
        match tag {
            Tag::Svg => Ns::Svg,
            Tag::Math => Ns::Math,
            _ => Ns::Html,
        }
    }

    #[allow(clippy::too_many_arguments, reason = "one call; a struct would only rename them")]
    fn element(
        &mut self,
        lower: Cow<'a, str>,
        written: &'a str,
        tag: Tag,
        start: usize,
        attrs: Range<usize>,
        slash: bool,
        end: usize,
    ) -> Step {
        let ns = self.namespace(tag, &lower);
        let name = match ns {
            Ns::Svg => foreign::svg_name(&lower).map_or(lower, Cow::Borrowed),
            _ => lower,
        };
        let found = attrs::notice(self.doc.text, attrs.clone());
        if !found.sure {
            self.odd(self.stack.len() - 1, "entity", start)?;
        }
        self.notice_tag(written, tag, ns, start..end, slash);
        let void = if ns == Ns::Html { tag.is_void() } else { slash };
        let node = self.push_node(Kind::Element, start, end..end, end);
        let sealed = ns == Ns::Html && is_sealed_off(&name);
        // Who looks for these in a text looks for lower case.
        self.doc.guised |= sealed && name != written
            || !found.findable
            || found.ignored && !CLOSED.iter().any(|name| self.doc.text[attrs.clone()].contains(name));
        {
            let node = &mut self.doc.nodes[node];
            node.ns = ns;
            node.key = found.key;
            node.ignored = found.ignored;
            node.sealed = sealed || found.ignored;
            node.attrs = attrs;
            node.name = name;
            node.written = written;
        }
        if ns == Ns::Html && tag == Tag::Template && found.shadow {
            self.odd(self.stack.len() - 1, "shadow", start)?;
        }
        if void {
            return Ok(());
        }
        if ns == Ns::Html && tag == Tag::Template {
            return self.template(node, end);
        }
        let integration = integrates(ns, &self.doc.nodes[node].name);
        let item_passes = matches!(&*self.doc.nodes[node].name, "div" | "address" | "p");
        self.stack.push(Open { name: written, tag, ns, item_passes, integration, node, opaque: false });
        if self.stack.len() - self.base > DEPTH {
            let at = self.base + DEPTH - 1;
            self.odd(at, "depth", start)?;
        }
        if ns == Ns::Html && tag.is_raw() {
            return self.raw(node, written, tag, end);
        }
        if ns == Ns::Html && tag == Tag::Pre {
            self.skip_newline(end);
        }
        if self.doc.shallow { self.pass_over(node) } else { Ok(()) }
    }

    /// Goes to the end of the element that was just opened.
    fn pass_over(&mut self, node: usize) -> Step {
        let text = self.doc.text;
        let lost = Beyond { code: "unclosed", offset: self.doc.nodes[node].start, own: false };
        let mut depth = 1usize;
        loop {
            let inner = self.scanner.at;
            match skim(text, &mut self.scanner).ok_or(lost)? {
                Skim::In => depth += 1,
                Skim::Out => depth -= 1,
                Skim::Level => {}
                Skim::Lost => return Err(lost),
            }
            if depth == 0 {
                if !closes(text, inner, self.top().name) {
                    return Err(lost);
                }
                self.notice_range(inner + 2..self.scanner.at);
                self.pop(inner, self.scanner.at);
                return Ok(());
            }
        }
    }

    fn imply(&mut self, name: &'static str, at: usize) {
        let node = self.push_node(Kind::Element, at, at..at, at);
        self.doc.nodes[node].name = Cow::Borrowed(name);
        self.doc.nodes[node].written = name;
        self.stack.push(Open { node, ..open(name, Ns::Html, false) });
    }

    /// Ends an implied element that this start tag cannot be inside of.
    fn end_implied_before(&mut self, tag: Tag, at: usize) {
        if !self.is_implied(self.stack.len() - 1) {
            return;
        }
        let stays = match self.top().tag {
            Tag::Section => !matches!(tag, Tag::Section | Tag::Caption | Tag::Colgroup | Tag::Col),
            _ => matches!(tag, Tag::Col | Tag::Template),
        };
        if !stays {
            self.pop(at, at);
        }
    }

    fn end_implied(&mut self, at: usize, name: &str) {
        while self.stack.len() > self.base + 1
            && self.is_implied(self.stack.len() - 1)
            && !self.top().name.eq_ignore_ascii_case(name)
        {
            self.pop(at, at);
        }
    }

    /// Closes the innermost open element: its content ends at `inner`, it ends at `end`.
    fn pop(&mut self, inner: usize, end: usize) {
        let Some(open) = self.stack.pop() else { return };
        self.opaque -= usize::from(open.opaque);
        if open.opaque || self.doc.nodes[open.node].sealed {
            self.doc.nodes.truncate(open.node + 1);
        }
        let next = self.doc.nodes.len();
        let node = &mut self.doc.nodes[open.node];
        node.inner.end = inner.max(node.inner.start);
        node.end = end;
        node.next = next;
        node.opaque = open.opaque;
    }

    fn close(&mut self, name: Range<usize>, end: usize) -> Step {
        let start = name.start - 2;
        let written = &self.doc.text[name];
        if self.is_implied(self.stack.len() - 1) && self.top().name.eq_ignore_ascii_case(written) {
            return self.obey(rules::judge_text(&self.stack), start);
        }
        self.end_implied(start, written);
        let last = self.stack.len() - 1;
        if last > self.base && self.stack[last].name.eq_ignore_ascii_case(written) {
            self.pop(start, end);
            return Ok(());
        }
        // The close tag of an outer element: the browser ends those between when it may imply their end.
        let found = self.stack.iter().rposition(|open| open.name.eq_ignore_ascii_case(written));
        match found {
            Some(at) if at > self.base => {
                let between = &self.stack[at + 1..];
                let closer = self.stack[at].tag;
                let items = between.iter().all(|open| open.ns == Ns::Html && open.tag.end_is_implied());
                let rows = closer == Tag::Table
                    && between.iter().all(|open| {
                        matches!(open.tag, Tag::Section | Tag::Tr | Tag::Cell | Tag::Colgroup | Tag::Caption)
                            || open.tag.end_is_implied()
                    });
                if !(rows || items && matches!(closer, Tag::Block)) || self.stack[at].ns != Ns::Html {
                    return Err(Beyond { code: "unclosed", offset: start, own: false });
                }
                self.odd(at, "implied-end", start)?;
                while self.stack.len() > at + 1 {
                    self.pop(start, start);
                }
                self.pop(start, end);
                Ok(())
            }
            Some(_) => Err(Beyond { code: "unclosed", offset: start, own: false }),
            // Whatever it does, it does inside the innermost element: `</p>` and `</br>` make one.
            None if self.partial => Err(Beyond { code: "depends", offset: start, own: false }),
            None => {
                let verdict = rules::judge_stray(&self.stack, &written.to_ascii_lowercase());
                self.obey(verdict, start)
            }
        }
    }
}

/// Whether HTML's rules hold inside a foreign element.
fn integrates(ns: Ns, name: &str) -> bool {
    match ns {
        Ns::Html => false,
        Ns::Svg => ["foreignObject", "desc", "title"].iter().any(|known| known.eq_ignore_ascii_case(name)),
        Ns::Math => ["mi", "mo", "mn", "ms", "mtext"].iter().any(|known| known.eq_ignore_ascii_case(name)),
    }
}

fn open(name: &str, ns: Ns, integration: bool) -> Open<'_> {
    let lower = name.to_ascii_lowercase();
    let tag = Tag::of(&lower);
    let item_passes = matches!(&*lower, "div" | "address" | "p");
    Open { name, tag, ns, item_passes, integration, node: 0, opaque: false }
}
