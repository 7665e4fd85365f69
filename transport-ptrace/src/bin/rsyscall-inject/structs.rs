//! The structs that calls write, field by field under their C names, as strace shows them.

use crate::value::Value;
use rsyscall_core::{
    near::{
        event::{EpollEvents, PollEvents},
        fs::{Mode, StatxAttributes, StatxMask, Whence},
        layout::{
            CapabilityData, DirectoryEntry, EpollEvent, FileAttr, Flock, Itimerspec, Itimerval, Linger,
            MqAttr, Msghdr, Pollfd, Rlimit, Rusage, SchedAttr, SchedParam, Sigaction, Siginfo, SiginfoChild,
            SiginfoFault, SiginfoKill, SiginfoPoll, SiginfoQueue, SiginfoSys, SiginfoTimer, SignalSet,
            SignalStack, SocketAddress, Stat, Statfs, Statx, Sysinfo, Termios, Timespec, Timeval, Timex,
            Ucred, Utsname, Winsize,
        },
        net::{AddressFamily, MessageFlags},
        process::Capability,
        sched::SchedPolicy,
        signal::{ChildCode, SigactionFlags, Signal, SignalCode},
    },
    syscall::Errno,
};
use std::fmt;

/// Fields in strace's order, each as a number or as the function behind it shows it. A field that is left out does not compile.
macro_rules! structs {
    ($($type:ident { $($field:ident $(: $shown:expr)?),* $(; $($unused:ident),*)? })*) => { $(
        impl From<$type> for Value {
            fn from($type { $($field,)* $($($unused: _,)*)? }: $type) -> Self {
                Self::Struct(vec![$((stringify!($field), field!($field $($shown)?))),*])
            }
        }
    )* };
}

macro_rules! field {
    ($field:ident) => {
        Value::from($field)
    };
    ($field:ident $shown:expr) => {
        $shown($field)
    };
}

structs! {
    Stat {
        st_dev: device, st_ino, st_mode: mode, st_nlink, st_uid, st_gid, st_rdev: device, st_size, st_blksize, st_blocks,
        st_atime, st_atime_nsec, st_mtime, st_mtime_nsec, st_ctime, st_ctime_nsec
    }
    Statfs {
        f_type: Value::bits, f_bsize, f_blocks, f_bfree, f_bavail, f_files, f_ffree, f_fsid: Value::bits, f_namelen,
        f_frsize, f_flags: Value::bits
    }
    FileAttr { fa_xflags: Value::bits, fa_extsize, fa_nextents, fa_projid, fa_cowextsize }
    Flock { l_type: lock, l_whence: whence, l_start, l_len, l_pid }
    Timespec { tv_sec, tv_nsec }
    Timeval { tv_sec, tv_usec }
    Timex {
        modes: Value::bits, offset, freq, maxerror, esterror, status: Value::bits, constant, precision, tolerance,
        time_sec, time_usec, tick, ppsfreq, jitter, shift, stabil, jitcnt, calcnt, errcnt, stbcnt, tai
    }
    Rlimit { rlim_cur: limit, rlim_max: limit }
    Sysinfo {
        uptime, loads, totalram, freeram, sharedram, bufferram, totalswap, freeswap, procs, totalhigh, freehigh, mem_unit
    }
    Utsname {
        sysname: text, nodename: text, release: text, version: text, machine: text, domainname: text
    }
    SchedParam { sched_priority }
    SchedAttr {
        size, sched_policy: policy, sched_flags: Value::bits, sched_nice, sched_priority, sched_runtime, sched_deadline,
        sched_period, sched_util_min, sched_util_max
    }
    Pollfd { fd, events: poll_events, revents: poll_events }
    EpollEvent { events: epoll_events, data: Value::bits }
    Sigaction { sa_handler: handler, sa_mask: signals, sa_flags: signal_flags, sa_restorer: Value::address }
    SignalStack { ss_sp: Value::address, ss_flags: stack_flags, ss_size }
    SiginfoKill { si_signo: signal, si_code: code, si_pid, si_uid; si_errno }
    SiginfoQueue { si_signo: signal, si_code: code, si_pid, si_uid, si_value: Value::bits; si_errno }
    SiginfoTimer { si_signo: signal, si_code: code, si_timerid, si_overrun, si_value: Value::bits; si_errno }
    SiginfoChild { si_signo: signal, si_code: child_code, si_pid, si_uid, si_status, si_utime, si_stime; si_errno }
    SiginfoFault { si_signo: signal, si_code, si_addr: Value::address; si_errno, si_addr_lsb, si_lower, si_upper }
    SiginfoPoll { si_signo: signal, si_code, si_band: Value::bits, si_fd; si_errno }
    SiginfoSys { si_signo: signal, si_code, si_call_addr: Value::address, si_syscall, si_arch: Value::bits; si_errno }
    Ucred { pid, uid, gid }
    Linger { l_onoff, l_linger }
    Msghdr {
        msg_name: Value::address, msg_namelen, msg_iov: Value::address, msg_iovlen, msg_control: Value::address,
        msg_controllen, msg_flags: message_flags
    }
    MqAttr { mq_flags: Value::bits, mq_maxmsg, mq_msgsize, mq_curmsgs }
    Winsize { ws_row, ws_col, ws_xpixel, ws_ypixel }
    Termios {
        c_iflag: Value::bits, c_oflag: Value::bits, c_cflag: Value::bits, c_lflag: Value::bits, c_line, c_cc: bytes
    }
}

impl From<Statx> for Value {
    fn from(x: Statx) -> Self {
        let time = |tv_sec, tv_nsec: u32| Self::from(Timespec { tv_sec, tv_nsec: tv_nsec.into() });
        Self::Struct(vec![
            ("stx_mask", Self::name(StatxMask::from_bits_retain(x.stx_mask))),
            ("stx_blksize", x.stx_blksize.into()),
            ("stx_attributes", Self::name(StatxAttributes::from_bits_retain(x.stx_attributes))),
            ("stx_nlink", x.stx_nlink.into()),
            ("stx_uid", x.stx_uid.into()),
            ("stx_gid", x.stx_gid.into()),
            ("stx_mode", mode(x.stx_mode.into())),
            ("stx_ino", x.stx_ino.into()),
            ("stx_size", x.stx_size.into()),
            ("stx_blocks", x.stx_blocks.into()),
            ("stx_attributes_mask", Self::name(StatxAttributes::from_bits_retain(x.stx_attributes_mask))),
            ("stx_atime", time(x.stx_atime_sec, x.stx_atime_nsec)),
            ("stx_btime", time(x.stx_btime_sec, x.stx_btime_nsec)),
            ("stx_ctime", time(x.stx_ctime_sec, x.stx_ctime_nsec)),
            ("stx_mtime", time(x.stx_mtime_sec, x.stx_mtime_nsec)),
            ("stx_rdev_major", x.stx_rdev_major.into()),
            ("stx_rdev_minor", x.stx_rdev_minor.into()),
            ("stx_dev_major", x.stx_dev_major.into()),
            ("stx_dev_minor", x.stx_dev_minor.into()),
            ("stx_mnt_id", x.stx_mnt_id.into()),
        ])
    }
}

impl From<Rusage> for Value {
    fn from(usage: Rusage) -> Self {
        let time = |tv_sec, tv_usec| Self::from(Timeval { tv_sec, tv_usec });
        Self::Struct(vec![
            ("ru_utime", time(usage.ru_utime_sec, usage.ru_utime_usec)),
            ("ru_stime", time(usage.ru_stime_sec, usage.ru_stime_usec)),
            ("ru_maxrss", usage.ru_maxrss.into()),
            ("ru_minflt", usage.ru_minflt.into()),
            ("ru_majflt", usage.ru_majflt.into()),
            ("ru_inblock", usage.ru_inblock.into()),
            ("ru_oublock", usage.ru_oublock.into()),
            ("ru_nvcsw", usage.ru_nvcsw.into()),
            ("ru_nivcsw", usage.ru_nivcsw.into()),
        ])
    }
}

impl From<Itimerspec> for Value {
    fn from(timer: Itimerspec) -> Self {
        let time = |tv_sec, tv_nsec| Self::from(Timespec { tv_sec, tv_nsec });
        Self::Struct(vec![
            ("it_interval", time(timer.it_interval_sec, timer.it_interval_nsec)),
            ("it_value", time(timer.it_value_sec, timer.it_value_nsec)),
        ])
    }
}

impl From<Itimerval> for Value {
    fn from(timer: Itimerval) -> Self {
        let time = |tv_sec, tv_usec| Self::from(Timeval { tv_sec, tv_usec });
        Self::Struct(vec![
            ("it_interval", time(timer.it_interval_sec, timer.it_interval_usec)),
            ("it_value", time(timer.it_value_sec, timer.it_value_usec)),
        ])
    }
}

impl From<Siginfo> for Value {
    fn from(info: Siginfo) -> Self {
        match info {
            Siginfo::Kill(info) => info.into(),
            Siginfo::Queue(info) => info.into(),
            Siginfo::Timer(info) => info.into(),
            Siginfo::Child(info) => info.into(),
            Siginfo::Fault(info) => info.into(),
            Siginfo::Poll(info) => info.into(),
            Siginfo::Sys(info) => info.into(),
        }
    }
}

impl From<CapabilityData> for Value {
    fn from(data: CapabilityData) -> Self {
        let set = |low: u32, high: u32| capabilities(u64::from(high) << 32 | u64::from(low));
        Self::Struct(vec![
            ("effective", set(data.effective, data.effective_high)),
            ("permitted", set(data.permitted, data.permitted_high)),
            ("inheritable", set(data.inheritable, data.inheritable_high)),
        ])
    }
}

impl From<SignalSet> for Value {
    fn from(set: SignalSet) -> Self {
        signals(set.bits)
    }
}

impl From<DirectoryEntry<'_>> for Value {
    fn from(DirectoryEntry { d_ino, d_off, d_type, d_name }: DirectoryEntry<'_>) -> Self {
        Self::Struct(vec![
            ("d_ino", d_ino.into()),
            ("d_off", d_off.into()),
            ("d_type", Self::name(d_type)),
            ("d_name", Self::Text(d_name.to_vec())),
        ])
    }
}

impl From<SocketAddress> for Value {
    fn from(address: SocketAddress) -> Self {
        let family = |family: AddressFamily| ("sa_family", Self::name(family));
        let port = |port: u16| Self::Of("htons", Box::new(port.into()));
        let text = |text: &dyn fmt::Display| Box::new(Self::Text(text.to_string().into_bytes()));
        Self::Struct(match address {
            SocketAddress::Unix(name) => {
                let path = match (name.as_path(), name.as_abstract()) {
                    (Some(path), _) => Some(Self::Text(path.to_vec())),
                    (None, Some(name)) => Some(Self::Text([&b"@"[..], name].concat())),
                    (None, None) => None,
                };
                [family(AddressFamily::UNIX)].into_iter().chain(path.map(|path| ("sun_path", path))).collect()
            }
            SocketAddress::V4(address) => vec![
                family(AddressFamily::INET),
                ("sin_port", port(address.port())),
                ("sin_addr", Self::Of("inet_addr", text(address.ip()))),
            ],
            SocketAddress::V6(address) => vec![
                family(AddressFamily::INET6),
                ("sin6_port", port(address.port())),
                ("sin6_flowinfo", address.flowinfo().into()),
                ("sin6_addr", *text(address.ip())),
                ("sin6_scope_id", address.scope_id().into()),
            ],
            SocketAddress::Netlink { pid, groups } => {
                vec![
                    family(AddressFamily::NETLINK),
                    ("nl_pid", pid.into()),
                    ("nl_groups", Self::bits(groups)),
                ]
            }
            SocketAddress::Other(other) => vec![family(other)],
        })
    }
}

fn mode(bits: u32) -> Value {
    Value::name(Mode::from_raw(bits))
}

/// As `makedev` puts it together.
fn device(device: u64) -> Value {
    let major = (device >> 8) & 0xfff | (device >> 32) & !0xfff;
    let minor = device & 0xff | (device >> 12) & !0xff & u64::from(u32::MAX);
    Value::Name(format!("makedev({major:#x}, {minor:#x})"))
}

fn lock(kind: i16) -> Value {
    match kind {
        0 => Value::name("F_RDLCK"),
        1 => Value::name("F_WRLCK"),
        2 => Value::name("F_UNLCK"),
        other => other.into(),
    }
}

fn whence(whence: i16) -> Value {
    Value::name(Whence::from_raw(whence.into()))
}

fn limit(limit: u64) -> Value {
    if limit == u64::MAX { Value::name("RLIM64_INFINITY") } else { limit.into() }
}

fn text<const N: usize>(bytes: [u8; N]) -> Value {
    Value::string(&bytes)
}

fn bytes<const N: usize>(bytes: [u8; N]) -> Value {
    Value::List(bytes.map(Value::from).into())
}

fn policy(policy: u32) -> Value {
    Value::name(SchedPolicy::from_raw(policy.cast_signed()))
}

fn poll_events(events: u16) -> Value {
    Value::name(PollEvents::from_bits_retain(events.into()))
}

fn epoll_events(events: u32) -> Value {
    Value::name(EpollEvents::from_bits_retain(events))
}

fn message_flags(flags: u32) -> Value {
    Value::name(MessageFlags::from_bits_retain(flags))
}

fn handler(handler: u64) -> Value {
    match handler {
        0 => Value::name("SIG_DFL"),
        1 => Value::name("SIG_IGN"),
        address => Value::address(address),
    }
}

fn stack_flags(flags: i32) -> Value {
    match flags {
        0 => Value::from(0),
        1 => Value::name("SS_ONSTACK"),
        2 => Value::name("SS_DISABLE"),
        other => Value::bits(other),
    }
}

pub(crate) fn signal(signal: i32) -> Value {
    Value::name(Signal::from_raw(signal))
}

fn signals(set: u64) -> Value {
    Value::List((1..=64).filter(|&number| set >> (number - 1) & 1 == 1).map(signal).collect())
}

fn signal_flags(flags: u64) -> Value {
    Value::name(SigactionFlags::from_bits_retain(flags))
}

fn code(code: i32) -> Value {
    Value::name(SignalCode::from_raw(code))
}

fn child_code(code: i32) -> Value {
    Value::name(ChildCode::from_raw(code))
}

fn capabilities(set: u64) -> Value {
    let names = (0..64)
        .filter(|&number| set >> number & 1 == 1)
        .map(|number| Capability::from_raw(number).to_string());
    Value::List(names.map(Value::Name).collect())
}

/// An errno, or that there is none.
pub(crate) fn error(number: i32) -> Value {
    let name = u16::try_from(number).ok().and_then(|number| Errno::from_raw(number).name());
    name.map_or_else(|| number.into(), Value::name)
}
