//! `siginfo_t`: why a signal was sent

use super::Layout;
use crate::abi::Abi;
use crate::near::signal::{Signal, SignalCode};

/// Defines the variants of `siginfo_t`, each with the three fields that all have.
macro_rules! siginfos {
    ($(
        $(#[$doc:meta])*
        $type:ident { $($(#[$field_doc:meta])* $offset:literal $field:ident: $field_type:ty,)* }
    )*) => {
        layouts! { $(
            $(#[$doc])*
            $type, 128, 8 {
                /// The signal.
                0 si_signo: i32,
                /// An errno, mostly 0.
                4 si_errno: i32,
                /// Why it was sent: [`SignalCode`].
                8 si_code: i32,
                $($(#[$field_doc])* $offset $field: $field_type,)*
            }
        )* }
    };
}

siginfos! {
    /// What every `siginfo_t` has.
    SiginfoCommon {}
    /// `siginfo_t` as `kill` and the kernel itself send it, and of a kind that is not known.
    SiginfoKill {
        /// Who sent it; 0 if the kernel did.
        16 si_pid: i32,
        /// The sender's real uid.
        20 si_uid: u32,
    }
    /// `siginfo_t` as `sigqueue` and message queues send it.
    SiginfoQueue {
        /// Who sent it.
        16 si_pid: i32,
        /// The sender's real uid.
        20 si_uid: u32,
        /// What was sent along.
        24 si_value: u64,
    }
    /// `siginfo_t` of a POSIX timer.
    SiginfoTimer {
        /// The kernel's number of the timer.
        16 si_timerid: i32,
        /// How often it expired meanwhile.
        20 si_overrun: i32,
        /// What `timer_create` was given.
        24 si_value: u64,
    }
    /// `siginfo_t` as `waitid` writes it and `SIGCHLD` carries it.
    SiginfoChild {
        /// The child; 0 if `waitid` found nothing with `WNOHANG`.
        16 si_pid: i32,
        /// Its real uid.
        20 si_uid: u32,
        /// The exit status, or the signal.
        24 si_status: i32,
        /// User time, in clock ticks.
        32 si_utime: i64,
        /// System time, in clock ticks.
        40 si_stime: i64,
    }
    /// `siginfo_t` of `SIGSEGV`, `SIGBUS`, `SIGILL`, `SIGFPE` and `SIGTRAP` from the processor.
    SiginfoFault {
        /// Where it happened.
        16 si_addr: u64,
        /// With `BUS_MCEERR_*`, how exact the address is: a number of bits.
        24 si_addr_lsb: i16,
        /// With `SEGV_BNDERR` the lower bound; with `SEGV_PKUERR` the protection key, in the lower half.
        32 si_lower: u64,
        /// With `SEGV_BNDERR` the upper bound.
        40 si_upper: u64,
    }
    /// `siginfo_t` of `SIGIO`.
    SiginfoPoll {
        /// What happened: `POLLIN` and so on.
        16 si_band: i64,
        /// To which descriptor.
        24 si_fd: i32,
    }
    /// `siginfo_t` of `SIGSYS` from a seccomp filter.
    SiginfoSys {
        /// Where the call was made.
        16 si_call_addr: u64,
        /// Which it was.
        24 si_syscall: i32,
        /// `AUDIT_ARCH_*`: of which ABI it is.
        28 si_arch: u32,
    }
}

/// `siginfo_t`, decoded by its signal and code as the kernel decides it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Siginfo {
    /// From `kill`, from the kernel, or of a kind that is not known: `si_code` tells.
    Kill(SiginfoKill),
    /// From `sigqueue`, `tgkill` or a message queue.
    Queue(SiginfoQueue),
    /// From a POSIX timer.
    Timer(SiginfoTimer),
    /// About a child.
    Child(SiginfoChild),
    /// From the processor.
    Fault(SiginfoFault),
    /// About a descriptor.
    Poll(SiginfoPoll),
    /// From a seccomp filter.
    Sys(SiginfoSys),
}

impl<A: Abi> Layout<A> for Siginfo {
    type Bytes = [u8; 128];
    const SIZE: usize = 128;
    const ALIGNMENT: usize = 8;
    const FIELDS: &'static [(&'static str, usize, usize)] = <SiginfoCommon as Layout<A>>::FIELDS;

    fn zeroed() -> Self::Bytes {
        [0; 128]
    }

    fn to_bytes(&self) -> Self::Bytes {
        match self {
            Self::Kill(info) => Layout::<A>::to_bytes(info),
            Self::Queue(info) => Layout::<A>::to_bytes(info),
            Self::Timer(info) => Layout::<A>::to_bytes(info),
            Self::Child(info) => Layout::<A>::to_bytes(info),
            Self::Fault(info) => Layout::<A>::to_bytes(info),
            Self::Poll(info) => Layout::<A>::to_bytes(info),
            Self::Sys(info) => Layout::<A>::to_bytes(info),
        }
    }

    // kernel/signal.c, siginfo_layout()
    fn from_bytes(bytes: &Self::Bytes) -> Self {
        let common = <SiginfoCommon as Layout<A>>::from_bytes(bytes);
        let signal = Signal::from_raw(common.si_signo);
        match (SignalCode::from_raw(common.si_code), signal) {
            (SignalCode::TIMER, _) => Self::Timer(Layout::<A>::from_bytes(bytes)),
            (SignalCode::SIGIO, _) => Self::Poll(Layout::<A>::from_bytes(bytes)),
            (code, _) if code.into_raw() < 0 => Self::Queue(Layout::<A>::from_bytes(bytes)),
            // From 0x80 on they are the kernel's own, and a tracee's stops.
            (code, _) if !(1..SignalCode::KERNEL.into_raw()).contains(&code.into_raw()) => {
                Self::Kill(Layout::<A>::from_bytes(bytes))
            }
            (_, Signal::CHLD) => Self::Child(Layout::<A>::from_bytes(bytes)),
            (_, Signal::SEGV | Signal::BUS | Signal::ILL | Signal::FPE | Signal::TRAP) => {
                Self::Fault(Layout::<A>::from_bytes(bytes))
            }
            (_, Signal::SYS) => Self::Sys(Layout::<A>::from_bytes(bytes)),
            (code, _) if code.into_raw() <= POLL_CODES => Self::Poll(Layout::<A>::from_bytes(bytes)),
            _ => Self::Kill(Layout::<A>::from_bytes(bytes)),
        }
    }
}

/// `NSIGPOLL`: the codes of `SIGIO`, which may come with any signal that `F_SETSIG` names.
const POLL_CODES: i32 = 6;
