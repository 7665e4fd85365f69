//! `pid_t pgid`

use core::fmt;

/// A process group: an entry in one pid namespace.
///
/// From this value alone nobody knows which pid namespace that is.
///
/// ```
/// use rsyscall_core::identifier::ProcessGroup;
/// assert_eq!(ProcessGroup::from_raw(7).to_string(), "ProcessGroup(7)");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(transparent)]
pub struct ProcessGroup(i32);

impl ProcessGroup {
    /// The group of the process that the call is about, where 0 means that (`setpgid(pid, 0)`: lead a new group).
    pub const OWN: Self = Self(0);

    /// The process group with this number.
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

impl fmt::Display for ProcessGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ProcessGroup({})", self.0)
    }
}
