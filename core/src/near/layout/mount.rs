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
        /// The mount; `LSMT_ROOT`, all bits set, is the root.
        8 mnt_id: u64,
        /// What is asked for, or the id after which the list is to go on.
        16 param: u64,
        /// The mount namespace, or 0 for the caller's.
        24 mnt_ns_id: u64,
    }
}
