//! What memory means, where that is known: numbers, names, and structs of them.

use crate::buffers::quoted;
use serde::{Serialize, Serializer};
use std::fmt;

/// It is written as strace does, and as JSON with numbers as numbers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Value {
    Unsigned(u64),
    Signed(i64),
    /// Flags, a named value, an address: what is written as it stands.
    Name(String),
    /// Text in quotes.
    Text(Vec<u8>),
    /// A number or text that C writes as the argument of this function: `htons(80)`.
    Of(&'static str, Box<Value>),
    List(Vec<Value>),
    Struct(Vec<(&'static str, Value)>),
}

impl Value {
    /// What prints as its C name.
    pub(crate) fn name(named: impl fmt::Display) -> Self {
        Self::Name(named.to_string())
    }

    /// An address in the target's memory.
    pub(crate) fn address(address: u64) -> Self {
        Self::Name(if address == 0 { "NULL".to_owned() } else { format!("{address:#x}") })
    }

    /// Bits in hexadecimal.
    pub(crate) fn bits(bits: impl fmt::LowerHex) -> Self {
        Self::Name(format!("{bits:#x}"))
    }

    /// The bytes before the first null.
    pub(crate) fn string(bytes: &[u8]) -> Self {
        Self::Text(bytes.split(|&byte| byte == 0).next().unwrap_or_default().to_vec())
    }
}

macro_rules! numbers {
    ($variant:ident: $($type:ident)*) => { $(
        impl From<$type> for Value {
            fn from(number: $type) -> Self {
                Self::$variant(number.into())
            }
        }
    )* };
}

numbers! { Unsigned: u8 u16 u32 u64 }
numbers! { Signed: i16 i32 i64 }

impl<const N: usize> From<[u64; N]> for Value {
    fn from(words: [u64; N]) -> Self {
        Self::List(words.map(Self::from).into())
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unsigned(number) => number.fmt(f),
            Self::Signed(number) => number.fmt(f),
            Self::Name(name) => f.write_str(name),
            Self::Text(text) => f.write_str(&quoted(text)),
            Self::Of(function, value) => write!(f, "{function}({value})"),
            Self::List(values) => {
                let values: Vec<_> = values.iter().map(Self::to_string).collect();
                write!(f, "[{}]", values.join(", "))
            }
            Self::Struct(fields) => {
                let fields: Vec<_> = fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
                write!(f, "{{{}}}", fields.join(", "))
            }
        }
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Unsigned(number) => serializer.serialize_u64(*number),
            Self::Signed(number) => serializer.serialize_i64(*number),
            Self::Name(name) => serializer.serialize_str(name),
            Self::Text(text) => serializer.serialize_str(&String::from_utf8_lossy(text)),
            Self::Of(_, value) => value.serialize(serializer),
            Self::List(values) => serializer.collect_seq(values),
            Self::Struct(fields) => serializer.collect_map(fields.iter().map(|(name, value)| (name, value))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_written_as_strace_does_and_as_json() {
        let value = Value::Struct(vec![
            ("sa_family", Value::name("AF_INET")),
            ("sin_port", Value::Of("htons", Box::new(Value::from(80_u16)))),
            ("list", Value::List(vec![Value::from(-1), Value::from(u64::MAX)])),
            ("text", Value::string(b"a\"b\0c")),
        ]);
        assert_eq!(
            value.to_string(),
            r#"{sa_family=AF_INET, sin_port=htons(80), list=[-1, 18446744073709551615], text="a\"b"}"#
        );
        assert_eq!(
            serde_json::to_string(&value).unwrap(),
            r#"{"sa_family":"AF_INET","sin_port":80,"list":[-1,18446744073709551615],"text":"a\"b"}"#
        );
    }
}
