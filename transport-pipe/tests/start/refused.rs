//! Starts where the kernel, or a filter, does not have the calls that make them short.

use super::{VM, VM_FILES, alone, children, client, descriptors, end, program, raw, start};
use crate::{Room, now};
use rsyscall_core::{
    near::{process::CloneFlags, signal::Signal},
    syscall::Errno,
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
