//! To the word that a kernel takes.

use super::text::{Integer, Style, Text};
use crate::identifier::{Address, FileDescriptor, Process, ProcessGroup, WatchDescriptor};
use core::fmt;

/// What an instruction takes: a type with one 64-bit word in a register and one way to be written.
pub trait Operand: Copy {
    /// Whether a zero at the end of the arguments is not printed: the mode of a file that is not created.
    const OMIT_ZERO: bool = false;

    /// How the word is written as text.
    const TEXT: Text;

    /// The word in the register, in the neutral encoding.
    fn word(self) -> u64;

    /// The operand of this word as text, as strace would show it.
    ///
    /// # Errors
    ///
    /// Only those of the formatter.
    fn format(word: u64, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Self::TEXT.format(word, f)
    }
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
    (bool $value:expr) => {
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
    ($($type:ident $integer:ident)*) => { $(
        impl Operand for $type {
            const TEXT: Text = Text::number(Integer::$integer);

            #[inline(always)]
            fn word(self) -> u64 {
                operand_word!($type self)
            }
        }
    )* };
}

primitive_operands! { usize U64 u64 U64 u32 U32 i64 I64 i32 I32 bool U32 }

impl Address {
    /// The word in a register.
    #[inline(always)]
    pub const fn word(self) -> u64 {
        self.into_raw()
    }
}

impl Operand for Address {
    const TEXT: Text = Text::number(Integer::U64)
        .style(Style::Hexadecimal)
        .identifier("Address")
        .with_values(&[("NULL", 0)]);

    #[inline(always)]
    fn word(self) -> u64 {
        self.into_raw()
    }
}

macro_rules! number_operands {
    ($($type:ident $wrapper:literal $values:expr;)*) => { $(
        impl $type {
            /// The word in a register: the number, sign-extended.
            #[inline(always)]
            pub const fn word(self) -> u64 {
                (self.into_raw() as i64).cast_unsigned()
            }
        }

        impl Operand for $type {
            const TEXT: Text = Text::number(Integer::I32).identifier($wrapper).with_values($values);

            #[inline(always)]
            fn word(self) -> u64 {
                self.word()
            }
        }
    )* };
}

number_operands! {
    FileDescriptor "FD" &[("AT_FDCWD", Self::AT_FDCWD.word())];
    Process "Process" &[];
    ProcessGroup "ProcessGroup" &[];
    WatchDescriptor "WD" &[];
}
