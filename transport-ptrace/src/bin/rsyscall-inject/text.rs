//! Calls and what came of them, as strace prints them.

use crate::{
    argument::Memory,
    buffers::{Shown, show},
    decoded,
    options::Buffers,
    plan::{Argument, Call},
    run::{Done, Outcome},
    signature::plain,
    value::Value,
};
use rsyscall_core::interface::SyscallError;
use std::fmt::Write;

/// The arguments of a call after it: texts, and what is shown in lines of their own with the index of its argument.
pub(crate) fn arguments(call: &Call, done: &Done, form: Buffers) -> (Vec<String>, Vec<(usize, String)>) {
    let words: Vec<_> = done.words.iter().map(|word| word.unwrap_or(0)).collect();
    let mut dumps = Vec::new();
    let texts = call.arguments.iter().enumerate().map(|(index, argument)| match argument {
        Argument::Word(_) => call.signature.format(index, &words),
        Argument::Result(reference) => match done.words.get(index) {
            Some(Some(_)) => call.signature.format(index, &words),
            _ => reference.to_string(),
        },
        Argument::Memory(memory) => match (memory, written(call, done, index, form)) {
            (_, Some(Written::Value(value))) => value_text(call, done, index, memory, &value),
            (Memory::Room(_), Some(Written::Bytes(bytes))) => match show(bytes, form) {
                Shown::Text(text) => text,
                Shown::Dump(dump) => {
                    dumps.push((index, dump));
                    memory.placeholder()
                }
            },
            (Memory::Bytes(form, before), Some(Written::Bytes(after))) => {
                format!("[{} => {}]", form.write(before), form.write(after))
            }
            _ => memory.placeholder(),
        },
    });
    (texts.collect(), dumps)
}

/// With what was there before, if the call has read that: `[16 => 2]`.
fn value_text(call: &Call, done: &Done, index: usize, memory: &Memory, after: &Value) -> String {
    let before = match memory {
        Memory::Bytes(_, before) if decoded::is_read_before(call, index) => {
            decoded::value(call, done, index, before)
        }
        _ => None,
    };
    let inside = |value: &Value| value.to_string().trim_matches(['[', ']']).to_owned();
    match before {
        Some(before) => format!("[{} => {}]", inside(&before), inside(after)),
        None => after.to_string(),
    }
}

/// What a call has written.
pub(crate) enum Written<'d> {
    /// What it means.
    Value(Value),
    /// Of which nobody here knows more than what the bytes are.
    Bytes(&'d [u8]),
}

/// What a call wrote to the memory of one of its arguments, as far as that is known.
pub(crate) fn written<'d>(call: &Call, done: &'d Done, index: usize, form: Buffers) -> Option<Written<'d>> {
    let bytes = written_bytes(call, done, index)?;
    let value = match form {
        Buffers::Auto => decoded::value(call, done, index, done.contents.get(index)?.as_deref()?),
        Buffers::Text | Buffers::Hex => None,
    };
    Some(value.map_or(Written::Bytes(bytes), Written::Value))
}

fn written_bytes<'d>(call: &Call, done: &'d Done, index: usize) -> Option<&'d [u8]> {
    let content = done.contents.get(index)?.as_deref()?;
    match (call.arguments.get(index)?, done.outcome) {
        (Argument::Memory(Memory::Bytes(_, before)), _) => (before != content).then_some(content),
        (_, Outcome::Answer(Ok(count))) if call.signature.counted_argument() == Some(index) => {
            let written = content.get(..usize::try_from(count).ok()?).unwrap_or(content);
            // Alone of these calls it counts the zero behind its string.
            let string = written.strip_suffix(&[0]).filter(|_| call.signature.name == "getcwd");
            Some(string.unwrap_or(written))
        }
        _ => Some(trimmed(content)),
    }
}

/// Without the zeros behind a text that is more than a number can look like.
fn trimmed(content: &[u8]) -> &[u8] {
    const NUMBER: usize = 4;
    let length = content.iter().rposition(|&byte| byte != 0).map_or(0, |last| last.saturating_add(1));
    match content.get(..length) {
        Some(text) if length > NUMBER && crate::buffers::is_text(text) => text,
        _ => content,
    }
}

/// A line `name(arguments) = result`, and the lines of what is no text under it.
pub(crate) fn lines(call: &Call, done: &Done, form: Buffers) -> String {
    let (texts, dumps) = arguments(call, done, form);
    let mut lines = format!("{} = {}\n", call.signature.with_arguments(&texts), result(call, done.outcome));
    for (index, dump) in &dumps {
        if dumps.len() > 1 {
            let _ = writeln!(lines, "  argument {}:", index.saturating_add(1));
        }
        for line in dump.lines() {
            let _ = writeln!(lines, "    {line}");
        }
    }
    lines
}

fn result(call: &Call, outcome: Outcome) -> String {
    match outcome {
        Outcome::Answer(Ok(word)) => returned(word),
        Outcome::Answer(Err(SyscallError::Errno(errno))) => format!("-1 {errno}"),
        _ if call.is_success(outcome) => "?".to_owned(),
        _ => format!("? {}", reason(outcome)),
    }
}

/// A result: a number, or what is too large for one as an address.
fn returned(word: u64) -> String {
    match i32::try_from(word.cast_signed()) {
        Ok(number) => number.to_string(),
        Err(_) => plain(word),
    }
}

/// Why there is no result.
pub(crate) fn reason(outcome: Outcome) -> String {
    match outcome {
        Outcome::Answer(Ok(_)) => String::new(),
        Outcome::Answer(Err(error)) => error.to_string(),
        Outcome::WithoutResult(reference) => format!("not made: call {} has no result", reference.call),
        Outcome::Behind(failed) => format!("not made: call {failed} failed"),
        Outcome::Stopped => "not made: interrupted".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Plan;
    use rsyscall_core::{interface::Hangup, syscall::Errno};

    fn line(text: &str, outcome: Outcome, words: &[u64], contents: &[Option<&[u8]>]) -> String {
        let texts: Vec<_> = text.split(' ').map(std::ffi::OsString::from).collect();
        let plan = Plan::parse(&texts).unwrap();
        let done = Done {
            words: words.iter().copied().map(Some).collect(),
            outcome,
            contents: contents.iter().map(|content| content.map(<[u8]>::to_vec)).collect(),
        };
        lines(plan.calls.last().unwrap(), &done, Buffers::Auto)
    }

    fn ok(word: u64) -> Outcome {
        Outcome::Answer(Ok(word))
    }

    #[test]
    fn results_are_those_of_strace() {
        assert_eq!(line("getpid", ok(7), &[], &[]), "getpid() = 7\n");
        assert_eq!(line("brk NULL", ok(0x5555_0000_0000), &[0], &[None]), "brk(NULL) = 0x555500000000\n");
        let badf = Outcome::Answer(Err(Errno::EBADF.into()));
        assert_eq!(line("close 9", badf, &[9], &[None]), "close(9) = -1 EBADF (Bad file descriptor)\n");
        let ended = Outcome::Answer(Err(Hangup::TaskEnded.into()));
        assert_eq!(line("exit_group 3", ended, &[3], &[None]), "exit_group(3) = ?\n");
        assert_eq!(
            line("close 9", ended, &[9], &[None]),
            "close(9) = ? hangup: the task ended while the call was in flight\n"
        );
        assert_eq!(line("close 9", Outcome::Stopped, &[9], &[None]), "close(9) = ? not made: interrupted\n");
    }

    #[test]
    fn a_buffer_is_as_long_as_the_result_says() {
        let content = Some(&b"web1\n\0\0\0"[..]);
        assert_eq!(
            line("read 3 buf:8 8", ok(5), &[3, 0x7f00, 8], &[None, content, None]),
            "read(3, \"web1\\n\", 8) = 5\n"
        );
        assert_eq!(
            line("read 3 buf:8 8", ok(0), &[3, 0x7f00, 8], &[None, content, None]),
            "read(3, \"\", 8) = 0\n"
        );
    }

    #[test]
    fn the_zero_that_getcwd_counts_is_not_shown() {
        let content = Some(&b"/tmp\0\0\0"[..]);
        assert_eq!(
            line("getcwd buf:7 7", ok(5), &[0x7f00, 7], &[content, None]),
            "getcwd(\"/tmp\", 7) = 5\n"
        );
    }

    #[test]
    fn what_is_no_text_is_dumped_below() {
        assert_eq!(
            line("ioctl 0 0x1234 buf:4", ok(0), &[0, 0x1234, 0x7f00], &[None, None, Some(&[10, 0, 0, 0])]),
            "ioctl(0, 0x1234, buf:4) = 0\n    00000000  0a 00 00 00                                       |....|\n"
        );
        assert_eq!(
            line("prctl PR_GET_NAME buf:16", ok(0), &[16, 0x7f00], &[None, Some(b"my-daemon\0\0\0\0\0\0\0")]),
            "prctl(PR_GET_NAME, \"my-daemon\") = 0\n"
        );
    }

    #[test]
    fn bytes_that_a_call_only_read_are_shown_once() {
        let content = Some(&b"hello\0"[..]);
        assert_eq!(
            line("write 1 hex:68656c6c6f00 6", ok(6), &[1, 0x7f00, 6], &[None, content, None]),
            "write(1, hex:68656c6c6f00, 6) = 6\n"
        );
    }

    #[test]
    fn what_is_known_to_be_a_struct_is_shown_as_that() {
        let content = Some(&[3, 0, 0, 0, 4, 0, 0, 0][..]);
        for buffer in ["int:0,0", "buf:8", "hex:0000000000000000"] {
            assert_eq!(
                line(&format!("pipe2 {buffer} O_CLOEXEC"), ok(0), &[0x7f00, 0o2_000_000], &[content, None]),
                "pipe2([3, 4], O_CLOEXEC) = 0\n"
            );
        }
    }

    #[test]
    fn what_a_call_wrote_over_is_shown_before_and_after() {
        let length = Some(&[2, 0, 0, 0][..]);
        assert_eq!(
            line("getsockname 3 buf:4 int:4", ok(0), &[3, 1, 2], &[None, Some(&[1, 0, 0, 0]), length]),
            "getsockname(3, {sa_family=AF_UNIX}, [4 => 2]) = 0\n"
        );
        assert_eq!(
            line("9999 int:1,-1 hex:00", ok(0), &[1, 2], &[Some(&[9, 0, 0, 0, 8, 0, 0, 0]), Some(&[7])]),
            "syscall_0x270f([int:1,-1 => int:9,8], [hex:00 => hex:07]) = 0\n"
        );
    }
}
