//! What a register set holds, and how a call is laid into it.
//!
//! Each architecture's file has a `Registers` with the same functions.

cfg_if::cfg_if! {
    if #[cfg(target_arch = "x86_64")] {
        mod x86_64;
        pub(crate) use x86_64::{DUMMY, EXECS, INSTRUCTION, LOOKS, NOT_INJECTED, POLL, PRCTL, RT_SIGPROCMASK, Registers, SETS_BASES, SLEEPS, Vectors, stepped, untagged};
    } else if #[cfg(target_arch = "aarch64")] {
        mod aarch64;
        pub(crate) use aarch64::{DUMMY, EXECS, INSTRUCTION, LOOKS, NOT_INJECTED, POLL, PRCTL, RT_SIGPROCMASK, Registers, SETS_BASES, SLEEPS, Vectors, stepped, untagged};
    } else {
        compile_error!(
            "rsyscall-transport-ptrace knows no registers for this architecture: add them in transport-ptrace/src/registers, \
             the loop of the code page in src/arch, and the server in src/server/arch"
        );
    }
}

/// `NT_PRSTATUS`: the general registers.
const NT_PRSTATUS: u64 = 1;

/// The call that a tracee is blocked in, as `/proc/PID/syscall` shows it before the tracee is interrupted.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Blocked {
    /// Its number.
    pub(crate) number: u64,
    /// Its first argument, which some architectures forget.
    pub(crate) first_argument: u64,
    /// Where the tracee goes on after it.
    pub(crate) program_counter: u64,
}
