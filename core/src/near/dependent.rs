//! Arguments that are what an earlier one says: `fcntl`, `prctl` and the other calls that are many in one.

use super::fs::{FcntlCommand, FdFlags, OFlags, SealFlags};
use super::io::IoctlRequest;
use super::ipc::SemaphoreCommand;
use super::keyctl::{KeySerial, KeyctlOperation};
use super::net::{
    AddressFamily, Ipv4Option, Ipv6Option, NetlinkOption, SocketLevel, SocketOption, TcpOption,
};
use super::process::{AmbientOperation, Capability, PrctlOption, SecureBits};
use super::ptrace::{NoteType, PtraceOptions, PtraceRequest};
use super::sched::FutexOperation;
use super::security::SeccompMode;
use super::signal::{Signal, SignalTarget};
use super::x86_64::ArchPrctlOperation;
use crate::identifier::{Address, FileDescriptor, Process};
use crate::syscall::{Operand, Text};

/// What an argument is, if another has one of these values.
pub(crate) struct Dependent {
    call: &'static str,
    /// Which argument decides.
    selector: usize,
    values: &'static [u64],
    /// Which argument it is about.
    argument: usize,
    /// What that is; nothing if it is not looked at.
    pub(crate) text: Option<Text>,
    /// Whether it has `O_*` flags, to be encoded for the ABI.
    pub(crate) open_flags: bool,
}

/// What an argument is, given those before it, if that depends on them.
pub(crate) fn find(call: &str, argument: usize, earlier: &[u64]) -> Option<&'static Dependent> {
    TABLE.iter().find(|dependent| {
        dependent.argument == argument
            && dependent.call == call
            && earlier.get(dependent.selector).is_some_and(|value| dependent.values.contains(value))
    })
}

const fn on(
    call: &'static str,
    selector: usize,
    values: &'static [u64],
    argument: usize,
    text: Text,
) -> Dependent {
    Dependent { call, selector, values, argument, text: Some(text), open_flags: false }
}

const fn fcntl(commands: &'static [u64], text: Text) -> Dependent {
    on("fcntl", 1, commands, 2, text)
}

const fn prctl(options: &'static [u64], argument: usize, text: Text) -> Dependent {
    on("prctl", 0, options, argument, text)
}

const fn keyctl(operations: &'static [u64], argument: usize, text: Text) -> Dependent {
    on("keyctl", 0, operations, argument, text)
}

const fn ptrace(requests: &'static [u64], argument: usize, text: Text) -> Dependent {
    on("ptrace", 0, requests, argument, text)
}

/// Numbers of one type.
macro_rules! words {
    ($type:ident: $($name:ident)*) => {
        &[$($type::$name.word()),*]
    };
}

/// Families whose protocols are not `IPPROTO_*`.
const OTHER_FAMILIES: &[u64] = words!(AddressFamily: UNIX NETLINK PACKET ALG BLUETOOTH CAN TIPC VSOCK);

const TABLE: &[Dependent] = &[
    fcntl(words!(FcntlCommand: DUPFD DUPFD_CLOEXEC DUPFD_QUERY), FileDescriptor::TEXT),
    fcntl(words!(FcntlCommand: SETFD), FdFlags::TEXT),
    Dependent { open_flags: true, ..fcntl(words!(FcntlCommand: SETFL), OFlags::TEXT) },
    fcntl(
        words!(FcntlCommand: GETLK SETLK SETLKW OFD_GETLK OFD_SETLK OFD_SETLKW SETOWN_EX GETOWN_EX
            GET_RW_HINT SET_RW_HINT GET_FILE_RW_HINT SET_FILE_RW_HINT),
        Address::TEXT,
    ),
    fcntl(words!(FcntlCommand: SETOWN), SignalTarget::TEXT),
    fcntl(words!(FcntlCommand: SETSIG), Signal::TEXT),
    fcntl(words!(FcntlCommand: ADD_SEALS), SealFlags::TEXT),
    Dependent {
        text: None,
        ..fcntl(words!(FcntlCommand: GETFD GETFL GETOWN GETSIG GETLEASE GETPIPE_SZ GET_SEALS), u64::TEXT)
    },
    prctl(words!(PrctlOption: SET_PDEATHSIG), 1, Signal::TEXT),
    prctl(
        words!(PrctlOption: GET_PDEATHSIG SET_NAME GET_NAME GET_TID_ADDRESS GET_CHILD_SUBREAPER GET_TSC GET_AUXV),
        1,
        Address::TEXT,
    ),
    prctl(words!(PrctlOption: CAPBSET_READ CAPBSET_DROP), 1, Capability::TEXT),
    prctl(words!(PrctlOption: CAP_AMBIENT), 1, AmbientOperation::TEXT),
    prctl(words!(PrctlOption: CAP_AMBIENT), 2, Capability::TEXT),
    prctl(words!(PrctlOption: SET_PTRACER), 1, Process::TEXT),
    prctl(words!(PrctlOption: SET_SECUREBITS), 1, SecureBits::TEXT),
    prctl(words!(PrctlOption: SET_SECCOMP), 1, SeccompMode::TEXT),
    prctl(words!(PrctlOption: SET_SECCOMP), 2, Address::TEXT),
    ptrace(words!(PtraceRequest: CONT SYSCALL SINGLESTEP DETACH LISTEN), 3, Signal::TEXT),
    ptrace(words!(PtraceRequest: SEIZE SETOPTIONS), 3, PtraceOptions::TEXT),
    ptrace(words!(PtraceRequest: GETREGSET SETREGSET), 2, NoteType::TEXT),
    ptrace(words!(PtraceRequest: GETSIGMASK SETSIGMASK GET_SYSCALL_INFO SET_SYSCALL_INFO), 2, usize::TEXT),
    on("setsockopt", 1, words!(SocketLevel: SOCKET), 2, SocketOption::TEXT),
    on("setsockopt", 1, words!(SocketLevel: IP), 2, Ipv4Option::TEXT),
    on("setsockopt", 1, words!(SocketLevel: IPV6), 2, Ipv6Option::TEXT),
    on("setsockopt", 1, words!(SocketLevel: TCP), 2, TcpOption::TEXT),
    on("setsockopt", 1, words!(SocketLevel: NETLINK), 2, NetlinkOption::TEXT),
    on("getsockopt", 1, words!(SocketLevel: SOCKET), 2, SocketOption::TEXT),
    on("getsockopt", 1, words!(SocketLevel: IP), 2, Ipv4Option::TEXT),
    on("getsockopt", 1, words!(SocketLevel: IPV6), 2, Ipv6Option::TEXT),
    on("getsockopt", 1, words!(SocketLevel: TCP), 2, TcpOption::TEXT),
    on("getsockopt", 1, words!(SocketLevel: NETLINK), 2, NetlinkOption::TEXT),
    on("socket", 0, OTHER_FAMILIES, 2, i32::TEXT),
    on("socketpair", 0, OTHER_FAMILIES, 2, i32::TEXT),
    on("ioctl", 1, words!(IoctlRequest: TIOCSCTTY), 2, u64::TEXT),
    on("arch_prctl", 0, words!(ArchPrctlOperation: GET_CPUID SET_CPUID), 1, u64::TEXT),
    on(
        "futex",
        1,
        words!(FutexOperation: REQUEUE CMP_REQUEUE WAKE_OP CMP_REQUEUE_PI
            REQUEUE_PRIVATE CMP_REQUEUE_PRIVATE WAKE_OP_PRIVATE CMP_REQUEUE_PI_PRIVATE),
        3,
        u64::TEXT,
    ),
    on(
        "semctl",
        2,
        words!(SemaphoreCommand: SET STAT INFO GETALL SETALL SEM_STAT SEM_INFO SEM_STAT_ANY),
        3,
        Address::TEXT,
    ),
    keyctl(
        words!(KeyctlOperation: GET_KEYRING_ID UPDATE REVOKE CHOWN SETPERM DESCRIBE CLEAR LINK UNLINK SEARCH READ
            INSTANTIATE NEGATE SET_TIMEOUT ASSUME_AUTHORITY GET_SECURITY REJECT INVALIDATE RESTRICT_KEYRING MOVE),
        1,
        KeySerial::TEXT,
    ),
    keyctl(words!(KeyctlOperation: JOIN_SESSION_KEYRING), 1, Address::TEXT),
    keyctl(words!(KeyctlOperation: LINK UNLINK MOVE), 2, KeySerial::TEXT),
    keyctl(
        words!(KeyctlOperation: UPDATE DESCRIBE SEARCH READ INSTANTIATE GET_SECURITY RESTRICT_KEYRING),
        2,
        Address::TEXT,
    ),
    keyctl(words!(KeyctlOperation: SEARCH RESTRICT_KEYRING), 3, Address::TEXT),
    keyctl(words!(KeyctlOperation: MOVE), 3, KeySerial::TEXT),
    keyctl(words!(KeyctlOperation: SEARCH INSTANTIATE), 4, KeySerial::TEXT),
];
