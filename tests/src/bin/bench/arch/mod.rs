//! The floors' machine code, written as one would who needs nothing else.
//!
//! Each architecture's file has the same functions, and these labels:
//!
//! * `bench_start`: the entry of a program that answers on its standard streams;
//! * `bench_answer`: reads 56 bytes from its first argument, writes 8 to its second, for ever; ends the process at the end;
//! * `bench_answer_end`: behind both;
//! * `bench_site`: an instruction that makes a call;
//! * `bench_block`: makes the call in the block of words that a register points to, and traps;
//! * `bench_blocks`: makes as many calls as another says, and traps.

cfg_if::cfg_if! {
    if #[cfg(target_arch = "x86_64")] {
        mod x86_64;
        pub(crate) use x86_64::*;
    } else if #[cfg(target_arch = "aarch64")] {
        mod aarch64;
        pub(crate) use aarch64::*;
    } else {
        compile_error!("the bench has no floors for this architecture: add them in tests/src/bin/bench/arch");
    }
}

unsafe extern "C" {
    /// See the module.
    pub(crate) static bench_start: u8;
    /// See the module.
    pub(crate) static bench_answer: u8;
    /// See the module.
    pub(crate) static bench_answer_end: u8;
    /// See the module.
    pub(crate) static bench_site: u8;
    /// See the module.
    pub(crate) static bench_block: u8;
    /// See the module.
    pub(crate) static bench_blocks: u8;
}

/// The address of a label.
pub(crate) fn address(label: *const u8) -> u64 {
    label.expose_provenance() as u64
}
