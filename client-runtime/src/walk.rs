//! The walk: runs an edit program over the DOM, one coarse job per operation.

use holm_wire::edit::{Op, Piece, Pieces, Program};

/// DOM jobs. The current place lives on the other side, and so does the knowledge of which
/// children are the server's. A job that cannot be done on the nodes it finds changes nothing and
/// answers `false`.
pub trait Dom {
    /// Goes to the parent, so many times, not past the island.
    fn up(&mut self, levels: u32) -> bool;
    /// Goes to an owned child, an element.
    fn child(&mut self, index: u32) -> bool;
    /// Goes to the element with this `id`, or with this `data-key`.
    fn find(&mut self, id: bool, key: &str) -> bool;
    /// Replaces `delete` UTF-16 units after `keep` of an owned text or comment; all of it when `delete` is `None`.
    fn text(&mut self, index: u32, keep: u32, delete: Option<u32>, data: &str) -> bool;
    /// Sets or removes an attribute, and the live property it stands for.
    fn attr(&mut self, name: &str, value: Option<&str>) -> bool;
    /// Inserts nodes before an owned child.
    fn insert(&mut self, index: u32, html: &str) -> bool;
    /// Removes owned children.
    fn remove(&mut self, index: u32, count: u32) -> bool;
    /// Moves owned children so that the first stands at `to`.
    fn shift(&mut self, from: u32, to: u32, count: u32) -> bool;
    /// How many owned children the place has.
    fn count(&mut self) -> u32;
    /// Names the next run of a new order: from `start` on, told backwards when `down`. Nothing moves
    /// before [`Dom::settle`]. `whole`: some old children are in no run and will have to be found.
    fn run(&mut self, start: u32, len: u32, down: bool, stay: bool, whole: bool) -> bool;
    /// Names new nodes as the next of a new order.
    fn fresh(&mut self, html: &str) -> bool;
    /// Brings the named order about; `whole`: removes the owned children that are in no run.
    fn settle(&mut self, whole: bool) -> bool;
    /// Replaces everything inside the place.
    fn inner(&mut self, html: &str) -> bool;
}

/// Runs a program; `false` as soon as an operation finds another DOM than it was written for, or
/// the bytes are no program. What was done by then stays done: a snapshot mends it.
pub fn walk(program: &[u8], dom: &mut impl Dom) -> bool {
    Program::new(program).all(|op| match op {
        Err(_) => false,
        Ok(Op::Up { levels }) => dom.up(levels),
        Ok(Op::Child { index }) => dom.child(index),
        Ok(Op::Id(id)) => dom.find(true, id),
        Ok(Op::Key(key)) => dom.find(false, key),
        Ok(Op::Text { index, data }) => dom.text(index, 0, None, data),
        Ok(Op::Splice { index, keep, delete, insert }) => dom.text(index, keep, Some(delete), insert),
        Ok(Op::Attr { name, value }) => dom.attr(name, Some(value)),
        Ok(Op::Unattr { name }) => dom.attr(name, None),
        Ok(Op::Insert { index, html }) => dom.insert(index, html),
        Ok(Op::Remove { index, count }) => dom.remove(index, count),
        Ok(Op::Move { from, to, count }) => dom.shift(from, to, count),
        Ok(Op::Order(pieces)) => order(pieces, dom),
        Ok(Op::Inner(html)) => dom.inner(html),
    })
}

fn order(pieces: Pieces<'_>, dom: &mut impl Dom) -> bool {
    let mut covered = 0;
    for piece in pieces.iter() {
        if let Piece::Run { len, .. } = piece {
            covered += len;
        }
    }
    let whole = covered != dom.count();
    for piece in pieces.iter() {
        let done = match piece {
            Piece::Html(html) => dom.fresh(html),
            // A downward run is told by its last child. One that would pass the front wraps to an
            // index no list has.
            Piece::Run { start, len, down: true, stay } => {
                dom.run((start + 1).wrapping_sub(len), len, true, stay, whole)
            }
            Piece::Run { start, len, down: false, stay } => dom.run(start, len, false, stay, whole),
        };
        if !done {
            return false;
        }
    }
    dom.settle(whole)
}

#[cfg(test)]
mod tests;
