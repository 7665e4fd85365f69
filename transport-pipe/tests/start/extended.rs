//! Started servers with all extensions.

use super::{Room, VM, VM_FILES, alone, call, children, client, descriptors, end, is_hangup, now, raw};
use crate::nested::ask_in_a_batch;
use core::mem::MaybeUninit;
use rsyscall_core::{
    abi::Native,
    batch::{Batch, OnError},
    identifier::Address,
    interface::{NotSent, SyscallInterface},
    memory::MemoryInterface,
    near::{
        process::CloneFlags,
        signal::{Signal, kill},
    },
};
use rsyscall_transport_pipe::{
    Client, Extensions,
    server::{extended_symbol_table, serve_extended_at},
    start::{Ended, Server, Stack, ThisProcess, start_server},
    wire,
};
use std::{
    io::{Read, Write, pipe},
    os::fd::AsRawFd,
};
use syscalls::Sysno;

const ALL: Extensions = Extensions { memory: true, batch: true, link: true };

fn start(stack: Stack, share: CloneFlags) -> Server {
    now(unsafe { start_server(&ThisProcess, extended_symbol_table(), stack, share.with(Signal::CHLD)) })
        .unwrap()
}

/// Everything that the extensions are, in a server that has them, and a call as before.
async fn everything(client: &(impl SyscallInterface<Abi = Native> + MemoryInterface), server: &Server) {
    ask_in_a_batch(client, server.process).await;
    // More than there is room for on the stack.
    let mut batch = Box::new(Batch::<200>::new());
    for _ in 0..200 {
        batch.getpid().unwrap();
    }
    let answers = unsafe { client.batch(&batch, OnError::Continue) }.await.unwrap();
    let process = u64::from(server.process.into_raw().unsigned_abs());
    assert!(answers.words().iter().all(|&answer| answer == Ok(process)));
    // In band, as nothing else was allowed: a bad address is an error.
    let mut byte = [0];
    assert!(unsafe { client.read(Address::from_raw(8), &mut byte) }.await.is_err());
}

/// How much of this process's address space is in use.
fn bytes_mapped() -> u64 {
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
    let ranges = maps.lines().filter_map(|line| line.split_once(' ')?.0.split_once('-'));
    ranges
        .map(|(start, end)| [start, end].map(|address| u64::from_str_radix(address, 16).unwrap()))
        .map(|[start, end]| end - start)
        .sum()
}

#[test]
fn they_have_batches_and_memory_in_band_once_asked() {
    let _alone = alone();
    let (fds, tasks) = (descriptors(), children());
    let mut mapped = vec![bytes_mapped()];
    for _ in 0..10 {
        for share in [VM, VM_FILES, CloneFlags::empty()] {
            let mut room = Room::new();
            let server = start(room.stack(), share);
            {
                let client: Client<_, _, Native, 256> =
                    unsafe { Client::blocking(server.responses, server.requests) };
                assert_eq!(now(client.hello()), Ok(ALL));
                now(everything(&client, &server));
            }
            assert_eq!(end(server), Ended::Exited(0));
        }
        mapped.push(bytes_mapped());
    }
    // The pages of the large batches are gone with the servers in this memory. The test harness and the allocator map
    // something every now and then, but not each time.
    assert!(mapped.windows(2).any(|two| two[1] <= two[0]), "{mapped:?}");
    assert_eq!((descriptors(), children()), (fds, tasks));
}

#[test]
fn before_they_are_asked_they_are_servers_of_the_base_protocol() {
    let _alone = alone();
    let mut room = Room::new();
    let server = start(room.stack(), VM);
    let child = client(&server);
    assert_eq!(child.extensions(), Extensions::default());
    now(async {
        let mut batch = Batch::<2>::new();
        let process = batch.getpid().unwrap();
        batch.getpgid(process).unwrap();
        let refused = unsafe { child.batch(&batch, OnError::Stop) }.await;
        assert_eq!(refused, Err(NotSent::BatchUnsupported.into()));
        let mut batch = Batch::<2>::new();
        let asked = [batch.getpid().unwrap(), batch.getpid().unwrap()];
        let answers = unsafe { child.batch(&batch, OnError::Continue) }.await.unwrap();
        assert_eq!(asked.map(|asked| answers.get(asked)), [Ok(server.process); 2]);
    });
    is_hangup(raw(&child, Sysno::exit, &[3]));
    assert_eq!(end(server), Ended::Exited(3));
}

/// Who knows nothing of the buffer passes none, as clients of the base protocol do.
#[test]
fn they_need_no_buffer() {
    let _alone = alone();
    let mut word = MaybeUninit::<u64>::uninit();
    for (buffer, words) in [(core::ptr::null_mut(), 0), (word.as_mut_ptr(), 1)] {
        let (infd, mut requests) = pipe().unwrap();
        let (mut responses, outfd) = pipe().unwrap();
        let hello = wire::encode_request(wire::HELLO, [1, 7, 0, 0, 0, 0]);
        let batch = wire::encode_request(wire::BATCH, [2, 0, 0, 0, 0, 0]);
        let getpid = wire::encode_request(Sysno::getpid as i64, [0; 6]);
        requests.write_all(&[hello, batch, getpid, getpid].concat()).unwrap();
        drop(requests);
        let serve = |creator| unsafe {
            serve_extended_at(infd.as_raw_fd(), outfd.as_raw_fd(), buffer, words, creator)
        };
        // Whoever is named as its creator and is not its parent is gone, and nothing is served.
        assert_eq!(serve(std::process::id().cast_signed()), -3);
        assert_eq!(serve(std::os::unix::process::parent_id().cast_signed()), 0);
        drop(outfd);
        let mut answers = Vec::new();
        responses.read_to_end(&mut answers).unwrap();
        let (answers, _) = answers.as_chunks::<8>();
        let process = i64::from(std::process::id());
        assert_eq!([1, 2].map(|index| wire::decode_response(answers[index])), [process; 2]);
    }
}

/// Handles signals: where it waits for a request, and between the calls of a batch.
async fn interrupted(client: &impl SyscallInterface<Abi = Native>, server: &Server) {
    let signal = kill(server.process.into(), Signal::USR1);
    call(&ThisProcess, signal).unwrap();
    let mut batch = Batch::<3>::new();
    batch.getpid().unwrap();
    batch.push(signal).unwrap();
    let process = batch.getpid().unwrap();
    let answers = unsafe { client.batch(&batch, OnError::Stop) }.await.unwrap();
    assert_eq!(answers.get(process), Ok(server.process));
}

/// From the start: what transfers go through, the watch's stack, and, as this stack is the smallest, the server's own frames.
#[test]
fn a_server_and_its_watch_keep_to_their_parts_of_the_stack() {
    const TRANSFERS: usize = 4096;
    const WATCH: usize = 5632;
    // AT_MINSIGSTKSZ on aarch64 without SVE, which a server does not use; less on x86_64 without AMX.
    const FRAME: usize = 4720;
    let _alone = alone();
    for signals in [false, true] {
        let mut room = Room(vec![u128::MAX; Stack::MINIMUM / 16]);
        let server = start(room.stack(), VM_FILES);
        {
            let client: Client<_, _, Native, 256> =
                unsafe { Client::blocking(server.responses, server.requests) };
            assert_eq!(now(client.hello()), Ok(ALL));
            if signals {
                now(unsafe { client.enable_interrupt(Signal::USR1) }).unwrap();
                now(interrupted(&client, &server));
            }
            now(everything(&client, &server));
        }
        assert_eq!(end(server), Ended::Exited(0));
        // Wherever it is interrupted, there must be room.
        let free = if signals { 1 } else { FRAME };
        for (lowest, whose, free) in
            [(TRANSFERS, "the watch's", 1), (TRANSFERS + WATCH, "the server's", free)]
        {
            let untouched = room.0[lowest / 16..].iter().take_while(|&&word| word == u128::MAX).count() * 16;
            println!("{untouched} bytes of {whose} part were not touched");
            assert!(untouched >= free, "{untouched} bytes of {whose}");
        }
    }
}
