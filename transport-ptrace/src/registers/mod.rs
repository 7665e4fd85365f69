//! What a register set holds, and how a call is laid into it.
//!
//! Each architecture's file has a `Registers` with the same functions.

cfg_if::cfg_if! {
    if #[cfg(target_arch = "x86_64")] {
        mod x86_64;
        pub(crate) use x86_64::{DUMMY, EXECS, INSTRUCTION, NOT_INJECTED, POLL, PRCTL, RT_SIGPROCMASK, Registers, SETS_BASES, SLEEPS, Seen, Vectors, stepped, untagged};
    } else if #[cfg(target_arch = "aarch64")] {
        mod aarch64;
        pub(crate) use aarch64::{DUMMY, EXECS, INSTRUCTION, NOT_INJECTED, POLL, PRCTL, RT_SIGPROCMASK, Registers, SETS_BASES, SLEEPS, Seen, Vectors, stepped, untagged};
    } else {
        compile_error!(
            "rsyscall-transport-ptrace knows no registers for this architecture: add them in transport-ptrace/src/registers, \
             the loop of the code page in src/arch, and the server in src/server/arch"
        );
    }
}

/// `NT_PRSTATUS`: the general registers.
const NT_PRSTATUS: u64 = 1;
