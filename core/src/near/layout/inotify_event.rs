//! `struct inotify_event`

use super::{Layout, Malformed, entry, until_null};
use crate::abi::Native;
use crate::identifier::WatchDescriptor;
use crate::near::event::InotifyMask;

/// One event of what is read from an inotify descriptor.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct InotifyEvent<'b> {
    /// The watch; -1 with `IN_Q_OVERFLOW`.
    pub wd: WatchDescriptor,
    /// What happened.
    pub mask: InotifyMask,
    /// The same for the two events of one rename, else 0.
    pub cookie: u32,
    /// The name in the watched folder, without nulls behind it; empty if it is about the folder itself.
    pub name: &'b [u8],
}

/// The events in a buffer, in their order.
///
/// An event that cannot be is an error, and the end: whatever the buffer holds, nothing is read outside of it and the
/// walk ends.
#[derive(Clone, Copy, Debug)]
pub struct InotifyEvents<'b> {
    buffer: &'b [u8],
    offset: usize,
}

layouts! {
    /// What stands before the name.
    InotifyHeader, 16, 4 {
        /// The watch.
        0 wd: i32,
        /// What happened.
        4 mask: u32,
        /// The same for the two events of one rename, else 0.
        8 cookie: u32,
        /// How many bytes the name has, nulls included.
        12 len: u32,
    }
}

// It is the same in every ABI.
const HEADER: usize = <InotifyHeader as Layout<Native>>::SIZE;

impl<'b> InotifyEvents<'b> {
    /// The events in what was read.
    pub const fn new(buffer: &'b [u8]) -> Self {
        Self { buffer, offset: 0 }
    }

    fn decode(&self) -> Result<(InotifyEvent<'b>, usize), Malformed> {
        let malformed = Malformed { offset: self.offset, length: HEADER, left: self.buffer.len() };
        let header = <InotifyHeader as Layout<Native>>::decode(self.buffer).map_err(|_| malformed)?;
        // What does not fit into a usize does not fit into the buffer either.
        let name_length = usize::try_from(header.len).unwrap_or(usize::MAX);
        let length = HEADER.saturating_add(name_length);
        let (whole, _) = entry(self.buffer, self.offset, HEADER, length)?;
        let decoded = InotifyEvent {
            wd: WatchDescriptor::from_raw(header.wd),
            mask: InotifyMask::from_bits_retain(header.mask),
            cookie: header.cookie,
            name: until_null(whole.get(HEADER..).unwrap_or_default()),
        };
        Ok((decoded, length))
    }
}

impl<'b> Iterator for InotifyEvents<'b> {
    type Item = Result<InotifyEvent<'b>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.buffer.is_empty() {
            return None;
        }
        let decoded = self.decode();
        let length = decoded.map_or(usize::MAX, |(_, length)| length);
        self.buffer = self.buffer.get(length..).unwrap_or_default();
        self.offset = self.offset.saturating_add(length);
        Some(decoded.map(|(event, _)| event))
    }
}
