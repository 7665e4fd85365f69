//! A descriptor that is never waited for, whatever the mode of its open file and the kernel's version.

use crate::{Polled, Server, this_process};
use core::{
    future::Future,
    pin::pin,
    task::{Context, Poll, Waker},
};
use embedded_io_async::Write;
use rsyscall_core::{
    abi::Native,
    block_on,
    identifier::FileDescriptor,
    interface::{NotSent, SyscallError, SyscallInterface},
    near::process::getpid,
};
use rsyscall_transport_pipe::{BlockingFd, Client, PolledFd};
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

/// Has this many calls submitted that nobody waits for, and then one more made by a client whose callers wait for room.
async fn one_after<R: embedded_io_async::Read, W: Write>(
    client: &Client<R, W, Native, 2>,
    abandoned: usize,
) -> Result<i32, SyscallError> {
    for _ in 0..abandoned {
        let submitted = unsafe { client.submit_syscall(getpid().encode::<Native>()) }.await;
        drop(submitted);
    }
    unsafe { client.call(getpid()) }.await.map(|process| process.into_raw())
}

/// Nobody can take the orphans while the only thread waits for their room.
#[test]
fn who_would_wait_for_ever_is_refused() {
    let server = Server::on_pipes(true);
    {
        let client: Polled<2> = server.polled().with_waiting();
        let parked = |made: &mut usize| {
            *made += 1;
            assert!(*made < 100, "it spins");
            client.park();
        };
        let mut made = 0;
        assert_eq!(block_on(one_after(&client, 1), || parked(&mut made)), Ok(this_process()));
        assert_eq!(block_on(one_after(&client, 1), || parked(&mut made)), Err(NotSent::Full.into()));
        assert!(client.take_orphan().is_some());
        assert_eq!(block_on(one_after(&client, 0), || parked(&mut made)), Ok(this_process()));
        assert!(client.take_orphan().is_some());
        // Nor can what was answered be taken.
        let submit = || unsafe { client.submit_syscall(getpid().encode::<Native>()) };
        let handles = [(); 2].map(|()| block_on(submit(), || client.park()));
        assert_eq!(block_on(one_after(&client, 0), || parked(&mut made)), Err(NotSent::Full.into()));
        for handle in handles {
            let process = block_on(handle.unwrap_or_else(|_| unreachable!()), || parked(&mut made));
            assert_eq!(process.map(|process| process.into_raw()), Ok(this_process()));
        }
    }
    let (responses, requests) = server.fds();
    {
        let client: Client<BlockingFd, BlockingFd, Native, 2> =
            unsafe { Client::blocking(responses, requests) }.with_waiting();
        let never = || unreachable!("it waits");
        assert_eq!(block_on(one_after(&client, 1), never), Ok(this_process()));
        assert_eq!(block_on(one_after(&client, 1), never), Err(NotSent::Full.into()));
        assert!(client.take_orphan().is_some());
        assert_eq!(block_on(one_after(&client, 0), never), Ok(this_process()));
    }
    server.finish();
}
