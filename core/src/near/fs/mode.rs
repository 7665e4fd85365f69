//! `mode_t mode`

use super::FileType;
use crate::syscall::{Operand, Outcome, Style, Text};
use core::fmt;

/// `mode_t`: the permission bits of a file, above them the set-id and sticky bits, and above these the
/// [`FileType`]. Prints in octal.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
#[repr(transparent)]
pub struct Mode(u32);

/// `S_IFMT`
const FILE_TYPE: u32 = 0o170_000;

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

    /// What kind of file it is, as `stat` says and `mknodat` takes.
    pub const fn file_type(self) -> FileType {
        FileType::from_raw(self.0 & FILE_TYPE)
    }

    /// The same of this kind of file.
    #[must_use]
    pub const fn with(self, file_type: FileType) -> Self {
        Self((self.0 & !FILE_TYPE) | file_type.into_raw())
    }

    /// The word in a register.
    #[inline(always)]
    pub const fn word(self) -> u64 {
        self.0 as u64
    }
}

impl Operand for Mode {
    const OMIT_ZERO: bool = true;
    const TEXT: Text =
        u32::TEXT.with_values(FileType::TEXT.values).with_flags(FILE_TYPE as u64, &[]).style(Style::Octal);

    #[inline(always)]
    fn word(self) -> u64 {
        self.word()
    }
}

impl Outcome for Mode {
    #[inline(always)]
    fn from_word(word: u64) -> Self {
        Self(u32::from_word(word))
    }

    fn format(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        <Self as Operand>::format(self.word(), f)
    }
}
