//! The client over real descriptors, at real servers: under executors, with faults, and without extensions.
#![expect(
    unsafe_code,
    clippy::undocumented_unsafe_blocks,
    clippy::multiple_unsafe_ops_per_block,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "the servers are threads or children of the test, and touch what the test made for them"
)]

mod executors;
mod extensions;
mod faults;
mod original;
mod polled;
mod stack;

use core::mem::MaybeUninit;
use rsyscall_core::{abi::Native, identifier::FileDescriptor};
use rsyscall_transport_pipe::{
    Client, PolledFd,
    server::{serve, serve_extended},
    start::Child,
};
use std::{
    ffi::CString,
    os::{
        fd::{AsRawFd, OwnedFd},
        unix::net::UnixStream,
    },
    sync::Mutex,
    thread::JoinHandle,
};

/// A server in a thread of this process, and the streams to it. The server ends when they are closed.
struct Server {
    requests: OwnedFd,
    responses: OwnedFd,
    /// The server's own descriptors.
    infd: FileDescriptor,
    outfd: FileDescriptor,
    thread: JoinHandle<i32>,
}

type Polled<const N: usize, const B: usize = 1024> = Client<PolledFd, PolledFd, Native, N, B>;

impl Server {
    fn start(theirs: [OwnedFd; 2], [requests, responses]: [OwnedFd; 2], extended: bool) -> Self {
        let [infd, outfd] = [&theirs[0], &theirs[1]].map(|fd| FileDescriptor::from_raw(fd.as_raw_fd()));
        let thread = std::thread::spawn(move || {
            let [infd, outfd] = [&theirs[0], &theirs[1]].map(AsRawFd::as_raw_fd);
            let mut room = [MaybeUninit::uninit(); 1024];
            if extended {
                unsafe { serve_extended(infd, outfd, &mut room) }
            } else {
                unsafe { serve(infd, outfd) }
            }
        });
        Self { requests, responses, infd, outfd, thread }
    }

    fn on_pipes(extended: bool) -> Self {
        let (infd, requests) = std::io::pipe().unwrap();
        let (responses, outfd) = std::io::pipe().unwrap();
        Self::start([infd.into(), outfd.into()], [requests.into(), responses.into()], extended)
    }

    fn on_sockets(extended: bool) -> Self {
        let (ours, theirs) = UnixStream::pair().unwrap();
        let copies = [ours.try_clone().unwrap().into(), ours.into()];
        Self::start([theirs.try_clone().unwrap().into(), theirs.into()], copies, extended)
    }

    fn each(extended: bool) -> [Self; 2] {
        [Self::on_pipes(extended), Self::on_sockets(extended)]
    }

    fn fds(&self) -> (FileDescriptor, FileDescriptor) {
        let fd = |fd: &OwnedFd| FileDescriptor::from_raw(fd.as_raw_fd());
        (fd(&self.responses), fd(&self.requests))
    }

    fn polled<const N: usize>(&self) -> Polled<N> {
        let (responses, requests) = self.fds();
        unsafe { Client::polled(responses, requests) }
    }

    /// Closes the streams and waits for the server's end, which must be a clean one.
    fn finish(self) {
        drop((self.requests, self.responses));
        assert_eq!(self.thread.join().unwrap(), 0);
    }
}

/// Held while a child starts: until its `execve` it has all descriptors that are open here.
static STARTING: Mutex<()> = Mutex::new(());

fn program() -> CString {
    let path = std::env::var("RSYSCALL_SERVER")
        .expect("RSYSCALL_SERVER must name the rsyscall-server program: run `cargo xtask test`");
    CString::new(path).unwrap()
}

/// The server program as a child.
fn child() -> Child {
    let _starting = STARTING.lock();
    Child::start(&program()).unwrap()
}

/// This process's number, as a system call says it.
fn this_process() -> i32 {
    std::process::id().cast_signed()
}

/// What the documentation says of sizes holds.
#[test]
fn a_client_and_its_futures_are_as_small_as_they_say() {
    fn room<const N: usize, const B: usize>() -> usize {
        size_of::<Client<PolledFd, PolledFd, Native, N, B>>()
    }
    let each = (room::<1032, 0>() - room::<8, 0>()) / 1024;
    assert!(each <= 320, "{each} bytes a call");
    let memory = room::<8, 1024>() - room::<8, 0>();
    assert_eq!(memory, 4 * 1024);
    let base = room::<8, 0>() - 8 * each;
    assert!(base <= 768, "{base} bytes");
    let server = Server::on_pipes(true);
    {
        let client = server.polled::<8>();
        let call = unsafe {
            rsyscall_core::interface::SyscallInterface::call(&client, rsyscall_core::near::process::getpid())
        };
        let size = size_of_val(&call);
        assert!(size <= 1280, "a call's future has {size} bytes");
        println!("{each} {memory} {base} {size}");
    }
    server.finish();
}
