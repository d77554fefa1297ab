//! What an upload's request says in its headers (tus 1.0.0). Any text may come here.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};

use super::UploadId;

/// The most bytes of `Upload-Metadata` that are looked at.
const METADATA: usize = 8 * 1024;
/// No declared type is longer.
const KIND: usize = 127;

/// What `Upload-Metadata` says of a file, and of whom it is for.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Metadata {
    /// The island's instance id.
    pub(crate) island: String,
    /// The input's name.
    pub(crate) input: String,
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) replaces: Option<UploadId>,
}

impl Metadata {
    /// Reads the header: pairs of a key and a value in base64, with commas between. Keys that mean nothing here are
    /// left alone, as other clients have their own.
    ///
    /// # Errors
    /// With a sentence for the author of a client.
    pub(crate) fn read(header: &str, name_bytes: usize) -> Result<Self, &'static str> {
        if header.len() > METADATA {
            return Err("Upload-Metadata is too long.");
        }
        let mut found = Self::default();
        let mut seen = [false; 5];
        for pair in header.split(',').map(str::trim).filter(|pair| !pair.is_empty()) {
            let (key, value) = pair.split_once(' ').unwrap_or((pair, ""));
            let Some(at) = ["island", "input", "filename", "filetype", "replaces"]
                .iter()
                .position(|known| *known == key)
            else {
                continue;
            };
            if std::mem::replace(&mut seen[at], true) {
                return Err("A key stands in Upload-Metadata twice.");
            }
            let value = value.trim();
            let bytes = STANDARD.decode(value).or_else(|_| STANDARD_NO_PAD.decode(value));
            let text = bytes.ok().and_then(|bytes| String::from_utf8(bytes).ok());
            let text = text.ok_or("A value in Upload-Metadata is not base64 of UTF-8 text.")?;
            match at {
                0 => found.island = text,
                1 => found.input = text,
                2 => found.name = text,
                3 => found.kind = text,
                _ => found.replaces = text.parse().ok(),
            }
        }
        if !(seen[0] && seen[1]) {
            return Err("Upload-Metadata has to name `island` and `input`.");
        }
        found.name = shown_name(&found.name, name_bytes);
        let plain = found.kind.len() <= KIND
            && found.kind.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ');
        if !plain {
            found.kind = String::new();
        }
        Ok(found)
    }
}

/// A client's name of a file, for showing: its last part, without what would not be seen or would turn the text
/// around it, and cut to so many bytes with its ending kept.
fn shown_name(name: &str, most: usize) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
    };
    let seen: String = last.chars().filter(|c| !hidden(*c)).collect();
    let seen = seen.trim();
    if seen.trim_matches('.').is_empty() {
        return "file".to_owned();
    }
    if seen.len() <= most {
        return seen.to_owned();
    }
    let ending = seen.rfind('.').map_or("", |dot| &seen[dot..]);
    let ending = if ending.len() * 2 > most { "" } else { ending };
    let stem = &seen[..seen.floor_char_boundary(most - ending.len())];
    format!("{stem}{ending}")
}

/// A number of bytes, as tus writes it: digits and nothing else.
pub(crate) fn number(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(key: &str, value: &str) -> String {
        format!("{key} {}", STANDARD.encode(value))
    }

    #[test]
    fn metadata_names_the_file_and_whom_it_is_for() {
        let id = UploadId::random();
        let header = [
            pair("island", "Album:0/ä"),
            pair("input", "photos"),
            pair("filename", "C:\\fakepath\\Bär \u{202e}gnp.exe\n"),
            pair("filetype", "image/png"),
            pair("replaces", &id.to_string()),
            "relativePath bm90IG91cnM=".into(),
            "is_confidential".into(),
        ];
        let found = Metadata::read(&header.join(","), 255).unwrap();
        let expected = Metadata {
            island: "Album:0/ä".into(),
            input: "photos".into(),
            name: "Bär gnp.exe".into(),
            kind: "image/png".into(),
            replaces: Some(id),
        };
        assert_eq!(found, expected);
        let least = Metadata::read(&[pair("island", "A"), "input".into()].join(" , "), 255).unwrap();
        assert_eq!((least.input.as_str(), least.name.as_str()), ("", "file"));
    }

    #[test]
    fn what_is_no_metadata_is_refused_with_a_sentence() {
        for header in [
            String::new(),
            pair("island", "A"),
            [pair("island", "A"), pair("input", "b"), pair("input", "c")].join(","),
            [pair("island", "A"), "input §".into()].join(","),
            [pair("island", "A"), format!("input {}", STANDARD.encode(b"\xff"))].join(","),
            [pair("island", "A"), pair("input", &"x".repeat(METADATA))].join(","),
        ] {
            assert!(Metadata::read(&header, 255).is_err(), "{header}");
        }
    }

    #[test]
    fn a_name_is_cut_at_its_limit_and_keeps_its_ending() {
        assert_eq!(shown_name(&"ä".repeat(200), 255).len(), 254);
        let cut = shown_name(&format!("{}.jpeg", "x".repeat(300)), 255);
        assert_eq!(cut.len(), 255);
        assert!(cut.ends_with("x.jpeg"));
        assert_eq!(shown_name("abc.jpeg", 8), "abc.jpeg");
        assert_eq!(shown_name("abcdef.jpeg", 8), "abcdef.j");
        for nothing in ["", "..", ".", " / ", "\u{200b}\u{7}"] {
            assert_eq!(shown_name(nothing, 255), "file");
        }
    }

    #[test]
    fn a_number_is_digits_alone() {
        assert_eq!(number("0"), Some(0));
        assert_eq!(number(&u64::MAX.to_string()), Some(u64::MAX));
        for text in ["", "+1", "-1", " 1", "1.0", "18446744073709551616"] {
            assert_eq!(number(text), None, "{text}");
        }
    }
}
