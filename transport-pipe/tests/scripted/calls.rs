//! Every future dropped at every byte, over streams that yield at every byte.
use crate::{CAPACITY, Call, Count, call, client, flow, in_step, orphans, poll, poll_once};
use core::task::{Context, Poll, Waker};
use rsyscall_core::{
    interface::{Hangup, NotSent, SyscallError, SyscallInterface},
    syscall::{Errno, Syscall},
};
use rsyscall_transport_pipe::wire;
use std::sync::Arc;

#[test]
fn the_bytes_of_a_request_are_these() {
    let (script, client) = client();
    in_step(&script, &client);
    let mut golden = vec![0; 56];
    golden[0] = 39;
    golden[8] = 77;
    assert_eq!(script.borrow().requests, golden);
}

#[test]
fn one_call_dropped_at_every_byte_is_an_orphan_if_a_byte_had_left() {
    for written in 0..=wire::REQUEST {
        for read in 0..wire::RESPONSE {
            let (script, client) = client();
            let mut future = call(&client, 5);
            script.borrow_mut().may_read = read;
            // One byte a poll.
            assert_eq!(poll(&mut future), Poll::Pending);
            for _ in 0..written {
                script.borrow_mut().may_write = 1;
                assert_eq!(poll(&mut future), Poll::Pending);
            }
            drop(future);
            in_step(&script, &client);
            let expected: &[u64] = if written > 0 { &[5] } else { &[] };
            assert_eq!(orphans(&client), expected, "{written} bytes written, {read} read");
            assert_eq!(script.borrow().answered, 1 + expected.len());
        }
    }
}

#[test]
fn a_future_that_was_never_polled_leaves_no_trace() {
    let (script, client) = client();
    drop(call(&client, 5));
    in_step(&script, &client);
    assert_eq!(script.borrow().answered, 1);
    assert_eq!(orphans(&client), []);
}

/// Three callers; each subset dropped, in each order of polling, at each byte of the three requests or responses.
#[test]
fn three_calls_any_of_them_dropped_at_every_byte() {
    let mut schedules = 0;
    for moved in 0..=3 * wire::REQUEST + 3 * wire::RESPONSE {
        let written = moved.min(3 * wire::REQUEST);
        let read = moved - written;
        for dropped in 0..8_u32 {
            for rotation in 0..3 {
                let (script, client) = client();
                let mut futures = [1, 2, 3].map(|first| Some(call(&client, first)));
                script.borrow_mut().may_write = written;
                script.borrow_mut().may_read = read;
                let mut seen = Vec::new();
                let mut poll_all = |futures: &mut [Option<Call<'_>>; 3]| {
                    for index in 0..3 {
                        let slot = &mut futures[(index + rotation) % 3];
                        if let Some(future) = slot
                            && let Poll::Ready(answer) = poll(future)
                        {
                            seen.push(u64::try_from(answer.unwrap()).unwrap() - 1000);
                            *slot = None;
                        }
                    }
                };
                poll_all(&mut futures);
                for (index, future) in futures.iter_mut().enumerate() {
                    if dropped & 1 << index != 0 {
                        *future = None;
                    }
                }
                script.borrow_mut().may_write = usize::MAX;
                script.borrow_mut().may_read = usize::MAX;
                poll_all(&mut futures);
                poll_all(&mut futures);
                assert!(
                    futures.iter().all(Option::is_none),
                    "two polls after its response a call is complete"
                );
                in_step(&script, &client);
                seen.extend(orphans(&client));
                seen.push(77);
                // What was executed was seen exactly once, and nothing else.
                let mut executed: Vec<_> = script
                    .borrow()
                    .requests
                    .chunks_exact(wire::REQUEST)
                    .map(|request| wire::decode_request(request.try_into().unwrap()).1[0])
                    .collect();
                executed.sort_unstable();
                seen.sort_unstable();
                assert_eq!(seen, executed, "{moved} bytes, dropped {dropped:b}, rotation {rotation}");
                schedules += 1;
            }
        }
    }
    assert_eq!(schedules, 193 * 8 * 3);
}

#[test]
fn a_caller_is_woken_when_its_result_is_there_or_it_must_take_over() {
    let (script, client) = client();
    script.borrow_mut().may_write = usize::MAX;
    let [mut a, mut b, mut c] = [1, 2, 3].map(|first| call(&client, first));
    let counts = [(); 3].map(|()| Arc::new(Count::default()));
    let wakers = counts.clone().map(Waker::from);
    let woken = || counts.clone().map(|count| count.woken());
    for (future, waker) in [&mut a, &mut b, &mut c].into_iter().zip(&wakers) {
        assert_eq!(future.as_mut().poll(&mut Context::from_waker(waker)), Poll::Pending);
    }
    assert_eq!(woken(), [0, 0, 0]);
    // The first drives the stream; its own response comes, and the second takes over.
    script.borrow_mut().may_read = wire::RESPONSE;
    assert_eq!(a.as_mut().poll(&mut Context::from_waker(&wakers[0])), Poll::Ready(Ok(1001)));
    drop(a);
    assert_eq!(woken(), [0, 1, 0]);
    assert_eq!(b.as_mut().poll(&mut Context::from_waker(&wakers[1])), Poll::Pending);
    // The second goes away, and the third takes over.
    drop(b);
    assert_eq!(woken(), [0, 1, 1]);
    script.borrow_mut().may_read = usize::MAX;
    assert_eq!(c.as_mut().poll(&mut Context::from_waker(&wakers[2])), Poll::Ready(Ok(1003)));
    drop(c);
    assert_eq!(orphans(&client), [2]);
}

#[test]
fn calls_in_flight_and_orphans_use_up_the_capacity() {
    let (script, client) = client();
    script.borrow_mut().may_write = usize::MAX;
    let mut futures: Vec<_> = (0..CAPACITY as u64).map(|first| call(&client, first)).collect();
    assert!(futures.iter_mut().all(|future| poll(future).is_pending()));
    let full = Poll::Ready(Err(SyscallError::NotSent(NotSent::Full)));
    assert_eq!(poll(&mut call(&client, 9)), full);
    futures.clear();
    assert_eq!(poll(&mut call(&client, 9)), full);
    // Nobody is left to read the responses but who settles.
    assert_eq!(client.take_orphan(), None);
    let mut settle = Box::pin(client.settle());
    assert!(settle.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    script.borrow_mut().may_read = usize::MAX;
    assert!(settle.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready());
    drop(settle);
    assert_eq!(poll(&mut call(&client, 9)), full);
    assert_eq!(orphans(&client), [0, 1, 2, 3]);
    in_step(&script, &client);
}

#[test]
fn all_who_settle_are_woken() {
    for gone in [None, Some(0), Some(1), Some(2)] {
        let (script, client) = client();
        script.borrow_mut().may_write = usize::MAX;
        let mut futures: Vec<_> = (0..2).map(|first| call(&client, first)).collect();
        assert!(futures.iter_mut().all(|future| poll(future).is_pending()));
        futures.clear();
        let counts = [(); 3].map(|()| Arc::new(Count::default()));
        let wakers = counts.clone().map(Waker::from);
        let mut settling: Vec<_> = wakers.iter().map(|_| Some(Box::pin(client.settle()))).collect();
        for (settle, waker) in settling.iter_mut().flatten().zip(&wakers) {
            assert!(settle.as_mut().poll(&mut Context::from_waker(waker)).is_pending());
        }
        if let Some(gone) = gone {
            settling[gone] = None;
        }
        // Whoever reads is polled because the stream wakes him, or because who read before has handed that over to him.
        flow(&script);
        loop {
            for waker in script.borrow_mut().take_wakers() {
                waker.wake();
            }
            let woken: Vec<_> = counts.iter().map(|count| count.take()).collect();
            if woken.iter().all(|&times| times == 0) {
                break;
            }
            for (number, settle) in settling.iter_mut().enumerate() {
                if woken[number] > 0
                    && let Some(future) = settle
                    && future.as_mut().poll(&mut Context::from_waker(&wakers[number])).is_ready()
                {
                    *settle = None;
                }
            }
        }
        assert!(settling.iter().all(Option::is_none), "a wake was lost, {gone:?} was gone");
        assert_eq!(orphans(&client), [0, 1]);
    }
}

#[test]
fn as_many_can_settle_as_there_are_calls() {
    let (script, client) = client();
    script.borrow_mut().may_write = usize::MAX;
    let mut future = call(&client, 1);
    assert!(poll(&mut future).is_pending());
    drop(future);
    let mut settling: Vec<_> = (0..CAPACITY).map(|_| Box::pin(client.settle())).collect();
    assert!(settling.iter_mut().all(|settle| poll_once(settle).is_pending()));
    assert_eq!(poll_once(&mut Box::pin(client.settle())), Poll::Ready(Err(NotSent::Full)));
    flow(&script);
    assert!(settling.iter_mut().all(|settle| poll_once(settle) == Poll::Ready(Ok(()))));
}

#[test]
fn reserved_numbers_are_not_sent_and_absent_calls_are_answered_here() {
    let (script, client) = client();
    for number in [-1000, -1999] {
        let mut future: Call<'_> = Box::pin(unsafe { client.syscall(Syscall::new(number, [0; 6])) });
        assert_eq!(poll(&mut future), Poll::Ready(Err(SyscallError::NotSent(NotSent::ReservedNumber))));
    }
    let mut future: Call<'_> = Box::pin(unsafe { client.syscall(Syscall::new(-1, [0; 6])) });
    assert_eq!(poll(&mut future), Poll::Ready(Err(SyscallError::Errno(Errno::ENOSYS))));
    assert_eq!(script.borrow().requests, []);
}

/// Two calls over a server that gives these bytes instead of answers, then ends.
fn garbage(bytes: &[u8]) -> [Poll<crate::Answer>; 3] {
    let (script, client) = client();
    script.borrow_mut().may_write = usize::MAX;
    let [mut a, mut b] = [1, 2].map(|first| call(&client, first));
    assert!(poll(&mut a).is_pending());
    assert!(poll(&mut b).is_pending());
    script.borrow_mut().responses = bytes.to_vec();
    script.borrow_mut().read_ends = true;
    script.borrow_mut().may_read = usize::MAX;
    let answers = [poll(&mut a), poll(&mut b)];
    drop((a, b));
    assert_eq!(client.take_orphan(), None);
    let [first, second] = answers;
    [first, second, poll(&mut call(&client, 3))]
}

#[test]
fn a_server_that_ends_or_talks_nonsense_is_a_hangup() {
    let hangup = |reason| Poll::Ready(Err(SyscallError::Hangup(reason)));
    let dead = Poll::Ready(Err(SyscallError::NotSent(NotSent::Dead)));
    assert_eq!(garbage(&[]), [hangup(Hangup::EndOfStream), hangup(Hangup::EndOfStream), dead]);
    for length in 1..8 {
        let torn = garbage(&vec![0; length]);
        assert_eq!(torn, [hangup(Hangup::TornResponse), hangup(Hangup::TornResponse), dead]);
    }
    assert_eq!(garbage(&[0; 8]), [Poll::Ready(Ok(0)), hangup(Hangup::EndOfStream), dead]);
    assert_eq!(garbage(&[0; 12]), [Poll::Ready(Ok(0)), hangup(Hangup::TornResponse), dead]);
    for length in 17..32 {
        assert_eq!(garbage(&vec![0; length]), [Poll::Ready(Ok(0)), Poll::Ready(Ok(0)), dead]);
    }
    assert_eq!(garbage(&[0xff; 16])[0], Poll::Ready(Err(SyscallError::Errno(Errno::EPERM))));
}

#[test]
fn a_response_before_its_request_was_accepted_is_a_hangup() {
    let (script, client) = client();
    script.borrow_mut().may_write = wire::REQUEST + 20;
    script.borrow_mut().may_read = usize::MAX;
    let [mut a, mut b] = [1, 2].map(|first| call(&client, first));
    // Both are queued before anything is read.
    script.borrow_mut().may_write = 0;
    assert!(poll(&mut a).is_pending());
    script.borrow_mut().may_write = wire::REQUEST + 20;
    script.borrow_mut().may_read = 0;
    assert!(poll(&mut b).is_pending());
    script.borrow_mut().responses = vec![0; 16];
    assert!(poll(&mut a).is_pending());
    script.borrow_mut().responses = vec![0; 16];
    script.borrow_mut().may_read = usize::MAX;
    assert_eq!(poll(&mut a), Poll::Ready(Ok(0)));
    assert_eq!(poll(&mut b), Poll::Ready(Err(SyscallError::NotSent(NotSent::Stream))));
}

#[test]
fn a_request_that_was_not_accepted_whole_was_not_sent() {
    for accepted in 0..=wire::REQUEST {
        let (script, client) = client();
        script.borrow_mut().may_write = accepted;
        let mut future = call(&client, 1);
        assert!(poll(&mut future).is_pending());
        script.borrow_mut().write_fails = true;
        script.borrow_mut().may_read = usize::MAX;
        let expected =
            if accepted < wire::REQUEST { Err(SyscallError::NotSent(NotSent::Stream)) } else { Ok(1001) };
        assert_eq!(poll(&mut future), Poll::Ready(expected), "{accepted} bytes accepted");
    }
}

#[test]
fn closing_ends_calls_in_flight_and_later_ones() {
    let (script, client) = client();
    script.borrow_mut().may_write = wire::REQUEST + 7;
    let [mut a, mut b] = [1, 2].map(|first| call(&client, first));
    assert!(poll(&mut a).is_pending());
    assert!(poll(&mut b).is_pending());
    client.close_interface();
    assert_eq!(poll(&mut a), Poll::Ready(Err(SyscallError::Hangup(Hangup::Closed))));
    assert_eq!(poll(&mut b), Poll::Ready(Err(SyscallError::NotSent(NotSent::Dead))));
    assert_eq!(poll(&mut call(&client, 3)), Poll::Ready(Err(SyscallError::NotSent(NotSent::Dead))));
    assert_eq!(script.borrow().requests.len(), wire::REQUEST + 7);
}

#[test]
fn calls_handed_to_a_write_that_moved_none_of_their_bytes_were_not_submitted() {
    let (script, client) = client();
    let [mut a, mut b, mut c] = [1, 2, 3].map(|first| call(&client, first));
    for future in [&mut a, &mut b, &mut c] {
        assert!(poll(future).is_pending());
    }
    // The first is accepted, and its future hands the others to a write that waits.
    script.borrow_mut().may_write = wire::REQUEST;
    assert!(poll(&mut a).is_pending());
    drop((b, c));
    // With it that write goes away.
    drop(a);
    in_step(&script, &client);
    assert_eq!(script.borrow().answered, 2);
    assert_eq!(orphans(&client), [1]);
}
