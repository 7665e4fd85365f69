//! Executing an instruction in this process, and the few that the program makes everywhere.

use core::ffi::CStr;
use rsyscall_core::{
    block_on,
    identifier::{Address, FileDescriptor},
    interface::{SyscallError, SyscallInterface},
    near::{
        fs::{Mode, OFlags, openat},
        io, process,
    },
    syscall::{Instruction, Outcome},
};
use rsyscall_transport_local::Local;

/// Executes one instruction here and now.
///
/// # Safety
///
/// As [`SyscallInterface::syscall`].
pub(crate) unsafe fn execute<R: Outcome>(instruction: Instruction<R>) -> Result<R, SyscallError> {
    // SAFETY: the caller's promise.
    block_on(unsafe { Local.call(instruction) }, || ())
}

pub(crate) fn exit(status: i32) -> ! {
    loop {
        // SAFETY: the process ends, and what it has ends with it.
        let _ = unsafe { execute(process::exit_group(status)) };
    }
}

/// Opens a file of the machine for reading and writing, or only for reading.
pub(crate) fn open(path: &CStr, flags: OFlags) -> Result<FileDescriptor, SyscallError> {
    let path = Address::from_pointer(path.as_ptr());
    // SAFETY: the path is a C string that lives, and a new descriptor changes nobody's.
    unsafe { execute(openat(FileDescriptor::AT_FDCWD, path, flags.union(OFlags::CLOEXEC), Mode::empty())) }
}

/// Closes a descriptor that is the caller's own; there is nothing to be done about an error.
pub(crate) fn close(fd: FileDescriptor) {
    // SAFETY: this program keeps no object behind which a descriptor must stay open.
    let _ = unsafe { execute(io::close(fd)) };
}

/// Reads what can be read now.
pub(crate) fn read(from: FileDescriptor, buffer: &mut [u8]) -> Result<usize, SyscallError> {
    let address = Address::from_pointer(&raw mut *buffer);
    // SAFETY: it writes into the buffer and not past its end, and nobody else uses the buffer meanwhile.
    unsafe { execute(io::read(from, address, buffer.len())) }
}

/// Writes everything, if it can be written at all.
pub(crate) fn write_all(to: FileDescriptor, mut bytes: &[u8]) {
    while !bytes.is_empty() {
        // SAFETY: the bytes are only read.
        match unsafe { execute(io::write(to, Address::from_pointer(bytes), bytes.len())) } {
            Ok(written) if written > 0 => bytes = bytes.get(written..).unwrap_or_default(),
            _ => return,
        }
    }
}

/// Says something to whoever looks at the console.
pub(crate) fn say(parts: &[&[u8]]) {
    for part in [&b"init: "[..]].iter().chain(parts).chain([&&b"\n"[..]]) {
        write_all(FileDescriptor::STDERR, part);
    }
}

/// The number of an error; only errno can happen to calls of this process.
pub(crate) fn number(error: SyscallError) -> u32 {
    match error {
        SyscallError::Errno(errno) => errno.into_raw().into(),
        _ => 0,
    }
}
