//! Two texts to a program.

use std::borrow::Cow;

use holm_wire::edit::Op;

use crate::attrs;
use crate::list::{self, Change};
use crate::parse::{self, Doc, Kind};
use crate::region::{self, Region};
use crate::rules::Ns;
use crate::splice::text_op;
use crate::walk::Walk;

/// What [`diff`] found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The texts give the same page.
    Same,
    /// The program that was appended turns the one into the other.
    Edits,
    /// Edits would be larger than the new text, or the browser would rearrange it: send all of it.
    Snapshot,
}

/// Compares an island's inner HTML before and after, and appends the edit program to `out`.
///
/// The cost follows the change: equal text is skipped by comparing bytes, and only the children that
/// stand around the difference are parsed. That the text outside of it is markup that survives the
/// browser's parser is taken for granted; [`inspect`](crate::inspect) tells.
///
/// ```
/// use holm_dom::{Outcome, Tree, diff};
///
/// let (old, new) = ("<ul><li id=\"a\">1</li></ul>", "<ul><li id=\"a\">2</li></ul>");
/// let mut program = Vec::new();
/// assert_eq!(diff(old, new, &mut program), Outcome::Edits);
/// let mut tree = Tree::parse(old);
/// tree.apply(&program)?;
/// assert_eq!(tree.to_html(), new);
/// # Ok::<(), holm_dom::ApplyError>(())
/// ```
pub fn diff(old: &str, new: &str, out: &mut Vec<u8>) -> Outcome {
    if old == new {
        return Outcome::Same;
    }
    match region::find(old, new).and_then(|region| of_region(new, &region, out)) {
        Some(outcome) => outcome,
        None => whole(old, new, out),
    }
}

/// The same as [`diff`], without taking anything about the unchanged text for granted: both texts are
/// parsed from their beginning. For islands of which [`inspect`](crate::inspect) says that they are irregular.
pub fn diff_whole(old: &str, new: &str, out: &mut Vec<u8>) -> Outcome {
    if old == new { Outcome::Same } else { whole(old, new, out) }
}

fn whole(old: &str, new: &str, out: &mut Vec<u8>) -> Outcome {
    let region = Region::whole(old, new);
    of_region(new, &region, out).unwrap_or(Outcome::Snapshot)
}

/// `None` when the region's texts reach beyond it.
fn of_region(new: &str, region: &Region<'_>, out: &mut Vec<u8>) -> Option<Outcome> {
    let start = out.len();
    if region.old == region.new {
        let mut walk = Walk::new(out, region.anchor);
        region_tags(&mut walk, region);
        return Some(finish(new, start, out));
    }
    let before = parse::parse(region.old, &region.context).ok()?;
    let after = parse::parse(region.new, &region.context).ok()?;
    if after.depends & !before.depends != 0 {
        return None;
    }
    let mut walk = Walk::new(out, region.anchor);
    for &step in &region.path {
        walk.enter(step);
    }
    let mut diff = Diff { old: &before, new: &after, region };
    region_tags(&mut walk, region);
    diff.children(&mut walk, 0, 0);
    Some(finish(new, start, out))
}

fn finish(new: &str, start: usize, out: &mut Vec<u8>) -> Outcome {
    match out.len() - start {
        0 => Outcome::Same,
        len if len > new.len() => {
            out.truncate(start);
            Outcome::Snapshot
        }
        _ => Outcome::Edits,
    }
}

/// The change of the anchor's own attributes.
fn region_tags(walk: &mut Walk<'_, '_>, region: &Region<'_>) {
    if let Some((old, new)) = region.tags {
        attributes(walk, &attrs::list(old, 0..old.len(), Ns::Html), &attrs::list(new, 0..new.len(), Ns::Html));
    }
}

type Attributes<'a> = [(Cow<'a, str>, Cow<'a, str>)];

fn attributes(walk: &mut Walk<'_, '_>, before: &Attributes<'_>, after: &Attributes<'_>) {
    for (name, _) in before.iter().filter(|(name, _)| !after.iter().any(|(other, _)| other == name)) {
        walk.put(&Op::Unattr { name });
    }
    for (name, value) in after {
        if before.iter().find(|(other, _)| other == name).map(|(_, value)| value) != Some(value) {
            walk.put(&Op::Attr { name, value });
        }
    }
}

struct Diff<'d, 't> {
    old: &'d Doc<'t>,
    new: &'d Doc<'t>,
    region: &'d Region<'t>,
}

fn small(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

impl<'t> Diff<'_, 't> {
    /// The change of one element's children. The walk wants that element already.
    fn children(&mut self, walk: &mut Walk<'_, '_>, a: usize, b: usize) {
        let (old_kids, new_kids) = (self.old.children(a), self.new.children(b));
        let before = if a == 0 { self.region.before } else { 0 };
        let pairs = list::pair(self.old, &old_kids, self.new, &new_kids);
        let mut patched: Vec<(usize, usize)> = pairs
            .iter()
            .zip(&new_kids)
            .filter_map(|(pair, &kid)| pair.map(|at| (at, kid)))
            .filter(|&(at, kid)| self.old.source(old_kids[at]) != self.new.source(kid))
            .collect();
        patched.sort_unstable();
        for (at, kid) in patched {
            self.node(walk, small(before + at), old_kids[at], kid);
        }
        let html = |from: usize, to: usize| -> &'t str {
            let (first, last) = (&self.new.nodes[new_kids[from]], &self.new.nodes[new_kids[to - 1]]);
            &self.new.text[first.start..last.end]
        };
        let after = || if a == 0 { self.region.after() } else { Some(0) };
        match list::change(old_kids.len(), &pairs, html, before, after) {
            None => {}
            Some(Change::Steps(ops)) => ops.iter().for_each(|op| walk.put(op)),
            Some(Change::Order(pieces)) => walk.order(&pieces),
        }
    }

    fn node(&mut self, walk: &mut Walk<'_, '_>, index: u32, a: usize, b: usize) {
        let (one, other) = (&self.old.nodes[a], &self.new.nodes[b]);
        if one.kind != Kind::Element {
            let (before, after) = (self.old.data(a), self.new.data(b));
            if before != after {
                walk.put(&text_op(index, &before, &after));
            }
            return;
        }
        walk.enter(index);
        if one.name != "holm-island" {
            self.attributes(walk, a, b);
        }
        if !(one.sealed || other.sealed) && self.old.inner(a) != self.new.inner(b) {
            if one.opaque || other.opaque {
                walk.put(&Op::Inner(self.new.inner(b)));
            } else {
                self.children(walk, a, b);
            }
        }
        walk.leave();
    }

    fn attributes(&self, walk: &mut Walk<'_, '_>, a: usize, b: usize) {
        let (one, other) = (&self.old.nodes[a], &self.new.nodes[b]);
        if self.old.text[one.attrs.clone()] == self.new.text[other.attrs.clone()] {
            return;
        }
        attributes(walk, &parse::attributes(self.old, a), &parse::attributes(self.new, b));
    }
}
