//! What to do about an error, where that is not in the error itself.

use crate::{
    plan::{Argument, Call},
    run::{Done, Outcome},
};
use rsyscall_core::{
    interface::{NotSent, SyscallError},
    syscall::Errno,
};
use rsyscall_transport_ptrace::{AttachError, Reason};

/// What to do when a process cannot be attached to.
pub(crate) fn on_attach(error: &AttachError) -> Option<&'static str> {
    match error.reason {
        Reason::OtherUser { .. } => Some("run this as root, or as that user"),
        Reason::Traced { .. } => Some("a thread has one tracer: end that one first"),
        Reason::OtherGroup { .. }
        | Reason::NotDumpable
        | Reason::MoreCapabilities
        | Reason::Yama { level: 1 | 2 } => {
            Some("run this as root; in a container, root must be given CAP_SYS_PTRACE (--cap-add=SYS_PTRACE)")
        }
        Reason::OtherUserNamespace => Some(
            "run this as root of the process's user namespace (nsenter --user --target PID), or of one around it",
        ),
        Reason::NotPermitted => Some(
            "run this as root; in a container, with CAP_SYS_PTRACE; see the kernel's log for what a security module says",
        ),
        Reason::Compat => Some("only 64-bit processes can be attached to"),
        Reason::Unresponsive { .. } => Some(
            "it waits for a disk or file server, or for the child of a vfork, or its control group is frozen: see to that, or wait for \
             longer with --attach-timeout",
        ),
        Reason::Zombie => Some("choose a process that runs"),
        _ => None,
    }
}

/// Calls that make another process or thread.
const FORKS: [&str; 4] = ["clone", "clone3", "fork", "vfork"];
/// Numbers below are no addresses: the first pages are never mapped.
const FIRST_ADDRESS: u64 = 4096;

/// What to do when a call fails.
pub(crate) fn on_call(call: &Call, done: &Done) -> Option<String> {
    let name = call.signature.name.as_str();
    match done.outcome {
        Outcome::Answer(Err(SyscallError::NotSent(NotSent::Unsupported))) if FORKS.contains(&name) => {
            Some(format!("{name} cannot be injected: the child would run on in the middle of nowhere"))
        }
        Outcome::Answer(Err(SyscallError::NotSent(NotSent::Unsupported))) => Some(format!(
            "{name} cannot be injected here: a filter of the process answers it with a signal, or it would overwrite what a \
             sleep of the thread needs to go on; another thread (--thread) may do"
        )),
        Outcome::Answer(Err(SyscallError::Errno(Errno::EFAULT))) => {
            let index = call.arguments.iter().enumerate().position(|(index, argument)| {
                let is_small = matches!(argument, Argument::Word(1..FIRST_ADDRESS));
                is_small && call.signature.is_address(index)
            })?;
            let Some(Argument::Word(word)) = call.arguments.get(index) else { return None };
            let number = index.saturating_add(1);
            Some(format!(
                "argument {number} is the address {word}; write string:{word} if it is meant as text"
            ))
        }
        _ => None,
    }
}
