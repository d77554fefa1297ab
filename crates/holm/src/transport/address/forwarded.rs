//! The `Forwarded` header of RFC 7239, read from the right.

use super::{Entry, read};

/// The elements of one header line, the last one first. Commas in quotes part nothing; since quotes are
/// paired from the right, one that a client left open does not reach what proxies added after it.
pub(super) fn elements(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(line);
    std::iter::from_fn(move || {
        let line = rest?;
        let comma = last_outside_quotes(line, b',');
        rest = comma.map(|at| &line[..at]);
        Some(comma.map_or(line, |at| &line[at + 1..]))
    })
}

/// Whom an element says the request came from.
pub(super) fn client(element: &[u8]) -> Entry {
    if element.trim_ascii().is_empty() {
        return Entry::Empty;
    }
    let mut found = None;
    let mut rest = Some(element);
    while let Some(element) = rest {
        let semicolon = last_outside_quotes(element, b';');
        rest = semicolon.map(|at| &element[..at]);
        let pair = semicolon.map_or(element, |at| &element[at + 1..]).trim_ascii();
        let Some((name, value)) = pair.split_at_checked(4) else { continue };
        if name.eq_ignore_ascii_case(b"for=") && found.replace(value).is_some() {
            return Entry::Garbage;
        }
    }
    let unquoted = |value: &[u8]| match value {
        [b'"', inner @ .., b'"'] => read(inner),
        value => read(value),
    };
    found.and_then(unquoted).map_or(Entry::Garbage, Entry::Address)
}

/// Where `wanted` stands last outside quotes.
fn last_outside_quotes(text: &[u8], wanted: u8) -> Option<usize> {
    let mut quoted = false;
    for (at, byte) in text.iter().enumerate().rev() {
        if *byte == b'"' {
            let backslashes = text[..at].iter().rev().take_while(|byte| **byte == b'\\').count();
            quoted ^= backslashes % 2 == 0;
        } else if *byte == wanted && !quoted {
            return Some(at);
        }
    }
    None
}
