//! Every flag, named value and errno.

use crate::{AARCH64, Compiler, LIBRARY, LINUX, Verdict, X86_64};
use rsyscall_core::{abi, near::names, syscall::Errno};
use std::collections::BTreeSet;

/// What the C library calls otherwise than the kernel: it is 0 there, because every file is large.
const OTHER_IN_LIBRARY: &[&str] = &["O_LARGEFILE"];

/// Errnos from here on never reach a program.
const INTERNAL_ERRNOS: u16 = 512;

fn check<A: abi::Abi>(compiler: Compiler, only_elsewhere: &str) {
    let errnos = (1..INTERNAL_ERRNOS).filter_map(|number| Errno::from_raw(number).name());
    let names: BTreeSet<_> = names::constants().map(|(name, _)| name).chain(errnos).collect();
    let names: Vec<_> = names.into_iter().collect();
    let assertions: Vec<_> = names
        .iter()
        .map(|name| {
            let value = names::constant::<A>(name).expect("it is one of them");
            // Flags of 32 bits are signed in some headers.
            let width = if value >> 32 == 0 { "unsigned" } else { "unsigned long" };
            format!("({width})({name}) == {value:#x}ul")
        })
        .collect();
    let linux = compiler.judge(LINUX, &assertions);
    let library = compiler.judge(LIBRARY, &assertions);
    let mut wrong = Vec::new();
    let mut unknown = Vec::new();
    for (index, name) in names.iter().enumerate() {
        match (linux[index], library[index]) {
            (Verdict::Wrong, _) => wrong.push(format!("{} in Linux", assertions[index])),
            (_, Verdict::Wrong) if !OTHER_IN_LIBRARY.contains(name) => {
                wrong.push(format!("{} in the library", assertions[index]));
            }
            (Verdict::Unknown, Verdict::Unknown) => unknown.push(*name),
            _ => {}
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
    let read =
        |name: &&str| READ_IN_THE_KERNEL.iter().flat_map(|(_, names)| *names).any(|(read, _)| read == name);
    unknown.retain(|name| !name.starts_with(only_elsewhere) && !NEWER.contains(name) && !read(name));
    assert_eq!(unknown, Vec::<&str>::new(), "of {}", names.len());
}

#[test]
fn what_was_read_in_the_kernel() {
    for (file, names) in READ_IN_THE_KERNEL {
        for (name, value) in *names {
            assert_eq!(names::constant::<abi::X86_64>(name), Some(*value), "{name} in {file}");
        }
    }
}

#[test]
fn on_x86_64() {
    check::<abi::X86_64>(X86_64, "SYS_RISCV_");
}

#[test]
fn on_aarch64() {
    check::<abi::Aarch64>(AARCH64, "ARCH_");
}

/// What no header of the distribution has, because it is newer or not for programs: as it was read in the kernel's
/// own sources.
const READ_IN_THE_KERNEL: &[(&str, &[(&str, u64)])] = &[
    ("arch/riscv/include/asm/cacheflush.h", &[("SYS_RISCV_FLUSH_ICACHE_LOCAL", 1)]),
    ("arch/riscv/include/uapi/asm/hwprobe.h", &[("RISCV_HWPROBE_WHICH_CPUS", 1)]),
    ("arch/x86/include/uapi/asm/mman.h", &[("SHADOW_STACK_SET_TOKEN", 1)]),
    (
        "arch/x86/include/uapi/asm/prctl.h",
        &[
            ("ARCH_ENABLE_TAGGED_ADDR", 0x4002),
            ("ARCH_GET_MAX_TAG_BITS", 0x4003),
            ("ARCH_GET_UNTAG_MASK", 0x4001),
            ("ARCH_SHSTK_DISABLE", 0x5002),
            ("ARCH_SHSTK_ENABLE", 0x5001),
            ("ARCH_SHSTK_LOCK", 0x5003),
            ("ARCH_SHSTK_STATUS", 0x5005),
            ("ARCH_SHSTK_UNLOCK", 0x5004),
        ],
    ),
    ("include/linux/socket.h", &[("SCM_PIDFD", 4), ("SCM_SECURITY", 3), ("SOL_VSOCK", 0x11f)]),
    ("include/linux/swap.h", &[("SWAP_FLAG_DISCARD_ONCE", 0x20000), ("SWAP_FLAG_DISCARD_PAGES", 0x40000)]),
    (
        "include/linux/syslog.h",
        &[
            ("SYSLOG_ACTION_CLEAR", 5),
            ("SYSLOG_ACTION_CLOSE", 0),
            ("SYSLOG_ACTION_CONSOLE_LEVEL", 8),
            ("SYSLOG_ACTION_CONSOLE_OFF", 6),
            ("SYSLOG_ACTION_CONSOLE_ON", 7),
            ("SYSLOG_ACTION_OPEN", 1),
            ("SYSLOG_ACTION_READ", 2),
            ("SYSLOG_ACTION_READ_ALL", 3),
            ("SYSLOG_ACTION_READ_CLEAR", 4),
            ("SYSLOG_ACTION_SIZE_BUFFER", 0xa),
            ("SYSLOG_ACTION_SIZE_UNREAD", 9),
        ],
    ),
    ("include/uapi/linux/bpf.h", &[("BPF_TOKEN_CREATE", 0x24)]),
    (
        "include/uapi/linux/fanotify.h",
        &[
            ("FAN_MNT_ATTACH", 0x1000000),
            ("FAN_MNT_DETACH", 0x2000000),
            ("FAN_PRE_ACCESS", 0x100000),
            ("FAN_REPORT_FD_ERROR", 0x2000),
            ("FAN_REPORT_MNT", 0x4000),
        ],
    ),
    (
        "include/uapi/linux/fs.h",
        &[("RWF_ATOMIC", 0x40), ("RWF_DONTCACHE", 0x80), ("RWF_NOAPPEND", 0x20), ("RWF_NOSIGNAL", 0x100)],
    ),
    (
        "include/uapi/linux/io_uring.h",
        &[
            ("IORING_ENTER_ABS_TIMER", 0x20),
            ("IORING_ENTER_EXT_ARG_REG", 0x40),
            ("IORING_ENTER_NO_IOWAIT", 0x80),
            ("IORING_SETUP_HYBRID_IOPOLL", 0x20000),
            ("IORING_SETUP_NO_MMAP", 0x4000),
            ("IORING_SETUP_NO_SQARRAY", 0x10000),
            ("IORING_SETUP_REGISTERED_FD_ONLY", 0x8000),
        ],
    ),
    (
        "include/uapi/linux/kexec.h",
        &[
            ("KEXEC_CRASH_HOTPLUG_SUPPORT", 8),
            ("KEXEC_FILE_DEBUG", 8),
            ("KEXEC_FILE_NO_CMA", 0x10),
            ("KEXEC_UPDATE_ELFCOREHDR", 4),
        ],
    ),
    ("include/uapi/linux/landlock.h", &[("LANDLOCK_RULE_NET_PORT", 2)]),
    (
        "include/uapi/linux/lsm.h",
        &[
            ("LSM_ATTR_CURRENT", 0x64),
            ("LSM_ATTR_EXEC", 0x65),
            ("LSM_ATTR_FSCREATE", 0x66),
            ("LSM_ATTR_KEYCREATE", 0x67),
            ("LSM_ATTR_PREV", 0x68),
            ("LSM_ATTR_SOCKCREATE", 0x69),
            ("LSM_FLAG_SINGLE", 1),
        ],
    ),
    ("include/uapi/linux/membarrier.h", &[("MEMBARRIER_CMD_GET_REGISTRATIONS", 0x200)]),
    ("include/uapi/linux/mempolicy.h", &[("MPOL_WEIGHTED_INTERLEAVE", 6)]),
    ("include/uapi/linux/mount.h", &[("FSCONFIG_CMD_CREATE_EXCL", 8), ("LISTMOUNT_REVERSE", 1)]),
    (
        "include/uapi/linux/pidfd.h",
        &[
            ("PIDFD_SIGNAL_PROCESS_GROUP", 4),
            ("PIDFD_SIGNAL_THREAD", 1),
            ("PIDFD_SIGNAL_THREAD_GROUP", 2),
            ("PIDFD_THREAD", 0x80),
        ],
    ),
    (
        "include/uapi/linux/securebits.h",
        &[
            ("SECBIT_EXEC_RESTRICT_FILE", 0x100),
            ("SECBIT_EXEC_RESTRICT_FILE_LOCKED", 0x200),
            ("SECBIT_EXEC_DENY_INTERACTIVE", 0x400),
            ("SECBIT_EXEC_DENY_INTERACTIVE_LOCKED", 0x800),
        ],
    ),
];

/// Newer than the distribution's headers: their values here are those of `linux-raw-sys`, which was made from newer ones.
const NEWER: &[&str] = &[
    "AT_HANDLE_CONNECTABLE",
    "AT_HANDLE_FID",
    "AT_HANDLE_MNT_ID_UNIQUE",
    "FALLOC_FL_WRITE_ZEROES",
    "FUTEX2_MPOL",
    "FUTEX2_NUMA",
    "FUTEX2_PRIVATE",
    "FUTEX2_SIZE_U16",
    "FUTEX2_SIZE_U32",
    "F_CREATED_QUERY",
    "F_DUPFD_QUERY",
    "F_SEAL_EXEC",
    "IPPROTO_SMC",
    "LANDLOCK_ACCESS_FS_IOCTL_DEV",
    "LANDLOCK_ACCESS_FS_TRUNCATE",
    "LANDLOCK_ACCESS_NET_BIND_TCP",
    "LANDLOCK_ACCESS_NET_CONNECT_TCP",
    "LANDLOCK_CREATE_RULESET_ERRATA",
    "LANDLOCK_RESTRICT_SELF_LOG_NEW_EXEC_ON",
    "LANDLOCK_RESTRICT_SELF_LOG_SAME_EXEC_OFF",
    "LANDLOCK_RESTRICT_SELF_LOG_SUBDOMAINS_OFF",
    "LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET",
    "LANDLOCK_SCOPE_SIGNAL",
    "MADV_GUARD_INSTALL",
    "MADV_GUARD_REMOVE",
    "MAP_DROPPABLE",
    "MFD_EXEC",
    "MFD_NOEXEC_SEAL",
    "MOVE_MOUNT_BENEATH",
    "MSG_PROBE",
    "PR_FUTEX_HASH",
    "PR_GET_AUXV",
    "PR_GET_MDWE",
    "PR_GET_MEMORY_MERGE",
    "PR_SET_MDWE",
    "PR_SET_MEMORY_MERGE",
    "PR_TIMER_CREATE_RESTORE_IDS",
    "PTRACE_GET_SYSCALL_USER_DISPATCH_CONFIG",
    "PTRACE_SET_SYSCALL_INFO",
    "PTRACE_SET_SYSCALL_USER_DISPATCH_CONFIG",
    "SCHED_EXT",
    "SOL_SCTP",
    "SOL_UDPLITE",
    "SO_PASSPIDFD",
    "SO_PASSRIGHTS",
    "SO_PEERPIDFD",
    "STATMOUNT_FS_SUBTYPE",
    "STATMOUNT_FS_TYPE",
    "STATMOUNT_MNT_BASIC",
    "STATMOUNT_MNT_GIDMAP",
    "STATMOUNT_MNT_NS_ID",
    "STATMOUNT_MNT_OPTS",
    "STATMOUNT_MNT_POINT",
    "STATMOUNT_MNT_ROOT",
    "STATMOUNT_MNT_UIDMAP",
    "STATMOUNT_OPT_ARRAY",
    "STATMOUNT_OPT_SEC_ARRAY",
    "STATMOUNT_PROPAGATE_FROM",
    "STATMOUNT_SB_BASIC",
    "STATMOUNT_SB_SOURCE",
    "STATMOUNT_SUPPORTED_MASK",
    "STATX_ATTR_WRITE_ATOMIC",
    "STATX_DIO_READ_ALIGN",
    "STATX_MNT_ID_UNIQUE",
    "STATX_SUBVOL",
    "STATX_WRITE_ATOMIC",
];
