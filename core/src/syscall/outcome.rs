//! From the word that a kernel returned.

use crate::identifier::{Address, FileDescriptor, Process, ProcessGroup, WatchDescriptor};
use core::fmt;

/// What a successful call returns.
///
/// The conversion is total: a word that does not fit is cut down as the C prototype would cut it, never a panic.
pub trait Outcome: Copy {
    /// The result in this word.
    fn from_word(word: u64) -> Self;

    /// The result as text, as strace would show it.
    ///
    /// # Errors
    ///
    /// Only those of the formatter.
    fn format(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result;
}

impl Outcome for () {
    #[inline(always)]
    fn from_word(_: u64) {}

    fn format(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("0")
    }
}

macro_rules! outcomes {
    ($($type:ty: $word:ident => $convert:expr;)*) => { $(
        impl Outcome for $type {
            #[inline(always)]
            #[expect(clippy::allow_attributes, reason = "which of the casts are lossy differs from row to row")]
            #[allow(clippy::cast_possible_truncation, clippy::cast_possible_wrap, reason = "cut as C would")]
            fn from_word($word: u64) -> Self {
                $convert
            }

            fn format(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }
    )* };
}

outcomes! {
    usize: word => word as usize;
    u64: word => word;
    i64: word => word as i64;
    i32: word => word as i32;
    u32: word => word as u32;
    Address: word => Self::from_raw(word);
    FileDescriptor: word => Self::from_raw(word as i32);
    Process: word => Self::from_raw(word as i32);
    ProcessGroup: word => Self::from_raw(word as i32);
    WatchDescriptor: word => Self::from_raw(word as i32);
}
