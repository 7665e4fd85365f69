//! `#include <linux/mount.h>`

layouts! {
    /// `struct mount_attr` of `mount_setattr` and `open_tree_attr`.
    MountAttr, 32, 8 {
        /// [`MountAttributes`](crate::near::mount::MountAttributes) to set.
        0 attr_set: u64,
        /// Those to clear.
        8 attr_clr: u64,
        /// `MS_SHARED`, `MS_PRIVATE`, `MS_SLAVE` or `MS_UNBINDABLE`, or 0 to leave it as it is.
        16 propagation: u64,
        /// A user namespace, with `MOUNT_ATTR_IDMAP`.
        24 userns_fd: u64,
    }
    /// `struct mnt_id_req` of `statmount` and `listmount`.
    MntIdReq, 32, 8 {
        /// 32.
        0 size: u32,
        /// The descriptor of a mount namespace, or 0.
        4 mnt_ns_fd: u32,
        /// The mount; of `listmount` also [`ROOT`](Self::ROOT).
        8 mnt_id: u64,
        /// A [`StatmountMask`](crate::near::mount::StatmountMask), or the id after which the list is to go on.
        16 param: u64,
        /// The mount namespace, or 0 for the caller's.
        24 mnt_ns_id: u64,
    }
    /// `struct statmount`. What `mask` does not name was not filled in. Behind it lie C strings, each at the offset from
    /// its end that the field gives.
    Statmount, 512, 8 {
        /// How many bytes were written, strings included.
        0 size: u32,
        /// The file system's options, with commas.
        4 mnt_opts: u32,
        /// [`StatmountMask`](crate::near::mount::StatmountMask): what was filled in.
        8 mask: u64,
        /// The device of the file system: its major number.
        16 sb_dev_major: u32,
        /// The minor number.
        20 sb_dev_minor: u32,
        /// The file system's magic number.
        24 sb_magic: u64,
        /// `SB_*`: how the file system is mounted.
        32 sb_flags: u32,
        /// The file system's type.
        36 fs_type: u32,
        /// The mount, by a number that is not used again.
        40 mnt_id: u64,
        /// The mount that it is in.
        48 mnt_parent_id: u64,
        /// The mount, as `/proc/PID/mountinfo` has it.
        56 mnt_id_old: u32,
        /// The mount that it is in, as there.
        60 mnt_parent_id_old: u32,
        /// [`MountAttributes`](crate::near::mount::MountAttributes).
        64 mnt_attr: u64,
        /// `MS_SHARED`, `MS_SLAVE`, `MS_PRIVATE` or `MS_UNBINDABLE`.
        72 mnt_propagation: u64,
        /// The peer group.
        80 mnt_peer_group: u64,
        /// The peer group that it is a slave of.
        88 mnt_master: u64,
        /// The nearest such group in the caller's namespace.
        96 propagate_from: u64,
        /// Which part of the file system is mounted.
        104 mnt_root: u32,
        /// Where, from the caller's root.
        108 mnt_point: u32,
        /// The mount namespace.
        112 mnt_ns_id: u64,
        /// The subtype, of FUSE.
        120 fs_subtype: u32,
        /// What is mounted: a device.
        124 sb_source: u32,
        /// How many options there are.
        128 opt_num: u32,
        /// The options, each a C string.
        132 opt_array: u32,
        /// How many options of security modules there are.
        136 opt_sec_num: u32,
        /// These options, each a C string.
        140 opt_sec_array: u32,
        /// What the kernel could fill in.
        144 supported_mask: u64,
        /// How many lines the mapping of uids has.
        152 mnt_uidmap_num: u32,
        /// These lines, each a C string.
        156 mnt_uidmap: u32,
        /// How many lines the mapping of gids has.
        160 mnt_gidmap_num: u32,
        /// These lines, each a C string.
        164 mnt_gidmap: u32,
    }
}

impl MntIdReq {
    /// `LSMT_ROOT`: the root mount.
    pub const ROOT: u64 = u64::MAX;

    /// What is asked about a mount in the caller's namespace.
    #[must_use]
    pub const fn new(mnt_id: u64, param: u64) -> Self {
        Self { size: 32, mnt_ns_fd: 0, mnt_id, param, mnt_ns_id: 0 }
    }
}
