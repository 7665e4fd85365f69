//! The loop with all extensions.
#![expect(unsafe_code, reason = "performing the calls that a client asks for")]

use super::{
    Direction, Kernel, Words,
    base::{End, fill_up, next, perform, respond, transfer},
    batch,
};
use crate::{sys, wire};
use core::mem::MaybeUninit;
use rsyscall_core::{
    abi::{Abi, Native},
    syscall::Errno,
};

/// The end of a loop that was asked to [`WRITE`](wire::WRITE) more than [`MAXIMUM_LENGTH`](wire::MAXIMUM_LENGTH) bytes: those
/// that follow must be neither executed nor waited for.
pub const WRITE_TOO_LONG: i32 = -4097;

/// The end of a loop that was asked for a [`BATCH`](wire::BATCH) of more than [`MAXIMUM_COUNT`](wire::MAXIMUM_COUNT) frames,
/// or with flags that it does not know: the length of what follows is unknown.
pub const BATCH_UNKNOWN: i32 = -4098;

/// The 4 KiB in which an address is valid or not as a whole, whatever larger pages the kernel has.
const PAGE: u64 = 4096;

/// The loop.
///
/// # Safety
///
/// As [`Kernel::call`], for every request to come.
#[inline(always)]
pub(super) unsafe fn serve(kernel: &mut impl Kernel, buffer: &mut [MaybeUninit<u64>]) -> Result<(), End> {
    let mut request = MaybeUninit::uninit();
    let mut granted = 0;
    while next(kernel, &mut request)? {
        // SAFETY: all its bytes were just read, and every bit pattern is a word.
        let words: &Words = unsafe { request.assume_init_ref() };
        let &[number, a, b, ..] = words;
        let returned = match known(number.cast_signed(), granted) {
            Some(wire::HELLO) => hello(a, b, &mut granted),
            Some(wire::BATCH) => {
                // SAFETY: the caller's promise.
                unsafe { batch::perform(kernel, buffer, (a, b), granted) }?;
                continue;
            }
            // SAFETY: the same promise.
            Some(_) => unsafe { memory(kernel, words, None) }?,
            // SAFETY: the same promise.
            None => unsafe { perform(kernel, words) }?,
        };
        respond(kernel, returned)?;
    }
    Ok(())
}

/// The number, if it is one of the extensions that may be used.
#[inline(always)]
pub(super) fn known(number: i64, granted: u32) -> Option<i64> {
    let feature = match number {
        wire::HELLO => return Some(number),
        wire::WRITE | wire::READ => wire::FEATURE_MEMORY,
        wire::BATCH => wire::FEATURE_BATCH,
        _ => return None,
    };
    (granted & feature != 0).then_some(number)
}

/// The answer to a HELLO.
#[inline(always)]
#[expect(clippy::cast_possible_truncation, reason = "the features known are below 8")]
fn hello(version: u64, wanted: u64, granted: &mut u32) -> i64 {
    if version.cast_signed() < wire::VERSION.into() {
        return sys::error(Errno::EINVAL);
    }
    *granted = wanted as u32 & wire::FEATURES;
    wire::Hello { version: wire::VERSION, abi: Native::WIRE_ID, features: *granted }.encode()
}

/// Performs a WRITE or READ but for the answer, and returns that. Of one that is refused the bytes are moved, too: the
/// payload is thrown away, or zeros take the memory's place.
///
/// # Safety
///
/// As [`Kernel::transfer`].
#[inline(never)]
pub(super) unsafe fn memory(
    kernel: &mut impl Kernel,
    &[number, mut address, length, ..]: &Words,
    refused: Option<i64>,
) -> Result<i64, End> {
    let direction = if number.cast_signed() == wire::WRITE { Direction::In } else { Direction::Out };
    if length > wire::MAXIMUM_LENGTH {
        let invalid = sys::error(Errno::EINVAL);
        if direction == Direction::Out {
            return Ok(refused.unwrap_or(invalid));
        }
        respond(kernel, invalid)?;
        return Err(WRITE_TOO_LONG.into());
    }
    let mut left = length;
    let mut piece = if refused.is_some() { 0 } else { length };
    while piece > 0 {
        // SAFETY: the caller's promise.
        let moved = unsafe { transfer(kernel, direction, address, piece) };
        let count = piece.wrapping_sub(moved.left);
        address = address.wrapping_add(count);
        left = left.wrapping_sub(count);
        piece = left;
        if moved.left > 0 {
            if !moved.is_fault() {
                return Err(moved.end());
            }
            // A pipe takes nothing of a piece that has a fault anywhere: what lies before the next page is tried alone.
            piece = PAGE.wrapping_sub(address % PAGE);
            if direction == Direction::In || moved.left <= piece {
                break;
            }
        }
    }
    fill_up(kernel, direction, left)?;
    Ok(match refused {
        Some(answer) => answer,
        None if left > 0 && (direction == Direction::In || left == length) => sys::error(Errno::EFAULT),
        None if direction == Direction::In => 0,
        None => length.wrapping_sub(left).cast_signed(),
    })
}
