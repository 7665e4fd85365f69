//! Executes a sample of instructions, for strace to look at, then says what they were and what came of them.
//!
//! Between two closings of descriptor 32493, on its only thread.

#![expect(unsafe_code, reason = "instructions are executed")]

use rsyscall_core::abi::Native;
use rsyscall_core::block_on;
use rsyscall_core::identifier::{Address, FileDescriptor, Process, ProcessGroup, WatchDescriptor};
use rsyscall_core::interface::SyscallInterface;
use rsyscall_core::near::{
    event, fs, io, ipc, keyctl, mm, mount, net, process, ptrace, sched, security, signal, time,
};
use rsyscall_core::syscall::Instruction;
use rsyscall_transport_local::Local;

/// Before and behind the sample.
const MARK: FileDescriptor = FileDescriptor::from_raw(32493);

/// Nothing is mapped there.
const A: Address = Address::from_raw(0x1000);
/// It is not open.
const FD: FileDescriptor = FileDescriptor::from_raw(777);
const NOBODY: Process = Process::from_raw(0x3fff_ffff);

/// Instructions that do no harm: what they name does not exist.
fn sample() -> Vec<Instruction<usize>> {
    vec![
        fs::openat(FileDescriptor::AT_FDCWD, A, fs::OFlags::RDONLY | fs::OFlags::CLOEXEC, fs::Mode::empty())
            .untyped(),
        fs::openat(
            FileDescriptor::AT_FDCWD,
            A,
            fs::OFlags::RDWR | fs::OFlags::CREATE | fs::OFlags::DIRECTORY | fs::OFlags::NOFOLLOW,
            fs::Mode::from_raw(0o644),
        )
        .untyped(),
        fs::openat(FD, A, fs::OFlags::WRONLY | fs::OFlags::DIRECT | fs::OFlags::TRUNC, fs::Mode::empty())
            .untyped(),
        fs::mkdirat(FD, A, fs::Mode::from_raw(0o1755)).untyped(),
        fs::unlinkat(FD, A, fs::AtFlags::REMOVEDIR).untyped(),
        fs::faccessat(FileDescriptor::AT_FDCWD, A, fs::AccessMode::READ | fs::AccessMode::WRITE).untyped(),
        fs::fcntl_getfd(FD).untyped(),
        fs::fcntl_setfd(FD, fs::FdFlags::CLOEXEC).untyped(),
        fs::fcntl_getfl(FD).untyped(),
        fs::fcntl_setfl(FD, fs::OFlags::NONBLOCK | fs::OFlags::DIRECT).untyped(),
        fs::fcntl_dupfd_cloexec(FD, FileDescriptor::from_raw(10)).untyped(),
        fs::fcntl_add_seals(FD, fs::SealFlags::SHRINK | fs::SealFlags::GROW).untyped(),
        fs::flock(FD, fs::FlockOperation::EX | fs::FlockOperation::NB).untyped(),
        fs::renameat2(FD, A, FD, A, fs::RenameFlags::NOREPLACE).untyped(),
        fs::linkat(FD, A, FD, A, fs::AtFlags::SYMLINK_FOLLOW).untyped(),
        fs::symlinkat(A, FD, A).untyped(),
        fs::fchmod(FD, fs::Mode::from_raw(0o600)).untyped(),
        fs::fchownat(
            FD,
            A,
            process::Uid::from_raw(1),
            process::Gid::from_raw(2),
            fs::AtFlags::SYMLINK_NOFOLLOW,
        )
        .untyped(),
        fs::fallocate(FD, fs::FallocateMode::KEEP_SIZE, 1, 2).untyped(),
        io::close(FD).untyped(),
        io::lseek(FD, -1, fs::Whence::END).untyped(),
        io::pipe2(A, fs::OFlags::CLOEXEC | fs::OFlags::NONBLOCK).untyped(),
        io::pipe2(A, fs::OFlags::empty()).untyped(),
        io::dup(FD).untyped(),
        io::dup3(FD, FileDescriptor::from_raw(778), fs::OFlags::CLOEXEC).untyped(),
        io::pread64(FD, A, 10, 20).untyped(),
        io::tee(FD, FD, 7, io::SpliceFlags::NONBLOCK).untyped(),
        io::ioctl_tcgets(FD, A).untyped(),
        mm::mmap(
            Address::NULL,
            4096,
            mm::ProtFlags::READ | mm::ProtFlags::WRITE,
            mm::MapFlags::PRIVATE | mm::MapFlags::NORESERVE,
            FD,
            0,
        )
        .untyped(),
        mm::mprotect(A, 4096, mm::ProtFlags::READ).untyped(),
        mm::madvise(A, 4096, mm::Advice::DONTNEED).untyped(),
        mm::msync(A, 4096, mm::MsyncFlags::SYNC).untyped(),
        mm::mremap(A, 4096, 8192, mm::MremapFlags::MAYMOVE, Address::NULL).untyped(),
        mm::memfd_create(A, mm::MemfdFlags::CLOEXEC | mm::MemfdFlags::ALLOW_SEALING).untyped(),
        net::socket(
            net::AddressFamily::UNIX,
            net::SocketType::STREAM.with(net::SocketFlags::CLOEXEC),
            net::Protocol::from_raw(99),
        )
        .untyped(),
        net::socket(net::AddressFamily::INET, net::SocketType::DGRAM, net::Protocol::TCP).untyped(),
        net::listen(FD, 5).untyped(),
        net::shutdown(FD, net::Shutdown::WR).untyped(),
        net::setsockopt_socket(FD, net::SocketOption::REUSEADDR, A, 4).untyped(),
        net::setsockopt_tcp(FD, net::TcpOption::NODELAY, A, 4).untyped(),
        event::epoll_create1(event::EpollFlags::from_bits_retain(0x8_0001)).untyped(),
        event::epoll_ctl(FD, event::EpollOperation::ADD, FD, A).untyped(),
        event::inotify_add_watch(FD, A, event::InotifyMask::CREATE | event::InotifyMask::ONLYDIR).untyped(),
        event::inotify_rm_watch(FD, WatchDescriptor::from_raw(3)).untyped(),
        event::eventfd2(3, event::EventfdFlags::from_bits_retain(0x100)).untyped(),
        signal::kill(signal::SignalTarget::from(NOBODY), signal::Signal::TERM).untyped(),
        signal::kill(signal::SignalTarget::from(ProcessGroup::from_raw(0x3fff_ffff)), signal::Signal::NONE)
            .untyped(),
        signal::tgkill(NOBODY, NOBODY, signal::Signal::HUP).untyped(),
        signal::rt_sigprocmask(signal::SigprocmaskHow::BLOCK, A, Address::NULL, 8).untyped(),
        process::waitid(
            process::IdType::PID,
            NOBODY.into(),
            Address::NULL,
            process::WaitOptions::EXITED | process::WaitOptions::NOHANG,
            Address::NULL,
        )
        .untyped(),
        process::setns(FD, process::CloneFlags::NEWNET).untyped(),
        process::prctl_capbset_read(process::Capability::SYS_ADMIN).untyped(),
        process::getrandom(A, 8, process::RandomFlags::NONBLOCK).untyped(),
        process::getpgid(NOBODY).untyped(),
        process::pidfd_open(NOBODY, process::PidfdFlags::NONBLOCK).untyped(),
        ptrace::ptrace_interrupt(NOBODY).untyped(),
        ptrace::ptrace_setoptions(
            NOBODY,
            ptrace::PtraceOptions::TRACESYSGOOD | ptrace::PtraceOptions::EXITKILL,
        )
        .untyped(),
        ptrace::ptrace_cont(NOBODY, signal::Signal::TERM).untyped(),
        sched::prlimit64(NOBODY, sched::Resource::NOFILE, Address::NULL, A).untyped(),
        sched::futex_wake_private(A, 1).untyped(),
        sched::getpriority(sched::PriorityWhich::PROCESS, sched::PriorityWho::from_raw(0x3fff_ffff))
            .untyped(),
        security::seccomp_get_action_avail(A).untyped(),
        security::landlock_restrict_self(FD, security::LandlockRestrictSelfFlags::empty()).untyped(),
        time::clock_gettime(time::ClockId::MONOTONIC, A).untyped(),
        time::timerfd_settime(FD, time::TimerfdTimerFlags::ABSTIME, Address::NULL, Address::NULL).untyped(),
        mount::umount2(A, mount::UmountFlags::DETACH).untyped(),
        mount::mount(A, A, Address::NULL, mount::MountFlags::BIND | mount::MountFlags::REC, Address::NULL)
            .untyped(),
        mount::fsmount(FD, mount::FsmountFlags::CLOEXEC, mount::MountAttributes::NOSUID).untyped(),
        keyctl::keyctl_revoke(keyctl::KeySerial::from_raw(0x3fff_ffff)).untyped(),
        ipc::mq_unlink(A).untyped(),
    ]
}

fn main() {
    let instructions = sample();
    let mut results = Vec::with_capacity(instructions.len());
    // SAFETY: the descriptor is not open.
    let _ = block_on(unsafe { Local.call(io::close(MARK)) }, || ());
    for instruction in &instructions {
        // SAFETY: what these calls name does not exist, by the sample's choice, so that each of them is refused or only
        // tells something.
        results.push(block_on(unsafe { Local.call(*instruction) }, || ()));
    }
    // SAFETY: the descriptor is not open.
    let _ = block_on(unsafe { Local.call(io::close(MARK)) }, || ());
    for (instruction, result) in instructions.into_iter().zip(results) {
        let [a, b, c, d, e, f] = instruction.encode::<Native>().arguments;
        println!("{}\t{a:#x} {b:#x} {c:#x} {d:#x} {e:#x} {f:#x}", instruction.with_result(result));
    }
}
