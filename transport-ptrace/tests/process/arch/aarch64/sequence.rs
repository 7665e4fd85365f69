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
            "adr {a}, 2f",
            "str {a}, [{descriptor}, #8]",
            "adr {b}, 3f",
            "sub {b}, {b}, {a}",
            "str {b}, [{descriptor}, #16]",
            "adr {a}, 4f",
            "str {a}, [{descriptor}, #24]",
            "5:",
            "str {descriptor}, [{note}]",
            "2:",
            "ldr {a:w}, [{end}]",
            "cbz {a:w}, 2b",
            "3:",
            "b 6f",
            ".long {signature}",
            "4:",
            "ldr {a}, [{aborts}]",
            "add {a}, {a}, #1",
            "str {a}, [{aborts}]",
            "b 5b",
            "6:",
            "str xzr, [{note}]",
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
