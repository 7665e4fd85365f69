//! A process behind two pipes: its client, its server, and starting it.

use crate::{ask, ask_batch, marked, names};
use core::task::{Context, Waker};
use rsyscall_core::{
    abi::Native,
    block_on,
    identifier::{Address, FileDescriptor},
    interface::SyscallInterface,
    memory::{Arena, MemoryInterface},
    near::{
        process::{CloneFlags, getppid},
        signal::Signal,
    },
};
use rsyscall_tests::{
    count::{Made, calls, mark},
    programs,
};
use rsyscall_transport_pipe::{
    Client,
    server::{serve, symbol_table},
    start::{Child, Stack, ThisProcess, finish, start_server},
    wire,
};
use std::{
    fs::File,
    io::{Read, Write},
    os::fd::AsRawFd,
};
use syscalls::Sysno;

const READS: [Sysno; 5] = [Sysno::read, Sysno::readv, Sysno::preadv2, Sysno::recvfrom, Sysno::recvmsg];
const WRITES: [Sysno; 5] = [Sysno::write, Sysno::writev, Sysno::pwritev2, Sysno::sendto, Sysno::sendmsg];

/// The bytes of one of each on the wire.
const REQUEST: i64 = 56;
const RESPONSE: i64 = 8;

/// How many calls of these there are, and how many bytes they moved.
fn moved(made: &[Made], of: &[Sysno]) -> (usize, i64) {
    let these = made.iter().filter(|made| of.contains(&made.call));
    these.fold((0, 0), |(count, bytes), call| (count + 1, bytes + call.returned))
}

fn server() -> Child {
    Child::start(&programs::server()).unwrap()
}

#[test]
fn a_call_of_a_blocking_client_is_one_write_and_one_read() {
    let sections = calls(|| {
        let child = server();
        // SAFETY: the streams are the child's and nobody else uses them.
        let client = unsafe { child.client::<8>() };
        // The first finds out how the kernel can write.
        ask(&client);
        marked(|| ask(&client));
        // SAFETY: nobody uses the streams any more.
        unsafe { child.finish() }.unwrap();
    });
    let [made] = &sections[..] else { panic!("{sections:?}") };
    assert_eq!(made.len(), 2, "{made:?}");
    assert_eq!(moved(&made[..1], &WRITES), (1, REQUEST), "{made:?}");
    assert_eq!(moved(&made[1..], &READS), (1, RESPONSE), "{made:?}");
}

#[test]
fn the_server_reads_performs_and_writes() {
    let sections = calls(|| {
        let (mut requests, mut responses) = (std::io::pipe().unwrap(), std::io::pipe().unwrap());
        let request = wire::encode_request(Sysno::getppid as i64, [0; 6]);
        requests.1.write_all(&[request, request].concat()).unwrap();
        drop(requests.1);
        mark();
        // SAFETY: the requests are two calls of getppid.
        let status = unsafe { serve(requests.0.as_raw_fd(), responses.1.as_raw_fd()) };
        mark();
        assert_eq!(status, 0);
        let mut answers = [0; 2 * wire::RESPONSE];
        responses.0.read_exact(&mut answers).unwrap();
    });
    let [made] = &sections[..] else { panic!("{sections:?}") };
    // The first write may find out how the kernel can write; the last read finds the end.
    let second = made.iter().rposition(|made| made.call == Sysno::getppid).unwrap();
    let [read, performed, written, end] = &made[second - 1..] else { panic!("{made:?}") };
    assert_eq!(moved(&[*read], &READS), (1, REQUEST), "{made:?}");
    assert_eq!(performed.call, Sysno::getppid);
    assert_eq!(moved(&[*written], &WRITES), (1, RESPONSE), "{made:?}");
    assert_eq!(moved(&[*end], &READS), (1, 0), "{made:?}");
}

/// The calls that a batch of so many takes.
fn batch_of<const N: usize>() -> (usize, Vec<Made>) {
    let mut sections = calls(|| {
        let child = server();
        // SAFETY: the streams are the child's and nobody else uses them.
        let client = unsafe { child.client::<N>() };
        assert!(block_on(client.hello(), || ()).unwrap().batch);
        marked(|| ask_batch::<N>(&client));
        // SAFETY: nobody uses the streams any more.
        unsafe { child.finish() }.unwrap();
    });
    (N, sections.pop().unwrap())
}

#[test]
fn a_batch_of_a_blocking_client_is_one_write_and_one_read() {
    for (count, made) in [batch_of::<1>(), batch_of::<2>(), batch_of::<64>(), batch_of::<512>()] {
        let count = i64::try_from(count).unwrap();
        // A batch of one is a call.
        let header = if count > 1 { REQUEST } else { 0 };
        assert_eq!(made.len(), 2, "{made:?}");
        assert_eq!(moved(&made[..1], &WRITES), (1, header + count * REQUEST), "{made:?}");
        assert_eq!(moved(&made[1..], &READS), (1, count * RESPONSE), "{made:?}");
    }
}

/// Each caller's request is written when it is first polled; what was answered meanwhile is read at once.
#[test]
fn calls_in_flight_are_one_write_each_and_few_reads() {
    const CALLERS: i64 = 16;
    let sections = calls(|| {
        let child = server();
        // SAFETY: the streams are the child's and nobody else uses them.
        let client = unsafe { child.polled_client::<16>() };
        // SAFETY: getppid takes nothing and changes nothing.
        let call = || unsafe { client.call(getppid()) };
        block_on(call(), || client.park()).unwrap();
        let mut callers: Vec<_> = (0..CALLERS).map(|_| Box::pin(call())).collect();
        let context = &mut Context::from_waker(Waker::noop());
        mark();
        callers.retain_mut(|call| call.as_mut().poll(context).is_pending());
        while !callers.is_empty() {
            client.park();
            callers.retain_mut(|call| call.as_mut().poll(context).is_pending());
        }
        mark();
        // SAFETY: nobody uses the streams any more.
        unsafe { child.finish() }.unwrap();
    });
    let [made] = &sections[..] else { panic!("{sections:?}") };
    // An allocator may give pages back.
    let made: &Vec<_> = &made.iter().copied().filter(|made| made.call != Sysno::munmap).collect();
    assert_eq!(moved(made, &WRITES), (16, CALLERS * REQUEST), "{made:?}");
    let read: Vec<_> = made.iter().copied().filter(|made| made.returned > 0).collect();
    let (reads, bytes) = moved(&read, &READS);
    assert_eq!(bytes, CALLERS * RESPONSE, "{made:?}");
    assert!((1..=16).contains(&reads), "{made:?}");
    // Each of the others found nothing: one for a caller at most whenever all are polled.
    let waits = made.iter().filter(|made| made.call == Sysno::ppoll).count();
    let empty = moved(made, &READS).0 - reads;
    assert_eq!(made.len(), 16 + reads + empty + waits, "{made:?}");
    assert!(empty <= 16 * (1 + reads + waits), "{made:?}");
}

/// Moves so many bytes to a child and back, and gives the calls that each took.
fn transfers(length: usize, file: bool) -> [Vec<Made>; 2] {
    let mut sections = calls(|| {
        let child = server();
        let mut bytes = vec![1; length];
        // SAFETY: the streams are the child's and nobody else uses them.
        let mut client = unsafe { child.client::<8>() };
        ask(&client);
        let path = format!("/proc/{}/mem", child.process.into_raw());
        let memory = File::options().read(true).write(true).open(path).unwrap();
        if file {
            // SAFETY: it is the child's, and open until the end of this block.
            client = unsafe { client.with_memory_file(FileDescriptor::from_raw(memory.as_raw_fd())) };
        }
        let page = rsyscall_tests::page_size();
        let arena = block_on(Arena::map(&client, length.next_multiple_of(page), page), || ()).unwrap();
        let there = arena.mapping().address();
        // SAFETY: the bytes are the arena's.
        marked(|| block_on(unsafe { client.write(there, &bytes) }, || ()).unwrap());
        bytes.fill(0);
        // SAFETY: as above.
        marked(|| block_on(unsafe { client.read(there, &mut bytes) }, || ()).unwrap());
        assert!(bytes.iter().all(|&byte| byte == 1));
        drop(client);
        // SAFETY: nobody uses the streams any more.
        unsafe { child.finish() }.unwrap();
    });
    let read = sections.pop().unwrap();
    [sections.pop().unwrap(), read]
}

#[test]
fn memory_of_a_child_is_one_call() {
    for (length, file, expected) in [
        (8, false, [Sysno::process_vm_writev, Sysno::process_vm_readv]),
        (1 << 20, false, [Sysno::process_vm_writev, Sysno::process_vm_readv]),
        (8, true, [Sysno::pwrite64, Sysno::pread64]),
        (4096, true, [Sysno::pwrite64, Sysno::pread64]),
        (4097, true, [Sysno::process_vm_writev, Sysno::process_vm_readv]),
    ] {
        let [write, read] = transfers(length, file);
        assert_eq!([names(&write), names(&read)], expected.map(|call| vec![call]), "{length} bytes");
        for made in [write, read] {
            assert_eq!(usize::try_from(made[0].returned), Ok(length));
        }
    }
}

#[test]
fn memory_in_band_is_one_round_trip_a_piece() {
    // The client has room for so many bytes.
    const ROOM: i64 = 1024;
    for length in [8, ROOM, 4 * ROOM] {
        let size = usize::try_from(length).unwrap();
        let sections = calls(|| {
            let child = server();
            // SAFETY: the streams are the child's and nobody else uses them.
            let client: Client<_, _, Native, 8> =
                unsafe { Client::blocking(child.responses, child.requests) };
            assert!(block_on(client.hello(), || ()).unwrap().memory);
            let page = rsyscall_tests::page_size();
            let arena = block_on(Arena::map(&client, size.next_multiple_of(page), page), || ()).unwrap();
            let there = arena.mapping().address();
            let mut bytes = vec![1; size];
            // SAFETY: the bytes are the arena's.
            marked(|| block_on(unsafe { client.write(there, &bytes) }, || ()).unwrap());
            // SAFETY: as above.
            marked(|| block_on(unsafe { client.read(there, &mut bytes) }, || ()).unwrap());
            // SAFETY: nobody uses the streams any more.
            unsafe { child.finish() }.unwrap();
        });
        let [write, read] = &sections[..] else { panic!("{sections:?}") };
        let pieces = (length + ROOM - 1) / ROOM;
        let times = usize::try_from(pieces).unwrap();
        assert_eq!(moved(write, &WRITES), (times, pieces * REQUEST + length), "{write:?}");
        assert_eq!(moved(write, &READS), (times, pieces * RESPONSE), "{write:?}");
        assert_eq!(write.len(), 2 * times, "{write:?}");
        assert_eq!(moved(read, &WRITES), (times, pieces * REQUEST), "{read:?}");
        // The bytes and the word behind them are written by two calls, between which one who reads may be awake.
        let (reads, bytes) = moved(read, &READS);
        assert_eq!(bytes, length + pieces * RESPONSE, "{read:?}");
        assert!((times..=2 * times).contains(&reads), "{read:?}");
        assert_eq!(read.len(), times + reads, "{read:?}");
    }
}

#[test]
fn starting_takes_few_calls() {
    let sections = calls(|| {
        mark();
        let child = server();
        mark();
        // SAFETY: nobody uses the streams.
        unsafe { child.finish() }.unwrap();

        let mut room = vec![0_u128; Stack::MINIMUM / 16];
        let stack = Stack { start: Address::from_pointer(room.as_mut_ptr()), length: Stack::MINIMUM };
        let flags = CloneFlags::VM.with(Signal::CHLD);
        mark();
        // SAFETY: the room is kept until the server has ended, and the addresses are this process's.
        let server = block_on(unsafe { start_server(&ThisProcess, symbol_table(), stack, flags) }, || ());
        mark();
        // SAFETY: nobody uses its streams.
        block_on(unsafe { finish(&ThisProcess, server.unwrap()) }, || ()).unwrap();
    });
    let [program, task] = &sections[..] else { panic!("{sections:?}") };
    use Sysno::{clone3, close, pipe2, read, write};
    assert_eq!(names(program), [pipe2, pipe2, write, clone3, close, close, read]);
    // What is written to memory and read from it goes through the kernel, which is asked who this process is.
    let without_memory: Vec<_> = names(task)
        .into_iter()
        .filter(|call| ![Sysno::getpid, Sysno::process_vm_readv, Sysno::process_vm_writev].contains(call))
        .collect();
    assert_eq!(without_memory, [pipe2, pipe2, write, clone3, close, read, close]);
    assert_eq!(task.len() - without_memory.len(), 2 * 4, "{task:?}");
}
