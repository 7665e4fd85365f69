//! The server that outlives its connections.

use super::{
    EINVAL,
    connect::{connect, send},
    process, request, response,
};
use rsyscall_transport_pipe::server::{serve_connections, serve_persistently};
use std::{
    io::{Read, Write},
    os::{
        fd::{AsRawFd, FromRawFd, OwnedFd},
        unix::net::{UnixListener, UnixStream},
    },
    path::PathBuf,
    thread::JoinHandle,
};
use syscalls::Sysno;

const GETPID: i64 = Sysno::getpid as i64;

/// A server on a listening socket, of which somebody is told when it has ended.
struct Persistent {
    path: PathBuf,
    _directory: tempfile::TempDir,
    listener: UnixListener,
    server: JoinHandle<i32>,
}

impl Persistent {
    fn start(serve: impl FnOnce(i32) -> i32 + Send + 'static) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("socket");
        let listener = UnixListener::bind(&path).unwrap();
        let fd = listener.as_raw_fd();
        let server = std::thread::spawn(move || serve(fd));
        Self { path, _directory: directory, listener, server }
    }

    fn connect(&self) -> UnixStream {
        UnixStream::connect(&self.path).unwrap()
    }

    /// Connects as one should.
    fn pass(&self, surplus: usize) -> (UnixStream, Vec<i32>) {
        connect(self.connect(), surplus).unwrap()
    }

    /// Nobody can connect any more, after which the server ends.
    fn end(self) {
        let shutdown = [u64::from(self.listener.as_raw_fd().unsigned_abs()), 2, 0, 0, 0, 0];
        unsafe { rsyscall_transport_local::raw_syscall(Sysno::shutdown as i64, shutdown) };
        assert_eq!(i64::from(self.server.join().unwrap()), EINVAL);
    }
}

fn answers(stream: &mut UnixStream) {
    stream.write_all(&request(GETPID, &[])).unwrap();
    assert_eq!(response(stream), process());
}

/// What a descriptor of this process names.
fn named(fd: i32) -> Option<PathBuf> {
    std::fs::read_link(format!("/proc/self/fd/{fd}")).ok()
}

#[test]
fn one_connection_comes_after_the_other() {
    let (first, theirs) = UnixStream::pair().unwrap();
    let persistent = Persistent::start(move |listener| {
        let fd = theirs.as_raw_fd();
        let ended = unsafe { serve_persistently(fd, fd, listener) };
        drop(theirs);
        ended
    });
    let mut stream = first;
    for surplus in [0, 1, 5, 251] {
        answers(&mut stream);
        // In the middle of a request: nothing of it is left for the next connection.
        stream.write_all(&request(GETPID, &[])[..9]).unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        // It is shut down, and not closed.
        assert_eq!(stream.read(&mut [0]).unwrap(), 0);
        let (next, numbers) = persistent.pass(surplus);
        assert_eq!(numbers.len(), 2);
        assert!(named(numbers[0]).is_some() && named(numbers[0]) == named(numbers[1]));
        let flags = [u64::from(numbers[1].unsigned_abs()), 1, 0, 0, 0, 0];
        assert_eq!(unsafe { rsyscall_transport_local::raw_syscall(Sysno::fcntl as i64, flags) }, 1);
        stream = next;
        answers(&mut stream);
        let same = |fd: &i32| named(*fd) == named(numbers[0]);
        let open: Vec<i32> = (0..2000).filter(same).collect();
        assert_eq!(open.len(), 2, "the surplus was closed");
        // The second is ours to close, like every number.
        drop(unsafe { OwnedFd::from_raw_fd(numbers[1]) });
    }
    drop(stream);
    persistent.end();
}

#[test]
fn who_does_not_do_as_he_should_is_dropped() {
    let persistent = Persistent::start(|listener| {
        let connection = |fd| {
            let _ = unsafe { super::serve(fd, fd) };
        };
        unsafe { serve_connections(listener, None, connection) }
    });
    let dropped = |mut peer: UnixStream| {
        assert!(!matches!(peer.read(&mut [0]), Ok(1..)));
    };
    for count in [0_i32, -1, 254, i32::MAX, i32::MIN] {
        let mut peer = persistent.connect();
        peer.write_all(&count.to_ne_bytes()).unwrap();
        dropped(peer);
    }
    // Gone at once; half a number; a number and no descriptors; fewer than promised; half-open.
    drop(persistent.connect());
    let mut peer = persistent.connect();
    peer.write_all(&[1, 0]).unwrap();
    drop(peer);
    for fds in [&[][..], &[0]] {
        let mut peer = persistent.connect();
        peer.write_all(&2_i32.to_ne_bytes()).unwrap();
        send(&peer, b"x", fds).unwrap();
        dropped(peer);
    }
    let mut peer = persistent.connect();
    peer.write_all(&1_i32.to_ne_bytes()).unwrap();
    peer.shutdown(std::net::Shutdown::Write).unwrap();
    dropped(peer);
    // Does not read the answer.
    let peer = persistent.connect();
    (&peer).write_all(&1_i32.to_ne_bytes()).unwrap();
    peer.shutdown(std::net::Shutdown::Read).unwrap();
    drop(peer);
    // Says nothing, and stays.
    let silent = persistent.connect();
    let (mut stream, numbers) = persistent.pass(0);
    answers(&mut stream);
    dropped(silent);
    drop(unsafe { OwnedFd::from_raw_fd(numbers[1]) });
    drop(stream);
    persistent.end();
}

#[test]
fn other_users_are_dropped_if_so_asked() {
    let uid = u32::try_from(unsafe { rsyscall_transport_local::raw_syscall(Sysno::geteuid as i64, [0; 6]) })
        .unwrap();
    for (allowed, served) in [(uid, true), (uid + 1, false)] {
        let persistent = Persistent::start(move |listener| {
            let connection = |fd| {
                let _ = unsafe { super::serve(fd, fd) };
            };
            unsafe { serve_connections(listener, Some(allowed), connection) }
        });
        if served {
            let (mut stream, _) = persistent.pass(0);
            answers(&mut stream);
        } else {
            assert!(!matches!(persistent.connect().read(&mut [0]), Ok(1..)));
        }
        persistent.end();
    }
}
