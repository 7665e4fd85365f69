//! The threads that are stopped, and make the calls.

use crate::target::{Target, near};
use rsyscall_transport_ptrace::{AttachError, DetachError, Reason, Session};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Stopped threads of one process, however many those are: the library's own `Threads` has room for a number of them that is
/// known beforehand.
pub(crate) struct Held(Vec<Session>);

impl Held {
    /// Stops one thread.
    ///
    /// # Errors
    ///
    /// Why not, and it is as it was.
    pub(crate) fn attach(thread: u32) -> Result<Self, AttachError> {
        Ok(Self(vec![Session::attach(near(thread))?]))
    }

    /// Stops all threads of a process, also those that it starts meanwhile.
    ///
    /// # Errors
    ///
    /// Why not, and all are as they were.
    pub(crate) fn attach_all(target: &Target) -> Result<Self, AttachError> {
        allow_descriptors();
        let mut sessions: Vec<Session> = Vec::new();
        // Only a thread that runs starts another, and a listing may miss one when another ends meanwhile.
        let mut complete = 0;
        while complete < 2 {
            complete += 1;
            // A process that is not there has no threads.
            for thread in target.threads().unwrap_or_default().into_iter().map(near) {
                if sessions.iter().any(|session| session.process() == thread) {
                    continue;
                }
                match Session::attach(thread) {
                    Ok(session) => {
                        sessions.push(session);
                        complete = 0;
                    }
                    Err(error) => match error.reason {
                        Reason::NoSuchProcess | Reason::Ended | Reason::Zombie => {}
                        _ => return Err(error),
                    },
                }
            }
        }
        // The reason is as for the main thread.
        if sessions.is_empty() { Self::attach(target.process) } else { Ok(Self(sessions)) }
    }

    pub(crate) fn sessions(&self) -> &[Session] {
        &self.0
    }

    /// Puts everything back, and lets them go.
    ///
    /// # Errors
    ///
    /// The first thread's of which something could not be put back; all others were let go.
    pub(crate) fn detach(self) -> Result<(), DetachError> {
        let mut first = Ok(());
        for session in self.0 {
            first = first.and(session.detach().map(|_| ()));
        }
        first
    }
}

/// As many descriptors as this process may have: each thread takes some. If that fails, attaching says what is wrong.
fn allow_descriptors() {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    let _ = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum });
}
