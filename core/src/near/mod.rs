//! The instructions: every system call as a function that makes data of its arguments.
//!
//! Names and the order of arguments are those of the man pages, section 2; modules are grouped as the C headers are.
//! Each function is a `const fn` and safe: executing what it returns is what needs care, and is done through a
//! [`SyscallInterface`](crate::interface::SyscallInterface). Each is also a method of [`Batch`](crate::batch::Batch).
//!
//! # Calls that are many in one
//!
//! They have a general form, and typed forms for the commands that init programs, sandboxes and debuggers use, named
//! after the call and the command. These are in [`fs`] of `fcntl` and in [`io`] of `ioctl`, in [`process`] of `prctl`,
//! in [`x86_64`] of `arch_prctl`, in [`sched`] of `futex`, in [`event`] of `epoll_ctl`, in [`ptrace`] of `ptrace`, in
//! [`system`] of `bpf`, in [`keyctl`] of `keyctl`, in [`security`] of `seccomp` and Landlock, in [`mount`] of `mount`
//! and `fsconfig`, in [`net`] of `getsockopt` and `setsockopt`.
//!
//! # Errors
//!
//! What is listed with a call is what its manual page lists, which often describes several calls at once; file systems,
//! devices and security modules may add others, and a seccomp filter may answer with any. Unless the call says
//! otherwise:
//!
//! | error | what it means |
//! |---|---|
//! | EACCES | a permission on the path, or on the object, is missing |
//! | EAGAIN | it would have to wait, and was told not to; or a resource is short: later it may work |
//! | EBADF | the descriptor is not open in the task, or not for this |
//! | EBUSY | somebody uses it |
//! | EFAULT | an address is not the task's, or not to be read or written; what lies before it may be done |
//! | EINTR | a signal came before anything was done: make the call again if it is still wanted |
//! | EINVAL | an argument that this call, or this kernel, does not know or take here |
//! | EIO | the device failed |
//! | ELOOP | too many symbolic links in the path, or one where none may be |
//! | EMFILE | the task has as many descriptors as it may: `RLIMIT_NOFILE` |
//! | ENAMETOOLONG | the path has 4096 bytes or more, or a part of it more than 255 |
//! | ENFILE | the whole machine has as many open files as it may |
//! | ENOENT | the file, or a folder before it, does not exist |
//! | ENOMEM | the kernel has no memory for it; of mappings, also that there is none, or one too many |
//! | ENOSPC | the device, or a quota-like limit, is full |
//! | ENOSYS | the kernel, or this ABI, has no such call: the instruction was answered without reaching it |
//! | ENOTDIR | a part of the path before the last, or the `dirfd`, is no folder |
//! | EOPNOTSUPP | the object knows no such operation |
//! | EPERM | a capability is missing, or nobody may do this |
//! | EROFS | the file system is mounted read-only |
//! | ESRCH | there is no such process |

#[macro_use]
mod table;
#[macro_use]
mod constants;
#[cfg(feature = "from_name")]
pub mod names;

mod dependent;
mod header;
pub mod layout;

pub mod aio;
pub mod event;
pub mod fs;
pub mod io;
pub mod ipc;
pub mod keyctl;
pub mod mm;
pub mod mount;
pub mod net;
pub mod process;
pub mod ptrace;
pub mod riscv64;
pub mod sched;
pub mod security;
pub mod signal;
pub mod system;
pub mod time;
pub mod x86_64;
pub mod xattr;

use crate::abi::Operation;
use core::fmt;
use table::Description;

/// All tables. A program that prints no instruction links none of them.
const TABLES: &[&[Description]] = &[
    aio::TABLE,
    event::TABLE,
    fs::TABLE,
    io::TABLE,
    ipc::TABLE,
    keyctl::TABLE,
    mm::TABLE,
    mount::TABLE,
    net::TABLE,
    process::TABLE,
    ptrace::TABLE,
    riscv64::TABLE,
    sched::TABLE,
    security::TABLE,
    signal::TABLE,
    system::TABLE,
    time::TABLE,
    x86_64::TABLE,
    xattr::TABLE,
];

/// Every call of the table: its name, and which it is in every ABI.
///
/// ```
/// use rsyscall_core::{abi::{Aarch64, Abi}, near};
/// let openat = near::calls().find(|&(name, _)| name == "openat").map(|(_, operation)| Aarch64::number(operation));
/// assert_eq!(openat, Some(56));
/// ```
pub fn calls() -> impl Iterator<Item = (&'static str, Operation)> {
    TABLES.iter().copied().flatten().map(|description| (description.name, description.operation))
}

/// Prints an operation and its arguments by their types.
pub(crate) fn format(operation: Operation, arguments: [u64; 6], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let described = TABLES.iter().copied().flatten().find(|description| {
        // An instruction may have more `O_*` flags among its arguments than its call in general.
        Operation { open_flags: operation.open_flags, ..description.operation } == operation
    });
    let Some(description) = described else {
        return write!(f, "syscall({operation:?}, {arguments:?})");
    };
    write!(f, "{}(", description.name)?;
    let last = description.operands.len().saturating_sub(1);
    for (index, word) in arguments.into_iter().enumerate().take(description.operands.len()) {
        let Some(operand) = description.operand(index, operation.open_flags, &arguments) else { break };
        if index == last && operand.omit_zero && word == 0 {
            break;
        }
        if index > 0 {
            f.write_str(", ")?;
        }
        operand.text.format(word, f)?;
    }
    f.write_str(")")
}
