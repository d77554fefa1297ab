//! Several frames as one body, for transports that carry requests rather than messages: each frame
//! behind its length.

use alloc::vec::Vec;

use crate::varint::{DecodeError, Reader, put_bytes};

/// Appends a frame to a batch.
///
/// ```
/// let mut body = Vec::new();
/// holm_wire::batch::put(&mut body, &[0x00]);
/// assert_eq!(body, [1, 0x00]);
/// ```
pub fn put(batch: &mut Vec<u8>, frame: &[u8]) {
    put_bytes(batch, frame);
}

/// The frames of a batch. The iterator ends after the first error.
pub fn frames(batch: &[u8]) -> Frames<'_> {
    Frames { reader: Some(Reader::new(batch)) }
}

/// Iterates over a batch; made by [`frames`].
#[derive(Debug, Clone)]
pub struct Frames<'a> {
    reader: Option<Reader<'a>>,
}

impl<'a> Iterator for Frames<'a> {
    type Item = Result<&'a [u8], DecodeError>;

    fn next(&mut self) -> Option<Self::Item> {
        let reader = self.reader.as_mut()?;
        if reader.is_empty() {
            return None;
        }
        let frame = reader.bytes();
        if frame.is_err() {
            self.reader = None;
        }
        Some(frame)
    }
}
