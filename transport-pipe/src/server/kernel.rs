//! What a server's loop stands on.
#![expect(unsafe_code, reason = "performing the calls that a client asks for")]

use crate::{
    arch,
    sys::{self, Way},
};
use core::ptr;
use linux_raw_sys::{
    general::{POLLIN, POLLOUT, iovec},
    net::{MSG_NOSIGNAL, MSG_WAITALL},
};
use rsyscall_core::syscall::Errno;
use syscalls::Sysno;

/// Where bytes go.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Direction {
    /// From the input into the task's memory.
    In,
    /// From the task's memory to the output.
    Out,
}

/// What the loop stands on: one stream in, one out, and a task.
///
/// [`Descriptors`] is the kernel itself. Another one may decide which calls it performs, or have none below it at all.
pub trait Kernel {
    /// Moves up to `length` bytes between a stream and the task's memory.
    ///
    /// Returns how many, 0 at the end of the input, or a negative errno: -EFAULT for a bad address, and never -EINTR
    /// or -EAGAIN. The output never returns 0.
    ///
    /// # Safety
    ///
    /// The bytes at the address are the caller's to overwrite, or can be read; if that is not known, it is the promise
    /// of whoever wrote the request.
    unsafe fn transfer(&mut self, direction: Direction, address: u64, length: u64) -> i64;

    /// Performs a call and returns what the kernel returned.
    ///
    /// # Safety
    ///
    /// As [`SyscallInterface::syscall`](rsyscall_core::interface::SyscallInterface::syscall).
    unsafe fn call(&mut self, number: i64, arguments: [u64; 6]) -> i64;

    /// The direction in which this call moves bytes of the loop's own streams, if it does so by a length that must be
    /// kept whatever the call returned.
    fn in_band(&self, number: i64, arguments: [u64; 6]) -> Option<Direction>;
}

/// Two descriptors of the task that this code runs in.
#[derive(Debug)]
pub struct Descriptors {
    infd: i32,
    outfd: i32,
    way: Way,
}

impl Descriptors {
    /// Serves what comes from `infd`, and answers on `outfd`.
    ///
    /// # Safety
    ///
    /// Whoever writes to `infd` can do whatever this task can: that is the caller's promise for every call to come.
    #[inline(always)]
    pub const unsafe fn new(infd: i32, outfd: i32) -> Self {
        Self { infd, outfd, way: Way::NoSignal }
    }
}

impl Kernel for Descriptors {
    unsafe fn transfer(&mut self, direction: Direction, address: u64, length: u64) -> i64 {
        let vector = iovec { iov_base: ptr::with_exposed_provenance_mut(address as usize), iov_len: length };
        loop {
            let (fd, events) = match direction {
                Direction::In => (self.infd, POLLIN),
                Direction::Out => (self.outfd, POLLOUT),
            };
            let vector = (&raw const vector).expose_provenance() as u64;
            let fd = sys::word(fd);
            let (number, arguments) = match (direction, self.way) {
                (Direction::In, _) => (Sysno::read, [fd, address, length, 0, 0, 0]),
                (_, Way::NoSignal) => (Sysno::pwritev2, [fd, vector, 1, u64::MAX, 0, sys::NOSIGNAL]),
                (_, Way::Send) => (Sysno::sendto, [fd, address, length, MSG_NOSIGNAL.into(), 0, 0]),
                (_, Way::Write) => (Sysno::write, [fd, address, length, 0, 0, 0]),
            };
            // SAFETY: the vector lives until the call is over; the bytes are the caller's.
            let returned = unsafe { sys::call(number, arguments) };
            if returned > 0 {
                return returned;
            }
            if returned == sys::error(Errno::EINTR) {
                continue;
            }
            if returned == sys::error(Errno::EAGAIN) {
                sys::poll(fd as i32, events, true);
                continue;
            }
            if direction == Direction::In {
                return returned;
            }
            match self.way {
                Way::NoSignal if sys::is_unsupported(returned) => self.way = Way::Send,
                Way::Send if returned == sys::error(Errno::ENOTSOCK) => self.way = Way::Write,
                _ if returned == 0 => return sys::error(Errno::EIO),
                _ => return returned,
            }
        }
    }

    #[inline(always)]
    unsafe fn call(&mut self, number: i64, [a, b, c, d, e, f]: [u64; 6]) -> i64 {
        // SAFETY: the caller's promise.
        unsafe { arch::call_stub(a, b, c, d, e, f, number) }
    }

    #[inline(always)]
    #[expect(clippy::cast_possible_truncation, reason = "the kernel takes an int from the register, too")]
    fn in_band(&self, number: i64, [fd, _, _, flags, ..]: [u64; 6]) -> Option<Direction> {
        let fd = fd as i32;
        if number == Sysno::recvfrom as i64 && fd == self.infd && flags & u64::from(MSG_WAITALL) != 0 {
            return Some(Direction::In);
        }
        (number == Sysno::sendto as i64 && fd == self.outfd).then_some(Direction::Out)
    }
}
