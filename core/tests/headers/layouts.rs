//! Sizes, alignments and offsets of every layout.

use crate::{AARCH64, Compiler, LIBRARY, LINUX, Verdict, X86_64};
use rsyscall_core::abi::{self, Abi};
use rsyscall_core::near::layout::*;

/// A struct: where it is declared, its name in C, fields that have another name there, and what it is here.
struct Checked {
    headers: &'static str,
    name: &'static str,
    others: &'static [(&'static str, &'static str)],
    size: usize,
    alignment: usize,
    fields: &'static [(&'static str, usize, usize)],
}

fn checked<A: Abi, T: Layout<A>>(
    headers: &'static str,
    name: &'static str,
    others: &'static [(&'static str, &'static str)],
) -> Checked {
    Checked { headers, name, others, size: T::SIZE, alignment: T::ALIGNMENT, fields: T::FIELDS }
}

const ITIMERSPEC: &[(&str, &str)] = &[
    ("it_interval_sec", "it_interval.tv_sec"),
    ("it_interval_nsec", "it_interval.tv_nsec"),
    ("it_interval_usec", "it_interval.tv_usec"),
    ("it_value_sec", "it_value.tv_sec"),
    ("it_value_nsec", "it_value.tv_nsec"),
    ("it_value_usec", "it_value.tv_usec"),
];
const STATX: &[(&str, &str)] = &[
    ("stx_atime_sec", "stx_atime.tv_sec"),
    ("stx_atime_nsec", "stx_atime.tv_nsec"),
    ("stx_btime_sec", "stx_btime.tv_sec"),
    ("stx_btime_nsec", "stx_btime.tv_nsec"),
    ("stx_ctime_sec", "stx_ctime.tv_sec"),
    ("stx_ctime_nsec", "stx_ctime.tv_nsec"),
    ("stx_mtime_sec", "stx_mtime.tv_sec"),
    ("stx_mtime_nsec", "stx_mtime.tv_nsec"),
];
const RUSAGE: &[(&str, &str)] = &[
    ("ru_utime_sec", "ru_utime.tv_sec"),
    ("ru_utime_usec", "ru_utime.tv_usec"),
    ("ru_stime_sec", "ru_stime.tv_sec"),
    ("ru_stime_usec", "ru_stime.tv_usec"),
];
const MMSGHDR: &[(&str, &str)] = &[
    ("msg_name", "msg_hdr.msg_name"),
    ("msg_namelen", "msg_hdr.msg_namelen"),
    ("msg_iov", "msg_hdr.msg_iov"),
    ("msg_iovlen", "msg_hdr.msg_iovlen"),
    ("msg_control", "msg_hdr.msg_control"),
    ("msg_controllen", "msg_hdr.msg_controllen"),
    ("msg_flags", "msg_hdr.msg_flags"),
];
const SECCOMP_NOTIF: &[(&str, &str)] = &[
    ("data_nr", "data.nr"),
    ("data_arch", "data.arch"),
    ("data_instruction_pointer", "data.instruction_pointer"),
    ("data_args", "data.args"),
];
const CAPABILITIES: &[(&str, &str)] = &[
    ("effective", "words[0].effective"),
    ("permitted", "words[0].permitted"),
    ("inheritable", "words[0].inheritable"),
    ("effective_high", "words[1].effective"),
    ("permitted_high", "words[1].permitted"),
    ("inheritable_high", "words[1].inheritable"),
];
const RING: &[(&str, &str)] = &[
    ("sq_off_head", "sq_off.head"),
    ("sq_off_tail", "sq_off.tail"),
    ("sq_off_ring_mask", "sq_off.ring_mask"),
    ("sq_off_ring_entries", "sq_off.ring_entries"),
    ("sq_off_flags", "sq_off.flags"),
    ("sq_off_dropped", "sq_off.dropped"),
    ("sq_off_array", "sq_off.array"),
    // The name that it had before it had a meaning.
    ("sq_off_user_addr", "sq_off.resv2"),
    ("cq_off_head", "cq_off.head"),
    ("cq_off_tail", "cq_off.tail"),
    ("cq_off_ring_mask", "cq_off.ring_mask"),
    ("cq_off_ring_entries", "cq_off.ring_entries"),
    ("cq_off_overflow", "cq_off.overflow"),
    ("cq_off_cqes", "cq_off.cqes"),
    ("cq_off_flags", "cq_off.flags"),
    ("cq_off_user_addr", "cq_off.resv2"),
];
const SIGEVENT: &[(&str, &str)] = &[("sigev_notify_thread_id", "_sigev_un._tid")];
const TIMEX: &[(&str, &str)] = &[("time_sec", "time.tv_sec"), ("time_usec", "time.tv_usec")];

/// Fields that are newer than the distribution's headers; `linux-raw-sys` knows them, and a test of the layouts asks it.
const NEWER: &[&str] = &[
    "stx_subvol",
    "stx_atomic_write_unit_min",
    "stx_atomic_write_unit_max",
    "stx_atomic_write_segments_max",
    "stx_dio_read_offset_align",
    "stx_atomic_write_unit_max_opt",
];

/// What the headers do not declare, or not by itself, in their own terms.
const DECLARED_HERE: &str = "
struct two_capabilities { struct __user_cap_data_struct words[2]; };
struct select_signal_mask { const unsigned long *ss; __kernel_size_t ss_len; };
struct kernel_sigset { unsigned long bits; };
";
/// The structs in front of names, by themselves.
const DECLARED_FOR_LIBRARY: &str = "
struct dirent_header { __ino64_t d_ino; __off64_t d_off; unsigned short d_reclen; unsigned char d_type; }
    __attribute__((packed));
_Static_assert(offsetof(struct dirent64, d_name) == sizeof(struct dirent_header), \"\");
_Static_assert(offsetof(struct dirent64, d_reclen) == offsetof(struct dirent_header, d_reclen), \"\");
";

#[rustfmt::skip]
fn all<A: Abi>() -> Vec<Checked>
where
    EpollEvent: Layout<A>, Sigaction: Layout<A>, Stat: Layout<A>,
{
    vec![
        checked::<A, Timespec>(LINUX, "struct __kernel_timespec", &[]),
        checked::<A, Itimerspec>(LINUX, "struct __kernel_itimerspec", ITIMERSPEC),
        checked::<A, Timeval>(LIBRARY, "struct timeval", &[]),
        checked::<A, Itimerval>(LIBRARY, "struct itimerval", ITIMERSPEC),
        checked::<A, Timex>(LIBRARY, "struct timex", TIMEX),
        checked::<A, Pollfd>(LINUX, "struct pollfd", &[]),
        checked::<A, SelectSignalMask>(LINUX, "struct select_signal_mask", &[]),
        checked::<A, EpollEvent>(LINUX, "struct epoll_event", &[]),
        checked::<A, Stat>(LINUX, "struct stat", &[]),
        checked::<A, Statx>(LINUX, "struct statx", STATX),
        checked::<A, Statfs>(LINUX, "struct statfs", &[]),
        checked::<A, Flock>(LINUX, "struct flock", &[]),
        checked::<A, Dqblk>(LINUX, "struct if_dqblk", &[]),
        checked::<A, IoUringParams>(LINUX, "struct io_uring_params", RING),
        checked::<A, Iovec>(LINUX, "struct iovec", &[]),
        checked::<A, OpenHow>(LINUX, "struct open_how", &[]),
        checked::<A, DirectoryEntryHeader>(LIBRARY, "struct dirent_header", &[]),
        checked::<A, InotifyHeader>(LIBRARY, "struct inotify_event", &[]),
        checked::<A, Rlimit>(LINUX, "struct rlimit64", &[]),
        checked::<A, Rusage>(LINUX, "struct rusage", RUSAGE),
        checked::<A, Tms>(LIBRARY, "struct tms", &[]),
        checked::<A, CloneArgs>(LINUX, "struct clone_args", &[]),
        checked::<A, Utsname>(LINUX, "struct new_utsname", &[]),
        checked::<A, RobustListHead>(LINUX, "struct robust_list_head", &[("list_next", "list.next")]),
        checked::<A, CapabilityHeader>(LINUX, "struct __user_cap_header_struct", &[]),
        checked::<A, CapabilityData>(LINUX, "struct two_capabilities", CAPABILITIES),
        checked::<A, SchedParam>(LIBRARY, "struct sched_param", &[]),
        checked::<A, SchedAttr>(LINUX, "struct sched_attr", &[]),
        checked::<A, FutexWaitv>(LINUX, "struct futex_waitv", &[]),
        checked::<A, Sysinfo>(LINUX, "struct sysinfo", &[]),
        checked::<A, MqAttr>(LINUX, "struct mq_attr", &[]),
        checked::<A, Sembuf>(LINUX, "struct sembuf", &[]),
        checked::<A, MountAttr>(LINUX, "struct mount_attr", &[]),
        checked::<A, Msghdr>(LIBRARY, "struct msghdr", &[]),
        checked::<A, Mmsghdr>(LIBRARY, "struct mmsghdr", MMSGHDR),
        checked::<A, ControlMessageHeader>(LIBRARY, "struct cmsghdr", &[]),
        checked::<A, Ucred>(LIBRARY, "struct ucred", &[]),
        checked::<A, Linger>(LIBRARY, "struct linger", &[]),
        checked::<A, SockaddrUn>(LIBRARY, "struct sockaddr_un", &[]),
        checked::<A, SockaddrIn>(LIBRARY, "struct sockaddr_in", &[]),
        checked::<A, SockaddrIn6>(LIBRARY, "struct sockaddr_in6", &[]),
        checked::<A, SockaddrNl>(LINUX, "struct sockaddr_nl", &[]),
        checked::<A, SockFilter>(LINUX, "struct sock_filter", &[]),
        checked::<A, SockFprog>(LINUX, "struct sock_fprog", &[]),
        checked::<A, SeccompData>(LINUX, "struct seccomp_data", &[]),
        checked::<A, SeccompNotifSizes>(LINUX, "struct seccomp_notif_sizes", &[]),
        checked::<A, SeccompNotif>(LINUX, "struct seccomp_notif", SECCOMP_NOTIF),
        checked::<A, SeccompNotifResp>(LINUX, "struct seccomp_notif_resp", &[]),
        checked::<A, LandlockPathBeneathAttr>(LINUX, "struct landlock_path_beneath_attr", &[]),
        checked::<A, SignalSet>(LINUX, "struct kernel_sigset", &[]),
        checked::<A, SignalStack>(LINUX, "stack_t", &[]),
        checked::<A, Sigaction>(LINUX, "struct sigaction", &[]),
        checked::<A, Sigevent>(LINUX, "struct sigevent", SIGEVENT),
        checked::<A, SignalfdSiginfo>(LINUX, "struct signalfd_siginfo", &[]),
        checked::<A, SiginfoCommon>(LINUX, "siginfo_t", &[]),
        checked::<A, SiginfoKill>(LINUX, "siginfo_t", &[]),
        checked::<A, SiginfoQueue>(LINUX, "siginfo_t", &[]),
        checked::<A, SiginfoTimer>(LINUX, "siginfo_t", &[("si_timerid", "si_tid")]),
        checked::<A, SiginfoChild>(LINUX, "siginfo_t", &[]),
        checked::<A, SiginfoFault>(LINUX, "siginfo_t", &[]),
        checked::<A, SiginfoPoll>(LINUX, "siginfo_t", &[]),
        checked::<A, SiginfoSys>(LINUX, "siginfo_t", &[]),
        checked::<A, Winsize>(LINUX, "struct winsize", &[]),
        checked::<A, Termios>(LINUX, "struct termios", &[]),
    ]
}

fn check(compiler: Compiler, structs: &[Checked]) {
    for (headers, declared) in [(LINUX, DECLARED_HERE), (LIBRARY, DECLARED_FOR_LIBRARY)] {
        let mut assertions = Vec::new();
        for Checked { name, others, size, alignment, fields, .. } in
            structs.iter().filter(|checked| checked.headers == headers)
        {
            assertions.push(format!("sizeof({name}) == {size}"));
            assertions.push(format!("_Alignof({name}) == {alignment}"));
            for (field, offset, size) in fields.iter().filter(|(field, ..)| !NEWER.contains(field)) {
                let field =
                    others.iter().find(|(ours, _)| ours == field).map_or(*field, |(_, theirs)| theirs);
                // Members of siginfo_t and stat are macros, which only an expression expands.
                assertions.push(format!("(char *)&(({name} *)0)->{field} - (char *)0 == {offset}"));
                assertions.push(format!("sizeof((({name} *)0)->{field}) == {size}"));
            }
        }
        let verdicts = compiler.judge(&format!("{headers}{declared}"), &assertions);
        let wrong: Vec<_> =
            assertions.iter().zip(verdicts).filter(|(_, verdict)| *verdict != Verdict::Right).collect();
        assert!(wrong.is_empty(), "{wrong:#?} of {}", assertions.len());
    }
}

#[test]
fn on_x86_64() {
    check(X86_64, &all::<abi::X86_64>());
}

#[test]
fn on_aarch64() {
    check(AARCH64, &all::<abi::Aarch64>());
}
