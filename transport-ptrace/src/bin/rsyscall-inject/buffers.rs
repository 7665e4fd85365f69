//! The content of memory as text or hex.

use crate::options::Buffers;
use std::fmt::Write;

/// Bytes as they are shown.
#[derive(PartialEq, Eq, Debug)]
pub(crate) enum Shown {
    /// In quotes, where the argument stands.
    Text(String),
    /// In lines of their own.
    Dump(String),
}

/// Bytes in the form that was asked for.
pub(crate) fn show(bytes: &[u8], form: Buffers) -> Shown {
    match form {
        Buffers::Text => Shown::Text(quoted(bytes)),
        Buffers::Auto if is_text(bytes) => Shown::Text(quoted(bytes)),
        Buffers::Auto | Buffers::Hex => Shown::Dump(dump(bytes)),
    }
}

/// Text is UTF-8 without control characters other than those of text files; a zero may end it.
pub(crate) fn is_text(bytes: &[u8]) -> bool {
    let content = bytes.strip_suffix(&[0]).unwrap_or(bytes);
    str::from_utf8(content)
        .is_ok_and(|text| text.chars().all(|c| !c.is_control() || matches!(c, '\n' | '\t' | '\r' | '\x1b')))
}

/// A string literal of C, with what is UTF-8 left readable.
pub(crate) fn quoted(bytes: &[u8]) -> String {
    let mut text = String::from("\"");
    let mut chunks = bytes.utf8_chunks().peekable();
    while let Some(chunk) = chunks.next() {
        let mut valid = chunk.valid().chars().peekable();
        while let Some(c) = valid.next() {
            let next = valid.peek().copied();
            match c {
                '"' => text.push_str("\\\""),
                '\\' => text.push_str("\\\\"),
                '\n' => text.push_str("\\n"),
                '\t' => text.push_str("\\t"),
                '\r' => text.push_str("\\r"),
                c if c.is_control() && c.is_ascii() => {
                    octal(&mut text, c as u8, next.is_some_and(|next| next.is_ascii_digit()));
                }
                // U+0080 to U+009F, which a terminal obeys, too.
                c if c.is_control() => {
                    c.encode_utf8(&mut [0; 4]).bytes().for_each(|byte| octal(&mut text, byte, true));
                }
                c => text.push(c),
            }
        }
        for &byte in chunk.invalid() {
            let next = chunks.peek().and_then(|chunk| chunk.valid().chars().next());
            octal(&mut text, byte, next.is_some_and(|next| next.is_ascii_digit()));
        }
    }
    text.push('"');
    text
}

/// As short as what follows allows.
fn octal(text: &mut String, byte: u8, digit_follows: bool) {
    let _ = if digit_follows { write!(text, "\\{byte:03o}") } else { write!(text, "\\{byte:o}") };
}

/// Lines of 16 bytes, as `hexdump -C` has them: a line that repeats is a `*`.
fn dump(bytes: &[u8]) -> String {
    let mut text = String::new();
    let mut last: Option<&[u8]> = None;
    let mut repeats = false;
    for (index, line) in bytes.chunks(16).enumerate() {
        let is_end = index.saturating_add(1).saturating_mul(16) >= bytes.len();
        if last == Some(line) && !is_end {
            if !repeats {
                text.push_str("*\n");
            }
            repeats = true;
            continue;
        }
        repeats = false;
        last = Some(line);
        let _ = write!(text, "{:08x} ", index.saturating_mul(16));
        for column in 0..16 {
            if column == 8 {
                text.push(' ');
            }
            let _ = match line.get(column) {
                Some(byte) => write!(text, " {byte:02x}"),
                None => write!(text, "   "),
            };
        }
        text.push_str("  |");
        text.extend(line.iter().map(|&byte| {
            let printable = byte.is_ascii_graphic() || byte == b' ';
            if printable { char::from(byte) } else { '.' }
        }));
        text.push_str("|\n");
    }
    text
}

/// Two hexadecimal digits a byte.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_shown_as_text_and_all_else_as_hex() {
        assert_eq!(show(b"web1\n", Buffers::Auto), Shown::Text("\"web1\\n\"".to_owned()));
        assert_eq!(show(b"/home\0", Buffers::Auto), Shown::Text("\"/home\\0\"".to_owned()));
        assert_eq!(show("grün".as_bytes(), Buffers::Auto), Shown::Text("\"grün\"".to_owned()));
        assert!(matches!(show(b"a\0b", Buffers::Auto), Shown::Dump(_)));
        assert!(matches!(show(b"\xff", Buffers::Auto), Shown::Dump(_)));
        assert!(matches!(show(b"text", Buffers::Hex), Shown::Dump(_)));
        assert_eq!(show(b"\xff7\x01", Buffers::Text), Shown::Text("\"\\3777\\1\"".to_owned()));
    }

    #[test]
    fn an_escape_is_told_from_the_digit_behind_it() {
        assert_eq!(quoted(b"\x001\x00\\\"a\0"), "\"\\0001\\0\\\\\\\"a\\0\"");
        assert_eq!(quoted(b"\xe2\x82"), "\"\\342\\202\"");
        assert_eq!(quoted("\u{9b}1m".as_bytes()), "\"\\302\\2331m\"");
    }

    #[test]
    fn a_dump_has_sixteen_bytes_a_line_and_leaves_repetitions_out() {
        let mut bytes = [0_u8; 70];
        bytes[0] = b'A';
        assert_eq!(
            dump(&bytes),
            "00000000  41 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |A...............|\n\
             00000010  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |................|\n\
             *\n\
             00000040  00 00 00 00 00 00                                 |......|\n"
        );
        assert_eq!(dump(&[]), "");
    }
}
