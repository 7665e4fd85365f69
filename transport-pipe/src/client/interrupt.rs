//! Ending a call that blocks.
#![expect(unsafe_code, reason = "maps a page in the task, and sends it a signal")]

use super::Client;
use core::fmt;
use embedded_io_async::{Read, Write};
use rsyscall_core::{
    abi::{Aarch64, Abi, Riscv64, X86_64},
    identifier::{Address, FileDescriptor},
    interface::{NotSent, SyscallError, SyscallInterface},
    memory::MemoryInterface,
    near::{
        layout::{Layout, Sigaction},
        mm::{MapFlags, ProtFlags, mmap, mprotect, munmap},
        signal::{SigactionFlags, Signal, kill, rt_sigaction},
    },
};
use rsyscall_transport_local::Local;

/// Why a task cannot be interrupted.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct InterruptError {
    /// The call that failed, by its name.
    pub call: &'static str,
    /// Why.
    pub cause: SyscallError,
}

impl fmt::Display for InterruptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot install a signal handler in the task: {}: {}", self.call, self.cause)
    }
}

impl core::error::Error for InterruptError {}

/// The machine code of a handler that returns, and what it returns to, where the kernel wants to be told: the call of
/// `rt_sigreturn`, 8 bytes further on.
const fn code(abi: u8) -> Option<&'static [u8]> {
    Some(match abi {
        // ret; mov $15, %eax; syscall
        X86_64::WIRE_ID => &[0xc3, 0, 0, 0, 0, 0, 0, 0, 0xb8, 15, 0, 0, 0, 0x0f, 0x05],
        // ret; mov x8, #139; svc #0
        Aarch64::WIRE_ID => &[0xc0, 0x03, 0x5f, 0xd6, 0, 0, 0, 0, 0x68, 0x11, 0x80, 0xd2, 0x01, 0, 0, 0xd4],
        // ret; the kernel returns by its vDSO
        Riscv64::WIRE_ID => &[0x67, 0x80, 0, 0],
        _ => return None,
    })
}

/// Where in the page the struct lies.
const ACTION: usize = 64;

impl<R: Read, W: Write, A: Abi, const N: usize, const B: usize> Client<R, W, A, N, B> {
    /// Installs a handler that does nothing for a signal in the task, without `SA_RESTART`, so that the signal ends a call
    /// that blocks with EINTR. From then on [`interrupt`](SyscallInterface::interrupt) sends it, where the task is
    /// [local](Self::with_local_memory); another task that knows this one's number can send it with `kill`.
    ///
    /// The handler lies in a page of its own, which stays mapped in the task, readable and executable.
    ///
    /// # Cancellation
    ///
    /// What was done by then stays: a page, perhaps the handler.
    ///
    /// # Errors
    ///
    /// [`InterruptError`], with the call that failed; the page is unmapped then. [`NotSent::Unsupported`] where there is no
    /// handler for the task's ABI.
    ///
    /// # Safety
    ///
    /// Nobody else in the task has a use for the signal, and no call in flight minds being interrupted.
    pub async unsafe fn enable_interrupt(&self, signal: Signal) -> Result<(), InterruptError>
    where
        Sigaction: Layout<A>,
    {
        let failed = |call| move |cause| InterruptError { call, cause };
        let code = code(A::WIRE_ID).ok_or(NotSent::Unsupported.into()).map_err(failed("rt_sigaction"))?;
        let protection = ProtFlags::READ.union(ProtFlags::WRITE);
        let flags = MapFlags::PRIVATE.union(MapFlags::ANONYMOUS);
        let map = mmap(Address::NULL, PAGE, protection, flags, FileDescriptor::NONE, 0);
        // SAFETY: the kernel chooses unused pages; nothing that exists in the task changes.
        let page = unsafe { self.call(map) }.await.map_err(failed("mmap"))?;
        let installed = self.install(signal, page, code).await;
        if installed.is_err() {
            // SAFETY: the page was just mapped, and no handler lies in it.
            let _ = unsafe { self.call(munmap(page, PAGE)) }.await;
        }
        installed?;
        self.signal.set(Some(signal));
        Ok(())
    }

    async fn install(&self, signal: Signal, page: Address, code: &[u8]) -> Result<(), InterruptError>
    where
        Sigaction: Layout<A>,
    {
        let failed = |call| move |cause| InterruptError { call, cause };
        let restorer = page.into_raw().wrapping_add(8);
        let action = Sigaction {
            sa_handler: page.into_raw(),
            sa_flags: SigactionFlags::RESTORER.bits(),
            sa_restorer: restorer,
            sa_mask: 0,
        };
        let at = Address::from_raw(page.into_raw().wrapping_add(ACTION as u64));
        // SAFETY: the page is new, and nobody else knows it.
        unsafe { self.write(page, code) }.await.map_err(|error| failed("write")(error.cause))?;
        let bytes = action.to_bytes();
        // SAFETY: as above.
        unsafe { self.write(at, bytes.as_ref()) }.await.map_err(|error| failed("write")(error.cause))?;
        let protection = ProtFlags::READ.union(ProtFlags::EXEC);
        // SAFETY: as above.
        unsafe { self.call(mprotect(page, PAGE, protection)) }.await.map_err(failed("mprotect"))?;
        // SAFETY: the signal is the caller's to take; handler and struct lie in the page, which stays.
        unsafe { self.call(rt_sigaction(signal, at, Address::NULL, 8)) }.await.map_err(failed("rt_sigaction"))
    }

    pub(super) async fn send_signal(&self) -> Result<(), SyscallError> {
        let (Some(process), Some(signal)) = (self.options.process, self.signal.get()) else {
            return Err(NotSent::Unsupported.into());
        };
        // SAFETY: the number is the task's, as was promised with it, and the task handles the signal.
        unsafe { Local.call(kill(process.into(), signal)) }.await
    }
}

/// Any length up to a page is one page.
const PAGE: usize = 4096;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_abi_has_a_handler_and_an_unknown_one_has_none() {
        for abi in [X86_64::WIRE_ID, Aarch64::WIRE_ID, Riscv64::WIRE_ID] {
            assert!(code(abi).is_some_and(|code| !code.is_empty() && code.len() <= ACTION));
        }
        assert_eq!([0, 4, u8::MAX].map(code), [None; 3]);
    }
}
