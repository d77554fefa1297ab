//! Edit programs: one walk over an island's DOM.
//!
//! A program is a run of operations to the end of its frame. The walk has one place, an element;
//! it starts at the island's wrapper. *Owned* children are the child nodes (elements, text and
//! comments) that the server knows of: nodes put in by extensions or scripts are not counted.
//! Within one element, operations come in this order: attributes; visits to children in document
//! order and text of children, all counted as they stand before the element's list changes; then
//! the list's own change, [`Op::Insert`], [`Op::Remove`] and [`Op::Move`] counted in the list as it
//! stands at that moment, or one [`Op::Order`] counted in the list as it stood before.
//!
//! An operation is a byte, low four bits the opcode, high four bits its first number when below
//! 15; 15 says that a varint with the number less 15 follows. Then its other fields:
//!
//! | op | name | number | fields |
//! |---|---|---|---|
//! | `0` | up | levels − 1 | – |
//! | `1` | child | index | – |
//! | `2` | id | byte length | `id` |
//! | `3` | key | byte length | `data-key` |
//! | `4` | text | index | `data` str |
//! | `5` | splice | index | `keep` varint · `delete` varint · `insert` str |
//! | `6` | attr | byte length | `name` · `value` str |
//! | `7` | unattr | byte length | `name` |
//! | `8` | insert | index | `html` str |
//! | `9` | remove | index | `count` − 1 varint |
//! | `a` | move | from | `to` varint · `count` − 1 varint |
//! | `b` | order | pieces | pieces, see [`Piece`] |
//! | `c` | inner | byte length | `html` |
//!
//! `keep` and `delete` count UTF-16 units, as the DOM's `CharacterData` does.

use alloc::vec::Vec;

use crate::varint::{DecodeError, Reader, put, put_bytes, text, unzigzag, zigzag};

/// One operation. Text borrows from the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op<'a> {
    /// Goes to the parent, `levels` (at least 1) times.
    Up {
        /// How many levels.
        levels: u32,
    },
    /// Goes to an owned child, which is an element.
    Child {
        /// Its index among the owned children.
        index: u32,
    },
    /// Goes to the element with this `id` inside the island.
    Id(&'a str),
    /// Goes to the one element with this `data-key` inside the island.
    Key(&'a str),
    /// Replaces the data of an owned child, which is a text node or a comment.
    Text {
        /// Its index among the owned children.
        index: u32,
        /// The new data.
        data: &'a str,
    },
    /// Replaces a stretch of an owned child's data.
    Splice {
        /// Its index among the owned children.
        index: u32,
        /// UTF-16 units before the stretch.
        keep: u32,
        /// UTF-16 units the stretch covers.
        delete: u32,
        /// What stands there instead.
        insert: &'a str,
    },
    /// Sets an attribute of the place, and the live property it stands for.
    Attr {
        /// The name as serialised.
        name: &'a str,
        /// The value.
        value: &'a str,
    },
    /// Removes an attribute of the place.
    Unattr {
        /// The name as serialised.
        name: &'a str,
    },
    /// Inserts nodes, parsed in the place's context, before the owned child at `index` (or at the end).
    Insert {
        /// Where, among the owned children.
        index: u32,
        /// The nodes.
        html: &'a str,
    },
    /// Removes a run of owned children.
    Remove {
        /// The first.
        index: u32,
        /// How many, at least 1.
        count: u32,
    },
    /// Moves a run of owned children so that its first stands at `to` afterwards.
    Move {
        /// The first.
        from: u32,
        /// Its index afterwards.
        to: u32,
        /// How many, at least 1.
        count: u32,
    },
    /// Gives the place a new list of owned children, written as pieces of the old one.
    Order(Pieces<'a>),
    /// Replaces everything inside the place.
    Inner(&'a str),
}

/// One piece of an [`Op::Order`]: a run of old children, or new nodes. Old children in no piece are removed.
///
/// A piece begins with a varint `h`. Bit 0 set: `h >> 1` bytes of HTML follow. Otherwise bit 1 says
/// that the run stays where it is (every other run moves around it), bit 2 that it runs downwards,
/// `h >> 3` is the [`zigzag`] of its first index less the index after the previous run's end (0 at
/// first; one below its last for a downward run, which may be -1), and a varint with its length − 1
/// follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece<'a> {
    /// A run of old children.
    Run {
        /// The old index of the first node in the new order.
        start: u32,
        /// How many nodes, at least 1.
        len: u32,
        /// Whether old indices go down along the run.
        down: bool,
        /// Whether these nodes are not to be moved.
        stay: bool,
    },
    /// New nodes, parsed in the place's context.
    Html(&'a str),
}

/// The pieces of an [`Op::Order`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pieces<'a> {
    count: u32,
    bytes: &'a [u8],
}

impl<'a> Pieces<'a> {
    /// The pieces in their new order. They were checked when the operation was read.
    pub fn iter(&self) -> impl Iterator<Item = Piece<'a>> + use<'a> {
        let mut reader = Reader::new(self.bytes);
        let mut cursor = 0;
        (0..self.count).map_while(move |_| read_piece(&mut reader, &mut cursor).ok())
    }
}

fn read_piece<'a>(reader: &mut Reader<'a>, cursor: &mut i64) -> Result<Piece<'a>, DecodeError> {
    let head = reader.varint()?;
    if head & 1 == 1 {
        let len = usize::try_from(head >> 1).map_err(|_| DecodeError::Truncated)?;
        return Ok(Piece::Html(text(reader.take(len)?)?));
    }
    let (stay, down) = (head & 2 != 0, head & 4 != 0);
    let len = reader.index()?.checked_add(1).ok_or(DecodeError::Overflow)?;
    let first = cursor.checked_add(unzigzag(head >> 3)).ok_or(DecodeError::Overflow)?;
    let start = u32::try_from(first).map_err(|_| DecodeError::Value)?;
    if down {
        *cursor = first - i64::from(len);
        if *cursor < -1 {
            return Err(DecodeError::Value);
        }
    } else {
        *cursor = first + i64::from(len);
    }
    Ok(Piece::Run { start, len, down, stay })
}

/// Reads a program one operation at a time.
#[derive(Debug, Clone)]
pub struct Program<'a> {
    reader: Reader<'a>,
}

impl<'a> Program<'a> {
    /// A program from its bytes.
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { reader: Reader::new(bytes) }
    }

    fn op(&mut self) -> Result<Op<'a>, DecodeError> {
        let r = &mut self.reader;
        let byte = r.byte()?;
        let number = match byte >> 4 {
            15 => r.index()?.checked_add(15).ok_or(DecodeError::Overflow)?,
            small => u32::from(small),
        };
        let one_more = |n: u32| n.checked_add(1).ok_or(DecodeError::Overflow);
        Ok(match byte & 15 {
            0x0 => Op::Up { levels: one_more(number)? },
            0x1 => Op::Child { index: number },
            0x2 => Op::Id(text(r.take(number as usize)?)?),
            0x3 => Op::Key(text(r.take(number as usize)?)?),
            0x4 => Op::Text { index: number, data: r.str()? },
            0x5 => Op::Splice { index: number, keep: r.index()?, delete: r.index()?, insert: r.str()? },
            0x6 => Op::Attr { name: text(r.take(number as usize)?)?, value: r.str()? },
            0x7 => Op::Unattr { name: text(r.take(number as usize)?)? },
            0x8 => Op::Insert { index: number, html: r.str()? },
            0x9 => Op::Remove { index: number, count: one_more(r.index()?)? },
            0xa => Op::Move { from: number, to: r.index()?, count: one_more(r.index()?)? },
            0xb => {
                let before = *r;
                let mut cursor = 0;
                for _ in 0..number {
                    read_piece(r, &mut cursor)?;
                }
                let mut all = before;
                let used = before.len() - r.len();
                Op::Order(Pieces { count: number, bytes: all.take(used)? })
            }
            0xc => Op::Inner(text(r.take(number as usize)?)?),
            _ => return Err(DecodeError::Kind(byte)),
        })
    }
}

impl<'a> Iterator for Program<'a> {
    type Item = Result<Op<'a>, DecodeError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.reader.is_empty() {
            return None;
        }
        let op = self.op();
        if op.is_err() {
            self.reader = Reader::new(&[]);
        }
        Some(op)
    }
}

fn head(out: &mut Vec<u8>, op: u8, number: u32) {
    if let Ok(small @ 0..15) = u8::try_from(number) {
        out.push(small << 4 | op);
    } else {
        out.push(0xf0 | op);
        put(out, u64::from(number - 15));
    }
}

fn head_str(out: &mut Vec<u8>, op: u8, text: &str) {
    head(out, op, u32::try_from(text.len()).expect("program text is bounded by Limits::html_bytes"));
    out.extend_from_slice(text.as_bytes());
}

/// Appends an operation to a program. [`order`] writes an [`Op::Order`].
///
/// # Panics
/// When a count that is at least 1 is 0, or a text is longer than 4 GiB.
pub fn put_op(out: &mut Vec<u8>, op: &Op<'_>) {
    match *op {
        Op::Up { levels } => head(out, 0x0, levels - 1),
        Op::Child { index } => head(out, 0x1, index),
        Op::Id(id) => head_str(out, 0x2, id),
        Op::Key(key) => head_str(out, 0x3, key),
        Op::Text { index, data } => {
            head(out, 0x4, index);
            put_bytes(out, data.as_bytes());
        }
        Op::Splice { index, keep, delete, insert } => {
            head(out, 0x5, index);
            put(out, u64::from(keep));
            put(out, u64::from(delete));
            put_bytes(out, insert.as_bytes());
        }
        Op::Attr { name, value } => {
            head_str(out, 0x6, name);
            put_bytes(out, value.as_bytes());
        }
        Op::Unattr { name } => head_str(out, 0x7, name),
        Op::Insert { index, html } => {
            head(out, 0x8, index);
            put_bytes(out, html.as_bytes());
        }
        Op::Remove { index, count } => {
            head(out, 0x9, index);
            put(out, u64::from(count - 1));
        }
        Op::Move { from, to, count } => {
            head(out, 0xa, from);
            put(out, u64::from(to));
            put(out, u64::from(count - 1));
        }
        Op::Order(Pieces { count, bytes }) => {
            head(out, 0xb, count);
            out.extend_from_slice(bytes);
        }
        Op::Inner(html) => head_str(out, 0xc, html),
    }
}

/// Appends an [`Op::Order`] made of these pieces.
///
/// # Panics
/// When a run is empty, or there are more than 4 G pieces.
pub fn order(out: &mut Vec<u8>, pieces: &[Piece<'_>]) {
    head(out, 0xb, u32::try_from(pieces.len()).expect("pieces are bounded by the list"));
    let mut cursor = 0i64;
    for piece in pieces {
        match *piece {
            Piece::Html(html) => {
                put(out, (html.len() as u64) << 1 | 1);
                out.extend_from_slice(html.as_bytes());
            }
            Piece::Run { start, len, down, stay } => {
                let first = i64::from(start);
                put(out, zigzag(first - cursor) << 3 | u64::from(down) << 2 | u64::from(stay) << 1);
                put(out, u64::from(len - 1));
                cursor = if down { first - i64::from(len) } else { first + i64::from(len) };
            }
        }
    }
}
