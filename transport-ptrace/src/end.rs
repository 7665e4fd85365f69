//! The end of a thread that was killed while it was stopped.
#![expect(unsafe_code, reason = "asks whether a process is alive")]

use crate::{
    clock::{Pause, give_way},
    explain::{is_own_child, is_traced_by_this_thread, is_zombie},
    request::{call, plain, try_wait},
    session::{Session, State},
    stop::Stop,
    succession::let_successor_go,
    tracee::Tracee,
};
use rsyscall_core::{
    identifier::{Address, Process},
    near::{
        ptrace::PtraceRequest,
        signal::{PidfdSignalFlags, Signal, pidfd_send_signal},
    },
    syscall::Errno,
};

/// Lets a thread go that a session could not be made of; false if it has ended. One that was killed while it was stopped has
/// ended only when its tracer knows: its process's `execve` would hang until then.
pub(crate) fn let_go(tracee: &Tracee, group: Process) -> bool {
    let is_child = is_own_child(tracee.process);
    let mut pause = Pause::new();
    while plain(PtraceRequest::DETACH, tracee, 0, 0).is_err() {
        let waits_for_others = tracee.process == group && is_zombie(tracee.process);
        match try_wait(tracee, is_child) {
            Ok(Some(stop)) if stop != Stop::Ended => {}
            Ok(None) if !waits_for_others => pause.take(),
            _ => {
                let_successor_go(tracee.process, group, None);
                return false;
            }
        }
    }
    true
}

impl Session {
    /// Whether calls can still be made; who leaves a session idle asks now and then.
    ///
    /// A thread that is killed while it is stopped has ended only when its tracer knows: until this, or another call, is made its
    /// parent is not told, and an `execve` in another thread of its process hangs.
    pub fn is_alive(&self) -> bool {
        if self.state.get() == State::Stopped && self.look() == Some(Stop::Exec) {
            self.replaced(0);
        }
        self.state.get() == State::Stopped && !self.closed.get()
    }

    /// No request reaches a thread that was killed: it is dying, and only its end is left to be waited for.
    pub(crate) fn wait_for_end(&self) {
        let probe = pidfd_send_signal(self.pidfd, Signal::NONE, Address::NULL, PidfdSignalFlags::empty());
        // SAFETY: it sends nothing.
        if unsafe { call(probe) } == Err(Errno::ESRCH) {
            // Its parent has waited for it already: who has its number now is somebody else.
            self.state.set(State::Ended);
        } else {
            self.with_others.set(self.process() == self.group);
            while self.state.get() != State::Ended {
                self.next_stop();
            }
        }
    }

    /// The next stop, if there is one already.
    ///
    /// The end of a main thread is reported only when all other threads have been waited for, some of them perhaps by this
    /// very thread of this process in other sessions: such a one has ended. And when another thread executes a program the
    /// kernel does not always wake who waits for the main thread, whose number that one gets, untraced.
    pub(crate) fn look(&self) -> Option<Stop> {
        self.look_once().or_else(|| {
            // Once more: what was reported before it ended, or was replaced, is not lost.
            let is_gone = self.with_others.get()
                && (is_zombie(self.process()) || !is_traced_by_this_thread(self.process()));
            is_gone.then(|| self.look_once().unwrap_or_else(|| self.note(Stop::Ended)))
        })
    }

    fn look_once(&self) -> Option<Stop> {
        match try_wait(&self.tracee, self.is_child) {
            Ok(stop) => stop.map(|stop| self.note(stop)),
            Err(_) => Some(self.note(Stop::Ended)),
        }
    }

    /// The next stop of a main thread whose end may not be reported.
    #[cold]
    pub(crate) fn look_until_stopped(&self) -> Stop {
        // Whether it has ended takes reading files to know, which costs more than a stop: first it is only given the time for that.
        for _ in 0..Pause::YIELDS {
            if let Some(stop) = self.look_once() {
                return stop;
            }
            give_way();
        }
        let mut pause = Pause::new();
        loop {
            if let Some(stop) = self.look() {
                return stop;
            }
            pause.take();
        }
    }
}
