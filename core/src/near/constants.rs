//! Flags and named values: their types, and their C names for printing.

use core::fmt;

/// Defines a type of flags. A constant is its Rust name, its C name (as a
/// literal too: `doc(alias)` takes nothing else), and its value if `linux-raw-sys` does not know it.
/// Unknown bits are kept. `[custom]` leaves out the `Operand` implementation.
macro_rules! flags {
    ($(
        $(#[$doc:meta])*
        $type:ident: $repr:ident { $($name:ident $(($alias:literal))? = $c:ident $(= $value:expr)?;)* }
    )*) => { $(
        bitflags::bitflags! {
            $(#[$doc])*
            #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
            pub struct $type: $repr {
                $(
                    #[doc = concat!("`", stringify!($c), "`")]
                    $(#[doc(alias = $alias)])?
                    const $name = constant!($repr $c $(= $value)?);
                )*
                /// Bits without a name here are kept.
                const _ = !0;
            }
        }

        impl $type {
            /// The word in a register, in the neutral encoding.
            #[inline(always)]
            pub const fn word(self) -> u64 {
                self.bits() as u64
            }
        }

        impl $crate::syscall::Operand for $type {
            #[inline(always)]
            fn word(self) -> u64 {
                self.word()
            }

            fn format(word: u64, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                const NAMES: &[(&str, u64)] = &[$((stringify!($c), $type::$name.bits() as u64)),*];
                $crate::near::constants::format_flags(word, NAMES, f)
            }
        }

        impl $crate::syscall::Outcome for $type {
            #[inline(always)]
            fn from_word(word: u64) -> Self {
                Self::from_bits_retain(<$repr as $crate::syscall::Outcome>::from_word(word))
            }

            fn format(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                core::fmt::Display::fmt(self, f)
            }
        }

        impl core::fmt::Display for $type {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                <Self as $crate::syscall::Operand>::format(self.word(), f)
            }
        }
    )* };
}

/// Defines a type of named values, which still takes any value.
macro_rules! values {
    ($(
        $(#[$doc:meta])*
        $type:ident: $repr:ident { $($name:ident $(($alias:literal))? = $c:ident $(= $value:expr)?;)* }
    )*) => { $(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        #[repr(transparent)]
        pub struct $type($repr);

        impl $type {
            $(
                #[doc = concat!("`", stringify!($c), "`")]
                $(#[doc(alias = $alias)])?
                pub const $name: Self = Self(constant!($repr $c $(= $value)?));
            )*

            /// The value with this number, which need not have a name here.
            #[inline(always)]
            pub const fn from_raw(number: $repr) -> Self {
                Self(number)
            }

            /// The number.
            #[inline(always)]
            pub const fn into_raw(self) -> $repr {
                self.0
            }

            /// The word in a register.
            #[inline(always)]
            pub const fn word(self) -> u64 {
                $crate::syscall::operand_word!($repr self.0)
            }
        }

        impl $crate::syscall::Operand for $type {
            #[inline(always)]
            fn word(self) -> u64 {
                self.word()
            }

            fn format(word: u64, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                const NAMES: &[(&str, u64)] = &[$((stringify!($c), $type::$name.word())),*];
                $crate::near::constants::format_value(word, NAMES, f)
            }
        }

        impl $crate::syscall::Outcome for $type {
            #[inline(always)]
            fn from_word(word: u64) -> Self {
                Self(<$repr as $crate::syscall::Outcome>::from_word(word))
            }

            fn format(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                core::fmt::Display::fmt(self, f)
            }
        }

        impl core::fmt::Display for $type {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                <Self as $crate::syscall::Operand>::format(self.word(), f)
            }
        }
    )* };
}

/// The value of a C constant, as the kernel's headers have it.
macro_rules! constant {
    ($repr:ident $c:ident) => {{
        #[allow(
            clippy::allow_attributes,
            clippy::cast_possible_wrap,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::unnecessary_cast,
            reason = "the header's type is not the argument's"
        )]
        {
            $crate::near::header::$c as $repr
        }
    }};
    ($repr:ident $c:ident = $value:expr) => {
        $value
    };
}

/// Defines a type of numbers that is neither an identifier nor a list of named values, but is not to be mixed up
/// with others.
macro_rules! numbers {
    ($(
        $(#[$doc:meta])*
        $type:ident: $repr:ident { $($(#[$name_doc:meta])* $name:ident = $value:expr;)* }
    )*) => { $(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        #[repr(transparent)]
        pub struct $type($repr);

        impl $type {
            $($(#[$name_doc])* pub const $name: Self = Self($value);)*

            /// The one with this number.
            #[inline(always)]
            pub const fn from_raw(number: $repr) -> Self {
                Self(number)
            }

            /// The number.
            #[inline(always)]
            pub const fn into_raw(self) -> $repr {
                self.0
            }

            /// The word in a register.
            #[inline(always)]
            pub const fn word(self) -> u64 {
                $crate::syscall::operand_word!($repr self.0)
            }
        }

        impl $crate::syscall::Operand for $type {
            #[inline(always)]
            fn word(self) -> u64 {
                self.word()
            }

            fn format(word: u64, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                <$repr as $crate::syscall::Operand>::format(word, f)
            }
        }

        impl $crate::syscall::Outcome for $type {
            #[inline(always)]
            fn from_word(word: u64) -> Self {
                Self(<$repr as $crate::syscall::Outcome>::from_word(word))
            }

            fn format(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                core::fmt::Display::fmt(self, f)
            }
        }

        impl core::fmt::Display for $type {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                core::fmt::Display::fmt(&self.0, f)
            }
        }
    )* };
}

/// Prints flags by name, `|` between them, bits without a name in hex behind them.
pub(crate) fn format_flags(word: u64, names: &[(&str, u64)], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut rest = word;
    let mut separator = "";
    for &(name, bits) in names {
        if bits != 0 && rest & bits == bits {
            write!(f, "{separator}{name}")?;
            rest &= !bits;
            separator = "|";
        }
    }
    match (rest, word) {
        (0, 0) => match names.iter().find(|&&(_, bits)| bits == 0) {
            Some((name, _)) => f.write_str(name),
            None => f.write_str("0"),
        },
        (0, _) => Ok(()),
        _ => write!(f, "{separator}{rest:#x}"),
    }
}

/// Prints a value by name, or as a number.
pub(crate) fn format_value(word: u64, names: &[(&str, u64)], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match names.iter().find(|&&(_, value)| value == word) {
        Some((name, _)) => f.write_str(name),
        None if (-4096..4096).contains(&word.cast_signed()) => write!(f, "{}", word.cast_signed()),
        None => write!(f, "{word:#x}"),
    }
}
