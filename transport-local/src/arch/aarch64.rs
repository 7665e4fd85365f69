//! | number | arguments | result | clobbered |
//! |---|---|---|---|
//! | x8 | x0 x1 x2 x3 x4 x5 | x0 | the SVE state beyond the low 128 bits |
//!
//! <https://docs.kernel.org/arch/arm64/sve.html>, "System call behaviour": of Z0 to Z31 all but the low 128 bits, which are
//! V0 to V31, and P0 to P15 and FFR become zero. Only a program that is compiled for SVE has anything there, and in FFR, which
//! the compiler reserves, none has between two instructions of its own.

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
    /// The instruction, and what it loses beside x0.
    macro_rules! svc {
        ($($lost:tt)*) => {
            asm!(
                "svc 0",
                in("x8") number,
                inlateout("x0") a => returned,
                in("x1") b, in("x2") c, in("x3") d, in("x4") e, in("x5") f,
                $(out($lost) _,)*
                options(nostack),
            )
        };
    }
    // SAFETY: the kernel changes x0, and the SVE state as said above, and keeps all other registers and this stack as they
    // are; what the call does to memory is the caller's promise, and without `nomem` the compiler reckons with it.
    #[cfg(not(target_feature = "sve"))]
    unsafe {
        svc!();
    }
    // SAFETY: the same. The upper bits have no name of their own, so that the whole registers are given up.
    #[cfg(target_feature = "sve")]
    unsafe {
        svc!(
            "v0" "v1" "v2" "v3" "v4" "v5" "v6" "v7" "v8" "v9" "v10" "v11" "v12" "v13" "v14" "v15"
            "v16" "v17" "v18" "v19" "v20" "v21" "v22" "v23" "v24" "v25" "v26" "v27" "v28" "v29" "v30" "v31"
            "p0" "p1" "p2" "p3" "p4" "p5" "p6" "p7" "p8" "p9" "p10" "p11" "p12" "p13" "p14" "p15"
        );
    }
    returned
}
