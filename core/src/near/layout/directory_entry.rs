//! `struct linux_dirent64`

use super::{Layout, Malformed, entry};
use crate::abi::Native;
use crate::near::fs::DirectoryEntryType;

/// One entry of what `getdents64` writes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DirectoryEntry<'b> {
    /// The inode.
    pub d_ino: u64,
    /// Where `lseek` goes to read on behind this entry.
    pub d_off: i64,
    /// What kind of file it is, if the file system says so.
    pub d_type: DirectoryEntryType,
    /// The name, without the null behind it.
    pub d_name: &'b [u8],
}

/// The entries in a buffer, in their order.
///
/// An entry that cannot be is an error, and the end: whatever the buffer holds, nothing is read outside of it and the
/// walk ends.
///
/// ```
/// use rsyscall_core::near::layout::DirectoryEntries;
/// let mut buffer = [0; 24];
/// buffer[16] = 24;
/// buffer[19..21].copy_from_slice(b"ab");
/// let names: Vec<_> = DirectoryEntries::new(&buffer).map(|entry| entry.map(|entry| entry.d_name)).collect();
/// assert_eq!(names, [Ok(&b"ab"[..])]);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct DirectoryEntries<'b> {
    buffer: &'b [u8],
    offset: usize,
}

layouts! {
    /// What stands before the name.
    DirectoryEntryHeader, 19, 1 {
        /// The inode.
        0 d_ino: u64,
        /// Where `lseek` goes to read on behind this entry.
        8 d_off: i64,
        /// How many bytes the entry has.
        16 d_reclen: u16,
        /// What kind of file it is.
        18 d_type: u8,
    }
}

// It is the same in every ABI.
const HEADER: usize = <DirectoryEntryHeader as Layout<Native>>::SIZE;

impl<'b> DirectoryEntries<'b> {
    /// The entries in what `getdents64` has written: as many bytes as it returned.
    pub const fn new(buffer: &'b [u8]) -> Self {
        Self { buffer, offset: 0 }
    }

    fn decode(&self) -> Result<(DirectoryEntry<'b>, usize), Malformed> {
        let malformed = Malformed { offset: self.offset, length: HEADER, left: self.buffer.len() };
        let header = <DirectoryEntryHeader as Layout<Native>>::decode(self.buffer).map_err(|_| malformed)?;
        let length = usize::from(header.d_reclen);
        let malformed = Malformed { length, ..malformed };
        let (whole, _) = entry(self.buffer, self.offset, HEADER, length)?;
        let name = whole.get(HEADER..).unwrap_or_default();
        let end = name.iter().position(|&byte| byte == 0).ok_or(malformed)?;
        let decoded = DirectoryEntry {
            d_ino: header.d_ino,
            d_off: header.d_off,
            d_type: DirectoryEntryType::from_raw(u32::from(header.d_type)),
            d_name: name.get(..end).unwrap_or_default(),
        };
        Ok((decoded, length))
    }
}

impl<'b> Iterator for DirectoryEntries<'b> {
    type Item = Result<DirectoryEntry<'b>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.buffer.is_empty() {
            return None;
        }
        let decoded = self.decode();
        let length = decoded.map_or(usize::MAX, |(_, length)| length);
        self.buffer = self.buffer.get(length..).unwrap_or_default();
        self.offset = self.offset.saturating_add(length);
        Some(decoded.map(|(entry, _)| entry))
    }
}
