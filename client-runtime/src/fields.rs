//! A frame's fields, read one after the other.
#![allow(unsafe_code, reason = "a text is handed on by its length alone")]

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
            let byte = self.byte();
            value |= (byte & 127).wrapping_shl(shift);
            if byte < 128 {
                return value;
            }
            shift += 7;
        }
    }

    /// A byte, as the number it is.
    #[inline(never)]
    pub fn byte(&mut self) -> u32 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        (*first).into()
    }

    /// So many bytes.
    #[inline(always)]
    pub fn take(&mut self, len: u32) -> &'a [u8] {
        let passed = self.pass(len);
        // SAFETY: `pass` has just moved the rest's beginning over so many bytes of the same frame.
        unsafe { core::slice::from_raw_parts(self.0.as_ptr().sub(passed), passed) }
    }

    /// A length, and so many bytes.
    #[inline(always)]
    pub fn bytes(&mut self) -> &'a [u8] {
        let len = self.int();
        self.take(len)
    }

    /// Goes on after so many bytes and answers how many they are: as one number, since in wasm a slice
    /// would be answered through memory.
    #[inline(never)]
    fn pass(&mut self, len: u32) -> usize {
        let Some((_, rest)) = self.0.split_at_checked(len as usize) else { return 0 };
        self.0 = rest;
        len as usize
    }

    /// The rest.
    pub fn rest(&mut self) -> &'a [u8] {
        core::mem::take(&mut self.0)
    }
}
