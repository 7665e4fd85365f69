//! The words of operands as text.

use core::fmt;

/// C names and what they stand for, in the neutral encoding.
pub(crate) type Names = &'static [(&'static str, u64)];

/// How an operand's word is written as text, and with the feature `from_name` read.
#[derive(Clone, Copy, Debug)]
pub struct Text {
    pub(crate) integer: Integer,
    /// How a number without a name is written.
    pub(crate) style: Style,
    /// What a number stands in: the `FD` of `FD(3)`.
    pub(crate) wrapper: &'static str,
    /// The bits that hold a number, as against flags: all of them, none, or a field.
    pub(crate) mask: u64,
    /// Whether the number comes after the flags.
    pub(crate) number_last: bool,
    /// Names of the number.
    pub(crate) values: Names,
    /// Names of flags. What includes another comes before it.
    pub(crate) flags: Names,
}

/// The C integer type that an operand is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Integer {
    I32,
    U32,
    I64,
    U64,
}

/// How a number without a name is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Style {
    Decimal,
    /// Decimal near 0, else hexadecimal.
    Mixed,
    /// With a leading 0, as C has it.
    Octal,
    Hexadecimal,
}

impl Text {
    /// A number.
    pub(crate) const fn number(integer: Integer) -> Self {
        Self {
            integer,
            style: Style::Decimal,
            wrapper: "",
            mask: !0,
            number_last: false,
            values: &[],
            flags: &[],
        }
    }

    /// A number in the name of its type: `FD(3)`.
    pub(crate) const fn identifier(self, wrapper: &'static str) -> Self {
        Self { wrapper, ..self }
    }

    /// The same, whose numbers may have names.
    pub(crate) const fn with_values(self, values: Names) -> Self {
        Self { values, ..self }
    }

    /// The same, with flags in the bits outside of `mask`.
    pub(crate) const fn with_flags(self, mask: u64, flags: Names) -> Self {
        Self { mask, flags, ..self }
    }

    /// The same, with flags that may be joined to the number.
    pub(crate) const fn joined(self, flags: Names) -> Self {
        let mut mask = !0;
        let mut names = flags;
        while let [(_, bits), rest @ ..] = names {
            mask &= !*bits;
            names = rest;
        }
        self.with_flags(mask, flags)
    }

    /// The same in another style.
    pub(crate) const fn style(self, style: Style) -> Self {
        Self { style, ..self }
    }

    /// The same, with the number after the flags.
    pub(crate) const fn number_last(self) -> Self {
        Self { number_last: true, ..self }
    }

    /// The same without a number among the flags.
    pub(crate) const fn only_flags(self) -> Self {
        Self { mask: 0, values: &[], ..self }
    }

    /// Writes a word.
    pub(crate) fn format(&self, word: u64, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        if !self.number_last {
            self.format_number(word, &mut separator, f)?;
        }
        let mut rest = word & !self.mask;
        for &(name, bits) in self.flags {
            if bits != 0 && rest & bits == bits {
                write!(f, "{separator}{name}")?;
                rest &= !bits;
                separator = "|";
            }
        }
        if rest != 0 {
            f.write_str(separator)?;
            if self.style == Style::Octal { write!(f, "0{rest:o}") } else { write!(f, "{rest:#x}") }?;
            separator = "|";
        }
        if self.number_last {
            self.format_number(word, &mut separator, f)?;
        }
        if !separator.is_empty() {
            return Ok(());
        }
        f.write_str(self.flags.iter().find(|&&(_, bits)| bits == 0).map_or("0", |&(name, _)| name))
    }

    /// Writes the number in a word, unless there is none.
    fn format_number(
        &self,
        word: u64,
        separator: &mut &'static str,
        f: &mut fmt::Formatter<'_>,
    ) -> fmt::Result {
        let number = word & self.mask;
        let name = self.values.iter().find(|&&(_, value)| value & self.mask == number);
        if name.is_none() && number == 0 && self.mask != !0 {
            return Ok(());
        }
        f.write_str(core::mem::replace(separator, "|"))?;
        if let Some((name, _)) = name {
            return f.write_str(name);
        }
        if !self.wrapper.is_empty() {
            write!(f, "{}(", self.wrapper)?;
        }
        let signed = matches!(self.integer, Integer::I32 | Integer::I64);
        match self.style {
            Style::Octal if number == 0 => f.write_str("0"),
            Style::Octal => write!(f, "0{number:o}"),
            Style::Mixed if (-4096..4096).contains(&number.cast_signed()) => {
                write!(f, "{}", number.cast_signed())
            }
            Style::Mixed | Style::Hexadecimal => write!(f, "{number:#x}"),
            Style::Decimal if signed => write!(f, "{}", number.cast_signed()),
            Style::Decimal => write!(f, "{number}"),
        }?;
        if self.wrapper.is_empty() { Ok(()) } else { f.write_str(")") }
    }
}
