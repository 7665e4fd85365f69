//! A round trip over a pair of pipes, and many calls in one.

use super::{
    child::{Child, Pipes},
    memory::{ROOM, SIZES},
};
use crate::{
    arch, cores,
    operation::{Operation, Run, whole},
};
use anyhow::Result;
use std::{
    convert::Infallible,
    io::{PipeReader, Read, Write},
    os::fd::AsRawFd,
};
use syscalls::Sysno;

const REQUEST: usize = 56;
const RESPONSE: usize = 8;

pub(super) fn operations() -> Vec<Operation> {
    let mut operations = vec![
        Operation::new("raw pipe round trip", 1, || Ok(round_trip(Answering::new()?))),
        Operation::new("raw pipe round trip, watched", 1, watched),
        Operation::new(format!("raw pipe round trip, {}", cores::OTHER_CORE), 1, || {
            let server = Answering::new()?;
            cores::move_away(server.child.pid)?;
            Ok(round_trip(server))
        }),
        Operation::new(format!("raw pipe, 64 calls in one write, {}", cores::OTHER_CORE), 64, || {
            let (pipes, child) = performing()?;
            cores::move_away(child.pid)?;
            Ok(in_one_write(64, pipes, child))
        }),
    ];
    operations.extend([8, 64].map(pipelined));
    operations.extend([8, 64, 512].map(bulk));
    operations.extend(SIZES.into_iter().flat_map(|bytes| [carried(bytes, true), carried(bytes, false)]));
    operations
}

/// A server that makes no call, and our ends of its pipes.
struct Answering {
    pipes: Pipes,
    child: Child,
}

impl Answering {
    fn new() -> Result<Self> {
        let pipes = Pipes::new()?;
        let (infd, outfd) = pipes.theirs();
        let child = Child::fork(|| answer(infd, outfd))?;
        Ok(Self { pipes, child })
    }

    fn send(&mut self) {
        assert!(self.pipes.requests.write(&[0; REQUEST]).is_ok_and(|count| count == REQUEST));
    }

    fn receive(&mut self) {
        assert!(self.pipes.responses.read(&mut [0; RESPONSE]).is_ok_and(|count| count == RESPONSE));
    }
}

/// 56 bytes there and 8 back; the other end makes no call.
fn round_trip(mut server: Answering) -> Run {
    whole(move || {
        server.send();
        server.receive();
    })
}

/// The same where the end of the responses says nothing: before they are read, they and something else are polled.
fn watched() -> Result<Run> {
    let mut server = Answering::new()?;
    let (watch, never) = std::io::pipe()?;
    Ok(whole(move || {
        let _never = &never;
        server.send();
        poll([&server.pipes.responses, &watch]);
        server.receive();
    }))
}

/// Waits until the first of them can be read.
fn poll(readers: [&PipeReader; 2]) {
    let mut entries =
        readers.map(|reader| libc::pollfd { fd: reader.as_raw_fd(), events: libc::POLLIN, revents: 0 });
    let address = entries.as_mut_ptr().expose_provenance() as u64;
    // SAFETY: the kernel writes what it found to the two entries.
    assert_eq!(unsafe { arch::call(Sysno::ppoll, [address, 2, 0, 0, 0, 0]) }, 1);
    assert_eq!(entries[0].revents, libc::POLLIN);
}

/// The same with each of so many servers in its turn.
pub(crate) fn round_trips(count: u32) -> Operation {
    Operation::new(format!("raw pipe round trips, {count} servers"), count, move || {
        let mut servers = (0..count).map(|_| Answering::new()).collect::<Result<Vec<_>>>()?;
        Ok(whole(move || {
            for server in &mut servers {
                server.send();
                server.receive();
            }
        }))
    })
}

/// So many requests, each in a write of its own, before the first response is read.
pub(crate) fn pipelined(count: u32) -> Operation {
    Operation::new(format!("raw pipe, {count} requests ahead"), count, move || {
        let mut server = Answering::new()?;
        Ok(whole(move || {
            (0..count).for_each(|_| server.send());
            (0..count).for_each(|_| server.receive());
        }))
    })
}

/// The loop that answers whatever it is asked.
fn answer(infd: i32, outfd: i32) -> Infallible {
    // SAFETY: the label is a function of two descriptors that does not return.
    let answer: extern "C" fn(i32, i32) -> Infallible =
        unsafe { std::mem::transmute(&raw const arch::bench_answer) };
    answer(infd, outfd)
}

/// So many calls in one write, whose answers come in one read if the pipe lets them.
pub(crate) fn bulk(calls: u32) -> Operation {
    Operation::new(format!("raw pipe, {calls} calls in one write"), calls, move || {
        let (pipes, child) = performing()?;
        Ok(in_one_write(calls as usize, pipes, child))
    })
}

/// A server that performs what it is asked.
fn performing() -> Result<(Pipes, Child)> {
    let pipes = Pipes::new()?;
    let (infd, outfd) = pipes.theirs();
    Ok((pipes, Child::fork(|| perform(infd, outfd))?))
}

fn in_one_write(calls: usize, mut pipes: Pipes, child: Child) -> Run {
    let mut request = [0; REQUEST];
    request[..8].copy_from_slice(&(Sysno::getppid as u64).to_le_bytes());
    let requests = request.repeat(calls);
    let mut responses = vec![0; calls * RESPONSE];
    let parent = u64::from(std::process::id());
    whole(move || {
        let _child = &child;
        assert!(pipes.requests.write_all(&requests).is_ok());
        assert!(pipes.responses.read_exact(&mut responses).is_ok());
        assert!(responses.as_chunks().0.iter().all(|word| u64::from_le_bytes(*word) == parent));
    })
}

/// So many bytes with responses, or with requests, [`ROOM`] at most with each.
pub(crate) fn carried(bytes: usize, reads: bool) -> Operation {
    let what = if reads { "read" } else { "write" };
    Operation::new(format!("raw pipe, {what} {bytes} B"), 1, move || {
        let lengths = move || (0..bytes).step_by(ROOM).map(move |from| (bytes - from).min(ROOM));
        let most = bytes.min(ROOM);
        let (to, from) = if reads { (0, most) } else { (most, 0) };
        let request = vec![7; REQUEST + to];
        let mut response = vec![0; RESPONSE + from];
        let Pipes { mut requests, mut responses, mut their_requests, mut their_responses } = Pipes::new()?;
        let (mut theirs, answer) = (request.clone(), vec![7; response.len()]);
        let split =
            move |length| if reads { (REQUEST, RESPONSE + length) } else { (REQUEST + length, RESPONSE) };
        let child = Child::fork(|| {
            // A child of a process that ends is killed.
            loop {
                for (request, response) in lengths().map(split) {
                    let _ = their_requests.read_exact(&mut theirs[..request]);
                    let _ = their_responses.write_all(&answer[..response]);
                }
            }
        })?;
        Ok(whole(move || {
            let _child = &child;
            for (to, from) in lengths().map(split) {
                assert!(requests.write_all(&request[..to]).is_ok());
                assert!(responses.read_exact(&mut response[..from]).is_ok());
                assert!(response[0] == 7 && response[from - 1] == 7);
            }
        }))
    })
}

/// Reads up to 16 KiB of requests, performs them, and writes their answers in one write.
fn perform(infd: i32, outfd: i32) -> Infallible {
    let mut bytes = [0; 16384];
    let mut answers = [0; 16384 / REQUEST * RESPONSE];
    let mut there = 0;
    loop {
        let free = &mut bytes[there..];
        let words = [infd as u64, free.as_mut_ptr().expose_provenance() as u64, free.len() as u64, 0, 0, 0];
        // SAFETY: the kernel fills what is free.
        let count = unsafe { arch::call(Sysno::read, words) };
        let Ok(count @ 1..) = usize::try_from(count) else {
            // SAFETY: it ends this child, which shares nothing that it would have to put away.
            unsafe { libc::_exit(0) };
        };
        there += count;
        let whole = there / REQUEST;
        for (request, answer) in
            bytes.chunks_exact(REQUEST).zip(answers.chunks_exact_mut(RESPONSE)).take(whole)
        {
            let (words, _) = request.as_chunks::<8>();
            let [number, arguments @ ..] = std::array::from_fn::<_, 7, _>(|i| u64::from_le_bytes(words[i]));
            let Some(number) = Sysno::new(number as usize) else { continue };
            // SAFETY: this process asked for it.
            let returned = unsafe { arch::call(number, arguments) };
            answer.copy_from_slice(&returned.to_le_bytes());
        }
        bytes.copy_within(whole * REQUEST..there, 0);
        there -= whole * REQUEST;
        let address = answers.as_ptr().expose_provenance() as u64;
        let words = [outfd as u64, address, (whole * RESPONSE) as u64, 0, 0, 0];
        // SAFETY: the kernel reads the answers.
        unsafe { arch::call(Sysno::write, words) };
    }
}
