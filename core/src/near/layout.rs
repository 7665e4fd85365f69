//! The structs that calls read and write, as bytes in the layout of a given ABI.
//!
//! The task behind an interface need not share our architecture, so that a struct is a plain value here and becomes
//! bytes
//! for an ABI.

use crate::abi::Abi;

/// A struct that has a layout in this ABI.
pub trait Layout<A: Abi>: Sized {
    /// Its bytes: an array of [`SIZE`](Self::SIZE).
    type Bytes: AsRef<[u8]> + AsMut<[u8]>;
    /// Its size in bytes.
    const SIZE: usize;
    /// Its alignment in bytes.
    const ALIGNMENT: usize;

    /// Zeros, to be read into.
    fn zeroed() -> Self::Bytes;
    /// The struct as bytes; padding is zero.
    fn to_bytes(&self) -> Self::Bytes;
    /// The struct in these bytes; padding is ignored.
    fn from_bytes(bytes: &Self::Bytes) -> Self;
}

/// The items of [`Layout`] for these fields.
macro_rules! layout_body {
    ($size:literal, $alignment:literal { $($offset:literal $field:ident: $field_type:ident,)* }) => {
        type Bytes = [u8; $size];
        const SIZE: usize = $size;
        const ALIGNMENT: usize = $alignment;

        fn zeroed() -> Self::Bytes {
            [0; $size]
        }

        fn to_bytes(&self) -> Self::Bytes {
            let mut bytes = [0; $size];
            $(
                const { assert!($offset + size_of::<$field_type>() <= $size) };
                #[expect(clippy::indexing_slicing, reason = "the line above has seen that it lies inside")]
                bytes[$offset..$offset + size_of::<$field_type>()].copy_from_slice(&self.$field.to_le_bytes());
            )*
            bytes
        }

        fn from_bytes(bytes: &Self::Bytes) -> Self {
            $(
                let mut $field = [0; size_of::<$field_type>()];
                #[expect(clippy::indexing_slicing, reason = "to_bytes has seen that it lies inside")]
                $field.copy_from_slice(&bytes[$offset..$offset + size_of::<$field_type>()]);
            )*
            #[allow(
            clippy::allow_attributes,
            clippy::needless_update,
            reason = "not every ABI has every field"
        )]
        Self { $($field: $field_type::from_le_bytes($field),)* ..Self::default() }
        }
    };
}

/// Defines structs of integers whose layout is the same in every ABI, with the offset of each field written out:
/// `Timespec, 16, 8 { 0 tv_sec: i64, 8 tv_nsec: i64 }`.
macro_rules! layouts {
    ($(
        $(#[$doc:meta])*
        $type:ident, $size:literal, $alignment:literal {
            $($(#[$field_doc:meta])* $offset:literal $field:ident: $field_type:ident,)*
        }
    )*) => { $(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
        pub struct $type { $($(#[$field_doc])* pub $field: $field_type,)* }

        impl<A: $crate::abi::Abi> $crate::near::layout::Layout<A> for $type {
            layout_body!($size, $alignment { $($offset $field: $field_type,)* });
        }
    )* };
}

layouts! {
    /// `struct timespec`: a time, or how long.
    Timespec, 16, 8 {
        /// Whole seconds.
        0 tv_sec: i64,
        /// Nanoseconds on top, 0 to 999,999,999.
        8 tv_nsec: i64,
    }
    /// `struct itimerspec`: a timer.
    Itimerspec, 32, 8 {
        /// The time between expirations, in whole seconds; all zero for only one.
        0 it_interval_sec: i64,
        /// The nanoseconds on top.
        8 it_interval_nsec: i64,
        /// The first expiration, in whole seconds; all zero for a stopped timer.
        16 it_value_sec: i64,
        /// The nanoseconds on top.
        24 it_value_nsec: i64,
    }
    /// `struct iovec`: a piece of memory.
    Iovec, 16, 8 {
        /// Where it begins: an [`Address`](crate::identifier::Address).
        0 iov_base: u64,
        /// How many bytes.
        8 iov_len: u64,
    }
    /// `struct rlimit64`
    Rlimit, 16, 8 {
        /// The limit that holds.
        0 rlim_cur: u64,
        /// How far it may be raised. `u64::MAX` is `RLIM_INFINITY`.
        8 rlim_max: u64,
    }
    /// `struct pollfd`
    Pollfd, 8, 4 {
        /// The descriptor; a negative one is skipped.
        0 fd: i32,
        /// What is waited for.
        4 events: u16,
        /// What happened.
        6 revents: u16,
    }
    /// The first fields of `siginfo_t`, those that every signal has. All of it is 128 bytes.
    SiginfoPrefix, 16, 8 {
        /// The signal.
        0 si_signo: i32,
        /// An errno, mostly 0.
        4 si_errno: i32,
        /// Why it was sent.
        8 si_code: i32,
    }
    /// `siginfo_t` as `waitid` writes it and `SIGCHLD` carries it.
    SiginfoChild, 128, 8 {
        /// `SIGCHLD`, or 0 if `waitid` found nothing with `WNOHANG`.
        0 si_signo: i32,
        /// An errno, mostly 0.
        4 si_errno: i32,
        /// `CLD_*`: how its state changed.
        8 si_code: i32,
        /// The child.
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
    /// `struct clone_args`
    CloneArgs, 88, 8 {
        /// [`CloneFlags`](super::process::CloneFlags), without a signal.
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
}

/// `struct sigaction` of the kernel, which is not that of the C library. riscv64 has no `sa_restorer`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Sigaction {
    /// The handler's address, or 0 for `SIG_DFL`, 1 for `SIG_IGN`.
    pub sa_handler: u64,
    /// [`SigactionFlags`](super::signal::SigactionFlags).
    pub sa_flags: u64,
    /// Where the handler returns to, with `SA_RESTORER`.
    pub sa_restorer: u64,
    /// The signals that are blocked while the handler runs: signal n is bit n - 1.
    pub sa_mask: u64,
}

/// `struct epoll_event`: packed on x86_64.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct EpollEvent {
    /// [`EpollEvents`](super::event::EpollEvents).
    pub events: u32,
    /// What was given with `epoll_ctl`.
    pub data: u64,
}

/// Gives a struct its layout in each ABI, all fields of the same size or written out as in [`layouts!`].
macro_rules! layouts_of {
    ($($abi:ident $type:ident, $size:literal, $alignment:literal { $($offset:literal $field:ident: $field_type:ident,)* })*) => { $(
        impl Layout<crate::abi::$abi> for $type {
            layout_body!($size, $alignment { $($offset $field: $field_type,)* });
        }
    )* };
}

layouts_of! {
    X86_64 Sigaction, 32, 8 { 0 sa_handler: u64, 8 sa_flags: u64, 16 sa_restorer: u64, 24 sa_mask: u64, }
    Aarch64 Sigaction, 32, 8 { 0 sa_handler: u64, 8 sa_flags: u64, 16 sa_restorer: u64, 24 sa_mask: u64, }
    Riscv64 Sigaction, 24, 8 { 0 sa_handler: u64, 8 sa_flags: u64, 16 sa_mask: u64, }
    X86_64 EpollEvent, 12, 4 { 0 events: u32, 4 data: u64, }
    Aarch64 EpollEvent, 16, 8 { 0 events: u32, 8 data: u64, }
    Riscv64 EpollEvent, 16, 8 { 0 events: u32, 8 data: u64, }
}
