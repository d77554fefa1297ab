//! Writing a program: operations find their own way to the element they act on.

use holm_wire::edit::{self, Op, Piece};

/// Where a walk starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Anchor<'a> {
    /// The island's wrapper.
    Root,
    Id(&'a str),
    Key(&'a str),
}

/// Appends a program. Steps are only written when an operation needs them.
#[derive(Debug)]
pub(crate) struct Walk<'o, 'a> {
    pub(crate) out: &'o mut Vec<u8>,
    anchor: Anchor<'a>,
    /// Where the program stands, as child indices from the anchor.
    at: Vec<u32>,
    /// Where the next operation is to act.
    want: Vec<u32>,
}

impl<'o, 'a> Walk<'o, 'a> {
    pub(crate) fn new(out: &'o mut Vec<u8>, anchor: Anchor<'a>) -> Self {
        Self { out, anchor, at: Vec::new(), want: Vec::new() }
    }

    /// Later operations act on this child of the element they acted on before.
    pub(crate) fn enter(&mut self, child: u32) {
        self.want.push(child);
    }

    /// Later operations act on the parent again.
    pub(crate) fn leave(&mut self) {
        self.want.pop();
    }

    fn go(&mut self) {
        match core::mem::replace(&mut self.anchor, Anchor::Root) {
            Anchor::Root => {}
            Anchor::Id(id) => edit::put_op(self.out, &Op::Id(id)),
            Anchor::Key(key) => edit::put_op(self.out, &Op::Key(key)),
        }
        let common = self.at.iter().zip(&self.want).take_while(|(at, want)| at == want).count();
        if let Some(levels) = u32::try_from(self.at.len() - common).ok().filter(|&levels| levels > 0) {
            edit::put_op(self.out, &Op::Up { levels });
        }
        for &index in &self.want[common..] {
            edit::put_op(self.out, &Op::Child { index });
        }
        self.at.truncate(common);
        self.at.extend_from_slice(&self.want[common..]);
    }

    /// Appends an operation on the wanted element.
    pub(crate) fn put(&mut self, op: &Op<'_>) {
        self.go();
        edit::put_op(self.out, op);
    }

    /// Appends a new order of the wanted element's children.
    pub(crate) fn order(&mut self, pieces: &[Piece<'_>]) {
        self.go();
        edit::order(self.out, pieces);
    }
}
