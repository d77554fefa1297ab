//! Bytes to tokens: a tokenizer for HTML text that never looks at the tree.

use core::ops::Range;

use memchr::{memchr, memchr3, memmem};

use crate::tags::Tag;

/// One token; ranges are byte offsets into the scanned text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Token {
    /// Text up to the next tag, as written.
    Text(Range<usize>),
    /// An open tag: where its name and its attributes stand, and where it ends.
    Open { name: Range<usize>, attrs: Range<usize>, slash: bool, end: usize },
    /// A close tag.
    Close { name: Range<usize>, end: usize },
    /// A comment, with where its data stands.
    Comment { data: Range<usize>, end: usize },
    /// Markup that the browser's tokenizer mends in its own way (`<!x>`, `<?x>`, `</>`, `<!-->`).
    Odd { end: usize },
    /// The text ends inside a tag or comment.
    Lost,
}

/// Reads tokens off the front of `text`.
#[derive(Debug, Clone)]
pub(crate) struct Scanner<'a> {
    bytes: &'a [u8],
    pub(crate) at: usize,
}

pub(crate) const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0x0c)
}

impl<'a> Scanner<'a> {
    pub(crate) fn new(text: &'a str, at: usize) -> Self {
        Self { bytes: text.as_bytes(), at }
    }

    fn begins_token(&self, at: usize) -> bool {
        match self.bytes.get(at + 1) {
            Some(b'!' | b'?' | b'/') => true,
            Some(byte) => byte.is_ascii_alphabetic(),
            None => false,
        }
    }

    fn text(&mut self) -> Token {
        let start = self.at;
        let mut from = start;
        loop {
            match memchr(b'<', &self.bytes[from..]) {
                Some(offset) if self.begins_token(from + offset) => {
                    self.at = from + offset;
                    return Token::Text(start..self.at);
                }
                Some(offset) => from += offset + 1,
                None => {
                    self.at = self.bytes.len();
                    return Token::Text(start..self.at);
                }
            }
        }
    }

    fn name(&self, start: usize) -> Range<usize> {
        let len = self.bytes[start..].iter().take_while(|&&b| !is_space(b) && b != b'/' && b != b'>').count();
        start..start + len
    }

    fn open(&mut self) -> Token {
        let name = self.name(self.at + 1);
        let Some((end, slash)) = tag_end(self.bytes, name.end, self.bytes.len()) else { return self.lost() };
        self.at = end;
        Token::Open { attrs: name.end..end, name, slash, end }
    }

    fn close(&mut self) -> Token {
        let name = self.name(self.at + 2);
        let Some((end, _)) = tag_end(self.bytes, name.end, self.bytes.len()) else { return self.lost() };
        self.at = end;
        Token::Close { name, end }
    }

    fn lost(&mut self) -> Token {
        self.at = self.bytes.len();
        Token::Lost
    }

    fn bang(&mut self) -> Token {
        let rest = &self.bytes[self.at..];
        if let Some(data) = rest.strip_prefix(b"<!--") {
            // The browser ends such a comment elsewhere than a reader would. What follows has no say.
            if data.starts_with(b">") || data.starts_with(b"->") {
                return self.odd();
            }
            let start = self.at + 4;
            let len = memmem::find(data, b"-->");
            if let Some(bang) = memmem::find(&data[..len.unwrap_or(data.len())], b"--!>") {
                self.at = start + bang + 4;
                return Token::Odd { end: self.at };
            }
            let Some(len) = len else { return self.lost() };
            self.at = start + len + 3;
            return Token::Comment { data: start..start + len, end: self.at };
        }
        self.odd()
    }

    fn odd(&mut self) -> Token {
        match memchr(b'>', &self.bytes[self.at..]) {
            Some(len) => {
                self.at += len + 1;
                Token::Odd { end: self.at }
            }
            None => self.lost(),
        }
    }
}

impl Iterator for Scanner<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        let first = *self.bytes.get(self.at)?;
        Some(if first != b'<' || !self.begins_token(self.at) {
            self.text()
        } else {
            match self.bytes[self.at + 1] {
                b'/' if self.bytes.get(self.at + 2).is_some_and(u8::is_ascii_alphabetic) => self.close(),
                b'/' | b'?' => self.odd(),
                b'!' => self.bang(),
                _ => self.open(),
            }
        })
    }
}

/// Where the tag whose attributes begin at `from` ends, if it does before `limit`, and whether in `/>`.
pub(crate) fn tag_end(bytes: &[u8], from: usize, limit: usize) -> Option<(usize, bool)> {
    if bytes.get(from) == Some(&b'>') && from < limit {
        return Some((from + 1, false));
    }
    // The way that renderers write tags: every value in quotes, right behind its name's `=`.
    let mut at = from;
    loop {
        let found = at + memchr3(b'>', b'"', b'\'', bytes.get(at..limit)?)?;
        let equals = memchr(b'=', &bytes[at..found]).map(|offset| at + offset);
        if bytes[found] == b'>' {
            if equals.is_none() && bytes[found - 1] != b'/' {
                return Some((found + 1, false));
            }
            break;
        }
        if equals != Some(found - 1) || !bytes[found - 2].is_ascii_alphanumeric() {
            break;
        }
        at = found + 2 + memchr(bytes[found], &bytes[found + 1..limit])?;
    }
    let mut attrs = Attrs::new(bytes, from..limit);
    while attrs.next().is_some() {}
    attrs.tag_end.map(|end| (end, attrs.slash))
}

/// The attributes of one tag, as written: name and value ranges.
#[derive(Debug, Clone)]
pub(crate) struct Attrs<'a> {
    bytes: &'a [u8],
    at: usize,
    end: usize,
    /// Set when the tag's `>` was reached: the offset behind it.
    pub(crate) tag_end: Option<usize>,
    /// Whether the tag ends in `/>`.
    pub(crate) slash: bool,
}

impl<'a> Attrs<'a> {
    pub(crate) fn new(bytes: &'a [u8], range: Range<usize>) -> Self {
        Self { bytes, at: range.start, end: range.end, tag_end: None, slash: false }
    }

    fn peek(&self) -> Option<u8> {
        if self.at < self.end { self.bytes.get(self.at).copied() } else { None }
    }

    fn skip_space(&mut self) {
        while self.peek().is_some_and(is_space) {
            self.at += 1;
        }
    }
}

impl Iterator for Attrs<'_> {
    /// The name and the value; a value that is not written is an empty range.
    type Item = (Range<usize>, Range<usize>);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.peek()? {
                b'>' => {
                    self.tag_end = Some(self.at + 1);
                    return None;
                }
                b'/' => {
                    self.at += 1;
                    self.slash = self.peek() == Some(b'>');
                }
                byte if is_space(byte) => self.at += 1,
                _ => break,
            }
        }
        let start = self.at;
        self.at += 1;
        while self.peek().is_some_and(|b| !is_space(b) && !matches!(b, b'/' | b'>' | b'=')) {
            self.at += 1;
        }
        let name = start..self.at;
        let after_name = self.at;
        self.skip_space();
        if self.peek() != Some(b'=') {
            self.peek()?;
            return Some((name, after_name..after_name));
        }
        self.at += 1;
        self.skip_space();
        let value = match self.peek()? {
            quote @ (b'"' | b'\'') => {
                let start = self.at + 1;
                let len = memchr(quote, &self.bytes[start..self.end])?;
                self.at = start + len + 1;
                start..start + len
            }
            b'>' => self.at..self.at,
            _ => {
                let start = self.at;
                while self.peek().is_some_and(|b| !is_space(b) && b != b'>') {
                    self.at += 1;
                }
                start..self.at
            }
        };
        Some((name, value))
    }
}

/// Where the close tag of a raw-text element named `name` begins, searching from `from`.
pub(crate) fn raw_end(text: &str, from: usize, name: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    memmem::find_iter(&bytes[from..], b"</").map(|offset| from + offset).find(|&at| closes(text, at, name))
}

/// Whether the close tag at `at` is one for `name`, all of it.
pub(crate) fn closes(text: &str, at: usize, name: &str) -> bool {
    let rest = &text.as_bytes()[at + 2..];
    rest.get(..name.len()).is_some_and(|found| found.eq_ignore_ascii_case(name.as_bytes()))
        && rest.get(name.len()).is_some_and(|&b| is_space(b) || b == b'/' || b == b'>')
}

/// What a token does to the depth.
pub(crate) enum Skim {
    In,
    Out,
    Level,
    Lost,
}

/// Passes one token of a text that is known to nest well.
pub(crate) fn skim(text: &str, scanner: &mut Scanner<'_>) -> Option<Skim> {
    Some(match scanner.next()? {
        Token::Text(_) | Token::Comment { .. } => Skim::Level,
        Token::Close { .. } => Skim::Out,
        Token::Odd { .. } | Token::Lost => Skim::Lost,
        Token::Open { name, slash, end, .. } => {
            let name = &text[name];
            let tag = tag_of(name);
            if tag.is_void() || (slash && ends_itself(tag)) {
                Skim::Level
            } else if tag.is_raw() {
                match raw_end(text, end, name) {
                    Some(at) => {
                        scanner.at = at;
                        Skim::In
                    }
                    None => Skim::Lost,
                }
            } else {
                Skim::In
            }
        }
    })
}

/// Whether a `/>` ends an element of this kind: SVG's `image` has a name that HTML's parser drops.
pub(crate) const fn ends_itself(tag: Tag) -> bool {
    matches!(tag, Tag::Unknown | Tag::Dropped)
}

/// The kind of a name as written.
pub(crate) fn tag_of(name: &str) -> Tag {
    if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Tag::of(&name.to_ascii_lowercase())
    } else {
        Tag::of(name)
    }
}
