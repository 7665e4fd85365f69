//! The task's memory: which way is taken.
#![expect(unsafe_code, reason = "reading and writing memory by address")]

use super::{Client, original::Original, slot::Owner};
use crate::wire::FEATURE_MEMORY;
use embedded_io_async::{Read, Write};
use rsyscall_core::{
    abi::Abi,
    identifier::Address,
    interface::NotSent,
    memory::{Access, MemoryError, MemoryInterface},
};
use rsyscall_transport_local::ProcessMemory;

/// How the task's memory is reached.
enum Way {
    /// By the kernel: nothing is faster where it can be done.
    Local(ProcessMemory),
    /// By READ and WRITE.
    InBand,
    /// By calls that the task makes on the server's own streams.
    Original(Original),
}

impl<R: Read, W: Write, A: Abi, const N: usize, const B: usize> Client<R, W, A, N, B> {
    /// The best way to the memory, if there is one and the task is still known to be there.
    fn way_to_memory(&self, access: Access, address: Address, length: usize) -> Result<Way, MemoryError> {
        let state = self.state.borrow();
        if state.dead.is_some() {
            return Err(MemoryError { access, address, length, done: 0, cause: NotSent::Dead.into() });
        }
        match (self.options.process, self.options.original) {
            (Some(process), _) => {
                let memory = ProcessMemory::new(process);
                Ok(Way::Local(self.options.memory_file.map_or(memory, |file| memory.with_file(file))))
            }
            _ if B > 0 && state.features & FEATURE_MEMORY != 0 => Ok(Way::InBand),
            (None, Some(original)) if B > 0 => Ok(Way::Original(original)),
            _ => Err(MemoryError::unsupported(access, address, length)),
        }
    }
}

/// By `process_vm_readv` and `process_vm_writev`, or its [file](Client::with_memory_file), when the client was told that the
/// task is [local](Client::with_local_memory); in band, when [`hello`](Client::hello) found a server with READ and WRITE, or
/// when it was told [how the original does it](Client::with_original_memory); otherwise [`NotSent::Unsupported`].
///
/// In band, bytes go through the client's own room, as many at a time as there is. A local write is done when it is
/// submitted; one in band holds a place among the client's `N` calls until whoever needs that place, or the
/// [barrier](MemoryInterface::barrier), has read its answer.
impl<R: Read, W: Write, A: Abi, const N: usize, const B: usize> MemoryInterface for Client<R, W, A, N, B> {
    async unsafe fn write(&self, to: Address, from: &[u8]) -> Result<(), MemoryError> {
        match self.way_to_memory(Access::Write, to, from.len())? {
            // SAFETY: the caller's promise.
            Way::Local(memory) => unsafe { memory.write(to, from) }.await,
            Way::InBand => self.write_in_band(to, from, Owner::Future).await,
            Way::Original(original) => self.write_as_original(original, to, from).await,
        }
    }

    async unsafe fn read(&self, from: Address, to: &mut [u8]) -> Result<(), MemoryError> {
        match self.way_to_memory(Access::Read, from, to.len())? {
            // SAFETY: the caller's promise.
            Way::Local(memory) => unsafe { memory.read(from, to) }.await,
            Way::InBand => self.read_in_band(from, to).await,
            Way::Original(original) => self.read_as_original(original, from, to).await,
        }
    }

    async unsafe fn submit_write(&self, to: Address, from: &[u8]) -> Result<(), MemoryError> {
        match self.way_to_memory(Access::Write, to, from.len())? {
            Way::InBand => self.write_in_band(to, from, Owner::Posted).await,
            // SAFETY: the caller's promise.
            _ => unsafe { self.write(to, from) }.await,
        }
    }

    async fn barrier(&self) -> Result<(), MemoryError> {
        self.wait_for_writes().await
    }
}
