//! The base loop, and what every loop is made of.
#![expect(unsafe_code, reason = "performing the calls that a client asks for")]

use super::{Direction, Kernel, Words, address};
use crate::{
    sys,
    wire::{REQUEST, RESPONSE},
};
use core::{mem::MaybeUninit, num::NonZero};
use rsyscall_core::syscall::Errno;

// The words of the wire are used as they are.
const _: () = assert!(cfg!(target_endian = "little"), "the protocol's words are little-endian");

/// How a transfer came to its end.
#[derive(Clone, Copy)]
pub(super) struct Moved {
    /// 0 if all was moved, the negative errno of what failed, or how many bytes are missing because the stream ended.
    pub(super) end: i64,
    /// Bytes that were not moved.
    pub(super) left: u64,
}

/// Why a loop ended: its return value, but positive for an end of the input inside a request.
pub(super) type End = NonZero<i64>;

impl Moved {
    /// The bytes must all have been moved.
    #[inline(always)]
    pub(super) const fn all(self) -> Result<(), End> {
        match NonZero::new(self.end) {
            None => Ok(()),
            Some(end) => Err(end),
        }
    }
}

/// Moves bytes, of which there is at least one, until all are moved or no more can be.
///
/// # Safety
///
/// As [`Kernel::transfer`].
#[inline(never)]
pub(super) unsafe fn transfer(
    kernel: &mut impl Kernel,
    direction: Direction,
    mut address: u64,
    mut left: u64,
) -> Moved {
    loop {
        // SAFETY: the caller's promise; what lies before these bytes was moved.
        let returned = unsafe { kernel.transfer(direction, address, left) };
        if returned > 0 {
            address = address.wrapping_add(returned.cast_unsigned());
            left = left.wrapping_sub(returned.cast_unsigned());
            if left == 0 {
                return Moved { end: 0, left };
            }
        } else if returned == 0 {
            return Moved { end: left.cast_signed(), left };
        } else if returned != sys::error(Errno::EINTR) {
            return Moved { end: returned, left };
        }
    }
}

/// Reads the next request: false where the input ended and none had begun.
#[inline(always)]
pub(super) fn next(kernel: &mut impl Kernel, request: &mut MaybeUninit<Words>) -> Result<bool, End> {
    // SAFETY: the words are ours to overwrite.
    let moved = unsafe { transfer(kernel, Direction::In, address(request), REQUEST as u64) };
    if moved.end == REQUEST.cast_signed() as i64 {
        return Ok(false);
    }
    moved.all()?;
    Ok(true)
}

/// Which of the loop's own bytes a call was to move and did not, after it returned.
#[inline(always)]
pub(super) fn missing(kernel: &impl Kernel, words: &Words, returned: i64) -> Option<(Direction, u64)> {
    let &[_, _, _, length, ..] = words;
    let left = length.checked_sub(returned.max(0).cast_unsigned()).filter(|&left| left > 0)?;
    Some((kernel.in_band(words)?, left))
}

/// Reads bytes and throws them away, or writes zeros.
#[inline(always)]
pub(super) fn fill_up(kernel: &mut impl Kernel, direction: Direction, mut left: u64) -> Result<(), End> {
    const ROOM: usize = 1024;
    let mut room = MaybeUninit::<[u64; ROOM / 8]>::uninit();
    let start = room.as_mut_ptr().cast::<u64>();
    let mut index = ROOM / 8;
    while {
        index = index.wrapping_sub(1);
        // SAFETY: the room has so many words. Volatile, because otherwise it would be a call of memset.
        unsafe { start.wrapping_add(index).write_volatile(0) };
        index != 0
    } {}
    while left > 0 {
        // What is left over comes first: from 1 to the whole room, without a comparison.
        let length = (left.wrapping_sub(1) % ROOM as u64).wrapping_add(1);
        // SAFETY: the room is ours, and all of it was written.
        unsafe { transfer(kernel, direction, address(start), length) }.all()?;
        left = left.wrapping_sub(length);
    }
    Ok(())
}

/// Writes a response.
#[inline(always)]
pub(super) fn respond(kernel: &mut impl Kernel, returned: i64) -> Result<(), End> {
    // SAFETY: the word is there to be read.
    unsafe { transfer(kernel, Direction::Out, address(&raw const returned), RESPONSE as u64) }.all()
}

/// The base loop.
///
/// # Safety
///
/// As [`Kernel::call`], for every request to come.
#[inline(always)]
pub(super) unsafe fn serve(kernel: &mut impl Kernel) -> Result<(), End> {
    // Not initialised: the compiler would call memset for zeros, and there is nobody to provide it.
    let mut request = MaybeUninit::uninit();
    while next(kernel, &mut request)? {
        // SAFETY: all its bytes were just read, and every bit pattern is a word.
        let words = unsafe { request.assume_init_ref() };
        // SAFETY: the caller's promise.
        let returned = unsafe { kernel.call(words) };
        if let Some((direction, left)) = missing(kernel, words, returned) {
            fill_up(kernel, direction, left)?;
        }
        respond(kernel, returned)?;
    }
    Ok(())
}
