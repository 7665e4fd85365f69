//! `int fd`

use core::fmt;

/// A file descriptor: an index into one file descriptor table.
///
/// It names a slot in a specific table, but from this value alone nobody knows which table that is, nor whether the
/// slot is in use. It closes nothing when it goes away.
///
/// ```
/// use rsyscall_core::identifier::FileDescriptor;
/// assert_eq!(FileDescriptor::from_raw(3).to_string(), "FD(3)");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(transparent)]
pub struct FileDescriptor(i32);

impl FileDescriptor {
    /// The current working directory, where a call takes a `dirfd`.
    pub const AT_FDCWD: Self = Self(linux_raw_sys::general::AT_FDCWD);
    /// No file: what `mmap` takes with `MAP_ANONYMOUS`, and `-1` wherever a call takes an optional descriptor.
    pub const NONE: Self = Self(-1);
    /// Standard input, by convention.
    pub const STDIN: Self = Self(0);
    /// Standard output, by convention.
    pub const STDOUT: Self = Self(1);
    /// Standard error, by convention.
    pub const STDERR: Self = Self(2);

    /// The descriptor with this number.
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

impl fmt::Display for FileDescriptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::AT_FDCWD => f.write_str("AT_FDCWD"),
            Self(number) => write!(f, "FD({number})"),
        }
    }
}
