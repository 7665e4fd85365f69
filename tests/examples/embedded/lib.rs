//! A static library for C, in Rust without std, that has Rust's interfaces inside: `main.c` is a program that links it.
//!
//! It is a crate of its own with `crate-type = ["staticlib"]`, and a profile with `panic = "abort"`:
//!
//! ```text
//! cargo build --release && cc main.c target/release/libembedded.a -o embedded
//! ```
#![no_std]
#![expect(unsafe_code, reason = "symbols that are linked to by name, and system calls")]

use core::mem::MaybeUninit;
use rsyscall_core::{
    batch::{Batch, OnError},
    block_on,
    identifier::{Address, FileDescriptor},
    interface::{SyscallError, SyscallInterface},
    near::fs::{Mode, OFlags},
    syscall::Errno,
};
use rsyscall_transport_local::Local;
use rsyscall_transport_pipe::server::serve_extended;

/// `int embedded_serve(int infd, int outfd)`: makes the system calls that are asked for on `infd`, alone, in batches, and with
/// memory. 0 when the input ended, a negative errno otherwise.
///
/// # Safety
///
/// Whoever writes to `infd` can do whatever this process can.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn embedded_serve(infd: i32, outfd: i32) -> i32 {
    // SAFETY: the caller's promise.
    unsafe { serve_extended(infd, outfd, &mut [MaybeUninit::uninit(); 512]) }
}

/// `ssize_t embedded_read_file(const char *path, void *buffer, size_t length)`: the first bytes of a file.
///
/// How many there are, or a negative errno.
///
/// # Safety
///
/// The path is a C string, and the buffer has so much room.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn embedded_read_file(path: *const u8, buffer: *mut u8, length: usize) -> isize {
    let read = || {
        let mut batch = Batch::<3>::new();
        let (at, path) = (FileDescriptor::AT_FDCWD, Address::from_pointer(path));
        let file = batch.openat(at, path, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty())?;
        let count = batch.read(file, Address::from_pointer(buffer), length)?;
        batch.close(file)?;
        // SAFETY: the caller promises path and buffer; a file that could not be opened is neither read nor closed.
        let answers = block_on(unsafe { Local.batch(&batch, OnError::Continue) }, || ())?;
        answers.get(file).and_then(|_| answers.get(count))
    };
    let negative = |errno: Errno| -isize::from(errno.into_raw().cast_signed());
    match read() {
        Ok(count) => count.cast_signed(),
        Err(SyscallError::Errno(errno)) => negative(errno),
        Err(_) => negative(Errno::EIO),
    }
}

/// Nothing here panics; the compiler asks for it all the same.
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {}
}
