//! A descriptor that is never waited for, whatever the mode of its open file and the kernel's version.

use core::{
    future::Future,
    pin::pin,
    task::{Context, Poll, Waker},
};
use embedded_io_async::Write;
use rsyscall_core::identifier::FileDescriptor;
use rsyscall_transport_pipe::PolledFd;
use std::{
    io::{Read, pipe},
    os::{
        fd::{AsRawFd, OwnedFd},
        unix::net::UnixStream,
    },
    thread,
};

/// More than any pipe or socket takes at once.
const MUCH: usize = 1 << 24;

/// Writes until the stream is full, and then reads all of it.
fn is_filled_without_waiting(writer: OwnedFd, mut reader: impl Read + Send + 'static) {
    let mut stream = unsafe { PolledFd::new(FileDescriptor::from_raw(writer.as_raw_fd())) };
    let bytes = vec![7; MUCH];
    let mut sent = 0;
    loop {
        let written = pin!(stream.write(&bytes)).poll(&mut Context::from_waker(Waker::noop()));
        match written {
            Poll::Ready(count) => sent += count.unwrap(),
            Poll::Pending => break,
        }
    }
    assert!((1..MUCH).contains(&sent), "{sent}");
    drop(writer);
    let read = thread::spawn(move || {
        let mut bytes = Vec::new();
        reader.read_to_end(&mut bytes).unwrap();
        bytes
    });
    assert_eq!(read.join().unwrap(), vec![7; sent]);
}

#[test]
fn a_full_pipe_is_not_waited_for() {
    let (reader, writer) = pipe().unwrap();
    is_filled_without_waiting(writer.into(), reader);
}

#[test]
fn a_full_socket_is_not_waited_for() {
    let (reader, writer) = UnixStream::pair().unwrap();
    is_filled_without_waiting(writer.into(), reader);
}
