//! What differs between the architectures: the entry point, the system call instruction, and the calls' numbers.

#[cfg_attr(target_arch = "x86_64", path = "x86_64.rs")]
#[cfg_attr(target_arch = "aarch64", path = "aarch64.rs")]
#[cfg_attr(target_arch = "riscv64", path = "riscv64.rs")]
mod this;

pub(crate) use this::{number, syscall};
