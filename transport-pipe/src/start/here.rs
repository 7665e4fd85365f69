//! This process as an interface that can be cloned through.
#![expect(unsafe_code, reason = "executing a system call")]

use crate::arch;
use core::{future::Future, ptr};
use rsyscall_core::{
    abi::{ABSENT, Native},
    identifier::Address,
    interface::{SyscallError, SyscallInterface, absent},
    memory::{MemoryError, MemoryInterface},
    syscall::{Outcome, Syscall, decode},
};
use rsyscall_transport_local::Local;

/// This process, like [`Local`], but every call is made by one function that returns to the address on its stack: a child
/// on a new stack continues where its creator wants it to.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct ThisProcess;

impl SyscallInterface for ThisProcess {
    type Abi = Native;

    async unsafe fn syscall<R: Outcome>(&self, call: Syscall<Native, R>) -> Result<R, SyscallError> {
        if call.number == ABSENT.into() {
            return absent();
        }
        let [a, b, c, d, e, f] = call.arguments;
        // SAFETY: the caller's promise.
        decode(unsafe { arch::call_stub(a, b, c, d, e, f, call.number) })
    }
}

impl MemoryInterface for ThisProcess {
    unsafe fn write(&self, to: Address, from: &[u8]) -> impl Future<Output = Result<(), MemoryError>> {
        // SAFETY: forwarded with the caller's promise.
        unsafe { Local.write(to, from) }
    }

    unsafe fn read(&self, from: Address, to: &mut [u8]) -> impl Future<Output = Result<(), MemoryError>> {
        // SAFETY: forwarded with the caller's promise.
        unsafe { Local.read(from, to) }
    }
}

/// This process, its memory copied as it is, without asking the kernel whether that can be done: for memory of the caller's own.
#[derive(Clone, Copy)]
pub(super) struct OwnMemory;

impl SyscallInterface for OwnMemory {
    type Abi = Native;

    unsafe fn syscall<R: Outcome>(
        &self,
        call: Syscall<Native, R>,
    ) -> impl Future<Output = Result<R, SyscallError>> {
        // SAFETY: forwarded with the caller's promise.
        unsafe { ThisProcess.syscall(call) }
    }
}

impl MemoryInterface for OwnMemory {
    async unsafe fn write(&self, to: Address, from: &[u8]) -> Result<(), MemoryError> {
        let place = ptr::with_exposed_provenance_mut(usize::try_from(to.into_raw()).unwrap_or(0));
        // SAFETY: the caller's promise; `from` is borrowed, and so lies elsewhere.
        unsafe { ptr::copy_nonoverlapping(from.as_ptr(), place, from.len()) };
        Ok(())
    }

    async unsafe fn read(&self, from: Address, to: &mut [u8]) -> Result<(), MemoryError> {
        let place = ptr::with_exposed_provenance(usize::try_from(from.into_raw()).unwrap_or(0));
        // SAFETY: as above.
        unsafe { ptr::copy_nonoverlapping(place, to.as_mut_ptr(), to.len()) };
        Ok(())
    }
}
