//! Reading and writing the memory of a task.
#![expect(
    unsafe_code,
    reason = "the contract of touching a task's memory is stated here; the arena uses its own mapping"
)]

mod arena;

pub use arena::{Arena, ArenaError};

use crate::{
    identifier::Address,
    interface::{NotSent, SyscallError},
};
use core::{
    fmt,
    future::{Future, ready},
};

/// Reads and writes the memory of the task behind an interface.
///
/// A write is ordered before every call that is submitted later through the same interface. What is this and a
/// [`SyscallInterface`](crate::interface::SyscallInterface), too, is both of one task: an [`Arena`] writes to where that one's `mmap`
/// put it.
pub trait MemoryInterface {
    /// Writes all of `from` to `to`.
    ///
    /// # Cancellation
    ///
    /// When the future is dropped, any prefix may have been written; the interface stays in step.
    ///
    /// # Errors
    ///
    /// [`MemoryError`] says how many bytes were certainly written, and why not more.
    ///
    /// # Safety
    ///
    /// As [`SyscallInterface::syscall`](crate::interface::SyscallInterface::syscall): the bytes there are the caller's to
    /// overwrite, and if the memory is this process's own, nothing that the compiler relies on lies there.
    unsafe fn write(&self, to: Address, from: &[u8]) -> impl Future<Output = Result<(), MemoryError>>;

    /// Writes all of `from` to `to` without waiting until it is done: ready when the interface has the bytes.
    ///
    /// It is ordered as a [`write`](Self::write) is. What comes of it is told by [`barrier`](Self::barrier). The provided
    /// method is `write`.
    ///
    /// # Cancellation
    ///
    /// As [`write`](Self::write).
    ///
    /// # Errors
    ///
    /// As [`write`](Self::write), as far as they are known by then.
    ///
    /// # Safety
    ///
    /// As [`write`](Self::write).
    unsafe fn submit_write(&self, to: Address, from: &[u8]) -> impl Future<Output = Result<(), MemoryError>> {
        // SAFETY: the caller's promise.
        unsafe { self.write(to, from) }
    }

    /// Completes when every write that was submitted before has.
    ///
    /// # Errors
    ///
    /// The oldest failure among those that [`submit_write`](Self::submit_write) did not tell; call again for more.
    fn barrier(&self) -> impl Future<Output = Result<(), MemoryError>> {
        ready(Ok(()))
    }

    /// Fills `to` with the bytes at `from`.
    ///
    /// # Cancellation
    ///
    /// Nothing in the task changes. Any prefix of `to` may have been filled.
    ///
    /// # Errors
    ///
    /// [`MemoryError`] says how many bytes at the start of `to` are valid, and why not more.
    ///
    /// # Safety
    ///
    /// If the memory is this process's own, nothing may write to it meanwhile: no reference of this program, and no call in
    /// flight.
    unsafe fn read(&self, from: Address, to: &mut [u8]) -> impl Future<Output = Result<(), MemoryError>>;
}

/// A read or write of a task's memory that did not get to its end.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct MemoryError {
    /// Which of the two.
    pub access: Access,
    /// Where it began.
    pub address: Address,
    /// How many bytes it was to be.
    pub length: usize,
    /// How many bytes were certainly transferred, from the start.
    pub done: usize,
    /// Why not more: `EFAULT` where nothing is mapped or the protection forbids it.
    pub cause: SyscallError,
}

impl MemoryError {
    /// Of an access that the transport, or the server at its other end, has no way to make.
    pub const fn unsupported(access: Access, address: Address, length: usize) -> Self {
        Self { access, address, length, done: 0, cause: SyscallError::NotSent(NotSent::Unsupported) }
    }
}

/// What was to be done with a task's memory.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Access {
    /// Reading it.
    Read,
    /// Writing it.
    Write,
}

impl fmt::Display for MemoryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let access = match self.access {
            Access::Read => "read",
            Access::Write => "write",
        };
        let Self { address, length, done, cause, .. } = self;
        write!(f, "cannot {access} {length} bytes of memory at {address}: {cause} after {done} bytes")
    }
}

impl core::error::Error for MemoryError {}

impl<M: MemoryInterface> MemoryInterface for &M {
    unsafe fn write(&self, to: Address, from: &[u8]) -> impl Future<Output = Result<(), MemoryError>> {
        // SAFETY: forwarded with the caller's promise.
        unsafe { M::write(self, to, from) }
    }

    unsafe fn submit_write(&self, to: Address, from: &[u8]) -> impl Future<Output = Result<(), MemoryError>> {
        // SAFETY: forwarded with the caller's promise.
        unsafe { M::submit_write(self, to, from) }
    }

    fn barrier(&self) -> impl Future<Output = Result<(), MemoryError>> {
        M::barrier(self)
    }

    unsafe fn read(&self, from: Address, to: &mut [u8]) -> impl Future<Output = Result<(), MemoryError>> {
        // SAFETY: forwarded with the caller's promise.
        unsafe { M::read(self, from, to) }
    }
}
