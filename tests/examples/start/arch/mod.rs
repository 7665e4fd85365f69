//! The entry point of each architecture. The kernel leaves the stack aligned to 16 bytes, which is what a call expects.

use core::arch::global_asm;

cfg_if::cfg_if! {
    if #[cfg(target_arch = "x86_64")] {
        global_asm!(".globl _start", "_start:", "call {main}", "ud2", main = sym crate::main);
    } else if #[cfg(target_arch = "aarch64")] {
        global_asm!(".globl _start", "_start:", "bl {main}", "brk #1", main = sym crate::main);
    } else {
        global_asm!(".globl _start", "_start:", "call {main}", "ebreak", main = sym crate::main);
    }
}
