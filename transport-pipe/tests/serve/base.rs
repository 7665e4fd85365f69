//! The base protocol, on streams that end, fail and lie.

use super::{EFAULT, EPROTO, fd_word, getpid_works, on_pipes, on_socket, request, response};
use rsyscall_core::{
    abi::Native,
    block_on,
    identifier::FileDescriptor,
    interface::{NotSent, SyscallError, SyscallInterface},
    near::process::getpid,
};
use rsyscall_transport_pipe::{Client, PolledFd, server::serve, wire};
use std::{
    io::{Read, Write, pipe},
    net::{Ipv4Addr, Shutdown, TcpListener, TcpStream},
    os::{fd::AsRawFd, unix::net::UnixStream},
    thread::JoinHandle,
};
use syscalls::Sysno;

#[test]
fn the_ends_are_told_apart() {
    for sent in 0..=2 * wire::REQUEST {
        let (mut requests, mut responses, server) = on_pipes();
        let both = [request(Sysno::getpid as i64, &[]), request(Sysno::getpid as i64, &[])].concat();
        requests.write_all(&both[..sent]).unwrap();
        drop(requests);
        for _ in 0..sent / wire::REQUEST {
            assert_eq!(response(&mut responses), i64::from(std::process::id()));
        }
        assert_eq!(responses.read(&mut [0]).unwrap(), 0);
        let expected = if sent % wire::REQUEST == 0 { 0 } else { EPROTO };
        assert_eq!(server.join().unwrap(), expected, "{sent} bytes");
    }
}

#[test]
fn descriptors_that_cannot_be_read_or_written_are_their_errno() {
    let (infd, mut requests) = pipe().unwrap();
    assert_eq!(unsafe { serve(-1, -1) }, -9);
    requests.write_all(&request(Sysno::getpid as i64, &[])).unwrap();
    assert_eq!(unsafe { serve(infd.as_raw_fd(), -1) }, -9);
    let (responses, outfd) = pipe().unwrap();
    drop(responses);
    requests.write_all(&request(Sysno::getpid as i64, &[])).unwrap();
    assert_eq!(unsafe { serve(infd.as_raw_fd(), outfd.as_raw_fd()) }, -32);
}

#[test]
fn it_waits_on_descriptors_that_do_not_block() {
    let (mut ours, theirs) = UnixStream::pair().unwrap();
    theirs.set_nonblocking(true).unwrap();
    let server = std::thread::spawn(move || unsafe { serve(theirs.as_raw_fd(), theirs.as_raw_fd()) });
    for piece in request(Sysno::getpid as i64, &[]).chunks(5) {
        ours.write_all(piece).unwrap();
    }
    assert_eq!(response(&mut ours), i64::from(std::process::id()));
    ours.shutdown(Shutdown::Write).unwrap();
    assert_eq!(server.join().unwrap(), 0);
}

#[test]
fn not_one_byte_beyond_the_request_is_read() {
    let (mut requests, mut responses, server) = on_pipes();
    let (mut release, blocked) = pipe().map(|(reader, writer)| (writer, reader)).unwrap();
    let mut byte = 0_u8;
    let fd = u64::from(blocked.as_raw_fd().unsigned_abs());
    let read = request(Sysno::read as i64, &[fd, (&raw mut byte).expose_provenance() as u64, 1]);
    requests.write_all(&[read, request(Sysno::getpid as i64, &[])].concat()).unwrap();
    // While the first is performed the second lies in the pipe.
    let unread = || {
        let mut count = 0_i32;
        let arguments = [fd_word(&requests), 0x541b, (&raw mut count).expose_provenance() as u64, 0, 0, 0];
        assert_eq!(unsafe { rsyscall_transport_local::raw_syscall(Sysno::ioctl as i64, arguments) }, 0);
        usize::try_from(count).unwrap()
    };
    while unread() == 2 * wire::REQUEST {
        std::thread::yield_now();
    }
    assert_eq!(unread(), wire::REQUEST);
    release.write_all(&[7]).unwrap();
    assert_eq!(response(&mut responses), 1);
    assert_eq!(response(&mut responses), i64::from(std::process::id()));
    drop(requests);
    assert_eq!(server.join().unwrap(), 0);
}

#[test]
fn bytes_for_a_bad_address_are_not_executed() {
    for length in [1_usize, 255, 256, 257, 5000] {
        let word = length as u64;
        let (mut ours, fd, server) = on_socket();
        let wait_all = 0x100;
        ours.write_all(&request(Sysno::recvfrom as i64, &[fd, 8, word, wait_all])).unwrap();
        ours.write_all(&vec![0xaa; length]).unwrap();
        assert_eq!(response(&mut ours), EFAULT);
        getpid_works(&mut ours);
        ours.write_all(&request(Sysno::sendto as i64, &[fd, 8, word])).unwrap();
        let mut padding = vec![1; length];
        ours.read_exact(&mut padding).unwrap();
        assert!(padding.iter().all(|&byte| byte == 0));
        assert_eq!(response(&mut ours), EFAULT);
        getpid_works(&mut ours);
        drop(ours);
        assert_eq!(server.join().unwrap(), 0);
    }
}

/// Who announces more than ever comes has none of it executed.
#[test]
fn two_gigabytes_for_a_bad_address_are_waited_for() {
    for length in [2 << 30, i64::MAX.unsigned_abs()] {
        let (mut ours, fd, server) = on_socket();
        ours.write_all(&request(Sysno::recvfrom as i64, &[fd, 8, length, 0x100])).unwrap();
        for _ in 0..1000 {
            ours.write_all(&request(Sysno::exit_group as i64, &[99])).unwrap();
        }
        ours.shutdown(Shutdown::Write).unwrap();
        assert_eq!(server.join().unwrap(), EPROTO);
    }
}

#[test]
fn in_band_memory_passes() {
    let (mut ours, fd, server) = on_socket();
    let mut memory = [0_u8; 4];
    let address = (&raw mut memory).expose_provenance() as u64;
    ours.write_all(&request(Sysno::recvfrom as i64, &[fd, address, 4, 0x100])).unwrap();
    ours.write_all(b"near").unwrap();
    assert_eq!(response(&mut ours), 4);
    ours.write_all(&request(Sysno::sendto as i64, &[fd, address, 4])).unwrap();
    let mut back = [0; 4];
    ours.read_exact(&mut back).unwrap();
    assert_eq!(&back, b"near");
    assert_eq!(response(&mut ours), 4);
    // The end in the middle of such bytes is an end inside a request.
    ours.write_all(&request(Sysno::recvfrom as i64, &[fd, 8, 100, 0x100])).unwrap();
    ours.write_all(&[0; 99]).unwrap();
    ours.shutdown(Shutdown::Write).unwrap();
    assert_eq!(server.join().unwrap(), EPROTO);
}

#[test]
fn reserved_numbers_are_answered_like_the_kernel_does() {
    let (mut ours, _, server) = on_socket();
    ours.write_all(&wire::encode_request(-1001, [1, 7, 0, 0, 0, 0])).unwrap();
    assert_eq!(response(&mut ours), -38);
    drop(ours);
    assert_eq!(server.join().unwrap(), 0);
}

#[test]
fn a_polled_client_works_over_a_socket_and_learns_of_the_end() {
    let (ours, _, server) = on_socket();
    asks_and_learns_of_the_end(ours, server, |socket| socket.shutdown(Shutdown::Both));
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let ours = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (theirs, _) = listener.accept().unwrap();
    let server = std::thread::spawn(move || unsafe { serve(theirs.as_raw_fd(), theirs.as_raw_fd()) });
    asks_and_learns_of_the_end(ours, server, |socket| socket.shutdown(Shutdown::Both));
}

fn asks_and_learns_of_the_end<S: AsRawFd>(
    ours: S,
    server: JoinHandle<i32>,
    shut_down: impl Fn(&S) -> std::io::Result<()>,
) {
    let fd = FileDescriptor::from_raw(ours.as_raw_fd());
    let client = unsafe { Client::<PolledFd, PolledFd, Native, 2>::polled(fd, fd) };
    let process = block_on(unsafe { client.call(getpid()) }, || client.park()).unwrap();
    assert_eq!(process.into_raw().unsigned_abs(), std::process::id());
    shut_down(&ours).unwrap();
    assert_eq!(server.join().unwrap(), 0);
    let after = block_on(unsafe { client.call(getpid()) }, || client.park());
    assert_eq!(after, Err(SyscallError::NotSent(NotSent::Stream)));
}
