//! One call by single-stepping an instruction that is there already: one stop.
//!
//! The kernel forces a SIGTRAP behind the call. It is always taken before this is over: a thread that was let go with it would die.

use crate::{inject::RESTARTS, registers::stepped, request::plain, session::Session, stop::Stop};
use linux_raw_sys::general::*;
use rsyscall_core::{
    interface::{Hangup, NotSent, SyscallError},
    near::{ptrace::PtraceRequest, signal::Signal},
};

/// Calls that never sleep until something happens, and do nothing to signals, their mask, threads or filters.
const NEVER_BLOCK: &[u32] = &[
    __NR_getpid,
    __NR_gettid,
    __NR_getppid,
    __NR_getuid,
    __NR_geteuid,
    __NR_getgid,
    __NR_getegid,
    __NR_getresuid,
    __NR_getresgid,
    __NR_getpgid,
    __NR_getsid,
    __NR_getgroups,
    __NR_getpriority,
    __NR_getrusage,
    __NR_prlimit64,
    __NR_times,
    __NR_uname,
    __NR_sysinfo,
    __NR_getcpu,
    __NR_clock_gettime,
    __NR_clock_getres,
    __NR_gettimeofday,
    __NR_umask,
    __NR_brk,
    __NR_mmap,
    __NR_munmap,
    __NR_mprotect,
    __NR_madvise,
    __NR_mincore,
    __NR_dup,
    __NR_dup3,
    __NR_pipe2,
    __NR_eventfd2,
    __NR_epoll_create1,
    __NR_timerfd_create,
    __NR_timerfd_gettime,
    __NR_memfd_create,
    __NR_socket,
    __NR_socketpair,
    __NR_lseek,
    __NR_getcwd,
    __NR_getsockname,
    __NR_getpeername,
    __NR_getsockopt,
    __NR_sched_getaffinity,
    __NR_sched_getparam,
    __NR_sched_getscheduler,
    __NR_getitimer,
    __NR_capget,
    __NR_get_robust_list,
    __NR_set_robust_list,
    __NR_pidfd_open,
];

/// The same as a set of numbers, which are below 512 but for those of other ABIs.
const SET: [u64; 8] = {
    let mut set = [0_u64; 8];
    let mut rest = NEVER_BLOCK;
    while let [number, others @ ..] = rest {
        let mut word = 0;
        let mut words: &mut [u64] = &mut set;
        while let [first, behind @ ..] = words {
            if word == *number / 64 {
                *first |= 1 << (*number % 64);
            }
            word += 1;
            words = behind;
        }
        rest = others;
    }
    set
};

/// Whether a call with this number may be single-stepped for its own sake.
pub(crate) fn never_blocks(number: i64) -> bool {
    let word = usize::try_from(number / 64).ok().and_then(|index| SET.get(index));
    number >= 0 && word.is_some_and(|word| word >> (number % 64) & 1 == 1)
}

impl Session {
    /// Makes a call that never blocks; `handled` says whether the process has a use for SIGTRAP, so that somebody may send one.
    pub(crate) fn step(&self, number: i64, arguments: [u64; 6], handled: bool) -> Result<i64, SyscallError> {
        self.code_page.leave();
        let registers = self.saved.get().for_call(self.site, number, arguments);
        self.lay(&registers).map_err(|_| self.not_sent())?;
        plain(PtraceRequest::SINGLESTEP, &self.tracee, 0, 0).map_err(|_| self.not_sent())?;
        self.step_from(self.next_stop(), number, arguments, handled)
    }

    /// The same from the first stop on.
    pub(crate) fn step_from(
        &self,
        stop: Stop,
        number: i64,
        arguments: [u64; 6],
        handled: bool,
    ) -> Result<i64, SyscallError> {
        match self.step_once(stop, number, handled)? {
            Some(returned) if !RESTARTS.contains(&returned) => Ok(returned),
            // The call was interrupted without effect.
            _ => self.step(number, arguments, handled),
        }
    }

    /// From a stop to the end of the one instruction; `None` if it is to be run once more.
    fn step_once(&self, mut stop: Stop, number: i64, handled: bool) -> Result<Option<i64>, SyscallError> {
        let mut refused = false;
        loop {
            match stop {
                Stop::Signal(Signal::TRAP) => {
                    let returned = stepped(&self.tracee, self.site, number).map_err(|_| self.hangup())?;
                    // Signals of a kind become one while they wait: it may have been somebody else's, too, or not ours at all.
                    if (handled || returned.is_none()) && !self.is_step() {
                        let _ = self.signal(Signal::TRAP);
                    }
                    if refused {
                        return Err(NotSent::Unsupported.into());
                    }
                    return Ok(returned);
                }
                // A filter's SIGSYS; our trap, if there is to be one, is behind it.
                Stop::Signal(signal) if self.signal(signal).is_err() => {
                    refused = true;
                    if !self.trap_is_pending() {
                        return Err(NotSent::Unsupported.into());
                    }
                }
                Stop::Signal(_) | Stop::Event { .. } | Stop::Syscall | Stop::Other => {}
                Stop::Exec => return Err(self.replaced(number)),
                Stop::Ended | Stop::Exiting => return Err(Hangup::TaskEnded.into()),
            }
            // A pending trap is found before any instruction; without one there is the step to be made.
            let request =
                if self.trap_is_pending() { PtraceRequest::CONT } else { PtraceRequest::SINGLESTEP };
            plain(request, &self.tracee, 0, 0).map_err(|_| self.hangup())?;
            stop = self.next_stop();
        }
    }

    /// Whether the SIGTRAP of this stop is the kernel's own, for a step: `si_code` is positive, or says that process 0 sent it.
    fn is_step(&self) -> bool {
        self.signal_information().is_some_and(|(code, process)| code > 0 || (code, process) == (0, 0))
    }

    /// Whether a SIGTRAP waits to be delivered to the thread.
    #[cold]
    fn trap_is_pending(&self) -> bool {
        self.is_queued(|signal, _| signal == Signal::TRAP)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_never_blocks_is_found_and_nothing_else() {
        for &number in NEVER_BLOCK {
            assert!(never_blocks(number.into()), "{number}");
        }
        let count: u32 = SET.iter().map(|word| word.count_ones()).sum();
        assert_eq!(count as usize, NEVER_BLOCK.len());
        for number in [__NR_read, __NR_ppoll, __NR_futex, __NR_clone3, __NR_rt_sigprocmask] {
            assert!(!never_blocks(number.into()), "{number}");
        }
        for number in [-1, -512, i64::MIN, 512, i64::MAX] {
            assert!(!never_blocks(number), "{number}");
        }
    }
}
