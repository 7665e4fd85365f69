//! `#include <fcntl.h>`, `<sys/stat.h>`, `<unistd.h>`: paths and what they name.

mod flags;
pub use flags::*;

mod mode;
pub use mode::Mode;

use super::process::{Gid, Uid};
use super::signal::{Signal, SignalTarget};
use crate::identifier::{Address, FileDescriptor};

instructions! {
    /// `int openat(int dirfd, const char *pathname, int flags, mode_t mode)`
    ///
    /// Opens, and with [`OFlags::CREATE`] creates, a file. `mode` counts only then.
    ///
    /// Errors: EACCES, EAGAIN, EBADF, EBUSY, EDQUOT, EEXIST, EFAULT, EFBIG, EINTR, EINVAL, EISDIR, ELOOP,
    /// EMFILE, ENAMETOOLONG, ENFILE, ENODEV, ENOENT, ENOMEM, ENOSPC, ENOTDIR, ENXIO, EOPNOTSUPP, EOVERFLOW,
    /// EPERM, EROFS, ETXTBSY.
    openat(dirfd: FileDescriptor, pathname: Address, flags: OFlags, mode: Mode) -> FileDescriptor;
    /// `int fstat(int fd, struct stat *statbuf)`
    ///
    /// Errors: EBADF, EFAULT, ENOMEM, EOVERFLOW.
    fstat(fd: FileDescriptor, statbuf: Address) -> ();
    /// `int fcntl(int fd, int op, ... /* arg */)`
    ///
    /// The general form: `arg` and the result are what `op` says. `O_*` flags in it are in the ABI's own bits.
    ///
    /// Errors: EACCES, EAGAIN, EBADF, EBUSY, EDEADLK, EFAULT, EINTR, EINVAL, EMFILE, ENOLCK, ENOTDIR, EPERM.
    fcntl(fd: FileDescriptor, op: FcntlCommand, arg: u64) -> usize;
    /// `int chdir(const char *path)`
    ///
    /// Errors: EACCES, EFAULT, EIO, ELOOP, ENAMETOOLONG, ENOENT, ENOMEM, ENOTDIR.
    chdir(path: Address) -> ();
    /// `int fchdir(int fd)`
    ///
    /// Errors: EACCES, EBADF, ENOTDIR.
    fchdir(fd: FileDescriptor) -> ();
    /// `int chroot(const char *path)`
    ///
    /// The working directory stays what it was, also when it lies outside.
    ///
    /// Errors: EACCES, EFAULT, EIO, ELOOP, ENAMETOOLONG, ENOENT, ENOMEM, ENOTDIR, EPERM.
    chroot(path: Address) -> ();
    /// `int faccessat(int dirfd, const char *pathname, int mode)`
    ///
    /// Asks for the real uid and gid. The flags of the C function are those of the library or of `faccessat2`.
    ///
    /// Errors: EACCES, EBADF, EFAULT, EINVAL, EIO, ELOOP, ENAMETOOLONG, ENOENT, ENOMEM, ENOTDIR, EPERM, EROFS,
    /// ETXTBSY.
    faccessat(dirfd: FileDescriptor, pathname: Address, mode: AccessMode) -> ();
    /// `int fchmod(int fd, mode_t mode)`
    ///
    /// Errors: EBADF, EIO, EPERM, EROFS.
    fchmod(fd: FileDescriptor, mode: Mode) -> ();
    /// `int fchmodat(int dirfd, const char *pathname, mode_t mode)`
    ///
    /// Follows symbolic links; `fchmodat2` takes flags.
    ///
    /// Errors: EACCES, EBADF, EFAULT, EINVAL, EIO, ELOOP, ENAMETOOLONG, ENOENT, ENOMEM, ENOTDIR, EOPNOTSUPP,
    /// EPERM, EROFS.
    fchmodat(dirfd: FileDescriptor, pathname: Address, mode: Mode) -> ();
    /// `int fchown(int fd, uid_t owner, gid_t group)`
    ///
    /// [`Uid::UNCHANGED`] and [`Gid::UNCHANGED`] leave that one as it is.
    ///
    /// Errors: EBADF, EINVAL, EIO, EPERM, EROFS.
    fchown(fd: FileDescriptor, owner: Uid, group: Gid) -> ();
    /// `int fchownat(int dirfd, const char *pathname, uid_t owner, gid_t group, int flags)`
    ///
    /// Errors: EACCES, EBADF, EFAULT, EINVAL, EIO, ELOOP, ENAMETOOLONG, ENOENT, ENOMEM, ENOTDIR, EPERM, EROFS.
    fchownat(dirfd: FileDescriptor, pathname: Address, owner: Uid, group: Gid, flags: AtFlags) -> ();
    /// `int ftruncate(int fd, off_t length)`
    ///
    /// Errors: EBADF, EFBIG, EINTR, EINVAL, EIO, EPERM.
    ftruncate(fd: FileDescriptor, length: i64) -> ();
    /// `ssize_t getdents64(int fd, void *dirp, size_t count)`
    ///
    /// Returns how many bytes of `struct linux_dirent64` were written; 0 is the end of the directory.
    ///
    /// Errors: EBADF, EFAULT, EINVAL, ENOENT, ENOTDIR.
    getdents64(fd: FileDescriptor, dirp: Address, count: usize) -> usize;
    /// `int linkat(int olddirfd, const char *oldpath, int newdirfd, const char *newpath, int flags)`
    ///
    /// Errors: EACCES, EBADF, EDQUOT, EEXIST, EFAULT, EINVAL, EIO, ELOOP, EMLINK, ENAMETOOLONG, ENOENT, ENOMEM,
    /// ENOSPC, ENOTDIR, EPERM, EROFS, EXDEV.
    linkat(
        olddirfd: FileDescriptor, oldpath: Address, newdirfd: FileDescriptor, newpath: Address, flags: AtFlags,
    ) -> ();
    /// `int mkdirat(int dirfd, const char *pathname, mode_t mode)`
    ///
    /// Errors: EACCES, EBADF, EDQUOT, EEXIST, EFAULT, EINVAL, ELOOP, EMLINK, ENAMETOOLONG, ENOENT, ENOMEM,
    /// ENOSPC, ENOTDIR, EPERM, EROFS.
    mkdirat(dirfd: FileDescriptor, pathname: Address, mode: Mode) -> ();
    /// `int newfstatat(int dirfd, const char *pathname, struct stat *statbuf, int flags)`: `fstatat(3)`
    ///
    /// Errors: EACCES, EBADF, EFAULT, EINVAL, ELOOP, ENAMETOOLONG, ENOENT, ENOMEM, ENOTDIR, EOVERFLOW.
    newfstatat(dirfd: FileDescriptor, pathname: Address, statbuf: Address, flags: AtFlags) -> ()
        [on aarch64 fstatat];
    /// `ssize_t readlinkat(int dirfd, const char *pathname, char *buf, size_t bufsiz)`
    ///
    /// Returns how many bytes were written, without a terminating null; `bufsiz` of them may mean that there are
    /// more.
    ///
    /// Errors: EACCES, EBADF, EFAULT, EINVAL, EIO, ELOOP, ENAMETOOLONG, ENOENT, ENOMEM, ENOTDIR.
    readlinkat(dirfd: FileDescriptor, pathname: Address, buf: Address, bufsiz: usize) -> usize;
    /// `int renameat2(int olddirfd, const char *oldpath, int newdirfd, const char *newpath, unsigned int flags)`
    ///
    /// Errors: EACCES, EBADF, EBUSY, EDQUOT, EEXIST, EFAULT, EINVAL, EISDIR, ELOOP, EMLINK, ENAMETOOLONG,
    /// ENOENT, ENOMEM, ENOSPC, ENOTDIR, ENOTEMPTY, EPERM, EROFS, EXDEV.
    renameat2(
        olddirfd: FileDescriptor, oldpath: Address, newdirfd: FileDescriptor, newpath: Address, flags: RenameFlags,
    ) -> ();
    /// `int symlinkat(const char *target, int newdirfd, const char *linkpath)`
    ///
    /// Errors: EACCES, EBADF, EDQUOT, EEXIST, EFAULT, EIO, ELOOP, ENAMETOOLONG, ENOENT, ENOMEM, ENOSPC,
    /// ENOTDIR, EPERM, EROFS.
    symlinkat(target: Address, newdirfd: FileDescriptor, linkpath: Address) -> ();
    /// `int unlinkat(int dirfd, const char *pathname, int flags)`
    ///
    /// With [`AtFlags::REMOVEDIR`] it is `rmdir`.
    ///
    /// Errors: EACCES, EBADF, EBUSY, EFAULT, EINVAL, EIO, EISDIR, ELOOP, ENAMETOOLONG, ENOENT, ENOMEM, ENOTDIR,
    /// EPERM, EROFS.
    unlinkat(dirfd: FileDescriptor, pathname: Address, flags: AtFlags) -> ();
    /// `int utimensat(int dirfd, const char *pathname, const struct timespec times[2], int flags)`
    ///
    /// With [`Address::NULL`] for `pathname` it is about `dirfd` itself; for `times`, the present time.
    ///
    /// Errors: EACCES, EBADF, EFAULT, EINVAL, ELOOP, ENAMETOOLONG, ENOENT, ENOTDIR, EPERM, EROFS, ESRCH.
    utimensat(dirfd: FileDescriptor, pathname: Address, times: Address, flags: AtFlags) -> ();
    /// `int statx(int dirfd, const char *pathname, int flags, unsigned int mask, struct statx *statxbuf)`
    ///
    /// What `stx_mask` does not name was not filled in by the file system.
    ///
    /// Errors: EACCES, EBADF, EFAULT, EINVAL, ELOOP, ENAMETOOLONG, ENOENT, ENOMEM, ENOTDIR.
    statx(dirfd: FileDescriptor, pathname: Address, flags: StatxFlags, mask: StatxMask, statxbuf: Address) -> ();
    /// `int statfs(const char *path, struct statfs *buf)`
    ///
    /// Errors: EACCES, EFAULT, EINTR, EIO, ELOOP, ENAMETOOLONG, ENOENT, ENOMEM, ENOSYS, ENOTDIR, EOVERFLOW.
    statfs(path: Address, buf: Address) -> ();
    /// `int fstatfs(int fd, struct statfs *buf)`
    ///
    /// Errors: EBADF, EFAULT, EINTR, EIO, ENOMEM, ENOSYS, EOVERFLOW.
    fstatfs(fd: FileDescriptor, buf: Address) -> ();
    /// `int openat2(int dirfd, const char *pathname, const struct open_how *how, size_t size)`
    ///
    /// The `O_*` flags in `how` are in the ABI's own bits: [`Abi::open_flags`](crate::abi::Abi::open_flags).
    /// Unknown ones are EINVAL. EAGAIN means that somebody renamed meanwhile: try again.
    ///
    /// Errors: as [`openat`], and E2BIG, EAGAIN, EINVAL, ELOOP, EXDEV.
    openat2(dirfd: FileDescriptor, pathname: Address, how: Address, size: usize) -> FileDescriptor;
    /// `int name_to_handle_at(int dirfd, const char *pathname, struct file_handle *handle, int *mount_id, int flags)`
    ///
    /// `handle` is in and out: with EOVERFLOW the length that is needed is written to it.
    ///
    /// Errors: EBADF, EFAULT, EINVAL, ELOOP, ENOENT, ENOTDIR, EOPNOTSUPP, EOVERFLOW.
    name_to_handle_at(
        dirfd: FileDescriptor, pathname: Address, handle: Address, mount_id: Address, flags: HandleFlags,
    ) -> ();
    /// `int open_by_handle_at(int mount_fd, struct file_handle *handle, int flags)`
    ///
    /// Errors: EBADF, EFAULT, EINVAL, ELOOP, EPERM, ESTALE.
    open_by_handle_at(mount_fd: FileDescriptor, handle: Address, flags: OFlags) -> FileDescriptor;
    /// `int mknodat(int dirfd, const char *pathname, mode_t mode, dev_t dev)`
    ///
    /// The type of the file is in `mode`: `S_IFREG`, `S_IFCHR`, `S_IFBLK`, `S_IFIFO` or `S_IFSOCK`.
    ///
    /// Errors: EACCES, EBADF, EDQUOT, EEXIST, EFAULT, EINVAL, ELOOP, ENAMETOOLONG, ENOENT, ENOMEM, ENOSPC,
    /// ENOTDIR, EPERM, EROFS.
    mknodat(dirfd: FileDescriptor, pathname: Address, mode: Mode, dev: DeviceNumber) -> ();
    /// `int renameat(int olddirfd, const char *oldpath, int newdirfd, const char *newpath)`
    ///
    /// On riscv64, which lacks it, it is `renameat2` with no flags.
    ///
    /// Errors: EACCES, EBADF, EBUSY, EDQUOT, EEXIST, EFAULT, EINVAL, EISDIR, ELOOP, EMLINK, ENAMETOOLONG,
    /// ENOENT, ENOMEM, ENOSPC, ENOTDIR, ENOTEMPTY, EPERM, EROFS, EXDEV.
    renameat(olddirfd: FileDescriptor, oldpath: Address, newdirfd: FileDescriptor, newpath: Address) -> ()
        [on riscv64 renameat2];
    /// `int faccessat2(int dirfd, const char *pathname, int mode, int flags)`
    ///
    /// Errors: EACCES, EBADF, EFAULT, EINVAL, EIO, ELOOP, ENAMETOOLONG, ENOENT, ENOMEM, ENOTDIR, EPERM, EROFS,
    /// ETXTBSY.
    faccessat2(dirfd: FileDescriptor, pathname: Address, mode: AccessMode, flags: AccessFlags) -> ();
    /// `int fchmodat2(int dirfd, const char *pathname, mode_t mode, unsigned int flags)`
    ///
    /// Errors: EACCES, EBADF, EFAULT, EINVAL, EIO, ELOOP, ENAMETOOLONG, ENOENT, ENOMEM, ENOTDIR, EOPNOTSUPP,
    /// EPERM, EROFS.
    fchmodat2(dirfd: FileDescriptor, pathname: Address, mode: Mode, flags: AtFlags) -> () [page fchmodat];
    /// `int truncate(const char *path, off_t length)`
    ///
    /// Errors: EACCES, EFAULT, EFBIG, EINTR, EINVAL, EIO, EISDIR, ELOOP, ENAMETOOLONG, ENOENT, ENOTDIR, EPERM,
    /// EROFS, ETXTBSY.
    truncate(path: Address, length: i64) -> ();
    /// `int fallocate(int fd, int mode, off_t offset, off_t len)`
    ///
    /// Errors: EBADF, EFBIG, EINTR, EINVAL, EIO, ENODEV, ENOSPC, ENOSYS, EOPNOTSUPP, EPERM, ESPIPE, ETXTBSY.
    fallocate(fd: FileDescriptor, mode: FallocateMode, offset: i64, len: i64) -> ();
    /// `int posix_fadvise(int fd, off_t offset, off_t len, int advice)`
    ///
    /// Errors: EBADF, EINVAL, ESPIPE.
    fadvise64(fd: FileDescriptor, offset: i64, len: i64, advice: FileAdvice) -> ();
    /// `ssize_t readahead(int fd, off_t offset, size_t count)`
    ///
    /// Errors: EBADF, EINVAL.
    readahead(fd: FileDescriptor, offset: i64, count: usize) -> ();
    /// `int flock(int fd, int op)`
    ///
    /// EWOULDBLOCK, which is EAGAIN, with [`FlockOperation::NB`] if somebody else holds the lock.
    ///
    /// Errors: EAGAIN, EBADF, EINTR, EINVAL, ENOLCK.
    flock(fd: FileDescriptor, op: FlockOperation) -> ();
    /// `void sync(void)`
    sync() -> ();
    /// `int syncfs(int fd)`
    ///
    /// Errors: EBADF, EDQUOT, EIO, ENOSPC.
    syncfs(fd: FileDescriptor) -> ();
    /// `int fsync(int fd)`
    ///
    /// Errors: EBADF, EDQUOT, EINTR, EINVAL, EIO, ENOSPC, EROFS.
    fsync(fd: FileDescriptor) -> ();
    /// `int fdatasync(int fd)`
    ///
    /// Errors: EBADF, EDQUOT, EINTR, EINVAL, EIO, ENOSPC, EROFS.
    fdatasync(fd: FileDescriptor) -> ();
    /// `int sync_file_range(int fd, off_t offset, off_t nbytes, unsigned int flags)`
    ///
    /// Errors: EBADF, EINVAL, EIO, ENOMEM, ENOSPC, ESPIPE.
    sync_file_range(fd: FileDescriptor, offset: i64, nbytes: i64, flags: SyncFileRangeFlags) -> ();
    /// `char *getcwd(char *buf, size_t size)`
    ///
    /// The kernel's result is the length with the terminating null, not an address. A path that does not begin
    /// with `/` means that the directory cannot be reached from the root.
    ///
    /// Errors: EACCES, EFAULT, EINVAL, ENAMETOOLONG, ENOENT, ENOMEM, ERANGE.
    getcwd(buf: Address, size: usize) -> usize;
    /// `mode_t umask(mode_t mask)`
    ///
    /// Returns the mask that was.
    umask(mask: Mode) -> Mode;
    /// `int cachestat(unsigned int fd, struct cachestat_range *cstat_range, struct cachestat *cstat, unsigned int
    /// flags)`
    ///
    /// `flags` is 0.
    ///
    /// Errors: EBADF, EFAULT, EINVAL, EOPNOTSUPP.
    cachestat(fd: FileDescriptor, cstat_range: Address, cstat: Address, flags: u32) -> () [page none];
    /// `int file_getattr(int dirfd, const char *pathname, struct file_attr *ufattr, size_t usize, unsigned int
    /// at_flags)`
    ///
    /// Errors: E2BIG, EACCES, EBADF, EFAULT, EINVAL, ELOOP, ENAMETOOLONG, ENOENT, ENOTDIR, EOPNOTSUPP.
    file_getattr(dirfd: FileDescriptor, pathname: Address, ufattr: Address, size: usize, at_flags: AtFlags) -> () [page none];
    /// `int file_setattr(int dirfd, const char *pathname, struct file_attr *ufattr, size_t usize, unsigned int
    /// at_flags)`
    ///
    /// Errors: E2BIG, EACCES, EBADF, EFAULT, EINVAL, ELOOP, ENAMETOOLONG, ENOENT, ENOTDIR, EOPNOTSUPP, EPERM,
    /// EROFS.
    file_setattr(dirfd: FileDescriptor, pathname: Address, ufattr: Address, size: usize, at_flags: AtFlags) -> () [page none];
    /// `int quotactl(int op, const char *special, int id, caddr_t addr)`
    ///
    /// Errors: EACCES, EBUSY, EFAULT, EINVAL, ENOENT, ENOSYS, ENOTBLK, EPERM, ERANGE, ESRCH.
    quotactl(op: QuotaCommand, special: Address, id: i32, addr: Address) -> ();
    /// `int quotactl_fd(unsigned int fd, int op, int id, caddr_t addr)`
    ///
    /// Errors: EACCES, EBUSY, EFAULT, EINVAL, ENOENT, ENOSYS, ENOTBLK, EPERM, ERANGE, ESRCH.
    quotactl_fd(fd: FileDescriptor, op: QuotaCommand, id: i32, addr: Address) -> () [page quotactl];
}

forms! {
    /// `F_DUPFD`: a new descriptor, the lowest free one from `min` on.
    fcntl_dupfd(fd: FileDescriptor, min: FileDescriptor) -> FileDescriptor =
        fcntl(fd, [FcntlCommand::DUPFD], min);
    /// `F_DUPFD_CLOEXEC`: a new descriptor, the lowest free one from `min` on, close-on-exec.
    fcntl_dupfd_cloexec(fd: FileDescriptor, min: FileDescriptor) -> FileDescriptor =
        fcntl(fd, [FcntlCommand::DUPFD_CLOEXEC], min);
    /// `F_GETFD`: the descriptor's flags.
    fcntl_getfd(fd: FileDescriptor) -> FdFlags = fcntl(fd, [FcntlCommand::GETFD]);
    /// `F_SETFD`: sets the descriptor's flags.
    fcntl_setfd(fd: FileDescriptor, flags: FdFlags) -> () = fcntl(fd, [FcntlCommand::SETFD], flags);
    /// `F_GETFL`: the open file's flags.
    fcntl_getfl(fd: FileDescriptor) -> StatusFlags = fcntl(fd, [FcntlCommand::GETFL]);
    /// `F_SETLK`: sets or takes away the lock of the process that the `struct flock` at `lock` describes;
    /// EAGAIN or EACCES if another holds it.
    fcntl_setlk(fd: FileDescriptor, lock: Address) -> () = fcntl(fd, [FcntlCommand::SETLK], lock);
    /// `F_OFD_SETLK`: sets or takes away a lock of the open file; EAGAIN if another holds it.
    fcntl_ofd_setlk(fd: FileDescriptor, lock: Address) -> () = fcntl(fd, [FcntlCommand::OFD_SETLK], lock);
    /// `F_GETLK`: the lock that stands against the one at `lock` is written there, or `F_UNLCK` if none does.
    fcntl_getlk(fd: FileDescriptor, lock: Address) -> () = fcntl(fd, [FcntlCommand::GETLK], lock);
    /// `F_SETLKW`: as [`fcntl_setlk`], but waits; EDEADLK if that would be for ever.
    fcntl_setlkw(fd: FileDescriptor, lock: Address) -> () = fcntl(fd, [FcntlCommand::SETLKW], lock);
    /// `F_OFD_SETLKW`: as [`fcntl_ofd_setlk`], but waits.
    fcntl_ofd_setlkw(fd: FileDescriptor, lock: Address) -> () = fcntl(fd, [FcntlCommand::OFD_SETLKW], lock);
    /// `F_SETOWN`: who gets `SIGIO` and `SIGURG`: a process, or a group as a negative number.
    fcntl_setown(fd: FileDescriptor, owner: SignalTarget) -> () = fcntl(fd, [FcntlCommand::SETOWN], owner);
    /// `F_SETSIG`: which signal is sent in place of `SIGIO`, with a `siginfo_t` that says more.
    fcntl_setsig(fd: FileDescriptor, signal: Signal) -> () = fcntl(fd, [FcntlCommand::SETSIG], signal);
    /// `F_ADD_SEALS`: adds seals to a memfd.
    fcntl_add_seals(fd: FileDescriptor, seals: SealFlags) -> () = fcntl(fd, [FcntlCommand::ADD_SEALS], seals);
    /// `F_GET_SEALS`: the seals of a memfd.
    fcntl_get_seals(fd: FileDescriptor) -> SealFlags = fcntl(fd, [FcntlCommand::GET_SEALS]);
    /// `F_SETPIPE_SZ`: how many bytes the pipe is to hold; returns how many it became, which may be more.
    fcntl_setpipe_sz(fd: FileDescriptor, size: u32) -> usize = fcntl(fd, [FcntlCommand::SETPIPE_SZ], size);
    /// `F_GETPIPE_SZ`: how many bytes the pipe holds.
    fcntl_getpipe_sz(fd: FileDescriptor) -> usize = fcntl(fd, [FcntlCommand::GETPIPE_SZ]);
    /// `F_SETFL`: sets `O_APPEND`, `O_ASYNC`, `O_DIRECT`, `O_NOATIME` and `O_NONBLOCK` of the open file, all others
    /// unchanged.
    fcntl_setfl(fd: FileDescriptor, flags: OFlags) -> () = fcntl(fd, [FcntlCommand::SETFL], flags);
}
