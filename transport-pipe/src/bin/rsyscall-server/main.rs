//! A task at the other end of two descriptors.
//!
//! `rsyscall-server` serves on standard input and output. `rsyscall-server DESCRIBEFD INFD OUTFD [PASSEDFD...]` sets
//! close-on-exec on the passed descriptors, makes INFD and OUTFD blocking, writes the addresses of its functions to
//! DESCRIBEFD (four words) and serves. The exit status is 0 when the input ended between two requests, 2 for wrong
//! arguments, 1 otherwise.
#![no_std]
#![no_main]
#![expect(unsafe_code, reason = "it has no runtime below it")]

mod arch;

use core::mem::MaybeUninit;
use linux_raw_sys::general::{F_GETFL, F_SETFD, F_SETFL, FD_CLOEXEC, O_NONBLOCK};
use rsyscall_transport_local::raw_syscall;
use rsyscall_transport_pipe::server;
use syscalls::Sysno;

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    exit(101)
}

/// # Safety
///
/// `stack` is the initial stack: the number of arguments, then pointers to them.
unsafe extern "C" fn main(stack: *const usize) -> ! {
    // SAFETY: the kernel put the number of arguments there.
    let count = unsafe { stack.read() };
    let argument = |index: usize| {
        // SAFETY: `index` is below the number of arguments, and their pointers follow it.
        let text = unsafe { stack.wrapping_add(1).wrapping_add(index).cast::<*const u8>().read() };
        // SAFETY: it is a C string on the stack.
        unsafe { number(text) }
    };
    let (infd, outfd) = match count {
        0 | 1 => (0, 1),
        4.. => {
            let (Some(describefd), Some(infd), Some(outfd)) = (argument(1), argument(2), argument(3)) else {
                wrong_arguments()
            };
            for index in 4..count {
                let Some(passed) = argument(index) else { wrong_arguments() };
                fcntl(passed, F_SETFD, FD_CLOEXEC);
            }
            for fd in [infd, outfd] {
                let flags = fcntl(fd, F_GETFL, 0);
                if flags > 0 && flags & i64::from(O_NONBLOCK) != 0 {
                    #[expect(
                        clippy::cast_possible_truncation,
                        clippy::cast_sign_loss,
                        reason = "flags of an int"
                    )]
                    fcntl(fd, F_SETFL, (flags & !i64::from(O_NONBLOCK)) as u32);
                }
            }
            let table = server::symbol_table();
            if write(describefd, (&raw const table).cast(), size_of_val(&table))
                != size_of_val(&table).cast_signed() as i64
            {
                exit(1);
            }
            (infd, outfd)
        }
        _ => wrong_arguments(),
    };
    // SAFETY: to do what it is asked is what this program was started for.
    let status = unsafe { server::serve_extended(infd, outfd, &mut [MaybeUninit::uninit(); 8192]) };
    exit(u64::from(status != 0))
}

/// The non-negative number in a C string.
///
/// # Safety
///
/// It ends with a zero.
unsafe fn number(mut text: *const u8) -> Option<i32> {
    let mut value: Option<i32> = None;
    loop {
        // SAFETY: the terminating zero was not passed yet.
        let byte = unsafe { text.read() };
        match byte {
            0 => return value,
            b'0'..=b'9' => {
                let digit = i32::from(byte.wrapping_sub(b'0'));
                value = Some(value.unwrap_or(0).checked_mul(10)?.checked_add(digit)?);
            }
            _ => return None,
        }
        text = text.wrapping_add(1);
    }
}

fn wrong_arguments() -> ! {
    let text = b"usage: rsyscall-server [DESCRIBEFD INFD OUTFD [PASSEDFD...]]\n";
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
