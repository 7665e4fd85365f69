//! The base loop, and what every loop is made of.
#![expect(unsafe_code, reason = "performing the calls that a client asks for")]

use super::{Direction, Kernel, Words, address};
use crate::{
    sys,
    wire::{REQUEST, RESPONSE},
};
use core::mem::MaybeUninit;
use rsyscall_core::syscall::Errno;

// The words of the wire are used as they are.
const _: () = assert!(cfg!(target_endian = "little"), "the protocol's words are little-endian");

/// Why a loop ended: 0 where the input ended between two requests, the negative errno of what failed, or how many bytes are
/// missing of what had begun.
pub(super) type End = i64;

/// Moves bytes, of which there is at least one, until all are moved or no more can be: 0, or why not.
///
/// # Safety
///
/// As [`Kernel::transfer`].
#[inline(never)]
unsafe fn transfer(kernel: &mut impl Kernel, direction: Direction, mut address: u64, mut left: u64) -> End {
    loop {
        // SAFETY: the caller's promise; what lies before these bytes was moved.
        let returned = unsafe { kernel.transfer(direction, address, left) };
        if returned < 0 {
            if returned != sys::error(Errno::EINTR) {
                return returned;
            }
            continue;
        }
        address = address.wrapping_add(returned.cast_unsigned());
        left = left.wrapping_sub(returned.cast_unsigned());
        if returned == 0 || left == 0 {
            return left.cast_signed();
        }
    }
}

/// How many of the loop's own bytes a call was to move and did not, after it returned, and in which direction: none if the
/// number is not positive.
#[inline(always)]
pub(super) fn missing(kernel: &impl Kernel, words: &Words, returned: i64) -> Option<(Direction, i64)> {
    let &[_, _, _, length, ..] = words;
    let direction = kernel.in_band(words)?;
    let mut left = length.cast_signed();
    if returned > 0 {
        left = left.wrapping_sub(returned);
    }
    Some((direction, left))
}

/// The base loop.
///
/// # Safety
///
/// As [`Kernel::call`], for every request to come.
#[inline(always)]
pub(super) unsafe fn serve(kernel: &mut impl Kernel) -> End {
    // Not initialised: the compiler would call memset for zeros, and there is nobody to provide it.
    let mut request = MaybeUninit::<Words>::uninit();
    loop {
        // SAFETY: the words are ours to overwrite.
        let end = unsafe { transfer(kernel, Direction::In, address(request.as_mut_ptr()), REQUEST as u64) };
        if end != 0 {
            // Of 56 bytes missing none had come.
            return if end == REQUEST.cast_signed() as i64 { 0 } else { end };
        }
        // SAFETY: all its bytes were just read, and every bit pattern is a word.
        let words = unsafe { request.assume_init_ref() };
        // SAFETY: the caller's promise.
        let returned = unsafe { kernel.call(words) };
        if let Some((direction, mut left)) = missing(kernel, words, returned) {
            let mut room = 0_u64;
            while left > 0 {
                // What is left over comes first: from 1 to the whole word, without a comparison.
                let piece = (left.wrapping_sub(1) % 8).wrapping_add(1);
                // SAFETY: the room is there.
                let end =
                    unsafe { transfer(kernel, direction, address(&raw mut room), piece.cast_unsigned()) };
                if end != 0 {
                    return end;
                }
                left = left.wrapping_sub(piece);
            }
        }
        // SAFETY: the word is there to be read.
        let end = unsafe { transfer(kernel, Direction::Out, address(&raw const returned), RESPONSE as u64) };
        if end != 0 {
            return end;
        }
    }
}
