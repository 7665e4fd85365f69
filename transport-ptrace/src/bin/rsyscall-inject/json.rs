//! Calls and what came of them, as JSON.

use crate::{
    buffers::{hexadecimal, is_text},
    options::Buffers,
    plan::{Argument, Call},
    run::{Done, Outcome},
    text::{self, Written},
    value::Value,
};
use rsyscall_core::{interface::SyscallError, syscall::Errno};
use serde::Serialize;

/// One call.
#[derive(Serialize, Default)]
struct Line<'c> {
    /// The thread that made it; none before it was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    thread: Option<i32>,
    call: &'c str,
    number: i64,
    /// Its arguments as they are printed.
    arguments: Vec<String>,
    /// What the kernel returned.
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<i64>,
    /// Why the kernel refused it.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Error>,
    /// Why nobody knows a result, or why it was not made.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// Whether it came out as wanted.
    #[serde(skip_serializing_if = "Option::is_none")]
    success: Option<bool>,
    /// What it wrote.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    buffers: Vec<Buffer>,
}

#[derive(Serialize)]
struct Error {
    errno: u16,
    name: Option<&'static str>,
    description: Option<&'static str>,
}

/// The memory of one argument after the call.
#[derive(Serialize)]
struct Buffer {
    /// Which argument; the first is 1.
    argument: usize,
    #[serde(flatten)]
    content: Content,
}

/// It is one of these.
#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum Content {
    /// What is known to be numbers, names or structs of them.
    Value(Value),
    Text(String),
    Hex(String),
}

/// A call that is not made.
pub(crate) fn planned(call: &Call) -> serde_json::Result<String> {
    serde_json::to_string(&Line {
        call: &call.signature.name,
        number: call.signature.number,
        arguments: call.texts(),
        ..Line::default()
    })
}

/// A call and what came of it.
pub(crate) fn line(thread: i32, call: &Call, done: &Done, form: Buffers) -> serde_json::Result<String> {
    let (result, error, reason) = match done.outcome {
        Outcome::Answer(Ok(word)) => (Some(word.cast_signed()), None, None),
        Outcome::Answer(Err(SyscallError::Errno(errno))) => (None, Some(errno.into()), None),
        outcome => (None, None, Some(text::reason(outcome))),
    };
    let buffers = call.arguments.iter().enumerate().filter(|(_, one)| matches!(one, Argument::Memory(_)));
    let buffers =
        buffers.filter_map(|(index, _)| buffer(index, text::written(call, done, index, form)?, form));
    serde_json::to_string(&Line {
        thread: Some(thread),
        call: &call.signature.name,
        number: call.signature.number,
        arguments: text::arguments(call, done, form).0,
        result,
        error,
        reason,
        success: Some(call.is_success(done.outcome)),
        buffers: buffers.collect(),
    })
}

fn buffer(index: usize, written: Written<'_>, form: Buffers) -> Option<Buffer> {
    let content = match written {
        Written::Value(value) => Content::Value(value),
        Written::Bytes(bytes) => match form {
            Buffers::Text => Content::Text(String::from_utf8_lossy(bytes).into_owned()),
            Buffers::Auto if is_text(bytes) => Content::Text(String::from_utf8_lossy(bytes).into_owned()),
            Buffers::Auto | Buffers::Hex => Content::Hex(hexadecimal(bytes)),
        },
    };
    Some(Buffer { argument: index.checked_add(1)?, content })
}

impl From<Errno> for Error {
    fn from(errno: Errno) -> Self {
        Self { errno: errno.into_raw(), name: errno.name(), description: errno.description() }
    }
}
