//! What a page does with a program, on the model tree.

use core::fmt;

use holm_wire::DecodeError;
use holm_wire::edit::{Op, Piece, Pieces, Program};

use crate::node::Beyond;
use crate::tree::{Child, Element, Tree, fragment};

/// How many DOM operations a program took; a run of n nodes counts n.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Applied {
    /// Nodes inserted.
    pub inserts: usize,
    /// Nodes removed.
    pub removes: usize,
    /// Nodes moved.
    pub moves: usize,
    /// Texts and comments written.
    pub texts: usize,
    /// Attributes set or removed.
    pub attrs: usize,
}

/// Why a program does not fit the tree.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ApplyError {
    /// The bytes are no program.
    Decode(DecodeError),
    /// The program goes to an element that is not there.
    NoElement,
    /// An index is past the children's end, or the child is of another kind.
    NoChild,
    /// Text is cut at a place it does not have.
    NoText,
    /// The markup would not become children of the element it is put into.
    Markup(&'static str),
}

impl fmt::Display for ApplyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Decode(error) => write!(f, "the edit program cannot be read: {error}"),
            Self::NoElement => f.write_str("the edit program goes to an element that the tree does not have"),
            Self::NoChild => f.write_str("the edit program names a child that the tree does not have"),
            Self::NoText => f.write_str("the edit program cuts a text where it has no such place"),
            Self::Markup(code) => {
                write!(f, "the edit program inserts markup that the parser rearranges ({code})")
            }
        }
    }
}

impl core::error::Error for ApplyError {}

impl From<DecodeError> for ApplyError {
    fn from(error: DecodeError) -> Self {
        Self::Decode(error)
    }
}

impl From<Beyond> for ApplyError {
    fn from(beyond: Beyond) -> Self {
        Self::Markup(beyond.code)
    }
}

type Result<T> = core::result::Result<T, ApplyError>;

impl Tree {
    /// Applies a program, as the page does.
    ///
    /// # Errors
    /// [`ApplyError`] where the page would ask for a snapshot; the tree is then partly changed.
    pub fn apply(&mut self, program: &[u8]) -> Result<Applied> {
        let mut applied = Applied::default();
        let mut path: Vec<usize> = Vec::new();
        for op in Program::new(program) {
            let op = op?;
            match op {
                Op::Up { levels } => {
                    let len = path.len().checked_sub(levels as usize).ok_or(ApplyError::NoElement)?;
                    path.truncate(len);
                }
                Op::Child { index } => path.push(index as usize),
                Op::Id(id) => path = find(&self.root, &|element| element.attr("id") == Some(id))?,
                Op::Key(key) => {
                    path = find(&self.root, &|element| {
                        element.name != "holm-island" && element.attr("data-key") == Some(key)
                    })?;
                }
                op => at(&mut self.root, &path)?.edit(op, &mut applied)?,
            }
        }
        Ok(applied)
    }
}

/// The path to the one element that `is` holds for.
fn find(root: &Element, is: &dyn Fn(&Element) -> bool) -> Result<Vec<usize>> {
    fn visit(
        element: &Element,
        is: &dyn Fn(&Element) -> bool,
        path: &mut Vec<usize>,
        found: &mut Vec<Vec<usize>>,
    ) {
        for (index, child) in element.children.iter().enumerate() {
            if let Child::Element(child) = child {
                path.push(index);
                if is(child) {
                    found.push(path.clone());
                }
                visit(child, is, path, found);
                path.pop();
            }
        }
    }
    let mut found = Vec::new();
    visit(root, is, &mut Vec::new(), &mut found);
    if found.len() == 1 { Ok(found.remove(0)) } else { Err(ApplyError::NoElement) }
}

fn at<'t>(root: &'t mut Element, path: &[usize]) -> Result<&'t mut Element> {
    path.iter().try_fold(root, |element, &index| match element.children.get_mut(index) {
        Some(Child::Element(child)) => Ok(child),
        _ => Err(ApplyError::NoElement),
    })
}

impl Element {
    fn edit(&mut self, op: Op<'_>, applied: &mut Applied) -> Result<()> {
        let listed = !matches!(op, Op::Attr { .. } | Op::Unattr { .. } | Op::Inner(_));
        if listed && self.raw.is_some() {
            return Err(ApplyError::NoChild);
        }
        match op {
            Op::Text { index, data } => {
                data.clone_into(self.data(index)?);
                applied.texts += 1;
            }
            Op::Splice { index, keep, delete, insert } => {
                splice(self.data(index)?, keep as usize, delete as usize, insert)?;
                applied.texts += 1;
            }
            Op::Attr { name, value } => {
                self.attrs.retain(|(other, _)| other != name);
                self.attrs.push((name.to_owned(), value.to_owned()));
                self.attrs.sort();
                applied.attrs += 1;
            }
            Op::Unattr { name } => {
                self.attrs.retain(|(other, _)| other != name);
                applied.attrs += 1;
            }
            Op::Insert { index, html } => {
                let index = self.place(index as usize)?;
                let nodes = self.fragment(html)?;
                applied.inserts += nodes.len();
                self.children.splice(index..index, nodes);
            }
            Op::Remove { index, count } => {
                let range = self.run(index, count)?;
                applied.removes += range.len();
                self.children.drain(range);
            }
            Op::Move { from, to, count } => {
                let range = self.run(from, count)?;
                applied.moves += range.len();
                let nodes: Vec<Child> = self.children.drain(range).collect();
                let to = self.place(to as usize)?;
                self.children.splice(to..to, nodes);
            }
            Op::Order(pieces) => self.order(pieces, applied)?,
            Op::Inner(html) => {
                applied.removes += self.children.len();
                if let Ok(nodes) = self.fragment(html) {
                    applied.inserts += nodes.len();
                    self.children = nodes;
                    self.raw = None;
                } else {
                    self.children.clear();
                    self.raw = Some(html.to_owned());
                }
            }
            Op::Up { .. } | Op::Child { .. } | Op::Id(_) | Op::Key(_) => {}
        }
        Ok(())
    }

    fn fragment(&self, html: &str) -> Result<Vec<Child>> {
        Ok(fragment(html, &self.name, self.ns)?)
    }

    fn data(&mut self, index: u32) -> Result<&mut String> {
        match self.children.get_mut(index as usize) {
            Some(Child::Text(data) | Child::Comment(data)) => Ok(data),
            _ => Err(ApplyError::NoChild),
        }
    }

    fn place(&self, index: usize) -> Result<usize> {
        if index <= self.children.len() { Ok(index) } else { Err(ApplyError::NoChild) }
    }

    fn run(&self, index: u32, count: u32) -> Result<core::ops::Range<usize>> {
        let start = index as usize;
        let end = self.place(start.checked_add(count as usize).ok_or(ApplyError::NoChild)?)?;
        Ok(start..end)
    }

    fn order(&mut self, pieces: Pieces<'_>, applied: &mut Applied) -> Result<()> {
        let mut old: Vec<Option<Child>> = core::mem::take(&mut self.children).into_iter().map(Some).collect();
        let mut children = Vec::new();
        // What stays keeps its order, or it would not be staying.
        let mut last_stay = None;
        for piece in pieces.iter() {
            match piece {
                Piece::Html(html) => {
                    let nodes = self.fragment(html)?;
                    applied.inserts += nodes.len();
                    children.extend(nodes);
                }
                Piece::Run { start, len, down, stay } => {
                    for step in 0..len {
                        let at = if down { start.checked_sub(step) } else { start.checked_add(step) };
                        let at = at.ok_or(ApplyError::NoChild)? as usize;
                        let node = old.get_mut(at).and_then(Option::take).ok_or(ApplyError::NoChild)?;
                        if stay {
                            if last_stay.is_some_and(|last| last >= at) {
                                return Err(ApplyError::NoChild);
                            }
                            last_stay = Some(at);
                        } else {
                            applied.moves += 1;
                        }
                        children.push(node);
                    }
                }
            }
        }
        applied.removes += old.iter().flatten().count();
        self.children = children;
        Ok(())
    }
}

fn splice(data: &mut String, keep: usize, delete: usize, insert: &str) -> Result<()> {
    let start = offset(data, 0, keep)?;
    let end = offset(data, start, delete)?;
    data.replace_range(start..end, insert);
    Ok(())
}

/// The byte offset that is `units` UTF-16 units behind `from`.
fn offset(data: &str, from: usize, units: usize) -> Result<usize> {
    let mut left = units;
    for (at, ch) in data[from..].char_indices() {
        if left == 0 {
            return Ok(from + at);
        }
        left = left.checked_sub(ch.len_utf16()).ok_or(ApplyError::NoText)?;
    }
    if left == 0 { Ok(data.len()) } else { Err(ApplyError::NoText) }
}
