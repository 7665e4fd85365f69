//! What the kernel packs one after the other: a header that says how long the whole is, and data behind it.

use super::{Layout, Truncated};
use crate::abi::Native;
use core::fmt;

/// What stands in a buffer cannot be what a kernel wrote: an entry is shorter than what it must have, or reaches past
/// the end.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Malformed {
    /// Where the entry begins that is wrong.
    pub offset: usize,
    /// How many bytes it, or its data, would need.
    pub needed: usize,
    /// How many there are.
    pub found: usize,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the entry at byte {} needs {} bytes and has {}", self.offset, self.needed, self.found)
    }
}

impl core::error::Error for Malformed {}

/// A walk over entries. One that cannot be is an error, and the end: whatever the buffer holds, nothing is read outside
/// of it and the walk ends.
#[derive(Clone, Copy, Debug)]
pub(super) struct Packed<'b> {
    buffer: &'b [u8],
    offset: usize,
}

impl<'b> Packed<'b> {
    pub(super) const fn new(buffer: &'b [u8]) -> Self {
        Self { buffer, offset: 0 }
    }

    /// How many bytes are left.
    pub(super) const fn left(&self) -> usize {
        self.buffer.len()
    }

    /// The next entry, made of its header, which is the same in every ABI, and the data behind that. `length` is how
    /// many bytes both have; the next entry begins at a multiple of `alignment`.
    pub(super) fn next<H: Layout<Native>, T>(
        &mut self,
        alignment: usize,
        length: impl FnOnce(&H) -> usize,
        decode: impl FnOnce(H, &'b [u8]) -> Result<T, Truncated>,
    ) -> Option<Result<T, Malformed>> {
        let Self { buffer, offset } = *self;
        if buffer.is_empty() {
            return None;
        }
        let mut behind = usize::MAX;
        let entry = H::decode(buffer).and_then(|header| {
            let length = length(&header);
            if length < H::SIZE {
                return Err(Truncated { needed: H::SIZE, found: length });
            }
            let truncated = Truncated { needed: length, found: buffer.len() };
            let entry = decode(header, buffer.get(H::SIZE..length).ok_or(truncated)?)?;
            behind = length.checked_next_multiple_of(alignment).unwrap_or(usize::MAX);
            Ok(entry)
        });
        self.buffer = buffer.get(behind..).unwrap_or_default();
        self.offset = offset.saturating_add(behind);
        Some(entry.map_err(|Truncated { needed, found }| Malformed { offset, needed, found }))
    }
}
