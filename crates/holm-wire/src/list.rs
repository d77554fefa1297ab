//! Lists: rows that the server forgets, in an element with `data-live-list`.
//!
//! What stands in such an element is left out of the check and of every diff. It changes by list
//! frames alone, each one [`ListOp`] with a text:
//!
//! | op | name | text |
//! |---|---|---|
//! | `0` | append | rows, from first to last |
//! | `1` | prepend | rows, from first to last |
//! | `2` | fill | rows, from first to last: all that the list is to hold |
//! | `3` | before | a key, NUL, rows: at the end where no row has the key |
//! | `4` | update | a row, in the place of the one with its key; nothing where there is none |
//! | `5` | remove | a key |
//! | `6` | clear | – |
//! | `7` | keep last | a number in decimal |
//! | `8` | keep first | a number in decimal |
//! | `9` | text | text to append |
//!
//! A row is one element, and its key is its `data-key`. A row whose key is in the list takes the place
//! of the one there, which goes; so doing something twice comes to the same.

/// What happens to a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum ListOp {
    /// Rows come in at the end.
    Append = 0,
    /// Rows come in at the front.
    Prepend = 1,
    /// The list holds these rows and no others.
    Fill = 2,
    /// Rows come in before another.
    Before = 3,
    /// A row becomes another of the same key.
    Update = 4,
    /// A row goes.
    Remove = 5,
    /// Everything goes.
    Clear = 6,
    /// All rows go but so many at the end.
    KeepLast = 7,
    /// All rows go but so many at the front.
    KeepFirst = 8,
    /// Text comes in at the end.
    Text = 9,
}

impl ListOp {
    /// Every operation, by its number.
    pub const ALL: [Self; 10] = [
        Self::Append,
        Self::Prepend,
        Self::Fill,
        Self::Before,
        Self::Update,
        Self::Remove,
        Self::Clear,
        Self::KeepLast,
        Self::KeepFirst,
        Self::Text,
    ];

    /// The operation with this number.
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number)).copied()
    }
}

/// What stands between the key and the rows of [`ListOp::Before`]; no key holds it.
pub const BETWEEN: char = '\0';

/// Names a list in frames: 14 bits of FNV-1a over the name's UTF-16 units, in two bytes below 128.
///
/// Two lists of one island whose names come to the same are told apart by nobody.
#[must_use]
pub fn name(name: &str) -> [u8; 2] {
    let hash = name
        .encode_utf16()
        .fold(0x811c_9dc5_u32, |hash, unit| (hash ^ u32::from(unit)).wrapping_mul(0x0100_0193));
    let [first, ..] = (hash >> 1).to_be_bytes();
    let [second, ..] = ((hash << 7) >> 1).to_be_bytes();
    [first, second]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_go_by_their_numbers() {
        for (number, op) in (0..).zip(ListOp::ALL) {
            assert_eq!((op as u8, ListOp::from_number(number)), (number, Some(op)));
        }
        assert_eq!(ListOp::from_number(10), None);
    }

    #[test]
    fn a_name_is_two_bytes_below_128() {
        // FNV-1a of "a" is e40c292c.
        assert_eq!(name("a"), [0x72, 0x03]);
        for text in ["", "rows", "ответ", "\u{1f600}"] {
            assert!(name(text).iter().all(|byte| *byte < 128), "{text:?}");
        }
        assert_ne!(name("rows"), name("row"));
    }
}
