//! The streams of servers whose descriptors are not simply this process's.
#![expect(unsafe_code, reason = "reading and writing descriptors")]

use super::{Server, Stack};
use crate::{
    fd::{BlockingFd, FdError},
    sys,
};
use embedded_io_async::{ErrorType, Read, Write};
use linux_raw_sys::general::POLLIN;
use rsyscall_core::{
    identifier::{Address, FileDescriptor},
    interface::{SyscallError, SyscallInterface},
    memory::MemoryInterface,
    near::{event::ppoll, io},
    syscall::Errno,
};

/// The responses of a server that shares this process's descriptors: its end is the end of the stream, though somebody has the
/// pipe open.
#[derive(Debug)]
pub struct WatchedFd {
    responses: BlockingFd,
    watch: FileDescriptor,
}

impl WatchedFd {
    /// The stream of these responses, which ends when `watch` becomes readable: [`Watch::pidfd`](super::Watch::pidfd).
    ///
    /// # Safety
    ///
    /// Both are this process's and stay open as long as this exists; the bytes are this stream's alone.
    pub const unsafe fn new(responses: FileDescriptor, watch: FileDescriptor) -> Self {
        // SAFETY: the caller's promise.
        Self { responses: unsafe { BlockingFd::new(responses) }, watch }
    }
}

impl ErrorType for WatchedFd {
    type Error = FdError;
}

impl Read for WatchedFd {
    async fn read(&mut self, buf: &mut [u8]) -> Result<usize, FdError> {
        let responses = sys::entry(self.responses.fd().into_raw(), POLLIN);
        let mut entries = [responses, sys::entry(self.watch.into_raw(), POLLIN)];
        while !sys::poll_all(&mut entries, true) {}
        let [responses, _] = entries;
        // What it answered before it ended is there to be read.
        if responses.revents == 0 { Ok(0) } else { self.responses.read(buf).await }
    }
}

/// A stream of a server that was started through an interface: every transfer is a call of the task that it was started from.
///
/// A dropped future has moved no byte if the interface's calls are ready when they are first polled, as are those of
/// [`ThisProcess`](super::ThisProcess) and of [`Client::blocking`](crate::Client::blocking). Through any other
/// interface no future may be dropped before it is ready.
pub struct TaskFd<'i, I> {
    interface: &'i I,
    fd: FileDescriptor,
    watch: Option<FileDescriptor>,
    buffer: Address,
}

/// Bytes that one transfer moves at most.
const ROOM: usize = 2048;

impl<'i, I: SyscallInterface + MemoryInterface> TaskFd<'i, I> {
    /// The responses of a server and the stream of its requests.
    ///
    /// # Safety
    ///
    /// The server was started through this interface and is not finished as long as these exist; nobody else uses its
    /// streams.
    pub const unsafe fn new(interface: &'i I, server: &Server) -> (Self, Self) {
        let Server { requests, responses, stack: Stack { start: buffer, .. }, .. } = *server;
        let watch = match server.watch {
            Some(watch) => Some(watch.pidfd),
            None => None,
        };
        (
            Self { interface, fd: responses, watch, buffer },
            Self { interface, fd: requests, watch: None, buffer },
        )
    }

    /// Whether there is something to read, which is waited for; not if the server is gone.
    async fn is_readable(&self, watch: FileDescriptor) -> Result<bool, FdError> {
        let mut entries = [0; 16];
        for (to, fd) in entries.chunks_exact_mut(8).zip([self.fd, watch]) {
            let entry = u64::from(fd.into_raw().unsigned_abs()) | u64::from(POLLIN) << 32;
            to.copy_from_slice(&entry.to_le_bytes());
        }
        loop {
            // SAFETY: the buffer is the server's stack's lowest part, which this stream has for its own.
            unsafe { self.interface.write(self.buffer, &entries) }
                .await
                .map_err(|error| failed(error.cause))?;
            let poll = ppoll(self.buffer, 2, Address::NULL, Address::NULL, 8);
            // SAFETY: two entries lie there.
            match unsafe { self.interface.call(poll) }.await {
                Err(SyscallError::Errno(Errno::EINTR)) => {}
                Err(cause) => return Err(failed(cause)),
                Ok(_) => break,
            }
        }
        // SAFETY: as for writing.
        unsafe { self.interface.read(self.buffer, &mut entries) }
            .await
            .map_err(|error| failed(error.cause))?;
        let [_, _, _, _, _, _, low, high, ..] = entries;
        Ok(low | high != 0)
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
        if let Some(watch) = self.watch
            && !self.is_readable(watch).await?
        {
            return Ok(0);
        }
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
