//! The flags and named values.

use crate::abi::Abi;
use crate::syscall::Outcome;

constants! {
    /// `RESOLVE_*`: what the path of `openat2` may not lead over.
    flags ResolveFlags: u64 {
        NO_XDEV("RESOLVE_NO_XDEV") = RESOLVE_NO_XDEV;
        NO_MAGICLINKS("RESOLVE_NO_MAGICLINKS") = RESOLVE_NO_MAGICLINKS;
        NO_SYMLINKS("RESOLVE_NO_SYMLINKS") = RESOLVE_NO_SYMLINKS;
        BENEATH("RESOLVE_BENEATH") = RESOLVE_BENEATH;
        IN_ROOT("RESOLVE_IN_ROOT") = RESOLVE_IN_ROOT;
        CACHED("RESOLVE_CACHED") = RESOLVE_CACHED;
    }
    /// `STATX_ATTR_*`
    flags StatxAttributes: u64 {
        COMPRESSED("STATX_ATTR_COMPRESSED") = STATX_ATTR_COMPRESSED;
        IMMUTABLE("STATX_ATTR_IMMUTABLE") = STATX_ATTR_IMMUTABLE;
        APPEND("STATX_ATTR_APPEND") = STATX_ATTR_APPEND;
        NODUMP("STATX_ATTR_NODUMP") = STATX_ATTR_NODUMP;
        ENCRYPTED("STATX_ATTR_ENCRYPTED") = STATX_ATTR_ENCRYPTED;
        AUTOMOUNT("STATX_ATTR_AUTOMOUNT") = STATX_ATTR_AUTOMOUNT;
        MOUNT_ROOT("STATX_ATTR_MOUNT_ROOT") = STATX_ATTR_MOUNT_ROOT;
        VERITY("STATX_ATTR_VERITY") = STATX_ATTR_VERITY;
        DAX("STATX_ATTR_DAX") = STATX_ATTR_DAX;
        WRITE_ATOMIC("STATX_ATTR_WRITE_ATOMIC") = STATX_ATTR_WRITE_ATOMIC;
    }
    /// `DT_*`: what kind of file an entry of a directory is.
    values DirectoryEntryType: u32 {
        UNKNOWN("DT_UNKNOWN") = DT_UNKNOWN;
        FIFO("DT_FIFO") = DT_FIFO;
        CHR("DT_CHR") = DT_CHR;
        DIR("DT_DIR") = DT_DIR;
        BLK("DT_BLK") = DT_BLK;
        REG("DT_REG") = DT_REG;
        LNK("DT_LNK") = DT_LNK;
        SOCK("DT_SOCK") = DT_SOCK;
    }
    /// `O_*`: how a file is opened. The bits here are those of x86_64; an ABI with other bits gets its own when the
    /// instruction is executed.
    ///
    /// `O_TMPFILE` includes `O_DIRECTORY`, `O_SYNC` includes `O_DSYNC`; 64-bit kernels set `O_LARGEFILE` by themselves.
    flags OFlags: u32 [first OpenAccessMode 3] {
        TMPFILE("O_TMPFILE") = O_TMPFILE = 0o20_200_000;
        SYNC("O_SYNC") = O_SYNC = 0o4_010_000;
        CREATE("O_CREAT") = O_CREAT = 0o100;
        EXCL("O_EXCL") = O_EXCL = 0o200;
        NOCTTY("O_NOCTTY") = O_NOCTTY = 0o400;
        TRUNC("O_TRUNC") = O_TRUNC = 0o1000;
        APPEND("O_APPEND") = O_APPEND = 0o2000;
        NONBLOCK("O_NONBLOCK") = O_NONBLOCK = 0o4000;
        DSYNC("O_DSYNC") = O_DSYNC = 0o10_000;
        ASYNC("O_ASYNC") = O_ASYNC = 0o20_000;
        DIRECT("O_DIRECT") = O_DIRECT = 0o40_000;
        LARGEFILE("O_LARGEFILE") = O_LARGEFILE = 0o100_000;
        DIRECTORY("O_DIRECTORY") = O_DIRECTORY = 0o200_000;
        NOFOLLOW("O_NOFOLLOW") = O_NOFOLLOW = 0o400_000;
        NOATIME("O_NOATIME") = O_NOATIME = 0o1_000_000;
        CLOEXEC("O_CLOEXEC") = O_CLOEXEC = 0o2_000_000;
        PATH("O_PATH") = O_PATH = 0o10_000_000;
    }
    /// `O_RDONLY`, `O_WRONLY`, `O_RDWR`: the two bits of [`OFlags`] that are a number; `O_RDONLY` is 0.
    values OpenAccessMode: u32 {
        RDONLY("O_RDONLY") = O_RDONLY;
        WRONLY("O_WRONLY") = O_WRONLY;
        RDWR("O_RDWR") = O_RDWR;
        ACCMODE("O_ACCMODE") = O_ACCMODE;
    }
    /// `S_IF*`: the bits of [`Mode`](super::Mode) that say what kind of file it is.
    values FileType: u32 {
        REGULAR("S_IFREG") = S_IFREG;
        DIRECTORY("S_IFDIR") = S_IFDIR;
        SYMLINK("S_IFLNK") = S_IFLNK;
        CHARACTER_DEVICE("S_IFCHR") = S_IFCHR;
        BLOCK_DEVICE("S_IFBLK") = S_IFBLK;
        FIFO("S_IFIFO") = S_IFIFO;
        SOCKET("S_IFSOCK") = S_IFSOCK;
    }
    /// `AT_*`: how the `*at` calls take a path.
    flags AtFlags: u32 {
        SYMLINK_NOFOLLOW("AT_SYMLINK_NOFOLLOW") = AT_SYMLINK_NOFOLLOW;
        REMOVEDIR("AT_REMOVEDIR") = AT_REMOVEDIR;
        SYMLINK_FOLLOW("AT_SYMLINK_FOLLOW") = AT_SYMLINK_FOLLOW;
        NO_AUTOMOUNT("AT_NO_AUTOMOUNT") = AT_NO_AUTOMOUNT;
        EMPTY_PATH("AT_EMPTY_PATH") = AT_EMPTY_PATH;
        RECURSIVE("AT_RECURSIVE") = AT_RECURSIVE;
    }
    /// `R_OK`, `W_OK`, `X_OK`: what access is asked about; none of them asks whether the file exists.
    flags AccessMode: u32 {
        EXISTS("F_OK") = F_OK;
        READ("R_OK") = R_OK;
        WRITE("W_OK") = W_OK;
        EXEC("X_OK") = X_OK;
    }
    /// `RENAME_*`
    flags RenameFlags: u32 {
        NOREPLACE("RENAME_NOREPLACE") = RENAME_NOREPLACE;
        EXCHANGE("RENAME_EXCHANGE") = RENAME_EXCHANGE;
        WHITEOUT("RENAME_WHITEOUT") = RENAME_WHITEOUT;
    }
    /// `FD_CLOEXEC`: the flags of a descriptor, as against those of the open file.
    flags FdFlags: u32 {
        CLOEXEC("FD_CLOEXEC") = FD_CLOEXEC;
    }
    /// `SEEK_*`: what an offset counts from.
    values Whence: i32 {
        SET("SEEK_SET") = SEEK_SET;
        CUR("SEEK_CUR") = SEEK_CUR;
        END("SEEK_END") = SEEK_END;
        DATA("SEEK_DATA") = SEEK_DATA;
        HOLE("SEEK_HOLE") = SEEK_HOLE;
    }
    /// `F_*`: the commands of `fcntl`.
    values FcntlCommand: i32 {
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
    /// `AT_*` of `faccessat2`.
    flags AccessFlags: u32 {
        EACCESS("AT_EACCESS") = AT_EACCESS;
        SYMLINK_NOFOLLOW("AT_SYMLINK_NOFOLLOW") = AT_SYMLINK_NOFOLLOW;
        EMPTY_PATH("AT_EMPTY_PATH") = AT_EMPTY_PATH;
    }
    /// `AT_STATX_*` and `AT_*` of `statx`. With neither of the two `SYNC` flags it is as `stat` is.
    flags StatxFlags: u32 {
        SYMLINK_NOFOLLOW("AT_SYMLINK_NOFOLLOW") = AT_SYMLINK_NOFOLLOW;
        NO_AUTOMOUNT("AT_NO_AUTOMOUNT") = AT_NO_AUTOMOUNT;
        EMPTY_PATH("AT_EMPTY_PATH") = AT_EMPTY_PATH;
        STATX_FORCE_SYNC("AT_STATX_FORCE_SYNC") = AT_STATX_FORCE_SYNC;
        STATX_DONT_SYNC("AT_STATX_DONT_SYNC") = AT_STATX_DONT_SYNC;
    }
    /// `STATX_*`: what is asked for, and what came.
    flags StatxMask: u32 {
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
    flags HandleFlags: u32 {
        HANDLE_MNT_ID_UNIQUE("AT_HANDLE_MNT_ID_UNIQUE") = AT_HANDLE_MNT_ID_UNIQUE;
        HANDLE_CONNECTABLE("AT_HANDLE_CONNECTABLE") = AT_HANDLE_CONNECTABLE;
        HANDLE_FID("AT_HANDLE_FID") = AT_HANDLE_FID;
        SYMLINK_FOLLOW("AT_SYMLINK_FOLLOW") = AT_SYMLINK_FOLLOW;
        EMPTY_PATH("AT_EMPTY_PATH") = AT_EMPTY_PATH;
    }
    /// `LOCK_*` of `flock`.
    flags FlockOperation: u32 {
        SH("LOCK_SH") = LOCK_SH;
        EX("LOCK_EX") = LOCK_EX;
        NB("LOCK_NB") = LOCK_NB;
        UN("LOCK_UN") = LOCK_UN;
    }
    /// `FALLOC_FL_*`; none of them allocates, and extends the file.
    flags FallocateMode: u32 {
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
    flags SyncFileRangeFlags: u32 {
        WAIT_BEFORE("SYNC_FILE_RANGE_WAIT_BEFORE") = SYNC_FILE_RANGE_WAIT_BEFORE;
        WRITE("SYNC_FILE_RANGE_WRITE") = SYNC_FILE_RANGE_WRITE;
        WAIT_AFTER("SYNC_FILE_RANGE_WAIT_AFTER") = SYNC_FILE_RANGE_WAIT_AFTER;
    }
    /// `POSIX_FADV_*`: how a file will be used.
    values FileAdvice: i32 {
        NORMAL("POSIX_FADV_NORMAL") = POSIX_FADV_NORMAL;
        RANDOM("POSIX_FADV_RANDOM") = POSIX_FADV_RANDOM;
        SEQUENTIAL("POSIX_FADV_SEQUENTIAL") = POSIX_FADV_SEQUENTIAL;
        WILLNEED("POSIX_FADV_WILLNEED") = POSIX_FADV_WILLNEED;
        DONTNEED("POSIX_FADV_DONTNEED") = POSIX_FADV_DONTNEED;
        NOREUSE("POSIX_FADV_NOREUSE") = POSIX_FADV_NOREUSE;
    }
    /// `Q_*`: what `quotactl` does. Those with an `X` are of XFS's own kind.
    values QuotaOperation: u32 {
        SYNC("Q_SYNC") = Q_SYNC = 0x80_0001;
        QUOTAON("Q_QUOTAON") = Q_QUOTAON = 0x80_0002;
        QUOTAOFF("Q_QUOTAOFF") = Q_QUOTAOFF = 0x80_0003;
        GETFMT("Q_GETFMT") = Q_GETFMT = 0x80_0004;
        GETINFO("Q_GETINFO") = Q_GETINFO = 0x80_0005;
        SETINFO("Q_SETINFO") = Q_SETINFO = 0x80_0006;
        GETQUOTA("Q_GETQUOTA") = Q_GETQUOTA = 0x80_0007;
        SETQUOTA("Q_SETQUOTA") = Q_SETQUOTA = 0x80_0008;
        GETNEXTQUOTA("Q_GETNEXTQUOTA") = Q_GETNEXTQUOTA = 0x80_0009;
        XQUOTAON("Q_XQUOTAON") = Q_XQUOTAON = 0x5801;
        XQUOTAOFF("Q_XQUOTAOFF") = Q_XQUOTAOFF = 0x5802;
        XGETQUOTA("Q_XGETQUOTA") = Q_XGETQUOTA = 0x5803;
        XSETQLIM("Q_XSETQLIM") = Q_XSETQLIM = 0x5804;
        XGETQSTAT("Q_XGETQSTAT") = Q_XGETQSTAT = 0x5805;
        XQUOTARM("Q_XQUOTARM") = Q_XQUOTARM = 0x5806;
        XQUOTASYNC("Q_XQUOTASYNC") = Q_XQUOTASYNC = 0x5807;
        XGETQSTATV("Q_XGETQSTATV") = Q_XGETQSTATV = 0x5808;
        XGETNEXTQUOTA("Q_XGETNEXTQUOTA") = Q_XGETNEXTQUOTA = 0x5809;
    }
    /// `USRQUOTA` …: whose quota.
    values QuotaType: u32 {
        USER("USRQUOTA") = USRQUOTA = 0;
        GROUP("GRPQUOTA") = GRPQUOTA = 1;
        PROJECT("PRJQUOTA") = PRJQUOTA = 2;
    }
    /// `QCMD(op, type)`: what is done with which quota.
    values QuotaCommand: u32 {}
    /// `F_SEAL_*`: what can no longer be done to a memfd.
    flags SealFlags: u32 {
        SEAL("F_SEAL_SEAL") = F_SEAL_SEAL;
        SHRINK("F_SEAL_SHRINK") = F_SEAL_SHRINK;
        GROW("F_SEAL_GROW") = F_SEAL_GROW;
        WRITE("F_SEAL_WRITE") = F_SEAL_WRITE;
        FUTURE_WRITE("F_SEAL_FUTURE_WRITE") = F_SEAL_FUTURE_WRITE;
        EXEC("F_SEAL_EXEC") = F_SEAL_EXEC;
    }
}

numbers! {
    /// `dev_t` as the kernel's calls take it: minor number in bits 0 to 7 and from 20 on, major number in bits 8 to
    /// 19.
    DeviceNumber: u32 {}
}

numbers! {
    /// `O_*` flags as a kernel gave them, in its own ABI's bits.
    StatusFlags: u64 {}
}

impl QuotaCommand {
    /// `QCMD`
    #[must_use]
    pub const fn new(operation: QuotaOperation, quota: QuotaType) -> Self {
        Self(operation.into_raw() << 8 | quota.into_raw() & 0xff)
    }
}

impl DeviceNumber {
    /// `makedev(3)`: the device with this major number, below 4096, and this minor number, below 1,048,576; `None` for
    /// larger ones.
    ///
    /// ```
    /// use rsyscall_core::near::fs::DeviceNumber;
    /// let null = DeviceNumber::new(1, 3);
    /// assert_eq!(null, Some(DeviceNumber::from_raw(0x103)));
    /// ```
    pub const fn new(major: u32, minor: u32) -> Option<Self> {
        if major > 0xfff || minor > 0xf_ffff {
            return None;
        }
        Some(Self(minor & 0xff | major << 8 | (minor & !0xff) << 12))
    }

    /// Which driver.
    pub const fn major(self) -> u32 {
        self.0 >> 8 & 0xfff
    }

    /// Which of its devices.
    pub const fn minor(self) -> u32 {
        self.0 & 0xff | self.0 >> 12 & 0xf_ff00
    }
}

impl StatusFlags {
    /// The flags, given the ABI of the kernel that they came from.
    #[must_use]
    pub fn neutral<A: Abi>(self) -> OFlags {
        OFlags::from_bits_retain(u32::from_word(A::neutral_open_flags(self.0)))
    }
}

impl OFlags {
    /// `O_RDONLY`: no bits.
    #[doc(alias = "O_RDONLY")]
    pub const RDONLY: Self = Self::from_bits_retain(OpenAccessMode::RDONLY.into_raw());
    /// `O_WRONLY`
    #[doc(alias = "O_WRONLY")]
    pub const WRONLY: Self = Self::from_bits_retain(OpenAccessMode::WRONLY.into_raw());
    /// `O_RDWR`
    #[doc(alias = "O_RDWR")]
    pub const RDWR: Self = Self::from_bits_retain(OpenAccessMode::RDWR.into_raw());

    /// Whether the file is opened for reading, writing or both.
    pub const fn access_mode(self) -> OpenAccessMode {
        OpenAccessMode::from_raw(self.bits() & OpenAccessMode::ACCMODE.into_raw())
    }
}
