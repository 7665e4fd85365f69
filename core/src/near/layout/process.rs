//! `#include <sched.h>`, `<sys/resource.h>`, `<sys/times.h>`, `<sys/utsname.h>`, `<linux/capability.h>`, `<linux/futex.h>`

use super::until_null;

layouts! {
    /// `struct rlimit64`
    Rlimit, 16, 8 {
        /// The limit that holds.
        0 rlim_cur: u64,
        /// How far it may be raised. `u64::MAX` is `RLIM_INFINITY`.
        8 rlim_max: u64,
    }
    /// `struct rusage`
    Rusage, 144, 8 {
        /// Time in user mode, in whole seconds.
        0 ru_utime_sec: i64,
        /// Microseconds on top.
        8 ru_utime_usec: i64,
        /// Time in the kernel, in whole seconds.
        16 ru_stime_sec: i64,
        /// Microseconds on top.
        24 ru_stime_usec: i64,
        /// The most memory that was resident, in KiB.
        32 ru_maxrss: i64,
        /// Not kept by Linux: 0.
        40 ru_ixrss: i64,
        /// Not kept by Linux: 0.
        48 ru_idrss: i64,
        /// Not kept by Linux: 0.
        56 ru_isrss: i64,
        /// Page faults without I/O.
        64 ru_minflt: i64,
        /// Page faults with I/O.
        72 ru_majflt: i64,
        /// Not kept by Linux: 0.
        80 ru_nswap: i64,
        /// How often a file system had to read.
        88 ru_inblock: i64,
        /// How often a file system had to write.
        96 ru_oublock: i64,
        /// Not kept by Linux: 0.
        104 ru_msgsnd: i64,
        /// Not kept by Linux: 0.
        112 ru_msgrcv: i64,
        /// Not kept by Linux: 0.
        120 ru_nsignals: i64,
        /// How often it waited.
        128 ru_nvcsw: i64,
        /// How often it was made to wait.
        136 ru_nivcsw: i64,
    }
    /// `struct tms`: times in clock ticks.
    Tms, 32, 8 {
        /// In user mode.
        0 tms_utime: i64,
        /// In the kernel.
        8 tms_stime: i64,
        /// In user mode, of children that were waited for.
        16 tms_cutime: i64,
        /// In the kernel, of these.
        24 tms_cstime: i64,
    }
    /// `struct clone_args`
    CloneArgs, 88, 8 {
        /// [`CloneFlags`](crate::near::process::CloneFlags), without a signal.
        0 flags: u64,
        /// Where an `int`, the pidfd, is written.
        8 pidfd: u64,
        /// Where the child's number is written in the child.
        16 child_tid: u64,
        /// Where the child's number is written in the parent.
        24 parent_tid: u64,
        /// The signal to the parent when the child ends.
        32 exit_signal: u64,
        /// The lowest byte of the stack.
        40 stack: u64,
        /// Its size.
        48 stack_size: u64,
        /// The thread pointer.
        56 tls: u64,
        /// An array of `pid_t`: the numbers that the child shall have.
        64 set_tid: u64,
        /// How many they are.
        72 set_tid_size: u64,
        /// The descriptor of a cgroup.
        80 cgroup: u64,
    }
    /// `struct new_utsname`: six C strings.
    Utsname, 390, 1 {
        /// "Linux".
        0 sysname: [u8; 65],
        /// The host's name.
        65 nodename: [u8; 65],
        /// The kernel's version: "6.18.0".
        130 release: [u8; 65],
        /// When it was built, and more.
        195 version: [u8; 65],
        /// The architecture: "x86_64".
        260 machine: [u8; 65],
        /// The NIS domain.
        325 domainname: [u8; 65],
    }
    /// `struct robust_list_head`: the futexes that the kernel releases when the thread ends.
    RobustListHead, 24, 8 {
        /// The first lock's list element; the last one's points back here.
        0 list_next: u64,
        /// From a list element to its futex.
        8 futex_offset: i64,
        /// The lock that is just being taken or released.
        16 list_op_pending: u64,
    }
    /// `struct __user_cap_header_struct`
    CapabilityHeader, 8, 4 {
        /// [`VERSION_3`](Self::VERSION_3).
        0 version: u32,
        /// The thread; 0 is the caller.
        4 pid: i32,
    }
    /// `struct __user_cap_data_struct[2]`: the capabilities of version 3, those below 32 in the first three fields.
    CapabilityData, 24, 4 {
        /// In force: capability n is bit n.
        0 effective: u32,
        /// What may be put in force.
        4 permitted: u32,
        /// What `execve` keeps.
        8 inheritable: u32,
        /// In force: capability 32 + n is bit n.
        12 effective_high: u32,
        /// What may be put in force.
        16 permitted_high: u32,
        /// What `execve` keeps.
        20 inheritable_high: u32,
    }
}

impl Utsname {
    /// The kernel's version as bytes, without the null behind it.
    pub fn release(&self) -> &[u8] {
        until_null(&self.release)
    }

    /// The architecture as bytes, without the null behind it.
    pub fn machine(&self) -> &[u8] {
        until_null(&self.machine)
    }

    /// The host's name as bytes, without the null behind it.
    pub fn nodename(&self) -> &[u8] {
        until_null(&self.nodename)
    }
}

impl CapabilityHeader {
    /// `_LINUX_CAPABILITY_VERSION_3`: two words of capabilities.
    pub const VERSION_3: u32 = 0x2008_0522;

    /// The header for a thread; 0 is the caller.
    pub const fn new(pid: i32) -> Self {
        Self { version: Self::VERSION_3, pid }
    }
}
