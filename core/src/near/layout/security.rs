//! `#include <linux/filter.h>`, `<linux/seccomp.h>`, `<linux/landlock.h>`

layouts! {
    /// `struct sock_filter`: one instruction of a classic BPF program.
    SockFilter, 8, 4 {
        /// What it does: `BPF_LD | BPF_W | BPF_ABS` and the like.
        0 code: u16,
        /// How many instructions are left out if the comparison is true.
        2 jt: u8,
        /// How many if it is false.
        3 jf: u8,
        /// A constant, or an offset.
        4 k: u32,
    }
    /// `struct sock_fprog`: a classic BPF program.
    SockFprog, 16, 8 {
        /// How many instructions it has.
        0 len: u16,
        /// Where they are: an array of [`SockFilter`].
        8 filter: u64,
    }
    /// `struct seccomp_data`: what a filter decides about.
    SeccompData, 64, 8 {
        /// The system call.
        0 nr: i32,
        /// `AUDIT_ARCH_*`: of which ABI it is.
        4 arch: u32,
        /// Where it was called.
        8 instruction_pointer: u64,
        /// Its arguments.
        16 args: [u64; 6],
    }
    /// `struct seccomp_notif`: a call that waits for a supervisor's answer.
    SeccompNotif, 80, 8 {
        /// Which notification it is.
        0 id: u64,
        /// The thread, in the supervisor's pid namespace.
        8 pid: u32,
        /// 0.
        12 flags: u32,
        /// The system call.
        16 data_nr: i32,
        /// `AUDIT_ARCH_*`: of which ABI it is.
        20 data_arch: u32,
        /// Where it was called.
        24 data_instruction_pointer: u64,
        /// Its arguments.
        32 data_args: [u64; 6],
    }
    /// `struct seccomp_notif_resp`: a supervisor's answer.
    SeccompNotifResp, 24, 8 {
        /// Which notification it is about.
        0 id: u64,
        /// What the call returns, if `error` is 0.
        8 val: i64,
        /// An errno, negated.
        16 error: i32,
        /// `SECCOMP_USER_NOTIF_FLAG_CONTINUE`, or 0.
        20 flags: u32,
    }
    /// `struct seccomp_notif_sizes`: how large the kernel's structs are, which may be more than these here.
    SeccompNotifSizes, 6, 2 {
        /// Of [`SeccompNotif`].
        0 seccomp_notif: u16,
        /// Of [`SeccompNotifResp`].
        2 seccomp_notif_resp: u16,
        /// Of [`SeccompData`].
        4 seccomp_data: u16,
    }
    /// `struct landlock_ruleset_attr`: what a ruleset forbids unless a rule allows it.
    LandlockRulesetAttr, 24, 8 {
        /// [`LandlockAccessFs`](crate::near::security::LandlockAccessFs).
        0 handled_access_fs: u64,
        /// [`LandlockAccessNet`](crate::near::security::LandlockAccessNet).
        8 handled_access_net: u64,
        /// [`LandlockScope`](crate::near::security::LandlockScope).
        16 scoped: u64,
    }
    /// `struct landlock_path_beneath_attr`: a rule for a file hierarchy. It is packed.
    LandlockPathBeneathAttr, 12, 1 {
        /// What is allowed.
        0 allowed_access: u64,
        /// The descriptor of the folder.
        8 parent_fd: i32,
    }
    /// `struct landlock_net_port_attr`: a rule for a port.
    LandlockNetPortAttr, 16, 8 {
        /// What is allowed.
        0 allowed_access: u64,
        /// The port, in the host's byte order.
        8 port: u64,
    }
}

impl SockFilter {
    /// `BPF_STMT`: an instruction without jumps.
    pub const fn statement(code: u16, k: u32) -> Self {
        Self { code, jt: 0, jf: 0, k }
    }

    /// `BPF_JUMP`: a comparison.
    pub const fn jump(code: u16, k: u32, jt: u8, jf: u8) -> Self {
        Self { code, jt, jf, k }
    }
}
