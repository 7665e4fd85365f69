//! `#include <fcntl.h>`, `<sys/stat.h>`, `<unistd.h>`: paths and what they name.

use super::constants::format_flags;
use crate::identifier::{Address, FileDescriptor};
use crate::syscall::Operand;
use core::fmt;

bitflags::bitflags! {
    /// `O_*`: how a file is opened. The bits here are those of x86_64; an ABI with other bits gets its own when the
    /// instruction is executed.
    ///
    /// [`RDONLY`](Self::RDONLY), [`WRONLY`](Self::WRONLY) and [`RDWR`](Self::RDWR) are the three values of one field of two
    /// bits; `RDONLY` is 0.
    #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
    pub struct OFlags: u32 {
        /// `O_RDONLY`
        #[doc(alias = "O_RDONLY")]
        const RDONLY = 0;
        /// `O_WRONLY`
        #[doc(alias = "O_WRONLY")]
        const WRONLY = 0o1;
        /// `O_RDWR`
        #[doc(alias = "O_RDWR")]
        const RDWR = 0o2;
        /// `O_CREAT`
        #[doc(alias = "O_CREAT")]
        const CREATE = 0o100;
        /// `O_EXCL`
        #[doc(alias = "O_EXCL")]
        const EXCL = 0o200;
        /// `O_NOCTTY`
        #[doc(alias = "O_NOCTTY")]
        const NOCTTY = 0o400;
        /// `O_TRUNC`
        #[doc(alias = "O_TRUNC")]
        const TRUNC = 0o1000;
        /// `O_APPEND`
        #[doc(alias = "O_APPEND")]
        const APPEND = 0o2000;
        /// `O_NONBLOCK`
        #[doc(alias = "O_NONBLOCK")]
        const NONBLOCK = 0o4000;
        /// `O_DSYNC`
        #[doc(alias = "O_DSYNC")]
        const DSYNC = 0o10000;
        /// `O_ASYNC`
        #[doc(alias = "O_ASYNC")]
        const ASYNC = 0o20000;
        /// `O_DIRECT`
        #[doc(alias = "O_DIRECT")]
        const DIRECT = 0o40000;
        /// `O_LARGEFILE`; 64-bit kernels set it by themselves
        #[doc(alias = "O_LARGEFILE")]
        const LARGEFILE = 0o100_000;
        /// `O_DIRECTORY`
        #[doc(alias = "O_DIRECTORY")]
        const DIRECTORY = 0o200_000;
        /// `O_NOFOLLOW`
        #[doc(alias = "O_NOFOLLOW")]
        const NOFOLLOW = 0o400_000;
        /// `O_NOATIME`
        #[doc(alias = "O_NOATIME")]
        const NOATIME = 0o1_000_000;
        /// `O_CLOEXEC`
        #[doc(alias = "O_CLOEXEC")]
        const CLOEXEC = 0o2_000_000;
        /// `O_SYNC`; includes `O_DSYNC`
        #[doc(alias = "O_SYNC")]
        const SYNC = 0o4_010_000;
        /// `O_PATH`
        #[doc(alias = "O_PATH")]
        const PATH = 0o10_000_000;
        /// `O_TMPFILE`; includes `O_DIRECTORY`
        #[doc(alias = "O_TMPFILE")]
        const TMPFILE = 0o20_200_000;
        /// Bits without a name here are kept.
        const _ = !0;
    }
}

impl OFlags {
    /// The word in a register, in the neutral encoding.
    #[inline(always)]
    pub const fn word(self) -> u64 {
        self.bits() as u64
    }
}

impl Operand for OFlags {
    #[inline(always)]
    fn word(self) -> u64 {
        self.word()
    }

    fn format(word: u64, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What includes another comes before it.
        const NAMES: &[(&str, u64)] = &[
            ("O_TMPFILE", OFlags::TMPFILE.word()),
            ("O_SYNC", OFlags::SYNC.word()),
            ("O_CREAT", OFlags::CREATE.word()),
            ("O_EXCL", OFlags::EXCL.word()),
            ("O_NOCTTY", OFlags::NOCTTY.word()),
            ("O_TRUNC", OFlags::TRUNC.word()),
            ("O_APPEND", OFlags::APPEND.word()),
            ("O_NONBLOCK", OFlags::NONBLOCK.word()),
            ("O_DSYNC", OFlags::DSYNC.word()),
            ("O_ASYNC", OFlags::ASYNC.word()),
            ("O_DIRECT", OFlags::DIRECT.word()),
            ("O_LARGEFILE", OFlags::LARGEFILE.word()),
            ("O_DIRECTORY", OFlags::DIRECTORY.word()),
            ("O_NOFOLLOW", OFlags::NOFOLLOW.word()),
            ("O_NOATIME", OFlags::NOATIME.word()),
            ("O_CLOEXEC", OFlags::CLOEXEC.word()),
            ("O_PATH", OFlags::PATH.word()),
        ];
        f.write_str(match word & 3 {
            0 => "O_RDONLY",
            1 => "O_WRONLY",
            2 => "O_RDWR",
            _ => "O_ACCMODE",
        })?;
        match word & !3 {
            0 => Ok(()),
            rest => {
                f.write_str("|")?;
                format_flags(rest, NAMES, f)
            }
        }
    }
}

impl fmt::Display for OFlags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        <Self as Operand>::format(self.word(), f)
    }
}

/// `mode_t`: the permission bits of a file, and above them the set-id and sticky bits. Prints in octal.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
#[repr(transparent)]
pub struct Mode(u32);

impl Mode {
    /// No bits.
    pub const fn empty() -> Self {
        Self(0)
    }

    /// These bits: `Mode::from_raw(0o644)`.
    pub const fn from_raw(bits: u32) -> Self {
        Self(bits)
    }

    /// The bits.
    pub const fn into_raw(self) -> u32 {
        self.0
    }

    /// The word in a register.
    #[inline(always)]
    pub const fn word(self) -> u64 {
        self.0 as u64
    }
}

impl Operand for Mode {
    #[inline(always)]
    fn word(self) -> u64 {
        self.word()
    }

    fn format(word: u64, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if word == 0 { f.write_str("0") } else { write!(f, "0{word:o}") }
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        <Self as Operand>::format(self.word(), f)
    }
}

instructions! {
    /// `int openat(int dirfd, const char *pathname, int flags, mode_t mode)`
    ///
    /// Opens, and with [`OFlags::CREATE`] creates, a file. `mode` counts only then.
    openat(dirfd: FileDescriptor, pathname: Address, flags: OFlags, mode: Mode) -> FileDescriptor;
    /// `int fstat(int fd, struct stat *statbuf)`
    fstat(fd: FileDescriptor, statbuf: Address) -> ();
}
