//! Servers started through interfaces: in this process's memory, with a copy of it, from each other.
#![expect(
    unsafe_code,
    clippy::undocumented_unsafe_blocks,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "every call here is made in a server of the test, on what the test made there"
)]

mod abandoned;
mod extended;
mod left_behind;
mod nested;
mod refused;

use core::future::Future;
use rsyscall_core::{
    abi::Native,
    block_on,
    identifier::{Address, Process},
    interface::{SyscallError, SyscallInterface},
    memory::Arena,
    near::{
        process::{CloneFlags, getpid, getppid},
        signal::Signal,
    },
    syscall::{Errno, Instruction, Outcome, Syscall},
};
use rsyscall_transport_pipe::{
    BlockingFd, Client,
    server::symbol_table,
    start::{Ended, Server, Stack, StartError, TaskFd, ThisProcess, finish, start_program, start_server},
};
use std::{
    ffi::CString,
    sync::{Mutex, MutexGuard, PoisonError},
};
use syscalls::Sysno;

/// Descriptors, mappings and children are counted, and so only one test at a time makes some.
fn alone() -> MutexGuard<'static, ()> {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner)
}

const VM: CloneFlags = CloneFlags::VM;
const VM_FILES: CloneFlags = CloneFlags::VM.union(CloneFlags::FILES);

/// Memory for a stack, which is given back.
struct Room(Vec<u128>);

impl Room {
    fn new() -> Self {
        Self(vec![0; Stack::MINIMUM / 16])
    }

    fn stack(&mut self) -> Stack {
        Stack { start: Address::from_pointer(self.0.as_mut_ptr()), length: Stack::MINIMUM }
    }
}

fn descriptors() -> usize {
    std::fs::read_dir("/proc/self/fd").unwrap().count()
}

fn children() -> String {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap();
    tasks
        .map(|task| std::fs::read_to_string(task.unwrap().path().join("children")).unwrap_or_default())
        .collect()
}

fn now<T>(future: impl Future<Output = T>) -> T {
    block_on(future, || ())
}

fn call<R: Outcome>(
    interface: &impl SyscallInterface,
    instruction: Instruction<R>,
) -> Result<R, SyscallError> {
    now(unsafe { interface.call(instruction) })
}

fn raw(
    interface: &impl SyscallInterface<Abi = Native>,
    number: Sysno,
    words: &[u64],
) -> Result<u64, SyscallError> {
    let mut arguments = [0; 6];
    arguments[..words.len()].copy_from_slice(words);
    now(unsafe { interface.syscall(Syscall::new(number as i64, arguments)) })
}

fn client(server: &Server) -> Client<BlockingFd, BlockingFd, Native, 4> {
    unsafe { Client::blocking(server.responses, server.requests) }
}

fn start(stack: Stack, share: CloneFlags) -> Server {
    now(unsafe { start_server(&ThisProcess, symbol_table(), stack, share.with(Signal::CHLD)) }).unwrap()
}

fn end(server: Server) -> Ended {
    now(unsafe { finish(&ThisProcess, server) }).unwrap()
}

fn is_hangup<T: core::fmt::Debug>(result: Result<T, SyscallError>) {
    assert!(matches!(result, Err(SyscallError::Hangup(_))), "{result:?}");
}

#[test]
fn a_server_in_this_memory_is_another_task() {
    let _alone = alone();
    let (fds, tasks) = (descriptors(), children());
    for share in [VM, VM_FILES, CloneFlags::empty()] {
        let mut room = Room::new();
        let server = start(room.stack(), share);
        let child = client(&server);
        let [process, parent] = [Sysno::getpid, Sysno::getppid]
            .map(|number| raw(&child, number, &[]).unwrap())
            .map(|number| Process::from_raw(i32::try_from(number).unwrap()));
        drop(child);
        assert_eq!(process, server.process);
        assert_eq!(parent.into_raw().unsigned_abs(), std::process::id());
        assert_eq!(server.watch.is_some(), share == VM_FILES);
        assert_eq!(end(server), Ended::Exited(0));
    }
    assert_eq!((descriptors(), children()), (fds, tasks));
}

#[test]
fn its_signals_are_its_creators_and_no_handler_is_left() {
    let _alone = alone();
    let status = |task: &str| std::fs::read_to_string(format!("/proc/{task}/status")).unwrap();
    let line =
        |text: &str, field: &str| text.lines().find(|line| line.starts_with(field)).unwrap().to_owned();
    let before = status("thread-self");
    let mut room = Room::new();
    let server = start(room.stack(), VM);
    let theirs = status(&server.process.into_raw().to_string());
    let after = status("thread-self");
    for field in ["SigBlk", "SigIgn"] {
        assert_eq!(line(&theirs, field), line(&before, field));
    }
    assert_eq!(line(&after, "SigBlk"), line(&before, "SigBlk"));
    assert_eq!(line(&theirs, "SigCgt"), "SigCgt:\t0000000000000000");
    assert_ne!(line(&before, "SigCgt"), "SigCgt:\t0000000000000000");
    assert_eq!(end(server), Ended::Exited(0));
}

#[test]
fn its_death_is_a_hangup() {
    let _alone = alone();
    let (fds, tasks) = (descriptors(), children());
    for share in [VM, VM_FILES] {
        let kill = |server: &Server| {
            let words = [server.process.into_raw().unsigned_abs().into(), 9];
            raw(&ThisProcess, Sysno::kill, &words).unwrap();
        };
        // In a call that would never end; and while nobody asks.
        let mut room = Room::new();
        let server = start(room.stack(), share);
        {
            let child = client(&server);
            std::thread::scope(|scope| {
                scope.spawn(|| {
                    let blocked = format!("{} ", Sysno::ppoll as i64);
                    let performs =
                        || std::fs::read_to_string(format!("/proc/{}/syscall", server.process.into_raw()));
                    while !performs().unwrap().starts_with(&blocked) {
                        std::thread::yield_now();
                    }
                    kill(&server);
                });
                is_hangup(raw(&child, Sysno::ppoll, &[]));
            });
        }
        assert_eq!(end(server), Ended::Signalled(9));
    }
    assert_eq!((descriptors(), children()), (fds, tasks));
}

#[test]
fn exit_and_execve_are_hangups() {
    let _alone = alone();
    let (fds, tasks) = (descriptors(), children());
    let path = CString::new("/proc/self/exe").unwrap();
    // The test program, asked for a test that it has not: it ends at once.
    let arguments = [path.as_ptr(), c"--exact".as_ptr(), c"no such test".as_ptr(), core::ptr::null()];
    let words = [path.as_ptr().expose_provenance() as u64, arguments.as_ptr().expose_provenance() as u64, 0];
    for share in [VM, VM_FILES] {
        for (number, words, ended) in [
            (Sysno::exit, &[7][..], Ended::Exited(7)),
            (Sysno::exit_group, &[8], Ended::Exited(8)),
            (Sysno::execve, &words, Ended::Exited(0)),
        ] {
            let mut room = Room::new();
            let server = start(room.stack(), share);
            is_hangup(raw(&client(&server), number, words));
            assert_eq!(end(server), ended);
        }
    }
    assert_eq!((descriptors(), children()), (fds, tasks));
}

#[test]
fn every_call_works_in_it() {
    let _alone = alone();
    let mut room = Room::new();
    let server = start(room.stack(), VM);
    let child = client(&server);
    let here = |number, words: &[u64]| raw(&ThisProcess, number, words).unwrap();
    let ids = |task: &str| std::fs::read_link(format!("/proc/{task}/ns/uts")).unwrap();
    let theirs = server.process.into_raw().to_string();
    // Of one task, which libc would not do.
    let uid = here(Sysno::getuid, &[]);
    let root = uid == 0;
    assert_eq!(raw(&child, Sysno::prctl, &[15, c"far away".as_ptr().expose_provenance() as u64]), Ok(0));
    assert_eq!(std::fs::read_to_string(format!("/proc/{theirs}/comm")).unwrap(), "far away\n");
    let mask = raw(&child, Sysno::umask, &[0o27]).unwrap();
    assert_eq!(here(Sysno::umask, &[mask]), mask);
    const NEWUSER: u64 = 0x1000_0000;
    const NEWUTS: u64 = 0x0400_0000;
    const NEWNS: u64 = 0x0002_0000;
    if root {
        assert_eq!(raw(&child, Sysno::unshare, &[NEWUTS | NEWNS]), Ok(0));
        assert_ne!(ids(&theirs), ids("self"));
        let path = CString::new(format!("/proc/{}/ns/uts", std::process::id())).unwrap();
        let open = [(-100_i64).cast_unsigned(), path.as_ptr().expose_provenance() as u64, 0];
        let namespace = raw(&child, Sysno::openat, &open).unwrap();
        assert_eq!(raw(&child, Sysno::setns, &[namespace, NEWUTS]), Ok(0));
        assert_eq!(ids(&theirs), ids("self"));
        assert_eq!(raw(&child, Sysno::chroot, &[c"/proc".as_ptr().expose_provenance() as u64]), Ok(0));
        assert!(std::path::Path::new("/proc/self").exists());
        assert_eq!(raw(&child, Sysno::setresuid, &[1000, 1000, 1000]), Ok(0));
        assert_eq!(raw(&child, Sysno::getuid, &[]), Ok(1000));
    } else {
        assert_eq!(raw(&child, Sysno::unshare, &[NEWUSER | NEWUTS]), Ok(0));
        assert_ne!(ids(&theirs), ids("self"));
    }
    assert_eq!(here(Sysno::getuid, &[]), uid);
    drop(child);
    assert_eq!(end(server), Ended::Exited(0));
}

#[test]
fn it_begins_in_new_namespaces() {
    let _alone = alone();
    let mut share = VM.union(CloneFlags::NEWPID).union(CloneFlags::NEWUTS).union(CloneFlags::NEWNS);
    if raw(&ThisProcess, Sysno::geteuid, &[]) != Ok(0) {
        // Without privileges a user namespace of its own is what gives them.
        share = share.union(CloneFlags::NEWUSER);
    }
    let mut room = Room::new();
    let server = start(room.stack(), share);
    let child = client(&server);
    assert_eq!(call(&child, getpid()), Ok(Process::from_raw(1)));
    assert_eq!(call(&child, getppid()), Ok(Process::from_raw(0)));
    drop(child);
    assert_eq!(end(server), Ended::Exited(0));
}

#[test]
fn what_cannot_be_is_refused() {
    let _alone = alone();
    let (fds, tasks) = (descriptors(), children());
    let mut room = Room::new();
    let small = Stack { length: Stack::MINIMUM - 16, ..room.stack() };
    let table = symbol_table();
    let refused = Err(StartError { call: "clone", cause: Errno::EINVAL.into() });
    let started = now(unsafe { start_server(&ThisProcess, table, small, VM.with(Signal::CHLD)) });
    assert_eq!(started, refused);
    let started =
        now(unsafe { start_server(&ThisProcess, table, room.stack(), CloneFlags::FILES.with(Signal::CHLD)) });
    assert_eq!(started, refused);
    // CLONE_SIGHAND needs CLONE_VM.
    let started = now(unsafe {
        start_server(&ThisProcess, table, room.stack(), CloneFlags::SIGHAND.with(Signal::CHLD))
    });
    assert_eq!(started, refused);
    // CLONE_THREAD needs CLONE_SIGHAND; the watch is there already.
    let thread = VM_FILES.union(CloneFlags::THREAD);
    let started = now(unsafe { start_server(&ThisProcess, table, room.stack(), thread.with(Signal::CHLD)) });
    assert!(started.is_err());
    let started = now(unsafe { start_program(&ThisProcess, table, room.stack(), c"/nonexistent") });
    assert_eq!(started, Err(StartError { call: "execve", cause: Errno::ENOENT.into() }));
    let long = CString::new(vec![b'a'; 4096]).unwrap();
    let started = now(unsafe { start_program(&ThisProcess, table, room.stack(), &long) });
    assert_eq!(started, Err(StartError { call: "execve", cause: Errno::ENAMETOOLONG.into() }));
    assert_eq!((descriptors(), children()), (fds, tasks));
}

fn program() -> CString {
    let path = std::env::var("RSYSCALL_SERVER")
        .expect("RSYSCALL_SERVER must name the rsyscall-server program: run `cargo xtask test`");
    CString::new(path).unwrap()
}

#[test]
fn a_program_is_started_through_a_server() {
    let _alone = alone();
    let (fds, tasks) = (descriptors(), children());
    let mut room = Room::new();
    let outer = start(room.stack(), VM);
    {
        let client = unsafe { client(&outer).with_local_memory(outer.process) };
        let mut room = Room::new();
        let path = program();
        let inner = now(unsafe { start_program(&client, symbol_table(), room.stack(), &path) }).unwrap();
        let (responses, requests) = unsafe { TaskFd::new(&client, &inner) };
        let child = unsafe { nested::client(responses, requests).with_local_memory(inner.process) };
        assert_eq!(call(&child, getppid()), Ok(outer.process));
        assert_eq!(call(&child, getpid()), Ok(inner.process));
        let arena = now(Arena::map(&child, 4096, 4096)).unwrap();
        assert!(now(arena.c_string(c"near")).is_ok());
        drop(child);
        assert_eq!(now(unsafe { finish(&client, inner) }), Ok(Ended::Exited(0)));
    }
    assert_eq!(end(outer), Ended::Exited(0));
    assert_eq!((descriptors(), children()), (fds, tasks));
}
