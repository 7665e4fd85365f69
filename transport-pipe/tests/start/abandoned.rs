//! Servers whose creator is gone before they have done anything.
//!
//! The creator is a process that is traced, so that each new task begins stopped.

use super::{Room, VM_FILES, alone, now};
use rsyscall_core::near::signal::Signal;
use rsyscall_transport_pipe::{
    server::symbol_table,
    start::{ThisProcess, start_server},
};
use std::io::{Read, Write, pipe};

fn wait(process: i32) -> i32 {
    let mut status = 0;
    assert_eq!(unsafe { libc::waitpid(process, &raw mut status, libc::__WALL) }, process);
    status
}

/// Starts a server that shares its creator's descriptors, kills the creator when the first task is made that such an
/// event tells of, and only then lets that begin: it must end by itself.
fn begins_after_its_creators_end(option: i32, event: i32) {
    let mut room = Room::new();
    let (mut begin, mut traced) = pipe().unwrap();
    let creator = unsafe { libc::fork() };
    if creator == 0 {
        begin.read_exact(&mut [0]).unwrap();
        let flags = VM_FILES.with(Signal::CHLD);
        let _ = now(unsafe { start_server(&ThisProcess, symbol_table(), room.stack(), flags) });
        loop {
            unsafe { libc::pause() };
        }
    }
    let none = core::ptr::null_mut::<libc::c_void>();
    assert_eq!(
        unsafe { libc::ptrace(libc::PTRACE_SEIZE, creator, none, option | libc::PTRACE_O_EXITKILL) },
        0
    );
    traced.write_all(b"x").unwrap();
    let status = wait(creator);
    assert_eq!(status >> 8, libc::SIGTRAP | event << 8, "{status:#x}");
    let mut task = 0_u64;
    assert_eq!(unsafe { libc::ptrace(libc::PTRACE_GETEVENTMSG, creator, none, &raw mut task) }, 0);
    let task = i32::try_from(task).unwrap();
    assert!(libc::WIFSTOPPED(wait(task)));
    assert_eq!(unsafe { libc::kill(creator, libc::SIGKILL) }, 0);
    assert!(libc::WIFSIGNALED(wait(creator)));
    let pidfd = i32::try_from(unsafe { libc::syscall(libc::SYS_pidfd_open, task, 0) }).unwrap();
    assert_eq!(unsafe { libc::ptrace(libc::PTRACE_DETACH, task, none, none) }, 0);
    let mut entry = libc::pollfd { fd: pidfd, events: libc::POLLIN, revents: 0 };
    let ended = unsafe { libc::poll(&raw mut entry, 1, 60_000) };
    unsafe { libc::kill(task, libc::SIGKILL) };
    assert_eq!((ended, wait(task)), (1, 0), "it serves nobody, for ever");
    unsafe { libc::close(pidfd) };
    // The watch, too, if it is not that.
    while unsafe { libc::waitpid(-1, core::ptr::null_mut(), libc::__WALL) } > 0 {}
}

#[test]
fn a_server_that_shares_descriptors_does_not_outlive_a_creator_that_it_never_saw() {
    let _alone = alone();
    // Whose creator is gone is a child of this process, which can wait for it.
    let adopt =
        |adopt: i32| assert_eq!(unsafe { libc::prctl(libc::PR_SET_CHILD_SUBREAPER, adopt, 0, 0, 0) }, 0);
    adopt(1);
    // The watch tells nobody of its end, and the server does: that makes the first a clone and the second a fork.
    begins_after_its_creators_end(libc::PTRACE_O_TRACECLONE, libc::PTRACE_EVENT_CLONE);
    begins_after_its_creators_end(libc::PTRACE_O_TRACEFORK, libc::PTRACE_EVENT_FORK);
    adopt(0);
}
