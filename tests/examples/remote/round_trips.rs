//! Counting how often somebody waited for the other side.
#![expect(unsafe_code, reason = "descriptors are promised to be the stream's alone")]

use embedded_io_async::{ErrorType, Read, Write};
use rsyscall_core::identifier::FileDescriptor;
use rsyscall_transport_pipe::{BlockingFd, FdError};
use std::{cell::Cell, os::fd::RawFd};

/// How many round trips there were.
#[derive(Default)]
pub(crate) struct RoundTrips {
    count: Cell<usize>,
    /// Whether something was sent that nothing was received after.
    sent: Cell<bool>,
}

/// A stream that counts.
pub(crate) struct Counted<'t> {
    fd: BlockingFd,
    trips: &'t RoundTrips,
}

impl RoundTrips {
    /// The stream on a descriptor, which is used by nobody else and stays open as long as the stream exists.
    pub(crate) fn count(&self, fd: RawFd) -> Counted<'_> {
        // SAFETY: the caller's promise.
        Counted { fd: unsafe { BlockingFd::new(FileDescriptor::from_raw(fd)) }, trips: self }
    }

    pub(crate) fn so_far(&self) -> usize {
        self.count.get()
    }
}

impl ErrorType for Counted<'_> {
    type Error = FdError;
}

impl Read for Counted<'_> {
    async fn read(&mut self, buf: &mut [u8]) -> Result<usize, FdError> {
        let count = self.fd.read(buf).await?;
        if count > 0 && self.trips.sent.replace(false) {
            self.trips.count.update(|count| count + 1);
        }
        Ok(count)
    }
}

impl Write for Counted<'_> {
    async fn write(&mut self, buf: &[u8]) -> Result<usize, FdError> {
        let count = self.fd.write(buf).await?;
        self.trips.sent.set(true);
        Ok(count)
    }

    async fn flush(&mut self) -> Result<(), FdError> {
        Ok(())
    }
}
