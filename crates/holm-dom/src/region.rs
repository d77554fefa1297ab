//! The part of an island's text that a change touches.
//!
//! The texts share a beginning and an end. From the first difference the search goes backward over
//! tags, out of the innermost open element, until one is found that the page can be sent to by its
//! `id` or `data-key`; nothing in front of that element is ever counted.

use core::ops::Range;
use std::borrow::Cow;

use memchr::{memmem, memrchr};

use crate::attrs;
use crate::back::{Back, Level};
use crate::entity::{self, Place};
use crate::node::{Context, Key};
use crate::parse::tag_is_guised;
use crate::rules::Ns;
use crate::scan::{Scanner, Skim, Token, skim, tag_end, tag_of};
use crate::tags::Tag;
use crate::walk::Anchor;

/// A run of siblings, before and after, and how to get to them.
#[derive(Debug)]
pub(crate) struct Region<'t> {
    /// Where the walk to their parent starts.
    pub(crate) anchor: Anchor<'t>,
    /// Child indices from the anchor to their parent.
    pub(crate) path: Vec<u32>,
    /// The open elements around them.
    pub(crate) context: Context<'t>,
    /// How many children of the parent stand before them.
    pub(crate) before: usize,
    /// The attributes of the anchor, when they are part of the change: before and after.
    pub(crate) tags: Option<(&'t str, &'t str)>,
    pub(crate) old: &'t str,
    pub(crate) new: &'t str,
    /// The text behind them.
    rest: &'t str,
}

impl<'t> Region<'t> {
    /// Everything.
    pub(crate) fn whole(old: &'t str, new: &'t str) -> Self {
        let (anchor, context) = (Anchor::Root, Context::root());
        Self { anchor, path: Vec::new(), context, before: 0, tags: None, old, new, rest: "" }
    }

    /// How many children of the parent stand behind them, if that can be told.
    pub(crate) fn after(&self) -> Option<usize> {
        let mut scanner = Scanner::new(self.rest, 0);
        let (mut depth, mut count) = (0usize, 0);
        loop {
            match skim(self.rest, &mut scanner) {
                None => return (depth == 0).then_some(count),
                Some(Skim::Lost) => return None,
                Some(Skim::Level) => count += usize::from(depth == 0),
                Some(Skim::In) => {
                    count += usize::from(depth == 0);
                    depth += 1;
                }
                Some(Skim::Out) if depth == 0 => return Some(count),
                Some(Skim::Out) => depth -= 1,
            }
        }
    }
}

/// Steps of falling size: large ones run at the speed of memory, small ones find the place.
const STEPS: [usize; 2] = [4096, 64];

/// How many bytes two texts share at their beginning.
fn common_head(old: &[u8], new: &[u8]) -> usize {
    let most = old.len().min(new.len());
    let mut at = 0;
    for step in STEPS {
        while at + step <= most && old[at..at + step] == new[at..at + step] {
            at += step;
        }
    }
    at + old[at..most].iter().zip(&new[at..most]).take_while(|(a, b)| a == b).count()
}

/// How many bytes two texts share at their end.
fn common_tail(old: &[u8], new: &[u8]) -> usize {
    let most = old.len().min(new.len());
    let (old, new) = (&old[old.len() - most..], &new[new.len() - most..]);
    let mut left = most;
    for step in STEPS {
        while left >= step && old[left - step..left] == new[left - step..left] {
            left -= step;
        }
    }
    most - left + old[..left].iter().rev().zip(new[..left].iter().rev()).take_while(|(a, b)| a == b).count()
}

/// The text around a change.
struct Change<'t> {
    old: &'t str,
    new: &'t str,
    /// Where the child that holds the first difference begins, in both.
    start: usize,
    /// How far the levels go out between there and the last difference.
    out: usize,
    /// Scans the old text from behind the last difference on.
    end: Scanner<'t>,
    /// How far in `end` stands, seen from the outermost level.
    depth: usize,
    /// Where the tag begins that the first difference stands inside of.
    tag: Option<usize>,
    /// How many bytes the texts share at their end.
    tail: usize,
}

/// The region to look at; `None` when the two must be compared from their beginning. With `complete`
/// the region's context reaches to the island's wrapper.
pub(crate) fn find<'t>(old: &'t str, new: &'t str, complete: bool) -> Option<Region<'t>> {
    let head = common_head(old.as_bytes(), new.as_bytes());
    let (start, tag) = child_start(old, head)?;
    // From the child's beginning on, so that an added or removed child is whole on its one side.
    let tail = common_tail(&old.as_bytes()[start..], &new.as_bytes()[start..]);
    let change = Change::new(old, new, start, tag, tail)?;
    if let Some(region) = change.one_element().filter(|_| !complete) {
        return Some(region);
    }
    change.siblings(complete)
}

impl<'t> Change<'t> {
    fn new(old: &'t str, new: &'t str, start: usize, tag: Option<usize>, tail: usize) -> Option<Self> {
        let mut before = Side::new(old, start, tail)?;
        let mut after = Side::new(new, start, tail)?;
        while before.left() != after.left() {
            // The suffix is the same text: whichever is further from the end catches up.
            if before.left() > after.left() { before.step()? } else { after.step()? }
        }
        if before.depth != after.depth {
            return None;
        }
        let lowest = before.lowest.min(after.lowest);
        let out = usize::try_from(-lowest).ok()?;
        let depth = usize::try_from(before.depth - lowest).ok()?;
        Some(Self { old, new, start, out, end: before.scanner, depth, tag, tail })
    }

    /// The offset behind the child that the change ends in, `levels` levels out from the first difference.
    fn end(&self, levels: usize) -> Option<usize> {
        let mut scanner = self.end.clone();
        let mut depth = self.depth + (levels - self.out);
        while depth > 0 {
            match skim(self.old, &mut scanner)? {
                Skim::In => depth += 1,
                Skim::Out => depth -= 1,
                Skim::Level => {}
                Skim::Lost => return None,
            }
        }
        // Text that follows may have grown together with text that changed.
        let end = scanner.at;
        match scanner.next() {
            Some(Token::Text(range)) => Some(range.end),
            _ => Some(end),
        }
    }

    /// The case of one element whose own attributes changed and that the page can be sent to.
    fn one_element(&self) -> Option<Region<'t>> {
        let start = self.tag?;
        let (one, old_inner) = element_at(self.old, start)?;
        let (other, new_inner) = element_at(self.new, start)?;
        // Both end in the common end, and the change before them.
        let left = self.old.len() - old_inner.end;
        if left != self.new.len() - new_inner.end || left > self.tail {
            return None;
        }
        if one.name != other.name || one.key != other.key || one.ignored != other.ignored {
            return None;
        }
        // An unusual tag is judged with its element.
        if !tag_is_plain(self.new, start..new_inner.start, other.attrs.clone()) {
            return None;
        }
        // An element that is another, or holds another list, takes the other one's place.
        let differs = |name| {
            attrs::value(self.old, one.attrs.clone(), name)
                != attrs::value(self.new, other.attrs.clone(), name)
        };
        if differs("is") || one.ignored && differs("data-live-list") {
            return None;
        }
        let tags = Some((&self.old[one.attrs.clone()], &self.new[other.attrs.clone()]));
        let rest = &self.old[old_inner.end..];
        let (old, new) = (&self.old[old_inner], &self.new[new_inner]);
        if one.widens() && old != new {
            return None;
        }
        let anchor = anchor(self.old, &one)?;
        if !outer_is_open(self.old, Back::new(self.old, start)) {
            return None;
        }
        let context = Context { around: vec![(one.name, Ns::Html)], partial: true };
        Some(Region { anchor, path: Vec::new(), context, before: 0, tags, old, new, rest })
    }

    fn siblings(&self, complete: bool) -> Option<Region<'t>> {
        let mut back = Back::new(self.old, self.start);
        let mut levels: Vec<Level<'t>> = Vec::new();
        let mut out = self.out;
        let mut at_root = false;
        let found = loop {
            let level = back.level()?;
            let here = levels.len();
            let below = here.checked_sub(1).map(|below| &levels[below]);
            if level.name.is_empty() {
                if here < out {
                    return None;
                }
                at_root = true;
                levels.push(level);
                break Anchor::Root;
            }
            let widens = here >= out && if here > out { level.widens_with(below) } else { level.widens() };
            let anchor = if here >= out && !widens { anchor(self.old, &level) } else { None };
            if widens {
                out = here + 1;
            }
            levels.push(level);
            if let Some(anchor) = anchor {
                break anchor;
            }
        };
        let (outer, found) = (levels.len(), found);
        if complete && !at_root {
            loop {
                let level = back.level()?;
                at_root = level.name.is_empty();
                if level.ignored || level.is_foreign() || level.name == "holm-island" {
                    return None;
                }
                levels.push(level);
                if at_root {
                    break;
                }
            }
        } else if !at_root && !outer_is_open(self.old, back) {
            return None;
        }
        let parent = levels.get(out)?;
        let from = out.checked_sub(1).map_or(self.start, |below| levels[below].start);
        let to = self.end(out)?;
        let left = self.old.len() - to;
        let mut path: Vec<u32> = Vec::new();
        for level in levels[out + 1..outer].iter().rev() {
            path.push(u32::try_from(level.before).ok()?);
        }
        let mut around: Vec<(&'t str, Ns)> =
            levels[out..].iter().rev().map(|level| (level.name, Ns::Html)).collect();
        if at_root {
            around[0].0 = "holm-island";
        }
        Some(Region {
            anchor: found,
            path,
            context: Context { around, partial: !at_root },
            before: parent.before,
            tags: None,
            old: &self.old[from..to],
            new: &self.new[from..self.new.len() - left],
            rest: &self.old[to..],
        })
    }
}

/// One of the two texts while their changed part is passed over.
struct Side<'t> {
    text: &'t str,
    scanner: Scanner<'t>,
    depth: i64,
    lowest: i64,
}

impl<'t> Side<'t> {
    /// Passes over everything up to the common tail.
    fn new(text: &'t str, start: usize, tail: usize) -> Option<Self> {
        let mut side = Self { text, scanner: Scanner::new(text, start), depth: 0, lowest: 0 };
        while side.left() > tail {
            side.step()?;
        }
        Some(side)
    }

    fn left(&self) -> usize {
        self.text.len() - self.scanner.at
    }

    fn step(&mut self) -> Option<()> {
        match skim(self.text, &mut self.scanner)? {
            Skim::In => self.depth += 1,
            Skim::Out => self.depth -= 1,
            Skim::Level => {}
            Skim::Lost => return None,
        }
        self.lowest = self.lowest.min(self.depth);
        Some(())
    }
}

/// Where the child begins that holds the byte at `head`, together with text before it; and where the
/// tag begins that the byte is inside of.
fn child_start(text: &str, head: usize) -> Option<(usize, Option<usize>)> {
    let bytes = text.as_bytes();
    let mut before = head;
    let mut tag = None;
    while let Some(at) = memrchr(b'<', &bytes[..before]) {
        before = at;
        match Scanner::new(text, at).next()? {
            Token::Text(_) => {}
            Token::Open { end, .. } | Token::Close { end, .. } | Token::Comment { end, .. } => {
                if end <= tag.unwrap_or(head) {
                    return Some((end, tag));
                }
                if tag.is_some() {
                    return None;
                }
                tag = Some(at);
            }
            Token::Odd { .. } | Token::Lost => return None,
        }
    }
    Some((0, tag))
}

/// Whether nothing in an open tag is in doubt.
fn tag_is_plain(text: &str, tag: Range<usize>, attrs: Range<usize>) -> bool {
    let slash = tag_end(text.as_bytes(), attrs.start, attrs.end).is_some_and(|(_, slash)| slash);
    let noticed = attrs::notice(text, attrs);
    noticed.sure && noticed.findable && !text[tag.clone()].contains('\0') && !tag_is_guised(&text[tag], slash)
}

/// The element that begins at `start`, with the range inside it.
fn element_at(text: &str, start: usize) -> Option<(Level<'_>, Range<usize>)> {
    let mut scanner = Scanner::new(text, start);
    let Some(Token::Open { name, attrs, end, .. }) = scanner.next() else { return None };
    let level = Level::new(text, start, &text[name], attrs);
    if tag_of(level.name).is_void() || tag_of(level.name).is_raw() {
        return None;
    }
    let mut depth = 1;
    loop {
        let inner = scanner.at;
        match skim(text, &mut scanner)? {
            Skim::In => depth += 1,
            Skim::Out => depth -= 1,
            Skim::Level => {}
            Skim::Lost => return None,
        }
        if depth == 0 {
            return Some((level, end..inner));
        }
    }
}

/// Whether an element of this name can be sent to: it is HTML wherever it stands.
pub(crate) fn can_be_anchor(name: &str) -> bool {
    !matches!(
        tag_of(name),
        Tag::Unknown
            | Tag::A
            | Tag::Svg
            | Tag::Math
            | Tag::Template
            | Tag::Dropped
            | Tag::Plaintext
            | Tag::Title
    ) && !tag_of(name).is_raw()
        && name != "holm-island"
        && !name.bytes().any(|byte| byte.is_ascii_uppercase())
}

/// How the page can be sent to this element, if nothing else has its key.
fn anchor<'t>(text: &'t str, level: &Level<'t>) -> Option<Anchor<'t>> {
    let key = level.key?;
    if !can_be_anchor(level.name) {
        return None;
    }
    let (name, value) = match key {
        Key::Id(value) => ("id", value),
        Key::Data(value) => ("data-key", value),
        Key::List(_) => return None,
    };
    if value.is_empty() {
        return None;
    }
    // The page looks for the decoded value; one that is written in two ways is left alone.
    let Some(Cow::Borrowed(value)) = entity::decode(value, Place::Attribute) else { return None };
    let needle = format!("{name}=\"{value}\"");
    let mut found = memmem::find_iter(text.as_bytes(), needle.as_bytes())
        .filter(|&at| name != "id" || text.as_bytes()[..at].last().is_none_or(u8::is_ascii_whitespace));
    if found.next().is_none() || found.next().is_some() {
        return None;
    }
    Some(match key {
        Key::Id(_) => Anchor::Id(value),
        _ => Anchor::Key(value),
    })
}

/// What closes an element to edits.
pub(crate) const CLOSED: [&str; 2] = ["data-live-ignore", "data-live-list"];

/// Whether no element around the anchor is closed to edits.
fn outer_is_open(text: &str, mut back: Back<'_>) -> bool {
    let before = &text.as_bytes()[..back.at()];
    let count = |what: &[u8]| memmem::find_iter(before, what).count();
    let opened = count(b"<holm-island");
    if opened > 0 && opened != count(b"</holm-island") {
        return false;
    }
    if CLOSED.iter().all(|name| memmem::find(before, name.as_bytes()).is_none()) {
        return true;
    }
    loop {
        match back.level() {
            None => return false,
            Some(level) if level.name.is_empty() => return true,
            Some(level) if level.ignored => return false,
            Some(_) => {}
        }
    }
}
