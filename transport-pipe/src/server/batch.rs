//! Many calls for one request.
#![expect(unsafe_code, reason = "performing the calls that a client asks for")]
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "an index is at most 65,536, and an address has 64 bits"
)]

use super::{
    Direction, Kernel, Words, address,
    base::{End, respond, transfer},
    extended::{BATCH_UNKNOWN, moves_memory, one},
};
use crate::{sys, wire};
use core::{mem::MaybeUninit, num::NonZero, ptr};
use linux_raw_sys::general::{MAP_ANONYMOUS, MAP_PRIVATE, PROT_READ, PROT_WRITE};
use rsyscall_core::syscall::Errno;
use syscalls::Sysno;

/// [`BATCH_UNKNOWN`]
const UNKNOWN: End = NonZero::new(BATCH_UNKNOWN as i64).unwrap();

/// Performs a batch, of which the request was read.
///
/// # Safety
///
/// As [`Kernel::call`], for every frame.
#[inline(always)]
pub(super) unsafe fn perform(
    kernel: &mut impl Kernel,
    buffer: &mut [MaybeUninit<u64>],
    (count, flags): (u64, u64),
    granted: u32,
) -> Result<(), End> {
    let links = if granted & wire::FEATURE_LINK != 0 { wire::LINKED } else { 0 };
    if count.wrapping_sub(1) >= wire::MAXIMUM_COUNT || flags & !(wire::STOP_ON_ERROR | links) != 0 {
        respond(kernel, sys::error(Errno::EINVAL))?;
        // Of no frames nothing follows.
        return if count == 0 && flags & !wire::BATCH_FLAGS == 0 { Ok(()) } else { Err(UNKNOWN) };
    }
    let stride = if flags & wire::LINKED != 0 { wire::LINKED_FRAME } else { wire::REQUEST } as u64;
    let length = count.wrapping_mul(stride);
    let mut batch = Batch { kernel, words: buffer.as_mut_ptr().cast(), count, flags, granted, stride };
    let fits = length <= size_of_val(buffer) as u64;
    if !fits {
        let (protection, flags) = (PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS);
        let map = [Sysno::mmap as u64, 0, length, protection.into(), flags.into(), u64::MAX, 0];
        // SAFETY: new pages change none that exist.
        let mapped = unsafe { batch.kernel.call(&map) };
        if let Some(error) = NonZero::new(mapped).filter(|_| is_error(mapped)) {
            return Err(error);
        }
        batch.words = ptr::with_exposed_provenance_mut(mapped as usize);
    }
    // SAFETY: the caller's promise; there is room for the frames.
    let result = unsafe { batch.perform(length) };
    if !fits {
        let unmap = [Sysno::munmap as u64, address(batch.words), length, 0, 0, 0, 0];
        // SAFETY: nobody else knows these pages.
        unsafe { batch.kernel.call(&unmap) };
    }
    result
}

/// A batch whose frames lie in memory, and make room for the answers while they are performed: one word each.
struct Batch<'k, K> {
    kernel: &'k mut K,
    words: *mut u64,
    count: u64,
    flags: u64,
    granted: u32,
    stride: u64,
}

impl<K: Kernel> Batch<'_, K> {
    /// Reads the frames, performs them and answers.
    ///
    /// # Safety
    ///
    /// As [`Kernel::call`], for every frame; at the words there is room for so many bytes.
    #[inline(never)]
    unsafe fn perform(&mut self, length: u64) -> Result<(), End> {
        // SAFETY: the caller's promise.
        unsafe { transfer(self.kernel, Direction::In, address(self.words), length) }.all()?;
        // Which of the first 256 frames moved memory: their results cannot be taken.
        let mut memories = [0_u64; 4];
        let mut flushed = 0;
        let mut stopped = 0;
        for index in 0..self.count {
            let frame = self.words.wrapping_byte_add(index.wrapping_mul(self.stride) as usize);
            // SAFETY: the frame was read, and answers have overwritten earlier frames only.
            let mut words = unsafe { frame.cast::<Words>().read() };
            let [number, _, length, ..] = words;
            let number = number.cast_signed();
            let moves = moves_memory(number, self.granted);
            let mut refused = if !moves && wire::is_reserved(number) { sys::error(Errno::EINVAL) } else { 0 };
            if self.stride == wire::LINKED_FRAME as u64 && refused == 0 {
                // SAFETY: the frame has eight words.
                let links = unsafe { frame.wrapping_add(7).read() };
                // SAFETY: the frames before it have their answers at the words.
                refused = unsafe { self.link(&mut words, links, index, moves, &memories) };
            }
            if stopped != 0 {
                refused = stopped;
            }
            if moves && let Some(word) = memories.get_mut((index / 64) as usize) {
                *word |= 1 << (index % 64);
            }
            let answers_itself = number == wire::READ || length > wire::MAXIMUM_LENGTH;
            if if moves { answers_itself } else { is_last(number) } {
                self.flush(&mut flushed, index)?;
            }
            // SAFETY: the caller's promise.
            let answer = unsafe { one(self.kernel, &words, self.granted, refused) }?;
            // SAFETY: the frame at this place was performed.
            unsafe { self.words.wrapping_add(index as usize).write(answer.cast_unsigned()) };
            if is_error(answer) && self.flags & wire::STOP_ON_ERROR != 0 {
                stopped = wire::BATCH_NOT_PERFORMED;
            }
        }
        self.flush(&mut flushed, self.count)
    }

    /// Adds the results that a frame refers to, and returns 0 or why it is refused. The length of a WRITE or READ, which says
    /// how many bytes follow, takes none.
    ///
    /// # Safety
    ///
    /// The frames before this one have their answers at the words.
    #[inline(always)]
    unsafe fn link(
        &self,
        words: &mut Words,
        mut links: u64,
        index: u64,
        moves: bool,
        memories: &[u64; 4],
    ) -> i64 {
        let mut refused = 0;
        let [_, arguments @ ..] = words;
        for (position, word) in arguments.iter_mut().enumerate() {
            let link = links & 0xff;
            links >>= 8;
            if link == 0 {
                continue;
            }
            let earlier = link.wrapping_sub(1);
            let moved =
                memories.get((earlier / 64) as usize).is_some_and(|word| word >> (earlier % 64) & 1 != 0);
            if earlier >= index || moved || (moves && position == 1) {
                return sys::error(Errno::EINVAL);
            }
            // SAFETY: the caller's promise, as `earlier` is below the index.
            let result = unsafe { self.words.wrapping_add(earlier as usize).read() };
            *word = word.wrapping_add(result);
            if is_error(result.cast_signed()) || result.cast_signed() == wire::BATCH_NOT_PERFORMED {
                refused = wire::BATCH_NOT_PERFORMED;
            }
        }
        if links == 0 { refused } else { sys::error(Errno::EINVAL) }
    }

    /// Writes the answers that were not written yet.
    #[inline(never)]
    fn flush(&mut self, flushed: &mut u64, until: u64) -> Result<(), End> {
        let from = self.words.wrapping_add(*flushed as usize);
        let length = until.wrapping_sub(*flushed).wrapping_mul(wire::RESPONSE as u64);
        *flushed = until;
        if length == 0 {
            return Ok(());
        }
        // SAFETY: these answers were written.
        unsafe { transfer(self.kernel, Direction::Out, address(from), length) }.all()
    }
}

/// Whether what the kernel returned is an error.
#[inline(always)]
const fn is_error(returned: i64) -> bool {
    returned.cast_unsigned() > (-4096_i64).cast_unsigned()
}

/// Whether a call ends or replaces the server, if it succeeds.
#[inline(always)]
const fn is_last(number: i64) -> bool {
    number == Sysno::exit as i64
        || number == Sysno::exit_group as i64
        || number == Sysno::execve as i64
        || number == Sysno::execveat as i64
        || number == Sysno::rt_sigreturn as i64
}
