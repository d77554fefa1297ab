//! The walk: runs an edit program over the DOM, one coarse job per operation.

use holm_wire::varint::unzigzag;

use crate::fields::Fields;

/// DOM jobs. The current place lives on the other side, and so does the knowledge of which
/// children are the server's. A job that cannot be done on the nodes it finds changes nothing and
/// answers `false`.
pub trait Dom {
    /// Goes to the parent, so many times, not past the island; then to an owned child, an element, and
    /// to one of its. A negative index goes no further.
    fn go(&mut self, levels: u32, index: i32, next: i32) -> bool;
    /// Goes to the element with this `id`, or with this `data-key`.
    fn find(&mut self, id: bool, key: &[u8]) -> bool;
    /// Replaces `delete` UTF-16 units after `keep` of an owned text or comment; all of it when `delete` is `None`.
    fn text(&mut self, index: u32, keep: u32, delete: Option<u32>, data: &[u8]) -> bool;
    /// Sets or removes an attribute, and the live property it stands for.
    fn attr(&mut self, name: &[u8], value: Option<&[u8]>) -> bool;
    /// Inserts nodes before an owned child.
    fn insert(&mut self, index: u32, html: &[u8]) -> bool;
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
    fn fresh(&mut self, html: &[u8]) -> bool;
    /// Brings the named order about; `whole`: removes the owned children that are in no run.
    fn settle(&mut self, whole: bool) -> bool;
    /// Replaces everything inside the place.
    fn inner(&mut self, html: &[u8]) -> bool;
}

/// Runs a program; `false` as soon as an operation finds another DOM than it was written for. What was
/// done by then stays done: a snapshot mends it.
///
/// [`holm_wire::edit::Program`] reads the same layout into values; the tests hold the two together.
pub fn walk(mut f: Fields<'_>, dom: &mut impl Dom) -> bool {
    // Steps are saved up and gone in one job.
    let mut steps = (0, -1, -1);
    while !f.is_empty() {
        let byte = f.byte();
        let mut n = byte >> 4;
        if n == 15 {
            n += f.int();
        }
        let op = byte & 15;
        let room = if op == 0 { steps.1 < 0 } else { op == 1 && steps.2 < 0 };
        if !room && steps != (0, -1, -1) {
            if !dom.go(steps.0, steps.1, steps.2) {
                return false;
            }
            steps = (0, -1, -1);
        }
        match op {
            0x0 => steps.0 += n + 1,
            0x1 => *(if steps.1 < 0 { &mut steps.1 } else { &mut steps.2 }) = n as i32,
            _ => {
                if !work(op, n, &mut f, dom) {
                    return false;
                }
            }
        }
    }
    steps.1 < 0 || dom.go(steps.0, steps.1, steps.2)
}

/// An operation that is no step.
#[inline(never)]
fn work(op: u32, n: u32, f: &mut Fields<'_>, dom: &mut impl Dom) -> bool {
    match op {
        0x2 | 0x3 => dom.find(op == 2, f.take(n)),
        0x4 => dom.text(n, 0, None, f.bytes()),
        0x5 => {
            let (keep, delete) = (f.int(), f.int());
            dom.text(n, keep, Some(delete), f.bytes())
        }
        0x6 => {
            let name = f.take(n);
            dom.attr(name, Some(f.bytes()))
        }
        0x7 => dom.attr(f.take(n), None),
        0x8 => dom.insert(n, f.bytes()),
        0x9 => dom.remove(n, f.int() + 1),
        0xa => {
            let to = f.int();
            dom.shift(n, to, f.int() + 1)
        }
        0xb => {
            // Once to see whether the runs cover every old child, once to name them.
            let whole = order(&mut f.clone(), n, dom, 0) != dom.count();
            order(f, n, dom, if whole { 2 } else { 1 }) > 0 && dom.settle(whole)
        }
        0xc => dom.inner(f.take(n)),
        _ => false,
    }
}

/// Reads the pieces of a new order and answers how many old children they hold. `pass` 0 only reads; 1
/// and 2 name them to the DOM, 2 when some old children are in no run, and answer 0 when it lacks one.
fn order(f: &mut Fields<'_>, count: u32, dom: &mut impl Dom, pass: u32) -> u32 {
    let (mut cursor, mut covered) = (0i32, u32::from(pass > 0));
    for _ in 0..count {
        let head = f.int();
        if head & 1 == 1 {
            let html = f.take(head >> 1);
            if pass > 0 {
                dom.fresh(html);
            }
            continue;
        }
        let down = head & 4 > 0;
        let len = f.int() as i32 + 1;
        let mut start = cursor + unzigzag((head >> 3).into()) as i32;
        cursor = start + len;
        if down {
            // Told by its last child; one that would pass the front begins where no list does.
            cursor = start - len;
            start = cursor + 1;
        }
        covered += len as u32;
        if pass > 0 && !dom.run(start as u32, len as u32, down, head & 2 > 0, pass > 1) {
            return 0;
        }
    }
    covered
}

#[cfg(test)]
mod tests;
