//! How the program ends.

use std::{io, process::ExitCode};

/// The exit status, the worst of what happened.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Status {
    /// Every call was made and has succeeded.
    Success,
    /// A call failed, or was not made.
    Call,
    /// The command line means nothing.
    Usage,
    /// The process could not be attached to.
    Attach,
    /// Something could not be put back.
    PutBack,
    /// This signal ended it.
    Signal(u8),
}

/// An error, and the status it ends the program with.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) status: Status,
    pub(crate) error: anyhow::Error,
    pub(crate) advice: Option<&'static str>,
}

impl Status {
    /// An error with this status.
    pub(crate) fn failure(self, error: impl Into<anyhow::Error>) -> Failure {
        Failure { status: self, error: error.into(), advice: None }
    }
}

impl Failure {
    /// With this status if that is worse.
    pub(crate) fn or_worse(self, status: Status) -> Self {
        Self { status: self.status.max(status), ..self }
    }
}

impl From<Status> for u8 {
    fn from(status: Status) -> Self {
        match status {
            Status::Success => 0,
            Status::Call => 1,
            Status::Usage => 2,
            Status::Attach => 3,
            Status::PutBack => 4,
            Status::Signal(signal) => signal.saturating_add(128),
        }
    }
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        Self::from(u8::from(status))
    }
}

/// Output that nobody reads is the end, as SIGPIPE would make it.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        let status = match error.kind() {
            io::ErrorKind::BrokenPipe => Status::Signal(13),
            _ => Status::Call,
        };
        status.failure(anyhow::Error::from(error).context("cannot write the output"))
    }
}
