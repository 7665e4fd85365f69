//! The number goes in a7, the arguments in a0 to a5.

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
        "addi sp, sp, -16",
        "sd ra, 0(sp)",
        "mv a7, a6",
        "ecall",
        "ld ra, 0(sp)",
        "addi sp, sp, 16",
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
        "addi sp, sp, -16",
        "sd ra, 0(sp)",
        "ld a7, 0(a0)",
        "ld a1, 16(a0)",
        "ld a2, 24(a0)",
        "ld a3, 32(a0)",
        "ld a4, 40(a0)",
        "ld a5, 48(a0)",
        "ld a0, 8(a0)",
        "ecall",
        "ld ra, 0(sp)",
        "addi sp, sp, 16",
        "ret",
    )
}

/// Entered with a0 to a5 and a function on the stack, which stays aligned to 16 bytes: asks to be killed when its
/// creator ends, loads the registers, calls, and exits the thread.
#[unsafe(naked)]
#[cfg_attr(feature = "c-abi", unsafe(export_name = "rsyscall_trampoline"))]
pub(crate) extern "C" fn trampoline() {
    naked_asm!(
        "li a7, {getppid}",
        "ecall",
        "mv s1, a0",
        "li a0, {set_pdeathsig}",
        "li a1, {sigkill}",
        "li a2, 0",
        "li a3, 0",
        "li a4, 0",
        "li a7, {prctl}",
        "ecall",
        // A creator that ended before this was asked for sends no signal.
        "li a7, {getppid}",
        "ecall",
        "bne a0, s1, 2f",
        "ld a0, 0(sp)",
        "ld a1, 8(sp)",
        "ld a2, 16(sp)",
        "ld a3, 24(sp)",
        "ld a4, 32(sp)",
        "ld a5, 40(sp)",
        "ld t0, 48(sp)",
        "addi sp, sp, 64",
        "li s0, 0",
        "jalr t0",
        "2:",
        "li a0, 0",
        "li a7, {exit}",
        "ecall",
        "unimp",
        getppid = const syscalls::riscv64::Sysno::getppid as u32,
        set_pdeathsig = const PR_SET_PDEATHSIG,
        sigkill = const SIGKILL,
        prctl = const syscalls::riscv64::Sysno::prctl as u32,
        exit = const syscalls::riscv64::Sysno::exit as u32,
    )
}

/// Stops its thread, and when continued waits until the futex no longer has the value, once, and exits the thread.
#[unsafe(naked)]
#[cfg_attr(feature = "c-abi", unsafe(export_name = "rsyscall_futex_helper"))]
pub(crate) extern "C" fn futex_helper(futex: *mut u32, value: u32) {
    naked_asm!(
        "mv s1, a0",
        "mv s2, a1",
        "li a7, {gettid}",
        "ecall",
        "li a1, {sigstop}",
        "li a7, {tkill}",
        "ecall",
        "mv a0, s1",
        "li a1, 0",
        "mv a2, s2",
        "li a3, 0",
        "li a7, {futex}",
        "ecall",
        "li a0, 0",
        "li a7, {exit}",
        "ecall",
        "unimp",
        sigstop = const SIGSTOP,
        gettid = const syscalls::riscv64::Sysno::gettid as u32,
        tkill = const syscalls::riscv64::Sysno::tkill as u32,
        futex = const syscalls::riscv64::Sysno::futex as u32,
        exit = const syscalls::riscv64::Sysno::exit as u32,
    )
}
