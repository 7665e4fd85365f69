//! All registers at once.
#![expect(unsafe_code, reason = "fills them")]

use crate::behaviours::Patterns;
use core::arch::naked_asm;

/// rax rbx rcx rdx rbp r8 to r15.
pub(crate) const GENERAL: usize = 13;
/// xmm0 to xmm15.
pub(crate) const VECTORS: usize = 16;

/// Fills the registers, counts down, and writes what they hold then.
///
/// # Safety
///
/// Where the patterns name a stack no signal may be handled meanwhile.
#[unsafe(naked)]
pub(crate) unsafe extern "C" fn spin_with_patterns(patterns: &mut Patterns, turns: u64) {
    // rdi: the patterns, rsi: the turns left.
    naked_asm!(
        ".irp register, rbx, rbp, r12, r13, r14, r15",
        "push \\register",
        ".endr",
        "mov rax, [rdi + 104]",
        "mov [rip + {saved}], rsp",
        "test rax, rax",
        "jnz 3f",
        // The red zone.
        "xor ecx, ecx",
        "2: mov rdx, [rdi + 368 + 8 * rcx]",
        "mov [rsp + 8 * rcx - 128], rdx",
        "inc ecx",
        "cmp ecx, 16",
        "jne 2b",
        "jmp 4f",
        "3: mov rsp, rax",
        "4:",
        ".irp number, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15",
        "movdqu xmm\\number, [rdi + 112 + 16 * \\number]",
        ".endr",
        "mov rax, [rdi + 0]",
        "mov rbx, [rdi + 8]",
        "mov rcx, [rdi + 16]",
        "mov rdx, [rdi + 24]",
        "mov rbp, [rdi + 32]",
        "mov r8, [rdi + 40]",
        "mov r9, [rdi + 48]",
        "mov r10, [rdi + 56]",
        "mov r11, [rdi + 64]",
        "mov r12, [rdi + 72]",
        "mov r13, [rdi + 80]",
        "mov r14, [rdi + 88]",
        "mov r15, [rdi + 96]",
        "5: dec rsi",
        "jnz 5b",
        "mov [rdi + 0], rax",
        "mov [rdi + 8], rbx",
        "mov [rdi + 16], rcx",
        "mov [rdi + 24], rdx",
        "mov [rdi + 32], rbp",
        "mov [rdi + 40], r8",
        "mov [rdi + 48], r9",
        "mov [rdi + 56], r10",
        "mov [rdi + 64], r11",
        "mov [rdi + 72], r12",
        "mov [rdi + 80], r13",
        "mov [rdi + 88], r14",
        "mov [rdi + 96], r15",
        ".irp number, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15",
        "movdqu [rdi + 112 + 16 * \\number], xmm\\number",
        ".endr",
        "mov rax, [rdi + 104]",
        "test rax, rax",
        "jz 6f",
        "mov [rdi + 104], rsp",
        "mov rsp, [rip + {saved}]",
        "jmp 8f",
        "6: xor ecx, ecx",
        "7: mov rdx, [rsp + 8 * rcx - 128]",
        "mov [rdi + 368 + 8 * rcx], rdx",
        "inc ecx",
        "cmp ecx, 16",
        "jne 7b",
        "8:",
        ".irp register, r15, r14, r13, r12, rbp, rbx",
        "pop \\register",
        ".endr",
        "ret",
        saved = sym SAVED,
    )
}

/// The stack pointer meanwhile.
static SAVED: core::sync::atomic::AtomicU64 = core::sync::atomic::AtomicU64::new(0);
