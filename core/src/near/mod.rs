//! The instructions: every system call as a function that makes data of its arguments.
//!
//! Calls that are many in one (`fcntl`, `ioctl`, `prctl`, `ptrace`, `epoll_ctl`, `mount`, `seccomp`, `arch_prctl`)
//! have typed forms
//! for the commands that init programs, sandboxes and debuggers use, named after the call and the command:
//! `fcntl_getfd`.
//!
//! Names and the order of arguments are those of the man pages, section 2; modules are grouped as the C headers are.
//! Each function is a `const fn` and safe: executing what it returns is what needs care, and is done through a
//! [`SyscallInterface`](crate::interface::SyscallInterface). Each is also a method of [`Batch`](crate::batch::Batch).

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
