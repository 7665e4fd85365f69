//! `struct linux_dirent64`

use super::packed::Packed;
use super::{Malformed, Truncated};
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
pub struct DirectoryEntries<'b>(Packed<'b>);

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

impl<'b> DirectoryEntries<'b> {
    /// The entries in what `getdents64` has written: as many bytes as it returned.
    pub const fn new(buffer: &'b [u8]) -> Self {
        Self(Packed::new(buffer))
    }
}

impl<'b> Iterator for DirectoryEntries<'b> {
    type Item = Result<DirectoryEntry<'b>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        let length = |header: &DirectoryEntryHeader| usize::from(header.d_reclen);
        self.0.next(1, length, |DirectoryEntryHeader { d_ino, d_off, d_type, .. }, name| {
            // A name without an end would need a byte more.
            let truncated = Truncated { needed: name.len().saturating_add(1), found: name.len() };
            let end = name.iter().position(|&byte| byte == 0).ok_or(truncated)?;
            let d_name = name.get(..end).unwrap_or_default();
            Ok(DirectoryEntry { d_ino, d_off, d_type: DirectoryEntryType::from_raw(d_type.into()), d_name })
        })
    }
}
