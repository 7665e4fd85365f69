//! The few calls that this process itself makes for its descriptors and children: below any interface, with
//! little stack and no libc, usable in a `CLONE_VM` child.
#![expect(unsafe_code, reason = "system calls on this process's descriptors")]

use linux_raw_sys::{
    general::{PIPE_BUF, POLLIN, POLLOUT, iovec, pollfd},
    net::{MSG_DONTWAIT, MSG_NOSIGNAL},
};
use rsyscall_core::syscall::Errno;
use rsyscall_transport_local::raw_syscall;
use syscalls::Sysno;

/// `RWF_NOWAIT`
const NOWAIT: u64 = 8;
/// `RWF_NOSIGNAL`, Linux 6.18
pub(crate) const NOSIGNAL: u64 = 0x100;

/// What the kernel returned for an error.
pub(crate) const fn error(errno: Errno) -> i64 {
    -(errno.into_raw() as i64)
}

/// A call of this process, whatever it is.
///
/// # Safety
///
/// As [`raw_syscall`].
#[inline(always)]
pub(crate) unsafe fn call(number: Sysno, arguments: [u64; 6]) -> i64 {
    // SAFETY: the caller's promise.
    unsafe { raw_syscall(number as i64, arguments) }
}

/// The word of a descriptor or another `int`.
#[inline(always)]
pub(crate) const fn word(number: i32) -> u64 {
    (number as i64).cast_unsigned()
}

/// Reads up to `length` bytes, whatever signals come; with `wait` false, EAGAIN where nothing is there.
///
/// The call that may block is inlined: what returns after a switch to another task was called before it, which no
/// processor predicts.
///
/// # Safety
///
/// The bytes at `to` are the caller's to overwrite.
#[inline(always)]
pub(crate) unsafe fn read(fd: i32, to: *mut u8, length: usize, wait: bool) -> i64 {
    // SAFETY: the caller's promise.
    let returned = unsafe { try_to_read(fd, to, length, wait) };
    if returned >= 0 {
        return returned;
    }
    // SAFETY: the caller's promise.
    unsafe { read_again(fd, to, length, wait, returned) }
}

/// # Safety
///
/// As [`read`].
#[inline(always)]
unsafe fn try_to_read(fd: i32, to: *mut u8, length: usize, wait: bool) -> i64 {
    if wait {
        // SAFETY: the bytes are the caller's.
        return unsafe {
            call(Sysno::read, [word(fd), to.expose_provenance() as u64, length as u64, 0, 0, 0])
        };
    }
    let vector = iovec { iov_base: to.cast(), iov_len: length as _ };
    let vector = (&raw const vector).expose_provenance() as u64;
    // SAFETY: the vector lives until the call is over; the bytes are the caller's.
    unsafe { call(Sysno::preadv2, [word(fd), vector, 1, u64::MAX, 0, NOWAIT]) }
}

/// Goes on after an error, if it is none to be told.
///
/// # Safety
///
/// As [`read`].
#[inline(never)]
unsafe fn read_again(fd: i32, to: *mut u8, length: usize, mut wait: bool, mut returned: i64) -> i64 {
    loop {
        if !wait && is_unsupported(returned) {
            if !poll(fd, POLLIN, false) {
                return error(Errno::EAGAIN);
            }
            // Something is there, so that this does not wait.
            wait = true;
        } else if returned != error(Errno::EINTR) {
            return returned;
        }
        // SAFETY: the caller's promise.
        returned = unsafe { try_to_read(fd, to, length, wait) };
    }
}

/// How to write to a descriptor without SIGPIPE: found out at the first write.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Way {
    /// `pwritev2` with `RWF_NOSIGNAL`.
    NoSignal,
    /// `sendto` with `MSG_NOSIGNAL`: an older kernel, and a socket.
    Send,
    /// An older kernel, and no socket: the disposition of SIGPIPE, which is not ours to change, decides.
    Write,
}

/// Writes up to `length` bytes, whatever signals come; with `wait` false, EAGAIN where there is no room.
///
/// # Safety
///
/// The bytes at `from` can be read.
#[inline(always)]
pub(crate) unsafe fn write(fd: i32, from: *const u8, length: usize, way: &mut Way, wait: bool) -> i64 {
    if *way == Way::NoSignal {
        // SAFETY: the caller's promise.
        let returned = unsafe { write_without_signal(fd, from, length, wait) };
        if returned >= 0 {
            return returned;
        }
    }
    // SAFETY: the caller's promise.
    unsafe { write_somehow(fd, from, length, way, wait) }
}

/// # Safety
///
/// As [`write`].
#[inline(always)]
unsafe fn write_without_signal(fd: i32, from: *const u8, length: usize, wait: bool) -> i64 {
    let vector = iovec { iov_base: from.cast_mut().cast(), iov_len: length as _ };
    let vector = (&raw const vector).expose_provenance() as u64;
    let flags = if wait { NOSIGNAL } else { NOSIGNAL | NOWAIT };
    // SAFETY: the vector lives until the call is over; the bytes can be read.
    unsafe { call(Sysno::pwritev2, [word(fd), vector, 1, u64::MAX, 0, flags]) }
}

/// Tries one way after the other; what failed first is tried again.
///
/// # Safety
///
/// As [`write`].
#[inline(never)]
unsafe fn write_somehow(fd: i32, from: *const u8, length: usize, way: &mut Way, wait: bool) -> i64 {
    let address = from.expose_provenance() as u64;
    loop {
        if !wait && *way != Way::NoSignal && !poll(fd, POLLOUT, false) {
            return error(Errno::EAGAIN);
        }
        let returned = match *way {
            // SAFETY: the bytes can be read.
            Way::NoSignal => unsafe { write_without_signal(fd, from, length, wait) },
            Way::Send => {
                let flags = if wait { MSG_NOSIGNAL } else { MSG_NOSIGNAL | MSG_DONTWAIT };
                // SAFETY: the bytes can be read.
                unsafe { call(Sysno::sendto, [word(fd), address, length as u64, flags.into(), 0, 0]) }
            }
            Way::Write => {
                // A pipe that has room at all takes so much without blocking (pipe(7)).
                let length = if wait { length } else { length.min(PIPE_BUF as usize) };
                // SAFETY: the bytes can be read.
                unsafe { call(Sysno::write, [word(fd), address, length as u64, 0, 0, 0]) }
            }
        };
        match *way {
            Way::NoSignal if is_unsupported(returned) => *way = Way::Send,
            Way::Send if returned == error(Errno::ENOTSOCK) => *way = Way::Write,
            _ if returned == error(Errno::EINTR) => {}
            _ => return returned,
        }
    }
}

/// What a kernel says that has no `preadv2`, or not this flag, or not for this kind of file.
pub(crate) const fn is_unsupported(returned: i64) -> bool {
    returned == error(Errno::EOPNOTSUPP)
        || returned == error(Errno::ENOSYS)
        || returned == error(Errno::EINVAL)
}

/// Whether a descriptor is ready; with `wait`, not before it is (or a signal came).
pub(crate) fn poll(fd: i32, events: u32, wait: bool) -> bool {
    poll_all(&mut [entry(fd, events)], wait)
}

/// One descriptor and what is waited for.
#[expect(clippy::cast_possible_truncation, reason = "the events are bits of a short")]
pub(crate) const fn entry(fd: i32, events: u32) -> pollfd {
    pollfd { fd, events: events as i16, revents: 0 }
}

/// Whether one of these is ready.
pub(crate) fn poll_all(entries: &mut [pollfd], wait: bool) -> bool {
    let zero = [0_u64; 2];
    let timeout = if wait { 0 } else { zero.as_ptr().expose_provenance() as u64 };
    let address = entries.as_mut_ptr().expose_provenance() as u64;
    // SAFETY: it writes into the slice only, and reads the timeout, which lives.
    unsafe { call(Sysno::ppoll, [address, entries.len() as u64, timeout, 0, 0, 0]) > 0 }
}

/// Closes a descriptor; there is nothing to be done about an error.
///
/// # Safety
///
/// It is the caller's own.
pub(crate) unsafe fn close(fd: i32) {
    // SAFETY: the caller's promise.
    unsafe { call(Sysno::close, [word(fd), 0, 0, 0, 0, 0]) };
}
