//! A restartable sequence.
#![expect(unsafe_code, reason = "a restartable sequence is defined by its instructions")]

use crate::sequences::{Descriptor, SIGNATURE};
use core::{
    arch::asm,
    sync::atomic::{AtomicU32, AtomicU64},
};

/// Stays within a restartable sequence until `end` is set. Every abort is counted, and the sequence begun again.
///
/// # Safety
///
/// `note` is the field `rseq_cs` of this thread's registered `struct rseq`, and the descriptor stays alive.
pub(crate) unsafe fn spin_in_sequence(
    note: *mut u64,
    descriptor: *mut Descriptor,
    end: &AtomicU32,
    aborts: &AtomicU64,
) {
    // SAFETY: it writes the note, the descriptor, and the counter, and touches nothing else but two registers.
    unsafe {
        asm!(
            "lea {a}, [rip + 2f]",
            "mov [{descriptor} + 8], {a}",
            "lea {b}, [rip + 3f]",
            "sub {b}, {a}",
            "mov [{descriptor} + 16], {b}",
            "lea {a}, [rip + 4f]",
            "mov [{descriptor} + 24], {a}",
            "5:",
            "mov [{note}], {descriptor}",
            "2:",
            "cmp dword ptr [{end}], 0",
            "je 2b",
            "3:",
            "jmp 6f",
            ".long {signature}",
            "4:",
            "inc qword ptr [{aborts}]",
            "jmp 5b",
            "6:",
            "mov qword ptr [{note}], 0",
            a = out(reg) _,
            b = out(reg) _,
            note = in(reg) note,
            descriptor = in(reg) descriptor,
            end = in(reg) end.as_ptr(),
            aborts = in(reg) aborts.as_ptr(),
            signature = const SIGNATURE,
            options(nostack),
        );
    }
}
