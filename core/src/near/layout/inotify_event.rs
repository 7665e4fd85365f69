//! `struct inotify_event`

use super::packed::Packed;
use super::{Layout, Malformed, until_null};
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
pub struct InotifyEvents<'b>(Packed<'b>);

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

impl<'b> InotifyEvents<'b> {
    /// The events in what was read.
    pub const fn new(buffer: &'b [u8]) -> Self {
        Self(Packed::new(buffer))
    }
}

impl<'b> Iterator for InotifyEvents<'b> {
    type Item = Result<InotifyEvent<'b>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        // What does not fit into a usize does not fit into the buffer either.
        let length = |header: &InotifyHeader| {
            let name = usize::try_from(header.len).unwrap_or(usize::MAX);
            <InotifyHeader as Layout<Native>>::SIZE.saturating_add(name)
        };
        self.0.next(1, length, |InotifyHeader { wd, mask, cookie, .. }, name| {
            Ok(InotifyEvent {
                wd: WatchDescriptor::from_raw(wd),
                mask: InotifyMask::from_bits_retain(mask),
                cookie,
                name: until_null(name),
            })
        })
    }
}
