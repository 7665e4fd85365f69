//! `#include <fcntl.h>`, `<sys/stat.h>`, `<unistd.h>`: paths and what they name.

use super::constants::format_flags;
use super::process::{Gid, Uid};
use crate::abi::Abi;
use crate::identifier::{Address, FileDescriptor};
use crate::syscall::{Instruction, Operand, Outcome};
use core::fmt;

bitflags::bitflags! {
    /// `O_*`: how a file is opened. The bits here are those of x86_64; an ABI with other bits gets its own when the
    /// instruction is executed.
    ///
    /// [`RDONLY`](Self::RDONLY), [`WRONLY`](Self::WRONLY) and [`RDWR`](Self::RDWR) are the three values of one
    /// field of two
    /// bits; `RDONLY` is 0.
    #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
    pub struct OFlags: u32 {
        /// `O_RDONLY`
        #[doc(alias = "O_RDONLY")]
        const RDONLY = 0;
        /// `O_WRONLY`
        #[doc(alias = "O_WRONLY")]
        const WRONLY = 0o1;
        /// `O_RDWR`
        #[doc(alias = "O_RDWR")]
        const RDWR = 0o2;
        /// `O_CREAT`
        #[doc(alias = "O_CREAT")]
        const CREATE = 0o100;
        /// `O_EXCL`
        #[doc(alias = "O_EXCL")]
        const EXCL = 0o200;
        /// `O_NOCTTY`
        #[doc(alias = "O_NOCTTY")]
        const NOCTTY = 0o400;
        /// `O_TRUNC`
        #[doc(alias = "O_TRUNC")]
        const TRUNC = 0o1000;
        /// `O_APPEND`
        #[doc(alias = "O_APPEND")]
        const APPEND = 0o2000;
        /// `O_NONBLOCK`
        #[doc(alias = "O_NONBLOCK")]
        const NONBLOCK = 0o4000;
        /// `O_DSYNC`
        #[doc(alias = "O_DSYNC")]
        const DSYNC = 0o10000;
        /// `O_ASYNC`
        #[doc(alias = "O_ASYNC")]
        const ASYNC = 0o20000;
        /// `O_DIRECT`
        #[doc(alias = "O_DIRECT")]
        const DIRECT = 0o40000;
        /// `O_LARGEFILE`; 64-bit kernels set it by themselves
        #[doc(alias = "O_LARGEFILE")]
        const LARGEFILE = 0o100_000;
        /// `O_DIRECTORY`
        #[doc(alias = "O_DIRECTORY")]
        const DIRECTORY = 0o200_000;
        /// `O_NOFOLLOW`
        #[doc(alias = "O_NOFOLLOW")]
        const NOFOLLOW = 0o400_000;
        /// `O_NOATIME`
        #[doc(alias = "O_NOATIME")]
        const NOATIME = 0o1_000_000;
        /// `O_CLOEXEC`
        #[doc(alias = "O_CLOEXEC")]
        const CLOEXEC = 0o2_000_000;
        /// `O_SYNC`; includes `O_DSYNC`
        #[doc(alias = "O_SYNC")]
        const SYNC = 0o4_010_000;
        /// `O_PATH`
        #[doc(alias = "O_PATH")]
        const PATH = 0o10_000_000;
        /// `O_TMPFILE`; includes `O_DIRECTORY`
        #[doc(alias = "O_TMPFILE")]
        const TMPFILE = 0o20_200_000;
        /// Bits without a name here are kept.
        const _ = !0;
    }
}

impl OFlags {
    /// The word in a register, in the neutral encoding.
    #[inline(always)]
    pub const fn word(self) -> u64 {
        self.bits() as u64
    }
}

impl Operand for OFlags {
    #[inline(always)]
    fn word(self) -> u64 {
        self.word()
    }

    fn format(word: u64, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What includes another comes before it.
        const NAMES: &[(&str, u64)] = &[
            ("O_TMPFILE", OFlags::TMPFILE.word()),
            ("O_SYNC", OFlags::SYNC.word()),
            ("O_CREAT", OFlags::CREATE.word()),
            ("O_EXCL", OFlags::EXCL.word()),
            ("O_NOCTTY", OFlags::NOCTTY.word()),
            ("O_TRUNC", OFlags::TRUNC.word()),
            ("O_APPEND", OFlags::APPEND.word()),
            ("O_NONBLOCK", OFlags::NONBLOCK.word()),
            ("O_DSYNC", OFlags::DSYNC.word()),
            ("O_ASYNC", OFlags::ASYNC.word()),
            ("O_DIRECT", OFlags::DIRECT.word()),
            ("O_LARGEFILE", OFlags::LARGEFILE.word()),
            ("O_DIRECTORY", OFlags::DIRECTORY.word()),
            ("O_NOFOLLOW", OFlags::NOFOLLOW.word()),
            ("O_NOATIME", OFlags::NOATIME.word()),
            ("O_CLOEXEC", OFlags::CLOEXEC.word()),
            ("O_PATH", OFlags::PATH.word()),
        ];
        f.write_str(match word & 3 {
            0 => "O_RDONLY",
            1 => "O_WRONLY",
            2 => "O_RDWR",
            _ => "O_ACCMODE",
        })?;
        match word & !3 {
            0 => Ok(()),
            rest => {
                f.write_str("|")?;
                format_flags(rest, NAMES, f)
            }
        }
    }
}

impl fmt::Display for OFlags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        <Self as Operand>::format(self.word(), f)
    }
}

/// `mode_t`: the permission bits of a file, and above them the set-id and sticky bits. Prints in octal.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
#[repr(transparent)]
pub struct Mode(u32);

impl Mode {
    /// No bits.
    pub const fn empty() -> Self {
        Self(0)
    }

    /// These bits: `Mode::from_raw(0o644)`.
    pub const fn from_raw(bits: u32) -> Self {
        Self(bits)
    }

    /// The bits.
    pub const fn into_raw(self) -> u32 {
        self.0
    }

    /// The word in a register.
    #[inline(always)]
    pub const fn word(self) -> u64 {
        self.0 as u64
    }
}

impl Operand for Mode {
    const OMIT_ZERO: bool = true;

    #[inline(always)]
    fn word(self) -> u64 {
        self.word()
    }

    fn format(word: u64, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if word == 0 { f.write_str("0") } else { write!(f, "0{word:o}") }
    }
}

impl Outcome for Mode {
    #[inline(always)]
    fn from_word(word: u64) -> Self {
        Self(u32::from_word(word))
    }

    fn format(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        <Self as Operand>::format(self.word(), f)
    }
}

flags! {
    /// `AT_*`: how the `*at` calls take a path.
    AtFlags: u32 {
        SYMLINK_NOFOLLOW("AT_SYMLINK_NOFOLLOW") = AT_SYMLINK_NOFOLLOW;
        REMOVEDIR("AT_REMOVEDIR") = AT_REMOVEDIR;
        SYMLINK_FOLLOW("AT_SYMLINK_FOLLOW") = AT_SYMLINK_FOLLOW;
        NO_AUTOMOUNT("AT_NO_AUTOMOUNT") = AT_NO_AUTOMOUNT;
        EMPTY_PATH("AT_EMPTY_PATH") = AT_EMPTY_PATH;
        RECURSIVE("AT_RECURSIVE") = AT_RECURSIVE;
    }
    /// `R_OK`, `W_OK`, `X_OK`: what access is asked about; none of them asks whether the file exists.
    AccessMode: u32 {
        EXISTS("F_OK") = F_OK;
        READ("R_OK") = R_OK;
        WRITE("W_OK") = W_OK;
        EXEC("X_OK") = X_OK;
    }
    /// `RENAME_*`
    RenameFlags: u32 {
        NOREPLACE("RENAME_NOREPLACE") = RENAME_NOREPLACE;
        EXCHANGE("RENAME_EXCHANGE") = RENAME_EXCHANGE;
        WHITEOUT("RENAME_WHITEOUT") = RENAME_WHITEOUT;
    }
    /// `FD_CLOEXEC`: the flags of a descriptor, as against those of the open file.
    FdFlags: u32 {
        CLOEXEC("FD_CLOEXEC") = FD_CLOEXEC;
    }
}

values! {
    /// `SEEK_*`: what an offset counts from.
    Whence: i32 {
        SET("SEEK_SET") = SEEK_SET;
        CUR("SEEK_CUR") = SEEK_CUR;
        END("SEEK_END") = SEEK_END;
        DATA("SEEK_DATA") = SEEK_DATA;
        HOLE("SEEK_HOLE") = SEEK_HOLE;
    }
    /// `F_*`: the commands of `fcntl`.
    FcntlCommand: i32 {
        DUPFD("F_DUPFD") = F_DUPFD;
        GETFD("F_GETFD") = F_GETFD;
        SETFD("F_SETFD") = F_SETFD;
        GETFL("F_GETFL") = F_GETFL;
        SETFL("F_SETFL") = F_SETFL;
        GETLK("F_GETLK") = F_GETLK;
        SETLK("F_SETLK") = F_SETLK;
        SETLKW("F_SETLKW") = F_SETLKW;
        SETOWN("F_SETOWN") = F_SETOWN;
        GETOWN("F_GETOWN") = F_GETOWN;
        SETSIG("F_SETSIG") = F_SETSIG;
        GETSIG("F_GETSIG") = F_GETSIG;
        SETOWN_EX("F_SETOWN_EX") = F_SETOWN_EX;
        GETOWN_EX("F_GETOWN_EX") = F_GETOWN_EX;
        OFD_GETLK("F_OFD_GETLK") = F_OFD_GETLK;
        OFD_SETLK("F_OFD_SETLK") = F_OFD_SETLK;
        OFD_SETLKW("F_OFD_SETLKW") = F_OFD_SETLKW;
        SETLEASE("F_SETLEASE") = F_SETLEASE;
        GETLEASE("F_GETLEASE") = F_GETLEASE;
        NOTIFY("F_NOTIFY") = F_NOTIFY;
        DUPFD_QUERY("F_DUPFD_QUERY") = F_DUPFD_QUERY;
        CREATED_QUERY("F_CREATED_QUERY") = F_CREATED_QUERY;
        CANCELLK("F_CANCELLK") = F_CANCELLK;
        DUPFD_CLOEXEC("F_DUPFD_CLOEXEC") = F_DUPFD_CLOEXEC;
        SETPIPE_SZ("F_SETPIPE_SZ") = F_SETPIPE_SZ;
        GETPIPE_SZ("F_GETPIPE_SZ") = F_GETPIPE_SZ;
        ADD_SEALS("F_ADD_SEALS") = F_ADD_SEALS;
        GET_SEALS("F_GET_SEALS") = F_GET_SEALS;
        GET_RW_HINT("F_GET_RW_HINT") = F_GET_RW_HINT;
        SET_RW_HINT("F_SET_RW_HINT") = F_SET_RW_HINT;
        GET_FILE_RW_HINT("F_GET_FILE_RW_HINT") = F_GET_FILE_RW_HINT;
        SET_FILE_RW_HINT("F_SET_FILE_RW_HINT") = F_SET_FILE_RW_HINT;
    }
}

flags! {
    /// `AT_*` of `faccessat2`.
    AccessFlags: u32 {
        EACCESS("AT_EACCESS") = AT_EACCESS;
        SYMLINK_NOFOLLOW("AT_SYMLINK_NOFOLLOW") = AT_SYMLINK_NOFOLLOW;
        EMPTY_PATH("AT_EMPTY_PATH") = AT_EMPTY_PATH;
    }
    /// `AT_STATX_*` and `AT_*` of `statx`. With neither of the two `SYNC` flags it is as `stat` is.
    StatxFlags: u32 {
        SYMLINK_NOFOLLOW("AT_SYMLINK_NOFOLLOW") = AT_SYMLINK_NOFOLLOW;
        NO_AUTOMOUNT("AT_NO_AUTOMOUNT") = AT_NO_AUTOMOUNT;
        EMPTY_PATH("AT_EMPTY_PATH") = AT_EMPTY_PATH;
        STATX_FORCE_SYNC("AT_STATX_FORCE_SYNC") = AT_STATX_FORCE_SYNC;
        STATX_DONT_SYNC("AT_STATX_DONT_SYNC") = AT_STATX_DONT_SYNC;
    }
    /// `STATX_*`: what is asked for, and what came.
    StatxMask: u32 {
        TYPE("STATX_TYPE") = STATX_TYPE;
        MODE("STATX_MODE") = STATX_MODE;
        NLINK("STATX_NLINK") = STATX_NLINK;
        UID("STATX_UID") = STATX_UID;
        GID("STATX_GID") = STATX_GID;
        ATIME("STATX_ATIME") = STATX_ATIME;
        MTIME("STATX_MTIME") = STATX_MTIME;
        CTIME("STATX_CTIME") = STATX_CTIME;
        INO("STATX_INO") = STATX_INO;
        SIZE("STATX_SIZE") = STATX_SIZE;
        BLOCKS("STATX_BLOCKS") = STATX_BLOCKS;
        BTIME("STATX_BTIME") = STATX_BTIME;
        MNT_ID("STATX_MNT_ID") = STATX_MNT_ID;
        DIOALIGN("STATX_DIOALIGN") = STATX_DIOALIGN;
        MNT_ID_UNIQUE("STATX_MNT_ID_UNIQUE") = STATX_MNT_ID_UNIQUE;
        SUBVOL("STATX_SUBVOL") = STATX_SUBVOL;
        WRITE_ATOMIC("STATX_WRITE_ATOMIC") = STATX_WRITE_ATOMIC;
        DIO_READ_ALIGN("STATX_DIO_READ_ALIGN") = STATX_DIO_READ_ALIGN;
    }
    /// `AT_HANDLE_*` and `AT_*` of `name_to_handle_at`.
    HandleFlags: u32 {
        HANDLE_MNT_ID_UNIQUE("AT_HANDLE_MNT_ID_UNIQUE") = AT_HANDLE_MNT_ID_UNIQUE;
        HANDLE_CONNECTABLE("AT_HANDLE_CONNECTABLE") = AT_HANDLE_CONNECTABLE;
        HANDLE_FID("AT_HANDLE_FID") = AT_HANDLE_FID;
        SYMLINK_FOLLOW("AT_SYMLINK_FOLLOW") = AT_SYMLINK_FOLLOW;
        EMPTY_PATH("AT_EMPTY_PATH") = AT_EMPTY_PATH;
    }
    /// `LOCK_*` of `flock`.
    FlockOperation: u32 {
        SH("LOCK_SH") = LOCK_SH;
        EX("LOCK_EX") = LOCK_EX;
        NB("LOCK_NB") = LOCK_NB;
        UN("LOCK_UN") = LOCK_UN;
    }
    /// `FALLOC_FL_*`; none of them allocates, and extends the file.
    FallocateMode: u32 {
        KEEP_SIZE("FALLOC_FL_KEEP_SIZE") = FALLOC_FL_KEEP_SIZE;
        PUNCH_HOLE("FALLOC_FL_PUNCH_HOLE") = FALLOC_FL_PUNCH_HOLE;
        NO_HIDE_STALE("FALLOC_FL_NO_HIDE_STALE") = FALLOC_FL_NO_HIDE_STALE;
        COLLAPSE_RANGE("FALLOC_FL_COLLAPSE_RANGE") = FALLOC_FL_COLLAPSE_RANGE;
        ZERO_RANGE("FALLOC_FL_ZERO_RANGE") = FALLOC_FL_ZERO_RANGE;
        INSERT_RANGE("FALLOC_FL_INSERT_RANGE") = FALLOC_FL_INSERT_RANGE;
        UNSHARE_RANGE("FALLOC_FL_UNSHARE_RANGE") = FALLOC_FL_UNSHARE_RANGE;
        WRITE_ZEROES("FALLOC_FL_WRITE_ZEROES") = FALLOC_FL_WRITE_ZEROES;
    }
    /// `SYNC_FILE_RANGE_*`
    SyncFileRangeFlags: u32 {
        WAIT_BEFORE("SYNC_FILE_RANGE_WAIT_BEFORE") = SYNC_FILE_RANGE_WAIT_BEFORE;
        WRITE("SYNC_FILE_RANGE_WRITE") = SYNC_FILE_RANGE_WRITE;
        WAIT_AFTER("SYNC_FILE_RANGE_WAIT_AFTER") = SYNC_FILE_RANGE_WAIT_AFTER;
    }
}

values! {
    /// `POSIX_FADV_*`: how a file will be used.
    FileAdvice: i32 {
        NORMAL("POSIX_FADV_NORMAL") = POSIX_FADV_NORMAL;
        RANDOM("POSIX_FADV_RANDOM") = POSIX_FADV_RANDOM;
        SEQUENTIAL("POSIX_FADV_SEQUENTIAL") = POSIX_FADV_SEQUENTIAL;
        WILLNEED("POSIX_FADV_WILLNEED") = POSIX_FADV_WILLNEED;
        DONTNEED("POSIX_FADV_DONTNEED") = POSIX_FADV_DONTNEED;
        NOREUSE("POSIX_FADV_NOREUSE") = POSIX_FADV_NOREUSE;
    }
}

numbers! {
    /// `QCMD(op, type)`: what is done with which quota.
    QuotaCommand: u32 {}
    /// `dev_t` as the kernel's calls take it: minor number in bits 0 to 7 and from 20 on, major number in bits 8 to
    /// 19.
    DeviceNumber: u32 {}
}

flags! {
    /// `F_SEAL_*`: what can no longer be done to a memfd.
    SealFlags: u32 {
        SEAL("F_SEAL_SEAL") = F_SEAL_SEAL;
        SHRINK("F_SEAL_SHRINK") = F_SEAL_SHRINK;
        GROW("F_SEAL_GROW") = F_SEAL_GROW;
        WRITE("F_SEAL_WRITE") = F_SEAL_WRITE;
        FUTURE_WRITE("F_SEAL_FUTURE_WRITE") = F_SEAL_FUTURE_WRITE;
        EXEC("F_SEAL_EXEC") = F_SEAL_EXEC;
    }
}

numbers! {
    /// `O_*` flags as a kernel gave them, in its own ABI's bits.
    StatusFlags: u64 {}
}

impl StatusFlags {
    /// The flags, given the ABI of the kernel that they came from.
    #[must_use]
    pub fn neutral<A: Abi>(self) -> OFlags {
        OFlags::from_bits_retain(u32::from_word(A::neutral_open_flags(self.0)))
    }
}

instructions! {
    /// `int openat(int dirfd, const char *pathname, int flags, mode_t mode)`
    ///
    /// Opens, and with [`OFlags::CREATE`] creates, a file. `mode` counts only then.
    openat(dirfd: FileDescriptor, pathname: Address, flags: OFlags, mode: Mode) -> FileDescriptor;
    /// `int fstat(int fd, struct stat *statbuf)`
    fstat(fd: FileDescriptor, statbuf: Address) -> ();
    /// `int fcntl(int fd, int op, ... /* arg */)`
    ///
    /// The general form: `arg` and the result are what `op` says. `O_*` flags in it are in the ABI's own bits.
    fcntl(fd: FileDescriptor, op: FcntlCommand, arg: u64) -> usize;
    /// `int chdir(const char *path)`
    chdir(path: Address) -> ();
    /// `int fchdir(int fd)`
    fchdir(fd: FileDescriptor) -> ();
    /// `int chroot(const char *path)`
    ///
    /// The working directory stays what it was, also when it lies outside.
    chroot(path: Address) -> ();
    /// `int faccessat(int dirfd, const char *pathname, int mode)`
    ///
    /// Asks for the real uid and gid. The flags of the C function are those of the library or of `faccessat2`.
    faccessat(dirfd: FileDescriptor, pathname: Address, mode: AccessMode) -> ();
    /// `int fchmod(int fd, mode_t mode)`
    fchmod(fd: FileDescriptor, mode: Mode) -> ();
    /// `int fchmodat(int dirfd, const char *pathname, mode_t mode)`
    ///
    /// Follows symbolic links; `fchmodat2` takes flags.
    fchmodat(dirfd: FileDescriptor, pathname: Address, mode: Mode) -> ();
    /// `int fchown(int fd, uid_t owner, gid_t group)`
    ///
    /// [`Uid::UNCHANGED`] and [`Gid::UNCHANGED`] leave that one as it is.
    fchown(fd: FileDescriptor, owner: Uid, group: Gid) -> ();
    /// `int fchownat(int dirfd, const char *pathname, uid_t owner, gid_t group, int flags)`
    fchownat(dirfd: FileDescriptor, pathname: Address, owner: Uid, group: Gid, flags: AtFlags) -> ();
    /// `int ftruncate(int fd, off_t length)`
    ftruncate(fd: FileDescriptor, length: i64) -> ();
    /// `ssize_t getdents64(int fd, void *dirp, size_t count)`
    ///
    /// Returns how many bytes of `struct linux_dirent64` were written; 0 is the end of the directory.
    getdents64(fd: FileDescriptor, dirp: Address, count: usize) -> usize;
    /// `int linkat(int olddirfd, const char *oldpath, int newdirfd, const char *newpath, int flags)`
    linkat(
        olddirfd: FileDescriptor, oldpath: Address, newdirfd: FileDescriptor, newpath: Address, flags: AtFlags,
    ) -> ();
    /// `int mkdirat(int dirfd, const char *pathname, mode_t mode)`
    mkdirat(dirfd: FileDescriptor, pathname: Address, mode: Mode) -> ();
    /// `int newfstatat(int dirfd, const char *pathname, struct stat *statbuf, int flags)`: `fstatat(3)`
    newfstatat(dirfd: FileDescriptor, pathname: Address, statbuf: Address, flags: AtFlags) -> ()
        [on aarch64 fstatat];
    /// `ssize_t readlinkat(int dirfd, const char *pathname, char *buf, size_t bufsiz)`
    ///
    /// Returns how many bytes were written, without a terminating null; `bufsiz` of them may mean that there are
    /// more.
    readlinkat(dirfd: FileDescriptor, pathname: Address, buf: Address, bufsiz: usize) -> usize;
    /// `int renameat2(int olddirfd, const char *oldpath, int newdirfd, const char *newpath, unsigned int flags)`
    renameat2(
        olddirfd: FileDescriptor, oldpath: Address, newdirfd: FileDescriptor, newpath: Address, flags: RenameFlags,
    ) -> ();
    /// `int symlinkat(const char *target, int newdirfd, const char *linkpath)`
    symlinkat(target: Address, newdirfd: FileDescriptor, linkpath: Address) -> ();
    /// `int unlinkat(int dirfd, const char *pathname, int flags)`
    ///
    /// With [`AtFlags::REMOVEDIR`] it is `rmdir`.
    unlinkat(dirfd: FileDescriptor, pathname: Address, flags: AtFlags) -> ();
    /// `int utimensat(int dirfd, const char *pathname, const struct timespec times[2], int flags)`
    ///
    /// With [`Address::NULL`] for `pathname` it is about `dirfd` itself; for `times`, the present time.
    utimensat(dirfd: FileDescriptor, pathname: Address, times: Address, flags: AtFlags) -> ();
    /// `int statx(int dirfd, const char *pathname, int flags, unsigned int mask, struct statx *statxbuf)`
    ///
    /// What `stx_mask` does not name was not filled in by the file system.
    statx(dirfd: FileDescriptor, pathname: Address, flags: StatxFlags, mask: StatxMask, statxbuf: Address) -> ();
    /// `int statfs(const char *path, struct statfs *buf)`
    statfs(path: Address, buf: Address) -> ();
    /// `int fstatfs(int fd, struct statfs *buf)`
    fstatfs(fd: FileDescriptor, buf: Address) -> ();
    /// `int openat2(int dirfd, const char *pathname, const struct open_how *how, size_t size)`
    ///
    /// The `O_*` flags in `how` are in the ABI's own bits: [`Abi::open_flags`]. Unknown ones are
    /// EINVAL. EAGAIN means that somebody renamed meanwhile: try again.
    openat2(dirfd: FileDescriptor, pathname: Address, how: Address, size: usize) -> FileDescriptor;
    /// `int name_to_handle_at(int dirfd, const char *pathname, struct file_handle *handle, int *mount_id, int flags)`
    ///
    /// `handle` is in and out: with EOVERFLOW the length that is needed is written to it.
    name_to_handle_at(
        dirfd: FileDescriptor, pathname: Address, handle: Address, mount_id: Address, flags: HandleFlags,
    ) -> ();
    /// `int open_by_handle_at(int mount_fd, struct file_handle *handle, int flags)`
    open_by_handle_at(mount_fd: FileDescriptor, handle: Address, flags: OFlags) -> FileDescriptor;
    /// `int mknodat(int dirfd, const char *pathname, mode_t mode, dev_t dev)`
    ///
    /// The type of the file is in `mode`: `S_IFREG`, `S_IFCHR`, `S_IFBLK`, `S_IFIFO` or `S_IFSOCK`.
    mknodat(dirfd: FileDescriptor, pathname: Address, mode: Mode, dev: DeviceNumber) -> ();
    /// `int renameat(int olddirfd, const char *oldpath, int newdirfd, const char *newpath)`
    ///
    /// On riscv64, which lacks it, it is `renameat2` with no flags.
    renameat(olddirfd: FileDescriptor, oldpath: Address, newdirfd: FileDescriptor, newpath: Address) -> ()
        [on riscv64 renameat2];
    /// `int faccessat2(int dirfd, const char *pathname, int mode, int flags)`
    faccessat2(dirfd: FileDescriptor, pathname: Address, mode: AccessMode, flags: AccessFlags) -> ();
    /// `int fchmodat2(int dirfd, const char *pathname, mode_t mode, unsigned int flags)`
    fchmodat2(dirfd: FileDescriptor, pathname: Address, mode: Mode, flags: AtFlags) -> ();
    /// `int truncate(const char *path, off_t length)`
    truncate(path: Address, length: i64) -> ();
    /// `int fallocate(int fd, int mode, off_t offset, off_t len)`
    fallocate(fd: FileDescriptor, mode: FallocateMode, offset: i64, len: i64) -> ();
    /// `int posix_fadvise(int fd, off_t offset, off_t len, int advice)`
    fadvise64(fd: FileDescriptor, offset: i64, len: i64, advice: FileAdvice) -> ();
    /// `ssize_t readahead(int fd, off_t offset, size_t count)`
    readahead(fd: FileDescriptor, offset: i64, count: usize) -> ();
    /// `int flock(int fd, int op)`
    ///
    /// EWOULDBLOCK, which is EAGAIN, with [`FlockOperation::NB`] if somebody else holds the lock.
    flock(fd: FileDescriptor, op: FlockOperation) -> ();
    /// `void sync(void)`
    sync() -> ();
    /// `int syncfs(int fd)`
    syncfs(fd: FileDescriptor) -> ();
    /// `int fsync(int fd)`
    fsync(fd: FileDescriptor) -> ();
    /// `int fdatasync(int fd)`
    fdatasync(fd: FileDescriptor) -> ();
    /// `int sync_file_range(int fd, off_t offset, off_t nbytes, unsigned int flags)`
    sync_file_range(fd: FileDescriptor, offset: i64, nbytes: i64, flags: SyncFileRangeFlags) -> ();
    /// `char *getcwd(char *buf, size_t size)`
    ///
    /// The kernel's result is the length with the terminating null, not an address. A path that does not begin with
    /// `/` means that
    /// the directory cannot be reached from the root.
    getcwd(buf: Address, size: usize) -> usize;
    /// `mode_t umask(mode_t mask)`
    ///
    /// Returns the mask that was.
    umask(mask: Mode) -> Mode;
    /// `int cachestat(unsigned int fd, struct cachestat_range *cstat_range, struct cachestat *cstat, unsigned int
    /// flags)`
    ///
    /// `flags` is 0.
    cachestat(fd: FileDescriptor, cstat_range: Address, cstat: Address, flags: u32) -> ();
    /// `int file_getattr(int dirfd, const char *pathname, struct file_attr *ufattr, size_t usize, unsigned int
    /// at_flags)`
    file_getattr(dirfd: FileDescriptor, pathname: Address, ufattr: Address, size: usize, at_flags: AtFlags) -> ();
    /// `int file_setattr(int dirfd, const char *pathname, struct file_attr *ufattr, size_t usize, unsigned int
    /// at_flags)`
    file_setattr(dirfd: FileDescriptor, pathname: Address, ufattr: Address, size: usize, at_flags: AtFlags) -> ();
    /// `int quotactl(int op, const char *special, int id, caddr_t addr)`
    quotactl(op: QuotaCommand, special: Address, id: i32, addr: Address) -> ();
    /// `int quotactl_fd(unsigned int fd, int op, int id, caddr_t addr)`
    quotactl_fd(fd: FileDescriptor, op: QuotaCommand, id: i32, addr: Address) -> ();
}

forms! {
    /// `F_DUPFD`: a new descriptor, the lowest free one from `min` on.
    fcntl_dupfd(fd: FileDescriptor, min: FileDescriptor) -> FileDescriptor = fcntl(fd, FcntlCommand::DUPFD, min.word());
    /// `F_DUPFD_CLOEXEC`: a new descriptor, the lowest free one from `min` on, close-on-exec.
    fcntl_dupfd_cloexec(fd: FileDescriptor, min: FileDescriptor) -> FileDescriptor =
        fcntl(fd, FcntlCommand::DUPFD_CLOEXEC, min.word());
    /// `F_GETFD`: the descriptor's flags.
    fcntl_getfd(fd: FileDescriptor) -> FdFlags = fcntl(fd, FcntlCommand::GETFD, 0);
    /// `F_SETFD`: sets the descriptor's flags.
    fcntl_setfd(fd: FileDescriptor, flags: FdFlags) -> () = fcntl(fd, FcntlCommand::SETFD, flags.word());
    /// `F_GETFL`: the open file's flags.
    fcntl_getfl(fd: FileDescriptor) -> StatusFlags = fcntl(fd, FcntlCommand::GETFL, 0);
    /// `F_SETLK`: sets or takes away the lock of the process that the `struct flock` at `lock` describes; EAGAIN or
    /// EACCES if another
    /// holds it.
    fcntl_setlk(fd: FileDescriptor, lock: Address) -> () = fcntl(fd, FcntlCommand::SETLK, lock.word());
    /// `F_OFD_SETLK`: sets or takes away a lock of the open file; EAGAIN if another holds it.
    fcntl_ofd_setlk(fd: FileDescriptor, lock: Address) -> () = fcntl(fd, FcntlCommand::OFD_SETLK, lock.word());
    /// `F_ADD_SEALS`: adds seals to a memfd.
    fcntl_add_seals(fd: FileDescriptor, seals: SealFlags) -> () = fcntl(fd, FcntlCommand::ADD_SEALS, seals.word());
    /// `F_GET_SEALS`: the seals of a memfd.
    fcntl_get_seals(fd: FileDescriptor) -> SealFlags = fcntl(fd, FcntlCommand::GET_SEALS, 0);
    /// `F_SETPIPE_SZ`: returns the size that it became, which may be more.
    fcntl_setpipe_size(fd: FileDescriptor, size: u32) -> usize = fcntl(fd, FcntlCommand::SETPIPE_SZ, size as u64);
    /// `F_GETPIPE_SZ`
    fcntl_getpipe_size(fd: FileDescriptor) -> usize = fcntl(fd, FcntlCommand::GETPIPE_SZ, 0);
}

/// `F_SETFL`: sets `O_APPEND`, `O_ASYNC`, `O_DIRECT`, `O_NOATIME` and `O_NONBLOCK` of the open file, all others
/// unchanged.
///
/// A form of [`fcntl()`].
#[inline(always)]
#[must_use]
pub const fn fcntl_setfl(fd: FileDescriptor, flags: OFlags) -> Instruction<()> {
    fcntl(fd, FcntlCommand::SETFL, flags.word()).with_open_flags(2).returning()
}
