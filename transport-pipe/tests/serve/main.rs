//! The server, in a thread of this process, spoken to in bytes.
#![expect(
    unsafe_code,
    clippy::undocumented_unsafe_blocks,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "the server does what the test asks, to memory of the test"
)]

mod base;
mod batch;
mod connect;
mod extended;
mod persistent;

use core::mem::MaybeUninit;
use rsyscall_transport_pipe::{
    server::{serve, serve_extended},
    wire,
};
use std::{
    io::{PipeReader, PipeWriter, Read, Write, pipe},
    os::{fd::AsRawFd, unix::net::UnixStream},
    thread::JoinHandle,
};
use syscalls::Sysno;

const EFAULT: i64 = -14;
const EINVAL: i64 = -22;
const ENOSYS: i64 = -38;
const EPROTO: i32 = -71;

/// A server of the base protocol on a pair of pipes.
fn on_pipes() -> (PipeWriter, PipeReader, JoinHandle<i32>) {
    let (infd, requests) = pipe().unwrap();
    let (responses, outfd) = pipe().unwrap();
    let server = std::thread::spawn(move || unsafe { serve(infd.as_raw_fd(), outfd.as_raw_fd()) });
    (requests, responses, server)
}

/// A server of the base protocol on one end of a socket, whose number there is given, too.
fn on_socket() -> (UnixStream, u64, JoinHandle<i32>) {
    let (ours, theirs) = UnixStream::pair().unwrap();
    let fd = theirs.as_raw_fd();
    let server = std::thread::spawn(move || unsafe { serve(theirs.as_raw_fd(), theirs.as_raw_fd()) });
    (ours, u64::from(fd.unsigned_abs()), server)
}

/// A connection to a server with all extensions.
struct Extended {
    requests: Option<Box<dyn Write>>,
    responses: Box<dyn Read>,
    server: JoinHandle<i32>,
}

impl Extended {
    /// On a pair of pipes, with a buffer of so many words.
    fn on_pipes(words: usize) -> Self {
        let (infd, requests) = pipe().unwrap();
        let (responses, outfd) = pipe().unwrap();
        let server = std::thread::spawn(move || {
            let mut buffer = vec![MaybeUninit::uninit(); words];
            unsafe { serve_extended(infd.as_raw_fd(), outfd.as_raw_fd(), &mut buffer) }
        });
        Self { requests: Some(Box::new(requests)), responses: Box::new(responses), server }
    }

    /// On a socket.
    fn on_socket(words: usize) -> Self {
        let (ours, theirs) = UnixStream::pair().unwrap();
        let server = std::thread::spawn(move || {
            let mut buffer = vec![MaybeUninit::uninit(); words];
            unsafe { serve_extended(theirs.as_raw_fd(), theirs.as_raw_fd(), &mut buffer) }
        });
        let responses = ours.try_clone().unwrap();
        Self { requests: Some(Box::new(Ours(ours))), responses: Box::new(responses), server }
    }

    /// Each kind, greeted with all features wanted.
    fn each(words: usize) -> [Self; 2] {
        let mut both = [Self::on_pipes(words), Self::on_socket(words)];
        for one in &mut both {
            one.hello(wire::FEATURES);
        }
        both
    }

    fn send(&mut self, bytes: &[u8]) {
        self.requests.as_mut().unwrap().write_all(bytes).unwrap();
    }

    fn ask(&mut self, number: i64, arguments: &[u64]) -> i64 {
        self.send(&request(number, arguments));
        response(&mut self.responses)
    }

    fn hello(&mut self, features: u32) {
        let hello = wire::Hello {
            version: 1,
            abi: <rsyscall_core::abi::Native as rsyscall_core::abi::Abi>::WIRE_ID,
            features,
        };
        assert_eq!(self.ask(wire::HELLO, &[1, features.into()]), hello.encode());
    }

    fn bytes(&mut self, length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        self.responses.read_exact(&mut bytes).unwrap();
        bytes
    }

    fn answers(&mut self, count: usize) -> Vec<i64> {
        (0..count).map(|_| response(&mut self.responses)).collect()
    }

    /// Asserts that the streams are in step, then ends the connection, which must be a clean end.
    fn finish(mut self) {
        assert_eq!(self.ask(Sysno::getpid as i64, &[]), process());
        assert_eq!(self.end(), 0);
    }

    /// Ends the requests. What the server returned; there must be no byte left.
    fn end(mut self) -> i32 {
        drop(self.requests.take());
        match self.responses.read(&mut [0]) {
            Ok(count) => assert_eq!(count, 0),
            // A socket that was closed with bytes in it that nobody read.
            Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset),
        }
        self.server.join().unwrap()
    }
}

/// A socket whose other end sees the end when this is dropped, though the socket is still read from.
struct Ours(UnixStream);

impl Write for Ours {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Drop for Ours {
    fn drop(&mut self) {
        // The server may have closed its end.
        let _ = self.0.shutdown(std::net::Shutdown::Write);
    }
}

/// Four mapped pages of which the last is then unmapped: their address.
fn three_pages() -> (u64, u64) {
    let page = 65536;
    let call = |number, arguments| unsafe { rsyscall_transport_local::raw_syscall(number as i64, arguments) };
    let address = call(Sysno::mmap, [0, 4 * page, 3, 0x22, u64::MAX, 0]);
    assert!(address > 0);
    let address = address.unsigned_abs();
    assert_eq!(call(Sysno::munmap, [address + 3 * page, page, 0, 0, 0, 0]), 0);
    (address, address + 3 * page)
}

fn address_of<T>(memory: &T) -> u64 {
    (&raw const *memory).expose_provenance() as u64
}

fn process() -> i64 {
    i64::from(std::process::id())
}

fn request(number: i64, arguments: &[u64]) -> [u8; wire::REQUEST] {
    let mut six = [0; 6];
    six[..arguments.len()].copy_from_slice(arguments);
    wire::encode_request(number, six)
}

fn response(from: &mut impl Read) -> i64 {
    let mut bytes = [0; wire::RESPONSE];
    from.read_exact(&mut bytes).unwrap();
    wire::decode_response(bytes)
}

fn getpid_works(stream: &mut (impl Read + Write)) {
    stream.write_all(&request(Sysno::getpid as i64, &[])).unwrap();
    assert_eq!(response(stream), process());
}

fn fd_word(fd: &impl AsRawFd) -> u64 {
    u64::from(fd.as_raw_fd().unsigned_abs())
}
