//! The typed forms of calls that are many in one.

use rsyscall_core::{
    abi::{Aarch64, Riscv64, X86_64},
    batch::Batch,
    identifier::{Address, FileDescriptor, Process},
    near::{
        event, fs,
        fs::{FdFlags, OFlags, StatusFlags},
        io, keyctl,
        keyctl::KeySerial,
        mm, mount, net,
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
fn a_form_in_a_batch_is_the_same_and_takes_results() {
    let mut batch = Batch::<8>::new();
    let fd = batch.openat(FD, A, OFlags::RDONLY, fs::Mode::empty()).unwrap();
    batch.fcntl_setfl(fd, OFlags::DIRECT).unwrap();
    let copy = batch.fcntl_dupfd_cloexec(fd, FileDescriptor::from_raw(10)).unwrap();
    batch.epoll_ctl_add(FD, copy, A).unwrap();
    batch.mount_remount(A, mount::MountFlags::NOSUID, Address::NULL).unwrap();
    batch.ioctl_tiocsctty(fd, true).unwrap();
    let entries = batch.entries();
    let texts: Vec<_> = entries.iter().skip(1).map(|entry| entry.instruction().to_string()).collect();
    let zero = FileDescriptor::STDIN;
    assert_eq!(
        texts,
        [
            fs::fcntl_setfl(zero, OFlags::DIRECT).to_string(),
            fs::fcntl_dupfd_cloexec(zero, FileDescriptor::from_raw(10)).to_string(),
            event::epoll_ctl_add(FD, zero, A).to_string(),
            mount::mount_remount(A, mount::MountFlags::NOSUID, Address::NULL).to_string(),
            io::ioctl_tiocsctty(zero, true).to_string(),
        ]
    );
    assert_eq!(texts[3], "mount(NULL, Address(0x7f000000), NULL, MS_NOSUID|MS_REMOUNT, NULL)");
    let (set, links) = entries[1].encode::<Aarch64>();
    assert_eq!((set.arguments, links), ([0, 4, 0o200_000, 0, 0, 0], [1, 0, 0, 0, 0, 0]));
    assert_eq!(entries[3].encode::<X86_64>().1, [0, 0, 3, 0, 0, 0]);
}

#[test]
fn a_batch_is_shown_as_what_it_does() {
    let mut bytes = [0; 4];
    let mut batch = Batch::<3>::new();
    batch.write_memory(A, b"ab").unwrap();
    let fd = batch.fcntl_dupfd(FD, FD).unwrap();
    batch.read_memory(A, &mut bytes).unwrap();
    let shown: Vec<_> = batch.entries().iter().map(|entry| format!("{entry:?}")).collect();
    let read = "read_memory(Address(0x7f000000), 4)";
    assert_eq!(shown, ["write_memory(Address(0x7f000000), 2)", "fcntl(FD(3), F_DUPFD, FD(3))", read]);
    assert_eq!(format!("{fd:?}"), "Ref(2)");
    let mut linked = Batch::<2>::new();
    let fd = linked.eventfd(0_u32).unwrap();
    linked.close(fd).unwrap();
    assert_eq!(format!("{:?}", linked.entries()[1]), "close(FD(0)) + results [1, 0, 0, 0, 0, 0]");
}

#[test]
fn a_number_among_flags_is_set() {
    use mm::{HugePageSize, MapFlags, MemfdFlags, MemfdHugePageSize};
    let flags = MapFlags::PRIVATE | MapFlags::ANONYMOUS | MapFlags::HUGETLB;
    let flags = flags.with(HugePageSize::SIZE_1GB).with(HugePageSize::SIZE_2MB);
    assert_eq!(flags.to_string(), "MAP_PRIVATE|MAP_ANONYMOUS|MAP_HUGETLB|MAP_HUGE_2MB");
    assert_eq!(flags.bits() >> 26, 21);
    let memfd = MemfdFlags::HUGETLB.with(MemfdHugePageSize::SIZE_16GB);
    assert_eq!(memfd.to_string(), "MFD_HUGETLB|MFD_HUGE_16GB");
    let clone = process::CloneFlags::VM.with(Signal::CHLD);
    assert_eq!((clone.bits(), clone.to_string()), (0x111, "CLONE_VM|SIGCHLD".to_owned()));
    // It lies in the byte of the signal, and is none.
    assert_eq!(process::unshare(process::CloneFlags::NEWTIME).to_string(), "unshare(CLONE_NEWTIME)");
    assert_eq!(OFlags::CLOEXEC.with(fs::OpenAccessMode::RDWR), OFlags::RDWR | OFlags::CLOEXEC);
}

#[test]
fn numbers_of_parts() {
    use fs::{DeviceNumber, QuotaCommand, QuotaOperation, QuotaType};
    for (major, minor, number) in [(1, 3, 0x103), (8, 0x1_2345, 0x1230_0845), (0xfff, 0xf_ffff, u32::MAX)] {
        let device = DeviceNumber::new(major, minor).unwrap();
        assert_eq!((device.into_raw(), device.major(), device.minor()), (number, major, minor));
    }
    assert_eq!(DeviceNumber::new(0x1000, 0), None);
    assert_eq!(DeviceNumber::new(0, 0x10_0000), None);
    let command = QuotaCommand::new(QuotaOperation::GETQUOTA, QuotaType::PROJECT);
    assert_eq!(command.into_raw(), 0x8000_0702);
    let priority = sched::Ioprio::new(sched::IoprioClass::BE, 7);
    assert_eq!(
        (priority.into_raw(), priority.class(), priority.level()),
        (0x4007, sched::IoprioClass::BE, 7)
    );
}

#[test]
fn a_call_of_one_abi_has_no_number_on_the_others() {
    let set = x86_64::arch_prctl_set_fs(A);
    assert_eq!(set.encode::<X86_64>().number, 158);
    assert_eq!(set.encode::<Aarch64>().number, -1);
    assert_eq!(set.encode::<Riscv64>().number, -1);
}
