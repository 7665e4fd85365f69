//! `#include <unistd.h>`, `<sys/wait.h>`, `<sched.h>`, `<sys/prctl.h>`, `<sys/capability.h>`: processes and what
//! they are.

use super::fs::AtFlags;
use super::signal::Signal;
use crate::identifier::{Address, FileDescriptor, Process, ProcessGroup};

flags! {
    /// `CLONE_*`: what a new task shares, and which namespaces it has of its own. The lowest byte, for `clone`, is
    /// the number of the
    /// signal to the parent.
    CloneFlags: u64 {
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
    WaitOptions: u32 {
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
    PidfdFlags: u32 {
        NONBLOCK("PIDFD_NONBLOCK") = PIDFD_NONBLOCK = 0o4_000;
        THREAD("PIDFD_THREAD") = PIDFD_THREAD = 0o200;
    }
    /// `GRND_*`
    RandomFlags: u32 {
        NONBLOCK("GRND_NONBLOCK") = GRND_NONBLOCK;
        RANDOM("GRND_RANDOM") = GRND_RANDOM;
        INSECURE("GRND_INSECURE") = GRND_INSECURE;
    }
}

values! {
    /// `P_*`: what the id of `waitid` is.
    IdType: i32 {
        ALL("P_ALL") = P_ALL;
        PID("P_PID") = P_PID;
        PGID("P_PGID") = P_PGID;
        PIDFD("P_PIDFD") = P_PIDFD;
    }
    /// `PR_*`: the operations of `prctl`.
    PrctlOption: i32 {
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
    /// `LINUX_REBOOT_CMD_*`
    RebootCommand: u32 {
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
    RebootMagic: u32 {
        MAGIC1("LINUX_REBOOT_MAGIC1") = LINUX_REBOOT_MAGIC1;
        MAGIC2("LINUX_REBOOT_MAGIC2") = LINUX_REBOOT_MAGIC2;
        MAGIC2A("LINUX_REBOOT_MAGIC2A") = LINUX_REBOOT_MAGIC2A;
        MAGIC2B("LINUX_REBOOT_MAGIC2B") = LINUX_REBOOT_MAGIC2B;
        MAGIC2C("LINUX_REBOOT_MAGIC2C") = LINUX_REBOOT_MAGIC2C;
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

flags! {
    /// Personality: the lowest byte is the kind of system, above it are the differences from Linux's own ways.
    Personality: u32 {
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
    RseqFlags: u32 {
        UNREGISTER("RSEQ_FLAG_UNREGISTER") = RSEQ_FLAG_UNREGISTER = 0x1;
    }
}

impl Personality {
    /// All bits set: change nothing, only tell.
    pub const QUERY: Self = Self::all();
}

values! {
    /// `KCMP_*`: what of two processes is compared.
    KcmpType: i32 {
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
    RusageWho: i32 {
        SELF("RUSAGE_SELF") = RUSAGE_SELF = 0;
        CHILDREN("RUSAGE_CHILDREN") = RUSAGE_CHILDREN = -1;
        THREAD("RUSAGE_THREAD") = RUSAGE_THREAD = 1;
    }
}

values! {
    /// `CAP_*`: a capability.
    Capability: u32 {
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

instructions! {
    /// `pid_t getpid(void)`
    getpid() -> Process;
    /// `pid_t getppid(void)`
    getppid() -> Process;
    /// `pid_t gettid(void)`
    gettid() -> Process;
    /// `uid_t getuid(void)`
    getuid() -> Uid;
    /// `gid_t getgid(void)`
    getgid() -> Gid;
    /// `uid_t geteuid(void)`
    geteuid() -> Uid;
    /// `gid_t getegid(void)`
    getegid() -> Gid;
    /// `pid_t getpgid(pid_t pid)`
    getpgid(pid: Process) -> ProcessGroup;
    /// `int setpgid(pid_t pid, pid_t pgid)`
    ///
    /// [`Process::CALLER`] is the caller, [`ProcessGroup::OWN`] a new group led by `pid`.
    setpgid(pid: Process, pgid: ProcessGroup) -> ();
    /// `pid_t setsid(void)`
    ///
    /// Returns the new session, whose number is also that of its first process group.
    setsid() -> ProcessGroup;
    /// `pid_t getsid(pid_t pid)`
    getsid(pid: Process) -> ProcessGroup;
    /// `void _exit(int status)`
    ///
    /// Ends the calling thread only; [`exit_group`] ends the process. It does not return: an interface that sees it
    /// through answers
    /// with a hangup.
    exit(status: i32) -> ();
    /// `void exit_group(int status)`
    ///
    /// Ends every thread of the process. It does not return: an interface that sees it through answers with a hangup.
    exit_group(status: i32) -> ();
    /// `int clone(unsigned long flags, void *stack, int *parent_tid, int *child_tid, unsigned long tls)`
    ///
    /// The order of the arguments is that of x86_64; ABIs with `CLONE_BACKWARDS` exchange the last two, which is
    /// done when the
    /// instruction is executed. Returns twice: the child's number, and 0 in the child, which runs on `stack` from the
    /// same instruction on.
    clone(flags: CloneFlags, stack: Address, parent_tid: Address, child_tid: Address, tls: Address) -> Process
        [order clone_backwards];
    /// `long clone3(struct clone_args *cl_args, size_t size)`
    ///
    /// Returns twice: the child's number, and 0 in the child.
    clone3(cl_args: Address, size: usize) -> Process;
    /// `int execve(const char *pathname, char *const argv[], char *const envp[])`
    ///
    /// `argv` and `envp` are arrays of addresses of C strings, ended by a null. On success it returns to nobody.
    execve(pathname: Address, argv: Address, envp: Address) -> ();
    /// `int execveat(int dirfd, const char *pathname, char *const argv[], char *const envp[], int flags)`
    execveat(dirfd: FileDescriptor, pathname: Address, argv: Address, envp: Address, flags: AtFlags) -> ();
    /// `int waitid(idtype_t idtype, id_t id, siginfo_t *infop, int options, struct rusage *rusage)`
    ///
    /// What happened is written to `infop`, whose `si_pid` is 0 if nothing has with [`WaitOptions::NOHANG`].
    /// `rusage` is the
    /// kernel's own addition; either address may be [`Address::NULL`].
    waitid(idtype: IdType, id: WaitId, infop: Address, options: WaitOptions, rusage: Address) -> ();
    /// `pid_t wait4(pid_t pid, int *wstatus, int options, struct rusage *rusage)`
    ///
    /// Returns which child it was, 0 if none yet with [`WaitOptions::NOHANG`].
    wait4(pid: WaitTarget, wstatus: Address, options: WaitOptions, rusage: Address) -> Process;
    /// `int pidfd_open(pid_t pid, unsigned int flags)`
    pidfd_open(pid: Process, flags: PidfdFlags) -> FileDescriptor;
    /// `int prctl(int op, unsigned long arg2, unsigned long arg3, unsigned long arg4, unsigned long arg5)`
    ///
    /// The general form: what counts, and what comes back, is as `op` says; unused arguments are to be 0.
    prctl(op: PrctlOption, arg2: u64, arg3: u64, arg4: u64, arg5: u64) -> usize;
    /// `pid_t set_tid_address(int *tidptr)`
    ///
    /// Where the kernel writes 0 and wakes a futex at the thread's end. Returns the thread's number.
    set_tid_address(tidptr: Address) -> Process;
    /// `int capget(cap_user_header_t hdrp, cap_user_data_t datap)`
    ///
    /// `hdrp` is in and out: with a version that the kernel does not know it is EINVAL, and its own is written there.
    capget(hdrp: Address, datap: Address) -> ();
    /// `int capset(cap_user_header_t hdrp, const cap_user_data_t datap)`
    capset(hdrp: Address, datap: Address) -> ();
    /// `int unshare(int flags)`
    unshare(flags: CloneFlags) -> ();
    /// `int setns(int fd, int nstype)`
    ///
    /// `nstype` is what the descriptor must be, no flags for whatever it is; with a pidfd, which of its namespaces.
    setns(fd: FileDescriptor, nstype: CloneFlags) -> ();
    /// `int sethostname(const char *name, size_t len)`
    sethostname(name: Address, len: usize) -> ();
    /// `int setdomainname(const char *name, size_t len)`
    setdomainname(name: Address, len: usize) -> ();
    /// `int uname(struct utsname *buf)`
    uname(buf: Address) -> ();
    /// `int reboot(int magic, int magic2, int op, void *arg)`
    ///
    /// In a pid namespace of its own it ends that namespace. `arg` counts only with [`RebootCommand::RESTART2`].
    reboot(magic: RebootMagic, magic2: RebootMagic, op: RebootCommand, arg: Address) -> ();
    /// `ssize_t getrandom(void *buf, size_t buflen, unsigned int flags)`
    ///
    /// Returns how many bytes were written; up to 256 always come at once, more may be cut short by a signal.
    getrandom(buf: Address, buflen: usize, flags: RandomFlags) -> usize;
    /// `pid_t getpgrp(void)`
    ///
    /// On ABIs without it [`getpgid`] of [`Process::CALLER`], and `getpgid` is what is called there.
    getpgrp() -> ProcessGroup [else getpgid];
    /// `int getresuid(uid_t *ruid, uid_t *euid, uid_t *suid)`
    ///
    /// Writes 4 bytes to each of the three.
    getresuid(ruid: Address, euid: Address, suid: Address) -> ();
    /// `int getresgid(gid_t *rgid, gid_t *egid, gid_t *sgid)`
    ///
    /// Writes 4 bytes to each of the three.
    getresgid(rgid: Address, egid: Address, sgid: Address) -> ();
    /// `int getgroups(int size, gid_t list[])`
    ///
    /// Returns how many there are; with a `size` of 0 nothing is written.
    getgroups(size: i32, list: Address) -> usize;
    /// `int setgroups(size_t size, const gid_t *list)`
    ///
    /// For the calling thread only, unlike the C function; so are all calls here that set ids.
    setgroups(size: usize, list: Address) -> ();
    /// `int setuid(uid_t uid)`
    setuid(uid: Uid) -> ();
    /// `int setgid(gid_t gid)`
    setgid(gid: Gid) -> ();
    /// `int setreuid(uid_t ruid, uid_t euid)`
    setreuid(ruid: Uid, euid: Uid) -> ();
    /// `int setregid(gid_t rgid, gid_t egid)`
    setregid(rgid: Gid, egid: Gid) -> ();
    /// `int setresuid(uid_t ruid, uid_t euid, uid_t suid)`
    setresuid(ruid: Uid, euid: Uid, suid: Uid) -> ();
    /// `int setresgid(gid_t rgid, gid_t egid, gid_t sgid)`
    setresgid(rgid: Gid, egid: Gid, sgid: Gid) -> ();
    /// `int setfsuid(uid_t fsuid)`
    ///
    /// Returns what was, whether or not it is changed: a refusal is no error.
    setfsuid(fsuid: Uid) -> Uid;
    /// `int setfsgid(gid_t fsgid)`
    ///
    /// Returns what was, whether or not it is changed: a refusal is no error.
    setfsgid(fsgid: Gid) -> Gid;
    /// `int getrusage(int who, struct rusage *usage)`
    getrusage(who: RusageWho, usage: Address) -> ();
    /// `clock_t times(struct tms *buf)`
    ///
    /// Returns clock ticks since some point in the past.
    times(buf: Address) -> i64;
    /// `int personality(unsigned long persona)`
    ///
    /// Returns what was.
    personality(persona: Personality) -> Personality;
    /// `int pidfd_getfd(int pidfd, int targetfd, unsigned int flags)`
    ///
    /// `targetfd` is in the other process's table; the result, close-on-exec, in the caller's. `flags` is 0.
    pidfd_getfd(pidfd: FileDescriptor, targetfd: FileDescriptor, flags: u32) -> FileDescriptor;
    /// `int kcmp(pid_t pid1, pid_t pid2, int type, unsigned long idx1, unsigned long idx2)`
    ///
    /// 0 if they are the same, 1 or 2 for an order, 3 for none.
    kcmp(pid1: Process, pid2: Process, r#type: KcmpType, idx1: u64, idx2: u64) -> i32;
    /// `int rseq(struct rseq *rseq, uint32_t rseq_len, int flags, uint32_t sig)`
    rseq(rseq: Address, rseq_len: u32, flags: RseqFlags, sig: u32) -> ();
    /// `int vhangup(void)`
    vhangup() -> ();
}

forms! {
    /// `PR_SET_PDEATHSIG`: the signal that the caller gets when the *thread* that made it ends. 0,
    /// [`Signal::NONE`], for none.
    prctl_set_pdeathsig(signal: Signal) -> () = prctl(PrctlOption::SET_PDEATHSIG, signal.word(), 0, 0, 0);
    /// `PR_SET_NAME`: the thread's name, a C string of which 15 bytes count.
    prctl_set_name(name: Address) -> () = prctl(PrctlOption::SET_NAME, name.word(), 0, 0, 0);
    /// `PR_GET_NAME`: 16 bytes are written to `name`.
    prctl_get_name(name: Address) -> () = prctl(PrctlOption::GET_NAME, name.word(), 0, 0, 0);
    /// `PR_SET_DUMPABLE`
    prctl_set_dumpable(dumpable: bool) -> () = prctl(PrctlOption::SET_DUMPABLE, dumpable as u64, 0, 0, 0);
    /// `PR_GET_DUMPABLE`: 0, 1, or 2 for "by root only".
    prctl_get_dumpable() -> u32 = prctl(PrctlOption::GET_DUMPABLE, 0, 0, 0, 0);
    /// `PR_SET_NO_NEW_PRIVS`: `execve` grants no privileges any more. Nothing takes it back.
    prctl_set_no_new_privs() -> () = prctl(PrctlOption::SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    /// `PR_GET_NO_NEW_PRIVS`: 0 or 1.
    prctl_get_no_new_privs() -> u32 = prctl(PrctlOption::GET_NO_NEW_PRIVS, 0, 0, 0, 0);
    /// `PR_SET_CHILD_SUBREAPER`: whether orphaned descendants become the caller's children.
    prctl_set_child_subreaper(set: bool) -> () = prctl(PrctlOption::SET_CHILD_SUBREAPER, set as u64, 0, 0, 0);
    /// `PR_SET_KEEPCAPS`: whether the permitted capabilities are kept when all uids become other than 0.
    prctl_set_keepcaps(set: bool) -> () = prctl(PrctlOption::SET_KEEPCAPS, set as u64, 0, 0, 0);
    /// `PR_CAPBSET_READ`: 1 if the capability is in the bounding set, else 0; EINVAL if the kernel has no such
    /// capability.
    prctl_capbset_read(capability: Capability) -> u32 =
        prctl(PrctlOption::CAPBSET_READ, capability.word(), 0, 0, 0);
    /// `PR_CAPBSET_DROP`: takes the capability out of the bounding set.
    prctl_capbset_drop(capability: Capability) -> () =
        prctl(PrctlOption::CAPBSET_DROP, capability.word(), 0, 0, 0);
    /// `PR_CAP_AMBIENT_RAISE`: adds the capability, which is permitted and inheritable, to the ambient set.
    prctl_cap_ambient_raise(capability: Capability) -> () =
        prctl(PrctlOption::CAP_AMBIENT, constant!(u64 PR_CAP_AMBIENT_RAISE), capability.word(), 0, 0);
    /// `PR_CAP_AMBIENT_LOWER`: takes the capability out of the ambient set.
    prctl_cap_ambient_lower(capability: Capability) -> () =
        prctl(PrctlOption::CAP_AMBIENT, constant!(u64 PR_CAP_AMBIENT_LOWER), capability.word(), 0, 0);
    /// `PR_CAP_AMBIENT_CLEAR_ALL`: empties the ambient set.
    prctl_cap_ambient_clear_all() -> () =
        prctl(PrctlOption::CAP_AMBIENT, constant!(u64 PR_CAP_AMBIENT_CLEAR_ALL), 0, 0, 0);
    /// `PR_SET_PTRACER`: who may trace the caller where the Yama security module restricts that.
    prctl_set_ptracer(tracer: Process) -> () = prctl(PrctlOption::SET_PTRACER, tracer.word(), 0, 0, 0);
}
