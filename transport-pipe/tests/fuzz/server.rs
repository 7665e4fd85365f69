//! The server's loop on arbitrary input, with no kernel below it. The fuzz target runs the same function.

use core::{cell::RefCell, mem::MaybeUninit};
use rsyscall_transport_pipe::{
    server::{BATCH_UNKNOWN, Direction, Kernel, WRITE_TOO_LONG, Words, serve_extended_on},
    wire,
};
use syscalls::Sysno;

/// Where the task's only valid memory is.
pub(crate) const MEMORY: core::ops::Range<u64> = 0x1_0000..0x1_3000;
const EFAULT: i64 = -14;
/// A READ may ask for 1 GiB, and `sendto` for more: there are better uses of the time than to answer so much.
const MOST: usize = 1 << 13;
const EPROTO: i32 = -71;

/// What the loop is given, kept for the next input: what lies in it does not matter.
struct Room {
    memory: [u8; MEMORY_LENGTH],
    buffer: [MaybeUninit<u64>; 256],
    pages: Vec<u64>,
}

const MEMORY_LENGTH: usize = 0x3000;

thread_local! {
    static ROOM: RefCell<Room> = const {
        RefCell::new(Room {
            memory: [7; MEMORY_LENGTH],
            buffer: [MaybeUninit::uninit(); 256],
            pages: Vec::new(),
        })
    };
}

/// A kernel without a machine: streams in memory, calls that do nothing.
struct NoKernel<'i> {
    input: &'i [u8],
    /// How many bytes were answered.
    answered: usize,
    memory: &'i mut [u8],
    /// The loop's own memory: its stack, its buffer, and what it mapped.
    own: [core::ops::Range<u64>; 3],
    pages: &'i mut Vec<u64>,
    /// Bytes that one transfer moves at most.
    piece: u64,
    faults: Faults,
    /// How many transfers there were, and whether the last was interrupted.
    transfers: u8,
    interrupted: bool,
}

/// What befalls transfers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Faults {
    /// Which of each eight are interrupted, before they are made.
    pub(crate) interrupted: u8,
    /// Which one fails, if it is not 0, counted from 1.
    pub(crate) failing: u8,
}

const EINTR: i64 = -4;
/// What the stream that fails does: it must not be asked again.
const EAGAIN: i32 = -11;

unsafe impl Kernel for NoKernel<'_> {
    unsafe fn transfer(&mut self, direction: Direction, address: u64, length: u64) -> i64 {
        assert!(self.faults.failing == 0 || self.transfers < self.faults.failing, "{:?}", self.faults);
        self.interrupted = !self.interrupted && self.faults.interrupted >> (self.transfers % 8) & 1 != 0;
        if self.interrupted {
            return EINTR;
        }
        self.transfers = self.transfers.wrapping_add(1);
        if self.faults.failing != 0 && self.transfers == self.faults.failing {
            return EAGAIN.into();
        }
        let length = length.min(self.piece);
        if direction == Direction::In && self.input.is_empty() {
            return 0;
        }
        if self.answered > 2 * MOST {
            return EAGAIN.into();
        }
        let length = if direction == Direction::In { length.min(self.input.len() as u64) } else { length };
        let inside = |range: &core::ops::Range<u64>, length| {
            range.contains(&address) && address.checked_add(length).is_some_and(|end| end <= range.end)
        };
        let count = usize::try_from(length).unwrap();
        let slice = if self.own.iter().any(|range| inside(range, length)) {
            let start = core::ptr::with_exposed_provenance_mut::<u8>(usize::try_from(address).unwrap());
            unsafe { core::slice::from_raw_parts_mut(start, count) }
        } else if inside(&MEMORY, length) {
            let start = usize::try_from(address - MEMORY.start).unwrap();
            &mut self.memory[start..start + count]
        } else {
            return EFAULT;
        };
        match direction {
            Direction::In => {
                let (taken, rest) = self.input.split_at(count);
                slice.copy_from_slice(taken);
                self.input = rest;
            }
            Direction::Out => self.answered += count,
        }
        i64::try_from(length).unwrap()
    }

    unsafe fn call(&mut self, &[number, ..]: &Words) -> i64 {
        result(number)
    }

    fn map(&mut self, length: u64) -> i64 {
        assert!(length < 1 << 23 && self.own[2].is_empty());
        self.pages.resize(usize::try_from(length / 8).unwrap(), 0);
        let start = self.pages.as_mut_ptr().expose_provenance() as u64;
        self.own[2] = start..start + length;
        start.cast_signed()
    }

    unsafe fn unmap(&mut self, address: u64, length: u64) {
        assert_eq!(core::mem::take(&mut self.own[2]), address..address + length);
    }

    fn fd(&self, direction: Direction) -> i32 {
        fd(direction).cast_signed()
    }
}

/// The loop's own streams.
const fn fd(direction: Direction) -> u32 {
    if matches!(direction, Direction::In) { 3 } else { 4 }
}

/// How many bytes a call was to move of the loop's own streams and does not: it moves as many as it returns.
#[expect(clippy::cast_possible_truncation, reason = "the kernel takes ints from the registers, too")]
fn missing(&[number, own, _, length, flags, ..]: &Words) -> Option<(Direction, i64)> {
    const SENDTO: u32 = Sysno::sendto as u32;
    const RECVFROM: u32 = Sysno::recvfrom as u32;
    const MSG_WAITALL: u64 = 0x100;
    let direction = match number as u32 {
        SENDTO => Direction::Out,
        RECVFROM if flags & MSG_WAITALL != 0 => Direction::In,
        _ => return None,
    };
    (own as u32 == fd(direction))
        .then(|| (direction, length.cast_signed().wrapping_sub(result(number).max(0)).max(0)))
}

/// What a call returns: an error for every odd number.
fn result(number: u64) -> i64 {
    if number % 2 == 1 { -9 } else { (number >> 40).cast_signed() }
}

/// How many bytes are answered to an input, and what the loop returns. It is not known what becomes of frames behind one that fails if
/// they depend on that, and some of them move bytes only if they are performed: then it is at most so many.
fn expected(input: &[u8]) -> (usize, i32, bool) {
    let mut exact = true;
    let (answered, end) = expected_unless(input, &mut exact);
    (answered, end, exact)
}

fn expected_unless(mut input: &[u8], exact: &mut bool) -> (usize, i32) {
    let mut answered = 0;
    let mut granted = 0;
    let word = |bytes: &[u8], index: usize| u64::from_le_bytes(bytes[index * 8..][..8].try_into().unwrap());
    loop {
        if input.is_empty() {
            return (answered, 0);
        }
        let Some((request, rest)) = input.split_at_checked(wire::REQUEST) else { return (answered, EPROTO) };
        input = rest;
        let (number, a, b) = (word(request, 0).cast_signed(), word(request, 1), word(request, 2));
        let memory = granted & u64::from(wire::FEATURE_MEMORY) != 0;
        let (mut frames, mut stride) = (request, wire::REQUEST);
        let mut depends = false;
        if number == wire::HELLO && a.cast_signed() >= 1 {
            granted = b;
        } else if number == wire::BATCH && granted & u64::from(wire::FEATURE_BATCH) != 0 {
            let linked = b & wire::LINKED != 0;
            if a > wire::MAXIMUM_COUNT || b > 3 || (a > 0 && linked && granted & 4 == 0) {
                return (answered + 8, BATCH_UNKNOWN);
            }
            if a > 0 {
                stride = if linked { wire::LINKED_FRAME } else { wire::REQUEST };
                let length = usize::try_from(a).unwrap() * stride;
                let Some((body, rest)) = input.split_at_checked(length) else { return (answered, EPROTO) };
                (input, frames) = (rest, body);
                depends = b != 0;
            }
        }
        let mut pending = 0;
        for frame in frames.chunks(stride) {
            let (number, length) = (word(frame, 0).cast_signed(), word(frame, 2));
            let words: Words = core::array::from_fn(|index| word(frame, index));
            if memory && number == wire::WRITE {
                if length > wire::MAXIMUM_LENGTH {
                    return (answered + pending + 8, WRITE_TOO_LONG);
                }
                let length = usize::try_from(length).unwrap();
                let Some((_, rest)) = input.split_at_checked(length) else {
                    return (answered, EPROTO);
                };
                input = rest;
            } else if memory && number == wire::READ {
                let length = if length > wire::MAXIMUM_LENGTH { 0 } else { usize::try_from(length).unwrap() };
                answered += pending + length;
                pending = 0;
            } else if [Sysno::exit, Sysno::exit_group, Sysno::execve, Sysno::execveat, Sysno::rt_sigreturn]
                .iter()
                .any(|&last| number & 0xffff == last as i64)
            {
                answered += pending;
                pending = 0;
            } else if let Some((direction, left)) = missing(&words) {
                *exact &= !depends;
                let left = usize::try_from(left).unwrap();
                match direction {
                    Direction::In => {
                        let Some((_, rest)) = input.split_at_checked(left) else {
                            return (answered, EPROTO);
                        };
                        input = rest;
                    }
                    Direction::Out => answered = answered.saturating_add(left),
                }
            }
            pending += 8;
        }
        answered += pending;
    }
}

/// Serves an input on a buffer of so many words, 256 at most, with transfers of so many bytes at most, and checks what comes out.
pub(crate) fn run(input: &[u8], room: usize, piece: u64, faults: Faults) {
    let (answered, expected, exact) = expected(input);
    if exact && answered > MOST {
        return;
    }
    ROOM.with_borrow_mut(|Room { memory, buffer, pages }| {
        let here = 0_u8;
        let stack = (&raw const here).expose_provenance() as u64;
        let buffer = &mut buffer[..room];
        let start = buffer.as_mut_ptr().expose_provenance() as u64;
        let own = [stack - 0x1_0000..stack + 0x1000, start..start + 8 * room as u64, 0..0];
        let mut kernel = NoKernel {
            input,
            answered: 0,
            memory,
            own,
            pages,
            piece,
            faults,
            transfers: 0,
            interrupted: false,
        };
        let ended = unsafe { serve_extended_on(&mut kernel, buffer) };
        assert!(kernel.own[2].is_empty());
        if faults.failing != 0 && kernel.transfers == faults.failing {
            assert_eq!(ended, EAGAIN);
            assert!(!exact || kernel.answered <= answered);
            return;
        }
        if !exact {
            return;
        }
        // In the middle of a batch, too, exactly what was flushed was answered.
        assert_eq!((ended, kernel.answered), (expected, answered));
    });
}
