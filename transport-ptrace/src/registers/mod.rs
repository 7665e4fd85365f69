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
