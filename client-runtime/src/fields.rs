//! A frame's fields, read one after the other.

/// Reads fields off a frame. Past its end, where the server's encoder never goes, they are 0 or empty:
/// the client then finds another DOM than it was told of and asks for a snapshot, so no read has to
/// carry an error.
#[derive(Debug, Clone)]
pub struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    /// The fields of a frame.
    pub const fn new(frame: &'a [u8]) -> Self {
        Self(frame)
    }

    /// Whether everything has been read.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// A varint. What is counted on one page stays below 2^32.
    #[inline(never)]
    pub fn int(&mut self) -> u32 {
        let (mut value, mut shift) = (0, 0);
        loop {
            let byte = u32::from(self.byte());
            value |= (byte & 127).wrapping_shl(shift);
            if byte < 128 {
                return value;
            }
            shift += 7;
        }
    }

    /// A byte.
    #[inline(never)]
    pub fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    /// So many bytes.
    #[inline(never)]
    pub fn take(&mut self, len: u32) -> &'a [u8] {
        let Some((taken, rest)) = self.0.split_at_checked(len as usize) else { return &[] };
        self.0 = rest;
        taken
    }

    /// A length, and so many bytes.
    #[inline(never)]
    pub fn bytes(&mut self) -> &'a [u8] {
        let len = self.int();
        self.take(len)
    }

    /// The rest.
    pub fn rest(&mut self) -> &'a [u8] {
        core::mem::take(&mut self.0)
    }
}
