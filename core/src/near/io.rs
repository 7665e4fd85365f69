//! `#include <unistd.h>`, `<sys/uio.h>`: reading, writing, closing.

use super::fs::{OFlags, Whence};
use crate::identifier::{Address, FileDescriptor};

constants! {
    /// `RWF_*`: for one read or write what `O_*` flags are for a file.
    flags ReadWriteFlags: u32 {
        HIPRI("RWF_HIPRI") = RWF_HIPRI;
        DSYNC("RWF_DSYNC") = RWF_DSYNC;
        SYNC("RWF_SYNC") = RWF_SYNC;
        NOWAIT("RWF_NOWAIT") = RWF_NOWAIT;
        APPEND("RWF_APPEND") = RWF_APPEND;
        NOAPPEND("RWF_NOAPPEND") = RWF_NOAPPEND = 0x20;
        ATOMIC("RWF_ATOMIC") = RWF_ATOMIC = 0x40;
        DONTCACHE("RWF_DONTCACHE") = RWF_DONTCACHE = 0x80;
        NOSIGNAL("RWF_NOSIGNAL") = RWF_NOSIGNAL = 0x100;
    }
    /// `CLOSE_RANGE_*`
    flags CloseRangeFlags: u32 {
        UNSHARE("CLOSE_RANGE_UNSHARE") = CLOSE_RANGE_UNSHARE = 0x2;
        CLOEXEC("CLOSE_RANGE_CLOEXEC") = CLOSE_RANGE_CLOEXEC = 0x4;
    }
    /// `unsigned long op`: which request an `ioctl` is. A number means something to one kind of file only.
    values IoctlRequest: u64 {
        FIONREAD = FIONREAD;
        FIONBIO = FIONBIO;
        TCGETS = TCGETS;
        TCSETS = TCSETS;
        TIOCGWINSZ = TIOCGWINSZ;
        TIOCSWINSZ = TIOCSWINSZ;
        TIOCSCTTY = TIOCSCTTY;
        TIOCNOTTY = TIOCNOTTY;
        TIOCGPTN = TIOCGPTN;
        TIOCSPTLCK = TIOCSPTLCK;
        TIOCSPGRP = TIOCSPGRP;
        TIOCGPGRP = TIOCGPGRP;
    }
    /// `SPLICE_F_*`
    flags SpliceFlags: u32 {
        MOVE("SPLICE_F_MOVE") = SPLICE_F_MOVE;
        NONBLOCK("SPLICE_F_NONBLOCK") = SPLICE_F_NONBLOCK;
        MORE("SPLICE_F_MORE") = SPLICE_F_MORE;
        GIFT("SPLICE_F_GIFT") = SPLICE_F_GIFT;
    }
}

instructions! {
    /// `int close(int fd)`
    ///
    /// The descriptor is gone also when this fails with EINTR or EIO: do not try again.
    ///
    /// Errors: EBADF, EDQUOT, EINTR, EIO, ENOSPC.
    close(fd: FileDescriptor) -> ();
    /// `ssize_t read(int fd, void *buf, size_t count)`
    ///
    /// Returns how many bytes came, which may be fewer than asked; 0 is the end of the file.
    ///
    /// Errors: EAGAIN, EBADF, EFAULT, EINTR, EINVAL, EIO, EISDIR.
    read(fd: FileDescriptor, buf: Address, count: usize) -> usize;
    /// `ssize_t write(int fd, const void *buf, size_t count)`
    ///
    /// Returns how many bytes were taken, which may be fewer than given.
    ///
    /// Errors: EAGAIN, EBADF, EDESTADDRREQ, EDQUOT, EFAULT, EFBIG, EINTR, EINVAL, EIO, ENOSPC, EPERM, EPIPE.
    write(fd: FileDescriptor, buf: Address, count: usize) -> usize;
    /// `ssize_t pread(int fd, void *buf, size_t count, off_t offset)`
    ///
    /// As [`read()`], from `offset`; the file's own offset is neither used nor moved.
    ///
    /// Errors: as [`read()`], and ENXIO, EOVERFLOW, ESPIPE.
    pread64(fd: FileDescriptor, buf: Address, count: usize, offset: i64) -> usize;
    /// `ssize_t pwrite(int fd, const void *buf, size_t count, off_t offset)`
    ///
    /// As [`write()`], to `offset`; but appends whatever the offset where the file has `O_APPEND`.
    ///
    /// Errors: as [`write()`], and ENXIO, EOVERFLOW, ESPIPE.
    pwrite64(fd: FileDescriptor, buf: Address, count: usize, offset: i64) -> usize;
    /// `ssize_t readv(int fd, const struct iovec *iov, int iovcnt)`
    ///
    /// Errors: as [`read()`]; EINVAL also for more than 1,024 pieces.
    readv(fd: FileDescriptor, iov: Address, iovcnt: usize) -> usize;
    /// `ssize_t writev(int fd, const struct iovec *iov, int iovcnt)`
    ///
    /// Errors: as [`write()`]; EINVAL also for more than 1,024 pieces.
    writev(fd: FileDescriptor, iov: Address, iovcnt: usize) -> usize;
    /// `ssize_t preadv2(int fd, const struct iovec *iov, int iovcnt, off_t offset, int flags)`
    ///
    /// An offset of -1 is the file's own. `high` is what a 64-bit kernel ignores: 0.
    ///
    /// Errors: as [`preadv`], and EOPNOTSUPP for a flag.
    preadv2(fd: FileDescriptor, iov: Address, iovcnt: usize, offset: i64, high: u64, flags: ReadWriteFlags) -> usize;
    /// `ssize_t pwritev2(int fd, const struct iovec *iov, int iovcnt, off_t offset, int flags)`
    ///
    /// An offset of -1 is the file's own. `high` is what a 64-bit kernel ignores: 0.
    ///
    /// Errors: as [`pwritev`], and EOPNOTSUPP for a flag.
    pwritev2(fd: FileDescriptor, iov: Address, iovcnt: usize, offset: i64, high: u64, flags: ReadWriteFlags) -> usize;
    /// `off_t lseek(int fd, off_t offset, int whence)`
    ///
    /// Returns the new offset from the file's start.
    ///
    /// Errors: EBADF, EINVAL, ENXIO, EOVERFLOW, ESPIPE.
    lseek(fd: FileDescriptor, offset: i64, whence: Whence) -> i64;
    /// `int pipe2(int pipefd[2], int flags)`
    ///
    /// Writes two `int`s to `pipefd`: the reading end, then the writing end.
    ///
    /// Errors: EFAULT, EINVAL, EMFILE, ENFILE, ENOPKG.
    pipe2(pipefd: Address, flags: OFlags) -> () [without access_mode];
    /// `int dup(int oldfd)`
    ///
    /// Errors: EBADF, EMFILE.
    dup(oldfd: FileDescriptor) -> FileDescriptor;
    /// `int dup3(int oldfd, int newfd, int flags)`
    ///
    /// Closes `newfd` first, silently; the two equal is EINVAL. Only [`OFlags::CLOEXEC`] is a flag here.
    ///
    /// Errors: EBADF, EBUSY, EINTR, EINVAL, EMFILE.
    dup3(oldfd: FileDescriptor, newfd: FileDescriptor, flags: OFlags) -> FileDescriptor [without access_mode];
    /// `int close_range(unsigned int first, unsigned int last, int flags)`
    ///
    /// Both ends are included; `last` is [`FileDescriptor::NONE`], all bits set, for "to the end".
    ///
    /// Errors: EINVAL, EMFILE, ENOMEM.
    close_range(first: FileDescriptor, last: FileDescriptor, flags: CloseRangeFlags) -> ();
    /// `int ioctl(int fd, unsigned long op, ...)`
    ///
    /// The general form: what `argp` is, an address or a number, and what comes back, is as `op` says.
    ///
    /// Errors: EBADF, EFAULT, EINVAL, ENOTTY.
    ioctl(fd: FileDescriptor, op: IoctlRequest, argp: Address) -> usize;
    /// `ssize_t preadv(int fd, const struct iovec *iov, int iovcnt, off_t offset)`
    ///
    /// `high` is what a 64-bit kernel ignores: 0.
    ///
    /// Errors: as [`readv`], and ENXIO, EOVERFLOW, ESPIPE.
    preadv(fd: FileDescriptor, iov: Address, iovcnt: usize, offset: i64, high: u64) -> usize;
    /// `ssize_t pwritev(int fd, const struct iovec *iov, int iovcnt, off_t offset)`
    ///
    /// `high` is what a 64-bit kernel ignores: 0.
    ///
    /// Errors: as [`writev`], and ENXIO, EOVERFLOW, ESPIPE.
    pwritev(fd: FileDescriptor, iov: Address, iovcnt: usize, offset: i64, high: u64) -> usize;
    /// `int pipe(int pipefd[2])`
    ///
    /// On ABIs without it it is `pipe2` with no flags.
    ///
    /// Errors: EFAULT, EMFILE, ENFILE.
    pipe(pipefd: Address) -> () [else pipe2];
    /// `ssize_t sendfile(int out_fd, int in_fd, off_t *offset, size_t count)`
    ///
    /// `offset` is in and out; with [`Address::NULL`] it is the file's own.
    ///
    /// Errors: EAGAIN, EBADF, EFAULT, EINVAL, EIO, ENOMEM, EOVERFLOW, ESPIPE.
    sendfile(out_fd: FileDescriptor, in_fd: FileDescriptor, offset: Address, count: usize) -> usize;
    /// `ssize_t splice(int fd_in, off_t *off_in, int fd_out, off_t *off_out, size_t len, unsigned int flags)`
    ///
    /// One of the two is a pipe. The offsets are in and out.
    ///
    /// Errors: EAGAIN, EBADF, EINVAL, ENOMEM, ESPIPE.
    splice(
        fd_in: FileDescriptor, off_in: Address, fd_out: FileDescriptor, off_out: Address, len: usize, flags: SpliceFlags,
    ) -> usize;
    /// `ssize_t tee(int fd_in, int fd_out, size_t len, unsigned int flags)`
    ///
    /// Errors: EAGAIN, EINVAL, ENOMEM.
    tee(fd_in: FileDescriptor, fd_out: FileDescriptor, len: usize, flags: SpliceFlags) -> usize;
    /// `ssize_t vmsplice(int fd, const struct iovec *iov, size_t nr_segs, unsigned int flags)`
    ///
    /// Errors: EAGAIN, EBADF, EINVAL, ENOMEM.
    vmsplice(fd: FileDescriptor, iov: Address, nr_segs: usize, flags: SpliceFlags) -> usize;
    /// `ssize_t copy_file_range(int fd_in, off_t *off_in, int fd_out, off_t *off_out, size_t len, unsigned int
    /// flags)`
    ///
    /// The offsets are in and out. `flags` is 0. Returns how many bytes were copied, which may be fewer than asked.
    ///
    /// Errors: EBADF, EFBIG, EINVAL, EIO, EISDIR, ENOMEM, ENOSPC, EOPNOTSUPP, EOVERFLOW, EPERM, ETXTBSY, EXDEV.
    copy_file_range(
        fd_in: FileDescriptor, off_in: Address, fd_out: FileDescriptor, off_out: Address, len: usize, flags: u32,
    ) -> usize;
}

forms! {
    /// `FIONREAD`: how many bytes could be read is written, as an `int`, to `argp`.
    ioctl_fionread(fd: FileDescriptor, argp: Address) -> () = ioctl(fd, [IoctlRequest::FIONREAD], argp);
    /// `FIONBIO`: sets or takes away `O_NONBLOCK`, as the `int` at `argp` says.
    ioctl_fionbio(fd: FileDescriptor, argp: Address) -> () = ioctl(fd, [IoctlRequest::FIONBIO], argp);
    /// `TCGETS`: the terminal's `struct termios` is written to `argp`; ENOTTY if it is none.
    ioctl_tcgets(fd: FileDescriptor, argp: Address) -> () = ioctl(fd, [IoctlRequest::TCGETS], argp);
    /// `TCSETS`: sets the `struct termios` at once.
    ioctl_tcsets(fd: FileDescriptor, argp: Address) -> () = ioctl(fd, [IoctlRequest::TCSETS], argp);
    /// `TIOCGWINSZ`: the `struct winsize` is written to `argp`.
    ioctl_tiocgwinsz(fd: FileDescriptor, argp: Address) -> () = ioctl(fd, [IoctlRequest::TIOCGWINSZ], argp);
    /// `TIOCSWINSZ`: sets the `struct winsize`; `SIGWINCH` if it changes.
    ioctl_tiocswinsz(fd: FileDescriptor, argp: Address) -> () = ioctl(fd, [IoctlRequest::TIOCSWINSZ], argp);
    /// `TIOCSCTTY`: makes the terminal the controlling terminal of the caller's session, which has none; with
    /// `steal`, as root, even one that another session has.
    ioctl_tiocsctty(fd: FileDescriptor, steal: bool) -> () = ioctl(fd, [IoctlRequest::TIOCSCTTY], steal);
    /// `TIOCNOTTY`: gives the controlling terminal up.
    ioctl_tiocnotty(fd: FileDescriptor) -> () = ioctl(fd, [IoctlRequest::TIOCNOTTY]);
    /// `TIOCGPGRP`: the terminal's foreground process group is written, as a `pid_t`, to `argp`.
    ioctl_tiocgpgrp(fd: FileDescriptor, argp: Address) -> () = ioctl(fd, [IoctlRequest::TIOCGPGRP], argp);
    /// `TIOCSPGRP`: sets it to the `pid_t` at `argp`; `SIGTTOU` to who is not in the foreground.
    ioctl_tiocspgrp(fd: FileDescriptor, argp: Address) -> () = ioctl(fd, [IoctlRequest::TIOCSPGRP], argp);
    /// `TIOCGPTN`: a pseudoterminal's number is written, as an `unsigned int`, to `argp`.
    ioctl_tiocgptn(fd: FileDescriptor, argp: Address) -> () = ioctl(fd, [IoctlRequest::TIOCGPTN], argp);
    /// `TIOCSPTLCK`: locks or unlocks a pseudoterminal, as the `int` at `argp` says.
    ioctl_tiocsptlck(fd: FileDescriptor, argp: Address) -> () = ioctl(fd, [IoctlRequest::TIOCSPTLCK], argp);
}
