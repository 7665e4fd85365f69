//! Memory in band: in pieces through the client's own room, in order, and in step wherever a future is dropped.

use crate::{
    Count, Future_, TestClient, call, extended, flow, in_step, poll, poll_once, script::MEMORY, stop,
};
use core::task::{Context, Poll, Waker};
use rsyscall_core::{
    identifier::Address,
    interface::{Hangup, NotSent, SyscallError, SyscallInterface},
    memory::{Access, MemoryError, MemoryInterface},
    syscall::Errno,
};
use rsyscall_transport_pipe::wire::FEATURE_MEMORY;
use std::sync::Arc;

type Access_<'c> = Future_<'c, Result<(), MemoryError>>;

const BASE: Address = Address::from_raw(MEMORY);

fn write<'c, const N: usize, const B: usize>(
    client: &'c TestClient<N, B>,
    to: Address,
    from: &'c [u8],
) -> Access_<'c> {
    Box::pin(unsafe { client.write(to, from) })
}

fn read<'c, const N: usize, const B: usize>(
    client: &'c TestClient<N, B>,
    from: Address,
    to: &'c mut [u8],
) -> Access_<'c> {
    Box::pin(unsafe { client.read(from, to) })
}

fn text() -> Vec<u8> {
    (0..200).collect()
}

#[test]
fn bytes_go_in_pieces_and_come_back() {
    let (script, client) = extended::<2, 64>(FEATURE_MEMORY);
    flow(&script);
    assert_eq!(poll_once(&mut write(&client, BASE, &text())), Poll::Ready(Ok(())));
    assert_eq!(script.borrow().memory[..200], text());
    assert_eq!(script.borrow().writes, 4);
    let mut back = vec![0; 200];
    assert_eq!(poll_once(&mut read(&client, BASE, &mut back)), Poll::Ready(Ok(())));
    assert_eq!(back, text());
    assert_eq!(poll_once(&mut read(&client, Address::from_raw(8), &mut [])), Poll::Ready(Ok(())));
}

#[test]
fn a_fault_says_how_far_it_got() {
    let (script, client) = extended::<2, 64>(FEATURE_MEMORY);
    flow(&script);
    let from = Address::from_raw(MEMORY + 156);
    let mut back = vec![0; 200];
    let error = |access, done| MemoryError {
        access,
        address: from,
        length: 200,
        done,
        cause: SyscallError::Errno(Errno::EFAULT),
    };
    assert_eq!(poll_once(&mut read(&client, from, &mut back)), Poll::Ready(Err(error(Access::Read, 100))));
    // The second piece is refused as a whole.
    assert_eq!(poll_once(&mut write(&client, from, &text())), Poll::Ready(Err(error(Access::Write, 64))));
}

#[test]
fn without_room_or_feature_there_is_none() {
    let unsupported = SyscallError::NotSent(NotSent::Unsupported);
    let (_, client) = extended::<2, 64>(0);
    let Poll::Ready(Err(error)) = poll_once(&mut write(&client, BASE, b"x")) else { panic!("it went") };
    assert_eq!(error.cause, unsupported);
    let (_, client) = extended::<2, 0>(FEATURE_MEMORY);
    let Poll::Ready(Err(error)) = poll_once(&mut read(&client, BASE, &mut [0])) else { panic!("it went") };
    assert_eq!(error.cause, unsupported);
}

#[test]
fn a_count_that_cannot_be_is_a_hangup() {
    let protocol = SyscallError::Hangup(Hangup::Protocol);
    for (reading, lies) in
        [(true, [11, 1 << 31, i64::MAX, -4096, i64::MIN]), (false, [1, 1 << 31, i64::MAX, -4096, i64::MIN])]
    {
        for lie in lies {
            let (script, client) = extended::<4, 64>(FEATURE_MEMORY);
            flow(&script);
            script.borrow_mut().lie = Some(lie);
            let mut room = [7; 10];
            let bytes = room;
            let mut access =
                if reading { read(&client, BASE, &mut room) } else { write(&client, BASE, &bytes) };
            let Poll::Ready(Err(error)) = poll_once(&mut access) else { panic!("{lie} was believed") };
            assert_eq!((error.done, error.cause), (0, protocol), "{lie}");
            drop(access);
            assert_eq!(room, [7; 10]);
            assert_eq!(poll(&mut call(&client, 1)), Poll::Ready(Err(NotSent::Dead.into())));
        }
    }
}

#[test]
fn accesses_dropped_at_every_byte_leave_the_stream_in_step() {
    // Two requests with 10 bytes each behind, or ahead of, their answers.
    for moved in 0..2 * (56 + 10 + 8) {
        for reading in [false, true] {
            let (script, client) = extended::<4, 10>(FEATURE_MEMORY);
            let mut room = [0; 20];
            let bytes = text();
            let mut future =
                if reading { read(&client, BASE, &mut room) } else { write(&client, BASE, &bytes[..20]) };
            script.borrow_mut().at_once = 1;
            for _ in 0..moved {
                // Whichever way it goes next, one byte.
                let write = script.borrow().responses.is_empty();
                script.borrow_mut().may_write = usize::from(write);
                script.borrow_mut().may_read = usize::from(!write);
                assert!(poll_once(&mut future).is_pending(), "{moved} bytes");
            }
            drop(future);
            script.borrow_mut().at_once = usize::MAX;
            in_step(&script, &client);
            // Nobody is told of memory that went well, and the room is free again.
            assert_eq!(client.take_orphan(), None);
            assert_eq!(poll_once(&mut write(&client, BASE, &bytes[..20])), Poll::Ready(Ok(())));
            assert_eq!(poll_once(&mut read(&client, BASE, &mut room)), Poll::Ready(Ok(())));
            assert_eq!(room, bytes[..20]);
        }
    }
}

#[test]
fn a_write_is_ordered_before_what_is_submitted_later_and_not_waited_for() {
    let (script, client) = extended::<4, 64>(FEATURE_MEMORY);
    let bytes = text();
    let mut submitted: Access_<'_> = Box::pin(unsafe { client.submit_write(BASE, &bytes[..10]) });
    // Nothing moves, and it is ready all the same.
    assert_eq!(poll_once(&mut submitted), Poll::Ready(Ok(())));
    let mut later = call(&client, 1);
    assert!(poll(&mut later).is_pending());
    let mut barrier: Access_<'_> = Box::pin(client.barrier());
    assert!(poll_once(&mut barrier).is_pending());
    flow(&script);
    assert_eq!(poll(&mut later), Poll::Ready(Ok(1001)));
    assert_eq!(script.borrow().memory[..10], bytes[..10]);
    assert_eq!(poll_once(&mut barrier), Poll::Ready(Ok(())));
    drop(barrier);
    assert_eq!(poll_once(&mut Box::pin(client.barrier())), Poll::Ready(Ok(())));
    assert_eq!(client.take_orphan(), None);
}

#[test]
fn a_failure_that_nobody_waited_for_is_told_by_the_barrier_once() {
    let (script, client) = extended::<4, 64>(FEATURE_MEMORY);
    flow(&script);
    let bad = Address::from_raw(MEMORY + 250);
    for address in [bad, BASE, bad] {
        let mut submitted: Access_<'_> = Box::pin(unsafe { client.submit_write(address, &[1; 10]) });
        assert_eq!(poll_once(&mut submitted), Poll::Ready(Ok(())));
    }
    for _ in 0..2 {
        let Poll::Ready(Err(error)) = poll_once(&mut Box::pin(client.barrier())) else { panic!("it went") };
        assert_eq!((error.address, error.length, error.cause), (bad, 10, Errno::EFAULT.into()));
    }
    assert_eq!(poll_once(&mut Box::pin(client.barrier())), Poll::Ready(Ok(())));
}

#[test]
fn who_needs_room_waits_for_it_in_order() {
    let (script, client) = extended::<4, 16>(FEATURE_MEMORY);
    let mut rooms = [[0; 16]; 3];
    let [first, second, third] = &mut rooms;
    let mut reads = [read(&client, BASE, first), read(&client, BASE, second), read(&client, BASE, third)];
    for read in &mut reads {
        assert!(poll_once(read).is_pending());
    }
    flow(&script);
    // The last is polled first; it must not overtake.
    for _ in 0..2 {
        for read in reads.iter_mut().rev().take(2) {
            assert!(poll_once(read).is_pending());
        }
    }
    let [first, second, third] = &mut reads;
    assert!(poll_once(first).is_ready());
    assert!(poll_once(third).is_pending());
    assert!(poll_once(second).is_ready());
    assert!(poll_once(third).is_ready());
    stop(&script);
}

fn submit<const N: usize>(
    client: &TestClient<N, 16>,
    to: Address,
    from: &[u8],
) -> Poll<Result<(), MemoryError>> {
    poll_once(&mut Box::pin(unsafe { client.submit_write(to, from) }))
}

#[test]
fn writes_that_nobody_waits_for_give_their_room_to_what_comes_later() {
    let (script, client) = extended::<4, 16>(FEATURE_MEMORY);
    flow(&script);
    let bytes = text();
    for (at, byte) in (MEMORY..).zip(bytes.chunks(1).take(8)) {
        assert_eq!(submit(&client, Address::from_raw(at), byte), Poll::Ready(Ok(())));
    }
    in_step(&script, &client);
    assert_eq!(script.borrow().memory[..8], bytes[..8]);
    // More pieces than there are calls.
    assert_eq!(submit(&client, BASE, &bytes), Poll::Ready(Ok(())));
    in_step(&script, &client);
    assert_eq!(script.borrow().memory[..200], bytes);
    assert_eq!(client.take_orphan(), None);
}

#[test]
fn who_waits_for_the_answers_of_writes_is_woken_and_leaves_no_trace_when_dropped() {
    let (script, client) = extended::<4, 16>(FEATURE_MEMORY);
    script.borrow_mut().may_write = usize::MAX;
    for _ in 0..4 {
        assert_eq!(submit(&client, BASE, &[1]), Poll::Ready(Ok(())));
    }
    let count = Arc::new(Count::default());
    let waker = Waker::from(count.clone());
    let mut later = call(&client, 1);
    let mut last = call(&client, 2);
    assert!(poll(&mut later).is_pending());
    assert!(last.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    drop(later);
    // It reads the answers now.
    assert_eq!(count.take(), 1);
    flow(&script);
    assert_eq!(poll(&mut last), Poll::Ready(Ok(1002)));
    assert_eq!(script.borrow().executed, [2]);
    assert_eq!(client.take_orphan(), None);
}

#[test]
fn failed_writes_that_hold_all_room_refuse_what_waited_for_it() {
    let (script, client) = extended::<4, 16>(FEATURE_MEMORY);
    script.borrow_mut().may_write = usize::MAX;
    let bad = Address::from_raw(MEMORY + 250);
    for _ in 0..4 {
        assert_eq!(submit(&client, bad, &[1; 10]), Poll::Ready(Ok(())));
    }
    // Whoever reads the answers: the caller that waits is woken.
    let mut settled = Box::pin(client.settle());
    assert!(poll_once(&mut settled).is_pending());
    let count = Arc::new(Count::default());
    let waker = Waker::from(count.clone());
    let mut later = call(&client, 1);
    assert!(later.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    flow(&script);
    assert_eq!(poll_once(&mut settled), Poll::Ready(Ok(())));
    assert_eq!(count.take(), 1);
    assert_eq!(poll(&mut later), Poll::Ready(Err(NotSent::Full.into())));
    assert!(matches!(poll_once(&mut Box::pin(client.barrier())), Poll::Ready(Err(_))));
    in_step(&script, &client);
}
