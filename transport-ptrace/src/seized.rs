//! A thread between being asked to stop and being seen to have stopped.

use crate::{
    attach::{interrupt, open_pidfd, seize, session_of},
    clock::{Pause, now},
    end::let_go,
    error::{AttachError, Reason},
    explain::{sleeps_uninterruptibly, thread_group},
    request::close_own,
    session::Session,
    tracee::Tracee,
};
use core::{fmt, marker::PhantomData, time::Duration};
use rsyscall_core::identifier::{FileDescriptor, Process};

/// A thread that is traced, and was not seen to have stopped yet.
///
/// A thread in an uninterruptible sleep (for a disk, for a child that it has started by `vfork`, in a frozen control group) stops
/// when it wakes; until then the kernel lets nobody let it go. Whoever cannot wait for that keeps this and looks again later.
///
/// Dropping it waits until the thread stops, and lets it go. Like a [`Session`] it belongs to the thread that made it, and is not
/// `Send`:
///
/// ```compile_fail
/// fn send<T: Send>() {}
/// send::<rsyscall_transport_ptrace::Seized>();
/// ```
pub struct Seized {
    tracee: Tracee,
    group: Process,
    pidfd: FileDescriptor,
    /// Whether it is nobody's any more, or a session's.
    is_over: bool,
    of_this_thread: PhantomData<*const ()>,
}

impl Seized {
    /// Takes a process's main thread, or the thread with this id (`PTRACE_SEIZE`), and does not wait for it to stop.
    ///
    /// # Errors
    ///
    /// As [`Session::attach`].
    pub fn begin(process: Process) -> Result<Self, AttachError> {
        let failed = |reason| AttachError { process, reason };
        let pidfd = open_pidfd(process).map_err(failed)?;
        let tracee = Tracee::new(process);
        let group = thread_group(process).unwrap_or(process);
        match seize(&tracee) {
            Ok(()) => Ok(Self { tracee, group, pidfd, is_over: false, of_this_thread: PhantomData }),
            Err(reason) => {
                close_own(pidfd);
                Err(failed(reason))
            }
        }
    }

    /// The same for a thread that would stop at once: one that does not is waited for beforehand, untouched.
    pub(crate) fn begin_until(process: Process, until: Option<Duration>) -> Result<Self, AttachError> {
        if let Some(until) = until {
            let mut pause = Pause::new();
            while sleeps_uninterruptibly(process) {
                if now() >= until {
                    return Err(AttachError { process, reason: Reason::Unresponsive { traced: false } });
                }
                pause.take();
            }
        }
        Self::begin(process)
    }

    /// The thread.
    pub fn process(&self) -> Process {
        self.tracee.process
    }

    /// Stops the thread. If it has not stopped after so long, it is given back, to be asked for again.
    ///
    /// # Errors
    ///
    /// As [`Session::attach`], and the thread was let go.
    pub fn stop_within(self, limit: Duration) -> Result<Result<Session, Self>, AttachError> {
        self.stop_until(now().checked_add(limit))
    }

    pub(crate) fn stop_until(
        mut self,
        until: Option<Duration>,
    ) -> Result<Result<Session, Self>, AttachError> {
        let failed = |reason| AttachError { process: self.tracee.process, reason };
        let stopped = match interrupt(&self.tracee, self.group, until) {
            Err(Reason::Unresponsive { .. }) => return Ok(Err(self)),
            stopped => stopped,
        };
        let session = stopped.and_then(|stopped| session_of(&self.tracee, self.group, self.pidfd, stopped));
        let session = session.map_err(failed);
        self.is_over = true;
        if session.is_err() {
            close_own(self.pidfd);
        }
        session.map(Ok)
    }

    /// Stops the thread, or leaves it to the kernel, which lets it go when this thread ends.
    pub(crate) fn stop_or_leave(self, until: Option<Duration>) -> Result<Session, AttachError> {
        self.stop_until(until)?.map_err(|mut seized| {
            seized.is_over = true;
            close_own(seized.pidfd);
            AttachError { process: seized.process(), reason: Reason::Unresponsive { traced: true } }
        })
    }
}

impl Drop for Seized {
    fn drop(&mut self) {
        if !self.is_over {
            if interrupt(&self.tracee, self.group, None).is_ok() {
                let_go(&self.tracee, self.group);
            }
            close_own(self.pidfd);
        }
    }
}

impl fmt::Debug for Seized {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Seized").field("process", &self.process()).finish_non_exhaustive()
    }
}
