//! Batches: one write and one read, and every executed entry's outcome exactly once.

use crate::{
    Future_, TestClient, call, extended, flow, in_step, poll, poll_once,
    script::{FAIL, MEMORY, PLUS_1000, Shared},
    stop,
};
use core::task::Poll;
use rsyscall_core::{
    abi::X86_64,
    batch::{Answers, Batch, OnError, ValidBytes},
    identifier::{Address, FileDescriptor, Process},
    interface::{NotSent, SyscallError, SyscallInterface},
    near,
    near::process::getpgid,
    syscall::Errno,
};
use rsyscall_transport_pipe::wire::{self, FEATURE_BATCH, FEATURE_LINK, FEATURE_MEMORY, FEATURES};

type BatchCall<'c, const M: usize> = Future_<'c, Result<Answers<M>, SyscallError>>;

pub(crate) fn start<'c, const N: usize, const B: usize, const M: usize>(
    client: &'c TestClient<N, B>,
    batch: &'c Batch<'_, M>,
    on_error: OnError,
) -> BatchCall<'c, M> {
    Box::pin(unsafe { client.batch(batch, on_error) })
}

/// What the scripted server makes of these is known by their numbers: getpid is 39, uname would be 63.
const fn numbers_are_as_expected() {
    assert!(near::process::getpid().operation().x86_64 as i64 == PLUS_1000);
    // sendfile, a call with six words to play with, fails with its first argument.
    assert!(
        near::io::sendfile(FileDescriptor::from_raw(0), FileDescriptor::from_raw(0), Address::NULL, 0)
            .operation()
            .x86_64 as i64
            == FAIL
    );
}
const _: () = numbers_are_as_expected();

fn failing(errno: i32) -> rsyscall_core::syscall::Instruction<usize> {
    near::io::sendfile(FileDescriptor::from_raw(errno), FileDescriptor::from_raw(0), Address::NULL, 0)
}

/// getpid three times, with a failure in the middle.
fn three() -> Batch<'static, 3> {
    let mut batch = Batch::new();
    batch.push(near::process::getpid()).unwrap();
    batch.push(failing(2)).unwrap();
    batch.push(near::process::getpid()).unwrap();
    batch
}

const ENOENT: Result<u64, SyscallError> = Err(SyscallError::Errno(Errno::ENOENT));
const STOPPED: Result<u64, SyscallError> = Err(SyscallError::NotSent(NotSent::BatchStopped));

#[test]
fn a_batch_is_one_write_and_one_read() {
    for (on_error, last, features) in [
        (OnError::Continue, Ok(1000), FEATURES),
        (OnError::Stop, STOPPED, FEATURES),
        (OnError::Stop, STOPPED, FEATURE_BATCH),
    ] {
        let (script, client) = extended::<4, 64>(features);
        let (written, read) = (script.borrow().written, script.borrow().read);
        let batch = three();
        let mut future = start(&client, &batch, on_error);
        flow(&script);
        let Poll::Ready(Ok(answers)) = poll_once(&mut future) else { panic!("no answers") };
        assert_eq!(answers.words(), [Ok(1000), ENOENT, last]);
        assert_eq!((script.borrow().written - written, script.borrow().read - read), (1, 1));
    }
}

#[test]
fn without_batches_it_is_pipelined_where_nothing_depends_on_anything() {
    let (script, client) = extended::<4, 64>(0);
    let (written, read) = (script.borrow().written, script.borrow().read);
    let batch = three();
    flow(&script);
    let Poll::Ready(Ok(answers)) = poll_once(&mut start(&client, &batch, OnError::Continue)) else {
        panic!("no answers")
    };
    assert_eq!(answers.words(), [Ok(1000), ENOENT, Ok(1000)]);
    assert_eq!((script.borrow().written - written, script.borrow().read - read), (1, 1));
    in_step(&script, &client);
}

/// A batch whose later entries take the results of earlier ones; one takes that of a failure.
pub(crate) fn linked() -> Batch<'static, 4> {
    let mut batch = Batch::new();
    let process = batch.push(near::process::getpid()).unwrap();
    batch.getpgid(process).unwrap();
    let failed: rsyscall_core::batch::Ref<usize> = batch.push(failing(2)).unwrap();
    batch.read(FileDescriptor::from_raw(0), Address::NULL, failed).unwrap();
    batch
}

pub(crate) const LINKED: [Result<u64, SyscallError>; 4] = [Ok(1000), ENOSYS, ENOENT, STOPPED];

#[test]
fn linked_batches_are_one_round_trip() {
    assert_eq!(getpgid(Process::from_raw(0)).encode::<X86_64>().number, 121);
    let (script, client) = extended::<4, 64>(FEATURES);
    let written = script.borrow().written;
    let batch = linked();
    flow(&script);
    let Poll::Ready(Ok(answers)) = poll_once(&mut start(&client, &batch, OnError::Continue)) else {
        panic!("no answers")
    };
    assert_eq!(answers.words(), LINKED);
    // The second got the result of the first as its argument.
    assert_eq!(script.borrow().executed, [0, 1000, 2]);
    assert_eq!(script.borrow().written - written, 1);
}

const ENOSYS: Result<u64, SyscallError> = Err(SyscallError::Errno(Errno::ENOSYS));

/// Calls, and one that x86_64 has not, whose result another takes.
fn with_absent(linked: bool) -> Batch<'static, 4> {
    let null = Address::NULL;
    let absent = near::riscv64::riscv_flush_icache(null, null, near::riscv64::FlushIcacheFlags::empty());
    assert_eq!(absent.encode::<X86_64>().number, -1);
    let mut batch = Batch::new();
    batch.push(near::process::getpid()).unwrap();
    batch.push(absent).unwrap();
    if linked {
        let failed = batch.push(failing(2)).unwrap();
        batch.read(FileDescriptor::from_raw(0), null, failed).unwrap();
    } else {
        batch.push(near::process::getpid()).unwrap();
    }
    batch
}

#[test]
fn a_call_that_the_abi_lacks_is_answered_in_its_place_and_reaches_nobody() {
    for (features, on_error, linked, expected, executed) in [
        (FEATURES, OnError::Continue, false, &[Ok(1000), ENOSYS, Ok(1000)][..], 2),
        (FEATURES, OnError::Continue, true, &[Ok(1000), ENOSYS, ENOENT, STOPPED], 2),
        (FEATURES, OnError::Stop, true, &[Ok(1000), ENOSYS, STOPPED, STOPPED], 1),
        (FEATURE_BATCH, OnError::Stop, false, &[Ok(1000), ENOSYS, STOPPED], 1),
        (0, OnError::Continue, false, &[Ok(1000), ENOSYS, Ok(1000)], 2),
    ] {
        let (script, client) = extended::<4, 64>(features);
        let batch = with_absent(linked);
        flow(&script);
        let written = script.borrow().written;
        let Poll::Ready(Ok(answers)) = poll_once(&mut start(&client, &batch, on_error)) else {
            panic!("no answers")
        };
        assert_eq!(answers.words(), expected);
        assert_eq!((script.borrow().executed.len(), script.borrow().written - written), (executed, 1));
        in_step(&script, &client);
        assert_eq!(client.take_orphan(), None);
    }
    // For these alone nothing is sent.
    let (script, client) = extended::<4, 64>(0);
    let mut batch = Batch::<2>::new();
    let null = Address::NULL;
    for _ in 0..2 {
        let flags = near::riscv64::FlushIcacheFlags::empty();
        batch.push(near::riscv64::riscv_flush_icache(null, null, flags)).unwrap();
    }
    let answers = poll_once(&mut start(&client, &batch, OnError::Continue)).map(Result::unwrap);
    assert_eq!(answers.map(|answers| answers.words().to_vec()), Poll::Ready(vec![ENOSYS; 2]));
    assert_eq!(script.borrow().executed, []);
}

#[test]
fn a_batch_that_does_not_fit_is_refused_whole() {
    let (script, client) = extended::<4, 64>(FEATURES);
    let full = Err(SyscallError::NotSent(NotSent::Full));
    flow(&script);
    let refused = |answers: Poll<Result<Answers<5>, SyscallError>>| {
        assert!(matches!(answers, Poll::Ready(Err(SyscallError::NotSent(NotSent::Full)))), "{answers:?}");
    };
    let mut five = Batch::<5>::new();
    for _ in 0..5 {
        five.push(near::process::getpid()).unwrap();
    }
    assert_eq!(five.push(near::process::getpid()).err(), Some(NotSent::Full));
    refused(poll_once(&mut start(&client, &five, OnError::Stop)));
    let address = Address::from_raw(MEMORY);
    let (bytes, mut room) = ([0; 65], [0; 65]);
    let mut batch = Batch::<5>::new();
    batch.write_memory(address, &bytes).unwrap();
    batch.getpid().unwrap();
    refused(poll_once(&mut start(&client, &batch, OnError::Stop)));
    let mut batch = Batch::<5>::new();
    batch.read_memory(address, &mut room).unwrap();
    batch.getpid().unwrap();
    refused(poll_once(&mut start(&client, &batch, OnError::Stop)));
    // Two calls in flight leave room for two more.
    stop(&script);
    let mut calls = [1, 2].map(|first| call(&client, first));
    assert!(calls.iter_mut().all(|call| poll(call).is_pending()));
    let batch = three();
    assert_eq!(
        poll_once(&mut start(&client, &batch, OnError::Stop)).map(|answers| answers.map(|_| ())),
        Poll::Ready(full)
    );
    drop(calls);
    assert_eq!(script.borrow().executed, []);
    in_step(&script, &client);
}

/// Path in, open, data out: what a batch with memory does to the scripted server.
fn with_memory(room: &mut [u8], links: bool) -> Batch<'_, 6> {
    let address = Address::from_raw(MEMORY);
    let mut batch = Batch::new();
    batch.write_memory(address, b"/etc/hostname\0").unwrap();
    let process = batch.getpid().unwrap();
    batch.write_memory(Address::from_raw(MEMORY + 20), b"more").unwrap();
    if links {
        batch.getpgid(process).unwrap();
    } else {
        batch.getpgid(Process::from_raw(0)).unwrap();
    }
    batch.read_memory(address, room).unwrap();
    batch.getpid().unwrap();
    batch
}

#[test]
fn memory_goes_along() {
    for (features, links) in [
        (FEATURES, true),
        (FEATURES, false),
        (FEATURE_MEMORY, false),
        (FEATURE_MEMORY | FEATURE_BATCH, false),
    ] {
        let (script, client) = extended::<8, 64>(features);
        let mut room = [7; 30];
        let batch = with_memory(&mut room, links);
        flow(&script);
        let Poll::Ready(Ok(answers)) = poll_once(&mut start(&client, &batch, OnError::Continue)) else {
            panic!("no answers")
        };
        let expected = [Ok(0), Ok(1000), Ok(0), ENOSYS, Ok(30), Ok(1000)];
        assert_eq!(answers.words(), expected);
        assert_eq!(&room, b"/etc/hostname\0\0\0\0\0\0\0more\0\0\0\0\0\0");
        in_step(&script, &client);
    }
}

#[test]
fn a_short_read_in_a_batch_fills_what_is_valid() {
    let (script, client) = extended::<8, 64>(FEATURES);
    let (mut short, mut none) = ([7; 8], [7; 8]);
    let mut batch = Batch::<2>::new();
    let valid = batch.read_memory(Address::from_raw(MEMORY + 253), &mut short).unwrap();
    let bad = batch.read_memory(Address::from_raw(MEMORY + 256), &mut none).unwrap();
    flow(&script);
    let Poll::Ready(Ok(answers)) = poll_once(&mut start(&client, &batch, OnError::Stop)) else {
        panic!("no answers")
    };
    assert_eq!(answers.get(valid), Ok(ValidBytes(3)));
    assert_eq!(answers.get(bad), Err(Errno::EFAULT.into()));
    assert_eq!((short, none), ([0, 0, 0, 7, 7, 7, 7, 7], [7; 8]));
}

/// Dropped after each count of bytes written and then read: what was executed is told exactly once.
fn dropped_at_every_byte<const M: usize>(
    features: u32,
    on_error: OnError,
    make: impl for<'r> Fn(&'r mut [u8]) -> Batch<'r, M>,
    expected: &[Result<u64, SyscallError>],
) -> usize {
    // How many bytes there are in all, each way.
    let (script, client) = extended::<8, 64>(features);
    let before = (script.borrow().requests.len(), usize::MAX);
    flow(&script);
    let mut room = [0; 30];
    let batch = make(&mut room);
    assert!(poll_once(&mut start(&client, &batch, on_error)).is_ready());
    let requests = script.borrow().requests.len() - before.0;
    let responses = usize::MAX - script.borrow().may_read;
    let mut schedules = 0;
    for moved in 0..requests + responses {
        let (script, client) = extended::<8, 64>(features);
        let mut room = [0; 30];
        let batch = make(&mut room);
        let mut future = start(&client, &batch, on_error);
        assert!(poll_once(&mut future).is_pending());
        script.borrow_mut().may_write = moved.min(requests);
        script.borrow_mut().may_read = moved.saturating_sub(requests);
        script.borrow_mut().at_once = 3;
        assert!(poll_once(&mut future).is_pending(), "{moved} bytes");
        drop(future);
        flow(&script);
        in_step(&script, &client);
        let told: Vec<_> =
            core::iter::from_fn(|| client.take_orphan()).map(|orphan| orphan.outcome).collect();
        let expected: Vec<_> = expected.iter().filter(|outcome| **outcome != STOPPED).copied().collect();
        if moved == 0 {
            assert_eq!(told, []);
            assert_eq!(script.borrow().executed, [77]);
        } else {
            assert_eq!(told, expected, "{moved} bytes");
            assert_eq!(script.borrow().executed.len(), expected.len() + 1, "{moved} bytes");
        }
        schedules += 1;
    }
    schedules
}

#[test]
fn a_batch_dropped_at_every_byte_is_performed_whole_and_told_once() {
    let calls = [Ok(1000), ENOENT, STOPPED];
    let all = dropped_at_every_byte(FEATURES, OnError::Stop, |_| three(), &calls);
    let linked_calls = [Ok(1000), ENOSYS, ENOENT];
    let links = dropped_at_every_byte(FEATURES, OnError::Continue, |_| linked(), &linked_calls);
    // What was written to memory and read from it is nobody's to be told.
    let with = [Ok(1000), ENOSYS, Ok(1000)];
    let memory = dropped_at_every_byte(FEATURES, OnError::Continue, |room| with_memory(room, true), &with);
    // Nor is what was never performed.
    let absent =
        dropped_at_every_byte(FEATURES, OnError::Stop, |_| with_absent(false), &[Ok(1000), STOPPED, STOPPED]);
    let batch = |entries: usize, frame: usize, memory: usize| wire::REQUEST + entries * (frame + 8) + memory;
    assert_eq!((all, absent), (batch(3, 56, 0), batch(3, 56, 0)));
    assert_eq!(links, batch(4, 64, 0));
    assert_eq!(memory, batch(6, 64, 14 + 4 + 30));
}

#[test]
fn pipelined_entries_that_had_not_left_are_not_performed() {
    for written in 0..=3 * wire::REQUEST {
        let (script, client) = extended::<4, 64>(0);
        let batch = three();
        let mut future = start(&client, &batch, OnError::Continue);
        script.borrow_mut().may_write = written;
        assert!(poll_once(&mut future).is_pending());
        drop(future);
        flow(&script);
        in_step(&script, &client);
        let begun = written.div_ceil(wire::REQUEST);
        let told: Vec<_> =
            core::iter::from_fn(|| client.take_orphan()).map(|orphan| orphan.outcome).collect();
        assert_eq!(told, [Ok(1000), ENOENT, Ok(1000)][..begun], "{written} bytes");
        assert_eq!(script.borrow().executed.len(), begun + 1);
    }
}

#[test]
fn a_stream_that_dies_within_a_batch_tells_which_frames_were_sent() {
    for written in 0..wire::REQUEST * 4 {
        let (script, client): (Shared, _) = extended::<4, 64>(FEATURE_BATCH | FEATURE_LINK);
        let batch = three();
        let mut future = start(&client, &batch, OnError::Stop);
        script.borrow_mut().may_write = written;
        assert!(poll_once(&mut future).is_pending());
        script.borrow_mut().write_fails = true;
        script.borrow_mut().read_ends = true;
        let Poll::Ready(Ok(answers)) = poll_once(&mut future) else { panic!("no answers") };
        // The header, and then the frames.
        let sent = (written / wire::REQUEST).saturating_sub(1);
        for (position, answer) in answers.words().iter().enumerate() {
            match answer {
                Err(SyscallError::Hangup(_)) => assert!(position < sent),
                Err(SyscallError::NotSent(NotSent::Stream)) => assert!(position >= sent),
                other => panic!("{other:?}"),
            }
        }
    }
}
