//! `#include <signal.h>`, `<sys/signalfd.h>`

use crate::near::signal::Signal;

layout_struct! {
    /// `struct sigaction` of the kernel, which is not that of the C library. riscv64 has no `sa_restorer`.
    Sigaction {
        /// The handler's address, or 0 for `SIG_DFL`, 1 for `SIG_IGN`.
        sa_handler: u64,
        /// [`SigactionFlags`](crate::near::signal::SigactionFlags).
        sa_flags: u64,
        /// Where the handler returns to, with `SA_RESTORER`.
        sa_restorer: u64,
        /// The signals that are blocked while the handler runs: the word of a [`SignalSet`].
        sa_mask: u64,
    }
}

layouts_of! {
    X86_64 Sigaction, 32, 8 { 0 sa_handler: u64, 8 sa_flags: u64, 16 sa_restorer: u64, 24 sa_mask: u64, }
    Aarch64 Sigaction, 32, 8 { 0 sa_handler: u64, 8 sa_flags: u64, 16 sa_restorer: u64, 24 sa_mask: u64, }
    Riscv64 Sigaction, 24, 8 { 0 sa_handler: u64, 8 sa_flags: u64, 16 sa_mask: u64, }
}

layouts! {
    /// `sigset_t` of the kernel: a set of signals.
    SignalSet, 8, 8 {
        /// Signal n is bit n - 1.
        0 bits: u64,
    }
    /// `stack_t`: the stack that signal handlers run on.
    SignalStack, 24, 8 {
        /// Its lowest byte.
        0 ss_sp: u64,
        /// `SS_*`
        8 ss_flags: i32,
        /// Its size in bytes.
        16 ss_size: u64,
    }
    /// `struct sigevent`: how a timer or a message queue tells of an event.
    Sigevent, 64, 8 {
        /// What comes with the signal.
        0 sigev_value: u64,
        /// The signal.
        8 sigev_signo: i32,
        /// `SIGEV_SIGNAL` 0, `SIGEV_NONE` 1, `SIGEV_THREAD` 2, `SIGEV_THREAD_ID` 4.
        12 sigev_notify: i32,
        /// The thread, with `SIGEV_THREAD_ID`.
        16 sigev_notify_thread_id: i32,
    }
    /// `struct signalfd_siginfo`: what is read from a signalfd.
    SignalfdSiginfo, 128, 8 {
        /// The signal.
        0 ssi_signo: u32,
        /// An errno, mostly 0.
        4 ssi_errno: i32,
        /// Why it was sent.
        8 ssi_code: i32,
        /// Who sent it.
        12 ssi_pid: u32,
        /// The sender's real uid.
        16 ssi_uid: u32,
        /// The descriptor, with `SIGIO`.
        20 ssi_fd: i32,
        /// The kernel's number of the timer.
        24 ssi_tid: u32,
        /// The events, with `SIGIO`.
        28 ssi_band: u32,
        /// How often the timer expired meanwhile.
        32 ssi_overrun: u32,
        /// Which trap it was.
        36 ssi_trapno: u32,
        /// The exit status, or the signal, of a child.
        40 ssi_status: i32,
        /// What `sigqueue` sent along.
        44 ssi_int: i32,
        /// What `sigqueue` sent along.
        48 ssi_ptr: u64,
        /// A child's user time, in clock ticks.
        56 ssi_utime: u64,
        /// A child's system time, in clock ticks.
        64 ssi_stime: u64,
        /// The address of a fault.
        72 ssi_addr: u64,
        /// How exact the address is: a number of bits.
        80 ssi_addr_lsb: u16,
        /// The system call, with `SIGSYS`.
        84 ssi_syscall: i32,
        /// Where it was called.
        88 ssi_call_addr: u64,
        /// `AUDIT_ARCH_*`: of which ABI it is.
        96 ssi_arch: u32,
    }
}

impl SignalSet {
    /// No signal.
    pub const EMPTY: Self = Self { bits: 0 };
    /// Every signal; the kernel leaves `SIGKILL` and `SIGSTOP` out by itself.
    pub const FULL: Self = Self { bits: !0 };

    /// The set with this signal as well. A number that is no signal changes nothing.
    #[must_use]
    pub const fn with(self, signal: Signal) -> Self {
        Self { bits: self.bits | Self::bit(signal) }
    }

    /// The set without this signal.
    #[must_use]
    pub const fn without(self, signal: Signal) -> Self {
        Self { bits: self.bits & !Self::bit(signal) }
    }

    /// Whether the signal is in the set.
    pub const fn contains(self, signal: Signal) -> bool {
        self.bits & Self::bit(signal) != 0
    }

    const fn bit(signal: Signal) -> u64 {
        match signal.into_raw() {
            number @ 1..=64 => 1 << (number - 1),
            _ => 0,
        }
    }
}
