//! The threads that are stopped, and make the calls.

use crate::target::{Target, near};
use core::mem::ManuallyDrop;
use rsyscall_transport_ptrace::{AttachError, DetachError, Reason, Seized, Session};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::time::Duration;

/// So long a thread is waited for before it is asked whether to go on.
const SOON: Duration = Duration::from_millis(20);

/// Stopped threads of one process, however many those are: the library's own `Threads` has room for a number of them that is
/// known beforehand.
pub(crate) struct Held(Vec<Session>);

impl Held {
    /// Stops threads of a process: one, or all, also those that it starts meanwhile.
    ///
    /// # Errors
    ///
    /// Why not; with the end of this program, which lets go who has not stopped yet, all are as they were. `is_to_stop` is asked all the
    /// time, and then it is [`Reason::Unresponsive`].
    pub(crate) fn attach(
        target: &Target,
        thread: Option<u32>,
        is_to_stop: impl Fn() -> bool,
    ) -> Result<Self, AttachError> {
        if let Some(thread) = thread {
            let session = stop(ManuallyDrop::new(Seized::begin(near(thread))?), &is_to_stop)?;
            return Ok(Self(vec![session]));
        }
        allow_descriptors();
        let mut sessions: Vec<Session> = Vec::new();
        // Only a thread that runs starts another, and a listing may miss one when another ends meanwhile.
        let mut complete = 0;
        while complete < 2 {
            complete += 1;
            // All are seized before the first is stopped: nobody can seize one while another is in execve, which waits for those that
            // are traced. None is dropped, which would wait for it to stop.
            let mut all_seized = Vec::new();
            // A process that is not there has no threads.
            for thread in target.threads().unwrap_or_default().into_iter().map(near) {
                if sessions.iter().any(|session| session.process() == thread) {
                    continue;
                }
                match Seized::begin(thread) {
                    Ok(seized) => all_seized.push(ManuallyDrop::new(seized)),
                    // A main thread that has ended before the others.
                    Err(AttachError { reason: Reason::Zombie, .. }) => continue,
                    // It may have started another one before it ended.
                    Err(AttachError { reason: Reason::NoSuchProcess | Reason::Ended, .. }) => {}
                    Err(error) => return Err(error),
                }
                complete = 0;
            }
            for seized in all_seized {
                match stop(seized, &is_to_stop) {
                    Ok(session) => sessions.push(session),
                    Err(AttachError { reason: Reason::Ended, .. }) => {}
                    Err(error) => return Err(error),
                }
            }
        }
        // The reason is as for the main thread.
        if sessions.is_empty() {
            Self::attach(target, Some(target.process), is_to_stop)
        } else {
            Ok(Self(sessions))
        }
    }

    pub(crate) fn sessions(&self) -> &[Session] {
        &self.0
    }

    /// Puts everything back, and lets them go; of each thread what could not be put back.
    pub(crate) fn detach(self) -> Vec<DetachError> {
        self.0.into_iter().filter_map(|session| session.detach().err()).collect()
    }
}

/// Waits until a thread has stopped.
fn stop(seized: ManuallyDrop<Seized>, is_to_stop: impl Fn() -> bool) -> Result<Session, AttachError> {
    let mut seized = seized;
    loop {
        match ManuallyDrop::into_inner(seized).stop_within(SOON)? {
            Ok(session) => return Ok(session),
            Err(again) => seized = ManuallyDrop::new(again),
        }
        if is_to_stop() {
            let process = seized.process();
            return Err(AttachError { process, reason: Reason::Unresponsive { traced: false } });
        }
    }
}

/// As many descriptors as this process may have: each thread takes some. If that fails, attaching says what is wrong.
fn allow_descriptors() {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    let _ = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum });
}
