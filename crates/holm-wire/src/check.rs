//! The check: a 32-bit hash of an island's shape and text.
//!
//! The server computes it from its tree when it serves a page and seals it; the page computes it
//! from the DOM when it joins. Equal means that nothing stands between the two before the page's
//! own watch over foreign changes begins; otherwise the server answers with a snapshot.
//!
//! FNV-1a over 16-bit units, in document order: an element is unit 1, then its local name's UTF-16
//! units, then its children, then unit 2; text is unit 3 and its data; a comment is unit 4 and its
//! data. The children of `holm-island`, `template`, `noscript`, `iframe`, and of an element with
//! `data-live-ignore` or `data-live-list` are left out. Three values are no hashes: [`UNKNOWN`],
//! [`MOVED_ON`] and [`FRESH`].

/// Nobody computed the check: it is not compared.
pub const UNKNOWN: u32 = 0;

/// The page has taken edits since it got its seal, so its DOM is not the sealed state's: the server
/// answers with a snapshot.
pub const MOVED_ON: u32 = 1;

/// The page lets go of the state that its session seal held, which was refused, and begins again with
/// the seal it was served with: the server answers with a snapshot, and with an event number that no
/// earlier event of the island had.
pub const FRESH: u32 = 2;

/// Builds a check.
#[derive(Debug, Clone, Copy)]
pub struct Check(u32);

impl Default for Check {
    fn default() -> Self {
        Self::new()
    }
}

impl Check {
    /// The check of nothing so far.
    pub const fn new() -> Self {
        Self(0x811c_9dc5)
    }

    fn unit(&mut self, unit: u16) {
        self.0 = (self.0 ^ u32::from(unit)).wrapping_mul(0x0100_0193);
    }

    fn units(&mut self, mark: u16, text: &str) {
        self.unit(mark);
        text.encode_utf16().for_each(|unit| self.unit(unit));
    }

    /// An element begins.
    pub fn open(&mut self, local_name: &str) {
        self.units(1, local_name);
    }

    /// The element ends.
    pub fn close(&mut self) {
        self.unit(2);
    }

    /// A text node.
    pub fn text(&mut self, data: &str) {
        self.units(3, data);
    }

    /// A comment.
    pub fn comment(&mut self, data: &str) {
        self.units(4, data);
    }

    /// The check, never [`UNKNOWN`], [`MOVED_ON`] or [`FRESH`].
    pub const fn finish(self) -> u32 {
        if self.0 <= FRESH { self.0 + 3 } else { self.0 }
    }
}

/// Whether the children of an element of this name are left out of the check and of every diff.
pub fn is_sealed_off(local_name: &str) -> bool {
    matches!(local_name, "holm-island" | "template" | "noscript" | "iframe")
}
