//! What a tracee's stop is. Stops are classified, never counted: an interrupt may surface late, a signal may come between.

use crate::{request::fill, tracee::Tracee};
use rsyscall_core::{
    near::{ptrace::PtraceRequest, signal::Signal},
    syscall::Errno,
};

/// What `waitid` reported of a tracee.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Stop {
    /// It is gone, and waited for.
    Ended,
    /// `PTRACE_EVENT_STOP`
    Event {
        /// By a group-stop, and not by an interrupt.
        group: bool,
    },
    /// `PTRACE_EVENT_EXEC`: its program was replaced.
    Exec,
    /// `PTRACE_EVENT_EXIT`: it is about to end. Only this is certain to come: the end of a main thread is not reported
    /// before the other threads have ended.
    Exiting,
    /// At the entry or the exit of a system call.
    Syscall,
    /// signal-delivery-stop.
    Signal(Signal),
    /// An event that was not asked for.
    Other,
}

const PTRACE_EVENT_EXEC: i32 = 4;
const PTRACE_EVENT_EXIT: i32 = 6;
const PTRACE_EVENT_STOP: i32 = 128;
const SIGTRAP: i32 = Signal::TRAP.into_raw();

impl Stop {
    #[inline(always)]
    pub(crate) fn classify(status: i32) -> Self {
        let signal = (status >> 8) & 0xff;
        match (status & 0xff, status >> 16) {
            (0x7f, PTRACE_EVENT_STOP) => Self::Event { group: signal != SIGTRAP },
            (0x7f, PTRACE_EVENT_EXEC) => Self::Exec,
            (0x7f, PTRACE_EVENT_EXIT) => Self::Exiting,
            (0x7f, 0) if signal == SIGTRAP | 0x80 => Self::Syscall,
            (0x7f, 0) => Self::Signal(Signal::from_raw(signal)),
            (0x7f, _) => Self::Other,
            _ => Self::Ended,
        }
    }
}

/// Which end of a system call a tracee is at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum SyscallInfo {
    /// It is about to be executed.
    Entry,
    /// It was executed, and this is what it returned.
    Exit(i64),
    /// Neither.
    None,
}

/// `struct ptrace_syscall_info`, in words: op and architecture, instruction pointer, stack pointer, then by op.
const WORDS: usize = 11;

/// Asks the kernel which end of a call the tracee is at (`PTRACE_GET_SYSCALL_INFO`, Linux 5.3).
#[inline(always)]
pub(crate) fn syscall_info(tracee: &Tracee) -> Result<SyscallInfo, Errno> {
    let mut words = [0_u64; WORDS];
    fill(PtraceRequest::GET_SYSCALL_INFO, tracee, size_of::<[u64; WORDS]>() as u64, &mut words)?;
    let [operation, _, _, value, ..] = words;
    Ok(match operation & 0xff {
        1 => SyscallInfo::Entry,
        2 => SyscallInfo::Exit(value.cast_signed()),
        _ => SyscallInfo::None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_status_is_told_apart() {
        assert_eq!(Stop::classify(0x0000_0100), Stop::Ended);
        assert_eq!(Stop::classify(9), Stop::Ended);
        assert_eq!(Stop::classify(0x85 << 8 | 0x7f), Stop::Syscall);
        assert_eq!(Stop::classify(5 << 8 | 0x7f), Stop::Signal(Signal::TRAP));
        assert_eq!(Stop::classify(128 << 16 | 5 << 8 | 0x7f), Stop::Event { group: false });
        assert_eq!(Stop::classify(128 << 16 | 19 << 8 | 0x7f), Stop::Event { group: true });
        assert_eq!(Stop::classify(4 << 16 | 5 << 8 | 0x7f), Stop::Exec);
        assert_eq!(Stop::classify(6 << 16 | 5 << 8 | 0x7f), Stop::Exiting);
        assert_eq!(Stop::classify(3 << 16 | 5 << 8 | 0x7f), Stop::Other);
    }
}
