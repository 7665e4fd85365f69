//! Calls through `Local`, and the same calls written by hand. `cargo xtask check` compares their machine code, instruction by
//! instruction; nobody runs it.
#![no_std]
#![expect(unsafe_code, reason = "system calls, and functions that another program looks for by name")]
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "words become numbers as they would in C"
)]

use rsyscall_core::{
    block_on,
    identifier::{Address, FileDescriptor, Process},
    interface::{SyscallError, SyscallInterface},
    near::{
        fs::{Mode, OFlags, openat},
        mm::{MapFlags, ProtFlags, mmap},
        process::getpid,
    },
    syscall::Errno,
};
use rsyscall_transport_local::{Local, raw_syscall};

/// What a call returned, as one would write it by hand: one comparison.
macro_rules! check {
    ($returned:expr, $result:expr) => {
        match $returned {
            errno if errno as u64 >= -4095_i64 as u64 => {
                Err(SyscallError::Errno(Errno::from_raw(errno.wrapping_neg() as u16)))
            }
            word => Ok($result(word as _)),
        }
    };
}

cfg_if::cfg_if! {
    if #[cfg(target_arch = "x86_64")] {
        const GETPID: i64 = 39;
        const OPENAT: i64 = 257;
        const MMAP: i64 = 9;
        const O_DIRECTORY: u64 = 0o200_000;
    } else {
        const GETPID: i64 = 172;
        const OPENAT: i64 = 56;
        const MMAP: i64 = 222;
        const O_DIRECTORY: u64 = if cfg!(target_arch = "aarch64") { 0o40_000 } else { 0o200_000 };
    }
}

/// No argument.
#[unsafe(no_mangle)]
pub fn ours_getpid() -> Result<Process, SyscallError> {
    // SAFETY: getpid takes nothing and changes nothing.
    block_on(unsafe { Local.call(getpid()) }, || ())
}

/// No argument.
#[unsafe(no_mangle)]
pub fn hand_getpid() -> Result<Process, SyscallError> {
    // SAFETY: getpid takes nothing and changes nothing.
    check!(unsafe { raw_syscall(GETPID, [0; 6]) }, Process::from_raw)
}

/// Constants, one of them in other bits on other architectures.
#[unsafe(no_mangle)]
pub fn ours_openat(path: u64) -> Result<FileDescriptor, SyscallError> {
    let flags = OFlags::DIRECTORY.union(OFlags::CLOEXEC);
    let open = openat(FileDescriptor::AT_FDCWD, Address::from_raw(path), flags, Mode::empty());
    // SAFETY: nobody executes this function.
    block_on(unsafe { Local.call(open) }, || ())
}

/// Constants, one of them in other bits on other architectures.
#[unsafe(no_mangle)]
pub fn hand_openat(path: u64) -> Result<FileDescriptor, SyscallError> {
    let arguments = [-100_i64 as u64, path, O_DIRECTORY | 0o2_000_000, 0, 0, 0];
    // SAFETY: nobody executes this function.
    check!(unsafe { raw_syscall(OPENAT, arguments) }, FileDescriptor::from_raw)
}

/// Six arguments, none of them known before.
#[unsafe(no_mangle)]
pub fn ours_mmap(
    addr: Address,
    length: usize,
    prot: ProtFlags,
    flags: MapFlags,
    fd: FileDescriptor,
    offset: i64,
) -> Result<Address, SyscallError> {
    // SAFETY: nobody executes this function.
    block_on(unsafe { Local.call(mmap(addr, length, prot, flags, fd, offset)) }, || ())
}

/// Six arguments, none of them known before.
#[unsafe(no_mangle)]
pub fn hand_mmap(
    addr: u64,
    length: usize,
    prot: u32,
    flags: u32,
    fd: i32,
    offset: i64,
) -> Result<Address, SyscallError> {
    let arguments = [addr, length as u64, prot.into(), flags.into(), i64::from(fd) as u64, offset as u64];
    // SAFETY: nobody executes this function.
    check!(unsafe { raw_syscall(MMAP, arguments) }, Address::from_raw)
}
