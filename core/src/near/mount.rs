//! `#include <sys/mount.h>`: mounts.

use super::fs::AtFlags;
use crate::identifier::{Address, FileDescriptor};

constants! {
    /// `MS_*`: the flags of `mount`.
    flags MountFlags: u64 {
        RDONLY("MS_RDONLY") = MS_RDONLY;
        NOSUID("MS_NOSUID") = MS_NOSUID;
        NODEV("MS_NODEV") = MS_NODEV;
        NOEXEC("MS_NOEXEC") = MS_NOEXEC;
        SYNCHRONOUS("MS_SYNCHRONOUS") = MS_SYNCHRONOUS;
        REMOUNT("MS_REMOUNT") = MS_REMOUNT;
        MANDLOCK("MS_MANDLOCK") = MS_MANDLOCK;
        DIRSYNC("MS_DIRSYNC") = MS_DIRSYNC;
        NOSYMFOLLOW("MS_NOSYMFOLLOW") = MS_NOSYMFOLLOW;
        NOATIME("MS_NOATIME") = MS_NOATIME;
        NODIRATIME("MS_NODIRATIME") = MS_NODIRATIME;
        BIND("MS_BIND") = MS_BIND;
        MOVE("MS_MOVE") = MS_MOVE;
        REC("MS_REC") = MS_REC;
        SILENT("MS_SILENT") = MS_SILENT;
        POSIXACL("MS_POSIXACL") = MS_POSIXACL;
        UNBINDABLE("MS_UNBINDABLE") = MS_UNBINDABLE;
        PRIVATE("MS_PRIVATE") = MS_PRIVATE;
        SLAVE("MS_SLAVE") = MS_SLAVE;
        SHARED("MS_SHARED") = MS_SHARED;
        RELATIME("MS_RELATIME") = MS_RELATIME;
        I_VERSION("MS_I_VERSION") = MS_I_VERSION;
        STRICTATIME("MS_STRICTATIME") = MS_STRICTATIME;
        LAZYTIME("MS_LAZYTIME") = MS_LAZYTIME;
    }
    /// `MNT_*`, `UMOUNT_NOFOLLOW`: the flags of `umount2`.
    flags UmountFlags: u32 {
        FORCE("MNT_FORCE") = MNT_FORCE;
        DETACH("MNT_DETACH") = MNT_DETACH;
        EXPIRE("MNT_EXPIRE") = MNT_EXPIRE;
        NOFOLLOW("UMOUNT_NOFOLLOW") = UMOUNT_NOFOLLOW;
    }
    /// `FSOPEN_*`
    flags FsopenFlags: u32 {
        CLOEXEC("FSOPEN_CLOEXEC") = FSOPEN_CLOEXEC;
    }
    /// `FSMOUNT_*`
    flags FsmountFlags: u32 {
        CLOEXEC("FSMOUNT_CLOEXEC") = FSMOUNT_CLOEXEC;
    }
    /// `FSPICK_*`
    flags FspickFlags: u32 {
        CLOEXEC("FSPICK_CLOEXEC") = FSPICK_CLOEXEC;
        SYMLINK_NOFOLLOW("FSPICK_SYMLINK_NOFOLLOW") = FSPICK_SYMLINK_NOFOLLOW;
        NO_AUTOMOUNT("FSPICK_NO_AUTOMOUNT") = FSPICK_NO_AUTOMOUNT;
        EMPTY_PATH("FSPICK_EMPTY_PATH") = FSPICK_EMPTY_PATH;
    }
    /// `OPEN_TREE_*`, and the `AT_*` that `open_tree` takes with them.
    flags OpenTreeFlags: u32 {
        CLONE("OPEN_TREE_CLONE") = OPEN_TREE_CLONE;
        CLOEXEC("OPEN_TREE_CLOEXEC") = OPEN_TREE_CLOEXEC = 0o2_000_000;
        EMPTY_PATH("AT_EMPTY_PATH") = AT_EMPTY_PATH;
        NO_AUTOMOUNT("AT_NO_AUTOMOUNT") = AT_NO_AUTOMOUNT;
        RECURSIVE("AT_RECURSIVE") = AT_RECURSIVE;
        SYMLINK_NOFOLLOW("AT_SYMLINK_NOFOLLOW") = AT_SYMLINK_NOFOLLOW;
    }
    /// `MOVE_MOUNT_*`
    flags MoveMountFlags: u32 {
        F_SYMLINKS("MOVE_MOUNT_F_SYMLINKS") = MOVE_MOUNT_F_SYMLINKS;
        F_AUTOMOUNTS("MOVE_MOUNT_F_AUTOMOUNTS") = MOVE_MOUNT_F_AUTOMOUNTS;
        F_EMPTY_PATH("MOVE_MOUNT_F_EMPTY_PATH") = MOVE_MOUNT_F_EMPTY_PATH;
        T_SYMLINKS("MOVE_MOUNT_T_SYMLINKS") = MOVE_MOUNT_T_SYMLINKS;
        T_AUTOMOUNTS("MOVE_MOUNT_T_AUTOMOUNTS") = MOVE_MOUNT_T_AUTOMOUNTS;
        T_EMPTY_PATH("MOVE_MOUNT_T_EMPTY_PATH") = MOVE_MOUNT_T_EMPTY_PATH;
        SET_GROUP("MOVE_MOUNT_SET_GROUP") = MOVE_MOUNT_SET_GROUP;
        BENEATH("MOVE_MOUNT_BENEATH") = MOVE_MOUNT_BENEATH;
    }
    /// `MOUNT_ATTR_*`
    flags MountAttributes: u64 {
        RDONLY("MOUNT_ATTR_RDONLY") = MOUNT_ATTR_RDONLY;
        NOSUID("MOUNT_ATTR_NOSUID") = MOUNT_ATTR_NOSUID;
        NODEV("MOUNT_ATTR_NODEV") = MOUNT_ATTR_NODEV;
        NOEXEC("MOUNT_ATTR_NOEXEC") = MOUNT_ATTR_NOEXEC;
        NOATIME("MOUNT_ATTR_NOATIME") = MOUNT_ATTR_NOATIME;
        STRICTATIME("MOUNT_ATTR_STRICTATIME") = MOUNT_ATTR_STRICTATIME;
        NODIRATIME("MOUNT_ATTR_NODIRATIME") = MOUNT_ATTR_NODIRATIME;
        IDMAP("MOUNT_ATTR_IDMAP") = MOUNT_ATTR_IDMAP;
        NOSYMFOLLOW("MOUNT_ATTR_NOSYMFOLLOW") = MOUNT_ATTR_NOSYMFOLLOW;
    }
    /// `STATMOUNT_*`: what is asked of `statmount`, and what came.
    flags StatmountMask: u64 {
        SB_BASIC("STATMOUNT_SB_BASIC") = STATMOUNT_SB_BASIC;
        MNT_BASIC("STATMOUNT_MNT_BASIC") = STATMOUNT_MNT_BASIC;
        PROPAGATE_FROM("STATMOUNT_PROPAGATE_FROM") = STATMOUNT_PROPAGATE_FROM;
        MNT_ROOT("STATMOUNT_MNT_ROOT") = STATMOUNT_MNT_ROOT;
        MNT_POINT("STATMOUNT_MNT_POINT") = STATMOUNT_MNT_POINT;
        FS_TYPE("STATMOUNT_FS_TYPE") = STATMOUNT_FS_TYPE;
        MNT_NS_ID("STATMOUNT_MNT_NS_ID") = STATMOUNT_MNT_NS_ID;
        MNT_OPTS("STATMOUNT_MNT_OPTS") = STATMOUNT_MNT_OPTS;
        FS_SUBTYPE("STATMOUNT_FS_SUBTYPE") = STATMOUNT_FS_SUBTYPE;
        SB_SOURCE("STATMOUNT_SB_SOURCE") = STATMOUNT_SB_SOURCE;
        OPT_ARRAY("STATMOUNT_OPT_ARRAY") = STATMOUNT_OPT_ARRAY;
        OPT_SEC_ARRAY("STATMOUNT_OPT_SEC_ARRAY") = STATMOUNT_OPT_SEC_ARRAY;
        SUPPORTED_MASK("STATMOUNT_SUPPORTED_MASK") = STATMOUNT_SUPPORTED_MASK;
        MNT_UIDMAP("STATMOUNT_MNT_UIDMAP") = STATMOUNT_MNT_UIDMAP;
        MNT_GIDMAP("STATMOUNT_MNT_GIDMAP") = STATMOUNT_MNT_GIDMAP;
    }
    /// `LISTMOUNT_*`
    flags ListmountFlags: u32 {
        REVERSE("LISTMOUNT_REVERSE") = LISTMOUNT_REVERSE = 0x1;
    }
    /// `FSCONFIG_*`
    values FsconfigCommand: u32 {
        SET_FLAG("FSCONFIG_SET_FLAG") = FSCONFIG_SET_FLAG = 0;
        SET_STRING("FSCONFIG_SET_STRING") = FSCONFIG_SET_STRING = 1;
        SET_BINARY("FSCONFIG_SET_BINARY") = FSCONFIG_SET_BINARY = 2;
        SET_PATH("FSCONFIG_SET_PATH") = FSCONFIG_SET_PATH = 3;
        SET_PATH_EMPTY("FSCONFIG_SET_PATH_EMPTY") = FSCONFIG_SET_PATH_EMPTY = 4;
        SET_FD("FSCONFIG_SET_FD") = FSCONFIG_SET_FD = 5;
        CMD_CREATE("FSCONFIG_CMD_CREATE") = FSCONFIG_CMD_CREATE = 6;
        CMD_RECONFIGURE("FSCONFIG_CMD_RECONFIGURE") = FSCONFIG_CMD_RECONFIGURE = 7;
        CMD_CREATE_EXCL("FSCONFIG_CMD_CREATE_EXCL") = FSCONFIG_CMD_CREATE_EXCL = 8;
    }
}

instructions! {
    /// `int mount(const char *source, const char *target, const char *filesystemtype, unsigned long mountflags,
    /// const void *data)`
    ///
    /// Which arguments count depends on the flags: with `BIND` or `MOVE` neither the type nor the data, with a
    /// change of propagation only the target.
    ///
    /// Errors: EACCES, EBUSY, EFAULT, EINVAL, ELOOP, EMFILE, ENAMETOOLONG, ENODEV, ENOENT, ENOMEM, ENOTBLK,
    /// ENOTDIR, ENXIO, EPERM, EROFS.
    mount(
        source: Address, target: Address, filesystemtype: Address, mountflags: MountFlags, data: Address,
    ) -> ();
    /// `int umount2(const char *target, int flags)`
    ///
    /// Errors: EAGAIN, EBUSY, EFAULT, EINVAL, ENAMETOOLONG, ENOENT, ENOMEM, EPERM.
    umount2(target: Address, flags: UmountFlags) -> ();
    /// `int pivot_root(const char *new_root, const char *put_old)`
    ///
    /// Makes the mount at `new_root` the root of the mount namespace, and moves the former one to `put_old`, which may be
    /// the same path.
    ///
    /// Errors: EBUSY, EINVAL, ENOTDIR, EPERM.
    pivot_root(new_root: Address, put_old: Address) -> ();
    /// `int fsopen(const char *fsname, unsigned int flags)`
    ///
    /// A context in which [`fsconfig`] makes a file system of this type.
    ///
    /// Errors: EFAULT, EINVAL, EMFILE, ENFILE, ENODEV, ENOMEM, EPERM.
    fsopen(fsname: Address, flags: FsopenFlags) -> FileDescriptor;
    /// `int fsconfig(int fd, unsigned int cmd, const char *key, const void *value, int aux)`
    ///
    /// Which arguments count is as `cmd` says. What went wrong can be read from `fd` as text.
    ///
    /// Errors: EACCES, EBADF, EBUSY, EFAULT, EINVAL, ENOMEM, EOPNOTSUPP, EPERM, and what the file system says.
    fsconfig(fd: FileDescriptor, cmd: FsconfigCommand, key: Address, value: Address, aux: i32) -> ();
    /// `int fsmount(int fsfd, unsigned int flags, unsigned int attr_flags)`
    ///
    /// A mount of what [`fsconfig_create`] made, which is in no place yet: [`move_mount`] gives it one.
    ///
    /// Errors: EBADF, EBUSY, EINVAL, EMFILE, ENFILE, ENOMEM, EPERM.
    fsmount(fsfd: FileDescriptor, flags: FsmountFlags, attr_flags: MountAttributes) -> FileDescriptor;
    /// `int fspick(int dirfd, const char *path, unsigned int flags)`
    ///
    /// A context in which [`fsconfig`] changes the file system that is mounted at `path`.
    ///
    /// Errors: EACCES, EBADF, EFAULT, EINVAL, ELOOP, EMFILE, ENAMETOOLONG, ENFILE, ENOENT, ENOMEM, ENOTDIR,
    /// EPERM.
    fspick(dirfd: FileDescriptor, path: Address, flags: FspickFlags) -> FileDescriptor;
    /// `int open_tree(int dirfd, const char *path, unsigned int flags)`
    ///
    /// The mount at `path`, or with [`OpenTreeFlags::CLONE`] a copy of it, which is in no place yet.
    ///
    /// Errors: EACCES, EBADF, EFAULT, EINVAL, ELOOP, EMFILE, ENAMETOOLONG, ENFILE, ENOENT, ENOMEM, ENOSPC,
    /// ENOTDIR, EPERM.
    open_tree(dirfd: FileDescriptor, path: Address, flags: OpenTreeFlags) -> FileDescriptor;
    /// `int open_tree_attr(int dirfd, const char *path, unsigned int flags, struct mount_attr *attr, size_t size)`
    ///
    /// Both in one, before anybody sees the copy.
    ///
    /// Errors: as [`open_tree`] and [`mount_setattr`].
    open_tree_attr(
        dirfd: FileDescriptor, path: Address, flags: OpenTreeFlags, attr: Address, size: usize,
    ) -> FileDescriptor;
    /// `int move_mount(int from_dirfd, const char *from_path, int to_dirfd, const char *to_path, unsigned int flags)`
    ///
    /// Moves a mount, or gives one that is in no place its first.
    ///
    /// Errors: EACCES, EBADF, EBUSY, EFAULT, EINVAL, ELOOP, ENAMETOOLONG, ENOENT, ENOMEM, ENOSPC, ENOTDIR,
    /// EPERM.
    move_mount(
        from_dirfd: FileDescriptor, from_path: Address, to_dirfd: FileDescriptor, to_path: Address, flags: MoveMountFlags,
    ) -> ();
    /// `int mount_setattr(int dirfd, const char *path, unsigned int flags, struct mount_attr *attr, size_t size)`
    ///
    /// [`AtFlags::RECURSIVE`] changes the whole tree, or nothing.
    ///
    /// Errors: EBADF, EBUSY, EINVAL, ENOENT, ENOMEM, ENOSPC, EPERM.
    mount_setattr(dirfd: FileDescriptor, path: Address, flags: AtFlags, attr: Address, size: usize) -> ();
    /// `int statmount(struct mnt_id_req *req, struct statmount *smbuf, size_t bufsize, unsigned long flags)`
    ///
    /// What `req` asks for is a [`StatmountMask`]; a [`Statmount`](super::layout::Statmount) is written, and behind it
    /// the strings that it points to. `flags` is 0. EOVERFLOW means that the buffer is too small.
    ///
    /// Errors: EFAULT, EINVAL, ENOENT, ENOMEM, EOPNOTSUPP, EOVERFLOW, EPERM.
    statmount(req: Address, smbuf: Address, bufsize: usize, flags: u64) -> () [page none];
    /// `ssize_t listmount(struct mnt_id_req *req, u64 *mnt_ids, size_t nr_mnt_ids, unsigned long flags)`
    ///
    /// Returns how many ids were written.
    ///
    /// Errors: EFAULT, EINVAL, ENOENT, ENOMEM, EPERM.
    listmount(req: Address, mnt_ids: Address, nr_mnt_ids: usize, flags: ListmountFlags) -> usize [page none];
}

forms! {
    /// `MS_BIND`: shows what is at `source` at `target` as well, without the mounts below it.
    mount_bind(source: Address, target: Address) -> () =
        mount(source, target, [Address::NULL], [MountFlags::BIND]);
    /// `MS_BIND|MS_REC`: with the mounts below it.
    mount_bind_recursive(source: Address, target: Address) -> () =
        mount(source, target, [Address::NULL], [MountFlags::BIND.union(MountFlags::REC)]);
    /// `MS_MOVE`: moves the mount at `source`, with the mounts below it, to `target`.
    mount_move(source: Address, target: Address) -> () =
        mount(source, target, [Address::NULL], [MountFlags::MOVE]);
    /// `MS_REMOUNT`: changes flags and data of a mount. All flags are set anew.
    mount_remount(target: Address, mountflags: MountFlags, data: Address) -> () =
        mount([Address::NULL], target, [Address::NULL], (mountflags | MountFlags::REMOUNT), data);
    /// `MS_SHARED`, `MS_PRIVATE`, `MS_SLAVE` or `MS_UNBINDABLE`, and perhaps `MS_REC`: changes the propagation.
    mount_change(target: Address, propagation: MountFlags) -> () =
        mount([Address::NULL], target, [Address::NULL], propagation);
    /// `FSCONFIG_SET_FLAG`: an option without a value.
    fsconfig_set_flag(fd: FileDescriptor, key: Address) -> () =
        fsconfig(fd, [FsconfigCommand::SET_FLAG], key);
    /// `FSCONFIG_SET_STRING`: an option whose value is a C string; `source` is one.
    fsconfig_set_string(fd: FileDescriptor, key: Address, value: Address) -> () =
        fsconfig(fd, [FsconfigCommand::SET_STRING], key, value);
    /// `FSCONFIG_SET_BINARY`: an option whose value is `length` bytes.
    fsconfig_set_binary(fd: FileDescriptor, key: Address, value: Address, length: i32) -> () =
        fsconfig(fd, [FsconfigCommand::SET_BINARY], key, value, length);
    /// `FSCONFIG_SET_PATH`: an option whose value is a path, from `dirfd` on.
    fsconfig_set_path(fd: FileDescriptor, key: Address, path: Address, dirfd: FileDescriptor) -> () =
        fsconfig(fd, [FsconfigCommand::SET_PATH], key, path, dirfd);
    /// `FSCONFIG_SET_FD`: an option whose value is a descriptor.
    fsconfig_set_fd(fd: FileDescriptor, key: Address, value: FileDescriptor) -> () =
        fsconfig(fd, [FsconfigCommand::SET_FD], key, [Address::NULL], value);
    /// `FSCONFIG_CMD_CREATE`: makes the file system, which may be one that there is already.
    fsconfig_create(fd: FileDescriptor) -> () = fsconfig(fd, [FsconfigCommand::CMD_CREATE]);
    /// `FSCONFIG_CMD_RECONFIGURE`: changes one that there is.
    fsconfig_reconfigure(fd: FileDescriptor) -> () = fsconfig(fd, [FsconfigCommand::CMD_RECONFIGURE]);
}
