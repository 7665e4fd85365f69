//! | number | arguments | result | clobbered |
//! |---|---|---|---|
//! | a7 | a0 a1 a2 a3 a4 a5 | a0 | the vector registers |
//!
//! <https://docs.kernel.org/arch/riscv/vector.html>, "Vector Register State Across System Calls": all of it is lost.

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
    // SAFETY: the kernel changes a0 and the vector state and keeps all other registers and this stack as they are; what
    // the call does to memory is the caller's promise, and without `nomem` the compiler reckons with it.
    unsafe {
        asm!(
            "ecall",
            in("a7") number,
            inlateout("a0") a => returned,
            in("a1") b, in("a2") c, in("a3") d, in("a4") e, in("a5") f,
            out("v0") _, out("v1") _, out("v2") _, out("v3") _, out("v4") _, out("v5") _, out("v6") _, out("v7") _,
            out("v8") _, out("v9") _, out("v10") _, out("v11") _, out("v12") _, out("v13") _, out("v14") _, out("v15") _,
            out("v16") _, out("v17") _, out("v18") _, out("v19") _, out("v20") _, out("v21") _, out("v22") _, out("v23") _,
            out("v24") _, out("v25") _, out("v26") _, out("v27") _, out("v28") _, out("v29") _, out("v30") _, out("v31") _,
            options(nostack),
        );
    }
    returned
}
