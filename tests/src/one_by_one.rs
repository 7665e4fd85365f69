//! An interface whose batches are made call by call.
#![expect(unsafe_code, reason = "executes system calls")]

use core::future::Future;
use rsyscall_core::{
    batch::{Answers, Batch, OnError, one_by_one},
    identifier::Address,
    interface::{SyscallError, SyscallInterface},
    memory::{MemoryError, MemoryInterface},
    syscall::{Outcome, Syscall},
};

/// Another interface, and its batches as who wants an answer makes them where they cannot go as one.
pub struct OneByOne<'i, I>(pub &'i I);

impl<I: SyscallInterface + MemoryInterface> SyscallInterface for OneByOne<'_, I> {
    type Abi = I::Abi;

    unsafe fn syscall<R: Outcome>(
        &self,
        call: Syscall<I::Abi, R>,
    ) -> impl Future<Output = Result<R, SyscallError>> {
        // SAFETY: forwarded with the caller's promise.
        unsafe { self.0.syscall(call) }
    }

    async unsafe fn batch<const N: usize>(
        &self,
        batch: &Batch<'_, N>,
        on_error: OnError,
    ) -> Result<Answers<N>, SyscallError> {
        let mut answers = Answers::new();
        // SAFETY: forwarded with the caller's promise.
        unsafe { one_by_one(self.0, self.0, batch, on_error, &mut answers) }.await;
        Ok(answers)
    }
}

impl<I: MemoryInterface> MemoryInterface for OneByOne<'_, I> {
    unsafe fn write(&self, to: Address, from: &[u8]) -> impl Future<Output = Result<(), MemoryError>> {
        // SAFETY: forwarded with the caller's promise.
        unsafe { self.0.write(to, from) }
    }

    unsafe fn read(&self, from: Address, to: &mut [u8]) -> impl Future<Output = Result<(), MemoryError>> {
        // SAFETY: forwarded with the caller's promise.
        unsafe { self.0.read(from, to) }
    }
}
