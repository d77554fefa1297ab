//! The frames a connection was sent and has not reported: what a lost one is resumed from.

use std::collections::VecDeque;

use bytes::Bytes;
use holm_wire::varint::Reader;

/// Counted frames, oldest first, each with its number on the connection.
#[derive(Debug, Default)]
pub(crate) struct Ring {
    frames: VecDeque<Bytes>,
    bytes: usize,
    /// How many counted frames the connection was sent.
    sent: u64,
    /// How many of them it has reported.
    reported: u64,
}

/// Kinds of frames that a ring treats in ways of their own.
pub(crate) const EDIT: u8 = 0x11;
pub(crate) const ACK: u8 = 0x12;
pub(crate) const EDIT_ACK: u8 = 0x13;
pub(crate) const SNAPSHOT: u8 = 0x14;
pub(crate) const SEAL: u8 = 0x15;
pub(crate) const ERROR: u8 = 0x16;
pub(crate) const MOUNT: u8 = 0x1c;

/// Whether a frame takes an island's revision up.
pub(crate) fn is_edit(frame: &[u8]) -> bool {
    matches!(frame.first(), Some(&(EDIT | EDIT_ACK | SNAPSHOT)))
}

/// The island that an edit or a seal is of, and the number behind it.
pub(crate) fn island_of(frame: &[u8]) -> Option<(u64, u64)> {
    let mut reader = Reader::new(frame.get(1..)?);
    let island = reader.varint().ok()?;
    Some((island, if frame[0] == EDIT { 0 } else { reader.varint().ok()? }))
}

impl Ring {
    /// How many counted frames the connection was sent.
    pub(crate) fn sent(&self) -> u64 {
        self.sent
    }

    /// How many counted frames the page has reported.
    pub(crate) fn reported(&self) -> u64 {
        self.reported
    }

    /// Bytes it holds.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Keeps a frame that is sent now, and gives its number. Frames that no longer fit come out, with
    /// their numbers, through `evicted`.
    pub(crate) fn push(&mut self, frame: &Bytes, limit: usize, mut evicted: impl FnMut(u64, &Bytes)) -> u64 {
        self.sent += 1;
        let kept = if frame.first() == Some(&SEAL) { head_of_seal(frame) } else { frame.clone() };
        self.bytes += kept.len();
        self.frames.push_back(kept);
        while self.bytes > limit {
            let number = self.first();
            let Some(frame) = self.pop() else { break };
            evicted(number, &frame);
        }
        self.sent
    }

    /// The connection has dealt with so many frames: lets go of them, through `seen`.
    pub(crate) fn seen(&mut self, count: u64, mut seen: impl FnMut(&Bytes)) {
        self.reported = self.reported.max(count.min(self.sent));
        while self.first() <= count.min(self.sent) {
            let Some(frame) = self.pop() else { break };
            seen(&frame);
        }
        if self.frames.is_empty() {
            self.frames = VecDeque::new();
        }
    }

    /// Begins to count anew for another connection, which lacks the frames that come out.
    pub(crate) fn restart(&mut self) -> VecDeque<Bytes> {
        (self.sent, self.reported, self.bytes) = (0, 0, 0);
        std::mem::take(&mut self.frames)
    }

    /// The frames after so many, to be sent and counted once more; `None` when it does not hold them all.
    pub(crate) fn repeat(&mut self, seen: u64) -> Option<VecDeque<Bytes>> {
        if self.first() > seen + 1 {
            return None;
        }
        self.seen(seen, |_| {});
        self.sent = seen;
        self.bytes = 0;
        Some(std::mem::take(&mut self.frames))
    }

    /// The number of the oldest frame it holds, or of the next one to come.
    fn first(&self) -> u64 {
        self.sent + 1 - self.frames.len() as u64
    }

    fn pop(&mut self) -> Option<Bytes> {
        let frame = self.frames.pop_front()?;
        self.bytes -= frame.len();
        Some(frame)
    }
}

/// A seal's kind, island and number: a lost seal is made again rather than kept.
fn head_of_seal(frame: &Bytes) -> Bytes {
    let mut reader = Reader::new(frame.get(1..).unwrap_or_default());
    let _ = (reader.varint(), reader.varint());
    Bytes::copy_from_slice(&frame[..frame.len() - reader.rest().len()])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(text: &'static str) -> Bytes {
        Bytes::from_static(text.as_bytes())
    }

    #[test]
    fn what_was_not_reported_comes_out_in_order() {
        let mut ring = Ring::default();
        for text in ["a", "b", "c"] {
            ring.push(&frame(text), 100, |_, _| panic!("all fit"));
        }
        let mut seen = Vec::new();
        ring.seen(1, |frame| seen.push(frame.clone()));
        assert_eq!(seen, [frame("a")]);
        assert_eq!(ring.restart(), [frame("b"), frame("c")]);
        assert_eq!((ring.sent(), ring.bytes()), (0, 0));
    }

    #[test]
    fn past_its_bytes_the_oldest_go_with_their_numbers() {
        let mut ring = Ring::default();
        let mut evicted = Vec::new();
        for text in ["1234", "5678", "90ab"] {
            ring.push(&frame(text), 8, |number, frame| evicted.push((number, frame.clone())));
        }
        assert_eq!(evicted, [(1, frame("1234"))]);
        ring.push(&frame("longer than the ring"), 8, |number, _| evicted.push((number, frame(""))));
        assert_eq!(evicted.len(), 4);
        assert_eq!((ring.sent(), ring.bytes()), (4, 0));
        // Reports of frames that are gone, or of none yet, do no harm.
        ring.seen(3, |_| panic!("nothing is left"));
        ring.seen(99, |_| panic!("nothing is left"));
    }

    #[test]
    fn of_a_seal_only_its_head_is_kept() {
        let mut ring = Ring::default();
        let mut seal = vec![SEAL, 1, 0x80, 1];
        seal.extend([7; 1_000]);
        ring.push(&Bytes::from(seal), 100, |_, _| panic!("it fits"));
        assert_eq!(ring.restart(), [Bytes::from_static(&[SEAL, 1, 0x80, 1])]);
        assert_eq!(island_of(&[SEAL, 1, 0x80, 1]), Some((1, 128)));
    }
}
