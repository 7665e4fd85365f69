//! Why a call gave no result: the three cases, and their reasons.

use crate::syscall::Errno;
use core::fmt;

/// Why a system call gave no result. The three cases are never mixed up, and there is no fourth.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum SyscallError {
    /// Certainly not executed.
    NotSent(NotSent),
    /// Sent; nobody knows whether it was executed. For `exit` and `execve` this is success.
    Hangup(Hangup),
    /// Executed, and refused by the kernel.
    Errno(Errno),
}

/// Why a call was certainly not executed.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum NotSent {
    /// The calls in flight and the orphans use up the interface's capacity: await some, or take the orphans.
    Full,
    /// The number is reserved for the protocol (-1999 to -1000).
    ReservedNumber,
    /// An earlier entry of the batch failed.
    BatchStopped,
    /// The interface was closed or hung up before; it stays dead.
    Dead,
    /// The stream ended or failed before the whole request was accepted.
    Stream,
    /// The transport, or the server at its other end, cannot do this.
    Unsupported,
    /// The server cannot take this batch as one, for want of an extension that was not granted or not asked for. Its
    /// entries can be made [one by one](crate::batch::one_by_one).
    BatchUnsupported,
}

/// Why nobody knows whether a call was executed.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum Hangup {
    /// The stream of responses ended where one response ends and the next begins.
    EndOfStream,
    /// The stream of responses ended inside a response.
    TornResponse,
    /// A response came for which there was no request.
    UnaskedBytes,
    /// Reading or writing the stream failed.
    Stream,
    /// The answer is not one that the protocol allows.
    Protocol,
    /// The interface was closed while the call was in flight.
    Closed,
    /// The task ended, or was replaced, while the call was in flight.
    TaskEnded,
}

impl fmt::Display for SyscallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotSent(reason) => write!(f, "not sent: {reason}"),
            Self::Hangup(reason) => write!(f, "hangup: {reason}"),
            Self::Errno(errno) => errno.fmt(f),
        }
    }
}

impl fmt::Display for NotSent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full => "the interface's capacity is used up; await calls in flight or take orphans",
            Self::ReservedNumber => "the number is reserved for the protocol",
            Self::BatchStopped => "an earlier entry of the batch failed",
            Self::Dead => "the interface is closed",
            Self::Stream => "the stream ended before the request was accepted",
            Self::Unsupported => "the transport or its server cannot do this",
            Self::BatchUnsupported => {
                "the server has not granted the extensions that this batch needs; ask for them first, or make its entries one \
                 by one"
            }
        })
    }
}

impl fmt::Display for Hangup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::EndOfStream => "the server is gone",
            Self::TornResponse => "the server is gone in the middle of a response",
            Self::UnaskedBytes => "the server sent a response that nobody asked for",
            Self::Stream => "the stream failed",
            Self::Protocol => "the server sent an answer that the protocol does not allow",
            Self::Closed => "the interface was closed while the call was in flight",
            Self::TaskEnded => "the task ended while the call was in flight",
        })
    }
}

impl core::error::Error for SyscallError {}
impl core::error::Error for NotSent {}
impl core::error::Error for Hangup {}

impl From<Errno> for SyscallError {
    fn from(errno: Errno) -> Self {
        Self::Errno(errno)
    }
}

impl From<NotSent> for SyscallError {
    fn from(reason: NotSent) -> Self {
        Self::NotSent(reason)
    }
}

impl From<Hangup> for SyscallError {
    fn from(reason: Hangup) -> Self {
        Self::Hangup(reason)
    }
}
