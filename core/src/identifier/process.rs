//! `pid_t pid`

use core::fmt;

/// A process or thread: an entry in one pid namespace.
///
/// From this value alone nobody knows which pid namespace that is, nor whether the process still exists: pids are
/// reused. Where a call gives 0 or a negative number a meaning of its own, that call takes another type.
///
/// ```
/// use rsyscall_core::identifier::Process;
/// assert_eq!(Process::from_raw(7).to_string(), "Process(7)");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(transparent)]
pub struct Process(i32);

impl Process {
    /// The calling task itself, where a call takes a pid and 0 means "me".
    pub const CALLER: Self = Self(0);

    /// The process with this number.
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

impl fmt::Display for Process {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Process({})", self.0)
    }
}
