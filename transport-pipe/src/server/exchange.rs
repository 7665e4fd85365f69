//! Bytes between a stream and memory that may not be there.
#![expect(unsafe_code, reason = "moves bytes to and from the addresses that a client gives")]
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    reason = "the low half of a number, and a small one"
)]

use super::{Direction, Kernel, Words, address, base::End};
use crate::{sys, wire::REQUEST};
use core::mem::MaybeUninit;
use rsyscall_core::syscall::Errno;

/// The input ended: with this stands half of how many bytes are missing, which is below all other ends whatever it is.
const MISSING: End = End::MIN;

/// Below all errnos, and what the extensions end with.
pub(super) const FAILED: End = -0x1_0000;

/// An address at which nothing can be: the kernel's own memory lies there.
pub(super) const NOWHERE: u64 = u64::MAX;

/// The bytes that take the place of those at a bad address, at a time.
const ROOM: usize = 248;

/// Moves all these bytes between a stream and memory. From the first bad address on they are thrown away, or zeros.
///
/// Returns how many those are, or the negative end.
///
/// # Safety
///
/// As [`Kernel::transfer`].
#[inline(never)]
pub(super) unsafe fn exchange(
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
        let piece = left.min(limit);
        // SAFETY: the caller's promise; what lies before these bytes was moved.
        let returned = unsafe { kernel.transfer(direction, at, piece.cast_unsigned()) };
        if returned > 0 {
            left = left.wrapping_sub(returned);
            at = at.wrapping_add(returned.cast_unsigned());
        } else if returned == sys::error(Errno::EFAULT) {
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
                limit = ROOM.cast_signed() as i64;
            }
        } else if returned == 0 {
            return MISSING | left >> 1;
        } else if returned != sys::error(Errno::EINTR) {
            return returned;
        }
    }
    lost
}

/// The same, in the caller's frame where the kernel takes or gives all bytes at once.
///
/// # Safety
///
/// As [`Kernel::transfer`].
#[inline(always)]
pub(super) unsafe fn exchange_at_once<K: Kernel>(
    kernel: &mut K,
    direction: Direction,
    at: u64,
    left: i64,
) -> i64 {
    if K::IS_FAST && left > 0 {
        // SAFETY: the caller's promise.
        let returned = unsafe { kernel.transfer(direction, at, left.cast_unsigned()) };
        if returned == left {
            return 0;
        }
        // SAFETY: the caller's promise.
        return unsafe { go_on(kernel, direction, at, left, returned) };
    }
    // SAFETY: the caller's promise.
    unsafe { exchange(kernel, direction, at, left) }
}

/// Goes on with what a first transfer returned.
///
/// # Safety
///
/// As [`Kernel::transfer`].
#[inline(never)]
unsafe fn go_on(kernel: &mut impl Kernel, direction: Direction, at: u64, left: i64, returned: i64) -> i64 {
    let moved = match returned {
        0 => return MISSING | left >> 1,
        1.. => returned,
        _ if returned == sys::error(Errno::EINTR) || returned == sys::error(Errno::EFAULT) => 0,
        _ => return returned,
    };
    // SAFETY: the caller's promise; what lies before these bytes was moved.
    unsafe { exchange(kernel, direction, at.wrapping_add(moved.cast_unsigned()), left.wrapping_sub(moved)) }
}

/// What [`exchange`] returned, as an end if it is one.
#[inline(always)]
pub(super) const fn check(moved: i64) -> Result<i64, End> {
    if moved < 0 { Err(moved) } else { Ok(moved) }
}

/// Reads the next request.
#[inline(always)]
pub(super) fn next(kernel: &mut impl Kernel, request: &mut MaybeUninit<Words>) -> Result<(), End> {
    // SAFETY: the words are ours to overwrite.
    let moved =
        unsafe { exchange_at_once(kernel, Direction::In, address(request), REQUEST.cast_signed() as i64) };
    // All of it is missing: none had begun. No other end has these bits, of which 32 are compared by shorter code.
    if moved as i32 == NONE {
        return Err(0);
    }
    check(moved).map(|_| ())
}

/// Half of the bytes of a request.
const NONE: i32 = (REQUEST / 2) as i32;
