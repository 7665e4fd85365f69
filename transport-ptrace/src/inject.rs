//! One call: two system-call stops on an instruction that was there already.

use crate::{
    registers::{EXECS, NOT_INJECTED, RT_SIGPROCMASK, Registers, SETS_BASES, SLEEPS},
    request::{fill, plain},
    session::{Session, State},
    stop::{Stop, SyscallInfo, syscall_info},
};
use rsyscall_core::{
    abi::ABSENT,
    interface::{Hangup, NotSent, SyscallError},
    near::{ptrace::PtraceRequest, signal::Signal},
    syscall::Errno,
};

/// Signals that the kernel forces on a thread for what it does: SIGILL, SIGTRAP, SIGBUS, SIGFPE, SIGSEGV, SIGSYS. Forcing a
/// blocked one resets its disposition, so that they are not blocked for our calls.
const FORCED: u64 = 1 << 3 | 1 << 4 | 1 << 6 | 1 << 7 | 1 << 10 | 1 << 30;

/// The mask under which calls are made: nothing else of the thread's own gets in between.
pub(crate) const fn mask_for_calls(own: u64) -> u64 {
    own | !FORCED
}

/// What the kernel returns to be seen by itself only, when a call is to be restarted: -ERESTARTSYS, -ERESTARTNOINTR,
/// -ERESTARTNOHAND.
const RESTARTS: [i64; 3] = [-512, -513, -514];
/// The same for a call that would be continued by restart_syscall.
const ERESTART_RESTARTBLOCK: i64 = -516;

impl Session {
    /// Makes the thread execute a call; what it returned, errors included.
    pub(crate) fn execute(&self, number: i64, arguments: [u64; 6]) -> Result<i64, SyscallError> {
        if self.state.get() != State::Stopped {
            return Err(NotSent::Dead.into());
        }
        if number == i64::from(ABSENT) {
            return Ok(-i64::from(Errno::ENOSYS.into_raw()));
        }
        let sleeps_over_a_sleep =
            SLEEPS.contains(&number) && self.saved.get().needs_restart_block(self.blocked);
        if NOT_INJECTED.contains(&number) || sleeps_over_a_sleep {
            return Err(NotSent::Unsupported.into());
        }
        if number == RT_SIGPROCMASK {
            return self.with_own_mask(number, arguments);
        }
        let returned = self.run(number, arguments)?;
        if SETS_BASES.contains(&number)
            && let Ok(Some(now)) = Registers::get(self.tracee)
        {
            self.saved.set(self.saved.get().keep_bases_of(&now));
        }
        Ok(returned)
    }

    /// A call that is about the thread's mask works on its own one, and what it leaves is what is put back.
    fn with_own_mask(&self, number: i64, arguments: [u64; 6]) -> Result<i64, SyscallError> {
        self.set_mask(self.mask.get()).map_err(|_| self.not_sent())?;
        let returned = self.run(number, arguments)?;
        let mut mask = 0_u64;
        let length = size_of::<u64>() as u64;
        if fill(PtraceRequest::GETSIGMASK, self.tracee, length, &mut mask).is_ok() {
            self.mask.set(mask);
        }
        let _ = self.set_mask(mask_for_calls(self.mask.get()));
        Ok(returned)
    }

    pub(crate) fn run(&self, number: i64, arguments: [u64; 6]) -> Result<i64, SyscallError> {
        let registers = self.saved.get().for_call(self.site, number, arguments);
        loop {
            registers.start_call(self.tracee).map_err(|_| self.not_sent())?;
            self.to_entry()?;
            match self.to_exit(number)? {
                // A stop of the whole process came between; the call had no effect and is made again.
                returned if RESTARTS.contains(&returned) => {}
                ERESTART_RESTARTBLOCK => return Ok(-i64::from(Errno::EINTR.into_raw())),
                returned => return Ok(returned),
            }
        }
    }

    /// Runs the thread to where it is about to execute the call. Until then the call was not sent.
    fn to_entry(&self) -> Result<(), SyscallError> {
        loop {
            plain(PtraceRequest::SYSCALL, self.tracee, 0, 0).map_err(|_| self.not_sent())?;
            match self.next_stop() {
                Stop::Syscall => {
                    if syscall_info(self.tracee) == Ok(SyscallInfo::Entry) {
                        return Ok(());
                    }
                }
                Stop::Event | Stop::Other => {}
                Stop::Signal(signal) => self.signal(signal).map_err(|()| NotSent::Unsupported)?,
                Stop::Exec => {
                    self.state.set(State::Replaced);
                    return Err(NotSent::Dead.into());
                }
                Stop::Ended => return Err(NotSent::Dead.into()),
            }
        }
    }

    /// Runs the thread to where it has executed the call.
    fn to_exit(&self, number: i64) -> Result<i64, SyscallError> {
        loop {
            plain(PtraceRequest::SYSCALL, self.tracee, 0, 0).map_err(|_| self.hangup())?;
            match self.next_stop() {
                Stop::Syscall => {
                    if let Ok(SyscallInfo::Exit(returned)) = syscall_info(self.tracee) {
                        return Ok(returned);
                    }
                }
                Stop::Event | Stop::Other => {}
                // A filter's SIGSYS for this very call: the kernel has skipped it.
                Stop::Signal(signal) => self.signal(signal).map_err(|()| NotSent::Unsupported)?,
                Stop::Exec => {
                    self.state.set(State::Replaced);
                    if !EXECS.contains(&number) {
                        // Another thread's program took over this one, with that thread's mask.
                        self.mask.set(self.current_mask());
                    }
                    return Err(Hangup::TaskEnded.into());
                }
                Stop::Ended => return Err(Hangup::TaskEnded.into()),
            }
        }
    }

    /// A signal-delivery-stop: somebody's signal is kept for later; one that the call itself caused is an error.
    fn signal(&self, signal: Signal) -> Result<(), ()> {
        let shift = u32::try_from(signal.into_raw().wrapping_sub(1)).ok();
        let bit = shift.and_then(|shift| 1_u64.checked_shl(shift)).unwrap_or(0);
        if bit & FORCED != 0 && self.caused_by_kernel() {
            return Err(());
        }
        self.held.set(self.held.get() | bit);
        Ok(())
    }

    /// Whether the signal of this stop was forced by the kernel, and not sent by anybody: its `si_code` is positive.
    fn caused_by_kernel(&self) -> bool {
        let mut information = [0_i32; 32];
        let got = fill(PtraceRequest::GETSIGINFO, self.tracee, 0, &mut information);
        let [_, _, code, ..] = information;
        got.is_ok() && code > 0
    }

    fn current_mask(&self) -> u64 {
        let mut mask = 0_u64;
        let _ = fill(PtraceRequest::GETSIGMASK, self.tracee, size_of::<u64>() as u64, &mut mask);
        mask
    }

    /// A request failed before the call began: the thread was killed.
    fn not_sent(&self) -> SyscallError {
        self.next_stop();
        NotSent::Dead.into()
    }

    /// A request failed when the call may have begun.
    fn hangup(&self) -> SyscallError {
        self.next_stop();
        Hangup::TaskEnded.into()
    }
}
