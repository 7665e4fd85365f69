//! | number | arguments | result | clobbered |
//! |---|---|---|---|
//! | rax | rdi rsi rdx r10 r8 r9 | rax | rcx (return address), r11 (flags) |
//!
//! <https://docs.kernel.org/arch/x86/entry_64.html>, arch/x86/entry/entry_64.S: `entry_SYSCALL_64`.

use core::arch::asm;

/// Makes a system call in this process and returns what the kernel returned, errors as -4095 to -1.
///
/// This is the bare instruction; [`Local`](crate::Local) is the interface built on it.
///
/// # Safety
///
/// As [`SyscallInterface::syscall`](rsyscall_core::interface::SyscallInterface::syscall).
#[inline(always)]
pub unsafe fn raw_syscall(number: i64, arguments: [u64; 6]) -> i64 {
    let [a, b, c, d, e, f] = arguments;
    let returned;
    // SAFETY: the kernel changes rax, rcx and r11 and keeps all other registers and this stack as they are; what the call
    // does to memory is the caller's promise, and without `nomem` the compiler reckons with it.
    unsafe {
        asm!(
            "syscall",
            inlateout("rax") number => returned,
            in("rdi") a, in("rsi") b, in("rdx") c, in("r10") d, in("r8") e, in("r9") f,
            lateout("rcx") _, lateout("r11") _,
            options(nostack),
        );
    }
    returned
}
