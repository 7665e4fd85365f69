//! Encodings of instructions in the ABIs, and what they print.

use rsyscall_core::{
    abi::{Aarch64, Riscv64, X86_64},
    identifier::{Address, FileDescriptor, Process, ProcessGroup},
    near::{event, fs, io, mm, mount, net, process, ptrace, sched, signal, time},
    syscall::Instruction,
};

const A: Address = Address::from_raw(0x7f00_0000);
const FD: FileDescriptor = FileDescriptor::from_raw(3);

/// Its text, and its number in the three ABIs.
fn check<R>(instruction: Instruction<R>, text: &str, numbers: [i64; 3]) {
    assert_eq!(instruction.to_string(), text);
    let found = [
        instruction.encode::<X86_64>().number,
        instruction.encode::<Aarch64>().number,
        instruction.encode::<Riscv64>().number,
    ];
    assert_eq!(found, numbers, "{text}");
}

#[test]
fn event() {
    check(event::epoll_create1(event::EpollFlags::CLOEXEC), "epoll_create1(EPOLL_CLOEXEC)", [291, 20, 20]);
    check(
        event::epoll_ctl(FD, event::EpollOperation::MOD, FileDescriptor::STDIN, A),
        "epoll_ctl(FD(3), EPOLL_CTL_MOD, FD(0), Address(0x7f000000))",
        [233, 21, 21],
    );
    check(event::epoll_wait(FD, A, 10, -1), "epoll_wait(FD(3), Address(0x7f000000), 10, -1)", [232, 22, 22]);
    assert_eq!(
        event::epoll_wait(FD, A, 10, -1).encode::<Aarch64>().arguments,
        [3, 0x7f00_0000, 10, u64::MAX, 0, 0],
        "as epoll_pwait with no mask"
    );
    check(
        event::inotify_add_watch(FD, A, event::InotifyMask::CREATE | event::InotifyMask::ONLYDIR),
        "inotify_add_watch(FD(3), Address(0x7f000000), IN_CREATE|IN_ONLYDIR)",
        [254, 27, 27],
    );
}

#[test]
fn fs() {
    check(
        fs::newfstatat(FileDescriptor::AT_FDCWD, A, A, fs::AtFlags::SYMLINK_NOFOLLOW),
        "newfstatat(AT_FDCWD, Address(0x7f000000), Address(0x7f000000), AT_SYMLINK_NOFOLLOW)",
        [262, 79, 79],
    );
    check(fs::fcntl(FD, fs::FcntlCommand::GETFD, 0), "fcntl(FD(3), F_GETFD)", [72, 25, 25]);
    check(fs::fchmod(FD, fs::Mode::from_raw(0o4755)), "fchmod(FD(3), 04755)", [91, 52, 52]);
    check(
        fs::faccessat(FileDescriptor::AT_FDCWD, A, fs::AccessMode::EXISTS),
        "faccessat(AT_FDCWD, Address(0x7f000000), F_OK)",
        [269, 48, 48],
    );
    check(
        fs::fchown(FD, process::Uid::from_raw(1000), process::Gid::UNCHANGED),
        "fchown(FD(3), 1000, 4294967295)",
        [93, 55, 55],
    );
}

#[test]
fn io() {
    check(io::lseek(FD, -1, fs::Whence::END), "lseek(FD(3), -1, SEEK_END)", [8, 62, 62]);
    check(
        io::close_range(FD, FileDescriptor::NONE, io::CloseRangeFlags::CLOEXEC),
        "close_range(FD(3), FD(-1), CLOSE_RANGE_CLOEXEC)",
        [436; 3],
    );
    let pipe = io::pipe2(A, fs::OFlags::CLOEXEC | fs::OFlags::DIRECT);
    check(pipe, "pipe2(Address(0x7f000000), O_DIRECT|O_CLOEXEC)", [293, 59, 59]);
    assert_eq!(pipe.encode::<X86_64>().arguments[1], 0o2_040_000);
    assert_eq!(pipe.encode::<Aarch64>().arguments[1], 0o2_200_000);
    assert_eq!(pipe.encode::<Riscv64>().arguments[1], 0o2_040_000);
}

#[test]
fn mm() {
    check(
        mm::mremap(A, 4096, 8192, mm::MremapFlags::MAYMOVE, Address::NULL),
        "mremap(Address(0x7f000000), 4096, 8192, MREMAP_MAYMOVE, NULL)",
        [25, 216, 216],
    );
    check(
        mm::madvise(A, 4096, mm::Advice::DONTNEED),
        "madvise(Address(0x7f000000), 4096, MADV_DONTNEED)",
        [28, 233, 233],
    );
    check(mm::madvise(A, 1, mm::Advice::from_raw(77)), "madvise(Address(0x7f000000), 1, 77)", [28, 233, 233]);
}

#[test]
fn mount() {
    check(
        mount::mount(A, A, Address::NULL, mount::MountFlags::BIND | mount::MountFlags::REC, Address::NULL),
        "mount(Address(0x7f000000), Address(0x7f000000), NULL, MS_BIND|MS_REC, NULL)",
        [165, 40, 40],
    );
    check(
        mount::umount2(A, mount::UmountFlags::DETACH),
        "umount2(Address(0x7f000000), MNT_DETACH)",
        [166, 39, 39],
    );
}

#[test]
fn net() {
    let kind = net::SocketType::STREAM.with(net::SocketFlags::CLOEXEC);
    check(
        net::socket(net::AddressFamily::UNIX, kind, net::Protocol::IP),
        "socket(AF_UNIX, SOCK_STREAM|SOCK_CLOEXEC, 0)",
        [41, 198, 198],
    );
    check(
        net::sendto(FD, A, 5, net::MessageFlags::NOSIGNAL, Address::NULL, 0),
        "sendto(FD(3), Address(0x7f000000), 5, MSG_NOSIGNAL, NULL, 0)",
        [44, 206, 206],
    );
}

#[test]
fn process() {
    let clone = process::clone(
        process::CloneFlags::VM | process::CloneFlags::VFORK,
        A,
        Address::from_raw(0x10),
        Address::from_raw(0x20),
        Address::from_raw(0x30),
    );
    check(
        clone,
        "clone(CLONE_VM|CLONE_VFORK, Address(0x7f000000), Address(0x10), Address(0x20), Address(0x30))",
        [56, 220, 220],
    );
    assert_eq!(clone.encode::<X86_64>().arguments, [0x4100, 0x7f00_0000, 0x10, 0x20, 0x30, 0]);
    assert_eq!(clone.encode::<Aarch64>().arguments, [0x4100, 0x7f00_0000, 0x10, 0x30, 0x20, 0]);
    check(
        process::waitid(
            process::IdType::PID,
            Process::from_raw(7).into(),
            A,
            process::WaitOptions::EXITED | process::WaitOptions::NOWAIT,
            Address::NULL,
        ),
        "waitid(P_PID, 7, Address(0x7f000000), WEXITED|WNOWAIT, NULL)",
        [247, 95, 95],
    );
    let group = process::WaitTarget::from(ProcessGroup::from_raw(7));
    check(
        process::wait4(group, Address::NULL, process::WaitOptions::NOHANG, Address::NULL),
        "wait4(-7, NULL, WNOHANG, NULL)",
        [61, 260, 260],
    );
    check(
        process::prctl(process::PrctlOption::SET_PDEATHSIG, 9, 0, 0, 0),
        "prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0)",
        [157, 167, 167],
    );
}

#[test]
fn ptrace() {
    check(
        ptrace::ptrace(ptrace::PtraceRequest::SEIZE, Process::from_raw(7), Address::NULL, Address::NULL),
        "ptrace(PTRACE_SEIZE, Process(7), NULL, 0)",
        [101, 117, 117],
    );
}

#[test]
fn sched() {
    check(
        sched::prlimit64(Process::CALLER, sched::Resource::NOFILE, Address::NULL, A),
        "prlimit64(Process(0), RLIMIT_NOFILE, NULL, Address(0x7f000000))",
        [302, 261, 261],
    );
    check(
        sched::futex(A, sched::FutexOperation::WAIT_PRIVATE, 1, Address::NULL, Address::NULL, 0),
        "futex(Address(0x7f000000), FUTEX_WAIT_PRIVATE, 1, NULL, NULL, 0)",
        [202, 98, 98],
    );
}

#[test]
fn signal() {
    let group = signal::SignalTarget::from(ProcessGroup::from_raw(7));
    check(signal::kill(group, signal::Signal::TERM), "kill(-7, SIGTERM)", [62, 129, 129]);
    check(signal::kill(signal::SignalTarget::ALL, signal::Signal::NONE), "kill(-1, 0)", [62, 129, 129]);
    check(
        signal::rt_sigprocmask(signal::SigprocmaskHow::SETMASK, A, Address::NULL, 8),
        "rt_sigprocmask(SIG_SETMASK, Address(0x7f000000), NULL, 8)",
        [14, 135, 135],
    );
}

#[test]
fn time() {
    check(
        time::clock_nanosleep(time::ClockId::MONOTONIC, time::TimerFlags::ABSTIME, A, Address::NULL),
        "clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, Address(0x7f000000), NULL)",
        [230, 115, 115],
    );
    check(
        time::timerfd_create(time::ClockId::BOOTTIME, time::TimerfdFlags::empty()),
        "timerfd_create(CLOCK_BOOTTIME, 0)",
        [283, 85, 85],
    );
}
