//! A frame's fields, read one after the other.

use holm_wire::Reader;

/// Reads fields off a frame. Past its end, where the server's encoder never goes, they are 0 or empty:
/// the client then finds another DOM than it was told of and asks for a snapshot, so no read has to
/// carry an error.
#[derive(Debug, Clone)]
pub struct Fields<'a>(Reader<'a>);

impl<'a> Fields<'a> {
    /// The fields of a frame.
    pub const fn new(frame: &'a [u8]) -> Self {
        Self(Reader::new(frame))
    }

    /// Whether everything has been read.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// A varint. What is counted on one page stays below 2^32.
    #[inline(never)]
    pub fn int(&mut self) -> u32 {
        self.0.varint().unwrap_or(0) as u32
    }

    /// A byte.
    #[inline(never)]
    pub fn byte(&mut self) -> u8 {
        self.0.byte().unwrap_or(0)
    }

    /// So many bytes.
    #[inline(never)]
    pub fn take(&mut self, len: u32) -> &'a [u8] {
        self.0.take(len as usize).unwrap_or_default()
    }

    /// A length, and so many bytes.
    #[inline(never)]
    pub fn bytes(&mut self) -> &'a [u8] {
        let len = self.int();
        self.take(len)
    }

    /// The rest.
    pub fn rest(&mut self) -> &'a [u8] {
        self.0.rest()
    }
}
