//! The calls of x86_64's table alone: what the architecture has for itself, and old forms that the generic table
//! left out. ENOSYS on every other ABI.

use super::fs::{AccessMode, DeviceNumber, Mode, OFlags};
use super::process::{Gid, Uid};
use crate::identifier::{Address, FileDescriptor, Process};

constants! {
    /// `ARCH_*`: the operations of `arch_prctl`.
    values ArchPrctlOperation: i32 {
        SET_GS("ARCH_SET_GS") = ARCH_SET_GS = 0x1001;
        SET_FS("ARCH_SET_FS") = ARCH_SET_FS = 0x1002;
        GET_FS("ARCH_GET_FS") = ARCH_GET_FS = 0x1003;
        GET_GS("ARCH_GET_GS") = ARCH_GET_GS = 0x1004;
        GET_CPUID("ARCH_GET_CPUID") = ARCH_GET_CPUID = 0x1011;
        SET_CPUID("ARCH_SET_CPUID") = ARCH_SET_CPUID = 0x1012;
        GET_XCOMP_SUPP("ARCH_GET_XCOMP_SUPP") = ARCH_GET_XCOMP_SUPP = 0x1021;
        GET_XCOMP_PERM("ARCH_GET_XCOMP_PERM") = ARCH_GET_XCOMP_PERM = 0x1022;
        REQ_XCOMP_PERM("ARCH_REQ_XCOMP_PERM") = ARCH_REQ_XCOMP_PERM = 0x1023;
        MAP_VDSO_X32("ARCH_MAP_VDSO_X32") = ARCH_MAP_VDSO_X32 = 0x2001;
        MAP_VDSO_32("ARCH_MAP_VDSO_32") = ARCH_MAP_VDSO_32 = 0x2002;
        MAP_VDSO_64("ARCH_MAP_VDSO_64") = ARCH_MAP_VDSO_64 = 0x2003;
        GET_UNTAG_MASK("ARCH_GET_UNTAG_MASK") = ARCH_GET_UNTAG_MASK = 0x4001;
        ENABLE_TAGGED_ADDR("ARCH_ENABLE_TAGGED_ADDR") = ARCH_ENABLE_TAGGED_ADDR = 0x4002;
        GET_MAX_TAG_BITS("ARCH_GET_MAX_TAG_BITS") = ARCH_GET_MAX_TAG_BITS = 0x4003;
        SHSTK_ENABLE("ARCH_SHSTK_ENABLE") = ARCH_SHSTK_ENABLE = 0x5001;
        SHSTK_DISABLE("ARCH_SHSTK_DISABLE") = ARCH_SHSTK_DISABLE = 0x5002;
        SHSTK_LOCK("ARCH_SHSTK_LOCK") = ARCH_SHSTK_LOCK = 0x5003;
        SHSTK_UNLOCK("ARCH_SHSTK_UNLOCK") = ARCH_SHSTK_UNLOCK = 0x5004;
        SHSTK_STATUS("ARCH_SHSTK_STATUS") = ARCH_SHSTK_STATUS = 0x5005;
    }
}

instructions! {
    /// `int arch_prctl(int op, unsigned long addr)`
    ///
    /// The general form: `addr` is a number or an address, as `op` says.
    ///
    /// Errors: EFAULT, EINVAL, ENODEV, EPERM.
    arch_prctl(op: ArchPrctlOperation, addr: Address) -> () [only x86_64];
    /// `int modify_ldt(int func, void *ptr, unsigned long bytecount)`
    ///
    /// Errors: EFAULT, EINVAL, ENOSYS.
    modify_ldt(func: i32, ptr: Address, bytecount: usize) -> usize [only x86_64];
    /// `int ioperm(unsigned long from, unsigned long num, int turn_on)`
    ///
    /// Errors: EINVAL, EIO, ENOMEM, EPERM.
    ioperm(from: u64, num: u64, turn_on: i32) -> () [only x86_64];
    /// `int iopl(int level)`
    ///
    /// Errors: EINVAL, ENOSYS, EPERM.
    iopl(level: i32) -> () [only x86_64];
    /// `int open(const char *pathname, int flags, mode_t mode)`: as [`openat`](super::fs::openat) from the working
    /// directory.
    ///
    /// Errors: EACCES, EAGAIN, EBUSY, EDQUOT, EEXIST, EFAULT, EFBIG, EINTR, EINVAL, EISDIR, ELOOP, EMFILE,
    /// ENAMETOOLONG, ENFILE, ENODEV, ENOENT, ENOMEM, ENOSPC, ENOTDIR, ENXIO, EOPNOTSUPP, EOVERFLOW, EPERM,
    /// EROFS, ETXTBSY.
    open(pathname: Address, flags: OFlags, mode: Mode) -> FileDescriptor [only x86_64];
    /// `int creat(const char *pathname, mode_t mode)`
    ///
    /// Errors: as [`open`].
    creat(pathname: Address, mode: Mode) -> FileDescriptor [only x86_64];
    /// `int stat(const char *pathname, struct stat *statbuf)`
    ///
    /// Errors: EACCES, EFAULT, ELOOP, ENAMETOOLONG, ENOENT, ENOMEM, ENOTDIR, EOVERFLOW.
    stat(pathname: Address, statbuf: Address) -> () [only x86_64];
    /// `int lstat(const char *pathname, struct stat *statbuf)`
    ///
    /// Errors: EACCES, EFAULT, ELOOP, ENAMETOOLONG, ENOENT, ENOMEM, ENOTDIR, EOVERFLOW.
    lstat(pathname: Address, statbuf: Address) -> () [only x86_64];
    /// `int access(const char *pathname, int mode)`
    ///
    /// Errors: EACCES, EFAULT, EINVAL, EIO, ELOOP, ENAMETOOLONG, ENOENT, ENOMEM, ENOTDIR, EPERM, EROFS,
    /// ETXTBSY.
    access(pathname: Address, mode: AccessMode) -> () [only x86_64];
    /// `int chmod(const char *pathname, mode_t mode)`
    ///
    /// Errors: EACCES, EFAULT, EINVAL, EIO, ELOOP, ENAMETOOLONG, ENOENT, ENOMEM, ENOTDIR, EOPNOTSUPP, EPERM,
    /// EROFS.
    chmod(pathname: Address, mode: Mode) -> () [only x86_64];
    /// `int chown(const char *pathname, uid_t owner, gid_t group)`
    ///
    /// Errors: EACCES, EFAULT, EINVAL, EIO, ELOOP, ENAMETOOLONG, ENOENT, ENOMEM, ENOTDIR, EPERM, EROFS.
    chown(pathname: Address, owner: Uid, group: Gid) -> () [only x86_64];
    /// `int lchown(const char *pathname, uid_t owner, gid_t group)`
    ///
    /// Errors: EACCES, EFAULT, EINVAL, EIO, ELOOP, ENAMETOOLONG, ENOENT, ENOMEM, ENOTDIR, EPERM, EROFS.
    lchown(pathname: Address, owner: Uid, group: Gid) -> () [only x86_64];
    /// `int link(const char *oldpath, const char *newpath)`
    ///
    /// Errors: EACCES, EDQUOT, EEXIST, EFAULT, EINVAL, EIO, ELOOP, EMLINK, ENAMETOOLONG, ENOENT, ENOMEM,
    /// ENOSPC, ENOTDIR, EPERM, EROFS, EXDEV.
    link(oldpath: Address, newpath: Address) -> () [only x86_64];
    /// `int unlink(const char *pathname)`
    ///
    /// Errors: EACCES, EBUSY, EFAULT, EINVAL, EIO, EISDIR, ELOOP, ENAMETOOLONG, ENOENT, ENOMEM, ENOTDIR, EPERM,
    /// EROFS.
    unlink(pathname: Address) -> () [only x86_64];
    /// `int symlink(const char *target, const char *linkpath)`
    ///
    /// Errors: EACCES, EDQUOT, EEXIST, EFAULT, EIO, ELOOP, ENAMETOOLONG, ENOENT, ENOMEM, ENOSPC, ENOTDIR,
    /// EPERM, EROFS.
    symlink(target: Address, linkpath: Address) -> () [only x86_64];
    /// `ssize_t readlink(const char *pathname, char *buf, size_t bufsiz)`
    ///
    /// Errors: EACCES, EFAULT, EINVAL, EIO, ELOOP, ENAMETOOLONG, ENOENT, ENOMEM, ENOTDIR.
    readlink(pathname: Address, buf: Address, bufsiz: usize) -> usize [only x86_64];
    /// `int rename(const char *oldpath, const char *newpath)`
    ///
    /// Errors: EACCES, EBUSY, EDQUOT, EEXIST, EFAULT, EINVAL, EISDIR, ELOOP, EMLINK, ENAMETOOLONG, ENOENT,
    /// ENOMEM, ENOSPC, ENOTDIR, ENOTEMPTY, EPERM, EROFS, EXDEV.
    rename(oldpath: Address, newpath: Address) -> () [only x86_64];
    /// `int mkdir(const char *pathname, mode_t mode)`
    ///
    /// Errors: EACCES, EDQUOT, EEXIST, EFAULT, EINVAL, ELOOP, EMLINK, ENAMETOOLONG, ENOENT, ENOMEM, ENOSPC,
    /// ENOTDIR, EPERM, EROFS.
    mkdir(pathname: Address, mode: Mode) -> () [only x86_64];
    /// `int rmdir(const char *pathname)`
    ///
    /// Errors: EACCES, EBUSY, EEXIST, EFAULT, EINVAL, ELOOP, ENAMETOOLONG, ENOENT, ENOMEM, ENOTDIR, ENOTEMPTY,
    /// EPERM, EROFS.
    rmdir(pathname: Address) -> () [only x86_64];
    /// `int mknod(const char *pathname, mode_t mode, dev_t dev)`
    ///
    /// Errors: EACCES, EDQUOT, EEXIST, EFAULT, EINVAL, ELOOP, ENAMETOOLONG, ENOENT, ENOMEM, ENOSPC, ENOTDIR,
    /// EPERM, EROFS.
    mknod(pathname: Address, mode: Mode, dev: DeviceNumber) -> () [only x86_64];
    /// `int getdents(unsigned int fd, struct linux_dirent *dirp, unsigned int count)`
    ///
    /// Errors: EBADF, EFAULT, EINVAL, ENOENT, ENOTDIR.
    getdents(fd: FileDescriptor, dirp: Address, count: u32) -> usize [only x86_64];
    /// `int ustat(dev_t dev, struct ustat *ubuf)`
    ///
    /// Errors: EFAULT, EINVAL, ENOSYS.
    ustat(dev: DeviceNumber, ubuf: Address) -> () [only x86_64];
    /// `int utime(const char *filename, const struct utimbuf *times)`
    ///
    /// Errors: EACCES, ENOENT, EPERM, EROFS.
    utime(filename: Address, times: Address) -> () [only x86_64];
    /// `int utimes(const char *filename, const struct timeval times[2])`
    ///
    /// Errors: EACCES, ENOENT, EPERM, EROFS.
    utimes(filename: Address, times: Address) -> () [only x86_64];
    /// `int futimesat(int dirfd, const char *pathname, const struct timeval times[2])`
    ///
    /// Errors: as [`utimes`], and EBADF, ENOTDIR.
    futimesat(dirfd: FileDescriptor, pathname: Address, times: Address) -> () [only x86_64];
    /// `int dup2(int oldfd, int newfd)`
    ///
    /// The two equal is no error, unlike [`dup3`](super::io::dup3).
    ///
    /// Errors: EBADF, EBUSY, EINTR, EMFILE.
    dup2(oldfd: FileDescriptor, newfd: FileDescriptor) -> FileDescriptor [only x86_64];
    /// `int epoll_create(int size)`
    ///
    /// `size` is more than 0, and ignored.
    ///
    /// Errors: EINVAL, EMFILE, ENFILE, ENOMEM.
    epoll_create(size: i32) -> FileDescriptor [only x86_64];
    /// `int poll(struct pollfd *fds, nfds_t nfds, int timeout)`
    ///
    /// `timeout` is in milliseconds, -1 for ever.
    ///
    /// Errors: EFAULT, EINTR, EINVAL, ENOMEM.
    poll(fds: Address, nfds: u32, timeout: i32) -> usize [only x86_64];
    /// `int select(int nfds, fd_set *readfds, fd_set *writefds, fd_set *exceptfds, struct timeval *timeout)`
    ///
    /// Errors: EBADF, EFAULT, EINTR, EINVAL, ENOMEM.
    select(nfds: i32, readfds: Address, writefds: Address, exceptfds: Address, timeout: Address) -> usize [only x86_64];
    /// `pid_t fork(void)`
    ///
    /// Returns twice: the child's number, and 0 in the child.
    ///
    /// Errors: EAGAIN, ENOMEM.
    fork() -> Process [only x86_64];
    /// `pid_t vfork(void)`
    ///
    /// Returns twice, in the same memory and on the same stack: only code that was written for it survives that.
    ///
    /// Errors: as [`fork`].
    vfork() -> Process [only x86_64];
    /// `int pause(void)`
    ///
    /// Ends with EINTR, always.
    ///
    /// Errors: EINTR.
    pause() -> () [only x86_64];
    /// `unsigned int alarm(unsigned int seconds)`
    ///
    /// Returns the seconds that were left of the one before.
    alarm(seconds: u32) -> u32 [only x86_64];
    /// `time_t time(time_t *tloc)`
    ///
    /// Errors: EFAULT.
    time(tloc: Address) -> i64 [only x86_64];
    /// `long uretprobe(void)`
    ///
    /// Only for the trampoline that the kernel itself puts in place: SIGILL from anywhere else.
    uretprobe() -> usize [only x86_64] [page none];
    /// `long uprobe(void)`
    ///
    /// Only for the trampoline that the kernel itself puts in place: an error from anywhere else.
    uprobe() -> usize [only x86_64] [page none];
}

forms! {
    /// `ARCH_SET_FS`: the base of the `fs` segment, which is the thread pointer.
    arch_prctl_set_fs(base: Address) -> () = arch_prctl([ArchPrctlOperation::SET_FS], base);
    /// `ARCH_GET_FS`: the base of the `fs` segment is written to `addr`.
    arch_prctl_get_fs(addr: Address) -> () = arch_prctl([ArchPrctlOperation::GET_FS], addr);
    /// `ARCH_SET_GS`: the base of the `gs` segment.
    arch_prctl_set_gs(base: Address) -> () = arch_prctl([ArchPrctlOperation::SET_GS], base);
    /// `ARCH_GET_GS`: the base of the `gs` segment is written to `addr`.
    arch_prctl_get_gs(addr: Address) -> () = arch_prctl([ArchPrctlOperation::GET_GS], addr);
    /// `ARCH_SET_CPUID`: whether `cpuid` is allowed, 1, or `SIGSEGV`, 0; ENODEV on processors that cannot forbid it.
    arch_prctl_set_cpuid(allowed: bool) -> () = arch_prctl([ArchPrctlOperation::SET_CPUID], allowed);
}
