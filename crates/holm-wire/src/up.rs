//! Frames from the page to the server.
//!
//! | kind | frame | fields |
//! |---|---|---|
//! | `00` | heartbeat | – |
//! | `01` | join | `wants` byte · `path` str · `n` varint · n × (`name` str · `instance` str · `check` u32 LE · `seal` bytes) |
//! | `02` | event | `island` varint · `seq` varint · `name` str · `payload` rest, JSON or empty |
//! | `03` | submit | `island` varint · `seq` varint · `name` str · `fields` rest, `application/x-www-form-urlencoded` |
//! | `04` | resync | `island` varint |
//! | `05` | leave | `island` varint |

use alloc::vec::Vec;

use crate::varint::{DecodeError, Reader, put, put_bytes};

/// The page shows the count of its own viewers (`data-live-presence`).
pub const WANTS_PAGE_PRESENCE: u8 = 1;
/// The page shows the count of all viewers (`data-live-presence="total"`).
pub const WANTS_TOTAL_PRESENCE: u8 = 2;

/// A frame from the page. Text and bytes borrow from the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Up<'a> {
    /// The page is alive; the server answers with its own.
    Heartbeat,
    /// Joins islands; may be sent again for islands that appear later.
    Join(Join<'a>),
    /// An event from an element's `data-live` attribute.
    Event {
        /// The id that the joined frame gave the island.
        island: u64,
        /// The event's number in this island instance, counted from 1.
        seq: u64,
        /// The event's name on the wire.
        name: &'a str,
        /// The variant's payload as JSON; empty for a unit variant.
        payload: &'a str,
    },
    /// A form was submitted: its named fields are the payload.
    Submit {
        /// The id that the joined frame gave the island.
        island: u64,
        /// The event's number in this island instance, counted from 1.
        seq: u64,
        /// The event's name on the wire.
        name: &'a str,
        /// The named fields, URL-encoded in document order.
        fields: &'a str,
    },
    /// The page's DOM is not the server's tree; asks for a snapshot of the island.
    Resync {
        /// The island.
        island: u64,
    },
    /// The island has left the page.
    Leave {
        /// The island.
        island: u64,
    },
}

/// The join frame's header; [`Join::islands`] reads its islands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Join<'a> {
    /// Presence bits: [`WANTS_PAGE_PRESENCE`], [`WANTS_TOTAL_PRESENCE`].
    pub wants: u8,
    /// The page's path without its query.
    pub path: &'a str,
    /// How many islands the frame says it holds.
    pub count: u64,
    islands: &'a [u8],
}

/// One island in a join frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JoinIsland<'a> {
    /// The island's registered name.
    pub name: &'a str,
    /// The instance id from the page.
    pub instance: &'a str,
    /// The [`check`](crate::check) of the island's DOM; 0 when the page did not compute it.
    pub check: u32,
    /// The newest seal, as the server gave it.
    pub seal: &'a [u8],
}

impl<'a> Join<'a> {
    /// The islands, each decoded as it is reached. The iterator ends at the first error.
    pub fn islands(&self) -> impl Iterator<Item = Result<JoinIsland<'a>, DecodeError>> + use<'a> {
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

fn read_island<'a>(reader: &mut Reader<'a>) -> Result<JoinIsland<'a>, DecodeError> {
    Ok(JoinIsland {
        name: reader.str()?,
        instance: reader.str()?,
        check: reader.u32_le()?,
        seal: reader.bytes()?,
    })
}

impl<'a> Up<'a> {
    /// Reads one frame.
    ///
    /// # Errors
    /// A [`DecodeError`] that says what is wrong with the bytes.
    pub fn decode(frame: &'a [u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(frame);
        let up = match reader.byte()? {
            0x00 => Self::Heartbeat,
            0x01 => {
                let (wants, path, count) = (reader.byte()?, reader.str()?, reader.varint()?);
                let islands = reader.rest();
                let mut all = Reader::new(islands);
                for _ in 0..count {
                    read_island(&mut all)?;
                }
                all.end()?;
                Self::Join(Join { wants, path, count, islands })
            }
            0x02 => Self::Event {
                island: reader.varint()?,
                seq: reader.varint()?,
                name: reader.str()?,
                payload: reader.rest_str()?,
            },
            0x03 => Self::Submit {
                island: reader.varint()?,
                seq: reader.varint()?,
                name: reader.str()?,
                fields: reader.rest_str()?,
            },
            0x04 => Self::Resync { island: reader.varint()? },
            0x05 => Self::Leave { island: reader.varint()? },
            kind => return Err(DecodeError::Kind(kind)),
        };
        reader.end()?;
        Ok(up)
    }
}

/// Writes the heartbeat frame.
pub fn heartbeat(out: &mut Vec<u8>) {
    out.push(0x00);
}

/// Writes a join frame.
pub fn join(out: &mut Vec<u8>, wants: u8, path: &str, islands: &[JoinIsland<'_>]) {
    out.extend_from_slice(&[0x01, wants]);
    put_bytes(out, path.as_bytes());
    put(out, islands.len() as u64);
    for island in islands {
        put_bytes(out, island.name.as_bytes());
        put_bytes(out, island.instance.as_bytes());
        out.extend_from_slice(&island.check.to_le_bytes());
        put_bytes(out, island.seal);
    }
}

/// Writes an event frame; `payload` is JSON or empty.
pub fn event(out: &mut Vec<u8>, island: u64, seq: u64, name: &str, payload: &str) {
    named(out, 0x02, island, seq, name, payload);
}

/// Writes a submit frame; `fields` is URL-encoded.
pub fn submit(out: &mut Vec<u8>, island: u64, seq: u64, name: &str, fields: &str) {
    named(out, 0x03, island, seq, name, fields);
}

fn named(out: &mut Vec<u8>, kind: u8, island: u64, seq: u64, name: &str, rest: &str) {
    out.push(kind);
    put(out, island);
    put(out, seq);
    put_bytes(out, name.as_bytes());
    out.extend_from_slice(rest.as_bytes());
}

/// Writes a resync frame.
pub fn resync(out: &mut Vec<u8>, island: u64) {
    out.push(0x04);
    put(out, island);
}

/// Writes a leave frame.
pub fn leave(out: &mut Vec<u8>, island: u64) {
    out.push(0x05);
    put(out, island);
}
