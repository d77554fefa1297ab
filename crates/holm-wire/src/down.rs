//! Frames from the server to the page.
//!
//! | kind | frame | fields |
//! |---|---|---|
//! | `00` | heartbeat | – |
//! | `10` | joined | `build` u32 LE · `silence` varint seconds · `n` varint · n × (`id` varint · `seq` varint), in the order asked |
//! | `11` | edit | `island` varint · `program` rest |
//! | `12` | ack | `island` varint · `seq` varint |
//! | `13` | edit and ack | `island` varint · `seq` varint · `program` rest |
//! | `14` | snapshot | `island` varint · `seq` varint · `html` rest |
//! | `15` | seal | `island` varint · `seq` varint · `seal` rest |
//! | `16` | error | `code` varint · `island` + 1 varint, 0 for the connection · `seq` varint, 0 for none · `sentence` rest |
//! | `17` | presence | `scope` byte, 0 page or 1 total · `count` varint |
//! | `18` | push | `island` varint · `name` str · `json` rest |
//! | `19` | redirect | `url` rest |
//! | `1a` | title | `text` rest |
//! | `1b` | come back | `milliseconds` varint |
//! | `1c` | mount | `parent` varint · `key` str · `id` varint · `name` str · `html` rest |
//!
//! A program is described in [`edit`](crate::edit). An edit, an edit-and-ack and a snapshot each
//! take the island's revision up by one; revisions are counted, not sent. An acknowledgement is
//! cumulative: it says that every event up to `seq` is contained in what the page shows now. An
//! error frame that names an island and a `seq` acknowledges that event as refused.

use alloc::vec::Vec;

use crate::varint::{DecodeError, Reader, put, put_bytes};

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
    /// The island's newest session seal; events up to `seq` are contained in it.
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
        /// The island it is about, or `None` for the connection.
        island: Option<u64>,
        /// The event it is about, or 0.
        seq: u64,
        /// A sentence for people.
        sentence: &'a str,
    },
    /// How many connections look at this page, or at any.
    Presence {
        /// Whether the count is of all pages.
        total: bool,
        /// The count.
        count: u64,
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
        let mut reader = Reader::new(self.islands);
        let mut left = self.count;
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
            0x10 => {
                let (build, silence, count) = (r.u32_le()?, r.varint()?, r.varint()?);
                let islands = r.rest();
                let mut all = Reader::new(islands);
                for _ in 0..count {
                    read_island(&mut all)?;
                }
                all.end()?;
                Self::Joined(Joined { build, silence, count, islands })
            }
            0x11 => Self::Edit { island: r.varint()?, program: r.rest() },
            0x12 => Self::Ack { island: r.varint()?, seq: r.varint()? },
            0x13 => Self::EditAck { island: r.varint()?, seq: r.varint()?, program: r.rest() },
            0x14 => Self::Snapshot { island: r.varint()?, seq: r.varint()?, html: r.rest_str()? },
            0x15 => Self::Seal { island: r.varint()?, seq: r.varint()?, seal: r.rest() },
            0x16 => Self::Error {
                code: r.varint()?,
                island: r.varint()?.checked_sub(1),
                seq: r.varint()?,
                sentence: r.rest_str()?,
            },
            0x17 => Self::Presence {
                total: match r.byte()? {
                    0 => false,
                    1 => true,
                    _ => return Err(DecodeError::Value),
                },
                count: r.varint()?,
            },
            0x18 => Self::Push { island: r.varint()?, name: r.str()?, json: r.rest_str()? },
            0x19 => Self::Redirect { url: r.rest_str()? },
            0x1a => Self::Title { text: r.rest_str()? },
            0x1b => Self::ComeBack { milliseconds: r.varint()? },
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
            Self::Joined(Joined { build, silence, count, islands }) => {
                joined_head(out, build, silence, count);
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
            Self::Error { code, island, seq, sentence } => {
                head(out, 0x16, code);
                put(out, island.map_or(0, |id| id + 1));
                put(out, seq);
                out.extend_from_slice(sentence.as_bytes());
            }
            Self::Presence { total, count } => {
                out.extend_from_slice(&[0x17, u8::from(total)]);
                put(out, count);
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
            Self::ComeBack { milliseconds } => head(out, 0x1b, milliseconds),
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

fn joined_head(out: &mut Vec<u8>, build: u32, silence: u64, count: u64) {
    out.push(0x10);
    out.extend_from_slice(&build.to_le_bytes());
    put(out, silence);
    put(out, count);
}

/// Writes a joined frame.
pub fn joined(out: &mut Vec<u8>, build: u32, silence: u64, islands: &[JoinedIsland]) {
    joined_head(out, build, silence, islands.len() as u64);
    for island in islands {
        put(out, island.id);
        put(out, island.seq);
    }
}
