//! Backward over tags, out of the innermost open element.

use core::ops::Range;

use memchr::{memchr, memmem, memrchr};

use crate::attrs;
use crate::node::Key;
use crate::scan::{Scanner, Token, ends_itself, is_space, tag_end, tag_of};
use crate::tags::Tag;

/// An open element around a place, and how many of its children stand before that place.
#[derive(Debug)]
pub(crate) struct Level<'t> {
    /// Empty for the island itself.
    pub(crate) name: &'t str,
    /// Where its open tag begins.
    pub(crate) start: usize,
    pub(crate) attrs: Range<usize>,
    pub(crate) key: Option<Key<'t>>,
    pub(crate) ignored: bool,
    /// Children before the place.
    pub(crate) before: usize,
    /// Whether one of those is a table part that may stand inside an implied element.
    parts: bool,
}

impl<'t> Level<'t> {
    pub(crate) fn new(text: &'t str, start: usize, name: &'t str, attrs: Range<usize>) -> Self {
        let noticed = attrs::notice(text, attrs.clone());
        Self { name, start, attrs, key: noticed.key, ignored: noticed.ignored, before: 0, parts: false }
    }

    /// Whether its content can only be compared together with its tag.
    pub(crate) fn widens(&self) -> bool {
        let tag = tag_of(self.name);
        self.ignored
            || tag.is_raw()
            || matches!(
                tag,
                Tag::Table
                    | Tag::Pre
                    | Tag::Svg
                    | Tag::Math
                    | Tag::Unknown
                    | Tag::Template
                    | Tag::Plaintext
                    | Tag::Dropped
            )
            || self.name.eq_ignore_ascii_case("holm-island")
    }

    /// [`Level::widens`], when the way in leads through the child `below`.
    pub(crate) fn widens_with(&self, below: Option<&Self>) -> bool {
        match below.map(|below| tag_of(below.name)) {
            Some(Tag::Section | Tag::Caption | Tag::Colgroup)
                if tag_of(self.name) == Tag::Table && !self.parts && !self.ignored =>
            {
                false
            }
            _ => self.widens(),
        }
    }
}

impl Level<'_> {
    /// Whether other rules than HTML's hold inside.
    pub(crate) fn is_foreign(&self) -> bool {
        matches!(tag_of(self.name), Tag::Svg | Tag::Math | Tag::Template)
    }
}

/// Walks outward from a place between two children.
#[derive(Debug)]
pub(crate) struct Back<'t> {
    text: &'t str,
    /// Where the next level's child begins.
    at: usize,
}

impl<'t> Back<'t> {
    pub(crate) fn new(text: &'t str, at: usize) -> Self {
        Self { text, at }
    }

    pub(crate) fn at(&self) -> usize {
        self.at
    }

    /// The element around the place, which then is the next place; `None` when the markup before it
    /// is not of the kind that can be read backward.
    pub(crate) fn level(&mut self) -> Option<Level<'t>> {
        let bytes = self.text.as_bytes();
        let mut open: Vec<&'t [u8]> = Vec::new();
        let (mut count, mut parts) = (0, false);
        // Everything from `seen` on has been read; `from` is where the search for tags goes on.
        let mut seen = self.at;
        let mut from = self.at;
        loop {
            let Some(at) = memrchr(b'<', &bytes[..from]) else {
                if !open.is_empty() {
                    return None;
                }
                count += usize::from(seen > 0);
                self.at = 0;
                return Some(Level { before: count, parts, ..Level::new(self.text, 0, "", 0..0) });
            };
            from = at;
            let next = *bytes.get(at + 1)?;
            let closes = next == b'/';
            if !(closes || next.is_ascii_alphabetic() || matches!(next, b'!' | b'?')) {
                continue;
            }
            if next == b'!' || next == b'?' {
                let Some(Token::Comment { end, .. }) = Scanner::new(self.text, at).next() else {
                    return None;
                };
                if end > seen {
                    return None;
                }
                if open.is_empty() {
                    count += 1 + usize::from(end < seen);
                }
                seen = at;
                continue;
            }
            let name_at = at + 1 + usize::from(closes);
            let len =
                bytes[name_at..seen].iter().take_while(|&&b| !is_space(b) && b != b'/' && b != b'>').count();
            let name = &bytes[name_at..name_at + len];
            if open.is_empty() {
                let end = tag_end(bytes, name_at + len, seen)?.0;
                count += usize::from(end < seen);
            } else {
                memchr(b'>', &bytes[at..seen])?;
            }
            seen = at;
            if closes && !open.is_empty() && !may_be_raw(name) {
                open.push(name);
                continue;
            }
            if closes {
                let tag = tag_of(&self.text[name_at..name_at + len]);
                if tag.is_raw() {
                    let start = memmem::rfind(&bytes[..at], &[b"<", name].concat())?;
                    count += usize::from(open.is_empty());
                    (seen, from) = (start, start);
                } else {
                    if open.is_empty() {
                        count += 1;
                        parts |= matches!(tag, Tag::Tr | Tag::Col | Tag::Cell);
                    }
                    open.push(name);
                }
                continue;
            }
            let slash = memchr(b'>', &bytes[at..]).is_some_and(|end| bytes[at + end - 1] == b'/');
            if !slash && open.last() == Some(&name) {
                open.pop();
                continue;
            }
            if is_void(name) {
                count += usize::from(open.is_empty());
                parts |= open.is_empty() && name == b"col";
                continue;
            }
            if slash && ends_itself(tag_of(&self.text[name_at..name_at + len])) {
                // SVG's elements may end themselves.
                count += usize::from(open.is_empty());
                continue;
            }
            if let Some(closed) = open.pop() {
                if closed != name {
                    return None;
                }
                continue;
            }
            let end = tag_end(bytes, name_at + len, self.text.len())?.0;
            let level = Level::new(self.text, at, &self.text[name_at..name_at + len], name_at + len..end);
            self.at = at;
            return Some(Level { before: count, parts, ..level });
        }
    }
}

/// A cheap first look: elements with raw text have long names.
fn may_be_raw(name: &[u8]) -> bool {
    name.len() > 2 && name.first().is_some_and(|first| b"stxinSTXIN".contains(first))
}

fn is_void(name: &[u8]) -> bool {
    name.len() <= 8 && core::str::from_utf8(name).is_ok_and(|name| tag_of(name).is_void())
}
