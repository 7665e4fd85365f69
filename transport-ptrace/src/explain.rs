//! Why the kernel said no: it says EPERM for many reasons.

use crate::{
    denied,
    error::{CommandName, Reason},
    proc_file::{number, open_of, read_of, read_whole},
    request::call,
    status::Status,
};
use rsyscall_core::{
    identifier::Process,
    near::fs::OFlags,
    near::process::{getpid, gettid},
    syscall::Errno,
};

/// `PF_KTHREAD` in the flags of `/proc/PID/stat` (include/linux/sched.h).
const PF_KTHREAD: u64 = 0x20_0000;

/// What `PTRACE_SEIZE` refused, looked up afterwards: nothing was changed.
pub(crate) fn explain(process: Process, errno: Errno) -> Reason {
    let Ok(status) = Status::read(process) else { return Reason::NoSuchProcess };
    if errno == Errno::ESRCH && status.state != b'Z' {
        return Reason::NoSuchProcess;
    }
    if Some(status.tgid) == own_pid() {
        return Reason::OwnThreadGroup;
    }
    if is_kernel_thread(process) {
        return Reason::KernelThread;
    }
    if status.is_zombie() {
        return Reason::Zombie;
    }
    if let Some(by) = process_of(status.tracer) {
        return Reason::Traced { by, name: command_name(by) };
    }
    if errno != Errno::EPERM {
        return Reason::Call { call: "ptrace(PTRACE_SEIZE)", errno };
    }
    denied::reason(process, status)
}

pub(crate) fn process_of(number: u64) -> Option<Process> {
    i32::try_from(number).ok().filter(|&number| number != 0).map(Process::from_raw)
}

/// The process that a thread belongs to.
pub(crate) fn thread_group(process: Process) -> Option<Process> {
    Status::read(process).ok().and_then(|status| process_of(status.tgid))
}

/// Whether a process has ended, and was not waited for.
pub(crate) fn is_zombie(process: Process) -> bool {
    Status::read(process).is_ok_and(|status| status.is_zombie())
}

/// Whether nothing wakes a thread before what it waits for.
pub(crate) fn sleeps_uninterruptibly(thread: Process) -> bool {
    Status::read(thread).is_ok_and(|status| status.state == b'D')
}

/// Whether the thread is in the strict mode of seccomp.
pub(crate) fn in_strict_mode(process: Process) -> bool {
    Status::read(process).is_ok_and(|status| status.seccomp == 1)
}

/// The signals that wait for the thread or its process, and are not blocked.
pub(crate) fn due_signals(process: Process) -> u64 {
    Status::read(process).map_or(0, |status| status.pending() & !status.blocked)
}

/// Whether this is a process that is a child of this one. A thread that does not lead its process is nobody's child: only its
/// tracer can wait for it.
pub(crate) fn is_own_child(process: Process) -> bool {
    Status::read(process)
        .is_ok_and(|status| Some(status.ppid) == own_pid() && process_of(status.tgid) == Some(process))
}

/// Whether a thread is not the only one of its process.
pub(crate) fn has_siblings(thread: Process) -> bool {
    Status::read(thread).map_or(0, |status| status.threads) != 1
}

/// Whether a thread neither has ended nor is stopped.
pub(crate) fn is_running(thread: Process) -> bool {
    Status::read(thread).is_ok_and(|status| !matches!(status.state, 0 | b'Z' | b'X' | b't' | b'T'))
}

/// Whether this very thread traces that one.
pub(crate) fn is_traced_by_this_thread(thread: Process) -> bool {
    Status::read(thread).is_ok_and(|status| status.tracer != 0 && Some(status.tracer) == own_thread())
}

fn is_kernel_thread(process: Process) -> bool {
    let mut buffer = [0; 512];
    let flags = read_of(process, "stat", &mut buffer).ok().and_then(|stat| {
        // The name may hold anything, blanks and brackets too; what follows its last bracket does not.
        let end = stat.iter().rposition(|&byte| byte == b')')?;
        number(stat.get(end..)?.split(|&byte| byte == b' ').nth(7)?)
    });
    flags.is_some_and(|flags| flags & PF_KTHREAD != 0)
}

fn command_name(process: Process) -> CommandName {
    let mut bytes = [0; 16];
    let length = open_of(process, "comm", OFlags::RDONLY)
        .and_then(|fd| read_whole(fd, &mut bytes).map(|name| name.trim_ascii_end().len()))
        .unwrap_or(0);
    CommandName { bytes, length }
}

#[expect(unsafe_code, reason = "calls that take nothing and change nothing")]
pub(crate) fn own_pid() -> Option<u64> {
    // SAFETY: getpid takes nothing and changes nothing.
    unsafe { call(getpid()) }.ok().and_then(|pid| u64::try_from(pid.into_raw()).ok())
}

#[expect(unsafe_code, reason = "calls that take nothing and change nothing")]
pub(crate) fn own_thread() -> Option<u64> {
    // SAFETY: gettid takes nothing and changes nothing.
    unsafe { call(gettid()) }.ok().and_then(|thread| u64::try_from(thread.into_raw()).ok())
}
