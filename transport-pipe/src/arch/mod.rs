//! What must be exactly these instructions: a child made by `clone` with a new stack continues behind the system call
//! instruction with nothing of its creator's frame.
//!
//! Each file has
//!
//! * `call_stub`: loads the registers, makes the call, returns to the address *on the stack*, which for a child with a new
//!   stack is the one that its creator put there;
//! * `call_words`: the same, with the number and the arguments in memory;
//! * `trampoline`: what a creator puts as that address, with arguments and a function above it;
//! * `futex_helper`: stops itself, and when continued waits on a futex once and exits.
#![expect(unsafe_code, reason = "naked functions")]

cfg_if::cfg_if! {
    if #[cfg(target_arch = "x86_64")] {
        mod x86_64;
        pub(crate) use x86_64::{call_stub, call_words, futex_helper, trampoline};
    } else if #[cfg(target_arch = "aarch64")] {
        mod aarch64;
        pub(crate) use aarch64::{call_stub, call_words, futex_helper, trampoline};
    } else if #[cfg(target_arch = "riscv64")] {
        mod riscv64;
        pub(crate) use riscv64::{call_stub, call_words, futex_helper, trampoline};
    } else {
        compile_error!("rsyscall-transport-pipe has no stubs for this architecture: add them in transport-pipe/src/arch");
    }
}
