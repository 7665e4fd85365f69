//! Numbers in any base, as C and strace write them.

/// The word of a number: decimal, `0x` hexadecimal, `0o` or a leading `0` octal, `0b` binary, with a `-` before it or not.
///
/// `None` for what is no number, or one that needs more than 64 bits.
pub(crate) fn word(text: &str) -> Option<u64> {
    match text.strip_prefix('-') {
        Some(magnitude) => {
            let word = magnitude_of(magnitude)?;
            (word <= 1 << 63).then(|| word.wrapping_neg())
        }
        None => magnitude_of(text),
    }
}

fn magnitude_of(text: &str) -> Option<u64> {
    let lower = text.to_ascii_lowercase();
    let (digits, base) = match lower.as_bytes() {
        [b'0', b'x', ..] => (lower.get(2..)?, 16),
        [b'0', b'b', ..] => (lower.get(2..)?, 2),
        [b'0', b'o', ..] => (lower.get(2..)?, 8),
        [b'0', _, ..] => (lower.get(1..)?, 8),
        _ => (lower.as_str(), 10),
    };
    // `from_str_radix` takes a sign, too.
    if !digits.starts_with(|first: char| first.is_ascii_alphanumeric()) {
        return None;
    }
    u64::from_str_radix(digits, base).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_base() {
        for (text, expected) in [
            ("0", 0),
            ("4096", 4096),
            ("0x1F", 31),
            ("0XfF", 255),
            ("0755", 0o755),
            ("0o755", 0o755),
            ("0b101", 5),
            ("18446744073709551615", u64::MAX),
            ("-1", u64::MAX),
            ("-0x1", u64::MAX),
            ("-100", (-100_i64).cast_unsigned()),
            ("-9223372036854775808", 1 << 63),
        ] {
            assert_eq!(word(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_number() {
        for text in [
            "",
            "-",
            "+1",
            "0x",
            "0b",
            "0b2",
            "08",
            "0o8",
            "1_000",
            "1k",
            "--1",
            "0x-1",
            "0x+1",
            "0-1",
            "18446744073709551616",
            "-9223372036854775809",
        ] {
            assert_eq!(word(text), None, "{text}");
        }
    }
}
