//! The base loop, and what every loop is made of.
#![expect(unsafe_code, reason = "performing the calls that a client asks for")]

use super::{Direction, Kernel};
use crate::{
    sys,
    wire::{REQUEST, RESPONSE},
};
use core::mem::MaybeUninit;
use rsyscall_core::syscall::Errno;

/// How a transfer that was continued came to its end.
pub(super) struct Moved {
    /// Bytes.
    pub(super) count: u64,
    /// What the kernel returned last: not positive if that is why there are no more.
    last: i64,
}

/// Why a loop ended: its return value, negative but for the one clean end.
pub(super) type End = i64;

impl Moved {
    /// The bytes must all be there.
    #[inline(always)]
    pub(super) fn all(self, length: u64) -> Result<(), End> {
        if self.count == length { Ok(()) } else { Err(self.end()) }
    }

    /// Why there are no more, as the end of a loop.
    #[inline(always)]
    pub(super) fn end(&self) -> End {
        if self.last == 0 { sys::error(Errno::EPROTO) } else { self.last }
    }

    /// Whether the address was bad, which does not end the loop.
    #[inline(always)]
    pub(super) fn is_fault(&self) -> bool {
        self.last == sys::error(Errno::EFAULT)
    }
}

/// A request's words: the number, then the arguments.
pub(super) type Words = [u64; REQUEST / 8];

/// Moves bytes until all are moved or no more can be.
///
/// # Safety
///
/// As [`Kernel::transfer`].
#[inline(never)]
pub(super) unsafe fn transfer(
    kernel: &mut impl Kernel,
    direction: Direction,
    address: u64,
    length: u64,
) -> Moved {
    let mut moved = Moved { count: 0, last: 1 };
    while moved.count < length && moved.last > 0 {
        let (rest, left) = (address.wrapping_add(moved.count), length.wrapping_sub(moved.count));
        // SAFETY: the caller's promise; `count` bytes of `length` lie before these.
        moved.last = unsafe { kernel.transfer(direction, rest, left) };
        moved.count = moved.count.wrapping_add(moved.last.max(0).cast_unsigned());
    }
    moved
}

/// Reads the next request: `None` where the input ended and none had begun.
#[inline(always)]
pub(super) fn next(kernel: &mut impl Kernel) -> Result<Option<Words>, End> {
    // Not initialised: the compiler would call memset for zeros, and there is nobody to provide it.
    let mut request = MaybeUninit::<Words>::uninit();
    // SAFETY: the words are ours to overwrite.
    let moved = unsafe { transfer(kernel, Direction::In, address(request.as_mut_ptr()), REQUEST as u64) };
    if moved.count == 0 && moved.last == 0 {
        return Ok(None);
    }
    moved.all(REQUEST as u64)?;
    // SAFETY: all its bytes were just read, and every bit pattern is a word.
    Ok(Some(unsafe { request.assume_init() }))
}

/// Performs a call, and keeps the streams in step if it was to move their bytes.
///
/// # Safety
///
/// As [`Kernel::call`].
#[inline(always)]
pub(super) unsafe fn perform(kernel: &mut impl Kernel, words: Words) -> Result<i64, End> {
    let [number, a, b, length, d, e, f] = words.map(u64::from_le);
    let (number, arguments) = (number.cast_signed(), [a, b, length, d, e, f]);
    // SAFETY: the caller's promise.
    let returned = unsafe { kernel.call(number, arguments) };
    let done = returned.max(0).cast_unsigned();
    if length > done
        && let Some(direction) = kernel.in_band(number, arguments)
    {
        fill_up(kernel, direction, length.wrapping_sub(done))?;
    }
    Ok(returned)
}

/// Reads bytes and throws them away, or writes zeros.
#[inline(never)]
pub(super) fn fill_up(kernel: &mut impl Kernel, direction: Direction, mut left: u64) -> Result<(), End> {
    let mut room = MaybeUninit::<[u64; 128]>::uninit();
    let words = room.as_mut_ptr().cast::<u64>();
    for index in 0..128 {
        // SAFETY: the room has so many words. Not in one assignment, and volatile, because that would be memset.
        unsafe { words.wrapping_add(index).write_volatile(0) };
    }
    while left > 0 {
        let length = left.min(size_of_val(&room) as u64);
        // SAFETY: the room is ours, and all of it was written.
        unsafe { transfer(kernel, direction, address(words), length) }.all(length)?;
        left = left.wrapping_sub(length);
    }
    Ok(())
}

/// Writes a response.
#[inline(always)]
pub(super) fn respond(kernel: &mut impl Kernel, returned: i64) -> Result<(), End> {
    let response = returned.to_le();
    // SAFETY: the word is there to be read.
    unsafe { transfer(kernel, Direction::Out, address(&raw const response), RESPONSE as u64) }
        .all(RESPONSE as u64)
}

/// The word of a pointer.
#[inline(always)]
pub(super) fn address<T>(pointer: *const T) -> u64 {
    pointer.expose_provenance() as u64
}

/// The base loop.
///
/// # Safety
///
/// As [`Kernel::call`], for every request to come.
#[inline(always)]
pub(super) unsafe fn serve(kernel: &mut impl Kernel) -> Result<(), End> {
    while let Some(request) = next(kernel)? {
        // SAFETY: the caller's promise.
        let returned = unsafe { perform(kernel, request) }?;
        respond(kernel, returned)?;
    }
    Ok(())
}
