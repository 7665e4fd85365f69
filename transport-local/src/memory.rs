//! The memory of this process and of others on this machine, through the kernel.
#![expect(unsafe_code, reason = "reading and writing memory by address")]

use crate::Local;
use core::future::Future;
use rsyscall_core::{
    identifier::{Address, FileDescriptor, Process},
    interface::{SyscallError, SyscallInterface},
    memory::{Access, MemoryError, MemoryInterface},
    near::{
        io::{pread64, pwrite64},
        mm::{process_vm_readv, process_vm_writev},
        process::getpid,
    },
    syscall::{Errno, Instruction},
};

/// `struct iovec`, as this process's kernel has it.
#[repr(C)]
struct Iovec {
    base: u64,
    length: usize,
}

/// The most bytes that a file moves at once: it goes page by page, through a buffer of the kernel's.
const SMALL: usize = 4096;

/// Moves bytes between this process's memory and a process's until all are moved or the kernel stops.
///
/// A transfer that stopped short (a fault in a later page) is tried again from there, so that the cause is known.
#[inline]
async unsafe fn transfer(
    memory: ProcessMemory,
    access: Access,
    ours: Address,
    theirs: Address,
    length: usize,
) -> Result<(), MemoryError> {
    let mut done = 0;
    let error = |done, cause| MemoryError { access, address: theirs, length, done, cause };
    let file = memory.file.filter(|_| length <= SMALL);
    while done < length {
        let (Some(our_rest), Some(their_rest)) = (ours.checked_add(done), theirs.checked_add(done)) else {
            return Err(error(done, Errno::EFAULT.into()));
        };
        let left = length.saturating_sub(done);
        let our_vector = [Iovec { base: our_rest.into_raw(), length: left }];
        let their_vector = [Iovec { base: their_rest.into_raw(), length: left }];
        let (local, remote) =
            (Address::from_pointer(&raw const our_vector), Address::from_pointer(&raw const their_vector));
        let offset = their_rest.into_raw().cast_signed();
        let instruction: Instruction<usize> = match (access, file) {
            (Access::Read, None) => process_vm_readv(memory.process, local, 1, remote, 1, 0),
            (Access::Write, None) => process_vm_writev(memory.process, local, 1, remote, 1, 0),
            (Access::Read, Some(file)) => pread64(file, our_rest, left, offset),
            (Access::Write, Some(file)) => pwrite64(file, our_rest, left, offset),
        };
        // SAFETY: both vectors live until the call is over, which is before the next line; what they point to is the
        // promise of the caller of `read` or `write`, and so are the same bytes where the file is used.
        match unsafe { Local.call(instruction) }.await {
            // What the file says of memory that is gone, and of a fault.
            Ok(0) if file.is_some() => return Err(error(done, Errno::ESRCH.into())),
            Err(SyscallError::Errno(Errno::EIO)) if file.is_some() => {
                return Err(error(done, Errno::EFAULT.into()));
            }
            Ok(0) => return Err(error(done, Errno::EFAULT.into())),
            Ok(count) => done = done.saturating_add(count),
            Err(cause) => return Err(error(done, cause)),
        }
    }
    Ok(())
}

/// The memory of a process of this machine, which this process must be allowed to trace (`ptrace(2)`, "Ptrace access mode
/// checking").
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct ProcessMemory {
    process: Process,
    file: Option<FileDescriptor>,
}

impl ProcessMemory {
    /// The memory of this process, by `process_vm_readv` and `process_vm_writev`. The number must stay that process's: a
    /// child's does until it was waited for.
    #[inline]
    pub const fn new(process: Process) -> Self {
        Self { process, file: None }
    }

    /// Moves up to 4,096 bytes by `pread64` and `pwrite64` on this descriptor, which costs less: `/proc/PID/mem` of the
    /// process, opened for reading and writing. It is not closed.
    ///
    /// The kernel lets whoever has this file open read and write private pages that are protected against the process
    /// itself (`FOLL_FORCE`, unless `proc_mem.force_override` forbids it), which is EFAULT otherwise. The file is that of the
    /// program that the process had executed when it was opened: after an `execve` the error is ESRCH. (A child of `vfork` is
    /// let go a moment before its memory is the new program's: open the file when the program has answered.)
    #[inline]
    #[must_use]
    pub const fn with_file(mut self, memory: FileDescriptor) -> Self {
        self.file = Some(memory);
        self
    }
}

impl MemoryInterface for ProcessMemory {
    #[inline]
    unsafe fn write(&self, to: Address, from: &[u8]) -> impl Future<Output = Result<(), MemoryError>> {
        // SAFETY: `from` is only read, and what lies at `to` is the caller's promise.
        unsafe { transfer(*self, Access::Write, Address::from_pointer(from), to, from.len()) }
    }

    #[inline]
    async unsafe fn read(&self, from: Address, to: &mut [u8]) -> Result<(), MemoryError> {
        let length = to.len();
        // Not before the slice has come to rest in the future: moving the borrow would make a pointer from before it stale.
        let ours = Address::from_pointer(&raw mut *to);
        // SAFETY: `to` is borrowed until this is over; nobody writes at `from` meanwhile, by the caller's promise.
        unsafe { transfer(*self, Access::Read, ours, from, length) }.await
    }
}

/// This process's own memory.
async fn own(access: Access, address: Address, length: usize) -> Result<ProcessMemory, MemoryError> {
    // SAFETY: getpid takes nothing and changes nothing.
    let process = unsafe { Local.call(getpid()) }.await;
    process.map(ProcessMemory::new).map_err(|cause| MemoryError { access, address, length, done: 0, cause })
}

impl MemoryInterface for Local {
    async unsafe fn write(&self, to: Address, from: &[u8]) -> Result<(), MemoryError> {
        let memory = own(Access::Write, to, from.len()).await?;
        // SAFETY: the caller's promise.
        unsafe { memory.write(to, from) }.await
    }

    async unsafe fn read(&self, from: Address, to: &mut [u8]) -> Result<(), MemoryError> {
        let memory = own(Access::Read, from, to.len()).await?;
        // SAFETY: the caller's promise.
        unsafe { memory.read(from, to) }.await
    }
}
