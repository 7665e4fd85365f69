//! | number | arguments | result | clobbered |
//! |---|---|---|---|
//! | x8 | x0 x1 x2 x3 x4 x5 | x0 | the SVE state beyond the low 128 bits |
//!
//! <https://docs.kernel.org/arch/arm64/sve.html>, "System call behaviour": the upper bits of Z, and P and FFR, become
//! zero or unspecified; the compiler keeps nothing there across this, since `asm!` does not list them as kept.

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
    // SAFETY: the kernel changes x0, and the SVE state named below, and keeps all other registers and this stack as they
    // are; what the call does to memory is the caller's promise, and without `nomem` the compiler reckons with it.
    unsafe {
        asm!(
            "svc 0",
            in("x8") number,
            inlateout("x0") a => returned,
            in("x1") b, in("x2") c, in("x3") d, in("x4") e, in("x5") f,
            out("p0") _, out("p1") _, out("p2") _, out("p3") _, out("p4") _, out("p5") _, out("p6") _, out("p7") _,
            out("p8") _, out("p9") _, out("p10") _, out("p11") _, out("p12") _, out("p13") _, out("p14") _, out("p15") _,
            out("ffr") _,
            options(nostack),
        );
    }
    returned
}
