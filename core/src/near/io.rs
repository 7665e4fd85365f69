//! `#include <unistd.h>`, `<sys/uio.h>`: reading, writing, closing.

use crate::identifier::{Address, FileDescriptor};

instructions! {
    /// `int close(int fd)`
    ///
    /// The descriptor is gone also when this fails with EINTR or EIO: do not try again.
    close(fd: FileDescriptor) -> ();
    /// `ssize_t read(int fd, void *buf, size_t count)`
    ///
    /// Returns how many bytes came, which may be fewer than asked; 0 is the end of the file.
    read(fd: FileDescriptor, buf: Address, count: usize) -> usize;
    /// `ssize_t write(int fd, const void *buf, size_t count)`
    ///
    /// Returns how many bytes were taken, which may be fewer than given.
    write(fd: FileDescriptor, buf: Address, count: usize) -> usize;
}
