//! The server: performs what it is asked in the task that it runs in.
//!
//! It keeps no state but its stack, and uses no thread-local storage, libc or heap, so that it runs in a `CLONE_VM` child on a
//! small stack as well as in a program of its own.
#![expect(unsafe_code, reason = "performing the calls that a client asks for")]

use crate::{
    arch,
    sys::{self, Way},
    wire::{REQUEST, RESPONSE},
};
use core::mem::MaybeUninit;
use linux_raw_sys::{
    general::{POLLIN, POLLOUT},
    net::MSG_WAITALL,
};
use rsyscall_core::syscall::Errno;
use syscalls::Sysno;

/// Serves requests from `infd` and answers on `outfd` until one of them ends.
///
/// Requests are performed strictly in order: not one byte beyond the request in hand is read, and each is answered before
/// the next is performed. EINTR is retried, EAGAIN waits with `ppoll`, short transfers are continued.
///
/// A `recvfrom` with `MSG_WAITALL` on `infd` itself that fails or is short has the missing bytes read and thrown away; a
/// `sendto` on `outfd` itself that fails or is short is filled up with zeros: a bad address costs the call, not the
/// connection.
///
/// Returns
///
/// * 0 when the input ended where a request would have begun;
/// * `-EPROTO` when it ended inside a request, or inside the bytes that were to follow one;
/// * the negative errno of a read or write that failed, `-EPIPE` when nobody reads the answers. That last one kills the
///   process by SIGPIPE instead if the disposition says so and `outfd` is a pipe on a kernel before 6.18.
///
/// # Safety
///
/// Whoever writes to `infd` can do whatever this task can: that is the caller's promise for every call to come.
pub unsafe extern "C" fn serve(infd: i32, outfd: i32) -> i32 {
    let mut way = Way::NoSignal;
    loop {
        // Not initialised: the compiler would call memset for zeros, and there is nobody to provide it.
        let mut request = MaybeUninit::<[u64; REQUEST / 8]>::uninit();
        // SAFETY: the words are ours to overwrite.
        match unsafe { read_all(infd, request.as_mut_ptr().cast(), REQUEST) } {
            Ok(REQUEST) => {}
            Ok(0) => return 0,
            Ok(_) => return status(sys::error(Errno::EPROTO)),
            Err(error) => return status(error),
        }
        // SAFETY: all its bytes were just read, and every bit pattern is a word.
        let [number, a, b, c, d, e, f] = unsafe { request.assume_init() }.map(u64::from_le);
        let number = number.cast_signed();
        // SAFETY: the caller's promise.
        let returned = unsafe { arch::call_stub(a, b, c, d, e, f, number) };
        let guarded = keep_in_step((infd, outfd), number, [a, b, c, d, e, f], returned, &mut way);
        if let Err(error) = guarded {
            return status(error);
        }
        let response = returned.to_le();
        // SAFETY: the word is there to be read.
        if let Err(error) = unsafe { write_all(outfd, (&raw const response).cast(), RESPONSE, &mut way) } {
            return status(error);
        }
    }
}

/// Where the server's code lies: what the program writes to its describefd.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(C)]
pub struct SymbolTable {
    /// [`serve`]
    pub server: u64,
    /// The server that outlives its connection; 0 where there is none.
    pub persistent_server: u64,
    /// Stops its thread, and when continued waits on a futex once and exits.
    pub futex_helper: u64,
    /// The address for a new stack, with six arguments and a function above it.
    pub trampoline: u64,
}

/// The addresses in this program.
pub fn symbol_table() -> SymbolTable {
    SymbolTable {
        server: (serve as *const ()).expose_provenance() as u64,
        persistent_server: 0,
        futex_helper: (arch::futex_helper as *const ()).expose_provenance() as u64,
        trampoline: (arch::trampoline as *const ()).expose_provenance() as u64,
    }
}

#[expect(clippy::cast_possible_truncation, reason = "an errno")]
const fn status(error: i64) -> i32 {
    error as i32
}

/// The framing guard.
#[inline(always)]
#[expect(clippy::cast_possible_truncation, reason = "the kernel takes an int from the register, too")]
fn keep_in_step(
    (infd, outfd): (i32, i32),
    number: i64,
    [fd, _, length, flags, ..]: [u64; 6],
    returned: i64,
    way: &mut Way,
) -> Result<(), i64> {
    let done = returned.max(0).cast_unsigned();
    if length <= done {
        return Ok(());
    }
    if number == Sysno::recvfrom as i64 && fd as i32 == infd && flags & u64::from(MSG_WAITALL) != 0 {
        return drain(infd, length.wrapping_sub(done));
    }
    if number == Sysno::sendto as i64 && fd as i32 == outfd {
        return pad(outfd, length.wrapping_sub(done), way);
    }
    Ok(())
}

/// Reads bytes and throws them away.
fn drain(infd: i32, mut left: u64) -> Result<(), i64> {
    let mut room = MaybeUninit::<[u8; 256]>::uninit();
    while left > 0 {
        let length = left.min(256);
        // SAFETY: the room is ours.
        match unsafe { read_all(infd, room.as_mut_ptr().cast(), length as usize) }? {
            count if count as u64 == length => left = left.wrapping_sub(length),
            _ => return Err(sys::error(Errno::EPROTO)),
        }
    }
    Ok(())
}

/// Writes zeros.
fn pad(outfd: i32, mut left: u64, way: &mut Way) -> Result<(), i64> {
    static ZEROS: [u8; 256] = [0; 256];
    while left > 0 {
        let length = left.min(256);
        // SAFETY: the zeros are there to be read.
        unsafe { write_all(outfd, ZEROS.as_ptr(), length as usize, way) }?;
        left = left.wrapping_sub(length);
    }
    Ok(())
}

/// Reads until there are `length` bytes or the end: how many there are, or what the kernel returned.
///
/// # Safety
///
/// The bytes at `to` are the caller's to overwrite.
unsafe fn read_all(fd: i32, to: *mut u8, length: usize) -> Result<usize, i64> {
    let mut done = 0;
    while done < length {
        // SAFETY: `done` bytes of `length` lie before it.
        match unsafe { sys::read(fd, to.wrapping_add(done), length.wrapping_sub(done), true) } {
            0 => break,
            count if count > 0 => done = done.wrapping_add(sys::count(count)),
            error if error == sys::error(Errno::EAGAIN) => {
                sys::poll(fd, POLLIN, true);
            }
            error => return Err(error),
        }
    }
    Ok(done)
}

/// Writes all bytes.
///
/// # Safety
///
/// The bytes at `from` can be read.
unsafe fn write_all(fd: i32, from: *const u8, length: usize, way: &mut Way) -> Result<(), i64> {
    let mut done = 0;
    while done < length {
        // SAFETY: `done` bytes of `length` lie before it.
        match unsafe { sys::write(fd, from.wrapping_add(done), length.wrapping_sub(done), way, true) } {
            0 => return Err(sys::error(Errno::EIO)),
            count if count > 0 => done = done.wrapping_add(sys::count(count)),
            error if error == sys::error(Errno::EAGAIN) => {
                sys::poll(fd, POLLOUT, true);
            }
            error => return Err(error),
        }
    }
    Ok(())
}
