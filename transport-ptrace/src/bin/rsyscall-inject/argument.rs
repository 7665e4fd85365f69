//! The forms of an argument that do not depend on the call.

use crate::number;
use anyhow::{Context, Result, bail};
use std::{
    ffi::{CString, OsStr},
    fmt,
    os::unix::ffi::OsStrExt,
};

/// An argument as it was written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Written {
    /// A number: the word itself.
    Word(u64),
    /// `@N`, `@N+K`: the result of an earlier call.
    Result(Reference),
    /// `buf:…`, `hex:…`, `string:…`, `int:…`, `long:…`, `[…]`: memory of the target, of which the word is the address.
    Memory(Memory),
    /// Anything else: what it means, only the call knows.
    Other(String),
}

/// The result of an earlier call, and what is added to it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Reference {
    /// Which call; the first is 1.
    pub(crate) call: usize,
    /// What is added; the sum wraps.
    pub(crate) plus: u64,
}

/// What is placed in the target's memory for a call.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Memory {
    /// A C string.
    String(CString),
    /// Bytes, as they are in memory, and how they were written.
    Bytes(Form, Vec<u8>),
    /// Room for so many bytes that the call writes.
    Room(usize),
    /// A table of addresses of C strings, with a null pointer at its end.
    Strings(Vec<CString>),
}

/// How bytes are written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Form {
    /// `hex:7f454c46`
    Hex,
    /// `int:1,-1`
    Int,
    /// `long:1,-1`
    Long,
}

/// How memory is written that is not written as what it is.
pub(crate) const FORMS: [&str; 5] = ["string:", "buf:", "hex:", "int:", "long:"];
/// More room than this is a mistake.
const MOST: u64 = 1 << 30;

impl Written {
    /// Takes the form of an argument apart.
    ///
    /// # Errors
    ///
    /// It begins as one of the forms and goes on otherwise.
    pub(crate) fn parse(text: &OsStr) -> Result<Self> {
        let Some(text) = text.to_str() else {
            let bytes = text.as_bytes();
            let string = bytes.strip_prefix(b"string:").unwrap_or(bytes);
            return Ok(Self::Memory(Memory::String(c_string(string)?)));
        };
        if let Some(word) = number::word(text) {
            return Ok(Self::Word(word));
        }
        if let Some(reference) = text.strip_prefix('@') {
            return match reference_of(reference) {
                Some(reference) => Ok(Self::Result(reference)),
                None => bail!(
                    "`{text}` is no result of a call: write @1, @2, …, or @1+8; or string:{text} for the text itself"
                ),
            };
        }
        if let Some(list) = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')) {
            let strings: Result<_> =
                list.split(',').filter(|_| !list.is_empty()).map(|text| c_string(text.as_bytes())).collect();
            return Ok(Self::Memory(Memory::Strings(strings?)));
        }
        let Some((form, rest)) = text.split_once(':') else { return Ok(Self::Other(text.to_owned())) };
        Ok(Self::Memory(match form {
            "string" => Memory::String(c_string(rest.as_bytes())?),
            "buf" => Memory::Room(room(rest).with_context(|| {
                format!(
                    "`{text}`: the size of a buffer is a number of bytes from 1 to {MOST}, such as buf:4096"
                )
            })?),
            "hex" => Memory::Bytes(
                Form::Hex,
                bytes(rest).with_context(|| {
                    format!("`{text}`: two hexadecimal digits a byte are wanted, such as hex:7f454c46")
                })?,
            ),
            "int" => Memory::Bytes(
                Form::Int,
                integers::<4>(rest).with_context(|| {
                    format!("`{text}`: numbers of 32 bits are wanted, such as int:1 or int:1,-1")
                })?,
            ),
            "long" => Memory::Bytes(
                Form::Long,
                integers::<8>(rest).with_context(|| {
                    format!("`{text}`: numbers of 64 bits are wanted, such as long:1 or long:1,-1")
                })?,
            ),
            _ => return Ok(Self::Other(text.to_owned())),
        }))
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "@{}", self.call)?;
        match self.plus.cast_signed() {
            0 => Ok(()),
            plus => write!(f, "{plus:+}"),
        }
    }
}

impl Memory {
    /// What stands for it where it is not known yet what will be there.
    pub(crate) fn placeholder(&self) -> String {
        match self {
            Self::String(string) => crate::buffers::quoted(string.as_bytes()),
            Self::Bytes(form, bytes) => form.write(bytes),
            Self::Room(length) => format!("buf:{length}"),
            Self::Strings(strings) => {
                let strings: Vec<_> =
                    strings.iter().map(|string| crate::buffers::quoted(string.as_bytes())).collect();
                format!("[{}]", strings.join(", "))
            }
        }
    }
}

impl Form {
    /// Bytes in this form, which can be read again.
    pub(crate) fn write(self, bytes: &[u8]) -> String {
        let (ints, longs) = (bytes.as_chunks().0, bytes.as_chunks().0);
        match self {
            Self::Hex => format!("hex:{}", crate::buffers::hexadecimal(bytes)),
            Self::Int => format!("int:{}", joined(ints.iter().map(|&int| i32::from_le_bytes(int)))),
            Self::Long => format!("long:{}", joined(longs.iter().map(|&long| i64::from_le_bytes(long)))),
        }
    }
}

fn joined(numbers: impl Iterator<Item = impl fmt::Display>) -> String {
    numbers.map(|number| number.to_string()).collect::<Vec<_>>().join(",")
}

fn reference_of(text: &str) -> Option<Reference> {
    let sign = text.find(['+', '-']).unwrap_or(text.len());
    let (call, plus) = text.split_at_checked(sign)?;
    let is_decimal = !call.is_empty() && call.bytes().all(|byte| byte.is_ascii_digit());
    let call = is_decimal.then(|| call.parse().ok()).flatten().filter(|&call| call > 0)?;
    let plus = match plus.strip_prefix('+').unwrap_or(plus) {
        "" if plus.is_empty() => 0,
        number => number::word(number)?,
    };
    Some(Reference { call, plus })
}

/// A C string of the command line.
///
/// # Errors
///
/// It has a zero in it, which the command line cannot have.
pub(crate) fn c_string(text: &[u8]) -> Result<CString> {
    CString::new(text).context("a string with a zero in it is no C string")
}

fn room(text: &str) -> Option<usize> {
    number::word(text).filter(|length| (1..=MOST).contains(length))?.try_into().ok()
}

fn bytes(text: &str) -> Option<Vec<u8>> {
    let (pairs, []) = text.as_bytes().as_chunks::<2>() else { return None };
    let digit = |digit: u8| char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    pairs.iter().map(|&[high, low]| Some(digit(high)? << 4 | digit(low)?)).collect()
}

/// Integers of so many bytes, in the order of this machine, which is the target's.
fn integers<const SIZE: usize>(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    for number in text.split(',') {
        let word = number::word(number)?;
        let bits = u32::try_from(SIZE.saturating_mul(8)).ok()?;
        let shift = 64_u32.checked_sub(bits)?;
        let fits = word.wrapping_shl(shift).wrapping_shr(shift) == word
            || word.cast_signed().wrapping_shl(shift).wrapping_shr(shift) == word.cast_signed();
        bytes.extend_from_slice(word.to_le_bytes().get(..SIZE).filter(|_| fits)?);
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Written {
        Written::parse(OsStr::new(text)).unwrap()
    }

    #[test]
    fn each_form_is_recognised() {
        assert_eq!(parse("0x10"), Written::Word(16));
        assert_eq!(parse("-1"), Written::Word(u64::MAX));
        assert_eq!(parse("O_RDONLY|O_CLOEXEC"), Written::Other("O_RDONLY|O_CLOEXEC".to_owned()));
        assert_eq!(parse("/dev/null"), Written::Other("/dev/null".to_owned()));
        assert_eq!(parse("http://x"), Written::Other("http://x".to_owned()));
        assert_eq!(parse(""), Written::Other(String::new()));
        assert_eq!(parse("@2"), Written::Result(Reference { call: 2, plus: 0 }));
        assert_eq!(parse("@12+0x10"), Written::Result(Reference { call: 12, plus: 16 }));
        assert_eq!(parse("@1-8"), Written::Result(Reference { call: 1, plus: (-8_i64).cast_unsigned() }));
        assert_eq!(parse("buf:4096"), Written::Memory(Memory::Room(4096)));
        assert_eq!(parse("hex:00fF"), Written::Memory(Memory::Bytes(Form::Hex, vec![0, 255])));
        assert_eq!(parse("hex:"), Written::Memory(Memory::Bytes(Form::Hex, vec![])));
        assert_eq!(
            parse("int:1,-1"),
            Written::Memory(Memory::Bytes(Form::Int, vec![1, 0, 0, 0, 255, 255, 255, 255]))
        );
        assert_eq!(parse("int:0xffffffff"), Written::Memory(Memory::Bytes(Form::Int, vec![255; 4])));
        assert_eq!(parse("long:2"), Written::Memory(Memory::Bytes(Form::Long, vec![2, 0, 0, 0, 0, 0, 0, 0])));
        assert_eq!(parse("string:12"), Written::Memory(Memory::String(c"12".to_owned())));
        assert_eq!(parse("string:"), Written::Memory(Memory::String(c"".to_owned())));
        assert_eq!(
            parse("[sh,-c,true]"),
            Written::Memory(Memory::Strings(vec![c"sh".to_owned(), c"-c".to_owned(), c"true".to_owned()]))
        );
        assert_eq!(parse("[]"), Written::Memory(Memory::Strings(vec![])));
    }

    #[test]
    fn what_is_no_utf_8_is_a_string() {
        for text in [&b"a\xff"[..], b"string:a\xff"] {
            let string = Memory::String(c"a\xff".to_owned());
            assert_eq!(Written::parse(OsStr::from_bytes(text)).unwrap(), Written::Memory(string));
        }
    }

    #[test]
    fn what_begins_as_a_form_and_is_none_is_refused() {
        for text in [
            "@",
            "@0",
            "@x",
            "@1+",
            "@1*2",
            "@-1",
            "@1+-",
            "buf:",
            "buf:0",
            "buf:x",
            "buf:0x40000001",
            "hex:0",
            "hex:0g",
            "int:",
            "int:x",
            "int:4294967296",
            "int:-2147483649",
            "int:1,",
            "long:1,,2",
        ] {
            assert!(Written::parse(OsStr::new(text)).is_err(), "{text}");
        }
    }

    #[test]
    fn a_placeholder_reads_as_it_was_written() {
        assert_eq!(Memory::Room(16).placeholder(), "buf:16");
        for text in ["hex:01ab", "hex:", "int:1,-1", "long:4294967296"] {
            let Written::Memory(memory) = parse(text) else { panic!("{text} is memory") };
            assert_eq!(memory.placeholder(), text);
        }
        assert_eq!(Memory::String(c"a\"b".to_owned()).placeholder(), "\"a\\\"b\"");
        assert_eq!(
            Memory::Strings(vec![c"sh".to_owned(), c"-c".to_owned()]).placeholder(),
            "[\"sh\", \"-c\"]"
        );
    }
}
