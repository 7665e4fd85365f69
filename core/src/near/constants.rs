//! The syntax of flags and named values: one entry, one type, with its C names.

/// Defines a module's types of flags and of named values, and the list of them, `CONSTANTS`:
///
/// ```text
/// /// `SEEK_*`: what an offset counts from.
/// values Whence: i32 {
///     SET("SEEK_SET") = SEEK_SET;
/// }
/// ```
///
/// A constant is its Rust name, its C name (as a literal too: `doc(alias)` takes nothing else), and its value if
/// `linux-raw-sys` does not know it. The values of one type are either
///
/// * `flags`, bits that are joined; unknown ones are kept. After the type may follow `[first AccessMode 3]` or
///   `[last Signal 0x7f]`: some bits are no flags but a number of that type, written before or after the flags, or
///   `[octal]`: the bits that are no flags are permissions;
/// * `values`, one of which it is; any other is taken as well. After the type may follow `| SocketFlags`: flags that
///   may be joined to the value, or `[decimal]`: those without a name are counted, not invented.
macro_rules! constants {
    ($(
        $(#[$doc:meta])*
        $kind:ident $type:ident: $repr:ident $(| $flags:ident)? $([$($option:tt)+])? {
            $($name:ident $(($alias:literal))? = $c:ident $(= $value:expr)?;)*
        }
    )*) => {
        $(
            $kind! {
                $(#[$doc])*
                $type: $repr $(| $flags)? $([$($option)+])? { $($name $(($alias))? = $c $(= $value)?;)* }
            }
        )*

        /// How the module's types are written.
        #[cfg(feature = "from_name")]
        pub(crate) const CONSTANTS: &[$crate::syscall::Text] = &[$(<$type as $crate::syscall::Operand>::TEXT),*];
    };
}

/// Defines a type of flags for [`constants!`].
macro_rules! flags {
    (
        $(#[$doc:meta])*
        $type:ident: $repr:ident $([$($option:tt)+])? {
            $($name:ident $(($alias:literal))? = $c:ident $(= $value:expr)?;)*
        }
    ) => {
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

        word_type! {
            $type: $repr, word => Self::from_bits_retain(<$repr as $crate::syscall::Outcome>::from_word(word)),
            flags_text!(
                $crate::syscall::Text::number(<$repr as $crate::syscall::Operand>::TEXT.integer)
                    .style($crate::syscall::Style::Hexadecimal),
                &[$((stringify!($c), $type::$name.word())),*]
                $(, $($option)+)?
            )
        }

        flags_number!($type: $repr $($($option)+)?);
    };
}

/// How the number among the flags is set.
macro_rules! flags_number {
    ($type:ident: $repr:ident $place:ident $number:ident $mask:literal) => {
        impl $type {
            #[doc = concat!("The same with this [`", stringify!($number), "`], whatever it had before.")]
            #[must_use]
            #[inline(always)]
            pub const fn with(self, number: $number) -> Self {
                let mask: $repr = $mask;
                #[allow(
                    clippy::allow_attributes,
                    clippy::cast_possible_truncation,
                    reason = "what the flags have no room for is cut off"
                )]
                let number = number.word() as $repr;
                Self::from_bits_retain(self.bits() & !mask | number & mask)
            }
        }
    };
    ($type:ident: $repr:ident $(octal)?) => {};
}

/// How a type of flags is written.
macro_rules! flags_text {
    ($text:expr, $flags:expr) => {
        $text.with_flags(0, $flags)
    };
    ($text:expr, $flags:expr, octal) => {
        $text.with_flags(0, $flags).style($crate::syscall::Style::Octal)
    };
    ($text:expr, $flags:expr, first $number:ident $mask:literal) => {
        $text.with_values(<$number as $crate::syscall::Operand>::TEXT.values).with_flags($mask, $flags)
    };
    ($text:expr, $flags:expr, last $number:ident $mask:literal) => {
        flags_text!($text, $flags, first $number $mask).number_last()
    };
}

/// Defines a type of named values for [`constants!`].
macro_rules! values {
    (
        $(#[$doc:meta])*
        $type:ident: $repr:ident $(| $flags:ident)? $([$decimal:ident])? {
            $($name:ident $(($alias:literal))? = $c:ident $(= $value:expr)?;)*
        }
    ) => {
        number_type! { $(#[$doc])* $type: $repr }

        impl $type {
            $(
                #[doc = concat!("`", stringify!($c), "`")]
                $(#[doc(alias = $alias)])?
                pub const $name: Self = Self(constant!($repr $c $(= $value)?));
            )*

            $(
                /// The same with these flags as well.
                #[must_use]
                #[inline(always)]
                pub const fn with(self, flags: $flags) -> Self {
                    Self(self.0 | flags.bits().cast_signed())
                }
            )?
        }

        word_type! {
            $type: $repr, word => Self(<$repr as $crate::syscall::Outcome>::from_word(word)),
            $crate::syscall::Text::number(<$repr as $crate::syscall::Operand>::TEXT.integer)
                .style(value_style!($($decimal)?))
                .with_values(&[$((stringify!($c), $type::$name.word())),*])
                $(.joined(<$flags as $crate::syscall::Operand>::TEXT.flags))?
        }
    };
}

macro_rules! value_style {
    () => {
        $crate::syscall::Style::Mixed
    };
    (decimal) => {
        $crate::syscall::Style::Decimal
    };
}

/// Defines types of numbers that are neither identifiers nor lists of named values, but are not to be mixed up
/// with others.
macro_rules! numbers {
    ($(
        $(#[$doc:meta])*
        $type:ident: $repr:ident { $($(#[$name_doc:meta])* $name:ident = $value:expr;)* }
    )*) => { $(
        number_type! { $(#[$doc])* $type: $repr }

        impl $type {
            $($(#[$name_doc])* pub const $name: Self = Self($value);)*
        }

        word_type! {
            $type: $repr, word => Self(<$repr as $crate::syscall::Outcome>::from_word(word)),
            <$repr as $crate::syscall::Operand>::TEXT
        }
    )* };
}

/// A type that is a number.
macro_rules! number_type {
    ($(#[$doc:meta])* $type:ident: $repr:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        #[repr(transparent)]
        pub struct $type($repr);

        impl $type {
            /// The one with this number, which need not have a name here.
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
    };
}

/// What a type with an inherent `word` is besides: an operand, a result, and text.
macro_rules! word_type {
    ($type:ident: $repr:ident, $word:ident => $from:expr, $text:expr) => {
        impl $crate::syscall::Operand for $type {
            const TEXT: $crate::syscall::Text = $text;

            #[inline(always)]
            fn word(self) -> u64 {
                self.word()
            }
        }

        impl $crate::syscall::Outcome for $type {
            #[inline(always)]
            fn from_word($word: u64) -> Self {
                $from
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
    };
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
