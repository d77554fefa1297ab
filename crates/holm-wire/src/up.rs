//! Frames from the page to the server.
//!
//! | kind | frame | fields |
//! |---|---|---|
//! | `00` | heartbeat | – |
//! | `01` | join | `wants` byte · `path` str · `epoch` varint · `token` bytes, empty or 24 · `n` varint · n × (`name` str · `instance` str · `check` u32 LE · `seal` bytes) |
//! | `02` | event | `island` varint · `seq` varint · `name` str · `payload` rest, JSON or empty |
//! | `03` | submit | `island` varint · `seq` varint · `name` str · `fields` rest, `application/x-www-form-urlencoded` |
//! | `04` | resync | `island` varint |
//! | `05` | leave | `island` varint |
//! | `06` | resume | `wants` byte · `path` str · `epoch` varint · `base` varint · `seen` varint · `token` 24 bytes |
//! | `07` | seen | `count` varint |
//!
//! An *epoch* counts a page's connections: whatever comes with a lower one than the session has heard is
//! ignored. `base` is the epoch of the last connection that answered with joined or resumed, and `seen` how
//! many [counted](crate::down::is_counted) frames followed that answer.

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
    /// Goes on with a session whose connection was lost.
    Resume(Resume<'a>),
    /// So many counted frames have been dealt with since the connection's joined or resumed frame.
    Seen {
        /// The number of frames.
        count: u64,
    },
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

/// Bytes of a session's token.
pub const TOKEN: usize = 24;

/// What a page says to go on with its session on another connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resume<'a> {
    /// Presence bits: [`WANTS_PAGE_PRESENCE`], [`WANTS_TOTAL_PRESENCE`].
    pub wants: u8,
    /// The page's path without its query.
    pub path: &'a str,
    /// This connection's number among the page's.
    pub epoch: u64,
    /// The number of the last connection that was answered.
    pub base: u64,
    /// How many counted frames came after that answer.
    pub seen: u64,
    /// The token from the joined frame.
    pub token: &'a [u8; TOKEN],
}

/// The join frame's header; [`Join::islands`] reads its islands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Join<'a> {
    /// Presence bits: [`WANTS_PAGE_PRESENCE`], [`WANTS_TOTAL_PRESENCE`].
    pub wants: u8,
    /// The page's path without its query.
    pub path: &'a str,
    /// This connection's number among the page's.
    pub epoch: u64,
    /// The token of the session that the seals are of; empty when the page has none yet.
    pub token: &'a [u8],
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
                let (wants, path, epoch) = (reader.byte()?, reader.str()?, reader.varint()?);
                let (token, count) = (reader.bytes()?, reader.varint()?);
                if !matches!(token.len(), 0 | TOKEN) {
                    return Err(DecodeError::Value);
                }
                let islands = reader.rest();
                let mut all = Reader::new(islands);
                for _ in 0..count {
                    read_island(&mut all)?;
                }
                all.end()?;
                Self::Join(Join { wants, path, epoch, token, count, islands })
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
            0x06 => Self::Resume(Resume {
                wants: reader.byte()?,
                path: reader.str()?,
                epoch: reader.varint()?,
                base: reader.varint()?,
                seen: reader.varint()?,
                token: reader.take(TOKEN)?.try_into().map_err(|_| DecodeError::Truncated)?,
            }),
            0x07 => Self::Seen { count: reader.varint()? },
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
pub fn join(out: &mut Vec<u8>, wants: u8, path: &str, epoch: u64, token: &[u8], islands: &[JoinIsland<'_>]) {
    out.extend_from_slice(&[0x01, wants]);
    put_bytes(out, path.as_bytes());
    put(out, epoch);
    put_bytes(out, token);
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

/// Writes a resume frame.
pub fn resume(out: &mut Vec<u8>, resume: &Resume<'_>) {
    out.extend_from_slice(&[0x06, resume.wants]);
    put_bytes(out, resume.path.as_bytes());
    for number in [resume.epoch, resume.base, resume.seen] {
        put(out, number);
    }
    out.extend_from_slice(resume.token);
}

/// Writes a seen frame.
pub fn seen(out: &mut Vec<u8>, count: u64) {
    out.push(0x07);
    put(out, count);
}
