//! Number in x8, arguments in x0 to x5, result in x0.

use core::arch::{asm, global_asm};
use syscalls::Sysno;

/// What an ELF header calls this architecture.
pub(crate) const MACHINE: u16 = libc::EM_AARCH64;
/// Whether a thread that is continued after the trap goes on behind it by itself.
pub(crate) const GOES_ON_BEHIND_A_TRAP: bool = false;
/// What cannot be stepped through: it allocates, and the C library's lock is a loop around a load and a store that are
/// exclusive. A stop between the two makes the store fail, for ever.
pub(crate) const NOT_STEPPED: &[&str] = &["pipe, 8 in flight"];

/// `getppid`, with what it needs and no more.
#[inline(always)]
pub(crate) fn getppid() -> i64 {
    let result: i64;
    // SAFETY: getppid takes nothing and changes nothing.
    unsafe {
        asm!("svc 0", in("x8") Sysno::getppid as i64, lateout("x0") result, options(nostack));
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
            "svc 0",
            in("x8") number as i64,
            inlateout("x0") a.cast_signed() => result,
            in("x1") b, in("x2") c, in("x3") d, in("x4") e, in("x5") f,
            options(nostack),
        );
    }
    result
}

global_asm!(
    ".pushsection .text",
    ".globl bench_start, bench_answer, bench_answer_end, bench_site, bench_block, bench_blocks",
    "bench_start:",
    "mov w0, #0",
    "mov w1, #1",
    "bench_answer:",
    "mov w19, w0",
    "mov w20, w1",
    "sub sp, sp, #64",
    "2:",
    "mov x8, {read}",
    "mov w0, w19",
    "mov x1, sp",
    "mov x2, #56",
    "svc 0",
    "cmp x0, #0",
    "b.le 3f",
    "mov x8, {write}",
    "mov w0, w20",
    "mov x1, sp",
    "mov x2, #8",
    "svc 0",
    "b 2b",
    "3:",
    "mov x8, {exit_group}",
    "mov w0, #0",
    "svc 0",
    "udf #0",
    "bench_answer_end:",
    "bench_site:",
    "svc 0",
    "udf #0",
    "bench_block:",
    "ldr x8, [x19]",
    "ldp x0, x1, [x19, #8]",
    "ldp x2, x3, [x19, #24]",
    "ldp x4, x5, [x19, #40]",
    "svc 0",
    "str x0, [x19, #56]",
    "brk #0",
    "bench_blocks:",
    "ldr x8, [x19]",
    "ldp x0, x1, [x19, #8]",
    "ldp x2, x3, [x19, #24]",
    "ldp x4, x5, [x19, #40]",
    "add x19, x19, #56",
    "svc 0",
    "str x0, [x21], #8",
    "subs x20, x20, #1",
    "b.ne bench_blocks",
    "brk #0",
    ".popsection",
    read = const Sysno::read as u32,
    write = const Sysno::write as u32,
    exit_group = const Sysno::exit_group as u32,
);

/// Registers for a call at `bench_site`.
pub(crate) fn for_call(registers: &mut libc::user_regs_struct, site: u64, number: Sysno) {
    registers.pc = site;
    registers.regs[8] = number as u64;
}

/// Registers at one of the labels that work on blocks: the calls, how many, and where the results go.
pub(crate) fn for_blocks(
    registers: &mut libc::user_regs_struct,
    label: u64,
    calls: u64,
    count: u64,
    results: u64,
) {
    registers.pc = label;
    registers.regs[19] = calls;
    registers.regs[20] = count;
    registers.regs[21] = results;
}

fn regset(request: u32, pid: i32, registers: *mut libc::user_regs_struct) -> i64 {
    const NT_PRSTATUS: u64 = 1;
    let vector = [registers.expose_provenance() as u64, size_of::<libc::user_regs_struct>() as u64];
    let data = (&raw const vector).expose_provenance() as u64;
    // SAFETY: the kernel reads or fills the registers, as long as they are.
    unsafe { call(Sysno::ptrace, [request.into(), pid.cast_unsigned().into(), NT_PRSTATUS, data, 0, 0]) }
}

/// The stack pointer.
pub(crate) fn stack_pointer(registers: &libc::user_regs_struct) -> u64 {
    registers.sp
}

/// The result of a call.
pub(crate) fn returned(registers: &libc::user_regs_struct) -> u64 {
    registers.regs[0]
}

/// Writes all registers by the shortest request that there is.
pub(crate) fn set_registers(pid: i32, registers: &libc::user_regs_struct) -> i64 {
    regset(0x4205, pid, core::ptr::from_ref(registers).cast_mut())
}

/// Reads all registers.
pub(crate) fn registers(pid: i32, registers: &mut libc::user_regs_struct) -> i64 {
    regset(0x4204, pid, registers)
}

/// Reads the register with a call's result by the shortest request that there is.
pub(crate) fn result(pid: i32) -> i64 {
    // SAFETY: all bit patterns are registers.
    let mut all: libc::user_regs_struct = unsafe { core::mem::zeroed() };
    registers(pid, &mut all);
    all.regs[0].cast_signed()
}
