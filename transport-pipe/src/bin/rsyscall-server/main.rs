//! A task at the other end of two descriptors.
//!
//! `rsyscall-server` serves on standard input and output. `rsyscall-server DESCRIBEFD INFD OUTFD [PASSEDFD...]` sets
//! close-on-exec on the passed descriptors, makes INFD and OUTFD blocking, writes the addresses of its functions to
//! DESCRIBEFD (four words) and serves. `rsyscall-server --listen PATH [--uid N]` serves who connects to a UNIX socket, one
//! after the other. The exit status is 0 when the input ended between two requests, 2 for wrong arguments, 1 otherwise.
#![no_std]
#![no_main]
#![expect(unsafe_code, reason = "it has no runtime below it")]

mod arch;
mod listen;

use core::{
    ffi::{CStr, c_char},
    mem::MaybeUninit,
};
use linux_raw_sys::general::{F_GETFL, F_SETFD, F_SETFL, FD_CLOEXEC, O_NONBLOCK};
use rsyscall_transport_local::raw_syscall;
use rsyscall_transport_pipe::server;
use syscalls::Sysno;

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    exit(101)
}

/// Bytes for the frames of a batch.
const ROOM: usize = 65536;

/// # Safety
///
/// `stack` is the initial stack: the number of arguments, then pointers to them. `room` is this function's alone.
unsafe extern "C" fn main(stack: *const usize, room: &mut [MaybeUninit<u64>; ROOM / 8]) -> ! {
    // SAFETY: the kernel put the number of arguments there.
    let count = unsafe { stack.read() };
    let argument = |index: usize| {
        // SAFETY: `index` is below the number of arguments, and their pointers follow it.
        let text = unsafe { stack.wrapping_add(1).wrapping_add(index).cast::<*const c_char>().read() };
        // SAFETY: it is a C string on the stack, which stays.
        unsafe { CStr::from_ptr(text) }.to_bytes_with_nul()
    };
    let uid = |index| number(argument(index)).unwrap_or_else(|| wrong_arguments());
    let fd = |index| i32::try_from(uid(index)).unwrap_or_else(|_| wrong_arguments());
    let status = match count {
        0 | 1 => serve((0, 1), room),
        2 if argument(1) == b"--help\0" => {
            write(1, HELP.as_ptr(), HELP.len());
            exit(0)
        }
        3 if argument(1) == b"--listen\0" => listen::serve(argument(2), None, room),
        5 if argument(1) == b"--listen\0" && argument(3) == b"--uid\0" => {
            listen::serve(argument(2), Some(uid(4)), room)
        }
        4.. => {
            let (describefd, infd, outfd) = (fd(1), fd(2), fd(3));
            for index in 4..count {
                fcntl(fd(index), F_SETFD, FD_CLOEXEC);
            }
            make_blocking(infd);
            make_blocking(outfd);
            let table = server::extended_symbol_table();
            let written = write(describefd, (&raw const table).cast(), size_of_val(&table));
            if written != size_of_val(&table).cast_signed() as i64 {
                exit(1);
            }
            serve((infd, outfd), room)
        }
        _ => wrong_arguments(),
    };
    exit(u64::from(status != 0))
}

/// Serves one connection.
fn serve((infd, outfd): (i32, i32), room: &mut [MaybeUninit<u64>]) -> i32 {
    // SAFETY: to do what it is asked is what this program was started for.
    unsafe { server::serve_extended(infd, outfd, room) }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "flags of an int")]
fn make_blocking(fd: i32) {
    let flags = fcntl(fd, F_GETFL, 0);
    if flags > 0 && flags & i64::from(O_NONBLOCK) != 0 {
        fcntl(fd, F_SETFL, (flags & !i64::from(O_NONBLOCK)) as u32);
    }
}

/// The number in a C string.
fn number(text: &[u8]) -> Option<u32> {
    let mut value: Option<u32> = None;
    for &byte in text {
        match byte {
            0 => break,
            b'0'..=b'9' => {
                let digit = u32::from(byte.wrapping_sub(b'0'));
                value = Some(value.unwrap_or(0).checked_mul(10)?.checked_add(digit)?);
            }
            _ => return None,
        }
    }
    value
}

const HELP: &str = "\
usage: rsyscall-server [DESCRIBEFD INFD OUTFD [PASSEDFD...]]
       rsyscall-server --listen PATH [--uid N]

Performs the system calls that it is asked for, in this process.

Without arguments it is asked on standard input and answers on standard output.
With DESCRIBEFD it is asked on INFD and answers on OUTFD, both of which it makes
blocking, after it has written the addresses of its functions to DESCRIBEFD; the
PASSEDFDs become close-on-exec.

With --listen it makes a UNIX socket at PATH and serves who connects there, one
after the other: a client sends an int n, then n descriptors, the first of which
is the connection to serve. Only this user can connect, and root; with --uid
everybody can, and who is not user N is dropped.
";

fn wrong_arguments() -> ! {
    let text =
        "usage: rsyscall-server [DESCRIBEFD INFD OUTFD [PASSEDFD...] | --listen PATH [--uid N] | --help]\n";
    write(2, text.as_ptr(), text.len());
    exit(2)
}

fn fcntl(fd: i32, command: u32, argument: u32) -> i64 {
    // SAFETY: it changes flags of a descriptor that was given to us for that.
    unsafe {
        raw_syscall(
            Sysno::fcntl as i64,
            [i64::from(fd).cast_unsigned(), command.into(), argument.into(), 0, 0, 0],
        )
    }
}

// Whoever calls it is shorter that way.
#[inline(never)]
fn write(fd: i32, from: *const u8, length: usize) -> i64 {
    let words = [i64::from(fd).cast_unsigned(), from.expose_provenance() as u64, length as u64, 0, 0, 0];
    // SAFETY: the callers give bytes that can be read.
    unsafe { raw_syscall(Sysno::write as i64, words) }
}

fn exit(status: u64) -> ! {
    loop {
        // SAFETY: the process ends, and nobody has anything left in it.
        unsafe { raw_syscall(Sysno::exit_group as i64, [status, 0, 0, 0, 0, 0]) };
    }
}
