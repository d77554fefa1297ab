//! Frames from the server to the page.
//!
//! | kind | frame | fields |
//! |---|---|---|
//! | `00` | heartbeat | – |
//! | `01` | presence | `scope` byte, 0 page or 1 total · `count` varint |
//! | `02` | come back | `milliseconds` varint |
//! | `03` | resumed | `silence` varint seconds · `n` varint · n × (`id` varint · `seq` varint) |
//! | `10` | joined | `build` u32 LE · `silence` varint seconds · `token` 24 bytes · `n` varint · n × (`id` varint · `seq` varint), in the order asked |
//! | `11` | edit | `island` varint · `program` rest |
//! | `12` | ack | `island` varint · `seq` varint |
//! | `13` | edit and ack | `island` varint · `seq` varint · `program` rest |
//! | `14` | snapshot | `island` varint · `seq` varint · `html` rest |
//! | `15` | seal | `island` varint · `seq` varint · `seal` rest, empty when the state is not sealed |
//! | `16` | error | `code` varint · `action` byte · `island` + 1 varint, 0 for the connection · `seq` varint, 0 for none · `word` str · `sentence` rest |
//! | `17` | list | `island` varint · 3 · `op` byte · `list` 2 bytes below 128 · `text` rest |
//! | `18` | push | `island` varint · `name` str · `json` rest |
//! | `19` | redirect | `url` rest |
//! | `1a` | title | `text` rest |
//! | `1d` | act | `island` varint · `what` str · `with` rest |
//! | `1c` | mount | `parent` varint · `key` str · `id` varint · `name` str · `html` rest |
//!
//! A program is described in [`edit`](crate::edit), a list's change in [`list`](crate::list). An edit, an edit-and-ack and a snapshot each
//! take the island's revision up by one; revisions are counted, not sent. An acknowledgement is
//! cumulative: it says that every event up to `seq` is contained in what the page shows now. An
//! error frame that names an island and a `seq` acknowledges that event as refused.
//!
//! Frames of kind `11` and above are *counted* on each connection, from its joined or resumed frame on;
//! the page reports the count ([`Up::Seen`](crate::up::Up::Seen)), and a lost connection goes on from there.

use alloc::vec::Vec;

use crate::code::Action;
use crate::list::ListOp;
use crate::up::TOKEN;
use crate::varint::{DecodeError, Reader, put, put_bytes};

/// The kind of a [`Down::List`].
pub const LIST: u8 = 0x17;

/// A frame from the server. Text and bytes borrow from the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Down<'a> {
    /// The server is alive.
    Heartbeat,
    /// The answer to a join. Changes since the seal follow as edits or snapshots, refusals as errors.
    Joined(Joined<'a>),
    /// The island changed with no event of this page's.
    Edit {
        /// The island.
        island: u64,
        /// The edit program.
        program: &'a [u8],
    },
    /// The island has taken every event up to `seq` and shows the same as before.
    Ack {
        /// The island.
        island: u64,
        /// The highest event number contained.
        seq: u64,
    },
    /// [`Down::Edit`] and [`Down::Ack`] in one.
    EditAck {
        /// The island.
        island: u64,
        /// The highest event number contained.
        seq: u64,
        /// The edit program.
        program: &'a [u8],
    },
    /// The island's whole inner HTML, to be morphed in.
    Snapshot {
        /// The island.
        island: u64,
        /// The highest event number contained.
        seq: u64,
        /// The inner HTML.
        html: &'a str,
    },
    /// The island's newest session seal; events up to `seq` are contained in it. Empty when the
    /// state cannot be sealed or is not to be: the page keeps the seal it has, and forgets the events.
    Seal {
        /// The island.
        island: u64,
        /// The highest event number contained.
        seq: u64,
        /// The seal, to be sent back as it is.
        seal: &'a [u8],
    },
    /// Something was refused. The number is a [`Code`](crate::Code)'s.
    Error {
        /// The code's number.
        code: u64,
        /// What the page does about it.
        action: Action,
        /// The island it is about, or `None` for the connection.
        island: Option<u64>,
        /// The event it is about, or 0.
        seq: u64,
        /// The code's name.
        word: &'a str,
        /// A sentence for people.
        sentence: &'a str,
    },
    /// The session goes on: for each island the highest event number that came in. What the page
    /// missed follows.
    Resumed(Resumed<'a>),
    /// How many connections look at this page, or at any.
    Presence {
        /// Whether the count is of all pages.
        total: bool,
        /// The count.
        count: u64,
    },
    /// A change of one of the island's lists.
    List {
        /// The island.
        island: u64,
        /// What happens.
        op: ListOp,
        /// The list, by its [`name`](crate::list::name).
        list: [u8; 2],
        /// What it happens with.
        text: &'a str,
    },
    /// A named event for the page's scripts.
    Push {
        /// The island that sent it.
        island: u64,
        /// The event's name.
        name: &'a str,
        /// Its detail, as JSON.
        json: &'a str,
    },
    /// Something for the page itself to do in the island, such as to empty a form or to move the focus.
    ///
    /// Of `reset`, `focus`, `select` and `open` the number of the event that is answered stands before the selector,
    /// with a space: what the visitor has done since it was sent stays.
    Act {
        /// The island.
        island: u64,
        /// What to do: a word of the page's.
        what: &'a str,
        /// With what: usually a CSS selector.
        with: &'a str,
    },
    /// The page is to go to another address.
    Redirect {
        /// An address on this site, or an absolute one.
        url: &'a str,
    },
    /// The page's new title.
    Title {
        /// The text.
        text: &'a str,
    },
    /// The server is going away; connect again after this many milliseconds.
    ComeBack {
        /// Milliseconds.
        milliseconds: u64,
    },
    /// A nested island that an edit brought in: fills the placeholder with this key inside its parent.
    Mount {
        /// The parent island.
        parent: u64,
        /// The placeholder's `data-key` inside the parent.
        key: &'a str,
        /// The nested island's id.
        id: u64,
        /// The nested island's name.
        name: &'a str,
        /// Its inner HTML.
        html: &'a str,
    },
}

/// The joined frame's header; [`Joined::islands`] reads its islands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Joined<'a> {
    /// The build that answered.
    pub build: u32,
    /// Seconds of silence after which the page takes the server for dead.
    pub silence: u64,
    /// What to resume the session with.
    pub token: &'a [u8; TOKEN],
    /// How many islands the frame holds.
    pub count: u64,
    islands: &'a [u8],
}

/// The resumed frame's header; [`Resumed::islands`] reads its islands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resumed<'a> {
    /// Seconds of silence after which the page takes the server for dead.
    pub silence: u64,
    /// How many islands the frame holds.
    pub count: u64,
    islands: &'a [u8],
}

/// One island in a joined frame, in the order the join named them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JoinedIsland {
    /// The id that later frames use.
    pub id: u64,
    /// The highest event number contained in the state the island continues from.
    pub seq: u64,
}

impl<'a> Joined<'a> {
    /// The islands, each decoded as it is reached. The iterator ends at the first error.
    pub fn islands(&self) -> impl Iterator<Item = Result<JoinedIsland, DecodeError>> + use<'a> {
        islands(self.islands, self.count)
    }
}

impl<'a> Resumed<'a> {
    /// The session's islands, with the highest event number that came in for each; those apart that
    /// are mounted by a frame that follows.
    pub fn islands(&self) -> impl Iterator<Item = Result<JoinedIsland, DecodeError>> + use<'a> {
        islands(self.islands, self.count)
    }
}

fn islands(bytes: &[u8], mut left: u64) -> impl Iterator<Item = Result<JoinedIsland, DecodeError>> + use<'_> {
    let mut reader = Reader::new(bytes);
    core::iter::from_fn(move || {
        if left == 0 {
            return None;
        }
        left -= 1;
        let island = read_island(&mut reader);
        if island.is_err() {
            left = 0;
        }
        Some(island)
    })
}

/// All islands of a joined or resumed frame, checked.
fn read_islands<'a>(reader: &mut Reader<'a>, count: u64) -> Result<&'a [u8], DecodeError> {
    let islands = reader.rest();
    let mut all = Reader::new(islands);
    for _ in 0..count {
        read_island(&mut all)?;
    }
    all.end()?;
    Ok(islands)
}

/// Whether a frame with this first byte is counted.
pub const fn is_counted(kind: u8) -> bool {
    kind > 0x10
}

fn read_island(reader: &mut Reader<'_>) -> Result<JoinedIsland, DecodeError> {
    Ok(JoinedIsland { id: reader.varint()?, seq: reader.varint()? })
}

impl<'a> Down<'a> {
    /// Reads one frame.
    ///
    /// # Errors
    /// A [`DecodeError`] that says what is wrong with the bytes.
    pub fn decode(frame: &'a [u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(frame);
        let r = &mut reader;
        let down = match r.byte()? {
            0x00 => Self::Heartbeat,
            0x01 => Self::Presence {
                total: match r.byte()? {
                    0 => false,
                    1 => true,
                    _ => return Err(DecodeError::Value),
                },
                count: r.varint()?,
            },
            0x02 => Self::ComeBack { milliseconds: r.varint()? },
            0x03 => {
                let (silence, count) = (r.varint()?, r.varint()?);
                Self::Resumed(Resumed { silence, count, islands: read_islands(r, count)? })
            }
            0x10 => {
                let (build, silence) = (r.u32_le()?, r.varint()?);
                let token = r.take(TOKEN)?.try_into().map_err(|_| DecodeError::Truncated)?;
                let count = r.varint()?;
                Self::Joined(Joined { build, silence, token, count, islands: read_islands(r, count)? })
            }
            0x11 => Self::Edit { island: r.varint()?, program: r.rest() },
            0x12 => Self::Ack { island: r.varint()?, seq: r.varint()? },
            0x13 => Self::EditAck { island: r.varint()?, seq: r.varint()?, program: r.rest() },
            0x14 => Self::Snapshot { island: r.varint()?, seq: r.varint()?, html: r.rest_str()? },
            0x15 => Self::Seal { island: r.varint()?, seq: r.varint()?, seal: r.rest() },
            0x16 => Self::Error {
                code: r.varint()?,
                action: Action::from_number(r.byte()?).ok_or(DecodeError::Value)?,
                island: r.varint()?.checked_sub(1),
                seq: r.varint()?,
                word: r.str()?,
                sentence: r.rest_str()?,
            },
            0x17 => {
                let island = r.varint()?;
                let &[op, one, two] = r.bytes()? else { return Err(DecodeError::Value) };
                if one > 127 || two > 127 {
                    return Err(DecodeError::Value);
                }
                let op = ListOp::from_number(op).ok_or(DecodeError::Value)?;
                Self::List { island, op, list: [one, two], text: r.rest_str()? }
            }
            0x18 => Self::Push { island: r.varint()?, name: r.str()?, json: r.rest_str()? },
            0x1d => Self::Act { island: r.varint()?, what: r.str()?, with: r.rest_str()? },
            0x19 => Self::Redirect { url: r.rest_str()? },
            0x1a => Self::Title { text: r.rest_str()? },
            0x1c => Self::Mount {
                parent: r.varint()?,
                key: r.str()?,
                id: r.varint()?,
                name: r.str()?,
                html: r.rest_str()?,
            },
            kind => return Err(DecodeError::Kind(kind)),
        };
        reader.end()?;
        Ok(down)
    }

    /// Appends the frame's bytes. [`joined`] writes a joined frame from a list.
    pub fn encode(&self, out: &mut Vec<u8>) {
        match *self {
            Self::Heartbeat => out.push(0x00),
            Self::Resumed(Resumed { silence, count, islands }) => {
                head(out, 0x03, silence);
                put(out, count);
                out.extend_from_slice(islands);
            }
            Self::Joined(Joined { build, silence, token, count, islands }) => {
                joined_head(out, build, silence, token, count);
                out.extend_from_slice(islands);
            }
            Self::Edit { island, program } => {
                head(out, 0x11, island);
                out.extend_from_slice(program);
            }
            Self::Ack { island, seq } => {
                head(out, 0x12, island);
                put(out, seq);
            }
            Self::EditAck { island, seq, program } => {
                edit_ack_head(out, island, seq);
                out.extend_from_slice(program);
            }
            Self::Snapshot { island, seq, html } => {
                head(out, 0x14, island);
                put(out, seq);
                out.extend_from_slice(html.as_bytes());
            }
            Self::Seal { island, seq, seal } => {
                head(out, 0x15, island);
                put(out, seq);
                out.extend_from_slice(seal);
            }
            Self::Error { code, action, island, seq, word, sentence } => {
                head(out, 0x16, code);
                out.push(action as u8);
                // A page may ask about any number, the largest included.
                put(out, island.map_or(0, |id| id.saturating_add(1)));
                put(out, seq);
                put_bytes(out, word.as_bytes());
                out.extend_from_slice(sentence.as_bytes());
            }
            Self::Presence { total, count } => {
                out.extend_from_slice(&[0x01, u8::from(total)]);
                put(out, count);
            }
            Self::List { island, op, list: [one, two], text } => {
                head(out, LIST, island);
                put_bytes(out, &[op as u8, one, two]);
                out.extend_from_slice(text.as_bytes());
            }
            Self::Act { island, what, with } => {
                head(out, 0x1d, island);
                put_bytes(out, what.as_bytes());
                out.extend_from_slice(with.as_bytes());
            }
            Self::Push { island, name, json } => {
                head(out, 0x18, island);
                put_bytes(out, name.as_bytes());
                out.extend_from_slice(json.as_bytes());
            }
            Self::Redirect { url } => {
                out.push(0x19);
                out.extend_from_slice(url.as_bytes());
            }
            Self::Title { text } => {
                out.push(0x1a);
                out.extend_from_slice(text.as_bytes());
            }
            Self::ComeBack { milliseconds } => head(out, 0x02, milliseconds),
            Self::Mount { parent, key, id, name, html } => {
                head(out, 0x1c, parent);
                put_bytes(out, key.as_bytes());
                put(out, id);
                put_bytes(out, name.as_bytes());
                out.extend_from_slice(html.as_bytes());
            }
        }
    }
}

fn head(out: &mut Vec<u8>, kind: u8, first: u64) {
    out.push(kind);
    put(out, first);
}

/// Writes the head of an edit frame; the program follows directly, with no copy.
pub fn edit_head(out: &mut Vec<u8>, island: u64) {
    head(out, 0x11, island);
}

/// Writes the head of an edit-and-ack frame; the program follows directly, with no copy.
pub fn edit_ack_head(out: &mut Vec<u8>, island: u64, seq: u64) {
    head(out, 0x13, island);
    put(out, seq);
}

fn joined_head(out: &mut Vec<u8>, build: u32, silence: u64, token: &[u8; TOKEN], count: u64) {
    out.push(0x10);
    out.extend_from_slice(&build.to_le_bytes());
    put(out, silence);
    out.extend_from_slice(token);
    put(out, count);
}

/// Writes a joined frame.
pub fn joined(out: &mut Vec<u8>, build: u32, silence: u64, token: &[u8; TOKEN], islands: &[JoinedIsland]) {
    joined_head(out, build, silence, token, islands.len() as u64);
    put_islands(out, islands);
}

/// Writes a resumed frame.
pub fn resumed(out: &mut Vec<u8>, silence: u64, islands: &[JoinedIsland]) {
    head(out, 0x03, silence);
    put(out, islands.len() as u64);
    put_islands(out, islands);
}

fn put_islands(out: &mut Vec<u8>, islands: &[JoinedIsland]) {
    for island in islands {
        put(out, island.id);
        put(out, island.seq);
    }
}
