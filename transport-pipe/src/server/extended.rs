//! The loop with all extensions.
#![expect(unsafe_code, reason = "performing the calls that a client asks for")]
#![expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an address has 64 bits")]

use super::{
    Direction, Kernel, Words,
    base::End,
    batch::{Batch, IN_BATCH},
    exchange::{check, exchange_at_once, next},
};
use crate::{sys, wire};
use core::{convert::Infallible, mem::MaybeUninit, ptr};
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

/// The words of the largest batch and its answers.
pub(super) const LARGEST: u64 = wire::MAXIMUM_COUNT * 9;

/// The loop. A request is a batch of one frame, which was read, and whose answer takes its place.
///
/// # Safety
///
/// As [`Kernel::call`], for every request to come.
#[inline(always)]
pub(super) unsafe fn serve(kernel: &mut impl Kernel, batch: &mut Batch) -> Result<Infallible, End> {
    let mut request = MaybeUninit::<Words>::uninit();
    loop {
        next(kernel, &mut request)?;
        // SAFETY: all its bytes were just read, and every bit pattern is a word.
        let &[number, first, second, ..] = unsafe { request.assume_init_ref() };
        let mut frame = request.as_mut_ptr().cast::<u64>();
        let mut place = frame;
        batch.last = place.wrapping_add(1);
        batch.flags = 0;
        batch.refused = 0;
        let number = number.cast_signed();
        if number == wire::HELLO {
            batch.refused = sys::error(Errno::EINVAL);
            if first.cast_signed() >= wire::VERSION.into() {
                batch.granted = second & u64::from(wire::FEATURES);
                let features = batch.granted as u32;
                let hello = wire::Hello { version: wire::VERSION, abi: Native::WIRE_ID, features };
                batch.refused = hello.encode();
            }
        } else if number == wire::BATCH && batch.granted & u64::from(wire::FEATURE_BATCH) != 0 {
            let known = wire::STOP_ON_ERROR | ((batch.granted & u64::from(wire::FEATURE_LINK)) / 2);
            if first.wrapping_sub(1) < wire::MAXIMUM_COUNT && second <= known {
                // Eight words with links, seven without, and one for the answer.
                let words = (second / wire::LINKED + 7).wrapping_mul(first);
                if words.wrapping_add(first) > batch.room {
                    let pages = kernel.map(8 * LARGEST);
                    check(pages)?;
                    batch.start = ptr::with_exposed_provenance_mut(pages as usize);
                    batch.room = LARGEST;
                }
                frame = batch.start;
                // SAFETY: there is room for them.
                check(unsafe {
                    exchange_at_once(kernel, Direction::In, frame as u64, words.cast_signed().wrapping_mul(8))
                })?;
                place = frame.wrapping_add(words as usize);
                batch.answers = place;
                batch.last = place.wrapping_add(first as usize);
                batch.flags = second | IN_BATCH;
            } else {
                batch.refused = sys::error(Errno::EINVAL);
                // Of no frames nothing follows.
                if first | second >> 2 != 0 {
                    batch.end = BATCH_UNKNOWN.into();
                }
            }
        }
        // SAFETY: the caller's promise; there is room for the frames and their answers.
        unsafe { batch.perform(kernel, frame, place) }?;
    }
}
