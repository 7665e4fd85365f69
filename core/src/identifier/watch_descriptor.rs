//! `int wd`

use core::fmt;

/// A watch descriptor: names one watch of one inotify instance.
///
/// From this value alone nobody knows which inotify instance that is.
///
/// ```
/// use rsyscall_core::identifier::WatchDescriptor;
/// assert_eq!(WatchDescriptor::from_raw(1).to_string(), "WD(1)");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(transparent)]
pub struct WatchDescriptor(i32);

impl WatchDescriptor {
    /// The watch descriptor with this number. `-1` stands in the events of a queue that overflowed.
    #[inline(always)]
    pub const fn from_raw(number: i32) -> Self {
        Self(number)
    }

    /// The number.
    #[inline(always)]
    pub const fn into_raw(self) -> i32 {
        self.0
    }
}

impl fmt::Display for WatchDescriptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WD({})", self.0)
    }
}
