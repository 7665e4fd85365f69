//! The instructions: every system call as a function that makes data of its arguments.
//!
//! Names and the order of arguments are those of the man pages, section 2; modules are grouped as the C headers are.
//! Each function is a `const fn` and safe: executing what it returns is what needs care, and is done through a
//! [`SyscallInterface`](crate::interface::SyscallInterface). Each is also a method of [`Batch`](crate::batch::Batch).

#[macro_use]
mod table;
#[macro_use]
mod constants;

mod header;
pub mod layout;

pub mod event;
pub mod fs;
pub mod io;
pub mod mm;
pub mod mount;
pub mod net;
pub mod process;
pub mod ptrace;
pub mod sched;
pub mod signal;
pub mod time;

use crate::abi::Operation;
use core::fmt;
use table::Description;

/// All tables. A program that prints no instruction links none of them.
const TABLES: &[&[Description]] = &[
    event::TABLE,
    fs::TABLE,
    io::TABLE,
    mm::TABLE,
    mount::TABLE,
    net::TABLE,
    process::TABLE,
    ptrace::TABLE,
    sched::TABLE,
    signal::TABLE,
    time::TABLE,
];

/// Prints an operation and its arguments by their types.
pub(crate) fn format(operation: Operation, arguments: [u64; 6], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let described = TABLES.iter().copied().flatten().find(|description| description.operation == operation);
    let Some(description) = described else {
        return write!(f, "syscall({operation:?}, {arguments:?})");
    };
    write!(f, "{}(", description.name)?;
    let last = description.operands.len().saturating_sub(1);
    for (index, (operand, word)) in description.operands.iter().zip(arguments).enumerate() {
        if index == last && operand.omit_zero && word == 0 {
            break;
        }
        if index > 0 {
            f.write_str(", ")?;
        }
        (operand.format)(word, f)?;
    }
    f.write_str(")")
}
