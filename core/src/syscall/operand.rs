//! To the word that a kernel takes.

use crate::identifier::{Address, FileDescriptor, Process, ProcessGroup, WatchDescriptor};
use core::fmt;

/// What an instruction takes: a type with one 64-bit word in a register and one way to be printed.
pub trait Operand: Copy {
    /// Whether a zero at the end of the arguments is not printed: the mode of a file that is not created.
    const OMIT_ZERO: bool = false;

    /// The word in the register, in the neutral encoding.
    fn word(self) -> u64;

    /// The operand of this word as text, as strace would show it.
    ///
    /// # Errors
    ///
    /// Only those of the formatter.
    fn format(word: u64, f: &mut fmt::Formatter<'_>) -> fmt::Result;
}

/// The word of an operand in a `const fn`: trait methods cannot be called there, so primitive types are cast here and
/// all others have an inherent `const fn word`.
macro_rules! operand_word {
    (usize $value:expr) => {
        $value as u64
    };
    (u64 $value:expr) => {
        $value
    };
    (u32 $value:expr) => {
        $value as u64
    };
    (i64 $value:expr) => {
        $value.cast_unsigned()
    };
    (i32 $value:expr) => {
        ($value as i64).cast_unsigned()
    };
    ($type:ident $value:expr) => {
        $value.word()
    };
}
pub(crate) use operand_word;

macro_rules! primitive_operands {
    ($($type:ident: $word:ident => $value:expr;)*) => { $(
        impl Operand for $type {
            #[inline(always)]
            fn word(self) -> u64 {
                operand_word!($type self)
            }

            #[expect(clippy::allow_attributes, reason = "which of the casts are lossy differs from row to row")]
            #[allow(clippy::cast_possible_truncation, reason = "the word was widened from this type")]
            fn format($word: u64, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}", $value)
            }
        }
    )* };
}

primitive_operands! {
    usize: word => word;
    u64: word => word;
    u32: word => word as u32;
    i64: word => word.cast_signed();
    i32: word => word as i32;
}

impl Address {
    /// The word in a register.
    #[inline(always)]
    pub const fn word(self) -> u64 {
        self.into_raw()
    }
}

impl Operand for Address {
    #[inline(always)]
    fn word(self) -> u64 {
        self.into_raw()
    }

    fn format(word: u64, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match word {
            0 => f.write_str("NULL"),
            _ => write!(f, "{}", Self::from_raw(word)),
        }
    }
}

macro_rules! number_operands {
    ($($type:ident)*) => { $(
        impl $type {
            /// The word in a register: the number, sign-extended.
            #[inline(always)]
            pub const fn word(self) -> u64 {
                (self.into_raw() as i64).cast_unsigned()
            }
        }

        impl Operand for $type {
            #[inline(always)]
            fn word(self) -> u64 {
                self.word()
            }

            #[expect(clippy::cast_possible_truncation, reason = "the word was widened from an int")]
            fn format(word: u64, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}", Self::from_raw(word as i32))
            }
        }
    )* };
}

number_operands! { FileDescriptor Process ProcessGroup WatchDescriptor }
