//! What differs from one architecture's system calls to the next, and nothing else.
//!
//! Numbers come from the `syscalls` crate. Every table is compiled in on every architecture, because the task at the
//! other end of an interface need not share ours; a program pays only for what it uses.
//!
//! # Adding an architecture
//!
//! It must be 64-bit and little-endian. On one that nobody has added, the build of this crate stops with a sentence that
//! says to come here. What riscv64 took, in the order in which the build asks for it:
//!
//! 1. **The ABI**, in this folder: a file with a type that implements [`Abi`]. Its table of numbers is one of the `syscalls`
//!    crate's; [`Abi::open_flags`] exchanges the `O_*` bits that differ from x86_64's
//!    (`arch/*/include/uapi/asm/fcntl.h` of the kernel; riscv64 has those of x86_64); [`Abi::CLONE_BACKWARDS`] is what
//!    `arch/*/Kconfig` selects; [`Abi::WIRE_ID`] is the next free number, for ever. The `cfg_if` below makes it
//!    [`Native`] where it is.
//! 2. **Its numbers**: a field in [`Operation`] (0 is a number: a call that the ABI lacks is [`ABSENT`]), which
//!    `near/table.rs` fills in by the arms of `number!` that name the ABI. The tests in `core/tests/coverage.rs` say which
//!    calls of the kernel's table have no entry yet. A call that only this architecture has gets `[only …]` and a file named
//!    for it (`near/riscv64.rs`).
//! 3. **Layouts** that differ, in `near/layout`: `struct stat`, `struct sigaction` and `struct epoll_event` have a line for
//!    each ABI.
//! 4. **The instruction**, in `transport-local/src/arch`: one `asm!` with every register that the kernel does not keep, by its
//!    documentation and not by another library's list.
//! 5. **The stubs** of the pipe transport, the naked functions in `transport-pipe/src/arch`; the entry points of programs
//!    without std, in `transport-pipe/src/bin/rsyscall-server/arch` and in `tests/examples/start/arch`.
//!    Two tables by [`Abi::WIRE_ID`] are in its client: the handler that ends a blocked call, `code` in
//!    `transport-pipe/src/client/interrupt.rs`, without which interrupts are refused, and `Name` in `hello.rs` beside it.
//! 6. **Registers** for ptrace, in `transport-ptrace/src/registers`: this can be left out. That crate then stops its own
//!    build with a sentence, and all others work (it is so for riscv64).
//! 7. **A row** in `xtask/src/target.rs`: the triple, what links it, the emulator, a machine if there is a kernel to boot, and
//!    the packages left out.
//!
//! Then `cargo xtask test --arch NAME` runs what the emulation can, and `cargo xtask test --all` also drives a server of the
//! new architecture by a client of this one, which finds a wrong number, flag or layout by what the server does.

mod aarch64;
mod riscv64;
mod x86_64;

pub use aarch64::Aarch64;
pub use riscv64::Riscv64;
pub use x86_64::X86_64;

use core::{fmt, hash::Hash};

cfg_if::cfg_if! {
    if #[cfg(target_arch = "x86_64")] {
        /// The ABI of the architecture that this program is compiled for.
        pub type Native = X86_64;
    } else if #[cfg(target_arch = "aarch64")] {
        /// The ABI of the architecture that this program is compiled for.
        pub type Native = Aarch64;
    } else if #[cfg(target_arch = "riscv64")] {
        /// The ABI of the architecture that this program is compiled for.
        pub type Native = Riscv64;
    } else {
        compile_error!(
            "rsyscall knows no system call ABI for this architecture: add one in core/src/abi, as its documentation says"
        );
    }
}

/// The number that stands for "this ABI has no such call". It is never sent to a kernel; it is answered ENOSYS.
pub const ABSENT: i16 = -1;

/// Which call an instruction is, in every ABI at once.
///
/// It is plain data inside the instruction, so that nothing is looked up when it is executed and a call that a
/// program does not use costs it nothing.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub struct Operation {
    /// The number on x86_64, or [`ABSENT`].
    pub x86_64: i16,
    /// The number on aarch64, or [`ABSENT`].
    pub aarch64: i16,
    /// The number on riscv64, or [`ABSENT`].
    pub riscv64: i16,
    /// Bit i is set where argument i carries `O_*` flags, whose bits differ between the ABIs.
    pub open_flags: u8,
    /// Whether the last two arguments are exchanged on ABIs with `CLONE_BACKWARDS`.
    pub clone_backwards: bool,
}

/// A system call ABI: how the kernel of one architecture numbers and encodes calls.
///
/// All of them are 64-bit and little-endian. The trait is sealed: an ABI is added in this module.
pub trait Abi: sealed::Sealed + Copy + Eq + Hash + fmt::Debug + 'static {
    /// The architecture's name, as the kernel has it.
    const NAME: &'static str;
    /// What a server of this ABI says in its answer to HELLO.
    const WIRE_ID: u8;
    /// `CLONE_BACKWARDS`: `clone` takes the thread pointer before the child tid address.
    const CLONE_BACKWARDS: bool;

    /// The number of an operation, or [`ABSENT`].
    fn number(operation: Operation) -> i16;

    /// `O_*` flags in this ABI's bits; the neutral ones are those of asm-generic, which most ABIs have. Unknown bits stay
    /// as they are.
    #[inline(always)]
    fn open_flags(neutral: u64) -> u64 {
        neutral
    }

    /// The neutral bits of `O_*` flags that a kernel of this ABI gave (`fcntl(F_GETFL)`).
    #[inline(always)]
    fn neutral_open_flags(flags: u64) -> u64 {
        flags
    }

    /// The name of the call with this number.
    fn name(number: i64) -> Option<&'static str>;
}

mod sealed {
    pub trait Sealed {}
}

/// Looks a number up in one of the tables of the `syscalls` crate.
macro_rules! name_in_table {
    ($table:ident, $number:expr) => {
        usize::try_from($number).ok().and_then(syscalls::$table::Sysno::new).map(|number| number.name())
    };
}
use name_in_table;
