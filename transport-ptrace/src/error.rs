//! Why a process could not be attached to.

use crate::detach::DetachError;
use core::fmt::{self, Write};
use rsyscall_core::{identifier::Process, interface::SyscallError, syscall::Errno};

/// A process could not be attached to. It is as it was, and no signal was sent to it, unless [`Reason::Unresponsive`] says otherwise.
///
/// Its text is for a terminal: "cannot attach to 1234: it is already traced by 77 (gdb)".
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AttachError {
    /// The process or thread that was asked for; among those of [`Threads`](crate::Threads), the one that it failed at.
    pub process: Process,
    /// Why not, found out after the kernel refused: a process that changed meanwhile may get the reason of what it is now.
    pub reason: Reason,
}

/// Why a process could not be attached to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Reason {
    /// There is no such process or thread in this pid namespace.
    NoSuchProcess,
    /// It belongs to this process: a thread cannot trace its own thread group.
    OwnThreadGroup,
    /// It is a kernel thread, which has no user mode.
    KernelThread,
    /// It is a zombie, which its parent has not waited for.
    Zombie,
    /// It has a tracer: there can be only one.
    Traced {
        /// The tracer.
        by: Process,
        /// The tracer's command name.
        name: CommandName,
    },
    /// It belongs to another user, and this process lacks `CAP_SYS_PTRACE`.
    OtherUser {
        /// That user.
        uid: u32,
    },
    /// It has another group, as its real, effective or saved one, and this process lacks `CAP_SYS_PTRACE`.
    OtherGroup {
        /// That group.
        gid: u32,
    },
    /// It is not dumpable, and this process lacks `CAP_SYS_PTRACE`: it changed its ids, has said so by `PR_SET_DUMPABLE`, or executes a
    /// file that its user may not read.
    NotDumpable,
    /// It has permitted capabilities that this process has not, and this process lacks `CAP_SYS_PTRACE`.
    MoreCapabilities,
    /// It lives in another user namespace, in which this process lacks `CAP_SYS_PTRACE`.
    OtherUserNamespace,
    /// The Yama security module forbids it: 1 allows descendants only, or needs `CAP_SYS_PTRACE`, as 2 does of all; 3 allows nothing.
    Yama {
        /// `/proc/sys/kernel/yama/ptrace_scope`
        level: u8,
    },
    /// The kernel forbids it, for none of the reasons that files tell: another security module (AppArmor, SELinux, ...) does, or a
    /// filter of this process. Of a process whose user is root files do not tell whether it is dumpable.
    NotPermitted,
    /// It runs in 32-bit or x32 mode.
    Compat,
    /// It has no system call instruction in memory that could be used.
    NoInstruction,
    /// It ended meanwhile.
    Ended,
    /// It runs in the strict mode of seccomp, and would be killed for nearly every call.
    StrictSeccomp,
    /// Its process has more threads than the caller has room for.
    TooManyThreads {
        /// For so many there is room.
        limit: usize,
    },
    /// It sleeps uninterruptibly, and did not stop in the time that it was given.
    Unresponsive {
        /// Whether it was asked to stop, which cannot be taken back: it is still traced, and when it wakes it stops until the
        /// thread that has tried this ends. If not, nothing was changed.
        traced: bool,
    },
    /// Another call of this process failed, for want of a descriptor (EMFILE, ENFILE) or because `/proc` is not mounted (ENOENT).
    Call {
        /// The call, and its request if it has many.
        call: &'static str,
        /// What the kernel answered.
        errno: Errno,
    },
}

/// The name of a command, as `/proc/PID/comm` has it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CommandName {
    pub(crate) bytes: [u8; 16],
    pub(crate) length: usize,
}

impl fmt::Display for CommandName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = self.bytes.get(..self.length).unwrap_or_default();
        // A process chooses its name, and could command the terminal with it.
        let valid = bytes.utf8_chunks().flat_map(|chunk| chunk.valid().chars());
        valid.filter(|character| !character.is_control()).try_for_each(|character| f.write_char(character))
    }
}

impl fmt::Display for AttachError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot attach to {}: ", self.process.into_raw())?;
        match self.reason {
            Reason::NoSuchProcess => f.write_str("there is no such process"),
            Reason::OwnThreadGroup => f.write_str("it belongs to this process, which cannot trace itself"),
            Reason::KernelThread => f.write_str("it is a kernel thread"),
            Reason::Zombie => f.write_str("it has ended, and its parent has not waited for it"),
            Reason::Traced { by, name } => write!(f, "it is already traced by {} ({name})", by.into_raw()),
            Reason::OtherUser { uid } => {
                write!(f, "it belongs to user {uid}, and this process lacks CAP_SYS_PTRACE")
            }
            Reason::OtherGroup { gid } => {
                write!(f, "it has group {gid}, and this process lacks CAP_SYS_PTRACE")
            }
            Reason::NotDumpable => f.write_str("it is not dumpable, which needs CAP_SYS_PTRACE"),
            Reason::MoreCapabilities => {
                f.write_str("it has capabilities that this process lacks, which needs CAP_SYS_PTRACE")
            }
            Reason::OtherUserNamespace => {
                f.write_str("it lives in another user namespace, which needs CAP_SYS_PTRACE there")
            }
            Reason::Yama { level: 1 } => f.write_str(
                "Yama allows descendants only; others need CAP_SYS_PTRACE, or /proc/sys/kernel/yama/ptrace_scope set to 0",
            ),
            Reason::Yama { level: 2 } => f.write_str(
                "Yama needs CAP_SYS_PTRACE, or /proc/sys/kernel/yama/ptrace_scope set to 0 (descendants: 1)",
            ),
            Reason::Yama { level } => {
                write!(f, "Yama forbids it until the next boot (/proc/sys/kernel/yama/ptrace_scope is {level})")
            }
            Reason::NotPermitted => f.write_str(
                "the kernel forbids it, probably by a security module such as AppArmor or SELinux, or because it is not dumpable",
            ),
            Reason::Compat => f.write_str("it runs in 32-bit or x32 mode"),
            Reason::NoInstruction => f.write_str("no system call instruction was found in its memory"),
            Reason::Ended => f.write_str("it ended meanwhile"),
            Reason::StrictSeccomp => f.write_str("it runs in the strict mode of seccomp, and would be killed"),
            Reason::TooManyThreads { limit } => write!(f, "it has more than {limit} threads"),
            Reason::Unresponsive { traced } => {
                f.write_str("it sleeps uninterruptibly and did not stop in time")?;
                if traced { f.write_str("; it will, until its tracer ends") } else { Ok(()) }
            }
            Reason::Call { call, errno } => write!(f, "{call}: {errno}"),
        }
    }
}

impl core::error::Error for AttachError {}

/// A server could not be put into a process, or not be taken out of it.
///
/// From [`Session::start_server`](crate::Session::start_server) and [`Session::serve`](crate::Session::serve): what had been made
/// for it is gone again, as far as calls still could be made, and the session is as it was. From
/// [`take_out`](crate::InjectedServer::take_out) and [`end`](crate::ServingThread::end): the rest was taken out all the same.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum ServerError {
    /// The process could not be attached to, to take the server out.
    Attach(AttachError),
    /// A call that was made for the server failed, the first of them.
    Call {
        /// The process that was to make it.
        process: Process,
        /// The call, or "read from memory", "write to memory".
        call: &'static str,
        /// *errno*: the process, or a filter of it, refused. *Hangup*: it has ended. *Not sent*: it cannot be injected here.
        cause: SyscallError,
    },
    /// The server is gone, and the thread that removed it could not be put back.
    Detach(DetachError),
}

impl fmt::Display for ServerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Attach(error) => error.fmt(f),
            Self::Call { process, call, cause } => {
                write!(f, "cannot start or end a server in {}: {call}: {cause}", process.into_raw())
            }
            Self::Detach(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for ServerError {}

/// A code page could not be mapped into the process. Nothing of it is left, unless it was `close` that failed, and calls are made as before.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PageError {
    /// What failed: the name of a call that the process was to make, or what else there was to do.
    pub call: &'static str,
    /// How it failed: ENOMEM, or EACCES and EPERM where a security module allows no executable memory of its own.
    pub cause: SyscallError,
}

impl fmt::Display for PageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot map a code page: {}: {}", self.call, self.cause)
    }
}

impl core::error::Error for PageError {}
