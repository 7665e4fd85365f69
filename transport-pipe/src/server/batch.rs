//! Many calls for one request.
#![expect(unsafe_code, reason = "performing the calls that a client asks for")]
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "an index is at most 65,536, and an address has 64 bits"
)]

use super::{
    Direction, Kernel, WRITE_TOO_LONG, Words, address,
    base::{End, missing},
    exchange::{NOWHERE, check, exchange, exchange_at_once},
    hint::{keep_in_memory, opaque},
};
use crate::{sys, wire};
use core::mem::MaybeUninit;
use rsyscall_core::syscall::Errno;
use syscalls::Sysno;

/// A flag that never comes: these frames were announced by a BATCH.
pub(super) const IN_BATCH: u64 = 4;

/// What a loop knows: of its connection, and of the frames that it performs.
pub(super) struct Batch {
    /// Where the frames of batches are read to, and how many words there are.
    pub(super) start: *mut u64,
    pub(super) room: u64,
    /// Room for the answers: one word each.
    pub(super) answers: *mut u64,
    /// Behind the last answer.
    pub(super) last: *mut u64,
    pub(super) flags: u64,
    /// What all frames are answered, if it is not 0.
    pub(super) refused: i64,
    /// Why the loop ends when they are answered, if it is not 0.
    pub(super) end: End,
    /// The features granted.
    pub(super) granted: u64,
}

impl Batch {
    /// A new connection, with this room for frames.
    #[inline(always)]
    pub(super) const fn new(buffer: &mut [MaybeUninit<u64>]) -> Self {
        let start = buffer.as_mut_ptr().cast();
        let room = buffer.len() as u64;
        Self { start, room, answers: start, last: start, flags: 0, refused: 0, end: 0, granted: 0 }
    }

    /// Performs frames, and answers.
    ///
    /// # Safety
    ///
    /// As [`Kernel::call`], for every frame; there is room for the answers.
    #[inline(always)]
    pub(super) unsafe fn perform<K: Kernel>(
        &mut self,
        kernel: &mut K,
        mut frame: *mut u64,
        mut place: *mut u64,
    ) -> Result<(), End> {
        let mut flushed = place;
        loop {
            if K::IS_FAST {
                // SAFETY: the caller's promise.
                (frame, place) = unsafe { self.perform_plain(kernel, frame, place) };
            }
            keep_in_memory(self);
            let mut refused = self.refused;
            let mut kind = 1;
            if place != self.last {
                // SAFETY: the frame was read.
                let number = unsafe { frame.cast::<i64>().read() };
                // 0 is a WRITE, 1 a READ.
                kind = wire::WRITE.wrapping_sub(number).cast_unsigned()
                    | (self.granted & u64::from(wire::FEATURE_MEMORY)).wrapping_sub(1);
                if refused == 0 {
                    if self.flags & IN_BATCH != 0 && kind > 1 && wire::is_reserved(number) {
                        refused = sys::error(Errno::EINVAL);
                    } else if self.flags & wire::LINKED != 0 {
                        // SAFETY: the frame has eight words, and the frames before it have their answers.
                        refused = unsafe { self.link(frame, place, kind) };
                    }
                }
                kind = opaque(kind);
            }
            // SAFETY: the frame was read, if there is one.
            if kind == 1 || (kind != 0 && is_last(unsafe { frame.cast::<i64>().read() })) {
                let length = (place as i64).wrapping_sub(flushed as i64);
                // SAFETY: these answers were written.
                check(unsafe { exchange_at_once(kernel, Direction::Out, address(flushed), length) })?;
                flushed = place;
                if place == self.last {
                    return check(self.end).map(|_| ());
                }
            }
            // SAFETY: the frame was read, and its links are resolved.
            let words = unsafe { &*frame.cast::<Words>() };
            let mut answer = refused;
            kind = opaque(kind);
            if kind <= 1 {
                let &[_, at, length, ..] = words;
                let direction = if kind == 0 { Direction::In } else { Direction::Out };
                if length > wire::MAXIMUM_LENGTH {
                    answer = sys::error(Errno::EINVAL);
                    if kind == 0 {
                        self.last = place.wrapping_add(1);
                        self.end = WRITE_TOO_LONG.into();
                    }
                } else {
                    // What refuses one is negative.
                    let at = at | (refused >> 63).cast_unsigned();
                    let length = length.cast_signed();
                    // SAFETY: the caller's promise.
                    let lost = check(unsafe { exchange(kernel, direction, at, length) })?;
                    if refused == 0 {
                        // Nothing for a WRITE.
                        answer = length.wrapping_sub(lost) & kind.wrapping_neg().cast_signed();
                        if answer == 0 && lost != 0 {
                            answer = sys::error(Errno::EFAULT);
                        }
                    }
                }
            } else if refused == 0 {
                // SAFETY: the caller's promise.
                answer = unsafe { kernel.call(words) };
                if let Some((direction, left)) = missing(kernel, words, answer) {
                    // SAFETY: the caller's promise.
                    check(unsafe { exchange(kernel, direction, NOWHERE, left) })?;
                }
            }
            // SAFETY: the room for this frame's answer.
            unsafe { place.write(answer.cast_unsigned()) };
            if self.flags & wire::STOP_ON_ERROR != 0 && is_error(answer) {
                // It was 0. The highest byte alone takes ten bytes of code less than the number.
                let [.., highest] = wire::BATCH_NOT_PERFORMED.to_le_bytes();
                let place = (&raw mut self.refused).cast::<u8>().wrapping_add(7);
                // SAFETY: it is a byte of the number.
                unsafe { place.write(highest) };
            }
            place = place.wrapping_add(1);
            // 64 bytes with links, 56 without.
            frame = frame.wrapping_byte_add((self.flags & wire::LINKED) as usize * 4 + wire::REQUEST);
        }
    }

    /// Performs frames as long as they are plain calls, and says which comes next and where its answer goes.
    ///
    /// # Safety
    ///
    /// As [`perform`](Self::perform).
    #[inline(always)]
    unsafe fn perform_plain(
        &mut self,
        kernel: &mut impl Kernel,
        mut frame: *mut u64,
        mut place: *mut u64,
    ) -> (*mut u64, *mut u64) {
        let last = if self.flags & wire::LINKED != 0 || self.refused != 0 { place } else { self.last };
        let stops = self.flags & wire::STOP_ON_ERROR != 0;
        while place != last {
            // SAFETY: the frame was read.
            let words = unsafe { &*frame.cast::<Words>() };
            let &[number, ..] = words;
            let number = number.cast_signed();
            // Compared one by one, without a loop: that is faster, and longer.
            let [exit, exit_group, execve, execveat, rt_sigreturn] = LAST;
            let bits = number as u16;
            let is_last = bits == exit
                || bits == exit_group
                || bits == execve
                || bits == execveat
                || bits == rt_sigreturn;
            if wire::is_reserved(number) || is_last || kernel.in_band(words).is_some() {
                break;
            }
            // SAFETY: the caller's promise.
            let answer = unsafe { kernel.call(words) };
            // SAFETY: the room for this frame's answer.
            unsafe { place.write(answer.cast_unsigned()) };
            place = place.wrapping_add(1);
            frame = frame.wrapping_byte_add(wire::REQUEST);
            if stops && is_error(answer) {
                self.refused = wire::BATCH_NOT_PERFORMED;
                break;
            }
        }
        (frame, place)
    }

    /// Adds the results that a frame refers to, and returns 0 or why it is refused. The length of a WRITE or READ, which says
    /// how many bytes follow, takes none.
    ///
    /// # Safety
    ///
    /// The frame has eight words, and the frames before it have their answers.
    #[inline(always)]
    unsafe fn link(&self, frame: *mut u64, place: *mut u64, kind: u64) -> i64 {
        let mut refused = 0;
        // SAFETY: the caller's promise.
        let mut links = unsafe { frame.wrapping_add(7).read() };
        if links >> 48 != 0 || (kind <= 1 && links & 0xff00 != 0) {
            return sys::error(Errno::EINVAL);
        }
        let mut word = frame;
        while links != 0 {
            word = word.wrapping_add(1);
            let link = (links & 0xff) as usize;
            links >>= 8;
            if link != 0 {
                let answered = self.answers.wrapping_add(link).wrapping_sub(1);
                let other = self.start.wrapping_add(link.wrapping_mul(8)).wrapping_sub(8);
                // SAFETY: frames stay as they are, but for their arguments.
                if answered >= place || moves_memory(unsafe { other.read() }.cast_signed()) {
                    return sys::error(Errno::EINVAL);
                }
                // SAFETY: the caller's promise, as it is before the place.
                let result = unsafe { answered.read() };
                // SAFETY: the frame has this word, and nobody else uses it now.
                let argument = unsafe { &mut *word };
                *argument = argument.wrapping_add(result);
                if is_error(result.cast_signed()) || result.cast_signed() == wire::BATCH_NOT_PERFORMED {
                    refused = wire::BATCH_NOT_PERFORMED;
                }
            }
        }
        refused
    }
}

/// Whether a number is that of a WRITE or READ.
#[inline(always)]
const fn moves_memory(number: i64) -> bool {
    matches!(number, wire::READ..=wire::WRITE)
}

/// Whether what the kernel returned is an error.
#[inline(always)]
const fn is_error(returned: i64) -> bool {
    returned.cast_unsigned() > (-4096_i64).cast_unsigned()
}

/// The calls after which there may be nobody left to answer.
static LAST: [u16; 5] = [
    Sysno::exit as u16,
    Sysno::exit_group as u16,
    Sysno::execve as u16,
    Sysno::execveat as u16,
    Sysno::rt_sigreturn as u16,
];

/// Whether a call ends or replaces the server, if it succeeds.
#[inline(always)]
fn is_last(number: i64) -> bool {
    // Others with the same bits are answered early, and that is all.
    LAST.contains(&(number as u16))
}
