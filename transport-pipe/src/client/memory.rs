//! The task's memory, where it is a process of this machine.
#![expect(unsafe_code, reason = "reading and writing memory by address")]

use super::Client;
use embedded_io_async::{Read, Write};
use rsyscall_core::{
    abi::Abi,
    identifier::Address,
    interface::NotSent,
    memory::{Access, MemoryError, MemoryInterface},
};
use rsyscall_transport_local::ProcessMemory;

impl<R: Read, W: Write, A: Abi, const N: usize> Client<R, W, A, N> {
    /// The way to the memory, if there is one and the task is still known to be there.
    fn memory(&self, access: Access, address: Address, length: usize) -> Result<ProcessMemory, MemoryError> {
        let error = |cause: NotSent| MemoryError { access, address, length, done: 0, cause: cause.into() };
        if self.state.borrow().is_dead() {
            return Err(error(NotSent::Dead));
        }
        self.process.map(ProcessMemory::new).ok_or(error(NotSent::Unsupported))
    }
}

/// By `process_vm_readv` and `process_vm_writev`, when the client was told that the task is
/// [local](Client::with_local_memory); otherwise [`NotSent::Unsupported`].
impl<R: Read, W: Write, A: Abi, const N: usize> MemoryInterface for Client<R, W, A, N> {
    async unsafe fn write(&self, to: Address, from: &[u8]) -> Result<(), MemoryError> {
        let memory = self.memory(Access::Write, to, from.len())?;
        // SAFETY: the caller's promise.
        unsafe { memory.write(to, from) }.await
    }

    async unsafe fn read(&self, from: Address, to: &mut [u8]) -> Result<(), MemoryError> {
        let memory = self.memory(Access::Read, from, to.len())?;
        // SAFETY: the caller's promise.
        unsafe { memory.read(from, to) }.await
    }
}
