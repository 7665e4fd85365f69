//! A server with extensions: batches, memory in band, interrupts.

use crate::{Server, child, this_process};
use core::future::{Future, poll_fn};
use core::pin::pin;
use core::task::Poll;
use rsyscall_core::{
    abi::Native,
    batch::{Batch, OnError, ValidBytes},
    block_on,
    identifier::{Address, FileDescriptor},
    interface::{NotSent, SyscallError, SyscallInterface},
    memory::{Arena, MemoryInterface},
    near::{
        fs::{Mode, OFlags},
        io,
        mm::munmap,
        process::getpid,
        signal::Signal,
    },
    syscall::Errno,
};
use rsyscall_transport_pipe::{BlockingFd, Client, Extensions, start::Ended};
use std::io::Read;

const ALL: Extensions = Extensions { memory: true, batch: true, link: true };

/// Path in, open, read, data out, close.
async fn a_file_in_one_round_trip(client: &(impl SyscallInterface + MemoryInterface)) {
    let arena = Arena::map(client, 8192, 4096).await.unwrap();
    let base = arena.mapping().address();
    let mut content = [0; 64];
    let mut batch = Batch::<5>::new();
    batch.write_memory(base, b"/proc/self/stat\0").unwrap();
    let fd = batch.openat(FileDescriptor::AT_FDCWD, base, OFlags::RDONLY, Mode::empty()).unwrap();
    let count = batch.read(fd, base, content.len()).unwrap();
    let valid = batch.read_memory(base, &mut content).unwrap();
    let closed = batch.close(fd).unwrap();
    let answers = unsafe { client.batch(&batch, OnError::Stop) }.await.unwrap();
    assert_eq!(answers.get(count), Ok(64));
    assert_eq!(answers.get(valid), Ok(ValidBytes(64)));
    assert_eq!(answers.get(closed), Ok(()));
    let process = unsafe { client.call(getpid()) }.await.unwrap();
    assert!(content.starts_with(format!("{} ", process.into_raw()).as_bytes()));
    unsafe { arena.unmap() }.await.unwrap();
}

/// Bytes of any length, over page boundaries, and a fault that says how far it got.
async fn memory_passes(client: &(impl SyscallInterface + MemoryInterface)) {
    let arena = Arena::map(client, 5 * 4096, 4096).await.unwrap();
    let base = arena.mapping().address();
    for length in [1, 255, 256, 1023, 1024, 1025, 4096, 10_000] {
        let bytes: Vec<u8> = (0..=250).cycle().take(length).collect();
        let at = base.checked_add(3).unwrap();
        unsafe { client.write(at, &bytes) }.await.unwrap();
        let mut back = vec![0; length];
        unsafe { client.read(at, &mut back) }.await.unwrap();
        assert!(back == bytes, "{length} bytes");
    }
    let (first, last) = arena.mapping().split_at(4 * 4096).unwrap();
    unsafe { client.call(munmap(last.address(), last.length())) }.await.unwrap();
    let at = first.end().checked_sub(5000).unwrap();
    let mut buffer = vec![1; 6000];
    let error = unsafe { client.write(at, &buffer) }.await.unwrap_err();
    assert_eq!((error.done, error.cause), (5000, Errno::EFAULT.into()));
    let error = unsafe { client.read(at, &mut buffer) }.await.unwrap_err();
    assert_eq!((error.done, error.cause), (5000, Errno::EFAULT.into()));
    let error = unsafe { client.read(Address::from_raw(8), &mut buffer) }.await.unwrap_err();
    assert_eq!((error.done, error.cause), (0, Errno::EFAULT.into()));
    unsafe { client.submit_write(last.address(), &buffer[..10]) }.await.unwrap();
    let error = client.barrier().await.unwrap_err();
    assert_eq!((error.address, error.length, error.cause), (last.address(), 10, Errno::EFAULT.into()));
    assert_eq!(client.barrier().await, Ok(()));
    // Twice as many writes as there can be calls, and one of more pieces than that.
    let bytes: Vec<u8> = (0..=250).cycle().take(10_000).collect();
    for (at, byte) in bytes.chunks(1).enumerate().take(16) {
        unsafe { client.submit_write(base.checked_add(at).unwrap(), byte) }.await.unwrap();
    }
    let pid = unsafe { client.call(getpid()) }.await.unwrap();
    assert_eq!(pid.into_raw(), this_process());
    unsafe { client.submit_write(base.checked_add(16).unwrap(), &bytes[16..]) }.await.unwrap();
    let mut back = vec![0; bytes.len()];
    unsafe { client.read(base, &mut back) }.await.unwrap();
    assert!(back == bytes);
    assert_eq!(client.barrier().await, Ok(()));
    unsafe { arena.unmap() }.await.unwrap();
}

#[test]
fn batches_and_memory_at_a_real_server() {
    for server in Server::each(true) {
        let client = server.polled::<8>();
        let all = async {
            assert_eq!(client.hello().await, Ok(ALL));
            a_file_in_one_round_trip(&client).await;
            memory_passes(&client).await;
        };
        block_on(all, || client.park());
        server.finish();
    }
    for server in Server::each(true) {
        let (responses, requests) = server.fds();
        let client: Client<_, _, Native, 8> = unsafe { Client::blocking(responses, requests) };
        block_on(client.hello(), || ()).unwrap();
        block_on(a_file_in_one_round_trip(&client), || ());
        block_on(memory_passes(&client), || ());
        server.finish();
    }
    // With room for pages a piece is written again page by page after a fault.
    let server = Server::on_pipes(true);
    let client = server.polled::<8>().with_memory::<16384>();
    block_on(client.hello(), || client.park()).unwrap();
    block_on(memory_passes(&client), || client.park());
    server.finish();
}

#[test]
fn a_large_batch_goes_through_full_pipes_and_a_blocking_client_refuses_it() {
    const CALLS: usize = 12_000;
    std::thread::Builder::new()
        .stack_size(64 << 20)
        .spawn(|| {
            let server = Server::on_pipes(true);
            let mut batch = Box::new(Batch::<CALLS>::new());
            for _ in 0..CALLS {
                batch.push(getpid()).unwrap();
            }
            {
                let client = server.polled::<CALLS>();
                block_on(client.hello(), || client.park()).unwrap();
                let answers =
                    block_on(unsafe { client.batch(&batch, OnError::Stop) }, || client.park()).unwrap();
                let pid = Ok(this_process().cast_unsigned().into());
                assert!(answers.words().iter().all(|answer| *answer == pid));
                assert_eq!(answers.words().len(), CALLS);
            }
            let (responses, requests) = server.fds();
            let client: Client<BlockingFd, BlockingFd, Native, CALLS> =
                unsafe { Client::blocking(responses, requests) };
            block_on(client.hello(), || ()).unwrap();
            let refused = block_on(unsafe { client.batch(&batch, OnError::Stop) }, || ());
            assert!(matches!(refused, Err(SyscallError::NotSent(NotSent::Full))));
            let small = &mut Batch::<512>::new();
            while small.push(getpid()).is_ok() {}
            let answers = block_on(unsafe { client.batch(small, OnError::Stop) }, || ()).unwrap();
            assert_eq!(answers.words().len(), 512);
            server.finish();
        })
        .unwrap()
        .join()
        .unwrap();
}

#[test]
fn a_call_that_would_block_for_ever_is_interrupted() {
    let child = child();
    {
        let client = unsafe { child.polled_client::<8>() };
        let unsupported = Err(SyscallError::NotSent(NotSent::Unsupported));
        assert_eq!(block_on(client.interrupt(), || client.park()), unsupported);
        block_on(unsafe { client.enable_interrupt(Signal::USR1) }, || client.park()).unwrap();
        let arena = block_on(Arena::map(&client, 4096, 4096), || client.park()).unwrap();
        let ends = arena.reserve(8, 4).unwrap();
        block_on(unsafe { client.call(io::pipe2(ends, OFlags::empty())) }, || client.park()).unwrap();
        let mut bytes = [0; 8];
        block_on(arena.read_bytes(ends, &mut bytes), || client.park()).unwrap();
        let reader = FileDescriptor::from_raw(i32::from_le_bytes(*bytes.first_chunk().unwrap()));
        let mut read = pin!(unsafe { client.call(io::read(reader, ends, 1)) });
        // Sent again and again, as a signal that comes too early is lost.
        let interrupted = poll_fn(|context| {
            let answer = read.as_mut().poll(context);
            if answer.is_pending() {
                assert_eq!(block_on(client.interrupt(), || ()), Ok(()));
                std::thread::yield_now();
                context.waker().wake_by_ref();
            }
            answer
        });
        assert_eq!(block_on(interrupted, || ()), Err(Errno::EINTR.into()));
        assert_eq!(block_on(unsafe { client.call(getpid()) }, || client.park()), Ok(child.process));
    }
    assert_eq!(unsafe { child.finish() }, Ok(Ended::Exited(0)));
}

#[test]
fn a_call_that_blocks_gets_hangup_when_the_interface_is_closed() {
    let server = Server::on_pipes(true);
    let client = server.polled::<4>();
    let (reader, writer) = std::io::pipe().unwrap();
    let mut byte = 0_u8;
    let fd = FileDescriptor::from_raw(std::os::fd::AsRawFd::as_raw_fd(&reader));
    let handle = block_on(
        unsafe {
            client.submit_syscall(io::read(fd, Address::from_pointer(&raw mut byte), 1).encode::<Native>())
        },
        || client.park(),
    );
    let mut handle = pin!(handle.unwrap_or_else(|_| panic!("not submitted")));
    let mut context = core::task::Context::from_waker(core::task::Waker::noop());
    assert!(handle.as_mut().poll(&mut context).is_pending());
    client.close_interface();
    let closed = SyscallError::Hangup(rsyscall_core::interface::Hangup::Closed);
    assert_eq!(handle.as_mut().poll(&mut context), Poll::Ready(Err(closed)));
    // The call ends all the same, and nobody asks for its answer.
    drop(writer);
    let mut answer = [1; 8];
    std::fs::File::from(server.responses.try_clone().unwrap()).read_exact(&mut answer).unwrap();
    assert_eq!(answer, [0; 8]);
    server.finish();
}
