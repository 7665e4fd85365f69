//! The memory of this process and of others on this machine, through the kernel.
#![expect(unsafe_code, reason = "reading and writing memory by address")]

use crate::Local;
use core::future::Future;
use rsyscall_core::{
    identifier::{Address, Process},
    interface::SyscallInterface,
    memory::{Access, MemoryError, MemoryInterface},
    near::{
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

/// Moves bytes between this process's memory and a process's, one iovec each, until all are moved or the kernel stops.
///
/// A transfer that stopped short (a fault in a later page) is tried again from there, so that the cause is known.
async unsafe fn transfer(
    process: Process,
    access: Access,
    ours: Address,
    theirs: Address,
    length: usize,
) -> Result<(), MemoryError> {
    let mut done = 0;
    let error = |done, cause| MemoryError { access, address: theirs, length, done, cause };
    while done < length {
        let (Some(our_rest), Some(their_rest)) = (ours.checked_add(done), theirs.checked_add(done)) else {
            return Err(error(done, Errno::EFAULT.into()));
        };
        let left = length.saturating_sub(done);
        let our_vector = [Iovec { base: our_rest.into_raw(), length: left }];
        let their_vector = [Iovec { base: their_rest.into_raw(), length: left }];
        let (local, remote) =
            (Address::from_pointer(&raw const our_vector), Address::from_pointer(&raw const their_vector));
        let instruction: Instruction<usize> = match access {
            Access::Read => process_vm_readv(process, local, 1, remote, 1, 0),
            Access::Write => process_vm_writev(process, local, 1, remote, 1, 0),
        };
        // SAFETY: both vectors live until the call is over, which is before the next line; what they point to is the
        // promise of the caller of `read` or `write`.
        match unsafe { Local.call(instruction) }.await {
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
pub struct ProcessMemory(Process);

impl ProcessMemory {
    /// The memory of this process. The number must stay that process's: a child's does until it was waited for.
    pub const fn new(process: Process) -> Self {
        Self(process)
    }
}

impl MemoryInterface for ProcessMemory {
    unsafe fn write(&self, to: Address, from: &[u8]) -> impl Future<Output = Result<(), MemoryError>> {
        // SAFETY: `from` is only read, and what lies at `to` is the caller's promise.
        unsafe { transfer(self.0, Access::Write, Address::from_pointer(from), to, from.len()) }
    }

    async unsafe fn read(&self, from: Address, to: &mut [u8]) -> Result<(), MemoryError> {
        let length = to.len();
        // Not before the slice has come to rest in the future: moving the borrow would make a pointer from before it stale.
        let ours = Address::from_pointer(&raw mut *to);
        // SAFETY: `to` is borrowed until this is over; nobody writes at `from` meanwhile, by the caller's promise.
        unsafe { transfer(self.0, Access::Read, ours, from, length) }.await
    }
}

/// This process's own memory.
async fn own(access: Access, address: Address, length: usize) -> Result<ProcessMemory, MemoryError> {
    // SAFETY: getpid takes nothing and changes nothing.
    let process = unsafe { Local.call(getpid()) }.await;
    process.map(ProcessMemory).map_err(|cause| MemoryError { access, address, length, done: 0, cause })
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
