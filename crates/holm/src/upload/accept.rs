//! What an island takes: types, sizes, how many, and where they go.

use std::fmt;
use std::sync::Arc;

use holm_wire::Code;

use super::sink::{AnySink, UploadSink};
use super::{Upload, UploadId, Uploads};

/// Why a file is refused: a code for programs, a sentence for people.
pub(crate) type Refused = (Code, String);

/// What files an input takes; [`Accept::to`] says where they go.
///
/// Without a word on them it takes one file of any type with at most 8 MiB.
#[derive(Debug, Clone)]
pub struct Accept {
    types: Vec<Box<str>>,
    max_bytes: u64,
    max_files: usize,
    /// What the island's state has: files that are done, and files that were on their way.
    pub(crate) done: Vec<UploadId>,
    pub(crate) open: Vec<UploadId>,
}

impl Default for Accept {
    fn default() -> Self {
        Self { types: Vec::new(), max_bytes: 8 << 20, max_files: 1, done: Vec::new(), open: Vec::new() }
    }
}

impl Accept {
    /// One file of any type.
    pub fn new() -> Self {
        Self::default()
    }

    /// Images, as `accept="image/*"` says it to the browser.
    pub fn images() -> Self {
        Self::new().types(["image/*"])
    }

    /// Takes these types: `image/png`, `image/*`, or an ending, `.pdf`. A file has to fit one of them.
    ///
    /// Type and ending are what the browser declares; what is in the file is for the app to look at. Give the input
    /// the same list as its `accept` attribute, so that people see it before they choose.
    pub fn types<T: AsRef<str>>(mut self, types: impl IntoIterator<Item = T>) -> Self {
        self.types = types.into_iter().map(|each| each.as_ref().trim().to_ascii_lowercase().into()).collect();
        self
    }

    /// Takes files of at most so many bytes; `Limits::upload_bytes` is the most there can be.
    pub fn max_bytes(mut self, bytes: u64) -> Self {
        self.max_bytes = bytes;
        self
    }

    /// Takes so many files. Counted are those under way and those that are done, for as long as the island lives;
    /// [`Cx::cancel_upload`](crate::Cx::cancel_upload) gives the place of one back. An island that comes back from its seal
    /// counts from nothing, unless it says what it has with [`Accept::holding`].
    pub fn max_files(mut self, files: usize) -> Self {
        self.max_files = files;
        self
    }

    /// Says in `restore` what the island's state has of this input: files that are done count for
    /// [`Accept::max_files`], and one that was on its way fails when `Limits::upload_idle` has passed and the page has
    /// not gone on with it, as after a restart of the server.
    pub fn holding(mut self, held: &Uploads) -> Self {
        let those =
            |which: fn(&Upload) -> bool| held.iter().filter(move |file| which(file)).map(|file| file.id);
        (self.done, self.open) = (those(Upload::is_done).collect(), those(Upload::is_open).collect());
        self
    }

    /// Sends them there.
    pub fn to(self, sink: impl UploadSink) -> Accepting {
        Accepting { rules: self, sink: Arc::new(sink) }
    }
}

/// What files an input takes, and where they go: [`Accept::to`].
#[derive(Clone)]
pub struct Accepting {
    pub(crate) rules: Accept,
    pub(crate) sink: Arc<dyn AnySink>,
}

impl fmt::Debug for Accepting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.rules.fmt(f)
    }
}

impl Accepting {
    /// How many files are taken.
    pub(crate) fn max_files(&self) -> usize {
        self.rules.max_files
    }

    /// Checks a file by what is said of it.
    pub(crate) fn check(&self, name: &str, kind: &str, size: u64, most: usize) -> Result<(), Refused> {
        let most = self.rules.max_bytes.min(most as u64);
        if size > most {
            return Err((Code::UploadTooLarge, format!("This file is larger than {}.", human(most))));
        }
        let types = &self.rules.types;
        if !types.is_empty() && !types.iter().any(|wanted| fits(wanted, name, kind)) {
            let sentence = format!("This kind of file is not taken; these are: {}.", types.join(", "));
            return Err((Code::UploadType, sentence));
        }
        Ok(())
    }

    /// The sentence for one file too many.
    pub(crate) fn too_many(&self) -> Refused {
        let most = self.rules.max_files;
        let files = if most == 1 { "file" } else { "files" };
        (Code::TooManyFiles, format!("No more than {most} {files} can be sent here."))
    }
}

/// Whether a declared type or a name's ending is the one wanted, which is written small.
fn fits(wanted: &str, name: &str, kind: &str) -> bool {
    if wanted.starts_with('.') {
        let start = name.len().checked_sub(wanted.len());
        return start.and_then(|at| name.get(at..)).is_some_and(|end| end.eq_ignore_ascii_case(wanted));
    }
    let kind = kind.split(';').next().unwrap_or_default().trim();
    match wanted.strip_suffix("/*") {
        Some("*") => true,
        Some(group) => kind.split_once('/').is_some_and(|(is, _)| is.eq_ignore_ascii_case(group)),
        None => kind.eq_ignore_ascii_case(wanted),
    }
}

/// A size as people read it.
fn human(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["bytes", "kB", "MB", "GB"];
    let (mut unit, mut scale) = (0, 1_u64);
    while unit + 1 < UNITS.len() && bytes / scale >= 1024 {
        unit += 1;
        scale *= 1024;
    }
    let tenths = u128::from(bytes) * 10 / u128::from(scale);
    match tenths % 10 {
        0 => format!("{} {}", tenths / 10, UNITS[unit]),
        rest => format!("{}.{rest} {}", tenths / 10, UNITS[unit]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::upload::Memory;

    #[test]
    fn a_file_fits_by_its_declared_type_or_its_ending() {
        let accepting = Accept::new().types(["image/*", ".PDF", "text/plain"]).to(Memory::new());
        for (name, kind) in [
            ("a.png", "image/png"),
            ("a", "IMAGE/Webp"),
            ("a.pdf", ""),
            ("é.Pdf", "x/y"),
            ("a", "text/plain; charset=utf-8"),
        ] {
            assert!(accepting.check(name, kind, 1, 10).is_ok(), "{name} {kind}");
        }
        for (name, kind) in [("a.exe", ""), ("pdf", ""), ("a.pdf.exe", "image"), ("ß", "text/html")] {
            let (code, sentence) = accepting.check(name, kind, 1, 10).unwrap_err();
            assert_eq!(code, Code::UploadType);
            assert!(sentence.contains("image/*, .pdf, text/plain"), "{sentence}");
        }
    }

    #[test]
    fn the_smaller_of_the_input_s_size_and_the_limit_counts_and_is_told() {
        let accepting = Accept::new().max_bytes(3 << 19).to(Memory::new());
        assert!(accepting.check("a", "", 3 << 19, 1 << 30).is_ok());
        let refused = accepting.check("a", "", (3 << 19) + 1, 1 << 30).unwrap_err();
        assert_eq!(refused, (Code::UploadTooLarge, "This file is larger than 1.5 MB.".to_owned()));
        assert!(accepting.check("a", "", 11, 10).unwrap_err().1.contains("10 bytes"));
    }
}
