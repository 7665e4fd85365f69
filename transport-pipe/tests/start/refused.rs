//! Starts where the kernel, or a filter, does not have the calls that make them short, or the memory is out of reach.

use super::{VM, VM_FILES, alone, children, client, descriptors, end, program, raw, start};
use crate::{Room, now};
use core::{cell::Cell, future::Future};
use rsyscall_core::{
    abi::Native,
    identifier::Address,
    interface::{NotSent, SyscallError, SyscallInterface},
    memory::{Access, MemoryError, MemoryInterface},
    near::{process::CloneFlags, signal::Signal},
    syscall::{Errno, Outcome, Syscall},
};
use rsyscall_transport_pipe::{
    server::symbol_table,
    start::{Ended, StartError, ThisProcess, finish, start_program, start_server},
};
use syscalls::Sysno;

/// Answers these calls of this thread, and of what it starts, with an error. It cannot be undone.
fn refuse(calls: &[Sysno], errno: Errno) {
    const LOAD: u16 = 0x20;
    const JUMP_IF_EQUAL: u16 = 0x15;
    const RETURN: u16 = 0x06;
    let step = |code, jt, k| libc::sock_filter { code, jt, jf: 0, k };
    // The number is the first word of `struct seccomp_data`.
    let mut filter = vec![step(LOAD, 0, 0)];
    for (position, &call) in calls.iter().enumerate() {
        let to_the_error = u8::try_from(calls.len() - position).unwrap();
        filter.push(step(JUMP_IF_EQUAL, to_the_error, u32::try_from(call as i64).unwrap()));
    }
    filter.push(step(RETURN, 0, libc::SECCOMP_RET_ALLOW));
    filter.push(step(RETURN, 0, libc::SECCOMP_RET_ERRNO | u32::from(errno.into_raw())));
    let length = u16::try_from(filter.len()).unwrap();
    let program = libc::sock_fprog { len: length, filter: filter.as_mut_ptr() };
    assert_eq!(unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) }, 0);
    let mode = libc::c_ulong::from(libc::SECCOMP_MODE_FILTER);
    assert_eq!(unsafe { libc::prctl(libc::PR_SET_SECCOMP, mode, &raw const program) }, 0);
}

#[test]
fn servers_start_all_the_same() {
    let _alone = alone();
    let (fds, tasks) = (descriptors(), children());
    for (calls, errno) in [
        (&[Sysno::clone3][..], Errno::ENOSYS),
        (&[Sysno::clone3], Errno::EPERM),
        // As a kernel that has the call, but not the flag.
        (&[Sysno::clone3], Errno::EINVAL),
        (&[Sysno::close_range], Errno::ENOSYS),
        (&[Sysno::close_range], Errno::EPERM),
        (&[Sysno::clone3, Sysno::close_range], Errno::ENOSYS),
    ] {
        let all = move || {
            refuse(calls, errno);
            for share in [VM, VM_FILES, CloneFlags::empty()] {
                let mut room = Room::new();
                let server = start(room.stack(), share);
                let child = client(&server);
                let number = raw(&child, Sysno::getpid, &[]).unwrap();
                assert_eq!(number, u64::from(server.process.into_raw().unsigned_abs()));
                drop(child);
                assert_eq!(end(server), Ended::Exited(0), "{calls:?} {errno}");
            }
            let mut room = Room::new();
            let path = program();
            let started = now(unsafe { start_program(&ThisProcess, symbol_table(), room.stack(), &path) });
            assert_eq!(now(unsafe { finish(&ThisProcess, started.unwrap()) }), Ok(Ended::Exited(0)));
            let started =
                now(unsafe { start_program(&ThisProcess, symbol_table(), room.stack(), c"/nonexistent") });
            assert_eq!(started, Err(StartError { call: "execve", cause: Errno::ENOENT.into() }));
        };
        std::thread::spawn(all).join().unwrap();
    }
    // Where nothing can be made, nothing is left.
    let none = || {
        refuse(&[Sysno::clone3, Sysno::clone], Errno::EAGAIN);
        for share in [VM, VM_FILES] {
            let mut room = Room::new();
            let started = now(unsafe {
                start_server(&ThisProcess, symbol_table(), room.stack(), share.with(Signal::CHLD))
            });
            assert_eq!(started.unwrap_err().cause, Errno::EAGAIN.into());
        }
    };
    // The thread that is filtered cannot make threads, but it was made.
    std::thread::spawn(none).join().unwrap();
    assert_eq!((descriptors(), children()), (fds, tasks));
}

/// This process, whose memory can be reached so many times.
struct Reachable {
    writes: Cell<usize>,
    reads: Cell<usize>,
}

impl Reachable {
    fn times(writes: usize, reads: usize) -> Self {
        Self { writes: Cell::new(writes), reads: Cell::new(reads) }
    }

    fn start(&self, share: CloneFlags) -> StartError {
        let mut room = Room::new();
        now(unsafe { start_server(self, symbol_table(), room.stack(), share.with(Signal::CHLD)) })
            .unwrap_err()
    }

    fn start_program(&self) -> StartError {
        let (mut room, path) = (Room::new(), program());
        now(unsafe { start_program(self, symbol_table(), room.stack(), &path) }).unwrap_err()
    }
}

impl SyscallInterface for Reachable {
    type Abi = Native;

    unsafe fn syscall<R: Outcome>(
        &self,
        call: Syscall<Native, R>,
    ) -> impl Future<Output = Result<R, SyscallError>> {
        unsafe { ThisProcess.syscall(call) }
    }
}

impl MemoryInterface for Reachable {
    async unsafe fn write(&self, to: Address, from: &[u8]) -> Result<(), MemoryError> {
        let left = self.writes.get().checked_sub(1);
        self.writes.set(left.ok_or(MemoryError::unsupported(Access::Write, to, from.len()))?);
        unsafe { ThisProcess.write(to, from) }.await
    }

    async unsafe fn read(&self, from: Address, to: &mut [u8]) -> Result<(), MemoryError> {
        let left = self.reads.get().checked_sub(1);
        self.reads.set(left.ok_or(MemoryError::unsupported(Access::Read, from, to.len()))?);
        unsafe { ThisProcess.read(from, to) }.await
    }
}

#[test]
fn without_a_way_to_the_memory_nothing_is_made() {
    let _alone = alone();
    let (fds, tasks) = (descriptors(), children());
    let refused = StartError { call: "writing memory", cause: NotSent::Unsupported.into() };
    // At once, and at every later write.
    for writes in 0..3 {
        for share in [VM, VM_FILES, CloneFlags::empty()] {
            let interface = Reachable::times(writes, usize::MAX);
            let mut room = Room::new();
            let flags = share.with(Signal::CHLD);
            match now(unsafe { start_server(&interface, symbol_table(), room.stack(), flags) }) {
                Err(error) => assert_eq!(error, refused),
                Ok(server) => assert_eq!(now(unsafe { finish(&ThisProcess, server) }), Ok(Ended::Exited(0))),
            }
        }
        assert_eq!(Reachable::times(writes.min(1), usize::MAX).start_program(), refused);
        assert_eq!((descriptors(), children()), (fds, tasks.clone()));
    }
    for share in [VM, VM_FILES] {
        assert_eq!(Reachable::times(0, 0).start(share), refused);
    }
    assert_eq!(Reachable::times(0, 0).start_program(), refused);
    assert_eq!((descriptors(), children()), (fds, tasks));
}

#[test]
fn what_cannot_be_read_leaves_no_task() {
    let _alone = alone();
    let tasks = children();
    let refused = StartError { call: "reading memory", cause: NotSent::Unsupported.into() };
    for (share, reads) in [(VM, 2), (VM_FILES, 4), (CloneFlags::empty(), 2)] {
        for reads in 0..reads {
            let fds = descriptors();
            assert_eq!(Reachable::times(usize::MAX, reads).start(share), refused);
            assert_eq!(children(), tasks);
            // Of what was made last the numbers are not known: two pipes, one, or a pidfd.
            let left = match (share == VM_FILES, reads) {
                (_, 0) => 4,
                (true, 1) => 2,
                _ => 1,
            };
            assert_eq!(descriptors(), fds + left, "{reads}");
        }
    }
    for (reads, left) in [(0, 4), (1, 1)] {
        let fds = descriptors();
        assert_eq!(Reachable::times(usize::MAX, reads).start_program(), refused);
        assert_eq!((descriptors(), children()), (fds + left, tasks.clone()));
    }
}
