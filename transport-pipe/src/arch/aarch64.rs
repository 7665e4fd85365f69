//! The number goes in x8, the arguments in x0 to x5.

use core::arch::naked_asm;
use linux_raw_sys::{
    general::{SIGKILL, SIGSTOP},
    prctl::PR_SET_PDEATHSIG,
};

/// Loads the registers, makes the call, returns: exactly that.
///
/// # Safety
///
/// As a system call, and a child with a stack of its own finds on it where to go.
#[unsafe(naked)]
#[cfg_attr(feature = "c-abi", unsafe(export_name = "rsyscall_raw_syscall"))]
pub(crate) unsafe extern "C" fn call_stub(
    a: u64,
    b: u64,
    c: u64,
    d: u64,
    e: u64,
    f: u64,
    number: i64,
) -> i64 {
    naked_asm!(
        // The child takes the return address from its own stack.
        "str x30, [sp, #-16]!",
        "mov x8, x6",
        "svc #0",
        "ldr x30, [sp], #16",
        "ret",
    )
}

/// Makes the call whose number and arguments are these seven words, and returns: as [`call_stub`].
///
/// # Safety
///
/// As [`call_stub`].
#[unsafe(naked)]
pub(crate) unsafe extern "C" fn call_words(words: *const [u64; 7]) -> i64 {
    naked_asm!(
        "str x30, [sp, #-16]!",
        "ldp x3, x4, [x0, #32]",
        "ldp x1, x2, [x0, #16]",
        "ldr x5, [x0, #48]",
        "ldp x8, x0, [x0]",
        "svc #0",
        "ldr x30, [sp], #16",
        "ret",
    )
}

/// Entered with x0 to x5 and a function on the stack, which stays aligned to 16 bytes: asks to be killed when its
/// creator ends, loads the registers, calls, and exits the thread.
#[unsafe(naked)]
#[cfg_attr(feature = "c-abi", unsafe(export_name = "rsyscall_trampoline"))]
pub(crate) extern "C" fn trampoline() {
    naked_asm!(
        "mov x8, #{getppid}",
        "svc #0",
        "mov w19, w0",
        "mov x0, #{set_pdeathsig}",
        "mov x1, #{sigkill}",
        "mov x2, xzr",
        "mov x3, xzr",
        "mov x4, xzr",
        "mov x8, #{prctl}",
        "svc #0",
        // A creator that ended before this was asked for sends no signal.
        "mov x8, #{getppid}",
        "svc #0",
        "cmp w0, w19",
        "b.ne 2f",
        "ldp x0, x1, [sp], #16",
        "ldp x2, x3, [sp], #16",
        "ldp x4, x5, [sp], #16",
        "ldr x8, [sp], #16",
        "mov x29, xzr",
        "blr x8",
        "2:",
        "mov x0, xzr",
        "mov x8, #{exit}",
        "svc #0",
        "brk #1",
        getppid = const syscalls::aarch64::Sysno::getppid as u32,
        set_pdeathsig = const PR_SET_PDEATHSIG,
        sigkill = const SIGKILL,
        prctl = const syscalls::aarch64::Sysno::prctl as u32,
        exit = const syscalls::aarch64::Sysno::exit as u32,
    )
}

/// Stops its thread, and when continued waits until the futex no longer has the value, once, and exits the thread.
#[unsafe(naked)]
#[cfg_attr(feature = "c-abi", unsafe(export_name = "rsyscall_futex_helper"))]
pub(crate) extern "C" fn futex_helper(futex: *mut u32, value: u32) {
    naked_asm!(
        "mov x9, x0",
        "mov w10, w1",
        "mov x8, #{gettid}",
        "svc #0",
        "mov x1, #{sigstop}",
        "mov x8, #{tkill}",
        "svc #0",
        "mov x0, x9",
        "mov x1, xzr",
        "mov w2, w10",
        "mov x3, xzr",
        "mov x8, #{futex}",
        "svc #0",
        "mov x0, xzr",
        "mov x8, #{exit}",
        "svc #0",
        "brk #1",
        sigstop = const SIGSTOP,
        gettid = const syscalls::aarch64::Sysno::gettid as u32,
        tkill = const syscalls::aarch64::Sysno::tkill as u32,
        futex = const syscalls::aarch64::Sysno::futex as u32,
        exit = const syscalls::aarch64::Sysno::exit as u32,
    )
}

// Without optimisation the compiler calls these for copies and zeros, and a library for C asks nobody for them.
#[cfg(all(feature = "c-abi", debug_assertions))]
core::arch::global_asm!(
    ".weak memcpy, memset",
    ".hidden memcpy, memset",
    "memcpy: mov x3, x0",
    "1: cbz x2, 2f",
    "ldrb w4, [x1], #1",
    "strb w4, [x3], #1",
    "sub x2, x2, #1",
    "b 1b",
    "memset: mov x3, x0",
    "1: cbz x2, 2f",
    "strb w1, [x3], #1",
    "sub x2, x2, #1",
    "b 1b",
    "2: ret",
);
