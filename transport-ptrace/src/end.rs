//! The end of a thread that was killed while it was stopped.
#![expect(unsafe_code, reason = "waits for a tracee")]

use crate::{
    explain::is_zombie,
    request::{call, try_wait},
    session::{Session, State},
    stop::Stop,
};
use rsyscall_core::{
    identifier::Address,
    near::{
        sched::sched_yield,
        signal::{PidfdSignalFlags, Signal, pidfd_send_signal},
    },
    syscall::Errno,
};

impl Session {
    /// No request reaches a thread that was killed: it is dying, and only its end is left to be waited for.
    pub(crate) fn wait_for_end(&self) {
        let probe = pidfd_send_signal(self.pidfd, Signal::NONE, Address::NULL, PidfdSignalFlags::empty());
        // SAFETY: it sends nothing.
        if unsafe { call(probe) } == Err(Errno::ESRCH) {
            // Its parent has waited for it already: who has its number now is somebody else.
            self.state.set(State::Ended);
        } else if self.process() == self.group {
            self.wait_for_main_thread();
        } else {
            self.next_stop();
        }
    }

    /// The end of a main thread is reported only when all other threads have been waited for, some of them perhaps by this
    /// very thread of this process in other sessions.
    fn wait_for_main_thread(&self) {
        while self.state.get() != State::Ended {
            let waits_for_others = is_zombie(self.process());
            match try_wait(&self.tracee, self.is_child) {
                Ok(Some(stop)) => {
                    self.note(stop);
                }
                Ok(None) if waits_for_others => self.state.set(State::Ended),
                Ok(None) => {
                    // SAFETY: it changes nothing.
                    let _ = unsafe { call(sched_yield()) };
                }
                Err(_) => {
                    self.note(Stop::Ended);
                }
            }
        }
    }
}
