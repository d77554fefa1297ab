//! What stands between tags: text, comments, raw text and templates.

use core::ops::Range;
use std::borrow::Cow;

use super::{Parser, Step};
use crate::entity::{self, Place};
use crate::node::{Beyond, Kind};
use crate::rules::{self, Ns, Verdict};
use crate::scan::{Token, is_space, raw_end};
use crate::tags::Tag;

impl Parser<'_> {
    pub(super) fn text(&mut self, range: Range<usize>, raw: bool) -> Step {
        let source = &self.doc.text[range.clone()];
        let blank = || source.bytes().all(is_space);
        if !raw {
            let verdict = rules::judge_text(&self.stack);
            if verdict != Verdict::Child && !blank() {
                self.obey(verdict, range.start)?;
            }
        }
        let top = self.top();
        let (place, foreign) = (if raw { Place::Raw } else { Place::Text }, top.ns != Ns::Html);
        // Foreign content keeps a NUL as a replacement character.
        let sure = entity::decode(source, place).is_some() && !(foreign && source.contains('\0'));
        if !sure {
            return self.odd(self.stack.len() - 1, "entity", range.start);
        }
        if source.bytes().all(|byte| byte == 0) {
            return Ok(());
        }
        if let Some(last) = self.doc.nodes.last()
            && last.kind == Kind::Text
            && last.end == range.start
            && last.next == self.doc.nodes.len()
        {
            let at = self.doc.nodes.len() - 1;
            self.doc.nodes[at].inner.end = range.end;
            self.doc.nodes[at].end = range.end;
            return Ok(());
        }
        let node = self.push_node(Kind::Text, range.start, range.clone(), range.end);
        if raw {
            self.doc.nodes[node].name = Cow::Borrowed("raw");
        }
        Ok(())
    }

    pub(super) fn comment(&mut self, data: Range<usize>, end: usize) -> Step {
        let start = data.start - 4;
        if self.doc.text[data.clone()].contains('\0') {
            return self.odd(self.stack.len() - 1, "entity", start);
        }
        self.push_node(Kind::Comment, start, data, end);
        Ok(())
    }

    /// Drops the newline that the browser drops at the start of `pre`, `listing` and `textarea`.
    pub(super) fn skip_newline(&mut self, at: usize) -> usize {
        let rest = &self.doc.text[at..];
        let len = if rest.starts_with("\r\n") { 2 } else { usize::from(rest.starts_with(['\n', '\r'])) };
        self.scanner.at = at + len;
        let node = self.top().node;
        self.doc.nodes[node].inner.start = at + len;
        at + len
    }

    pub(super) fn raw(&mut self, node: usize, name: &str, tag: Tag, from: usize) -> Step {
        let Some(end) = raw_end(self.doc.text, from, name) else {
            return Err(Beyond { code: "unclosed", offset: from, own: false });
        };
        let start = if tag == Tag::Textarea { self.skip_newline(from) } else { from };
        let content = &self.doc.text[start..end];
        if name.eq_ignore_ascii_case("script") && content.contains("<!--") && content.contains("<script") {
            return Err(Beyond { code: "script", offset: from, own: false });
        }
        self.notice_range(from..end);
        self.scanner.at = end;
        if self.doc.nodes[node].sealed || content.is_empty() {
            return Ok(());
        }
        let decoded = matches!(tag, Tag::Textarea | Tag::Title);
        if content.contains('\0') {
            return self.odd(self.stack.len() - 1, "entity", start);
        }
        self.text(start..end, !decoded)
    }

    /// Passes over a template's content.
    pub(super) fn template(&mut self, node: usize, from: usize) -> Step {
        let mut depth = 1usize;
        self.scanner.at = from;
        while let Some(token) = self.scanner.next() {
            match token {
                Token::Open { name, end, .. } => {
                    let written = &self.doc.text[name];
                    let tag = Tag::of(&written.to_ascii_lowercase());
                    if tag == Tag::Template {
                        depth += 1;
                    } else if tag.is_raw() {
                        let Some(at) = raw_end(self.doc.text, end, written) else { break };
                        self.scanner.at = at;
                    }
                }
                Token::Close { name, end }
                    if self.doc.text[name.clone()].eq_ignore_ascii_case("template") =>
                {
                    depth -= 1;
                    if depth == 0 {
                        self.notice_range(from..name.start - 2);
                        let node = &mut self.doc.nodes[node];
                        node.inner = from..name.start - 2;
                        node.end = end;
                        return Ok(());
                    }
                }
                _ => {}
            }
        }
        Err(Beyond { code: "unclosed", offset: from, own: false })
    }
}
