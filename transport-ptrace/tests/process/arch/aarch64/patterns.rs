//! All registers at once.
#![expect(unsafe_code, reason = "fills them")]

use crate::behaviours::Patterns;
use core::arch::naked_asm;

/// x2 to x30.
pub(crate) const GENERAL: usize = 29;
/// v0 to v31.
pub(crate) const VECTORS: usize = 32;

/// Fills the registers, counts down, and writes what they hold then.
///
/// # Safety
///
/// Where the patterns name a stack no signal may be handled meanwhile.
#[unsafe(naked)]
pub(crate) unsafe extern "C" fn spin_with_patterns(patterns: &mut Patterns, turns: u64) {
    // x0: the patterns, x1: the turns left. There is no red zone here: what lies below sp is nobody's.
    naked_asm!(
        "sub sp, sp, #160",
        "stp x19, x20, [sp]",
        "stp x21, x22, [sp, #16]",
        "stp x23, x24, [sp, #32]",
        "stp x25, x26, [sp, #48]",
        "stp x27, x28, [sp, #64]",
        "stp x29, x30, [sp, #80]",
        "stp d8, d9, [sp, #96]",
        "stp d10, d11, [sp, #112]",
        "stp d12, d13, [sp, #128]",
        "stp d14, d15, [sp, #144]",
        "adrp x2, {saved}",
        "add x2, x2, :lo12:{saved}",
        "mov x3, sp",
        "str x3, [x2]",
        "ldr x3, [x0, #232]",
        "cbz x3, 4f",
        "and x3, x3, #-16",
        "mov sp, x3",
        "4:",
        ".irp number, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31",
        "ldr q\\number, [x0, #(240 + 16 * \\number)]",
        ".endr",
        ".irp number, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30",
        "ldr x\\number, [x0, #(8 * \\number - 16)]",
        ".endr",
        "5: subs x1, x1, #1",
        "b.ne 5b",
        ".irp number, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30",
        "str x\\number, [x0, #(8 * \\number - 16)]",
        ".endr",
        ".irp number, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31",
        "str q\\number, [x0, #(240 + 16 * \\number)]",
        ".endr",
        "adrp x2, {saved}",
        "add x2, x2, :lo12:{saved}",
        "ldr x3, [x2]",
        "mov sp, x3",
        "ldp x19, x20, [sp]",
        "ldp x21, x22, [sp, #16]",
        "ldp x23, x24, [sp, #32]",
        "ldp x25, x26, [sp, #48]",
        "ldp x27, x28, [sp, #64]",
        "ldp x29, x30, [sp, #80]",
        "ldp d8, d9, [sp, #96]",
        "ldp d10, d11, [sp, #112]",
        "ldp d12, d13, [sp, #128]",
        "ldp d14, d15, [sp, #144]",
        "add sp, sp, #160",
        "ret",
        saved = sym SAVED,
    )
}

/// The stack pointer meanwhile.
static SAVED: core::sync::atomic::AtomicU64 = core::sync::atomic::AtomicU64::new(0);
