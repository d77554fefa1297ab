//! Two texts to a program.

use holm_wire::edit::Op;

use crate::list::{self, Change};
use crate::parse::{self, Doc, Kind};
use crate::region::{self, Region};
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
    let Some(regions) = region::find(old, new) else { return Outcome::Same };
    for region in &regions {
        match of_region(old, new, region, out) {
            Some(outcome) => return outcome,
            None => continue,
        }
    }
    whole(old, new, out)
}

/// The same as [`diff`], without taking anything about the unchanged text for granted: both texts are
/// parsed from their beginning. For islands of which [`inspect`](crate::inspect) says that they are irregular.
pub fn diff_whole(old: &str, new: &str, out: &mut Vec<u8>) -> Outcome {
    if old == new { Outcome::Same } else { whole(old, new, out) }
}

fn whole(old: &str, new: &str, out: &mut Vec<u8>) -> Outcome {
    let region = Region::whole(old, new);
    of_region(old, new, &region, out).unwrap_or(Outcome::Snapshot)
}

/// `None` when the region's texts reach beyond it.
fn of_region(_old: &str, new: &str, region: &Region<'_>, out: &mut Vec<u8>) -> Option<Outcome> {
    let before = parse::parse(region.old, &region.context).ok()?;
    let after = parse::parse(region.new, &region.context).ok()?;
    if after.depends & !before.depends != 0 {
        return None;
    }
    let start = out.len();
    let mut walk = Walk::new(out, region.anchor);
    for &step in &region.path {
        walk.enter(step);
    }
    let mut diff = Diff { old: &before, new: &after, region };
    diff.children(&mut walk, 0, 0);
    let len = out.len() - start;
    Some(match len {
        0 => Outcome::Same,
        _ if len > new.len() => {
            out.truncate(start);
            Outcome::Snapshot
        }
        _ => Outcome::Edits,
    })
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
        let (before, after) = (parse::attributes(self.old, a), parse::attributes(self.new, b));
        for (name, _) in before.iter().filter(|(name, _)| !after.iter().any(|(other, _)| other == name)) {
            walk.put(&Op::Unattr { name });
        }
        for (name, value) in &after {
            if before.iter().find(|(other, _)| other == name).map(|(_, value)| value) != Some(value) {
                walk.put(&Op::Attr { name, value });
            }
        }
    }
}
