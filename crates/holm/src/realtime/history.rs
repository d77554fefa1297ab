//! What a channel remembers of its last events, so that who comes back misses none and gets none twice.
//!
//! Events are numbered from one. The numbers begin again when a channel is made again, after a restart or
//! after it was forgotten, so a number alone says nothing: an epoch, random for each life of the channel,
//! goes with it. Pure bookkeeping: it knows no connections and no time.

use std::collections::VecDeque;
use std::fmt;
use std::str::FromStr;

/// Where a client is in a channel: which life of the channel, and the number of the last event it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Cursor {
    pub(crate) epoch: u64,
    pub(crate) offset: u64,
}

/// Digits of an epoch as text.
const EPOCH_DIGITS: usize = 12;

impl Cursor {
    /// In a life that no channel has: whoever is there has missed what cannot be known.
    pub(crate) const NOWHERE: Self = Self { epoch: u64::MAX, offset: 0 };
}

impl fmt::Display for Cursor {
    /// `<epoch>-<offset>`: twelve hexadecimal digits, a decimal number.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:0EPOCH_DIGITS$x}-{}", self.epoch, self.offset)
    }
}

/// The text is no cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NoCursor;

impl FromStr for Cursor {
    type Err = NoCursor;

    /// Reads exactly what a cursor writes: one text for each cursor.
    fn from_str(text: &str) -> Result<Self, NoCursor> {
        let (epoch, offset) = text.split_once('-').ok_or(NoCursor)?;
        let digits = |text: &str| {
            !text.is_empty() && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        };
        if epoch.len() != EPOCH_DIGITS || !digits(epoch) || !digits(offset) {
            return Err(NoCursor);
        }
        if offset.len() > 1 && offset.starts_with('0') {
            return Err(NoCursor);
        }
        let epoch = u64::from_str_radix(epoch, 16).map_err(|_| NoCursor)?;
        Ok(Self { epoch, offset: offset.parse().map_err(|_| NoCursor)? })
    }
}

/// What was missed is not known here any more: the channel began again, or has forgotten so old events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Gone;

/// The last events of a channel, bounded in number and in bytes.
#[derive(Debug)]
pub(crate) struct History<T> {
    epoch: u64,
    /// The number of the newest event, 0 before the first.
    newest: u64,
    /// The newest ones, oldest first, each with its size.
    kept: VecDeque<(usize, T)>,
    bytes: usize,
    most: usize,
    most_bytes: usize,
}

impl<T> History<T> {
    /// Nothing so far; keeps at most so many events of together so many bytes. `random` makes the epoch.
    pub(crate) fn new(random: u64, most: usize, most_bytes: usize) -> Self {
        let epoch = random & ((1 << (4 * EPOCH_DIGITS)) - 1);
        Self { epoch, newest: 0, kept: VecDeque::new(), bytes: 0, most, most_bytes }
    }

    /// Where somebody is who has all events so far.
    pub(crate) fn cursor(&self) -> Cursor {
        Cursor { epoch: self.epoch, offset: self.newest }
    }

    /// Where somebody is who has only what is not kept any more.
    pub(crate) fn oldest(&self) -> Cursor {
        Cursor { epoch: self.epoch, offset: self.forgotten() }
    }

    /// Where somebody will be who has the next event, too.
    pub(crate) fn upcoming(&self) -> Cursor {
        Cursor { epoch: self.epoch, offset: self.newest + 1 }
    }

    /// Counts an event and keeps it as long as there is room; the oldest go first. An event that is larger
    /// than all the room is counted and not kept, nor is anything before it.
    pub(crate) fn push(&mut self, bytes: usize, event: T) -> Cursor {
        self.newest += 1;
        self.bytes += bytes;
        self.kept.push_back((bytes, event));
        while self.kept.len() > self.most || self.bytes > self.most_bytes {
            let Some((bytes, _)) = self.kept.pop_front() else { break };
            self.bytes -= bytes;
        }
        self.cursor()
    }

    /// The events after this cursor, oldest first, each with its own cursor.
    ///
    /// # Errors
    /// [`Gone`] when some of them are not known: nothing is given then, rather than a part.
    pub(crate) fn after(&self, cursor: Cursor) -> Result<impl Iterator<Item = (Cursor, &T)>, Gone> {
        if cursor.epoch != self.epoch || cursor.offset > self.newest || cursor.offset < self.forgotten() {
            return Err(Gone);
        }
        let skip = usize::try_from(cursor.offset - self.forgotten()).map_err(|_| Gone)?;
        Ok(self.iter().skip(skip))
    }

    /// Everything that is kept, oldest first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Cursor, &T)> {
        let epoch = self.epoch;
        let first = self.forgotten() + 1;
        let numbered = (first..).zip(&self.kept);
        numbered.map(move |(offset, (_, event))| (Cursor { epoch, offset }, event))
    }

    /// The number of the newest event that is not kept any more.
    fn forgotten(&self) -> u64 {
        self.newest - self.kept.len() as u64
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn history(most: usize, bytes: usize) -> History<u64> {
        History::new(0xabc, most, bytes)
    }

    fn after(history: &History<u64>, offset: u64) -> Option<Vec<u64>> {
        let cursor = Cursor { epoch: 0xabc, offset };
        let events = history.after(cursor).ok()?;
        Some(events.map(|(cursor, event)| (assert_eq!(cursor.offset, *event), *event).1).collect())
    }

    #[test]
    fn who_comes_back_gets_what_was_missed_or_is_told_that_it_is_gone() {
        let mut history = history(3, 1_000);
        assert_eq!(after(&history, 0), Some(vec![]));
        for event in 1..=5 {
            assert_eq!(history.upcoming().offset, event);
            assert_eq!(history.push(1, event).offset, event);
        }
        assert_eq!(after(&history, 5), Some(vec![]));
        assert_eq!(after(&history, 3), Some(vec![4, 5]));
        assert_eq!(after(&history, 2), Some(vec![3, 4, 5]));
        assert_eq!(after(&history, 1), None, "event 2 is not kept any more");
        assert_eq!(after(&history, 6), None, "a number that was never given");
        assert_eq!(after(&history, history.oldest().offset), Some(vec![3, 4, 5]));
        let other = Cursor { epoch: 0xabd, offset: 5 };
        assert!(history.after(other).is_err(), "another life of the channel");
    }

    #[test]
    fn a_channel_that_keeps_nothing_still_knows_whether_something_was_missed() {
        let mut history = history(0, 0);
        assert_eq!(after(&history, 0), Some(vec![]));
        history.push(1, 1);
        assert!(history.kept.is_empty());
        assert_eq!(after(&history, 0), None);
        assert_eq!(after(&history, 1), Some(vec![]));
    }

    #[test]
    fn an_event_larger_than_all_the_room_is_not_kept_nor_what_was_before_it() {
        let mut history = history(10, 100);
        history.push(50, 1);
        history.push(101, 2);
        assert_eq!((history.kept.is_empty(), after(&history, 1)), (true, None));
        history.push(100, 3);
        assert_eq!(after(&history, 2), Some(vec![3]));
    }

    #[test]
    fn a_cursor_is_read_as_it_is_written_and_in_no_other_way() {
        let cursor = Cursor { epoch: 0x00ab_cdef_0123, offset: 42 };
        assert_eq!(cursor.to_string(), "00abcdef0123-42");
        for bad in [
            "",
            "-",
            "00abcdef0123-",
            "-42",
            "00abcdef0123",
            "abcdef0123-42",
            "00ABCDEF0123-42",
            "00abcdef0123-042",
            "00abcdef0123-+42",
            "00abcdef0123-4a",
            "00abcdef0123-42 ",
            "+0abcdef0123-42",
            "00abcdef0123-42-1",
            "00abcdef0123-18446744073709551616",
        ] {
            assert_eq!(bad.parse::<Cursor>(), Err(NoCursor), "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn every_cursor_survives_its_text(epoch in 0..(1_u64 << 48), offset: u64) {
            let cursor = Cursor { epoch, offset };
            prop_assert_eq!(cursor.to_string().parse::<Cursor>(), Ok(cursor));
        }

        #[test]
        fn what_parses_is_written_the_same(text in "[0-9a-fA-F+]{11,13}-?[0-9+]{0,21}") {
            if let Ok(cursor) = text.parse::<Cursor>() {
                prop_assert_eq!(cursor.to_string(), text);
            }
        }

        #[test]
        fn the_bounds_hold_and_a_replay_is_all_or_nothing(
            most in 0_usize..8, room in 0_usize..60, sizes in prop::collection::vec(0_usize..30, 0..40), from in 0_u64..45
        ) {
            let mut history = history(most, room);
            for (event, size) in (1..).zip(&sizes) {
                history.push(*size, event);
                let kept: usize = history.kept.iter().map(|(size, _)| size).sum();
                prop_assert!(history.kept.len() <= most && kept <= room && kept == history.bytes);
            }
            let newest = sizes.len() as u64;
            match after(&history, from) {
                Some(events) => prop_assert_eq!(events, (from + 1..=newest).collect::<Vec<_>>()),
                None => prop_assert!(from > newest || from < newest - history.kept.len() as u64),
            }
        }
    }
}
