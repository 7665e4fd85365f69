//! Number in rax, arguments in rdi rsi rdx r10 r8 r9, result in rax; rcx and r11 are lost.

use core::arch::{asm, global_asm};
use syscalls::Sysno;

/// What an ELF header calls this architecture.
pub(crate) const MACHINE: u16 = libc::EM_X86_64;
/// Whether a thread that is continued after the trap goes on behind it by itself.
pub(crate) const GOES_ON_BEHIND_A_TRAP: bool = true;
/// What cannot be stepped through.
pub(crate) const NOT_STEPPED: &[&str] = &[];

/// `getppid`, with what it needs and no more.
#[inline(always)]
pub(crate) fn getppid() -> i64 {
    let result: i64;
    // SAFETY: getppid takes nothing and changes nothing.
    unsafe {
        asm!("syscall", inlateout("rax") Sysno::getppid as i64 => result, out("rcx") _, out("r11") _, options(nostack));
    }
    result
}

/// A call with six arguments.
///
/// # Safety
///
/// As the call.
#[inline(always)]
pub(crate) unsafe fn call(number: Sysno, [a, b, c, d, e, f]: [u64; 6]) -> i64 {
    let result: i64;
    // SAFETY: the caller's promise.
    unsafe {
        asm!(
            "syscall",
            inlateout("rax") number as i64 => result,
            in("rdi") a, in("rsi") b, in("rdx") c, in("r10") d, in("r8") e, in("r9") f,
            out("rcx") _, out("r11") _, options(nostack),
        );
    }
    result
}

global_asm!(
    ".pushsection .text",
    ".globl bench_start, bench_answer, bench_answer_end, bench_site, bench_block, bench_blocks",
    "bench_start:",
    "xor edi, edi",
    "mov esi, 1",
    "bench_answer:",
    "mov r12d, edi",
    "mov r13d, esi",
    "sub rsp, 64",
    "2:",
    "mov eax, {read}",
    "mov edi, r12d",
    "mov rsi, rsp",
    "mov edx, 56",
    "syscall",
    "test rax, rax",
    "jle 3f",
    "mov eax, {write}",
    "mov edi, r13d",
    "mov rsi, rsp",
    "mov edx, 8",
    "syscall",
    "jmp 2b",
    "3:",
    "mov eax, {exit_group}",
    "xor edi, edi",
    "syscall",
    "ud2",
    "bench_answer_end:",
    "bench_site:",
    "syscall",
    "ud2",
    "bench_block:",
    "mov rax, [r12]",
    "mov rdi, [r12 + 8]",
    "mov rsi, [r12 + 16]",
    "mov rdx, [r12 + 24]",
    "mov r10, [r12 + 32]",
    "mov r8, [r12 + 40]",
    "mov r9, [r12 + 48]",
    "syscall",
    "mov [r12 + 56], rax",
    "int3",
    "jmp bench_block",
    "bench_blocks:",
    "mov rax, [r12]",
    "mov rdi, [r12 + 8]",
    "mov rsi, [r12 + 16]",
    "mov rdx, [r12 + 24]",
    "mov r10, [r12 + 32]",
    "mov r8, [r12 + 40]",
    "mov r9, [r12 + 48]",
    "add r12, 56",
    "syscall",
    "mov [r14], rax",
    "add r14, 8",
    "dec r13",
    "jnz bench_blocks",
    "int3",
    "ud2",
    ".popsection",
    read = const Sysno::read as u32,
    write = const Sysno::write as u32,
    exit_group = const Sysno::exit_group as u32,
);

/// Registers for a call at `bench_site`.
pub(crate) fn for_call(registers: &mut libc::user_regs_struct, site: u64, number: Sysno) {
    registers.rip = site;
    registers.rax = number as u64;
    registers.orig_rax = u64::MAX;
}

/// Registers at one of the labels that work on blocks: the calls, how many, and where the results go.
pub(crate) fn for_blocks(
    registers: &mut libc::user_regs_struct,
    label: u64,
    calls: u64,
    count: u64,
    results: u64,
) {
    registers.rip = label;
    registers.orig_rax = u64::MAX;
    registers.r12 = calls;
    registers.r13 = count;
    registers.r14 = results;
}

/// The stack pointer.
pub(crate) fn stack_pointer(registers: &libc::user_regs_struct) -> u64 {
    registers.rsp
}

/// The result of a call.
pub(crate) fn returned(registers: &libc::user_regs_struct) -> u64 {
    registers.rax
}

/// Writes all registers by the shortest request that there is.
pub(crate) fn set_registers(pid: i32, registers: &libc::user_regs_struct) -> i64 {
    let data = core::ptr::from_ref(registers).expose_provenance() as u64;
    // SAFETY: the kernel reads the registers.
    unsafe {
        call(Sysno::ptrace, [u64::from(libc::PTRACE_SETREGS), pid.cast_unsigned().into(), 0, data, 0, 0])
    }
}

/// Reads all registers.
pub(crate) fn registers(pid: i32, registers: &mut libc::user_regs_struct) -> i64 {
    let data = core::ptr::from_mut(registers).expose_provenance() as u64;
    // SAFETY: the kernel fills the registers.
    unsafe {
        call(Sysno::ptrace, [u64::from(libc::PTRACE_GETREGS), pid.cast_unsigned().into(), 0, data, 0, 0])
    }
}

/// Reads the register with a call's result by the shortest request that there is.
pub(crate) fn result(pid: i32) -> i64 {
    const RAX: u64 = 10 * 8;
    let mut word = 0_i64;
    let data = (&raw mut word).expose_provenance() as u64;
    // SAFETY: the bare request stores one word.
    unsafe {
        call(Sysno::ptrace, [u64::from(libc::PTRACE_PEEKUSER), pid.cast_unsigned().into(), RAX, data, 0, 0])
    };
    word
}
