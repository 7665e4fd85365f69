//! The typed forms of calls that are many in one.

use rsyscall_core::{
    abi::{Aarch64, Riscv64, X86_64},
    identifier::{Address, FileDescriptor, Process},
    near::{
        event, fs,
        fs::{FdFlags, OFlags, StatusFlags},
        io, keyctl,
        keyctl::KeySerial,
        mount, net,
        net::{SocketOption, TcpOption},
        process, ptrace,
        ptrace::{NoteType, PtraceOptions},
        sched, security,
        signal::Signal,
        system, x86_64,
    },
};

const A: Address = Address::from_raw(0x7f00_0000);
const FD: FileDescriptor = FileDescriptor::from_raw(3);

#[test]
fn a_form_is_its_call_with_the_command_filled_in() {
    for (text, expected) in [
        (fs::fcntl_getfd(FD).to_string(), "fcntl(FD(3), F_GETFD)"),
        (fs::fcntl_setfd(FD, FdFlags::CLOEXEC).to_string(), "fcntl(FD(3), F_SETFD, FD_CLOEXEC)"),
        (
            fs::fcntl_dupfd_cloexec(FD, FileDescriptor::from_raw(10)).to_string(),
            "fcntl(FD(3), F_DUPFD_CLOEXEC, FD(10))",
        ),
        (fs::fcntl_setfl(FD, OFlags::NONBLOCK).to_string(), "fcntl(FD(3), F_SETFL, O_RDONLY|O_NONBLOCK)"),
        (io::ioctl_fionread(FD, A).to_string(), "ioctl(FD(3), FIONREAD, Address(0x7f000000))"),
        (process::prctl_set_pdeathsig(Signal::KILL).to_string(), "prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0)"),
        (process::prctl_set_no_new_privs().to_string(), "prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)"),
        (
            process::prctl_cap_ambient_raise(process::Capability::NET_ADMIN).to_string(),
            "prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_NET_ADMIN, 0, 0)",
        ),
        (
            ptrace::ptrace_seize(Process::from_raw(7), PtraceOptions::TRACESYSGOOD).to_string(),
            "ptrace(PTRACE_SEIZE, Process(7), NULL, PTRACE_O_TRACESYSGOOD)",
        ),
        (
            ptrace::ptrace_cont(Process::from_raw(7), Signal::NONE).to_string(),
            "ptrace(PTRACE_CONT, Process(7), NULL, 0)",
        ),
        (
            ptrace::ptrace_getregset(Process::from_raw(7), NoteType::PRSTATUS, A).to_string(),
            "ptrace(PTRACE_GETREGSET, Process(7), NT_PRSTATUS, Address(0x7f000000))",
        ),
        (
            net::setsockopt_tcp(FD, TcpOption::NODELAY, A, 4).to_string(),
            "setsockopt(FD(3), SOL_TCP, TCP_NODELAY, Address(0x7f000000), 4)",
        ),
        (
            net::getsockopt_socket(FD, SocketOption::ERROR, A, A).to_string(),
            "getsockopt(FD(3), SOL_SOCKET, SO_ERROR, Address(0x7f000000), Address(0x7f000000))",
        ),
        (
            sched::futex_cmp_requeue_private(A, 1, 2, A, 3).to_string(),
            "futex(Address(0x7f000000), FUTEX_CMP_REQUEUE_PRIVATE, 1, 2, Address(0x7f000000), 3)",
        ),
        (
            keyctl::keyctl_link(KeySerial::from_raw(7), KeySerial::SPEC_SESSION_KEYRING).to_string(),
            "keyctl(KEYCTL_LINK, 7, KEY_SPEC_SESSION_KEYRING, 0, 0)",
        ),
        (system::bpf_prog_load(A, 128).to_string(), "bpf(BPF_PROG_LOAD, Address(0x7f000000), 128)"),
        (
            mount::fsconfig_set_string(FD, A, A).to_string(),
            "fsconfig(FD(3), FSCONFIG_SET_STRING, Address(0x7f000000), Address(0x7f000000), 0)",
        ),
        (event::epoll_ctl_del(FD, FD).to_string(), "epoll_ctl(FD(3), EPOLL_CTL_DEL, FD(3), NULL)"),
        (
            mount::mount_bind_recursive(A, A).to_string(),
            "mount(Address(0x7f000000), Address(0x7f000000), NULL, MS_BIND|MS_REC, NULL)",
        ),
        (
            security::landlock_abi_version().to_string(),
            "landlock_create_ruleset(NULL, 0, LANDLOCK_CREATE_RULESET_VERSION)",
        ),
        (x86_64::arch_prctl_set_fs(A).to_string(), "arch_prctl(ARCH_SET_FS, Address(0x7f000000))"),
    ] {
        assert_eq!(text, expected);
    }
}

#[test]
fn setfl_takes_the_bits_of_the_abi() {
    let set = fs::fcntl_setfl(FD, OFlags::DIRECT | OFlags::NONBLOCK);
    assert_eq!(set.encode::<X86_64>().arguments, [3, 4, 0o44_000, 0, 0, 0]);
    assert_eq!(set.encode::<Aarch64>().arguments, [3, 4, 0o204_000, 0, 0, 0]);
    assert_eq!(set.encode::<Riscv64>().arguments, [3, 4, 0o44_000, 0, 0, 0]);
    // The general form leaves its argument alone: what it is, only the command says.
    let general = fs::fcntl(FD, fs::FcntlCommand::SETOWN, 0o40_000);
    assert_eq!(general.encode::<Aarch64>().arguments[2], 0o40_000);
}

#[test]
fn getfl_gives_the_bits_of_the_abi() {
    let flags = StatusFlags::from_raw(0o200_002);
    assert_eq!(flags.neutral::<Aarch64>(), OFlags::DIRECT | OFlags::RDWR);
    assert_eq!(flags.neutral::<X86_64>(), OFlags::DIRECTORY | OFlags::RDWR);
}

#[test]
fn a_call_of_one_abi_has_no_number_on_the_others() {
    let set = x86_64::arch_prctl_set_fs(A);
    assert_eq!(set.encode::<X86_64>().number, 158);
    assert_eq!(set.encode::<Aarch64>().number, -1);
    assert_eq!(set.encode::<Riscv64>().number, -1);
}
