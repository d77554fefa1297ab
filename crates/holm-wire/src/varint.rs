//! Varints, strings and the bounded reader every decoder is built on.

use alloc::vec::Vec;
use core::fmt;

/// Why bytes are not a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DecodeError {
    /// The bytes end inside a field.
    Truncated,
    /// A varint is longer than ten bytes or larger than 64 bits.
    Overflow,
    /// A text field is not UTF-8.
    Utf8,
    /// The kind byte or an opcode names nothing.
    Kind(u8),
    /// Bytes are left over after the last field.
    Trailing,
    /// A field holds a value its meaning does not allow.
    Value,
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Truncated => f.write_str("the frame ends inside a field"),
            Self::Overflow => f.write_str("a number in the frame is larger than 64 bits"),
            Self::Utf8 => f.write_str("a text field of the frame is not UTF-8"),
            Self::Kind(kind) => write!(f, "no frame or operation has the kind byte {kind:#04x}"),
            Self::Trailing => f.write_str("the frame goes on after its last field"),
            Self::Value => f.write_str("a field of the frame holds a value it cannot have"),
        }
    }
}

impl core::error::Error for DecodeError {}

/// Appends `value` as a LEB128 varint: one byte below 128, at most ten.
pub fn put(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(low_byte(value) | 0x80);
        value >>= 7;
    }
    out.push(low_byte(value));
}

const fn low_byte(value: u64) -> u8 {
    value.to_le_bytes()[0]
}

/// Appends a `str` or `bytes` field: varint length, then the bytes.
pub fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

/// Maps a signed number to an unsigned one so that small magnitudes stay small: 0, -1, 1, -2 become 0, 1, 2, 3.
pub const fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)).cast_unsigned()
}

/// The inverse of [`zigzag`].
pub const fn unzigzag(value: u64) -> i64 {
    (value >> 1).cast_signed() ^ -(value & 1).cast_signed()
}

/// Reads fields off the front of a byte slice, never past its end.
#[derive(Debug, Clone, Copy)]
pub struct Reader<'a> {
    bytes: &'a [u8],
}

impl<'a> Reader<'a> {
    /// A reader over all of `bytes`.
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }

    /// Whether every byte has been read.
    pub const fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// How many bytes are left.
    pub const fn len(&self) -> usize {
        self.bytes.len()
    }

    /// The next byte.
    ///
    /// # Errors
    /// [`DecodeError::Truncated`] at the end.
    pub fn byte(&mut self) -> Result<u8, DecodeError> {
        let (&first, rest) = self.bytes.split_first().ok_or(DecodeError::Truncated)?;
        self.bytes = rest;
        Ok(first)
    }

    /// The next varint.
    ///
    /// # Errors
    /// [`DecodeError::Truncated`] at the end, [`DecodeError::Overflow`] past 64 bits.
    pub fn varint(&mut self) -> Result<u64, DecodeError> {
        let mut value = 0u64;
        let mut shift = 0;
        loop {
            let byte = self.byte()?;
            if shift == 63 && byte > 1 {
                return Err(DecodeError::Overflow);
            }
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
            shift += 7;
        }
    }

    /// The next varint, as a 32-bit count or index.
    ///
    /// # Errors
    /// As [`Reader::varint`], and [`DecodeError::Overflow`] past 32 bits.
    pub fn index(&mut self) -> Result<u32, DecodeError> {
        u32::try_from(self.varint()?).map_err(|_| DecodeError::Overflow)
    }

    /// The next four bytes as a little-endian number.
    ///
    /// # Errors
    /// [`DecodeError::Truncated`] when fewer are left.
    pub fn u32_le(&mut self) -> Result<u32, DecodeError> {
        let (head, rest) = self.bytes.split_first_chunk::<4>().ok_or(DecodeError::Truncated)?;
        self.bytes = rest;
        Ok(u32::from_le_bytes(*head))
    }

    /// The next `len` bytes.
    ///
    /// # Errors
    /// [`DecodeError::Truncated`] when fewer are left.
    pub fn take(&mut self, len: usize) -> Result<&'a [u8], DecodeError> {
        let (head, rest) = self.bytes.split_at_checked(len).ok_or(DecodeError::Truncated)?;
        self.bytes = rest;
        Ok(head)
    }

    /// The next `bytes` field.
    ///
    /// # Errors
    /// As [`Reader::varint`] and [`Reader::take`].
    pub fn bytes(&mut self) -> Result<&'a [u8], DecodeError> {
        let len = self.varint()?;
        self.take(usize::try_from(len).map_err(|_| DecodeError::Truncated)?)
    }

    /// The next `str` field.
    ///
    /// # Errors
    /// As [`Reader::bytes`], and [`DecodeError::Utf8`].
    pub fn str(&mut self) -> Result<&'a str, DecodeError> {
        text(self.bytes()?)
    }

    /// Everything that is left.
    pub fn rest(&mut self) -> &'a [u8] {
        core::mem::take(&mut self.bytes)
    }

    /// Everything that is left, as text.
    ///
    /// # Errors
    /// [`DecodeError::Utf8`].
    pub fn rest_str(&mut self) -> Result<&'a str, DecodeError> {
        text(self.rest())
    }

    /// Ends a frame that has no `rest` field.
    ///
    /// # Errors
    /// [`DecodeError::Trailing`] when bytes are left.
    pub fn end(&self) -> Result<(), DecodeError> {
        if self.is_empty() { Ok(()) } else { Err(DecodeError::Trailing) }
    }
}

pub(crate) fn text(bytes: &[u8]) -> Result<&str, DecodeError> {
    core::str::from_utf8(bytes).map_err(|_| DecodeError::Utf8)
}
