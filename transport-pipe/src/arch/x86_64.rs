//! The number goes in rax, the arguments in rdi rsi rdx r10 r8 r9; rcx and r11 are lost.

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
    naked_asm!("mov rax, [rsp + 8]", "mov r10, rcx", "syscall", "ret")
}

/// Makes the call whose number and arguments are these seven words, and returns: as [`call_stub`].
///
/// It goes back by a jump. Behind a system call the processor predicts a `ret` wrong, because the kernel has filled what
/// it predicts returns from, and a server does this for every call; where a jump goes it remembers.
///
/// # Safety
///
/// As [`call_stub`].
#[unsafe(naked)]
pub(crate) unsafe extern "C" fn call_words(words: *const [u64; 7]) -> i64 {
    naked_asm!(
        "mov rax, [rdi]",
        "mov rsi, [rdi + 16]",
        "mov rdx, [rdi + 24]",
        "mov r10, [rdi + 32]",
        "mov r8, [rdi + 40]",
        "mov r9, [rdi + 48]",
        "mov rdi, [rdi + 8]",
        "syscall",
        "pop rcx",
        "jmp rcx",
    )
}

/// Entered with rdi, rsi, rdx, rcx, r8, r9 and a function on the stack: asks to be killed when its creator ends, loads
/// the registers, calls, and exits the thread.
#[unsafe(naked)]
#[cfg_attr(feature = "c-abi", unsafe(export_name = "rsyscall_trampoline"))]
pub(crate) extern "C" fn trampoline() {
    naked_asm!(
        "mov eax, {getppid}",
        "syscall",
        "mov ebx, eax",
        "mov edi, {set_pdeathsig}",
        "mov esi, {sigkill}",
        "xor edx, edx",
        "xor r10d, r10d",
        "xor r8d, r8d",
        "mov eax, {prctl}",
        "syscall",
        // A creator that ended before this was asked for sends no signal.
        "mov eax, {getppid}",
        "syscall",
        "cmp eax, ebx",
        "jne 2f",
        "pop rdi",
        "pop rsi",
        "pop rdx",
        "pop rcx",
        "pop r8",
        "pop r9",
        "pop rax",
        // Whatever the creator's alignment was.
        "xor ebp, ebp",
        "and rsp, -16",
        "call rax",
        "2:",
        "xor edi, edi",
        "mov eax, {exit}",
        "syscall",
        "ud2",
        getppid = const syscalls::x86_64::Sysno::getppid as u32,
        set_pdeathsig = const PR_SET_PDEATHSIG,
        sigkill = const SIGKILL,
        prctl = const syscalls::x86_64::Sysno::prctl as u32,
        exit = const syscalls::x86_64::Sysno::exit as u32,
    )
}

/// Stops its thread, and when continued waits until the futex no longer has the value, once, and exits the thread.
#[unsafe(naked)]
#[cfg_attr(feature = "c-abi", unsafe(export_name = "rsyscall_futex_helper"))]
pub(crate) extern "C" fn futex_helper(futex: *mut u32, value: u32) {
    naked_asm!(
        "mov r12, rdi",
        "mov r13d, esi",
        "mov eax, {gettid}",
        "syscall",
        "mov edi, eax",
        "mov esi, {sigstop}",
        "mov eax, {tkill}",
        "syscall",
        "mov rdi, r12",
        "xor esi, esi",
        "mov edx, r13d",
        "xor r10d, r10d",
        "mov eax, {futex}",
        "syscall",
        "xor edi, edi",
        "mov eax, {exit}",
        "syscall",
        "ud2",
        sigstop = const SIGSTOP,
        gettid = const syscalls::x86_64::Sysno::gettid as u32,
        tkill = const syscalls::x86_64::Sysno::tkill as u32,
        futex = const syscalls::x86_64::Sysno::futex as u32,
        exit = const syscalls::x86_64::Sysno::exit as u32,
    )
}

// Without optimisation the compiler calls these for copies and zeros, and a library for C asks nobody for them.
#[cfg(all(feature = "c-abi", debug_assertions))]
core::arch::global_asm!(
    ".weak memcpy, memset",
    ".hidden memcpy, memset",
    "memcpy: mov rax, rdi; mov rcx, rdx; rep movsb; ret",
    "memset: mov r8, rdi; mov eax, esi; mov rcx, rdx; rep stosb; mov rax, r8; ret",
);
