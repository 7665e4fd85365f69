//! The tracer's own calls.
//!
//! What the calls of a session are made of is part of its caller (`inline(always)`): a processor that predicts returns takes one
//! that spans a system call for another, and goes on to do so within the next call's kernel code.
#![expect(unsafe_code, reason = "makes ptrace requests on memory of this module's choosing")]

use crate::{stop::Stop, tracee::Tracee};
use rsyscall_core::{
    block_on,
    identifier::{Address, FileDescriptor, Process},
    interface::{SyscallError, SyscallInterface},
    near::{
        fs::{Mode, OFlags, getdents64, openat},
        io::{close, pread64, pwrite64, read},
        mm::{process_vm_readv, process_vm_writev},
        process::{IdType, WaitId, WaitOptions, waitid},
        ptrace::{PtraceRequest, ptrace},
        signal::ChildCode,
    },
    syscall::{Errno, Instruction, Outcome},
};
use rsyscall_transport_local::Local;

/// Executes an instruction in this process.
///
/// # Safety
///
/// As [`SyscallInterface::syscall`].
#[inline(always)]
pub(crate) unsafe fn call<R: Outcome>(instruction: Instruction<R>) -> Result<R, Errno> {
    // SAFETY: the caller's promise.
    match block_on(unsafe { Local.call(instruction) }, || ()) {
        Ok(result) => Ok(result),
        Err(SyscallError::Errno(errno)) => Err(errno),
        Err(_) => Err(Errno::EIO),
    }
}

/// Memory of which every bit pattern is a value.
pub(crate) trait Integers {}
impl Integers for u64 {}
impl Integers for i64 {}
impl Integers for [u8] {}
impl<const N: usize> Integers for [u16; N] {}
impl<const N: usize> Integers for [i32; N] {}
impl<const N: usize> Integers for [u64; N] {}
impl<const M: usize, const N: usize> Integers for [[i32; M]; N] {}

/// A request whose address and data are numbers: one that moves nothing in this process's memory.
#[inline(always)]
pub(crate) fn plain(request: PtraceRequest, tracee: &Tracee, address: u64, data: u64) -> Result<(), Errno> {
    tracee.count_request();
    // SAFETY: the requests that are made this way move nothing in this process's memory.
    unsafe { call(ptrace(request, tracee.process, Address::from_raw(address), Address::from_raw(data))) }
        .map(|_| ())
}

/// A request that fills a buffer of this process; returns what the request returns.
#[inline(always)]
pub(crate) fn fill<T: Integers>(
    request: PtraceRequest,
    tracee: &Tracee,
    address: u64,
    buffer: &mut T,
) -> Result<usize, Errno> {
    tracee.count_request();
    let data = Address::from_pointer(&raw mut *buffer);
    // SAFETY: each request is told, by its address or by its definition, to fill no more than a `T`, all of whose bit
    // patterns are values.
    unsafe { call(ptrace(request, tracee.process, Address::from_raw(address), data)) }
}

/// A request that reads a buffer of this process.
#[inline(always)]
pub(crate) fn give<T>(
    request: PtraceRequest,
    tracee: &Tracee,
    address: u64,
    buffer: &T,
) -> Result<(), Errno> {
    tracee.count_request();
    let data = Address::from_pointer(buffer);
    // SAFETY: the kernel only reads there.
    unsafe { call(ptrace(request, tracee.process, Address::from_raw(address), data)) }.map(|_| ())
}

/// `struct iovec`
#[repr(C)]
#[derive(Clone, Copy)]
struct Iovec {
    base: u64,
    length: usize,
}

impl Iovec {
    /// Of this process.
    fn of<T: ?Sized>(memory: &T) -> Self {
        Self { base: Address::from_pointer(memory).into_raw(), length: size_of_val(memory) }
    }
}

/// Reads a register set; returns how many bytes of it there are.
#[inline(always)]
pub(crate) fn get_regset<T: Integers + ?Sized>(
    tracee: &Tracee,
    set: u64,
    registers: &mut T,
) -> Result<usize, Errno> {
    tracee.count_request();
    let length = size_of_val(registers);
    let mut vector = Iovec { base: Address::from_pointer(&raw mut *registers).into_raw(), length };
    let data = Address::from_pointer(&raw mut vector);
    // SAFETY: the vector names the registers and their size, and the kernel fills no more; both live until it is done.
    unsafe { call(ptrace(PtraceRequest::GETREGSET, tracee.process, Address::from_raw(set), data)) }?;
    Ok(vector.length)
}

/// Writes a register set.
#[inline(always)]
pub(crate) fn set_regset<T: ?Sized>(tracee: &Tracee, set: u64, registers: &T) -> Result<(), Errno> {
    let vector = Iovec::of(registers);
    give(PtraceRequest::SETREGSET, tracee, set, &vector)
}

/// The values of `si_code` that tell of an end.
const CLD_EXITED: i32 = ChildCode::EXITED.into_raw();
const CLD_KILLED: i32 = ChildCode::KILLED.into_raw();
const CLD_DUMPED: i32 = ChildCode::DUMPED.into_raw();

/// Waits for exactly this tracee: a stop of it, or its end. The end of a child is left for its parent to be waited for.
#[inline(always)]
pub(crate) fn wait(tracee: &Tracee, is_child: bool) -> Result<Stop, Errno> {
    loop {
        if let Some(stop) = wait_with(tracee, is_child, WaitOptions::empty())? {
            return Ok(stop);
        }
    }
}

/// The same without waiting: `None` if there is nothing to be waited for, or a signal handler has run.
pub(crate) fn try_wait(tracee: &Tracee, is_child: bool) -> Result<Option<Stop>, Errno> {
    wait_with(tracee, is_child, WaitOptions::NOHANG)
}

/// Whoever asks for the stops of a child only does not take its end, and is told ECHILD when there is no other thing to come.
#[inline(always)]
fn wait_with(tracee: &Tracee, is_child: bool, options: WaitOptions) -> Result<Option<Stop>, Errno> {
    let mut information = [0_i32; 32];
    let address = Address::from_pointer(&raw mut information);
    let events =
        if is_child { WaitOptions::STOPPED } else { WaitOptions::STOPPED.union(WaitOptions::EXITED) };
    let options = options.union(events).union(WaitOptions::ALL);
    let target = WaitId::from(tracee.process);
    // SAFETY: the kernel writes one siginfo_t of 128 bytes, which is what is there.
    match unsafe { call(waitid(IdType::PID, target, address, options, Address::NULL)) } {
        Ok(()) => {
            // si_pid is 0 if there is nothing; si_status has the signal and the event.
            let [_, _, code, _, process, _, status, ..] = information;
            Ok(match (process, code) {
                (0, _) => None,
                (_, CLD_EXITED | CLD_KILLED | CLD_DUMPED) => Some(Stop::Ended),
                _ => {
                    tracee.count_stop();
                    Some(Stop::classify(status << 8 | 0x7f))
                }
            })
        }
        Err(Errno::ECHILD) if is_child => Ok(Some(Stop::Ended)),
        Err(Errno::EINTR) => Ok(None),
        Err(errno) => Err(errno),
    }
}

/// Opens a file of this machine for this process, close-on-exec.
pub(crate) fn open(path: &core::ffi::CStr, flags: OFlags) -> Result<FileDescriptor, Errno> {
    let pathname = Address::from_pointer(path.as_ptr());
    // SAFETY: the path lives until the call is over.
    unsafe { call(openat(FileDescriptor::AT_FDCWD, pathname, flags.union(OFlags::CLOEXEC), Mode::empty())) }
}

/// Closes a descriptor that this crate opened.
pub(crate) fn close_own(fd: FileDescriptor) {
    // SAFETY: only this crate knows the descriptor, and it does not use it again.
    let _ = unsafe { call(close(fd)) };
}

/// Reads from where the file is.
pub(crate) fn read_some(fd: FileDescriptor, buffer: &mut [u8]) -> Result<usize, Errno> {
    let address = Address::from_pointer(&raw mut *buffer);
    // SAFETY: the kernel writes into the buffer, and no more than its length.
    unsafe { call(read(fd, address, buffer.len())) }
}

/// Reads entries of a directory.
pub(crate) fn read_entries(fd: FileDescriptor, buffer: &mut [u8]) -> Result<usize, Errno> {
    let address = Address::from_pointer(&raw mut *buffer);
    // SAFETY: the kernel writes into the buffer, and no more than its length.
    unsafe { call(getdents64(fd, address, buffer.len())) }
}

/// Reads at an offset.
#[inline(always)]
pub(crate) fn read_at(fd: FileDescriptor, buffer: &mut [u8], offset: u64) -> Result<usize, Errno> {
    let address = Address::from_pointer(&raw mut *buffer);
    // SAFETY: the kernel writes into the buffer, and no more than its length.
    unsafe { call(pread64(fd, address, buffer.len(), offset.cast_signed())) }
}

/// Writes at an offset.
#[inline(always)]
pub(crate) fn write_at(fd: FileDescriptor, buffer: &[u8], offset: u64) -> Result<usize, Errno> {
    // SAFETY: the kernel only reads the buffer.
    unsafe { call(pwrite64(fd, Address::from_pointer(buffer), buffer.len(), offset.cast_signed())) }
}

/// Writes into a process's memory; how many bytes were written, at least one.
pub(crate) fn process_write(process: Process, to: u64, from: &[u8]) -> Result<usize, Errno> {
    let (local, remote) = (Iovec::of(from), Iovec { base: to, length: from.len() });
    let (local, remote) = (Address::from_pointer(&raw const local), Address::from_pointer(&raw const remote));
    // SAFETY: the kernel only reads here; what is written there is what the caller may write.
    unsafe { call(process_vm_writev(process, local, 1, remote, 1, 0)) }
}

/// Reads a process's memory; how many bytes were read, at least one.
pub(crate) fn process_read(process: Process, from: u64, to: &mut [u8]) -> Result<usize, Errno> {
    let remote = Iovec { base: from, length: to.len() };
    let local = Iovec { base: Address::from_pointer(&raw mut *to).into_raw(), length: to.len() };
    let (local, remote) = (Address::from_pointer(&raw const local), Address::from_pointer(&raw const remote));
    // SAFETY: the kernel writes into the slice and no further.
    unsafe { call(process_vm_readv(process, local, 1, remote, 1, 0)) }
}
