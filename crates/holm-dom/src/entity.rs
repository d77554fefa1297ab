//! Character references and the input normalisation that a browser does before it builds text.

use std::borrow::Cow;

use memchr::{memchr, memchr3};

/// Where text stands: the browser decodes each place a little differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// Between tags.
    Text,
    /// Inside an attribute's value.
    Attribute,
    /// Inside an element whose text is not decoded, or a comment.
    Raw,
}

/// The named references that maud and common renderers write.
const NAMED: &[(&str, &str)] = &[
    ("amp", "&"),
    ("lt", "<"),
    ("gt", ">"),
    ("quot", "\""),
    ("apos", "'"),
    ("nbsp", "\u{a0}"),
    ("copy", "\u{a9}"),
    ("reg", "\u{ae}"),
    ("trade", "\u{2122}"),
    ("deg", "\u{b0}"),
    ("middot", "\u{b7}"),
    ("laquo", "\u{ab}"),
    ("raquo", "\u{bb}"),
    ("times", "\u{d7}"),
    ("shy", "\u{ad}"),
    ("euro", "\u{20ac}"),
    ("pound", "\u{a3}"),
    ("ndash", "\u{2013}"),
    ("mdash", "\u{2014}"),
    ("lsquo", "\u{2018}"),
    ("rsquo", "\u{2019}"),
    ("ldquo", "\u{201c}"),
    ("rdquo", "\u{201d}"),
    ("bull", "\u{2022}"),
    ("hellip", "\u{2026}"),
    ("larr", "\u{2190}"),
    ("uarr", "\u{2191}"),
    ("rarr", "\u{2192}"),
    ("darr", "\u{2193}"),
    ("minus", "\u{2212}"),
    ("ensp", "\u{2002}"),
    ("emsp", "\u{2003}"),
    ("thinsp", "\u{2009}"),
    ("zwj", "\u{200d}"),
    ("zwnj", "\u{200c}"),
];

/// One reference at the front of `rest` (which begins with `&`): its text and its length, or `None`
/// when this crate cannot tell what the browser makes of it.
fn reference(rest: &str, place: Place) -> Option<(Cow<'static, str>, usize)> {
    let literal = Some((Cow::Borrowed("&"), 1));
    let after = &rest[1..];
    let Some(&first) = after.as_bytes().first() else { return literal };
    if first == b'#' {
        let body = &after[1..];
        let (digits, radix, skip) = match body.as_bytes().first() {
            Some(b'x' | b'X') => (&body[1..], 16, 3),
            _ => (body, 10, 2),
        };
        let len = digits.bytes().take_while(|b| char::from(*b).is_digit(radix)).count();
        if len == 0 {
            return literal;
        }
        if len > 8 || digits.as_bytes().get(len) != Some(&b';') {
            return None;
        }
        let code = u32::from_str_radix(&digits[..len], radix).ok()?;
        // The browser maps these few numbers to other characters.
        if code == 0 || (0x80..0xa0).contains(&code) {
            return None;
        }
        return Some((Cow::Owned(char::from_u32(code)?.to_string()), skip + len + 1));
    }
    if !first.is_ascii_alphabetic() {
        return literal;
    }
    let len = after.bytes().take_while(u8::is_ascii_alphanumeric).count();
    match after.as_bytes().get(len) {
        Some(b';') => {
            let name = &after[..len];
            NAMED.iter().find(|(known, _)| *known == name).map(|(_, text)| (Cow::Borrowed(*text), len + 2))
        }
        Some(b'=') if place == Place::Attribute => literal,
        _ => None,
    }
}

/// The text the browser has for `source`, or `None` when this crate cannot be sure of it.
pub(crate) fn decode(source: &str, place: Place) -> Option<Cow<'_, str>> {
    if memchr3(b'&', b'\r', 0, source.as_bytes()).is_none() {
        return Some(Cow::Borrowed(source));
    }
    let mut out = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(at) = memchr3(b'&', b'\r', 0, rest.as_bytes()) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        match rest.as_bytes()[0] {
            b'\r' => {
                out.push('\n');
                rest = &rest[1..];
                rest = rest.strip_prefix('\n').unwrap_or(rest);
            }
            0 if place == Place::Text => rest = &rest[1..],
            0 => return None,
            _ if place == Place::Raw => {
                out.push('&');
                rest = &rest[1..];
            }
            _ => {
                let (text, len) = reference(rest, place)?;
                out.push_str(&text);
                rest = &rest[len..];
            }
        }
    }
    out.push_str(rest);
    Some(Cow::Owned(out))
}

/// Appends `text` so that a browser reads it back unchanged, in an attribute's value or between tags.
pub(crate) fn encode(out: &mut String, text: &str, place: Place) {
    for ch in text.chars() {
        match ch {
            '&' => out.push_str("&amp;"),
            '\u{a0}' => out.push_str("&nbsp;"),
            '<' if place == Place::Text => out.push_str("&lt;"),
            '>' if place == Place::Text => out.push_str("&gt;"),
            '"' if place == Place::Attribute => out.push_str("&quot;"),
            '\r' => out.push_str("&#13;"),
            ch => out.push(ch),
        }
    }
}

/// Whether `source` may need decoding at all.
pub(crate) fn is_plain(source: &str) -> bool {
    memchr(b'&', source.as_bytes()).is_none() && memchr(0, source.as_bytes()).is_none()
}
