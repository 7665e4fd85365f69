//! What a server's loop stands on.
#![expect(unsafe_code, reason = "performing the calls that a client asks for")]

use super::{Words, address, hint::opaque};
use crate::{arch, sys};
use linux_raw_sys::{
    general::{MAP_ANONYMOUS, MAP_PRIVATE, POLLIN, POLLOUT, PROT_READ, PROT_WRITE},
    net::{MSG_NOSIGNAL, MSG_WAITALL},
};
use rsyscall_core::syscall::Errno;
use rsyscall_transport_local::raw_syscall;
use syscalls::Sysno;

/// Where bytes go.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u32)]
pub enum Direction {
    /// From the input into the task's memory.
    In = 0,
    /// From the task's memory to the output.
    Out = 1,
}

impl Direction {
    /// What `ppoll` is asked for.
    #[inline(always)]
    const fn events(self) -> u32 {
        match self {
            Self::In => POLLIN,
            Self::Out => POLLOUT,
        }
    }
}

/// What the loop stands on: one stream in, one out, and a task.
///
/// [`Descriptors`] is the kernel itself. Another one may decide which calls it performs, or have no kernel below it.
///
/// # Safety
///
/// The loops use memory as these methods say it is: [`transfer`](Self::transfer) in has written every byte that it counts, and
/// never counts more than it was asked for; what [`map`](Self::map) gives is memory of that length that nobody else uses,
/// aligned for a word, until [`unmap`](Self::unmap) gets it back; [`in_band`](Self::in_band) tells of a call whose fourth
/// word is a length.
pub unsafe trait Kernel {
    /// Whether the loop with extensions has a way of its own for what is asked most, in which transfers are made in its own
    /// frame. That takes some hundred bytes of code, and saves returns behind system calls, which processors predict badly.
    const IS_FAST: bool = true;

    /// Moves up to `length` bytes between a stream and the task's memory.
    ///
    /// Returns how many were moved, 0 at the end of the input, or a negative errno: -EFAULT for a bad address, -EINTR if
    /// nothing happened and it is to be tried again.
    ///
    /// # Safety
    ///
    /// The bytes at the address are the caller's to overwrite, or can be read; if that is not known, it is the promise
    /// of whoever wrote the request.
    unsafe fn transfer(&mut self, direction: Direction, address: u64, length: u64) -> i64;

    /// Performs a call, its number and six arguments, and returns what the kernel returned.
    ///
    /// # Safety
    ///
    /// As [`SyscallInterface::syscall`](rsyscall_core::interface::SyscallInterface::syscall).
    unsafe fn call(&mut self, words: &Words) -> i64;

    /// The descriptors of the streams, in the task's own table.
    fn fd(&self, direction: Direction) -> i32;

    /// Maps new pages for so many bytes: their address, or a negative errno.
    #[inline(always)]
    fn map(&mut self, length: u64) -> i64 {
        let (protection, flags) = (PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS);
        // SAFETY: new pages change none that exist.
        unsafe { sys::call(Sysno::mmap, [0, length, protection.into(), flags.into(), u64::MAX, 0]) }
    }

    /// Unmaps them.
    ///
    /// # Safety
    ///
    /// [`map`](Self::map) gave this address for this length, and nobody uses the pages any more.
    #[inline(always)]
    unsafe fn unmap(&mut self, address: u64, length: u64) {
        // SAFETY: the caller's promise.
        unsafe { sys::call(Sysno::munmap, [address, length, 0, 0, 0, 0]) };
    }

    /// The direction in which a call moves bytes of the loop's own streams, if it does so by a length that must be kept
    /// whatever the call returned: `recvfrom` with `MSG_WAITALL`, and `sendto`.
    #[inline(always)]
    #[expect(clippy::cast_possible_truncation, reason = "the kernel takes ints from the registers, too")]
    fn in_band(&self, &[number, fd, _, _, flags, ..]: &Words) -> Option<Direction> {
        // 0 is `sendto`, and 1 `recvfrom`, if it has the flag.
        let which = opaque((number as u32).wrapping_sub(Sysno::sendto as u32).into()) as u32;
        if which > u32::from(flags & u64::from(MSG_WAITALL) != 0) {
            return None;
        }
        let direction = if which == 0 { Direction::Out } else { Direction::In };
        (fd as i32 == self.fd(direction)).then_some(direction)
    }
}

const _: () = assert!(Sysno::sendto as i32 + 1 == Sysno::recvfrom as i32);

/// Two descriptors of the task that this code runs in, of whatever kind and mode.
#[derive(Debug)]
pub struct Descriptors {
    fds: Blocking,
    /// How to write without SIGPIPE: `pwritev2`, which takes `RWF_NOSIGNAL` since Linux 6.18; `sendto` where there is no
    /// such thing, and if it is no socket either, `write`.
    way: u64,
}

impl Descriptors {
    /// Serves what comes from `infd`, and answers on `outfd`.
    ///
    /// # Safety
    ///
    /// Whoever writes to `infd` can do whatever this task can: that is the caller's promise for every call to come.
    #[inline(always)]
    pub const unsafe fn new(infd: i32, outfd: i32) -> Self {
        Self { fds: Blocking { fds: [infd, outfd] }, way: Sysno::pwritev2 as u64 }
    }

    /// Goes on after a transfer that moved nothing: EINTR where it is to be made again, in another way or when it does not
    /// block any more.
    #[inline(never)]
    fn settle(&mut self, direction: Direction, number: u64, returned: i64) -> i64 {
        let is = |errno| returned == sys::error(errno);
        if is(Errno::EAGAIN) {
            sys::poll(self.fd(direction), direction.events(), true);
        } else if number == Sysno::pwritev2 as u64 && sys::is_unsupported(returned) {
            self.way = Sysno::sendto as u64;
        } else if number == Sysno::sendto as u64 && is(Errno::ENOTSOCK) {
            self.way = Sysno::write as u64;
        } else {
            return returned;
        }
        sys::error(Errno::EINTR)
    }
}

// SAFETY: the kernel's own counts, and its own pages.
unsafe impl Kernel for Descriptors {
    // Without optimisation, frames get as large as a whole stack that is made for a server.
    const IS_FAST: bool = !cfg!(debug_assertions);

    #[inline(always)]
    unsafe fn transfer(&mut self, direction: Direction, from: u64, length: u64) -> i64 {
        let fd = self.fd(direction);
        let number = if direction == Direction::In { Sysno::read as u64 } else { self.way };
        let returned = if number == Sysno::pwritev2 as u64 {
            let vector = [from, length];
            let words = [sys::word(fd), address(&raw const vector), 1, u64::MAX, 0, sys::NOSIGNAL];
            // SAFETY: the vector lives until the call is over; the bytes can be read.
            unsafe { sys::call(Sysno::pwritev2, words) }
        } else {
            let words = [sys::word(fd), from, length, MSG_NOSIGNAL.into(), 0, 0];
            // SAFETY: the bytes are the caller's. `read` and `write` take three arguments and do not look at the others.
            unsafe { raw_syscall(number.cast_signed(), words) }
        };
        if returned > 0 { returned } else { self.settle(direction, number, returned) }
    }

    #[inline(always)]
    unsafe fn call(&mut self, words: &Words) -> i64 {
        // SAFETY: the caller's promise.
        unsafe { arch::call_words(words) }
    }

    #[inline(always)]
    fn fd(&self, direction: Direction) -> i32 {
        self.fds.fd(direction)
    }
}

/// Two descriptors that block, and whose SIGPIPE is left to the disposition: pipes, for the smallest of programs. What was
/// mapped for its batches stays until the program ends.
#[derive(Debug)]
pub struct Blocking {
    fds: [i32; 2],
}

impl Blocking {
    /// Serves what comes from `infd`, and answers on `outfd`.
    ///
    /// # Safety
    ///
    /// As [`Descriptors::new`].
    #[inline(always)]
    pub const unsafe fn new(infd: i32, outfd: i32) -> Self {
        Self { fds: [infd, outfd] }
    }
}

// SAFETY: as of `Descriptors`.
unsafe impl Kernel for Blocking {
    const IS_FAST: bool = false;

    #[inline(always)]
    unsafe fn transfer(&mut self, direction: Direction, from: u64, length: u64) -> i64 {
        let number = if direction == Direction::In { Sysno::read } else { Sysno::write };
        // SAFETY: the bytes are the caller's.
        unsafe { sys::call(number, [sys::word(self.fd(direction)), from, length, 0, 0, 0]) }
    }

    #[inline(always)]
    unsafe fn call(&mut self, words: &Words) -> i64 {
        // SAFETY: the caller's promise.
        unsafe { arch::call_words(words) }
    }

    #[inline(always)]
    unsafe fn unmap(&mut self, _address: u64, _length: u64) {}

    #[inline(always)]
    fn fd(&self, direction: Direction) -> i32 {
        let [infd, outfd] = self.fds;
        // As it stands in a call, in the smallest of programs.
        infd.wrapping_add(outfd.wrapping_sub(infd).wrapping_mul(direction as i32))
    }
}
