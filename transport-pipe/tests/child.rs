//! A server program that is a child.
#![expect(
    unsafe_code,
    clippy::undocumented_unsafe_blocks,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "every call here is made in a child of the test, on what the test made there"
)]

use core::{
    future::{Future, poll_fn},
    task::Poll,
};
use rsyscall_core::{
    abi::Native,
    block_on,
    identifier::{Address, FileDescriptor, Process},
    interface::{Hangup, NotSent, SyscallError, SyscallInterface},
    memory::{Arena, MemoryInterface},
    near::{
        io,
        mm::munmap,
        process::{getpid, getppid},
    },
    syscall::{Errno, Instruction, Outcome, Syscall},
};
use rsyscall_transport_pipe::{
    BlockingFd, Client,
    start::{Child, Ended, StartError},
    wire,
};
use std::{
    ffi::{CString, OsStr},
    io::Read,
    os::{fd::AsRawFd, unix::ffi::OsStrExt},
    process::Stdio,
    sync::Mutex,
};

/// Descriptors are counted, and so only one test at a time makes some.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

fn server() -> CString {
    let path = std::env::var("RSYSCALL_SERVER")
        .expect("RSYSCALL_SERVER must name the rsyscall-server program: run `cargo xtask test`");
    CString::new(path).unwrap()
}

fn descriptors() -> usize {
    std::fs::read_dir("/proc/self/fd").unwrap().count()
}

fn with_child(test: impl FnOnce(Child) -> Ended) {
    let _one = ONE_AT_A_TIME.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let before = descriptors();
    let child = Child::start(&server()).unwrap();
    assert_eq!(descriptors(), before + 3);
    let expected = test(child);
    assert_eq!(unsafe { child.finish() }, Ok(expected));
    assert_eq!(descriptors(), before);
    // It was waited for, so that nobody has this number.
    assert!(!std::path::Path::new(&format!("/proc/{}", child.process.into_raw())).exists());
}

fn call<R: Outcome>(client: &impl SyscallInterface, instruction: Instruction<R>) -> Result<R, SyscallError> {
    block_on(unsafe { client.call(instruction) }, || ())
}

/// A pipe in the child: what it reads from and what it writes to.
fn pipe_in_child<const N: usize>(client: &Client<BlockingFd, BlockingFd, Native, N>) -> [FileDescriptor; 2] {
    let arena = block_on(Arena::map(client, 4096, 4096), || ()).unwrap();
    let ends = arena.reserve(8, 4).unwrap();
    let number = syscalls::Sysno::pipe2 as i64;
    block_on(
        unsafe { client.syscall(Syscall::<_, ()>::new(number, [ends.into_raw(), 0, 0, 0, 0, 0])) },
        || (),
    )
    .unwrap();
    let mut bytes = [0; 8];
    block_on(arena.read_bytes(ends, &mut bytes), || ()).unwrap();
    let (fds, _) = bytes.as_chunks();
    [0, 1].map(|index| FileDescriptor::from_raw(i32::from_le_bytes(fds[index])))
}

#[test]
fn calls_run_in_the_child() {
    with_child(|child| {
        let client = unsafe { child.client::<4>() };
        assert_eq!(call(&client, getpid()), Ok(child.process));
        let parent = call(&client, getppid()).unwrap();
        assert_eq!(parent.into_raw().unsigned_abs(), std::process::id());
        let nothing = FileDescriptor::from_raw(77);
        assert_eq!(call(&client, io::close(nothing)), Err(SyscallError::Errno(Errno::EBADF)));
        assert_eq!(client.activity_fd(), Some(FileDescriptor::STDIN));
        Ended::Exited(0)
    });
}

#[test]
fn the_childs_descriptors_are_the_childs_own() {
    with_child(|child| {
        let client = unsafe { child.client::<4>() };
        let [reader, _] = pipe_in_child(&client);
        let theirs =
            std::fs::read_link(format!("/proc/{}/fd/{}", child.process.into_raw(), reader.into_raw()));
        assert!(theirs.unwrap().to_str().unwrap().starts_with("pipe:"));
        Ended::Exited(0)
    });
}

#[test]
fn a_child_that_is_killed_in_a_blocked_call_is_a_hangup() {
    with_child(|child| {
        let client = unsafe { child.client::<4>() };
        let [reader, _writer] = pipe_in_child(&client);
        let killer = std::thread::spawn(move || {
            let performs = || std::fs::read_to_string(format!("/proc/{}/syscall", child.process.into_raw()));
            // The child reads from its pipe, not from its requests.
            let blocked = format!("{} {:#x} ", syscalls::Sysno::read as i64, reader.into_raw());
            while !performs().unwrap().starts_with(&blocked) {
                std::thread::yield_now();
            }
            child.kill().unwrap();
        });
        let result = call(&client, io::read(reader, Address::NULL, 1));
        killer.join().unwrap();
        assert_eq!(result, Err(SyscallError::Hangup(Hangup::EndOfStream)));
        assert_eq!(call(&client, getpid()), Err(SyscallError::NotSent(NotSent::Dead)));
        let mut byte = [0];
        let memory = block_on(unsafe { client.read(Address::from_raw(0x40_0000), &mut byte) }, || ());
        assert_eq!(memory.unwrap_err().cause, SyscallError::NotSent(NotSent::Dead));
        Ended::Signalled(9)
    });
}

#[test]
fn a_child_that_died_before_the_call_was_not_sent_to() {
    with_child(|child| {
        let client = unsafe { child.client::<4>() };
        child.kill().unwrap();
        // Readable means ended; its end of the pipe is closed by then.
        unsafe {
            libc_poll(child.pidfd);
        }
        // SIGPIPE is ignored in Rust programs, and RWF_NOSIGNAL would keep it away in others.
        assert_eq!(call(&client, getpid()), Err(SyscallError::NotSent(NotSent::Stream)));
        assert_eq!(call(&client, getpid()), Err(SyscallError::NotSent(NotSent::Dead)));
        Ended::Signalled(9)
    });
}

unsafe fn libc_poll(fd: FileDescriptor) {
    let mut entry = [u64::from(fd.into_raw().unsigned_abs()) | 1 << 32];
    let address = entry.as_mut_ptr().expose_provenance() as u64;
    let number = syscalls::Sysno::ppoll as i64;
    let ready = unsafe { rsyscall_transport_local::raw_syscall(number, [address, 1, 0, 0, 0, 0]) };
    assert_eq!(ready, 1);
}

#[test]
fn exit_is_a_hangup() {
    with_child(|child| {
        let client = unsafe { child.client::<4>() };
        let exit = Syscall::<Native, ()>::new(syscalls::Sysno::exit_group as i64, [7, 0, 0, 0, 0, 0]);
        let result = block_on(unsafe { client.syscall(exit) }, || ());
        assert_eq!(result, Err(SyscallError::Hangup(Hangup::EndOfStream)));
        Ended::Exited(7)
    });
}

#[test]
fn memory_is_read_and_written_and_a_fault_says_how_far_it_got() {
    with_child(|child| {
        let client = unsafe { child.client::<4>() };
        let arena = block_on(Arena::map(&client, 8192, 4096), || ()).unwrap();
        let base = arena.mapping().address();
        block_on(unsafe { client.write(base, b"near") }, || ()).unwrap();
        let mut bytes = [0; 4];
        block_on(unsafe { client.read(base, &mut bytes) }, || ()).unwrap();
        assert_eq!(&bytes, b"near");
        call(&client, munmap(base.checked_add(4096).unwrap(), 4096)).unwrap();
        let last = base.checked_add(4096 - 3).unwrap();
        let error = block_on(unsafe { client.write(last, b"abcdef") }, || ()).unwrap_err();
        assert_eq!((error.done, error.cause), (3, SyscallError::Errno(Errno::EFAULT)));
        let error = block_on(unsafe { client.read(Address::from_raw(8), &mut bytes) }, || ()).unwrap_err();
        assert_eq!((error.done, error.cause), (0, SyscallError::Errno(Errno::EFAULT)));
        Ended::Exited(0)
    });
}

#[test]
fn many_calls_in_flight_never_block_one_another() {
    with_child(|child| {
        const CALLS: usize = 10_000;
        // Off the test's small stack.
        std::thread::Builder::new()
            .stack_size(64 << 20)
            .spawn(move || {
                let client = unsafe { child.polled_client::<CALLS>() };
                let mut calls: Vec<_> =
                    (0..CALLS).map(|_| Box::pin(unsafe { client.call(getpid()) })).collect();
                let mut answered = 0;
                let all = poll_fn(|context| {
                    calls.retain_mut(|call| match call.as_mut().poll(context) {
                        Poll::Ready(result) => {
                            assert_eq!(result, Ok(child.process));
                            answered += 1;
                            false
                        }
                        Poll::Pending => true,
                    });
                    if calls.is_empty() { Poll::Ready(()) } else { Poll::Pending }
                });
                block_on(all, || client.park());
                assert_eq!(answered, CALLS);
            })
            .unwrap()
            .join()
            .unwrap();
        Ended::Exited(0)
    });
}

#[test]
fn what_cannot_be_executed_is_an_error_and_leaves_nothing() {
    let _one = ONE_AT_A_TIME.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let before = descriptors();
    for (path, errno) in
        [(c"/nonexistent", Errno::ENOENT), (c"/proc/version", Errno::EACCES), (c"/", Errno::EACCES)]
    {
        assert_eq!(Child::start(path), Err(StartError { call: "execve", cause: errno.into() }));
    }
    assert_eq!(descriptors(), before);
    let text = Child::start(c"/nonexistent").unwrap_err().to_string();
    assert_eq!(text, "cannot start the server: execve: ENOENT (No such file or directory)");
    let waited_for = StartError { call: "waitid", cause: Errno::ECHILD.into() }.to_string();
    assert_eq!(waited_for, "cannot wait for the server: waitid: ECHILD (No child processes)");
    let killed = StartError { call: "pidfd_send_signal", cause: Errno::ESRCH.into() }.to_string();
    assert_eq!(killed, "cannot kill the server: pidfd_send_signal: ESRCH (No such process)");
}

/// A thread of the child on a stack of its own, which the trampoline starts: the stub returned to the new stack.
#[test]
fn a_clone_with_a_new_stack_runs_what_lies_on_it() {
    let _one = ONE_AT_A_TIME.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let mut program = std::process::Command::new(OsStr::from_bytes(server().as_bytes()))
        .args(["2", "0", "1"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut table = [0; 32];
    program.stderr.as_mut().unwrap().read_exact(&mut table).unwrap();
    let (words, _) = table.as_chunks::<8>();
    let [server, trampoline] = [0, 3].map(|i| u64::from_le_bytes(words[i]));
    let responses = FileDescriptor::from_raw(program.stdout.as_ref().unwrap().as_raw_fd());
    let requests = FileDescriptor::from_raw(program.stdin.as_ref().unwrap().as_raw_fd());
    let process = Process::from_raw(program.id().cast_signed());
    let client = unsafe { Client::<_, _, Native, 4>::blocking(responses, requests) };
    let client = unsafe { client.with_local_memory(process) };
    let [infd, requests] = pipe_in_child(&client);
    let [responses, outfd] = pipe_in_child(&client);
    let arena = block_on(Arena::map(&client, 16384, 4096), || ()).unwrap();
    // From the new stack pointer up: where to go, what is only there for the alignment, six arguments, the function.
    let mut stack = vec![trampoline];
    if cfg!(not(target_arch = "x86_64")) {
        stack.push(0);
    }
    stack.extend([infd.word(), outfd.word(), 0, 0, 0, 0, server, 0]);
    let bytes: Vec<u8> = stack.iter().flat_map(|word| word.to_le_bytes()).collect();
    let pointer = arena.mapping().address().checked_add(16384 - 256).unwrap();
    block_on(unsafe { client.write(pointer, &bytes) }, || ()).unwrap();
    // CLONE_VM, CLONE_FILES and SIGCHLD.
    let clone = Syscall::<Native, Process>::new(
        syscalls::Sysno::clone as i64,
        [0x100 | 0x400 | 17, pointer.into_raw(), 0, 0, 0, 0],
    );
    let nested = block_on(unsafe { client.syscall(clone) }, || ()).unwrap();
    // The nested server is spoken to through the first one.
    let message = arena.reserve(128, 8).unwrap();
    let request = wire::encode_request(syscalls::Sysno::getpid as i64, [0; 6]);
    block_on(unsafe { client.write(message, &request) }, || ()).unwrap();
    assert_eq!(call(&client, io::write(requests, message, wire::REQUEST)), Ok(wire::REQUEST));
    assert_eq!(call(&client, io::read(responses, message, wire::RESPONSE)), Ok(wire::RESPONSE));
    let mut response = [0; wire::RESPONSE];
    block_on(unsafe { client.read(message, &mut response) }, || ()).unwrap();
    assert_eq!(wire::decode_response(response), i64::from(nested.into_raw()));
    assert_ne!(nested, process);
    drop(client);
    drop(program.stdin.take());
    assert_eq!(program.wait().unwrap().code(), Some(0));
}

/// A line of a `/proc/…/status`.
fn status(task: &str, field: &str) -> String {
    let status = std::fs::read_to_string(format!("/proc/{task}/status")).unwrap();
    status.lines().find(|line| line.starts_with(field)).unwrap().to_owned()
}

#[test]
fn signals_are_in_the_child_as_they_were_here_and_here_as_before() {
    // SIGUSR1 and SIGTERM blocked, in this thread.
    let mask = 1_u64 << 9 | 1 << 14;
    let set = [0, (&raw const mask).expose_provenance() as u64, 0, 8, 0, 0];
    assert_eq!(
        unsafe { rsyscall_transport_local::raw_syscall(syscalls::Sysno::rt_sigprocmask as i64, set) },
        0
    );
    let before = {
        // Reading it takes a descriptor.
        let _one = ONE_AT_A_TIME.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        status("thread-self", "SigBlk")
    };
    with_child(|child| {
        assert_eq!(status("thread-self", "SigBlk"), before);
        let process = child.process.into_raw().to_string();
        assert_eq!(status(&process, "SigBlk"), before);
        assert_eq!(status(&process, "SigIgn"), status("thread-self", "SigIgn"));
        Ended::Exited(0)
    });
}

#[test]
fn each_end_of_the_pipes_is_open_in_one_process() {
    with_child(|child| {
        let ours =
            |fd: FileDescriptor| std::fs::read_link(format!("/proc/self/fd/{}", fd.into_raw())).unwrap();
        let theirs = format!("/proc/{}/fd", child.process.into_raw());
        // The number is in the child's table, and what it names is the other end of ours.
        for (fd, pipe) in [("0", ours(child.requests)), ("1", ours(child.responses))] {
            let open = |folder: &str| {
                let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
                entries
                    .filter(|path| std::fs::read_link(path).is_ok_and(|link| link == pipe))
                    .collect::<Vec<_>>()
            };
            assert_eq!(open(&theirs), [std::path::PathBuf::from(format!("{theirs}/{fd}"))]);
            assert_eq!(open("/proc/self/fd").len(), 1);
        }
        Ended::Exited(0)
    });
}
