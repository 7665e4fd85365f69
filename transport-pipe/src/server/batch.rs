//! Many calls for one request.
#![expect(unsafe_code, reason = "performing the calls that a client asks for")]

use super::{
    Direction, Kernel, Words, address,
    base::{self, End, respond, transfer},
    extended::{BATCH_UNKNOWN, known, memory},
};
use crate::{sys, wire};
use core::mem::MaybeUninit;
use linux_raw_sys::general::{MAP_ANONYMOUS, MAP_PRIVATE, PROT_READ, PROT_WRITE};
use rsyscall_core::syscall::Errno;
use syscalls::Sysno;

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
    let linked = flags & wire::LINKED != 0;
    if count > wire::MAXIMUM_COUNT
        || flags & !wire::BATCH_FLAGS != 0
        || (linked && granted & wire::FEATURE_LINK == 0)
    {
        respond(kernel, sys::error(Errno::EINVAL))?;
        return Err(BATCH_UNKNOWN.into());
    }
    if count == 0 {
        return respond(kernel, sys::error(Errno::EINVAL));
    }
    let stride = if linked { wire::LINKED_FRAME } else { wire::REQUEST } as u64;
    let length = count.wrapping_mul(stride);
    let mut batch = Batch { kernel, words: buffer.as_mut_ptr().cast(), count, flags, granted, stride };
    if length <= size_of_val(buffer) as u64 {
        // SAFETY: the caller's promise; the buffer has room for the frames.
        return unsafe { batch.perform(length) };
    }
    let map = [
        Sysno::mmap as u64,
        0,
        length,
        (PROT_READ | PROT_WRITE).into(),
        (MAP_PRIVATE | MAP_ANONYMOUS).into(),
        u64::MAX,
        0,
    ];
    // SAFETY: new pages change none that exist.
    let mapped = unsafe { batch.kernel.call(&map) };
    if mapped < 0 && mapped >= -4095 {
        return Err(mapped);
    }
    batch.words = core::ptr::with_exposed_provenance_mut(mapped as usize);
    // SAFETY: the caller's promise; so many bytes were just mapped.
    let result = unsafe { batch.perform(length) };
    // SAFETY: nobody else knows these pages.
    unsafe { batch.kernel.call(&[Sysno::munmap as u64, mapped.cast_unsigned(), length, 0, 0, 0, 0]) };
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

/// What became of a frame's references to earlier ones.
enum Links {
    Taken,
    Failed,
    Malformed,
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
        // Which of the first 256 frames moved memory, so that their results cannot be taken.
        let mut memories = [0_u64; 4];
        let mut flushed = 0;
        let mut stopped = false;
        for index in 0..self.count {
            let frame = self.words.wrapping_byte_add(index.wrapping_mul(self.stride) as usize);
            // SAFETY: the frame was read, and answers have overwritten earlier frames only.
            let mut words = unsafe { frame.cast::<Words>().read() };
            let links = if self.stride == wire::LINKED_FRAME as u64 {
                // SAFETY: the frame has eight words.
                unsafe { frame.wrapping_add(7).read() }
            } else {
                0
            };
            let [number, ..] = words;
            let number = number.cast_signed();
            let moves = matches!(known(number, self.granted), Some(wire::WRITE | wire::READ));
            // SAFETY: the frames before this one have their answers at the words.
            let linked = unsafe { self.link(&mut words, links, index, moves, &memories) };
            if moves && let Some(word) = memories.get_mut((index / 64) as usize) {
                *word |= 1 << (index % 64);
            }
            let refused = match linked {
                _ if stopped => Some(wire::BATCH_NOT_PERFORMED),
                Links::Malformed => Some(sys::error(Errno::EINVAL)),
                Links::Failed => Some(wire::BATCH_NOT_PERFORMED),
                Links::Taken => None,
            };
            let [_, _, length, ..] = words;
            let answers_itself = moves && (number == wire::READ || length > wire::MAXIMUM_LENGTH);
            if answers_itself || (is_last(number) && refused.is_none()) {
                self.flush(&mut flushed, index)?;
            }
            let answer = if moves {
                // SAFETY: the caller's promise.
                unsafe { memory(self.kernel, &words, refused) }?
            } else if let Some(answer) = refused {
                answer
            } else if wire::is_reserved(number) {
                sys::error(Errno::EINVAL)
            } else {
                // SAFETY: the caller's promise.
                unsafe { base::perform(self.kernel, &words) }?
            };
            // SAFETY: the frame at this place was performed.
            unsafe { self.words.wrapping_add(index as usize).write(answer.cast_unsigned()) };
            stopped |= is_error(answer) && self.flags & wire::STOP_ON_ERROR != 0;
        }
        self.flush(&mut flushed, self.count)
    }

    /// Adds the results that a frame refers to. The length of a WRITE or READ, which says how many bytes follow, takes none.
    ///
    /// # Safety
    ///
    /// The frames before this one have their answers at the words.
    #[inline(always)]
    unsafe fn link(
        &self,
        words: &mut Words,
        links: u64,
        index: u64,
        moves: bool,
        memories: &[u64; 4],
    ) -> Links {
        let mut outcome = Links::Taken;
        if links >> 48 != 0 {
            return Links::Malformed;
        }
        for position in 0..6 {
            let link = links >> (position * 8) & 0xff;
            let Some(earlier) = link.checked_sub(1) else { continue };
            let moved =
                memories.get((earlier / 64) as usize).is_some_and(|word| word >> (earlier % 64) & 1 != 0);
            if earlier >= index || moved || (moves && position == 1) {
                return Links::Malformed;
            }
            // SAFETY: the caller's promise, as `earlier` is below the index.
            let result = unsafe { self.words.wrapping_add(earlier as usize).read() };
            if is_error(result.cast_signed()) || result.cast_signed() == wire::BATCH_NOT_PERFORMED {
                outcome = Links::Failed;
            }
            if let Some(word) = words.get_mut(position as usize + 1) {
                *word = word.wrapping_add(result);
            }
        }
        outcome
    }

    /// Writes the answers that were not written yet.
    #[inline(never)]
    fn flush(&mut self, flushed: &mut u64, until: u64) -> Result<(), End> {
        let from = self.words.wrapping_add(*flushed as usize);
        let length = until.wrapping_sub(*flushed).wrapping_mul(wire::RESPONSE as u64);
        *flushed = until;
        // SAFETY: these answers were written.
        unsafe { transfer(self.kernel, Direction::Out, address(from), length) }.all()
    }
}

/// Whether what the kernel returned is an error.
#[inline(always)]
const fn is_error(returned: i64) -> bool {
    matches!(returned, -4095..=-1)
}

/// Whether a call ends or replaces the server, if it succeeds.
#[inline(always)]
fn is_last(number: i64) -> bool {
    [Sysno::exit, Sysno::exit_group, Sysno::execve, Sysno::execveat, Sysno::rt_sigreturn]
        .iter()
        .any(|&last| number == last as i64)
}
