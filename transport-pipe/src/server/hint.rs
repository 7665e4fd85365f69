//! What the compiler is kept from for the sake of the server's size: a hundred bytes of a thousand.
#![expect(unsafe_code, reason = "assembly without an instruction")]

use core::arch::asm;

/// A number of which the compiler knows nothing: otherwise it makes a copy of the code that follows for each of its values.
#[inline(always)]
pub(super) fn opaque(mut number: u64) -> u64 {
    // SAFETY: there is no instruction.
    unsafe { asm!("/* {} */", inout(reg) number, options(pure, nomem, nostack, preserves_flags)) };
    number
}

/// Something whose parts are to be read from memory each time: there are fewer registers, and an address relative to the
/// stack is longer.
#[inline(always)]
pub(super) fn keep_in_memory<T>(value: &mut T) {
    // SAFETY: there is no instruction.
    unsafe { asm!("/* {} */", in(reg) &raw mut *value, options(nostack, preserves_flags)) };
}
