//! Memory through a server that knows nothing but system calls.

use crate::{Polled, Server, this_process};
use rsyscall_core::{
    batch::{Answers, Batch, OnError, ValidBytes, one_by_one},
    block_on,
    interface::{NotSent, SyscallInterface},
    memory::{Arena, MemoryInterface},
    near::{mm::munmap, process::getpid},
    syscall::Errno,
};
use rsyscall_transport_pipe::{Extensions, Original};

/// Asks such a server, over sockets and over pipes, and whether somebody hands the bytes on or not.
fn ask(questions: impl AsyncFn(&Polled<4>)) {
    for (sockets, relayed) in [(true, false), (true, true), (false, false), (false, true)] {
        let server = if sockets { Server::on_sockets(false) } else { Server::on_pipes(false) };
        let original = Original { infd: server.infd, outfd: server.outfd, sockets, relayed };
        let client = unsafe { server.polled::<4>().with_original_memory(original) };
        let all = async {
            assert_eq!(client.hello().await, Ok(Extensions::default()));
            questions(&client).await;
        };
        block_on(all, || client.park());
        drop(client);
        server.finish();
    }
}

#[test]
fn memory_passes_by_calls_on_the_servers_own_streams() {
    ask(async |client| {
        let arena = Arena::map(client, 3 * 4096, 4096).await.unwrap();
        let base = arena.mapping().address();
        for length in [1, 255, 256, 257, 5000] {
            let bytes: Vec<u8> = (0..=250).cycle().take(length).collect();
            let at = base.checked_add(3).unwrap();
            unsafe { client.write(at, &bytes) }.await.unwrap();
            let mut back = vec![0; length];
            unsafe { client.read(at, &mut back) }.await.unwrap();
            assert!(back == bytes, "{length} bytes");
        }
        // In a batch it cannot go along, but it can entry by entry.
        let mut back = [0; 5];
        let mut batch = Batch::<3>::new();
        batch.write_memory(base, b"bytes").unwrap();
        let process = batch.getpid().unwrap();
        let valid = batch.read_memory(base, &mut back).unwrap();
        let refused = unsafe { client.batch(&batch, OnError::Stop) }.await;
        assert_eq!(refused, Err(NotSent::BatchUnsupported.into()));
        let mut answers = Answers::new();
        unsafe { one_by_one(client, client, &batch, OnError::Stop, &mut answers) }.await;
        assert_eq!(answers.get(process).unwrap().into_raw(), this_process());
        assert_eq!(answers.get(valid), Ok(ValidBytes(5)));
        assert_eq!(&back, b"bytes");
        unsafe { arena.unmap() }.await.unwrap();
    });
}

#[test]
fn a_bad_address_costs_the_access_and_not_the_connection() {
    ask(async |client| {
        let arena = Arena::map(client, 2 * 4096, 4096).await.unwrap();
        let (first, last) = arena.mapping().split_at(4096).unwrap();
        unsafe { client.call(munmap(last.address(), last.length())) }.await.unwrap();
        let at = first.end().checked_sub(300).unwrap();
        let mut buffer = vec![1; 400];
        let error = unsafe { client.write(at, &buffer) }.await.unwrap_err();
        assert_eq!((error.done, error.cause), (300, Errno::EFAULT.into()));
        let error = unsafe { client.read(at, &mut buffer) }.await.unwrap_err();
        assert_eq!((error.done, error.cause), (300, Errno::EFAULT.into()));
        assert_eq!(unsafe { client.call(getpid()) }.await.unwrap().into_raw(), this_process());
        unsafe { arena.unmap() }.await.unwrap();
    });
}
