//! The streams of servers whose descriptors are not this process's.
#![expect(unsafe_code, reason = "reading and writing descriptors")]

use super::{Server, Stack};
use crate::fd::FdError;
use embedded_io_async::{ErrorType, Read, Write};
use rsyscall_core::{
    identifier::{Address, FileDescriptor},
    interface::{SyscallError, SyscallInterface},
    memory::MemoryInterface,
    near::io,
    syscall::Errno,
};

/// A stream of a server that was started through an interface: every transfer is a call of the task that it was started from.
///
/// A dropped future has moved no byte if the interface's calls are ready when they are first polled, as are those of
/// [`ThisProcess`](super::ThisProcess) and of [`Client::blocking`](crate::Client::blocking). Through any other
/// interface no future may be dropped before it is ready.
pub struct TaskFd<'i, I> {
    interface: &'i I,
    fd: FileDescriptor,
    buffer: Address,
}

/// Bytes that one transfer moves at most.
const ROOM: usize = 2048;

/// Bytes at the start of a stack through which transfers go, one each way.
pub(super) const TRANSFERS: usize = 2 * ROOM;

impl<'i, I: SyscallInterface + MemoryInterface> TaskFd<'i, I> {
    /// The responses of a server and the stream of its requests.
    ///
    /// # Safety
    ///
    /// The server was started through this interface and is not finished as long as these exist; nobody else uses its
    /// streams.
    pub const unsafe fn new(interface: &'i I, server: &Server) -> (Self, Self) {
        let Server { requests, responses, stack: Stack { start: buffer, .. }, .. } = *server;
        (Self { interface, fd: responses, buffer }, Self { interface, fd: requests, buffer })
    }
}

/// The error of a stream, from that of a call.
fn failed(cause: SyscallError) -> FdError {
    match cause {
        SyscallError::Errno(errno) => FdError(errno),
        // The task that the stream is in is gone.
        _ => FdError(Errno::ECONNRESET),
    }
}

impl<I> ErrorType for TaskFd<'_, I> {
    type Error = FdError;
}

impl<I: SyscallInterface + MemoryInterface> Read for TaskFd<'_, I> {
    async fn read(&mut self, buf: &mut [u8]) -> Result<usize, FdError> {
        let count = loop {
            // SAFETY: the buffer has so much room, and is this stream's own.
            match unsafe { self.interface.call(io::read(self.fd, self.buffer, buf.len().min(ROOM))) }.await {
                Err(SyscallError::Errno(Errno::EINTR)) => {}
                other => break other.map_err(failed)?,
            }
        };
        let Some(bytes) = buf.get_mut(..count) else { return Err(FdError(Errno::EIO)) };
        // SAFETY: as above.
        unsafe { self.interface.read(self.buffer, bytes) }.await.map_err(|error| failed(error.cause))?;
        Ok(count)
    }
}

impl<I: SyscallInterface + MemoryInterface> Write for TaskFd<'_, I> {
    async fn write(&mut self, buf: &[u8]) -> Result<usize, FdError> {
        let bytes = buf.get(..buf.len().min(ROOM)).unwrap_or(buf);
        // Not where responses are read: both may be under way.
        let Some(place) = self.buffer.checked_add(ROOM) else { return Err(FdError(Errno::EFAULT)) };
        // SAFETY: the buffer has so much room, and is this stream's own.
        unsafe { self.interface.write(place, bytes) }.await.map_err(|error| failed(error.cause))?;
        loop {
            // SAFETY: the bytes lie there.
            match unsafe { self.interface.call(io::write(self.fd, place, bytes.len())) }.await {
                Err(SyscallError::Errno(Errno::EINTR)) => {}
                other => return other.map_err(failed),
            }
        }
    }

    async fn flush(&mut self) -> Result<(), FdError> {
        Ok(())
    }
}
