//! What a register set holds, and how a call is laid into it.
//!
//! Each architecture's file has a `Registers` with the same functions.

cfg_if::cfg_if! {
    if #[cfg(target_arch = "x86_64")] {
        mod x86_64;
        pub(crate) use x86_64::{FORKS, INSTRUCTION, POLL, Registers, SETS_BASES, Seen, Vectors, stepped, untagged};
        use x86_64::EPOLL_WAIT;
    } else if #[cfg(target_arch = "aarch64")] {
        mod aarch64;
        pub(crate) use aarch64::{FORKS, INSTRUCTION, POLL, Registers, SETS_BASES, Seen, Vectors, stepped, untagged};
        use aarch64::EPOLL_WAIT;
    } else {
        compile_error!(
            "rsyscall-transport-ptrace knows no registers for this architecture: add them in transport-ptrace/src/registers, \
             the loop of the code page in src/arch, and the server in src/server/arch"
        );
    }
}

use crate::request::Integers;
use linux_raw_sys::general::*;
use rsyscall_core::syscall::Errno;

impl Integers for Registers {}

/// `NT_PRSTATUS`: the general registers.
const NT_PRSTATUS: u64 = 1;

/// Calls that cannot be injected, as they work on what is not the caller's; [`FORKS`] cannot either.
pub(crate) const NOT_INJECTED: [i64; 2] = numbers([__NR_restart_syscall, __NR_rt_sigreturn]);
/// nanosleep and clock_nanosleep overwrite the thread's restart block.
pub(crate) const SLEEPS: [i64; 2] = numbers([__NR_nanosleep, __NR_clock_nanosleep]);
/// `getpid`: takes nothing, changes nothing.
pub(crate) const DUMMY: i64 = number(__NR_getpid);
pub(crate) const RT_SIGPROCMASK: i64 = number(__NR_rt_sigprocmask);
pub(crate) const PRCTL: i64 = number(__NR_prctl);
/// execve and execveat.
pub(crate) const EXECS: [i64; 2] = numbers([__NR_execve, __NR_execveat]);

/// What the kernel returns, negative, to be seen by itself only: the call is made again, or ends with EINTR
/// (include/linux/errno.h).
pub(crate) const ERESTARTSYS: u64 = 512;
pub(crate) const ERESTARTNOINTR: u64 = 513;
pub(crate) const ERESTARTNOHAND: u64 = 514;
/// The same for a call that would be continued by restart_syscall.
pub(crate) const ERESTART_RESTARTBLOCK: u64 = 516;

/// A result as it stands in its register.
const INTERRUPTED: u64 = (Errno::EINTR.into_raw() as u64).wrapping_neg();

/// Whether the kernel ends a call with EINTR for any interruption, a tracer's too, instead of restarting it, and it has had no
/// effect then; those on a socket if it has a timeout.
fn is_never_restarted(number: u64) -> bool {
    const NEVER_RESTARTED: [u32; 24] = [
        __NR_semop,
        __NR_semtimedop,
        __NR_rt_sigtimedwait,
        __NR_epoll_pwait,
        __NR_epoll_pwait2,
        __NR_io_getevents,
        __NR_io_uring_enter,
        __NR_read,
        __NR_readv,
        __NR_preadv2,
        __NR_splice,
        __NR_recvfrom,
        __NR_recvmsg,
        __NR_recvmmsg,
        __NR_accept,
        __NR_accept4,
        __NR_write,
        __NR_writev,
        __NR_pwritev2,
        __NR_sendfile,
        __NR_sendto,
        __NR_sendmsg,
        __NR_sendmmsg,
        __NR_connect,
    ];
    u32::try_from(number).is_ok_and(|number| NEVER_RESTARTED.contains(&number) || EPOLL_WAIT == Some(number))
}

/// A call's number, as calls have it.
const fn number(of: u32) -> i64 {
    of as i64
}

/// The same of many.
const fn numbers<const N: usize>(of: [u32; N]) -> [i64; N] {
    let mut numbers = [0; N];
    let (mut from, mut to): (&[u32], &mut [i64]) = (&of, &mut numbers);
    while let ([first, rest @ ..], [place, places @ ..]) = (from, to) {
        *place = number(*first);
        (from, to) = (rest, places);
    }
    numbers
}
