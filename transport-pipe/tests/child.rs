//! A server program that is a child.
#![expect(
    unsafe_code,
    clippy::undocumented_unsafe_blocks,
    reason = "every call here is made in a child of the test, on what the test made there"
)]

use core::{
    future::{Future, poll_fn},
    task::Poll,
};
use rsyscall_core::{
    abi::Native,
    block_on,
    identifier::{Address, FileDescriptor},
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
};
use std::ffi::CString;
use std::sync::Mutex;

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
            let wchan = || std::fs::read_to_string(format!("/proc/{}/syscall", child.process.into_raw()));
            // The child reads from its pipe, not from its requests.
            let blocked = format!("{} {:#x} ", syscalls::Sysno::read as i64, reader.into_raw());
            while !wchan().unwrap().starts_with(&blocked) {
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
        [(c"/nonexistent", Errno::ENOENT), (c"/etc/passwd", Errno::EACCES), (c"/", Errno::EACCES)]
    {
        assert_eq!(Child::start(path), Err(StartError { call: "execve", errno }));
    }
    assert_eq!(descriptors(), before);
    let text = Child::start(c"/nonexistent").unwrap_err().to_string();
    assert_eq!(text, "cannot start the server: execve: ENOENT (No such file or directory)");
}

#[test]
fn wrong_arguments_are_refused() {
    let _one = ONE_AT_A_TIME.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    for arguments in [&["1"][..], &["1", "2"], &["1", "2", "x"], &["1", "2", "99999999999"], &["", "0", "1"]]
    {
        let output = std::process::Command::new(std::env::var("RSYSCALL_SERVER").unwrap())
            .args(arguments)
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert_eq!(String::from_utf8(output.stderr).unwrap().lines().count(), 1);
    }
}
