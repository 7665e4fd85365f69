//! `#include <sys/sysinfo.h>`, `<sys/klog.h>`, `<sys/swap.h>`, `<linux/bpf.h>`, `<linux/perf_event.h>`: the machine
//! and its kernel.

use super::fs::OFlags;
use crate::identifier::{Address, FileDescriptor, Process};

constants! {
    /// `SWAP_FLAG_*`; the lowest 15 bits are a priority, with `PREFER`.
    flags SwapFlags: u32 {
        PREFER("SWAP_FLAG_PREFER") = SWAP_FLAG_PREFER = 0x8000;
        DISCARD("SWAP_FLAG_DISCARD") = SWAP_FLAG_DISCARD = 0x1_0000;
        DISCARD_ONCE("SWAP_FLAG_DISCARD_ONCE") = SWAP_FLAG_DISCARD_ONCE = 0x2_0000;
        DISCARD_PAGES("SWAP_FLAG_DISCARD_PAGES") = SWAP_FLAG_DISCARD_PAGES = 0x4_0000;
    }
    /// `MODULE_INIT_*`
    flags ModuleInitFlags: u32 {
        IGNORE_MODVERSIONS("MODULE_INIT_IGNORE_MODVERSIONS") = MODULE_INIT_IGNORE_MODVERSIONS = 1;
        IGNORE_VERMAGIC("MODULE_INIT_IGNORE_VERMAGIC") = MODULE_INIT_IGNORE_VERMAGIC = 2;
        COMPRESSED_FILE("MODULE_INIT_COMPRESSED_FILE") = MODULE_INIT_COMPRESSED_FILE = 4;
    }
    /// `KEXEC_*`
    flags KexecFlags: u64 {
        ON_CRASH("KEXEC_ON_CRASH") = KEXEC_ON_CRASH = 0x1;
        PRESERVE_CONTEXT("KEXEC_PRESERVE_CONTEXT") = KEXEC_PRESERVE_CONTEXT = 0x2;
        UPDATE_ELFCOREHDR("KEXEC_UPDATE_ELFCOREHDR") = KEXEC_UPDATE_ELFCOREHDR = 0x4;
        CRASH_HOTPLUG_SUPPORT("KEXEC_CRASH_HOTPLUG_SUPPORT") = KEXEC_CRASH_HOTPLUG_SUPPORT = 0x8;
    }
    /// `KEXEC_FILE_*`
    flags KexecFileFlags: u64 {
        UNLOAD("KEXEC_FILE_UNLOAD") = KEXEC_FILE_UNLOAD = 0x1;
        ON_CRASH("KEXEC_FILE_ON_CRASH") = KEXEC_FILE_ON_CRASH = 0x2;
        NO_INITRAMFS("KEXEC_FILE_NO_INITRAMFS") = KEXEC_FILE_NO_INITRAMFS = 0x4;
        DEBUG("KEXEC_FILE_DEBUG") = KEXEC_FILE_DEBUG = 0x8;
        NO_CMA("KEXEC_FILE_NO_CMA") = KEXEC_FILE_NO_CMA = 0x10;
    }
    /// `PERF_FLAG_*`
    flags PerfEventFlags: u64 {
        FD_NO_GROUP("PERF_FLAG_FD_NO_GROUP") = PERF_FLAG_FD_NO_GROUP = 0x1;
        FD_OUTPUT("PERF_FLAG_FD_OUTPUT") = PERF_FLAG_FD_OUTPUT = 0x2;
        PID_CGROUP("PERF_FLAG_PID_CGROUP") = PERF_FLAG_PID_CGROUP = 0x4;
        FD_CLOEXEC("PERF_FLAG_FD_CLOEXEC") = PERF_FLAG_FD_CLOEXEC = 0x8;
    }
    /// `SYSLOG_ACTION_*`
    values SyslogAction: i32 {
        CLOSE("SYSLOG_ACTION_CLOSE") = SYSLOG_ACTION_CLOSE = 0;
        OPEN("SYSLOG_ACTION_OPEN") = SYSLOG_ACTION_OPEN = 1;
        READ("SYSLOG_ACTION_READ") = SYSLOG_ACTION_READ = 2;
        READ_ALL("SYSLOG_ACTION_READ_ALL") = SYSLOG_ACTION_READ_ALL = 3;
        READ_CLEAR("SYSLOG_ACTION_READ_CLEAR") = SYSLOG_ACTION_READ_CLEAR = 4;
        CLEAR("SYSLOG_ACTION_CLEAR") = SYSLOG_ACTION_CLEAR = 5;
        CONSOLE_OFF("SYSLOG_ACTION_CONSOLE_OFF") = SYSLOG_ACTION_CONSOLE_OFF = 6;
        CONSOLE_ON("SYSLOG_ACTION_CONSOLE_ON") = SYSLOG_ACTION_CONSOLE_ON = 7;
        CONSOLE_LEVEL("SYSLOG_ACTION_CONSOLE_LEVEL") = SYSLOG_ACTION_CONSOLE_LEVEL = 8;
        SIZE_UNREAD("SYSLOG_ACTION_SIZE_UNREAD") = SYSLOG_ACTION_SIZE_UNREAD = 9;
        SIZE_BUFFER("SYSLOG_ACTION_SIZE_BUFFER") = SYSLOG_ACTION_SIZE_BUFFER = 10;
    }
    /// `BPF_*`: the commands.
    values BpfCommand: i32 {
        MAP_CREATE("BPF_MAP_CREATE") = BPF_MAP_CREATE = 0;
        MAP_LOOKUP_ELEM("BPF_MAP_LOOKUP_ELEM") = BPF_MAP_LOOKUP_ELEM = 1;
        MAP_UPDATE_ELEM("BPF_MAP_UPDATE_ELEM") = BPF_MAP_UPDATE_ELEM = 2;
        MAP_DELETE_ELEM("BPF_MAP_DELETE_ELEM") = BPF_MAP_DELETE_ELEM = 3;
        MAP_GET_NEXT_KEY("BPF_MAP_GET_NEXT_KEY") = BPF_MAP_GET_NEXT_KEY = 4;
        PROG_LOAD("BPF_PROG_LOAD") = BPF_PROG_LOAD = 5;
        OBJ_PIN("BPF_OBJ_PIN") = BPF_OBJ_PIN = 6;
        OBJ_GET("BPF_OBJ_GET") = BPF_OBJ_GET = 7;
        PROG_ATTACH("BPF_PROG_ATTACH") = BPF_PROG_ATTACH = 8;
        PROG_DETACH("BPF_PROG_DETACH") = BPF_PROG_DETACH = 9;
        PROG_TEST_RUN("BPF_PROG_TEST_RUN") = BPF_PROG_TEST_RUN = 10;
        PROG_GET_NEXT_ID("BPF_PROG_GET_NEXT_ID") = BPF_PROG_GET_NEXT_ID = 11;
        MAP_GET_NEXT_ID("BPF_MAP_GET_NEXT_ID") = BPF_MAP_GET_NEXT_ID = 12;
        PROG_GET_FD_BY_ID("BPF_PROG_GET_FD_BY_ID") = BPF_PROG_GET_FD_BY_ID = 13;
        MAP_GET_FD_BY_ID("BPF_MAP_GET_FD_BY_ID") = BPF_MAP_GET_FD_BY_ID = 14;
        OBJ_GET_INFO_BY_FD("BPF_OBJ_GET_INFO_BY_FD") = BPF_OBJ_GET_INFO_BY_FD = 15;
        PROG_QUERY("BPF_PROG_QUERY") = BPF_PROG_QUERY = 16;
        RAW_TRACEPOINT_OPEN("BPF_RAW_TRACEPOINT_OPEN") = BPF_RAW_TRACEPOINT_OPEN = 17;
        BTF_LOAD("BPF_BTF_LOAD") = BPF_BTF_LOAD = 18;
        BTF_GET_FD_BY_ID("BPF_BTF_GET_FD_BY_ID") = BPF_BTF_GET_FD_BY_ID = 19;
        TASK_FD_QUERY("BPF_TASK_FD_QUERY") = BPF_TASK_FD_QUERY = 20;
        MAP_LOOKUP_AND_DELETE_ELEM("BPF_MAP_LOOKUP_AND_DELETE_ELEM") = BPF_MAP_LOOKUP_AND_DELETE_ELEM = 21;
        MAP_FREEZE("BPF_MAP_FREEZE") = BPF_MAP_FREEZE = 22;
        BTF_GET_NEXT_ID("BPF_BTF_GET_NEXT_ID") = BPF_BTF_GET_NEXT_ID = 23;
        MAP_LOOKUP_BATCH("BPF_MAP_LOOKUP_BATCH") = BPF_MAP_LOOKUP_BATCH = 24;
        MAP_LOOKUP_AND_DELETE_BATCH("BPF_MAP_LOOKUP_AND_DELETE_BATCH") = BPF_MAP_LOOKUP_AND_DELETE_BATCH = 25;
        MAP_UPDATE_BATCH("BPF_MAP_UPDATE_BATCH") = BPF_MAP_UPDATE_BATCH = 26;
        MAP_DELETE_BATCH("BPF_MAP_DELETE_BATCH") = BPF_MAP_DELETE_BATCH = 27;
        LINK_CREATE("BPF_LINK_CREATE") = BPF_LINK_CREATE = 28;
        LINK_UPDATE("BPF_LINK_UPDATE") = BPF_LINK_UPDATE = 29;
        LINK_GET_FD_BY_ID("BPF_LINK_GET_FD_BY_ID") = BPF_LINK_GET_FD_BY_ID = 30;
        LINK_GET_NEXT_ID("BPF_LINK_GET_NEXT_ID") = BPF_LINK_GET_NEXT_ID = 31;
        ENABLE_STATS("BPF_ENABLE_STATS") = BPF_ENABLE_STATS = 32;
        ITER_CREATE("BPF_ITER_CREATE") = BPF_ITER_CREATE = 33;
        LINK_DETACH("BPF_LINK_DETACH") = BPF_LINK_DETACH = 34;
        PROG_BIND_MAP("BPF_PROG_BIND_MAP") = BPF_PROG_BIND_MAP = 35;
        TOKEN_CREATE("BPF_TOKEN_CREATE") = BPF_TOKEN_CREATE = 36;
    }
}

numbers! {
    /// `pid_t pid` of `perf_event_open`: a thread, 0 the caller, -1 all.
    PerfTarget: i32 {
        /// The calling thread.
        CALLER = 0;
        /// Every thread on that cpu.
        ALL = -1;
    }
}

impl From<Process> for PerfTarget {
    fn from(process: Process) -> Self {
        Self::from_raw(process.into_raw())
    }
}

instructions! {
    /// `int sysinfo(struct sysinfo *info)`
    ///
    /// Errors: EFAULT.
    sysinfo(info: Address) -> ();
    /// `int syslog(int type, char *bufp, int len)`: `klogctl(3)`
    ///
    /// Returns a number of bytes with the reading actions and the sizes, else 0.
    ///
    /// Errors: EFAULT, EINTR, EINVAL, ENOSYS, EPERM.
    syslog(r#type: SyslogAction, bufp: Address, len: i32) -> usize;
    /// `int acct(const char *filename)`
    ///
    /// [`Address::NULL`] turns accounting off.
    ///
    /// Errors: EACCES, EFAULT, EIO, EISDIR, ELOOP, ENAMETOOLONG, ENFILE, ENOENT, ENOMEM, ENOSYS, ENOTDIR,
    /// EPERM, EROFS, EUSERS.
    acct(filename: Address) -> ();
    /// `int swapon(const char *path, int swapflags)`
    ///
    /// Errors: EBUSY, EINVAL, ENFILE, ENOENT, ENOMEM, EPERM.
    swapon(path: Address, swapflags: SwapFlags) -> ();
    /// `int swapoff(const char *path)`
    ///
    /// Errors: EINVAL, ENOENT, ENOMEM, EPERM.
    swapoff(path: Address) -> ();
    /// `int init_module(void *module_image, unsigned long len, const char *param_values)`
    ///
    /// Errors: EBADMSG, EBUSY, EEXIST, EFAULT, EINVAL, ENOEXEC, ENOKEY, ENOMEM, EPERM.
    init_module(module_image: Address, len: usize, param_values: Address) -> ();
    /// `int finit_module(int fd, const char *param_values, int flags)`
    ///
    /// Errors: as [`init_module`], and EBADF, EFBIG, ETXTBSY.
    finit_module(fd: FileDescriptor, param_values: Address, flags: ModuleInitFlags) -> ();
    /// `int delete_module(const char *name, unsigned int flags)`
    ///
    /// The flags are [`OFlags::NONBLOCK`] and [`OFlags::TRUNC`].
    ///
    /// Errors: EAGAIN, EBUSY, EFAULT, ENOENT, EPERM.
    delete_module(name: Address, flags: OFlags) -> () [without access_mode];
    /// `long kexec_load(unsigned long entry, unsigned long nr_segments, struct kexec_segment *segments, unsigned
    /// long flags)`
    ///
    /// Errors: EADDRNOTAVAIL, EBUSY, EFAULT, EINVAL, ENOMEM, EPERM.
    kexec_load(entry: Address, nr_segments: usize, segments: Address, flags: KexecFlags) -> ();
    /// `long kexec_file_load(int kernel_fd, int initrd_fd, unsigned long cmdline_len, const char *cmdline, unsigned
    /// long flags)`
    ///
    /// Errors: EADDRNOTAVAIL, EBADF, EBUSY, EINVAL, ENOEXEC, ENOMEM, EPERM.
    kexec_file_load(
        kernel_fd: FileDescriptor, initrd_fd: FileDescriptor, cmdline_len: usize, cmdline: Address, flags: KexecFileFlags,
    ) -> ();
    /// `int bpf(int cmd, union bpf_attr *attr, unsigned int size)`
    ///
    /// The general form: what comes back, a descriptor or 0, is as `cmd` says.
    ///
    /// Errors: E2BIG, EACCES, EBADF, EFAULT, EINVAL, ENOENT, ENOMEM, EPERM.
    bpf(cmd: BpfCommand, attr: Address, size: u32) -> usize;
    /// `int perf_event_open(struct perf_event_attr *attr, pid_t pid, int cpu, int group_fd, unsigned long flags)`
    ///
    /// Errors: E2BIG, EACCES, EBADF, EBUSY, EFAULT, EINTR, EINVAL, EMFILE, ENODEV, ENOENT, ENOSPC, ENOSYS,
    /// EOPNOTSUPP, EOVERFLOW, EPERM, ESRCH.
    perf_event_open(
        attr: Address, pid: PerfTarget, cpu: i32, group_fd: FileDescriptor, flags: PerfEventFlags,
    ) -> FileDescriptor;
}

forms! {
    /// `BPF_MAP_CREATE`: makes a map.
    bpf_map_create(attr: Address, size: u32) -> FileDescriptor = bpf([BpfCommand::MAP_CREATE], attr, size);
    /// `BPF_MAP_LOOKUP_ELEM`: writes the value of a key where `attr` says; ENOENT if there is none.
    bpf_map_lookup_elem(attr: Address, size: u32) -> () = bpf([BpfCommand::MAP_LOOKUP_ELEM], attr, size);
    /// `BPF_MAP_UPDATE_ELEM`: sets the value of a key.
    bpf_map_update_elem(attr: Address, size: u32) -> () = bpf([BpfCommand::MAP_UPDATE_ELEM], attr, size);
    /// `BPF_MAP_DELETE_ELEM`: takes a key out; ENOENT if it is not there.
    bpf_map_delete_elem(attr: Address, size: u32) -> () = bpf([BpfCommand::MAP_DELETE_ELEM], attr, size);
    /// `BPF_MAP_GET_NEXT_KEY`: writes the key after one; ENOENT after the last.
    bpf_map_get_next_key(attr: Address, size: u32) -> () = bpf([BpfCommand::MAP_GET_NEXT_KEY], attr, size);
    /// `BPF_PROG_LOAD`: checks and loads a program; EACCES or EINVAL if the verifier refuses it, whose log is
    /// where `attr` says.
    bpf_prog_load(attr: Address, size: u32) -> FileDescriptor = bpf([BpfCommand::PROG_LOAD], attr, size);
    /// `BPF_OBJ_PIN`: gives a map or program a name in a bpf file system.
    bpf_obj_pin(attr: Address, size: u32) -> () = bpf([BpfCommand::OBJ_PIN], attr, size);
    /// `BPF_OBJ_GET`: opens what has a name there.
    bpf_obj_get(attr: Address, size: u32) -> FileDescriptor = bpf([BpfCommand::OBJ_GET], attr, size);
    /// `BPF_PROG_ATTACH`: attaches a program: the device filter of a cgroup.
    bpf_prog_attach(attr: Address, size: u32) -> () = bpf([BpfCommand::PROG_ATTACH], attr, size);
    /// `BPF_PROG_DETACH`: detaches it.
    bpf_prog_detach(attr: Address, size: u32) -> () = bpf([BpfCommand::PROG_DETACH], attr, size);
    /// `BPF_PROG_QUERY`: writes which programs are attached; ENOSPC if they are more than fit.
    bpf_prog_query(attr: Address, size: u32) -> () = bpf([BpfCommand::PROG_QUERY], attr, size);
    /// `BPF_LINK_CREATE`: attaches a program for as long as the link is open.
    bpf_link_create(attr: Address, size: u32) -> FileDescriptor = bpf([BpfCommand::LINK_CREATE], attr, size);
    /// `BPF_BTF_LOAD`: loads type information.
    bpf_btf_load(attr: Address, size: u32) -> FileDescriptor = bpf([BpfCommand::BTF_LOAD], attr, size);
}
