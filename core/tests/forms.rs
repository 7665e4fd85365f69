//! The typed forms of calls that are many in one.

use rsyscall_core::{
    abi::{Aarch64, Riscv64, X86_64},
    identifier::{Address, FileDescriptor, Process},
    near::{
        event, fs,
        fs::{FdFlags, OFlags, StatusFlags},
        io, mount, process, ptrace,
        ptrace::PtraceOptions,
        security,
        signal::Signal,
        x86_64,
    },
};

const A: Address = Address::from_raw(0x7f00_0000);
const FD: FileDescriptor = FileDescriptor::from_raw(3);

#[test]
fn a_form_is_its_call_with_the_command_filled_in() {
    for (text, expected) in [
        (fs::fcntl_getfd(FD).to_string(), "fcntl(FD(3), F_GETFD, 0)"),
        (fs::fcntl_setfd(FD, FdFlags::CLOEXEC).to_string(), "fcntl(FD(3), F_SETFD, 1)"),
        (
            fs::fcntl_dupfd_cloexec(FD, FileDescriptor::from_raw(10)).to_string(),
            "fcntl(FD(3), F_DUPFD_CLOEXEC, 10)",
        ),
        (fs::fcntl_setfl(FD, OFlags::NONBLOCK).to_string(), "fcntl(FD(3), F_SETFL, 2048)"),
        (io::ioctl_fionread(FD, A).to_string(), "ioctl(FD(3), FIONREAD, Address(0x7f000000))"),
        (process::prctl_set_pdeathsig(Signal::KILL).to_string(), "prctl(PR_SET_PDEATHSIG, 9, 0, 0, 0)"),
        (process::prctl_set_no_new_privs().to_string(), "prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)"),
        (
            process::prctl_cap_ambient_raise(process::Capability::NET_ADMIN).to_string(),
            "prctl(PR_CAP_AMBIENT, 2, 12, 0, 0)",
        ),
        (
            ptrace::ptrace_seize(Process::from_raw(7), PtraceOptions::TRACESYSGOOD).to_string(),
            "ptrace(PTRACE_SEIZE, Process(7), NULL, Address(0x1))",
        ),
        (
            ptrace::ptrace_cont(Process::from_raw(7), Signal::NONE).to_string(),
            "ptrace(PTRACE_CONT, Process(7), NULL, NULL)",
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
