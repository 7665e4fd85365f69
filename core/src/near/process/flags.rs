//! The flags and named values.

use crate::identifier::{FileDescriptor, Process, ProcessGroup};
use crate::near::signal::Signal;

constants! {
    /// `CLONE_*`: what a new task shares, and which namespaces it has of its own. The lowest byte, for `clone`, is
    /// the signal to the parent; `CLONE_NEWTIME`, which lies in it, is for `clone3`, `unshare` and `setns`.
    flags CloneFlags: u64 [last Signal 0x7f] {
        VM("CLONE_VM") = CLONE_VM;
        FS("CLONE_FS") = CLONE_FS;
        FILES("CLONE_FILES") = CLONE_FILES;
        SIGHAND("CLONE_SIGHAND") = CLONE_SIGHAND;
        PIDFD("CLONE_PIDFD") = CLONE_PIDFD;
        PTRACE("CLONE_PTRACE") = CLONE_PTRACE;
        VFORK("CLONE_VFORK") = CLONE_VFORK;
        PARENT("CLONE_PARENT") = CLONE_PARENT;
        THREAD("CLONE_THREAD") = CLONE_THREAD;
        NEWNS("CLONE_NEWNS") = CLONE_NEWNS;
        SYSVSEM("CLONE_SYSVSEM") = CLONE_SYSVSEM;
        SETTLS("CLONE_SETTLS") = CLONE_SETTLS;
        PARENT_SETTID("CLONE_PARENT_SETTID") = CLONE_PARENT_SETTID;
        CHILD_CLEARTID("CLONE_CHILD_CLEARTID") = CLONE_CHILD_CLEARTID;
        UNTRACED("CLONE_UNTRACED") = CLONE_UNTRACED;
        CHILD_SETTID("CLONE_CHILD_SETTID") = CLONE_CHILD_SETTID;
        NEWCGROUP("CLONE_NEWCGROUP") = CLONE_NEWCGROUP;
        NEWUTS("CLONE_NEWUTS") = CLONE_NEWUTS;
        NEWIPC("CLONE_NEWIPC") = CLONE_NEWIPC;
        NEWUSER("CLONE_NEWUSER") = CLONE_NEWUSER;
        NEWPID("CLONE_NEWPID") = CLONE_NEWPID;
        NEWNET("CLONE_NEWNET") = CLONE_NEWNET;
        IO("CLONE_IO") = CLONE_IO;
        NEWTIME("CLONE_NEWTIME") = CLONE_NEWTIME;
        CLEAR_SIGHAND("CLONE_CLEAR_SIGHAND") = CLONE_CLEAR_SIGHAND;
        INTO_CGROUP("CLONE_INTO_CGROUP") = CLONE_INTO_CGROUP;
    }
    /// `W*`: which changes of children are waited for, and how.
    flags WaitOptions: u32 {
        NOHANG("WNOHANG") = WNOHANG;
        STOPPED("WSTOPPED") = WSTOPPED;
        EXITED("WEXITED") = WEXITED;
        CONTINUED("WCONTINUED") = WCONTINUED;
        NOWAIT("WNOWAIT") = WNOWAIT;
        NOTHREAD("__WNOTHREAD") = __WNOTHREAD;
        ALL("__WALL") = __WALL;
        CLONE("__WCLONE") = __WCLONE;
    }
    /// `PIDFD_*`
    flags PidfdFlags: u32 {
        NONBLOCK("PIDFD_NONBLOCK") = PIDFD_NONBLOCK = 0o4_000;
        THREAD("PIDFD_THREAD") = PIDFD_THREAD = 0o200;
    }
    /// `GRND_*`
    flags RandomFlags: u32 {
        NONBLOCK("GRND_NONBLOCK") = GRND_NONBLOCK;
        RANDOM("GRND_RANDOM") = GRND_RANDOM;
        INSECURE("GRND_INSECURE") = GRND_INSECURE;
    }
    /// `P_*`: what the id of `waitid` is.
    values IdType: i32 {
        ALL("P_ALL") = P_ALL;
        PID("P_PID") = P_PID;
        PGID("P_PGID") = P_PGID;
        PIDFD("P_PIDFD") = P_PIDFD;
    }
    /// `PR_*`: the operations of `prctl`.
    values PrctlOption: i32 {
        SET_PDEATHSIG("PR_SET_PDEATHSIG") = PR_SET_PDEATHSIG;
        GET_PDEATHSIG("PR_GET_PDEATHSIG") = PR_GET_PDEATHSIG;
        GET_DUMPABLE("PR_GET_DUMPABLE") = PR_GET_DUMPABLE;
        SET_DUMPABLE("PR_SET_DUMPABLE") = PR_SET_DUMPABLE;
        GET_UNALIGN("PR_GET_UNALIGN") = PR_GET_UNALIGN;
        SET_UNALIGN("PR_SET_UNALIGN") = PR_SET_UNALIGN;
        GET_KEEPCAPS("PR_GET_KEEPCAPS") = PR_GET_KEEPCAPS;
        SET_KEEPCAPS("PR_SET_KEEPCAPS") = PR_SET_KEEPCAPS;
        GET_FPEMU("PR_GET_FPEMU") = PR_GET_FPEMU;
        SET_FPEMU("PR_SET_FPEMU") = PR_SET_FPEMU;
        GET_FPEXC("PR_GET_FPEXC") = PR_GET_FPEXC;
        SET_FPEXC("PR_SET_FPEXC") = PR_SET_FPEXC;
        GET_TIMING("PR_GET_TIMING") = PR_GET_TIMING;
        SET_TIMING("PR_SET_TIMING") = PR_SET_TIMING;
        SET_NAME("PR_SET_NAME") = PR_SET_NAME;
        GET_NAME("PR_GET_NAME") = PR_GET_NAME;
        GET_ENDIAN("PR_GET_ENDIAN") = PR_GET_ENDIAN;
        SET_ENDIAN("PR_SET_ENDIAN") = PR_SET_ENDIAN;
        GET_SECCOMP("PR_GET_SECCOMP") = PR_GET_SECCOMP;
        SET_SECCOMP("PR_SET_SECCOMP") = PR_SET_SECCOMP;
        CAPBSET_READ("PR_CAPBSET_READ") = PR_CAPBSET_READ;
        CAPBSET_DROP("PR_CAPBSET_DROP") = PR_CAPBSET_DROP;
        GET_TSC("PR_GET_TSC") = PR_GET_TSC;
        SET_TSC("PR_SET_TSC") = PR_SET_TSC;
        GET_SECUREBITS("PR_GET_SECUREBITS") = PR_GET_SECUREBITS;
        SET_SECUREBITS("PR_SET_SECUREBITS") = PR_SET_SECUREBITS;
        SET_TIMERSLACK("PR_SET_TIMERSLACK") = PR_SET_TIMERSLACK;
        GET_TIMERSLACK("PR_GET_TIMERSLACK") = PR_GET_TIMERSLACK;
        TASK_PERF_EVENTS_DISABLE("PR_TASK_PERF_EVENTS_DISABLE") = PR_TASK_PERF_EVENTS_DISABLE;
        TASK_PERF_EVENTS_ENABLE("PR_TASK_PERF_EVENTS_ENABLE") = PR_TASK_PERF_EVENTS_ENABLE;
        MCE_KILL("PR_MCE_KILL") = PR_MCE_KILL;
        MCE_KILL_GET("PR_MCE_KILL_GET") = PR_MCE_KILL_GET;
        SET_MM("PR_SET_MM") = PR_SET_MM;
        SET_PTRACER("PR_SET_PTRACER") = PR_SET_PTRACER;
        SET_CHILD_SUBREAPER("PR_SET_CHILD_SUBREAPER") = PR_SET_CHILD_SUBREAPER;
        GET_CHILD_SUBREAPER("PR_GET_CHILD_SUBREAPER") = PR_GET_CHILD_SUBREAPER;
        SET_NO_NEW_PRIVS("PR_SET_NO_NEW_PRIVS") = PR_SET_NO_NEW_PRIVS;
        GET_NO_NEW_PRIVS("PR_GET_NO_NEW_PRIVS") = PR_GET_NO_NEW_PRIVS;
        GET_TID_ADDRESS("PR_GET_TID_ADDRESS") = PR_GET_TID_ADDRESS;
        SET_THP_DISABLE("PR_SET_THP_DISABLE") = PR_SET_THP_DISABLE;
        GET_THP_DISABLE("PR_GET_THP_DISABLE") = PR_GET_THP_DISABLE;
        CAP_AMBIENT("PR_CAP_AMBIENT") = PR_CAP_AMBIENT;
        SVE_SET_VL("PR_SVE_SET_VL") = PR_SVE_SET_VL;
        SVE_GET_VL("PR_SVE_GET_VL") = PR_SVE_GET_VL;
        GET_SPECULATION_CTRL("PR_GET_SPECULATION_CTRL") = PR_GET_SPECULATION_CTRL;
        SET_SPECULATION_CTRL("PR_SET_SPECULATION_CTRL") = PR_SET_SPECULATION_CTRL;
        PAC_RESET_KEYS("PR_PAC_RESET_KEYS") = PR_PAC_RESET_KEYS;
        SET_TAGGED_ADDR_CTRL("PR_SET_TAGGED_ADDR_CTRL") = PR_SET_TAGGED_ADDR_CTRL;
        GET_TAGGED_ADDR_CTRL("PR_GET_TAGGED_ADDR_CTRL") = PR_GET_TAGGED_ADDR_CTRL;
        SET_IO_FLUSHER("PR_SET_IO_FLUSHER") = PR_SET_IO_FLUSHER;
        GET_IO_FLUSHER("PR_GET_IO_FLUSHER") = PR_GET_IO_FLUSHER;
        SET_SYSCALL_USER_DISPATCH("PR_SET_SYSCALL_USER_DISPATCH") = PR_SET_SYSCALL_USER_DISPATCH;
        PAC_SET_ENABLED_KEYS("PR_PAC_SET_ENABLED_KEYS") = PR_PAC_SET_ENABLED_KEYS;
        PAC_GET_ENABLED_KEYS("PR_PAC_GET_ENABLED_KEYS") = PR_PAC_GET_ENABLED_KEYS;
        SCHED_CORE("PR_SCHED_CORE") = PR_SCHED_CORE;
        SME_SET_VL("PR_SME_SET_VL") = PR_SME_SET_VL;
        SME_GET_VL("PR_SME_GET_VL") = PR_SME_GET_VL;
        SET_MDWE("PR_SET_MDWE") = PR_SET_MDWE;
        GET_MDWE("PR_GET_MDWE") = PR_GET_MDWE;
        SET_MEMORY_MERGE("PR_SET_MEMORY_MERGE") = PR_SET_MEMORY_MERGE;
        GET_MEMORY_MERGE("PR_GET_MEMORY_MERGE") = PR_GET_MEMORY_MERGE;
        SET_VMA("PR_SET_VMA") = PR_SET_VMA;
        GET_AUXV("PR_GET_AUXV") = PR_GET_AUXV;
        TIMER_CREATE_RESTORE_IDS("PR_TIMER_CREATE_RESTORE_IDS") = PR_TIMER_CREATE_RESTORE_IDS;
        FUTEX_HASH("PR_FUTEX_HASH") = PR_FUTEX_HASH;
    }
    /// `PR_CAP_AMBIENT_*`: what is done with the ambient set.
    values AmbientOperation: u64 {
        IS_SET("PR_CAP_AMBIENT_IS_SET") = PR_CAP_AMBIENT_IS_SET;
        RAISE("PR_CAP_AMBIENT_RAISE") = PR_CAP_AMBIENT_RAISE;
        LOWER("PR_CAP_AMBIENT_LOWER") = PR_CAP_AMBIENT_LOWER;
        CLEAR_ALL("PR_CAP_AMBIENT_CLEAR_ALL") = PR_CAP_AMBIENT_CLEAR_ALL;
    }
    /// `SECBIT_*`: what the user id 0 means no longer.
    flags SecureBits: u32 {
        NOROOT("SECBIT_NOROOT") = SECBIT_NOROOT = 0x1;
        NOROOT_LOCKED("SECBIT_NOROOT_LOCKED") = SECBIT_NOROOT_LOCKED = 0x2;
        NO_SETUID_FIXUP("SECBIT_NO_SETUID_FIXUP") = SECBIT_NO_SETUID_FIXUP = 0x4;
        NO_SETUID_FIXUP_LOCKED("SECBIT_NO_SETUID_FIXUP_LOCKED") = SECBIT_NO_SETUID_FIXUP_LOCKED = 0x8;
        KEEP_CAPS("SECBIT_KEEP_CAPS") = SECBIT_KEEP_CAPS = 0x10;
        KEEP_CAPS_LOCKED("SECBIT_KEEP_CAPS_LOCKED") = SECBIT_KEEP_CAPS_LOCKED = 0x20;
        NO_CAP_AMBIENT_RAISE("SECBIT_NO_CAP_AMBIENT_RAISE") = SECBIT_NO_CAP_AMBIENT_RAISE = 0x40;
        NO_CAP_AMBIENT_RAISE_LOCKED("SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED") = SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED = 0x80;
        EXEC_RESTRICT_FILE("SECBIT_EXEC_RESTRICT_FILE") = SECBIT_EXEC_RESTRICT_FILE = 0x100;
        EXEC_RESTRICT_FILE_LOCKED("SECBIT_EXEC_RESTRICT_FILE_LOCKED") = SECBIT_EXEC_RESTRICT_FILE_LOCKED = 0x200;
        EXEC_DENY_INTERACTIVE("SECBIT_EXEC_DENY_INTERACTIVE") = SECBIT_EXEC_DENY_INTERACTIVE = 0x400;
        EXEC_DENY_INTERACTIVE_LOCKED("SECBIT_EXEC_DENY_INTERACTIVE_LOCKED") = SECBIT_EXEC_DENY_INTERACTIVE_LOCKED = 0x800;
    }
    /// `LINUX_REBOOT_CMD_*`
    values RebootCommand: u32 {
        RESTART("LINUX_REBOOT_CMD_RESTART") = LINUX_REBOOT_CMD_RESTART;
        HALT("LINUX_REBOOT_CMD_HALT") = LINUX_REBOOT_CMD_HALT;
        CAD_ON("LINUX_REBOOT_CMD_CAD_ON") = LINUX_REBOOT_CMD_CAD_ON;
        CAD_OFF("LINUX_REBOOT_CMD_CAD_OFF") = LINUX_REBOOT_CMD_CAD_OFF;
        POWER_OFF("LINUX_REBOOT_CMD_POWER_OFF") = LINUX_REBOOT_CMD_POWER_OFF;
        RESTART2("LINUX_REBOOT_CMD_RESTART2") = LINUX_REBOOT_CMD_RESTART2;
        SW_SUSPEND("LINUX_REBOOT_CMD_SW_SUSPEND") = LINUX_REBOOT_CMD_SW_SUSPEND;
        KEXEC("LINUX_REBOOT_CMD_KEXEC") = LINUX_REBOOT_CMD_KEXEC;
    }
    /// `LINUX_REBOOT_MAGIC*`: the two numbers that show that a reboot is meant.
    values RebootMagic: u32 {
        MAGIC1("LINUX_REBOOT_MAGIC1") = LINUX_REBOOT_MAGIC1;
        MAGIC2("LINUX_REBOOT_MAGIC2") = LINUX_REBOOT_MAGIC2;
        MAGIC2A("LINUX_REBOOT_MAGIC2A") = LINUX_REBOOT_MAGIC2A;
        MAGIC2B("LINUX_REBOOT_MAGIC2B") = LINUX_REBOOT_MAGIC2B;
        MAGIC2C("LINUX_REBOOT_MAGIC2C") = LINUX_REBOOT_MAGIC2C;
    }
    /// `PER_*`: the kind of system that a program was made for.
    values ExecutionDomain: u32 {
        LINUX("PER_LINUX") = PER_LINUX = 0;
        BSD("PER_BSD") = PER_BSD = 6;
        LINUX32("PER_LINUX32") = PER_LINUX32 = 8;
    }
    /// Personality: the lowest byte is an [`ExecutionDomain`], above it are the differences from Linux's own ways.
    flags Personality: u32 [first ExecutionDomain 0xff] {
        UNAME26 = UNAME26 = 0x2_0000;
        ADDR_NO_RANDOMIZE = ADDR_NO_RANDOMIZE = 0x4_0000;
        FDPIC_FUNCPTRS = FDPIC_FUNCPTRS = 0x8_0000;
        MMAP_PAGE_ZERO = MMAP_PAGE_ZERO = 0x10_0000;
        ADDR_COMPAT_LAYOUT = ADDR_COMPAT_LAYOUT = 0x20_0000;
        READ_IMPLIES_EXEC = READ_IMPLIES_EXEC = 0x40_0000;
        ADDR_LIMIT_32BIT = ADDR_LIMIT_32BIT = 0x80_0000;
        SHORT_INODE = SHORT_INODE = 0x100_0000;
        WHOLE_SECONDS = WHOLE_SECONDS = 0x200_0000;
        STICKY_TIMEOUTS = STICKY_TIMEOUTS = 0x400_0000;
        ADDR_LIMIT_3GB = ADDR_LIMIT_3GB = 0x800_0000;
    }
    /// `RSEQ_FLAG_*`
    flags RseqFlags: u32 {
        UNREGISTER("RSEQ_FLAG_UNREGISTER") = RSEQ_FLAG_UNREGISTER = 0x1;
    }
    /// `KCMP_*`: what of two processes is compared.
    values KcmpType: i32 {
        FILE("KCMP_FILE") = KCMP_FILE = 0;
        VM("KCMP_VM") = KCMP_VM = 1;
        FILES("KCMP_FILES") = KCMP_FILES = 2;
        FS("KCMP_FS") = KCMP_FS = 3;
        SIGHAND("KCMP_SIGHAND") = KCMP_SIGHAND = 4;
        IO("KCMP_IO") = KCMP_IO = 5;
        SYSVSEM("KCMP_SYSVSEM") = KCMP_SYSVSEM = 6;
        EPOLL_TFD("KCMP_EPOLL_TFD") = KCMP_EPOLL_TFD = 7;
    }
    /// `RUSAGE_*`: whose use is told.
    values RusageWho: i32 {
        SELF("RUSAGE_SELF") = RUSAGE_SELF = 0;
        CHILDREN("RUSAGE_CHILDREN") = RUSAGE_CHILDREN = -1;
        THREAD("RUSAGE_THREAD") = RUSAGE_THREAD = 1;
    }
    /// `CAP_*`: a capability.
    values Capability: u32 {
        CHOWN("CAP_CHOWN") = CAP_CHOWN;
        DAC_OVERRIDE("CAP_DAC_OVERRIDE") = CAP_DAC_OVERRIDE;
        DAC_READ_SEARCH("CAP_DAC_READ_SEARCH") = CAP_DAC_READ_SEARCH;
        FOWNER("CAP_FOWNER") = CAP_FOWNER;
        FSETID("CAP_FSETID") = CAP_FSETID;
        KILL("CAP_KILL") = CAP_KILL;
        SETGID("CAP_SETGID") = CAP_SETGID;
        SETUID("CAP_SETUID") = CAP_SETUID;
        SETPCAP("CAP_SETPCAP") = CAP_SETPCAP;
        LINUX_IMMUTABLE("CAP_LINUX_IMMUTABLE") = CAP_LINUX_IMMUTABLE;
        NET_BIND_SERVICE("CAP_NET_BIND_SERVICE") = CAP_NET_BIND_SERVICE;
        NET_BROADCAST("CAP_NET_BROADCAST") = CAP_NET_BROADCAST;
        NET_ADMIN("CAP_NET_ADMIN") = CAP_NET_ADMIN;
        NET_RAW("CAP_NET_RAW") = CAP_NET_RAW;
        IPC_LOCK("CAP_IPC_LOCK") = CAP_IPC_LOCK;
        IPC_OWNER("CAP_IPC_OWNER") = CAP_IPC_OWNER;
        SYS_MODULE("CAP_SYS_MODULE") = CAP_SYS_MODULE;
        SYS_RAWIO("CAP_SYS_RAWIO") = CAP_SYS_RAWIO;
        SYS_CHROOT("CAP_SYS_CHROOT") = CAP_SYS_CHROOT;
        SYS_PTRACE("CAP_SYS_PTRACE") = CAP_SYS_PTRACE;
        SYS_PACCT("CAP_SYS_PACCT") = CAP_SYS_PACCT;
        SYS_ADMIN("CAP_SYS_ADMIN") = CAP_SYS_ADMIN;
        SYS_BOOT("CAP_SYS_BOOT") = CAP_SYS_BOOT;
        SYS_NICE("CAP_SYS_NICE") = CAP_SYS_NICE;
        SYS_RESOURCE("CAP_SYS_RESOURCE") = CAP_SYS_RESOURCE;
        SYS_TIME("CAP_SYS_TIME") = CAP_SYS_TIME;
        SYS_TTY_CONFIG("CAP_SYS_TTY_CONFIG") = CAP_SYS_TTY_CONFIG;
        MKNOD("CAP_MKNOD") = CAP_MKNOD;
        LEASE("CAP_LEASE") = CAP_LEASE;
        AUDIT_WRITE("CAP_AUDIT_WRITE") = CAP_AUDIT_WRITE;
        AUDIT_CONTROL("CAP_AUDIT_CONTROL") = CAP_AUDIT_CONTROL;
        SETFCAP("CAP_SETFCAP") = CAP_SETFCAP;
        MAC_OVERRIDE("CAP_MAC_OVERRIDE") = CAP_MAC_OVERRIDE;
        MAC_ADMIN("CAP_MAC_ADMIN") = CAP_MAC_ADMIN;
        SYSLOG("CAP_SYSLOG") = CAP_SYSLOG;
        WAKE_ALARM("CAP_WAKE_ALARM") = CAP_WAKE_ALARM;
        BLOCK_SUSPEND("CAP_BLOCK_SUSPEND") = CAP_BLOCK_SUSPEND;
        AUDIT_READ("CAP_AUDIT_READ") = CAP_AUDIT_READ;
        PERFMON("CAP_PERFMON") = CAP_PERFMON;
        BPF("CAP_BPF") = CAP_BPF;
        CHECKPOINT_RESTORE("CAP_CHECKPOINT_RESTORE") = CAP_CHECKPOINT_RESTORE;
    }
}

numbers! {
    /// `uid_t`: a user, in one user namespace.
    Uid: u32 {
        /// The superuser.
        ROOT = 0;
        /// -1: leave it as it is.
        UNCHANGED = u32::MAX;
    }
    /// `gid_t`: a group of users, in one user namespace.
    Gid: u32 {
        /// The superuser's group.
        ROOT = 0;
        /// -1: leave it as it is.
        UNCHANGED = u32::MAX;
    }
    /// `id_t id` of `waitid`: nothing, a process, a process group or a descriptor, as [`IdType`] says.
    WaitId: i32 {
        /// With [`IdType::ALL`], which does not look at it.
        ANY = 0;
        /// With [`IdType::PGID`]: the caller's process group.
        OWN_GROUP = 0;
    }
    /// `pid_t pid` of `wait4`: a child, -1 any, 0 any of the caller's process group, -n any of that group.
    WaitTarget: i32 {
        /// Any child.
        ANY = -1;
        /// Any child in the caller's process group.
        OWN_GROUP = 0;
    }
}

macro_rules! wait_from {
    ($($from:ident => $to:ident $word:ident $value:expr;)*) => { $(
        impl From<$from> for $to {
            fn from($word: $from) -> Self {
                Self::from_raw($value)
            }
        }
    )* };
}

wait_from! {
    Process => WaitId process process.into_raw();
    ProcessGroup => WaitId group group.into_raw();
    FileDescriptor => WaitId pidfd pidfd.into_raw();
    Process => WaitTarget process process.into_raw();
    ProcessGroup => WaitTarget group group.into_raw().wrapping_neg();
}

impl Personality {
    /// All bits set: change nothing, only tell.
    pub const QUERY: Self = Self::all();
}
