//! Text changes: the stretch that differs, counted as the DOM counts.

use holm_wire::edit::Op;

fn units(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}

fn small(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// The operation that turns the data `old` of the child at `index` into `new`.
pub(crate) fn text_op<'n>(index: u32, old: &str, new: &'n str) -> Op<'n> {
    let mut keep = old.bytes().zip(new.bytes()).take_while(|(a, b)| a == b).count();
    while !(old.is_char_boundary(keep) && new.is_char_boundary(keep)) {
        keep -= 1;
    }
    let limit = old.len().min(new.len()) - keep;
    let mut tail = old.bytes().rev().zip(new.bytes().rev()).take(limit).take_while(|(a, b)| a == b).count();
    while !(old.is_char_boundary(old.len() - tail) && new.is_char_boundary(new.len() - tail)) {
        tail -= 1;
    }
    let insert = &new[keep..new.len() - tail];
    let (keep_units, delete) = (units(&old[..keep]), units(&old[keep..old.len() - tail]));
    let varint = |number: usize| if number < 0x80 { 1 } else { 2 + usize::from(number >= 0x4000) };
    let spliced = varint(keep_units) + varint(delete) + varint(insert.len()) + insert.len();
    if spliced < varint(new.len()) + new.len() {
        Op::Splice { index, keep: small(keep_units), delete: small(delete), insert }
    } else {
        Op::Text { index, data: new }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_digit_of_a_long_text_is_a_splice() {
        let op = text_op(0, "the count is 42 now", "the count is 43 now");
        assert_eq!(op, Op::Splice { index: 0, keep: 14, delete: 1, insert: "3" });
    }

    #[test]
    fn a_short_text_travels_whole() {
        assert_eq!(text_op(3, "42", "43"), Op::Text { index: 3, data: "43" });
    }

    #[test]
    fn a_surrogate_pair_is_never_split() {
        // U+1F600 and U+1F601 share their first three bytes and their first UTF-16 unit.
        let op = text_op(0, "12345678\u{1f600}9", "12345678\u{1f601}9");
        assert_eq!(op, Op::Splice { index: 0, keep: 8, delete: 2, insert: "\u{1f601}" });
        let op = text_op(0, "\u{1f600}abcdefgh", "\u{1f600}abXdefgh");
        assert_eq!(op, Op::Splice { index: 0, keep: 4, delete: 1, insert: "X" });
    }
}
