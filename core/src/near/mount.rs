//! `#include <sys/mount.h>`: mounts.

use crate::identifier::Address;

flags! {
    /// `MS_*`: the flags of `mount`.
    MountFlags: u64 {
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
    UmountFlags: u32 {
        FORCE("MNT_FORCE") = MNT_FORCE;
        DETACH("MNT_DETACH") = MNT_DETACH;
        EXPIRE("MNT_EXPIRE") = MNT_EXPIRE;
        NOFOLLOW("UMOUNT_NOFOLLOW") = UMOUNT_NOFOLLOW;
    }
}

instructions! {
    /// `int mount(const char *source, const char *target, const char *filesystemtype, unsigned long mountflags, const void *data)`
    ///
    /// Which arguments count depends on the flags: with `BIND` or `MOVE` neither the type nor the data, with a change of propagation
    /// only the target.
    mount(
        source: Address, target: Address, filesystemtype: Address, mountflags: MountFlags, data: Address,
    ) -> ();
    /// `int umount2(const char *target, int flags)`
    umount2(target: Address, flags: UmountFlags) -> ();
}
