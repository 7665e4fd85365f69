//! The entry point of each architecture, and the end. The kernel leaves the stack aligned to 16 bytes, which is what a call
//! expects. `exit_thread` is for programs that do nothing else through an interface, and are measured by every byte.

use core::arch::global_asm;

cfg_if::cfg_if! {
    if #[cfg(target_arch = "x86_64")] {
        global_asm!(
            ".globl _start, exit_thread",
            "_start: call {main}",
            "exit_thread: push 60",
            "pop rax",
            "syscall",
            "ud2",
            main = sym crate::main,
        );
    } else if #[cfg(target_arch = "aarch64")] {
        global_asm!(
            ".globl _start, exit_thread",
            "_start: bl {main}",
            "exit_thread: mov w8, #93",
            "svc #0",
            "brk #1",
            main = sym crate::main,
        );
    } else {
        global_asm!(
            ".globl _start, exit_thread",
            "_start: call {main}",
            "exit_thread: li a7, 93",
            "ecall",
            "ebreak",
            main = sym crate::main,
        );
    }
}
