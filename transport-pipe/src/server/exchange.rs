//! Bytes between a stream and memory that may not be there.
#![expect(unsafe_code, reason = "moves bytes to and from the addresses that a client gives")]

use super::{Direction, Kernel, Words, address, base::End};
use crate::{sys, wire::REQUEST};
use core::mem::MaybeUninit;
use rsyscall_core::syscall::Errno;

/// Below all that is an errno, and what the extensions end with.
pub(super) const MISSING: End = -0x1_0000;

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
            return MISSING.wrapping_sub(left);
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
        0 => return MISSING.wrapping_sub(left),
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
    match unsafe { exchange_at_once(kernel, Direction::In, address(request), REQUEST.cast_signed() as i64) } {
        // None had begun.
        NONE => Err(0),
        moved => check(moved).map(|_| ()),
    }
}

/// The end where a request was to begin.
const NONE: End = MISSING - REQUEST.cast_signed() as i64;
