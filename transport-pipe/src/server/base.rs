//! The base loop, and what every loop is made of.
#![expect(unsafe_code, reason = "performing the calls that a client asks for")]

use super::{Direction, Kernel, Words, address};
use crate::{
    sys,
    wire::{REQUEST, RESPONSE},
};
use core::{convert::Infallible, mem::MaybeUninit};
use rsyscall_core::syscall::Errno;

// The words of the wire are used as they are.
const _: () = assert!(cfg!(target_endian = "little"), "the protocol's words are little-endian");

/// Why a loop ended: 0 where the input ended between two requests, the negative errno of what failed, or below [`MISSING`]
/// by as many bytes as were missing when the input ended.
pub(super) type End = i64;

/// Below all that is an errno, and what the extensions end with.
pub(super) const MISSING: End = -0x1_0000;

/// An address at which nothing can be: the kernel's own memory lies there.
pub(super) const NOWHERE: u64 = u64::MAX;

/// The bytes that take the place of those at a bad address, at a time.
const ROOM: usize = 248;

/// Moves all these bytes between a stream and memory.
///
/// A bad address is an end, unless `FAULTS` are expected: from the first one on bytes are thrown away, or zeros.
///
/// Returns how many those are, or the negative end.
///
/// # Safety
///
/// As [`Kernel::transfer`].
#[inline(never)]
pub(super) unsafe fn transfer<const FAULTS: bool>(
    kernel: &mut impl Kernel,
    direction: Direction,
    mut at: u64,
    mut left: i64,
) -> i64 {
    let mut room = MaybeUninit::<[u64; ROOM / 8]>::uninit();
    let start = room.as_mut_ptr().cast::<u64>();
    let mut lost = 0;
    let mut limit = left;
    while left > 0 {
        if lost != 0 {
            at = address(start);
        }
        let piece = if FAULTS { left.min(limit) } else { left };
        // SAFETY: the caller's promise; what lies before these bytes was moved.
        let returned = unsafe { kernel.transfer(direction, at, piece.cast_unsigned()) };
        if returned > 0 {
            left = left.wrapping_sub(returned);
            at = at.wrapping_add(returned.cast_unsigned());
        } else if FAULTS && returned == sys::error(Errno::EFAULT) {
            // A pipe takes nothing of bytes that have a fault anywhere: half of them may be good.
            limit = piece >> 1;
            if limit == 0 {
                let mut offset = ROOM;
                while {
                    offset = offset.wrapping_sub(8);
                    // SAFETY: the room has so many bytes. Volatile, because otherwise it would be a call of memset.
                    unsafe { start.wrapping_byte_add(offset).write_volatile(0) };
                    offset != 0
                } {}
                lost = left;
                limit = ROOM as i64;
            }
        } else if returned == 0 {
            return MISSING.wrapping_sub(left);
        } else if returned != sys::error(Errno::EINTR) {
            return returned;
        }
    }
    lost
}

/// An end, if it is one.
#[inline(always)]
pub(super) const fn check(moved: i64) -> Result<i64, End> {
    if moved < 0 { Err(moved) } else { Ok(moved) }
}

/// Reads the next request.
#[inline(always)]
pub(super) fn next<const FAULTS: bool>(
    kernel: &mut impl Kernel,
    request: &mut MaybeUninit<Words>,
) -> Result<(), End> {
    // SAFETY: the words are ours to overwrite.
    match unsafe { transfer::<FAULTS>(kernel, Direction::In, address(request), REQUEST as i64) } {
        // None had begun.
        NONE => Err(0),
        moved => check(moved).map(|_| ()),
    }
}

const NONE: End = MISSING - REQUEST as i64;

/// How many of the loop's own bytes a call was to move and did not, after it returned, and in which direction.
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
pub(super) unsafe fn serve(kernel: &mut impl Kernel) -> Result<Infallible, End> {
    // Not initialised: the compiler would call memset for zeros, and there is nobody to provide it.
    let mut request = MaybeUninit::uninit();
    loop {
        next::<false>(kernel, &mut request)?;
        // SAFETY: all its bytes were just read, and every bit pattern is a word.
        let words = unsafe { request.assume_init_ref() };
        // SAFETY: the caller's promise.
        let returned = unsafe { kernel.call(words) };
        if let Some((direction, mut left)) = missing(kernel, words, returned) {
            let room = 0_u64;
            while left > 0 {
                // What is left over comes first: from 1 to the whole word, without a comparison.
                let piece = (left.wrapping_sub(1) % 8).wrapping_add(1);
                // SAFETY: the room is there.
                check(unsafe { transfer::<false>(kernel, direction, address(&raw const room), piece) })?;
                left = left.wrapping_sub(piece);
            }
        }
        // SAFETY: the word is there to be read.
        check(unsafe { transfer::<false>(kernel, Direction::Out, address(&raw const returned), RESPONSE as i64) })?;
    }
}
