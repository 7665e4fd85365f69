//! The loop with all extensions.
#![expect(unsafe_code, reason = "performing the calls that a client asks for")]

use super::{
    Direction, Kernel, Words,
    base::{End, fill_up, missing, next, respond, transfer},
    batch,
};
use crate::{sys, wire};
use core::{mem::MaybeUninit, num::NonZero};
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

/// [`WRITE_TOO_LONG`]
const TOO_LONG: End = NonZero::new(WRITE_TOO_LONG as i64).unwrap();

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
        let number = number.cast_signed();
        let returned = if number == wire::HELLO {
            hello(a, b, &mut granted)
        } else if number == wire::BATCH && granted & wire::FEATURE_BATCH != 0 {
            // SAFETY: the caller's promise.
            unsafe { batch::perform(kernel, buffer, (a, b), granted) }?;
            continue;
        } else {
            // SAFETY: the caller's promise.
            unsafe { one(kernel, words, granted, 0) }?
        };
        respond(kernel, returned)?;
    }
    Ok(())
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

/// Whether a number is that of a WRITE or READ that may be used.
#[inline(always)]
pub(super) const fn moves_memory(number: i64, granted: u32) -> bool {
    (number == wire::WRITE || number == wire::READ) && granted & wire::FEATURE_MEMORY != 0
}

/// Performs a call, WRITE or READ, but for the answer, and returns that.
///
/// If `refused` is not 0 it is the answer, and nothing is performed; but of a WRITE or READ the bytes are moved: the payload is
/// thrown away, or zeros take the memory's place.
///
/// # Safety
///
/// As [`Kernel::call`].
#[inline(never)]
pub(super) unsafe fn one(
    kernel: &mut impl Kernel,
    words: &Words,
    granted: u32,
    refused: i64,
) -> Result<i64, End> {
    let &[number, mut address, length, ..] = words;
    let number = number.cast_signed();
    let (answer, direction, left);
    if !moves_memory(number, granted) {
        if refused != 0 {
            return Ok(refused);
        }
        // SAFETY: the caller's promise.
        answer = unsafe { kernel.call(words) };
        let Some(missing) = missing(kernel, words, answer) else { return Ok(answer) };
        (direction, left) = missing;
    } else {
        direction = if number == wire::WRITE { Direction::In } else { Direction::Out };
        if length > wire::MAXIMUM_LENGTH {
            if direction == Direction::In {
                respond(kernel, sys::error(Errno::EINVAL))?;
                return Err(TOO_LONG);
            }
            return Ok(if refused != 0 { refused } else { sys::error(Errno::EINVAL) });
        }
        let mut rest = length;
        let mut piece = if refused != 0 { 0 } else { length };
        while piece > 0 {
            // SAFETY: the caller's promise.
            let moved = unsafe { transfer(kernel, direction, address, piece) };
            let count = piece.wrapping_sub(moved.left);
            address = address.wrapping_add(count);
            rest = rest.wrapping_sub(count);
            piece = rest;
            if moved.left > 0 {
                if moved.end != sys::error(Errno::EFAULT) {
                    moved.all()?;
                }
                // A pipe takes nothing of a piece that has a fault anywhere: what lies before the next page is tried alone.
                piece = PAGE.wrapping_sub(address % PAGE);
                if direction == Direction::In || moved.left <= piece {
                    break;
                }
            }
        }
        left = rest;
        let valid = if direction == Direction::In { 0 } else { length.wrapping_sub(left).cast_signed() };
        answer = if refused != 0 {
            refused
        } else if left > 0 && valid == 0 {
            sys::error(Errno::EFAULT)
        } else {
            valid
        };
    }
    if left > 0 {
        fill_up(kernel, direction, left)?;
    }
    Ok(answer)
}
