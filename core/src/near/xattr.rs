//! `#include <sys/xattr.h>`: extended attributes.

use super::fs::AtFlags;
use crate::identifier::{Address, FileDescriptor};

constants! {
    /// `XATTR_*`: whether the attribute must be new, or must be there.
    flags XattrFlags: u32 {
        CREATE("XATTR_CREATE") = XATTR_CREATE;
        REPLACE("XATTR_REPLACE") = XATTR_REPLACE;
    }
}

instructions! {
    /// `int setxattr(const char *path, const char *name, const void *value, size_t size, int flags)`
    ///
    /// Errors: EACCES, EDQUOT, EEXIST, EFAULT, ELOOP, ENAMETOOLONG, ENODATA, ENOENT, ENOMEM, ENOSPC, ENOTDIR,
    /// EOPNOTSUPP, EPERM, ERANGE.
    setxattr(path: Address, name: Address, value: Address, size: usize, flags: XattrFlags) -> ();
    /// `ssize_t getxattr(const char *path, const char *name, void *value, size_t size)`
    ///
    /// Returns the value's size; with a `size` of 0 nothing is written.
    ///
    /// Errors: E2BIG, EACCES, EFAULT, ELOOP, ENAMETOOLONG, ENODATA, ENOENT, ENOMEM, ENOTDIR, EOPNOTSUPP, ERANGE.
    getxattr(path: Address, name: Address, value: Address, size: usize) -> usize;
    /// `ssize_t listxattr(const char *path, char *list, size_t size)`
    ///
    /// Returns the list's size; with a `size` of 0 nothing is written.
    ///
    /// Errors: E2BIG, EACCES, EFAULT, ELOOP, ENAMETOOLONG, ENOENT, ENOMEM, ENOTDIR, EOPNOTSUPP, ERANGE.
    listxattr(path: Address, list: Address, size: usize) -> usize;
    /// `int removexattr(const char *path, const char *name)`
    ///
    /// Errors: EACCES, EFAULT, ELOOP, ENAMETOOLONG, ENODATA, ENOENT, ENOMEM, ENOTDIR, EOPNOTSUPP.
    removexattr(path: Address, name: Address) -> ();
    /// `int lsetxattr(const char *path, const char *name, const void *value, size_t size, int flags)`
    ///
    /// Of a symbolic link itself.
    ///
    /// Errors: EACCES, EDQUOT, EEXIST, EFAULT, ELOOP, ENAMETOOLONG, ENODATA, ENOENT, ENOMEM, ENOSPC, ENOTDIR,
    /// EOPNOTSUPP, EPERM, ERANGE.
    lsetxattr(path: Address, name: Address, value: Address, size: usize, flags: XattrFlags) -> ();
    /// `ssize_t lgetxattr(const char *path, const char *name, void *value, size_t size)`
    ///
    /// Of a symbolic link itself.
    ///
    /// Returns the value's size; with a `size` of 0 nothing is written.
    ///
    /// Errors: E2BIG, EACCES, EFAULT, ELOOP, ENAMETOOLONG, ENODATA, ENOENT, ENOMEM, ENOTDIR, EOPNOTSUPP, ERANGE.
    lgetxattr(path: Address, name: Address, value: Address, size: usize) -> usize;
    /// `ssize_t llistxattr(const char *path, char *list, size_t size)`
    ///
    /// Of a symbolic link itself.
    ///
    /// Returns the list's size; with a `size` of 0 nothing is written.
    ///
    /// Errors: E2BIG, EACCES, EFAULT, ELOOP, ENAMETOOLONG, ENOENT, ENOMEM, ENOTDIR, EOPNOTSUPP, ERANGE.
    llistxattr(path: Address, list: Address, size: usize) -> usize;
    /// `int lremovexattr(const char *path, const char *name)`
    ///
    /// Of a symbolic link itself.
    ///
    /// Errors: EACCES, EFAULT, ELOOP, ENAMETOOLONG, ENODATA, ENOENT, ENOMEM, ENOTDIR, EOPNOTSUPP.
    lremovexattr(path: Address, name: Address) -> ();
    /// `int fsetxattr(int fd, const char *name, const void *value, size_t size, int flags)`
    ///
    /// Errors: EBADF, EDQUOT, EEXIST, EFAULT, ENODATA, ENOMEM, ENOSPC, EOPNOTSUPP, EPERM, ERANGE.
    fsetxattr(fd: FileDescriptor, name: Address, value: Address, size: usize, flags: XattrFlags) -> ();
    /// `ssize_t fgetxattr(int fd, const char *name, void *value, size_t size)`
    ///
    /// Returns the value's size; with a `size` of 0 nothing is written.
    ///
    /// Errors: E2BIG, EBADF, EFAULT, ENODATA, ENOMEM, EOPNOTSUPP, ERANGE.
    fgetxattr(fd: FileDescriptor, name: Address, value: Address, size: usize) -> usize;
    /// `ssize_t flistxattr(int fd, char *list, size_t size)`
    ///
    /// Returns the list's size; with a `size` of 0 nothing is written.
    ///
    /// Errors: E2BIG, EBADF, EFAULT, ENOMEM, EOPNOTSUPP, ERANGE.
    flistxattr(fd: FileDescriptor, list: Address, size: usize) -> usize;
    /// `int fremovexattr(int fd, const char *name)`
    ///
    /// Errors: EBADF, EFAULT, ENODATA, ENOMEM, EOPNOTSUPP.
    fremovexattr(fd: FileDescriptor, name: Address) -> ();
    /// `int setxattrat(int dirfd, const char *path, unsigned int at_flags, const char *name, const struct
    /// xattr_args *args, size_t size)`
    ///
    /// Errors: as [`setxattr`], and E2BIG, EBADF, EINVAL.
    setxattrat(
        dirfd: FileDescriptor, path: Address, at_flags: AtFlags, name: Address, args: Address, size: usize,
    ) -> () [page none];
    /// `ssize_t getxattrat(int dirfd, const char *path, unsigned int at_flags, const char *name, struct xattr_args
    /// *args, size_t size)`
    ///
    /// Errors: as [`getxattr`], and EBADF, EINVAL.
    getxattrat(
        dirfd: FileDescriptor, path: Address, at_flags: AtFlags, name: Address, args: Address, size: usize,
    ) -> usize [page none];
    /// `ssize_t listxattrat(int dirfd, const char *path, unsigned int at_flags, char *list, size_t size)`
    ///
    /// Errors: as [`listxattr`], and EBADF, EINVAL.
    listxattrat(dirfd: FileDescriptor, path: Address, at_flags: AtFlags, list: Address, size: usize) -> usize [page none];
    /// `int removexattrat(int dirfd, const char *path, unsigned int at_flags, const char *name)`
    ///
    /// Errors: as [`removexattr`], and EBADF, EINVAL.
    removexattrat(dirfd: FileDescriptor, path: Address, at_flags: AtFlags, name: Address) -> () [page none];
}
