//! Plain descriptors of this process as streams.
#![expect(unsafe_code, reason = "reading into and writing from slices")]

use crate::sys::{self, Way};
use core::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};
use embedded_io_async::{Error, ErrorKind, ErrorType, Read, Write};
use linux_raw_sys::general::{POLLIN, POLLOUT};
use rsyscall_core::{identifier::FileDescriptor, syscall::Errno};

/// Reading or writing a descriptor failed: no byte was moved by the call that says so.
///
/// EPIPE and ECONNRESET say that the other side is gone; EBADF and EINVAL, that the descriptor is not what
/// [`BlockingFd::new`] was promised. EINTR and EAGAIN do not come this far. A client whose stream
/// fails is dead from then on, as none can go on in the middle of one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FdError(
    /// What the kernel answered.
    pub Errno,
);

impl fmt::Display for FdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl core::error::Error for FdError {}

impl Error for FdError {
    fn kind(&self) -> ErrorKind {
        match self.0 {
            Errno::EPIPE => ErrorKind::BrokenPipe,
            Errno::ECONNRESET => ErrorKind::ConnectionReset,
            _ => ErrorKind::Other,
        }
    }
}

/// A descriptor that is read and written with plain blocking calls.
///
/// Its futures are ready when they are first polled, so that one call is in flight at a time, and
/// `block_on(…, || ())` drives it. It closes nothing.
#[derive(Debug)]
pub struct BlockingFd {
    fd: FileDescriptor,
    way: Way,
}

/// A descriptor that is read and written only as far as that does not block, whatever the mode of its open file.
///
/// A future that is not ready registers no waker: drive it with `block_on` and
/// [`Client::park`](crate::Client::park). A dropped future has moved no byte. It closes nothing.
#[derive(Debug)]
pub struct PolledFd {
    fd: FileDescriptor,
    way: Way,
}

/// What a transfer returned, if that is not to be waited for: EAGAIN.
#[inline(always)]
fn outcome(returned: i64) -> Option<Result<usize, FdError>> {
    if let Ok(count) = usize::try_from(returned) {
        return Some(Ok(count));
    }
    let errno = u16::try_from(returned.wrapping_neg()).unwrap_or(u16::MAX);
    (returned != sys::error(Errno::EAGAIN)).then_some(Err(FdError(Errno::from_raw(errno))))
}

/// A read. Written by hand, as is the write, so that the call is made in the frame of who polls.
struct Reading<'s> {
    fd: i32,
    buf: &'s mut [u8],
    wait: bool,
}

impl Future for Reading<'_> {
    type Output = Result<usize, FdError>;

    #[inline(always)]
    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { fd, ref mut buf, wait } = *self;
        loop {
            // SAFETY: the slice is ours to fill.
            let returned = unsafe { sys::read(fd, buf.as_mut_ptr(), buf.len(), wait) };
            match outcome(returned) {
                Some(outcome) => return Poll::Ready(outcome),
                None if !wait => return Poll::Pending,
                None => _ = sys::poll(fd, POLLIN, true),
            }
        }
    }
}

/// A write.
struct Writing<'s, 'b> {
    fd: i32,
    buf: &'b [u8],
    way: &'s mut Way,
    wait: bool,
}

impl Future for Writing<'_, '_> {
    type Output = Result<usize, FdError>;

    #[inline(always)]
    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { fd, buf, ref mut way, wait } = *self;
        loop {
            // SAFETY: the slice is only read.
            let returned = unsafe { sys::write(fd, buf.as_ptr(), buf.len(), way, wait) };
            match outcome(returned) {
                Some(outcome) => return Poll::Ready(outcome),
                None if !wait => return Poll::Pending,
                None => _ = sys::poll(fd, POLLOUT, true),
            }
        }
    }
}

macro_rules! streams {
    ($($type:ident $wait:literal)*) => { $(
        impl $type {
            /// The stream on this descriptor.
            ///
            /// # Safety
            ///
            /// The descriptor is one of this process's, stays open as long as this exists, and its bytes are this
            /// stream's alone.
            pub const unsafe fn new(fd: FileDescriptor) -> Self {
                Self { fd, way: Way::NoSignal }
            }

            /// The descriptor.
            pub const fn fd(&self) -> FileDescriptor {
                self.fd
            }
        }

        impl ErrorType for $type {
            type Error = FdError;
        }

        impl Read for $type {
            #[inline(always)]
            fn read(&mut self, buf: &mut [u8]) -> impl Future<Output = Result<usize, FdError>> {
                Reading { fd: self.fd.into_raw(), buf, wait: $wait }
            }
        }

        impl Write for $type {
            #[inline(always)]
            fn write(&mut self, buf: &[u8]) -> impl Future<Output = Result<usize, FdError>> {
                Writing { fd: self.fd.into_raw(), buf, way: &mut self.way, wait: $wait }
            }

            async fn flush(&mut self) -> Result<(), FdError> {
                Ok(())
            }
        }
    )* };
}

streams! { BlockingFd true PolledFd false }
