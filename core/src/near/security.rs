//! `#include <linux/seccomp.h>`, `<linux/landlock.h>`, `<linux/lsm.h>`: giving up rights.

use crate::identifier::{Address, FileDescriptor};

constants! {
    /// `SECCOMP_MODE_*`
    values SeccompMode: u64 {
        STRICT("SECCOMP_MODE_STRICT") = SECCOMP_MODE_STRICT;
        FILTER("SECCOMP_MODE_FILTER") = SECCOMP_MODE_FILTER;
    }
    /// `LANDLOCK_ACCESS_FS_*`: what may be done with files.
    flags LandlockAccessFs: u64 {
        EXECUTE("LANDLOCK_ACCESS_FS_EXECUTE") = LANDLOCK_ACCESS_FS_EXECUTE;
        WRITE_FILE("LANDLOCK_ACCESS_FS_WRITE_FILE") = LANDLOCK_ACCESS_FS_WRITE_FILE;
        READ_FILE("LANDLOCK_ACCESS_FS_READ_FILE") = LANDLOCK_ACCESS_FS_READ_FILE;
        READ_DIR("LANDLOCK_ACCESS_FS_READ_DIR") = LANDLOCK_ACCESS_FS_READ_DIR;
        REMOVE_DIR("LANDLOCK_ACCESS_FS_REMOVE_DIR") = LANDLOCK_ACCESS_FS_REMOVE_DIR;
        REMOVE_FILE("LANDLOCK_ACCESS_FS_REMOVE_FILE") = LANDLOCK_ACCESS_FS_REMOVE_FILE;
        MAKE_CHAR("LANDLOCK_ACCESS_FS_MAKE_CHAR") = LANDLOCK_ACCESS_FS_MAKE_CHAR;
        MAKE_DIR("LANDLOCK_ACCESS_FS_MAKE_DIR") = LANDLOCK_ACCESS_FS_MAKE_DIR;
        MAKE_REG("LANDLOCK_ACCESS_FS_MAKE_REG") = LANDLOCK_ACCESS_FS_MAKE_REG;
        MAKE_SOCK("LANDLOCK_ACCESS_FS_MAKE_SOCK") = LANDLOCK_ACCESS_FS_MAKE_SOCK;
        MAKE_FIFO("LANDLOCK_ACCESS_FS_MAKE_FIFO") = LANDLOCK_ACCESS_FS_MAKE_FIFO;
        MAKE_BLOCK("LANDLOCK_ACCESS_FS_MAKE_BLOCK") = LANDLOCK_ACCESS_FS_MAKE_BLOCK;
        MAKE_SYM("LANDLOCK_ACCESS_FS_MAKE_SYM") = LANDLOCK_ACCESS_FS_MAKE_SYM;
        REFER("LANDLOCK_ACCESS_FS_REFER") = LANDLOCK_ACCESS_FS_REFER;
        TRUNCATE("LANDLOCK_ACCESS_FS_TRUNCATE") = LANDLOCK_ACCESS_FS_TRUNCATE;
        IOCTL_DEV("LANDLOCK_ACCESS_FS_IOCTL_DEV") = LANDLOCK_ACCESS_FS_IOCTL_DEV;
    }
    /// `LANDLOCK_ACCESS_NET_*`: what may be done with ports.
    flags LandlockAccessNet: u64 {
        BIND_TCP("LANDLOCK_ACCESS_NET_BIND_TCP") = LANDLOCK_ACCESS_NET_BIND_TCP;
        CONNECT_TCP("LANDLOCK_ACCESS_NET_CONNECT_TCP") = LANDLOCK_ACCESS_NET_CONNECT_TCP;
    }
    /// `LANDLOCK_SCOPE_*`: what may not reach out of the sandbox.
    flags LandlockScope: u64 {
        ABSTRACT_UNIX_SOCKET("LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET") = LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET;
        SIGNAL("LANDLOCK_SCOPE_SIGNAL") = LANDLOCK_SCOPE_SIGNAL;
    }
    /// `SECCOMP_RET_*`: what a filter returns, in the upper half; the lower half is data for it.
    values SeccompAction: u32 {
        KILL_PROCESS("SECCOMP_RET_KILL_PROCESS") = SECCOMP_RET_KILL_PROCESS;
        KILL_THREAD("SECCOMP_RET_KILL_THREAD") = SECCOMP_RET_KILL_THREAD;
        TRAP("SECCOMP_RET_TRAP") = SECCOMP_RET_TRAP;
        ERRNO("SECCOMP_RET_ERRNO") = SECCOMP_RET_ERRNO;
        USER_NOTIF("SECCOMP_RET_USER_NOTIF") = SECCOMP_RET_USER_NOTIF;
        TRACE("SECCOMP_RET_TRACE") = SECCOMP_RET_TRACE;
        LOG("SECCOMP_RET_LOG") = SECCOMP_RET_LOG;
        ALLOW("SECCOMP_RET_ALLOW") = SECCOMP_RET_ALLOW;
    }
    /// `SECCOMP_FILTER_FLAG_*`
    flags SeccompFilterFlags: u32 {
        TSYNC("SECCOMP_FILTER_FLAG_TSYNC") = SECCOMP_FILTER_FLAG_TSYNC;
        LOG("SECCOMP_FILTER_FLAG_LOG") = SECCOMP_FILTER_FLAG_LOG;
        SPEC_ALLOW("SECCOMP_FILTER_FLAG_SPEC_ALLOW") = SECCOMP_FILTER_FLAG_SPEC_ALLOW;
        NEW_LISTENER("SECCOMP_FILTER_FLAG_NEW_LISTENER") = SECCOMP_FILTER_FLAG_NEW_LISTENER;
        TSYNC_ESRCH("SECCOMP_FILTER_FLAG_TSYNC_ESRCH") = SECCOMP_FILTER_FLAG_TSYNC_ESRCH;
        WAIT_KILLABLE_RECV("SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV") = SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
    }
    /// `LANDLOCK_CREATE_RULESET_*`
    flags LandlockCreateRulesetFlags: u32 {
        VERSION("LANDLOCK_CREATE_RULESET_VERSION") = LANDLOCK_CREATE_RULESET_VERSION;
        ERRATA("LANDLOCK_CREATE_RULESET_ERRATA") = LANDLOCK_CREATE_RULESET_ERRATA;
    }
    /// `LANDLOCK_RESTRICT_SELF_*`
    flags LandlockRestrictSelfFlags: u32 {
        LOG_SAME_EXEC_OFF("LANDLOCK_RESTRICT_SELF_LOG_SAME_EXEC_OFF") = LANDLOCK_RESTRICT_SELF_LOG_SAME_EXEC_OFF;
        LOG_NEW_EXEC_ON("LANDLOCK_RESTRICT_SELF_LOG_NEW_EXEC_ON") = LANDLOCK_RESTRICT_SELF_LOG_NEW_EXEC_ON;
        LOG_SUBDOMAINS_OFF("LANDLOCK_RESTRICT_SELF_LOG_SUBDOMAINS_OFF") = LANDLOCK_RESTRICT_SELF_LOG_SUBDOMAINS_OFF;
    }
    /// `LSM_FLAG_*`
    flags LsmFlags: u32 {
        SINGLE("LSM_FLAG_SINGLE") = LSM_FLAG_SINGLE = 0x1;
    }
    /// `SECCOMP_*`: the operations.
    values SeccompOperation: u32 {
        SET_MODE_STRICT("SECCOMP_SET_MODE_STRICT") = SECCOMP_SET_MODE_STRICT;
        SET_MODE_FILTER("SECCOMP_SET_MODE_FILTER") = SECCOMP_SET_MODE_FILTER;
        GET_ACTION_AVAIL("SECCOMP_GET_ACTION_AVAIL") = SECCOMP_GET_ACTION_AVAIL;
        GET_NOTIF_SIZES("SECCOMP_GET_NOTIF_SIZES") = SECCOMP_GET_NOTIF_SIZES;
    }
    /// `LANDLOCK_RULE_*`
    values LandlockRuleType: u32 {
        PATH_BENEATH("LANDLOCK_RULE_PATH_BENEATH") = LANDLOCK_RULE_PATH_BENEATH = 1;
        NET_PORT("LANDLOCK_RULE_NET_PORT") = LANDLOCK_RULE_NET_PORT = 2;
    }
    /// `LSM_ATTR_*`
    values LsmAttribute: u32 {
        CURRENT("LSM_ATTR_CURRENT") = LSM_ATTR_CURRENT = 100;
        EXEC("LSM_ATTR_EXEC") = LSM_ATTR_EXEC = 101;
        FSCREATE("LSM_ATTR_FSCREATE") = LSM_ATTR_FSCREATE = 102;
        KEYCREATE("LSM_ATTR_KEYCREATE") = LSM_ATTR_KEYCREATE = 103;
        PREV("LSM_ATTR_PREV") = LSM_ATTR_PREV = 104;
        SOCKCREATE("LSM_ATTR_SOCKCREATE") = LSM_ATTR_SOCKCREATE = 105;
    }
}

instructions! {
    /// `int seccomp(unsigned int operation, unsigned int flags, void *args)`
    ///
    /// 0; with [`SeccompFilterFlags::NEW_LISTENER`] a descriptor; with [`SeccompFilterFlags::TSYNC`] a thread that
    /// could not follow.
    ///
    /// Errors: EACCES, EBUSY, EFAULT, EINVAL, ENOMEM, EOPNOTSUPP, ESRCH.
    seccomp(operation: SeccompOperation, flags: SeccompFilterFlags, args: Address) -> usize;
    /// `int landlock_create_ruleset(const struct landlock_ruleset_attr *attr, size_t size, uint32_t flags)`
    ///
    /// With [`LandlockCreateRulesetFlags::VERSION`] and no `attr` the result is no descriptor but the ABI's version.
    ///
    /// Errors: E2BIG, EFAULT, EINVAL, ENOMSG, EOPNOTSUPP.
    landlock_create_ruleset(attr: Address, size: usize, flags: LandlockCreateRulesetFlags) -> FileDescriptor;
    /// `int landlock_add_rule(int ruleset_fd, enum landlock_rule_type rule_type, const void *rule_attr, uint32_t
    /// flags)`
    ///
    /// `flags` is 0.
    ///
    /// Errors: EBADF, EBADFD, EFAULT, EINVAL, ENOMSG, EOPNOTSUPP, EPERM.
    landlock_add_rule(ruleset_fd: FileDescriptor, rule_type: LandlockRuleType, rule_attr: Address, flags: u32) -> ();
    /// `int landlock_restrict_self(int ruleset_fd, uint32_t flags)`
    ///
    /// For the calling thread and its children; EPERM without `PR_SET_NO_NEW_PRIVS`.
    ///
    /// Errors: E2BIG, EBADF, EBADFD, EINVAL, EOPNOTSUPP, EPERM.
    landlock_restrict_self(ruleset_fd: FileDescriptor, flags: LandlockRestrictSelfFlags) -> ();
    /// `int lsm_get_self_attr(unsigned int attr, struct lsm_ctx *ctx, u32 *size, u32 flags)`
    ///
    /// `size` is in and out. Returns how many contexts were written.
    ///
    /// Errors: E2BIG, EFAULT, EINVAL, EOPNOTSUPP.
    lsm_get_self_attr(attr: LsmAttribute, ctx: Address, size: Address, flags: LsmFlags) -> usize [page none];
    /// `int lsm_set_self_attr(unsigned int attr, struct lsm_ctx *ctx, u32 size, u32 flags)`
    ///
    /// `flags` is 0.
    ///
    /// Errors: E2BIG, EFAULT, EINVAL, EOPNOTSUPP.
    lsm_set_self_attr(attr: LsmAttribute, ctx: Address, size: u32, flags: u32) -> () [page none];
    /// `int lsm_list_modules(u64 *ids, u32 *size, u32 flags)`
    ///
    /// `size` is in and out; `flags` is 0. Returns how many ids were written.
    ///
    /// Errors: E2BIG, EFAULT, EINVAL.
    lsm_list_modules(ids: Address, size: Address, flags: u32) -> usize [page none];
}

forms! {
    /// `SECCOMP_SET_MODE_STRICT`: only `read`, `write`, `exit` and `rt_sigreturn` from now on.
    seccomp_set_mode_strict() -> () =
        seccomp([SeccompOperation::SET_MODE_STRICT], [SeccompFilterFlags::empty()]);
    /// `SECCOMP_SET_MODE_FILTER`: adds the filter that the `struct sock_fprog` at `program` describes; EACCES without
    /// `PR_SET_NO_NEW_PRIVS` or `CAP_SYS_ADMIN`.
    seccomp_set_mode_filter(flags: SeccompFilterFlags, program: Address) -> usize =
        seccomp([SeccompOperation::SET_MODE_FILTER], flags, program);
    /// `SECCOMP_GET_ACTION_AVAIL`: EOPNOTSUPP if the kernel does not know the action, 4 bytes at `action`.
    seccomp_get_action_avail(action: Address) -> () =
        seccomp([SeccompOperation::GET_ACTION_AVAIL], [SeccompFilterFlags::empty()], action);
    /// `SECCOMP_SET_MODE_FILTER` with `SECCOMP_FILTER_FLAG_NEW_LISTENER`: the descriptor on which a supervisor hears of
    /// calls that the filter refers to it; EBUSY if there is a listener already.
    seccomp_new_listener(flags: SeccompFilterFlags, program: Address) -> FileDescriptor =
        seccomp([SeccompOperation::SET_MODE_FILTER], (flags | SeccompFilterFlags::NEW_LISTENER), program);
    /// `SECCOMP_GET_NOTIF_SIZES`: [`SeccompNotifSizes`](super::layout::SeccompNotifSizes) is written to `sizes`.
    seccomp_get_notif_sizes(sizes: Address) -> () =
        seccomp([SeccompOperation::GET_NOTIF_SIZES], [SeccompFilterFlags::empty()], sizes);
    /// `LANDLOCK_CREATE_RULESET_VERSION`: the highest version of the ABI, from 1 on.
    landlock_abi_version() -> i32 =
        landlock_create_ruleset([Address::NULL], [0], [LandlockCreateRulesetFlags::VERSION]);
}
