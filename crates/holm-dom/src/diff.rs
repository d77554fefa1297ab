//! Two texts to a program.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use holm_wire::edit::Op;

use crate::attrs;
use crate::list::{self, Change};
use crate::node::{self, Beyond, Context, Doc, Kind};
use crate::parse::{self, DEPTH};
use crate::region::{self, Region};
use crate::rules::Ns;
use crate::scan::tag_of;
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

/// What is known of a text from one diff to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Shape {
    /// Nothing: the next diff parses the whole old text once.
    #[default]
    Unknown,
    /// All of it becomes the tree that it looks like, and no part of it looks like another.
    Regular,
    /// The browser rearranges some of it, or some of it is easily misread; each diff parses both texts
    /// whole.
    Irregular,
}

impl Shape {
    /// The shape of a text. Parses all of it.
    pub fn of(html: &str) -> Self {
        match parse::parse(html, &Context::root()) {
            Ok(doc) if doc.is_regular() => Self::Regular,
            _ => Self::Irregular,
        }
    }
}

/// Compares an island's inner HTML before and after, and appends the edit program to `out`.
///
/// The cost follows the change: equal text is skipped by comparing bytes, and only the children that
/// stand around the difference are parsed. That the text outside of it is markup that survives the
/// browser's parser is taken for granted; [`diff_from`] knows.
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
    diff_from(old, new, &mut Shape::Regular, out)
}

/// [`diff`] for a caller that keeps the text's shape from one diff to the next: exact for all markup,
/// and as fast as [`diff`] while the markup is regular.
///
/// `shape` is the old text's at first and the new text's afterwards.
pub fn diff_from(old: &str, new: &str, shape: &mut Shape, out: &mut Vec<u8>) -> Outcome {
    if old == new {
        return Outcome::Same;
    }
    if *shape == Shape::Unknown {
        *shape = Shape::of(old);
    }
    if *shape == Shape::Regular {
        for complete in [false, true] {
            let Some(region) = region::find(old, new, complete) else { break };
            let start = out.len();
            match of_region(&region, out) {
                Ok(regular) => {
                    if !regular {
                        *shape = Shape::Irregular;
                    }
                    return finish(new, start, out);
                }
                Err(Retry::Complete) => out.truncate(start),
                Err(Retry::Whole) => {
                    out.truncate(start);
                    break;
                }
            }
        }
    }
    diff_whole(old, new, shape, out)
}

fn diff_whole(old: &str, new: &str, shape: &mut Shape, out: &mut Vec<u8>) -> Outcome {
    let context = Context::root();
    let after = parse::parse(new, &context);
    *shape = if after.as_ref().is_ok_and(Doc::is_regular) { Shape::Regular } else { Shape::Irregular };
    let (Ok(before), Ok(after)) = (parse::parse(old, &context), after) else { return Outcome::Snapshot };
    let region = Region::whole(old, new);
    let start = out.len();
    let mut walk = Walk::new(out, region.anchor);
    let mut diff = Diff { region: &region, context, regular: true };
    if diff.children(&mut walk, &before, 0, &after, 0).is_ok() {
        finish(new, start, out)
    } else {
        out.truncate(start);
        Outcome::Snapshot
    }
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

/// Why a region's diff gave up.
enum Retry {
    /// It depends on elements further out than the region's context.
    Complete,
    /// It reaches out of the region.
    Whole,
}

impl From<Beyond> for Retry {
    fn from(beyond: Beyond) -> Self {
        if beyond.code == "depends" { Self::Complete } else { Self::Whole }
    }
}

/// Appends a region's program; whether the new text is regular.
fn of_region(region: &Region<'_>, out: &mut Vec<u8>) -> Result<bool, Retry> {
    let mut walk = Walk::new(out, region.anchor);
    region.path.iter().for_each(|&step| walk.enter(step));
    if let Some((old, new)) = region.tags {
        attributes(
            &mut walk,
            &attrs::list(old, 0..old.len(), Ns::Html),
            &attrs::list(new, 0..new.len(), Ns::Html),
        );
    }
    let mut diff = Diff { region, context: region.context.clone(), regular: true };
    if region.old != region.new {
        let before = parse::split(region.old, &region.context).map_err(|_| Retry::Whole)?;
        let after = parse::split(region.new, &region.context)?;
        diff.depends(&after)?;
        diff.regular &= after.is_regular();
        diff.children(&mut walk, &before, 0, &after, 0)?;
    }
    Ok(diff.regular)
}

type Attributes<'a> = [(Cow<'a, str>, Cow<'a, str>)];

fn attributes(walk: &mut Walk<'_, '_>, before: &Attributes<'_>, after: &Attributes<'_>) {
    let old: HashMap<&str, &str> = before.iter().map(|(name, value)| (&**name, &**value)).collect();
    let new: HashSet<&str> = after.iter().map(|(name, _)| &**name).collect();
    for (name, _) in before.iter().filter(|(name, _)| !new.contains(&**name)) {
        walk.put(&Op::Unattr { name });
    }
    for (name, value) in after.iter().filter(|(name, value)| old.get(&**name) != Some(&&**value)) {
        walk.put(&Op::Attr { name, value });
    }
}

fn small(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

struct Diff<'d, 't> {
    region: &'d Region<'t>,
    /// The open elements around the children that are compared.
    context: Context<'t>,
    /// Whether everything new that was parsed is regular.
    regular: bool,
}

impl<'t> Diff<'_, 't> {
    /// The change of one element's children. The walk wants that element already.
    fn children(
        &mut self,
        walk: &mut Walk<'_, '_>,
        old: &Doc<'t>,
        a: usize,
        new: &Doc<'t>,
        b: usize,
    ) -> Result<(), Retry> {
        let (old_kids, new_kids) = (old.children(a), new.children(b));
        let top = self.context.around.len() == self.region.context.around.len();
        let before = if top { self.region.before } else { 0 };
        let pairs = list::pair(old, &old_kids, new, &new_kids);
        if new.shallow {
            self.judge_fresh(new, &new_kids, &pairs)?;
        }
        let mut patched: Vec<(usize, usize)> = pairs
            .iter()
            .zip(&new_kids)
            .filter_map(|(pair, &kid)| pair.map(|at| (at, kid)))
            .filter(|&(at, kid)| old.source(old_kids[at]) != new.source(kid))
            .collect();
        patched.sort_unstable();
        for (at, kid) in patched {
            self.node(walk, small(before + at), old, old_kids[at], new, kid)?;
        }
        let html = |from: usize, to: usize| -> &'t str {
            let (first, last) = (&new.nodes[new_kids[from]], &new.nodes[new_kids[to - 1]]);
            &new.text[first.start..last.end]
        };
        let after = || if top { self.region.after() } else { Some(0) };
        match list::change(old_kids.len(), &pairs, html, before, after) {
            None => {}
            Some(Change::Steps(ops)) => ops.iter().for_each(|op| walk.put(op)),
            Some(Change::Order(pieces)) => walk.order(&pieces),
        }
        Ok(())
    }

    /// Parses what was passed over of the children that have no old ones.
    fn judge_fresh(&mut self, new: &Doc<'t>, kids: &[usize], pairs: &[Option<usize>]) -> Result<(), Retry> {
        for (&kid, pair) in kids.iter().zip(pairs) {
            if pair.is_none() && new.nodes[kid].kind == Kind::Element {
                self.judge_one(new, kid)?;
            }
        }
        Ok(())
    }

    fn judge_one(&mut self, new: &Doc<'t>, kid: usize) -> Result<(), Retry> {
        let doc = parse::parse(new.source(kid), &self.context)?;
        self.depends(&doc)?;
        self.regular &= doc.is_regular();
        Ok(())
    }

    fn depends(&self, doc: &Doc<'_>) -> Result<(), Retry> {
        if doc.depends != 0 && self.context.partial { Err(Retry::Complete) } else { Ok(()) }
    }

    fn node(
        &mut self,
        walk: &mut Walk<'_, '_>,
        index: u32,
        old: &Doc<'t>,
        a: usize,
        new: &Doc<'t>,
        b: usize,
    ) -> Result<(), Retry> {
        let (one, other) = (&old.nodes[a], &new.nodes[b]);
        if one.kind != Kind::Element {
            let (before, after) = (old.data(a), new.data(b));
            if before != after {
                walk.put(&text_op(index, &before, &after));
            }
            return Ok(());
        }
        walk.enter(index);
        if one.name != "holm-island" && old.text[one.attrs.clone()] != new.text[other.attrs.clone()] {
            attributes(walk, &node::attributes(old, a), &node::attributes(new, b));
        }
        if one.sealed || other.sealed {
            // What a page never shows to the diff can still break out of its element.
            if new.shallow && old.inner(a) != new.inner(b) {
                self.judge_one(new, b)?;
            }
        } else if old.inner(a) != new.inner(b) {
            self.context.around.push((other.written, other.ns));
            self.content(walk, old, a, new, b)?;
            self.context.around.pop();
        }
        walk.leave();
        Ok(())
    }

    fn content(
        &mut self,
        walk: &mut Walk<'_, '_>,
        old: &Doc<'t>,
        a: usize,
        new: &Doc<'t>,
        b: usize,
    ) -> Result<(), Retry> {
        let (one, other) = (&old.nodes[a], &new.nodes[b]);
        if one.opaque || other.opaque {
            walk.put(&Op::Inner(new.inner(b)));
            return Ok(());
        }
        if !new.shallow || (other.ns == Ns::Html && tag_of(other.written).is_raw()) {
            return self.children(walk, old, a, new, b);
        }
        if self.context.around.len() > DEPTH {
            return Err(Retry::Whole);
        }
        let before = parse::split(old.inner(a), &self.context).map_err(|_| Retry::Whole)?;
        match parse::split(new.inner(b), &self.context) {
            Ok(after) => {
                self.depends(&after)?;
                self.regular &= after.is_regular();
                self.children(walk, &before, 0, &after, 0)
            }
            Err(beyond) if beyond.own => {
                self.regular = false;
                walk.put(&Op::Inner(new.inner(b)));
                Ok(())
            }
            Err(beyond) => Err(beyond.into()),
        }
    }
}
