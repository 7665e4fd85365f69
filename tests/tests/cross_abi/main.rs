//! The questions, to a server of another architecture: numbers, flags and layouts are the server's.
//!
//! `cargo xtask test --all` builds a server for each architecture, runs it in QEMU's user mode emulation, and names it by
//! `RSYSCALL_FOREIGN_SERVER`, the emulator by `RSYSCALL_FOREIGN_RUNNER`, and the architecture by `RSYSCALL_FOREIGN_ARCH`. `cargo test`
//! alone leaves these tests out: their target says `test = false`.

#![expect(unsafe_code, reason = "executes system calls in the server")]
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod remote;

use rsyscall_core::{
    abi::{Aarch64, Abi, Native, Riscv64, X86_64},
    block_on,
    identifier::{Address, FileDescriptor, Process},
    interface::{NotSent, SyscallError, SyscallInterface},
    memory::Arena,
    near::{
        event::{EpollEvents, EpollFlags, epoll_create1, epoll_ctl_add, epoll_pwait},
        fs::{Mode, OFlags, fcntl_getfl, fcntl_setfl, openat},
        io::{close, pipe2, write},
        layout::{EpollEvent, Layout, Sigaction},
        process::{getpid, uname},
        signal::{Signal, rt_sigaction},
        x86_64::access,
    },
    syscall::Errno,
};
use rsyscall_tests::page_size;
use rsyscall_transport_pipe::{BlockingFd, Client, HelloError};
use std::{
    ffi::CString,
    os::fd::AsRawFd,
    process::{Child, Command, Stdio},
};

/// What xtask says of the server.
fn told(variable: &str) -> String {
    std::env::var(variable).expect("xtask sets it for these tests")
}

/// A server in the emulation.
struct Server(Child);

impl Server {
    fn start() -> Self {
        let mut command = Command::new(told("RSYSCALL_FOREIGN_RUNNER"));
        command.arg(told("RSYSCALL_FOREIGN_SERVER"));
        Self(command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap())
    }

    /// The emulation is one process, so that the server's number is that of the emulation.
    fn process(&self) -> Process {
        Process::from_raw(self.0.id().cast_signed())
    }

    /// A client that has greeted the server; memory goes through the streams.
    fn client<A: Abi>(&self) -> Client<BlockingFd, BlockingFd, A, 8> {
        let client = self.client_that_does_not_greet();
        block_on(client.hello(), || ()).unwrap();
        client
    }

    fn client_that_does_not_greet<A: Abi>(&self) -> Client<BlockingFd, BlockingFd, A, 8> {
        let [responses, requests] =
            [self.0.stdout.as_ref().unwrap().as_raw_fd(), self.0.stdin.as_ref().unwrap().as_raw_fd()]
                .map(FileDescriptor::from_raw);
        // SAFETY: the streams are the server's, which lives as long as this, and nobody else uses them.
        unsafe { Client::blocking(responses, requests) }
    }

    /// The end of the requests is the end of the server.
    fn finish(mut self) {
        drop(self.0.stdin.take());
        assert_eq!(self.0.wait().unwrap().code(), Some(0));
    }
}

/// Calls a generic function with the ABI of the server.
macro_rules! with_abi {
    ($function:ident($server:expr)) => {
        match told("RSYSCALL_FOREIGN_ARCH").as_str() {
            "x86_64" => $function::<X86_64>($server),
            "aarch64" => $function::<Aarch64>($server),
            "riscv64" => $function::<Riscv64>($server),
            other => panic!("there is no ABI {other}"),
        }
    };
}

#[test]
fn a_server_of_another_architecture_answers() {
    fn ask<A: Abi>(server: &Server) {
        assert_ne!(A::NAME, Native::NAME);
        let client = server.client::<A>();
        block_on(rsyscall_tests::ask_everything(&client, server.process()), || ());
    }
    let server = Server::start();
    with_abi!(ask(&server));
    server.finish();
}

#[test]
fn a_wrong_pairing_is_refused_before_any_call() {
    fn ask<A: Abi>(server: &Server) {
        let client = server.client_that_does_not_greet::<Native>();
        let refused = block_on(client.hello(), || ()).unwrap_err();
        assert_eq!(refused, HelloError::Abi { server: A::WIRE_ID, client: Native::WIRE_ID });
        // SAFETY: the call takes nothing and changes nothing.
        let call = block_on(unsafe { client.call(getpid()) }, || ());
        assert_eq!(call, Err(SyscallError::NotSent(NotSent::Dead)));
    }
    let server = Server::start();
    with_abi!(ask(&server));
    server.finish();
}

#[test]
fn it_is_of_that_architecture() {
    fn ask<A: Abi>(server: &Server) {
        let client = server.client::<A>();
        let arena = block_on(Arena::map(&client, 65536, page_size()), || ()).unwrap();
        // `struct utsname`: six strings of 65 bytes, of which the fifth names the machine.
        let names = arena.reserve(6 * 65, 1).unwrap();
        // SAFETY: the struct lies in the arena.
        block_on(unsafe { client.call(uname(names)) }, || ()).unwrap();
        let mut machine = [0; 65];
        block_on(arena.read_bytes(names.checked_add(4 * 65).unwrap(), &mut machine), || ()).unwrap();
        assert!(machine.starts_with(format!("{}\0", A::NAME).as_bytes()), "{machine:?}");
    }
    let server = Server::start();
    with_abi!(ask(&server));
    server.finish();
}

#[test]
fn a_call_that_only_this_architecture_has_is_not_sent() {
    fn ask<A: Abi>(server: &Server) {
        let client = server.client::<A>();
        let instruction = access(Address::NULL, rsyscall_core::near::fs::AccessMode::empty());
        // SAFETY: the call reads nothing and changes nothing.
        let answer = block_on(unsafe { client.call(instruction) }, || ());
        let expected = if A::NAME == X86_64::NAME { Errno::EFAULT } else { Errno::ENOSYS };
        assert_eq!(answer, Err(SyscallError::Errno(expected)));
    }
    let server = Server::start();
    with_abi!(ask(&server));
    server.finish();
}

#[test]
fn open_flags_are_the_server_s() {
    fn ask<A: Abi>(server: &Server) {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("file"), "").unwrap();
        std::os::unix::fs::symlink("file", folder.path().join("link")).unwrap();
        let client = server.client::<A>();
        let arena = block_on(Arena::map(&client, 65536, page_size()), || ()).unwrap();
        let open = |name: &str, flags: OFlags| {
            let path = CString::new(folder.path().join(name).to_str().unwrap()).unwrap();
            let path = block_on(arena.c_string(&path), || ()).unwrap();
            let open = openat(FileDescriptor::AT_FDCWD, path, flags | OFlags::CLOEXEC, Mode::empty());
            // SAFETY: the path lies in the arena, and the descriptor is new.
            block_on(unsafe { client.call(open) }, || ())
        };
        // These two exchange their bits with O_DIRECT and O_LARGEFILE between the architectures.
        assert_eq!(open("file", OFlags::DIRECTORY), Err(Errno::ENOTDIR.into()));
        assert_eq!(open("link", OFlags::NOFOLLOW), Err(Errno::ELOOP.into()));
        let fd = open("", OFlags::DIRECTORY).unwrap();
        // SAFETY: the descriptor is this test's own.
        let flags = block_on(unsafe { client.call(fcntl_getfl(fd)) }, || ()).unwrap();
        let neutral = A::neutral_open_flags(flags.word());
        assert_eq!(neutral & OFlags::DIRECTORY.word(), OFlags::DIRECTORY.word(), "{neutral:#o}");
        assert_eq!(neutral & OFlags::DIRECT.word(), 0, "{neutral:#o}");
        // SAFETY: as above.
        block_on(unsafe { client.call(fcntl_setfl(fd, OFlags::NONBLOCK)) }, || ()).unwrap();
        // SAFETY: as above.
        block_on(unsafe { client.call(close(fd)) }, || ()).unwrap();
    }
    let server = Server::start();
    with_abi!(ask(&server));
    server.finish();
}

#[test]
fn layouts_are_the_server_s() {
    fn ask<A: Abi>(server: &Server)
    where
        EpollEvent: Layout<A>,
        Sigaction: Layout<A>,
    {
        let client = server.client::<A>();
        block_on(events_come_back(&client), || ());
        block_on(actions_come_back(&client), || ());
    }
    let server = Server::start();
    with_abi!(ask(&server));
    server.finish();
}

/// `struct epoll_event` is packed on one architecture only.
async fn events_come_back<I: rsyscall_tests::Interface>(interface: &I)
where
    EpollEvent: Layout<I::Abi>,
{
    let arena = Arena::map(interface, 65536, page_size()).await.unwrap();
    let ends = arena.reserve(8, 4).unwrap();
    // SAFETY: the descriptors go to the arena.
    unsafe { interface.call(pipe2(ends, OFlags::CLOEXEC)) }.await.unwrap();
    let mut bytes = [0; 8];
    arena.read_bytes(ends, &mut bytes).await.unwrap();
    let both = u64::from_le_bytes(bytes);
    #[expect(clippy::cast_possible_truncation, reason = "two ints in a word")]
    let [reading, writing] =
        [both as u32, (both >> 32) as u32].map(|end| FileDescriptor::from_raw(end.cast_signed()));
    // SAFETY: the descriptor is new.
    let epoll = unsafe { interface.call(epoll_create1(EpollFlags::CLOEXEC)) }.await.unwrap();
    let asked = EpollEvent { events: EpollEvents::IN.bits(), data: 0x0123_4567_89ab_cdef };
    let event = arena.value(&asked).await.unwrap();
    // SAFETY: all three are this function's own, and the struct lies in the arena.
    unsafe { interface.call(epoll_ctl_add(epoll, reading, event)) }.await.unwrap();
    let byte = arena.bytes(b"!", 1).await.unwrap();
    // SAFETY: the pipe is this function's own.
    assert_eq!(unsafe { interface.call(write(writing, byte, 1)) }.await, Ok(1));
    let happened = arena.reserve_value::<EpollEvent>().unwrap();
    // SAFETY: the struct lies in the arena.
    let count = unsafe { interface.call(epoll_pwait(epoll, happened, 1, -1, Address::NULL, 8)) }.await;
    assert_eq!(count, Ok(1));
    assert_eq!(arena.read_value::<EpollEvent>(happened).await.unwrap(), asked);
    for fd in [reading, writing, epoll] {
        // SAFETY: it is this function's own.
        unsafe { interface.call(close(fd)) }.await.unwrap();
    }
}

/// The kernel's `struct sigaction` has no restorer on one architecture.
async fn actions_come_back<I: rsyscall_tests::Interface>(interface: &I)
where
    Sigaction: Layout<I::Abi>,
{
    const IGNORE: u64 = 1;
    let arena = Arena::map(interface, 65536, page_size()).await.unwrap();
    let mask = 1 << (Signal::USR1.into_raw() - 1);
    let action = Sigaction { sa_handler: IGNORE, sa_mask: mask, ..Sigaction::default() };
    let new = arena.value(&action).await.unwrap();
    let old = arena.reserve_value::<Sigaction>().unwrap();
    // SAFETY: the server has no use for the signal.
    unsafe { interface.call(rt_sigaction(Signal::USR2, new, Address::NULL, 8)) }.await.unwrap();
    // SAFETY: the struct lies in the arena.
    unsafe { interface.call(rt_sigaction(Signal::USR2, Address::NULL, old, 8)) }.await.unwrap();
    let found = arena.read_value::<Sigaction>(old).await.unwrap();
    assert_eq!((found.sa_handler, found.sa_mask), (IGNORE, mask));
}
