//! `#include <sys/stat.h>`, `<sys/statfs.h>`, `<fcntl.h>`, `<linux/openat2.h>`, `<linux/stat.h>`, `<sys/uio.h>`

use super::Layout;
use crate::abi::Abi;
use crate::near::fs::{Mode, OFlags, ResolveFlags};
use crate::syscall::Outcome;

layout_struct! {
    /// `struct stat` of the kernel: another order on x86_64.
    Stat {
        /// The device of the file system.
        st_dev: u64,
        /// The inode.
        st_ino: u64,
        /// How many names it has.
        st_nlink: u64,
        /// The [`Mode`], its file type included.
        st_mode: u32,
        /// Whose it is.
        st_uid: u32,
        /// Whose group's.
        st_gid: u32,
        /// Which device a device file is.
        st_rdev: u64,
        /// In bytes.
        st_size: i64,
        /// How many bytes are best read or written at once.
        st_blksize: i64,
        /// How many blocks of 512 bytes it takes.
        st_blocks: i64,
        /// When it was last read, in whole seconds.
        st_atime: i64,
        /// Nanoseconds on top.
        st_atime_nsec: i64,
        /// When its contents were last changed.
        st_mtime: i64,
        /// Nanoseconds on top.
        st_mtime_nsec: i64,
        /// When anything of it was last changed.
        st_ctime: i64,
        /// Nanoseconds on top.
        st_ctime_nsec: i64,
    }
}

layouts_of! {
    X86_64 Stat, 144, 8 {
        0 st_dev: u64,
        8 st_ino: u64,
        16 st_nlink: u64,
        24 st_mode: u32,
        28 st_uid: u32,
        32 st_gid: u32,
        40 st_rdev: u64,
        48 st_size: i64,
        56 st_blksize: i64,
        64 st_blocks: i64,
        72 st_atime: i64,
        80 st_atime_nsec: i64,
        88 st_mtime: i64,
        96 st_mtime_nsec: i64,
        104 st_ctime: i64,
        112 st_ctime_nsec: i64,
    }
}

/// asm-generic/stat.h
macro_rules! generic_stat {
    ($($abi:ident)*) => { $(
        layouts_of! {
            $abi Stat, 128, 8 {
                0 st_dev: u64,
                8 st_ino: u64,
                16 st_mode: u32,
                20 st_nlink: u64 as u32,
                24 st_uid: u32,
                28 st_gid: u32,
                32 st_rdev: u64,
                48 st_size: i64,
                56 st_blksize: i64 as i32,
                64 st_blocks: i64,
                72 st_atime: i64,
                80 st_atime_nsec: i64,
                88 st_mtime: i64,
                96 st_mtime_nsec: i64,
                104 st_ctime: i64,
                112 st_ctime_nsec: i64,
            }
        }
    )* };
}

generic_stat! { Aarch64 Riscv64 }

layouts! {
    /// `struct statx`. What `stx_mask` does not name was not filled in.
    Statx, 256, 8 {
        /// [`StatxMask`](crate::near::fs::StatxMask): what was filled in.
        0 stx_mask: u32,
        /// How many bytes are best read or written at once.
        4 stx_blksize: u32,
        /// [`StatxAttributes`](crate::near::fs::StatxAttributes).
        8 stx_attributes: u64,
        /// How many names it has.
        16 stx_nlink: u32,
        /// Whose it is.
        20 stx_uid: u32,
        /// Whose group's.
        24 stx_gid: u32,
        /// The [`Mode`], its file type included.
        28 stx_mode: u16,
        /// The inode.
        32 stx_ino: u64,
        /// In bytes.
        40 stx_size: u64,
        /// How many blocks of 512 bytes it takes.
        48 stx_blocks: u64,
        /// Which attributes the file system knows.
        56 stx_attributes_mask: u64,
        /// When it was last read, in whole seconds.
        64 stx_atime_sec: i64,
        /// Nanoseconds on top.
        72 stx_atime_nsec: u32,
        /// When it was made, in whole seconds.
        80 stx_btime_sec: i64,
        /// Nanoseconds on top.
        88 stx_btime_nsec: u32,
        /// When anything of it was last changed, in whole seconds.
        96 stx_ctime_sec: i64,
        /// Nanoseconds on top.
        104 stx_ctime_nsec: u32,
        /// When its contents were last changed, in whole seconds.
        112 stx_mtime_sec: i64,
        /// Nanoseconds on top.
        120 stx_mtime_nsec: u32,
        /// Which device a device file is.
        128 stx_rdev_major: u32,
        /// Which device a device file is.
        132 stx_rdev_minor: u32,
        /// The device of the file system.
        136 stx_dev_major: u32,
        /// The device of the file system.
        140 stx_dev_minor: u32,
        /// The mount.
        144 stx_mnt_id: u64,
        /// What the memory of direct I/O must be a multiple of.
        152 stx_dio_mem_align: u32,
        /// What the offset of direct I/O must be a multiple of.
        156 stx_dio_offset_align: u32,
        /// The subvolume.
        160 stx_subvol: u64,
        /// The least that can be written at once or not at all, in bytes.
        168 stx_atomic_write_unit_min: u32,
        /// The most.
        172 stx_atomic_write_unit_max: u32,
        /// In how many pieces.
        176 stx_atomic_write_segments_max: u32,
        /// What the offset of a direct read must be a multiple of.
        180 stx_dio_read_offset_align: u32,
        /// The most that is worth writing at once or not at all.
        184 stx_atomic_write_unit_max_opt: u32,
    }
    /// `struct statfs` of 64-bit kernels.
    Statfs, 120, 8 {
        /// The file system's magic number.
        0 f_type: i64,
        /// The size of a block in bytes.
        8 f_bsize: i64,
        /// How many blocks there are.
        16 f_blocks: u64,
        /// How many are free.
        24 f_bfree: u64,
        /// How many are free for others than root.
        32 f_bavail: u64,
        /// How many inodes there are.
        40 f_files: u64,
        /// How many are free.
        48 f_ffree: u64,
        /// Which file system it is: two `int`s.
        56 f_fsid: u64,
        /// How long a name may be.
        64 f_namelen: i64,
        /// The size of a fragment in bytes.
        72 f_frsize: i64,
        /// `ST_*`: how it is mounted.
        80 f_flags: i64,
    }
    /// `struct flock`: a lock, for `fcntl`.
    Flock, 32, 8 {
        /// [`RDLCK`](Self::RDLCK), [`WRLCK`](Self::WRLCK) or [`UNLCK`](Self::UNLCK).
        0 l_type: i16,
        /// What `l_start` counts from: [`Whence`](crate::near::fs::Whence).
        2 l_whence: i16,
        /// Where the range begins.
        8 l_start: i64,
        /// How long it is; 0 to the end of the file, wherever that will be.
        16 l_len: i64,
        /// Who holds the lock; 0 for locks of the open file.
        24 l_pid: i32,
    }
    /// `struct iovec`: a piece of memory.
    Iovec, 16, 8 {
        /// Where it begins: an [`Address`](crate::identifier::Address).
        0 iov_base: u64,
        /// How many bytes.
        8 iov_len: u64,
    }
    /// `struct xattr_args` of `setxattrat` and `getxattrat`.
    XattrArgs, 16, 8 {
        /// Where the value is.
        0 value: u64,
        /// How long it is.
        8 size: u32,
        /// [`XattrFlags`](crate::near::xattr::XattrFlags).
        12 flags: u32,
    }
    /// `struct cachestat_range`: which part of a file.
    CachestatRange, 16, 8 {
        /// Where it begins.
        0 off: u64,
        /// How long it is; 0 to the end of the file.
        8 len: u64,
    }
    /// `struct cachestat`: how much of a file is in memory, in pages.
    Cachestat, 40, 8 {
        /// In the page cache.
        0 nr_cache: u64,
        /// Of these, not written to the device yet.
        8 nr_dirty: u64,
        /// Being written to it.
        16 nr_writeback: u64,
        /// No longer in the page cache.
        24 nr_evicted: u64,
        /// Of these, not long ago: it would have paid to keep them.
        32 nr_recently_evicted: u64,
    }
    /// `struct if_dqblk` of `quotactl`: limits and use; blocks are of 1024 bytes.
    Dqblk, 72, 8 {
        /// The most blocks.
        0 dqb_bhardlimit: u64,
        /// More than these only for some time.
        8 dqb_bsoftlimit: u64,
        /// How many bytes are used.
        16 dqb_curspace: u64,
        /// The most inodes.
        24 dqb_ihardlimit: u64,
        /// More than these only for some time.
        32 dqb_isoftlimit: u64,
        /// How many inodes are used.
        40 dqb_curinodes: u64,
        /// When the time for too many blocks is over, in seconds.
        48 dqb_btime: u64,
        /// When the time for too many inodes is over, in seconds.
        56 dqb_itime: u64,
        /// `QIF_*`: which of these are valid, or to be set.
        64 dqb_valid: u32,
    }
    /// `struct file_attr` of `file_getattr` and `file_setattr`.
    FileAttr, 24, 8 {
        /// `FS_XFLAG_*`
        0 fa_xflags: u64,
        /// The extent size hint in bytes.
        8 fa_extsize: u32,
        /// How many extents there are; not set.
        12 fa_nextents: u32,
        /// The project.
        16 fa_projid: u32,
        /// The extent size hint for copies on write.
        20 fa_cowextsize: u32,
    }
}

impl Flock {
    /// `F_RDLCK`: a lock that others may share.
    pub const RDLCK: i16 = 0;
    /// `F_WRLCK`: a lock for its holder alone.
    pub const WRLCK: i16 = 1;
    /// `F_UNLCK`: no lock.
    pub const UNLCK: i16 = 2;
}

/// `struct open_how` of `openat2`; in memory the flags are in the ABI's own bits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct OpenHow {
    /// As of `openat`, but unknown ones are EINVAL.
    pub flags: OFlags,
    /// Must be none unless a file may be made.
    pub mode: Mode,
    /// What the path may not lead over.
    pub resolve: ResolveFlags,
}

impl<A: Abi> Layout<A> for OpenHow {
    type Bytes = [u8; 24];
    const SIZE: usize = 24;
    const ALIGNMENT: usize = 8;
    const FIELDS: &'static [(&'static str, usize, usize)] =
        &[("flags", 0, 8), ("mode", 8, 8), ("resolve", 16, 8)];

    fn zeroed() -> Self::Bytes {
        [0; 24]
    }

    fn to_bytes(&self) -> Self::Bytes {
        let words = [A::open_flags(self.flags.word()), self.mode.word(), self.resolve.word()];
        let mut bytes = [0; 24];
        super::table::Field::put(words, &mut bytes);
        bytes
    }

    fn from_bytes(bytes: &Self::Bytes) -> Self {
        let [flags, mode, resolve] = super::table::Field::get(bytes);
        Self {
            flags: OFlags::from_word(A::neutral_open_flags(flags)),
            mode: Mode::from_word(mode),
            resolve: ResolveFlags::from_word(resolve),
        }
    }
}
