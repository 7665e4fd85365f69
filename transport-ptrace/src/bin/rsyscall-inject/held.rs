//! The threads that are stopped, and make the calls.

use crate::target::near;
use rsyscall_transport_ptrace::{AttachError, DetachError, Session, Threads};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::slice;

/// More threads than that are not held at once.
const MOST: usize = 1024;

/// Stopped threads of one process.
pub(crate) enum Held {
    One(Box<Session>),
    All(Box<Threads<MOST>>),
}

impl Held {
    /// Stops one thread, or all of the process that it is the main thread of.
    ///
    /// # Errors
    ///
    /// Why not, and nothing is stopped.
    pub(crate) fn attach(thread: u32, all: bool) -> Result<Self, AttachError> {
        match all {
            true => {
                allow_descriptors();
                Threads::attach(near(thread)).map(|threads| Self::All(Box::new(threads)))
            }
            false => Session::attach(near(thread)).map(|session| Self::One(Box::new(session))),
        }
    }

    pub(crate) fn sessions(&self) -> &[Session] {
        match self {
            Self::One(session) => slice::from_ref(session),
            Self::All(threads) => threads,
        }
    }

    /// Puts everything back, and lets them go.
    ///
    /// # Errors
    ///
    /// What could not be put back.
    pub(crate) fn detach(self) -> Result<(), DetachError> {
        match self {
            Self::One(session) => session.detach().map(|_| ()),
            Self::All(threads) => threads.detach(),
        }
    }
}

/// As many descriptors as this process may have: each thread takes some. If that fails, attaching says what is wrong.
fn allow_descriptors() {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    let _ = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum });
}
