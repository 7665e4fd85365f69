//! Calls that are completed later, and callers that wait for room.

use crate::{
    CAPACITY, Count, Future_, call, client, flow, in_step, orphans, poll, poll_once, script::Shared, syscall,
};
use core::task::{Context, Poll, Waker};
use rsyscall_core::{
    abi::X86_64,
    interface::{Hangup, NotSent, SyscallError, SyscallInterface},
    syscall::{Errno, Syscall},
};
use rsyscall_transport_pipe::Client;
use std::sync::Arc;

#[test]
fn a_handle_is_completed_later_and_in_any_order() {
    let (script, client) = client();
    script.borrow_mut().may_write = usize::MAX;
    let mut submit = |first| match poll_once(&mut Box::pin(unsafe { client.submit_syscall(syscall(first)) }))
    {
        Poll::Ready(Ok(handle)) => Box::pin(handle) as Future_<'_, crate::Answer>,
        _ => panic!("not submitted"),
    };
    let [mut a, mut b, c] = [1, 2, 3].map(&mut submit);
    // They were sent, all three, before anything was waited for.
    assert_eq!(script.borrow().executed, [1, 2, 3]);
    drop(c);
    flow(&script);
    assert_eq!(poll_once(&mut b), Poll::Ready(Ok(1002_usize)));
    assert_eq!(poll_once(&mut a), Poll::Ready(Ok(1001)));
    drop((a, b));
    in_step(&script, &client);
    assert_eq!(orphans(&client), [3]);
}

#[test]
fn submitting_that_is_given_up_before_a_byte_left_did_not_happen() {
    for written in 0..56 {
        let (script, client) = client();
        script.borrow_mut().may_write = written;
        let mut future = Box::pin(unsafe { client.submit_syscall(syscall(1)) });
        assert!(poll_once(&mut future).is_pending());
        drop(future);
        in_step(&script, &client);
        assert_eq!(orphans(&client), if written == 0 { &[][..] } else { &[1] });
    }
}

#[test]
fn what_is_not_sent_gives_no_handle() {
    let (script, client) = client();
    let submit =
        |call: Syscall<X86_64>| match poll_once(&mut Box::pin(unsafe { client.submit_syscall(call) })) {
            Poll::Ready(Ok(handle)) => poll_once(&mut Box::pin(handle)),
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Pending => Poll::Pending,
        };
    let reserved = Err(SyscallError::NotSent(NotSent::ReservedNumber));
    assert_eq!(submit(Syscall::new(-1001, [0; 6])), Poll::Ready(reserved));
    assert_eq!(submit(Syscall::new(-1, [0; 6])), Poll::Ready(Err(Errno::ENOSYS.into())));
    script.borrow_mut().write_fails = true;
    assert_eq!(submit(syscall(1)), Poll::Ready(Err(NotSent::Stream.into())));
    assert_eq!(submit(syscall(1)), Poll::Ready(Err(NotSent::Dead.into())));
}

#[test]
fn closing_ends_handles() {
    let (script, client) = client();
    script.borrow_mut().may_write = usize::MAX;
    let Poll::Ready(Ok(handle)) = poll_once(&mut Box::pin(unsafe { client.submit_syscall(syscall(1)) }))
    else {
        panic!("not submitted")
    };
    client.close_interface();
    assert_eq!(poll_once(&mut Box::pin(handle)), Poll::Ready(Err(Hangup::Closed.into())));
}

fn waiting() -> (Shared, crate::TestClient) {
    let (script, client) = client();
    (script, client.with_waiting())
}

#[test]
fn who_wants_to_waits_for_room_in_order_and_is_woken() {
    let (script, client) = waiting();
    script.borrow_mut().may_write = usize::MAX;
    let mut calls: Vec<_> = (0..CAPACITY as u64).map(|first| call(&client, first)).collect();
    assert!(calls.iter_mut().all(|call| poll(call).is_pending()));
    let counts = [(); 2].map(|()| Arc::new(Count::default()));
    let wakers = counts.clone().map(Waker::from);
    let [mut e, mut f] = [10, 11].map(|first| call(&client, first));
    assert!(e.as_mut().poll(&mut Context::from_waker(&wakers[0])).is_pending());
    assert!(f.as_mut().poll(&mut Context::from_waker(&wakers[1])).is_pending());
    assert_eq!(counts.clone().map(|count| count.woken()), [0, 0]);
    // One answer makes room for one.
    script.borrow_mut().may_read = 8;
    assert_eq!(poll(&mut calls[0]), Poll::Ready(Ok(1000)));
    drop(calls.remove(0));
    assert_eq!(counts.clone().map(|count| count.woken()), [1, 0]);
    // Who comes now does not overtake.
    let mut g = call(&client, 12);
    assert!(poll(&mut g).is_pending());
    assert!(f.as_mut().poll(&mut Context::from_waker(&wakers[1])).is_pending());
    assert!(e.as_mut().poll(&mut Context::from_waker(&wakers[0])).is_pending());
    assert_eq!(script.borrow().executed, [0, 1, 2, 3, 10]);
    flow(&script);
    // Whoever drives, three rounds are enough: answers, one's room, the next one's.
    let mut left: Vec<_> = calls.into_iter().chain([g, f, e]).collect();
    for _ in 0..3 {
        left.retain_mut(|call| poll(call).is_pending());
    }
    assert_eq!(left.len(), 0);
    assert_eq!(script.borrow().executed, [0, 1, 2, 3, 10, 11, 12]);
}

#[test]
fn orphans_that_are_taken_make_room_for_who_waits() {
    let (script, client) = waiting();
    flow(&script);
    script.borrow_mut().may_read = 0;
    let mut calls: Vec<_> = (0..CAPACITY as u64).map(|first| call(&client, first)).collect();
    assert!(calls.iter_mut().all(|call| poll(call).is_pending()));
    drop(calls);
    let count = Arc::new(Count::default());
    let waker = Waker::from(count.clone());
    let mut later = call(&client, 10);
    flow(&script);
    assert!(later.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    assert_eq!(count.woken(), 0);
    assert!(client.take_orphan().is_some());
    assert_eq!(count.woken(), 1);
    assert_eq!(poll(&mut later), Poll::Ready(Ok(1010)));
}

#[test]
fn closing_ends_waiting() {
    let (script, client) = waiting();
    script.borrow_mut().may_write = usize::MAX;
    let mut calls: Vec<_> = (0..=CAPACITY as u64).map(|first| call(&client, first)).collect();
    assert!(calls.iter_mut().all(|call| poll(call).is_pending()));
    client.close_interface();
    assert_eq!(poll(&mut calls[CAPACITY]), Poll::Ready(Err(NotSent::Dead.into())));
}

/// Over streams with lasting wakers a forgotten future costs its slot, wherever it was.
#[test]
fn a_forgotten_future_holds_its_slot_and_nothing_else() {
    for written in [0, 1, 56] {
        let script = Shared::default();
        let client: crate::TestClient =
            Client::new(crate::Responses(script.clone()), crate::Requests(script.clone()))
                .with_lasting_wakers();
        script.borrow_mut().may_write = written;
        let mut forgotten = call(&client, 5);
        assert!(poll(&mut forgotten).is_pending());
        core::mem::forget(forgotten);
        for _ in 0..3 {
            in_step(&script, &client);
        }
        assert_eq!(script.borrow().executed, [5, 77, 77, 77]);
        script.borrow_mut().may_read = 0;
        let mut calls: Vec<_> = (0..CAPACITY as u64).map(|first| call(&client, first)).collect();
        let mut refused = 0;
        for call in &mut calls {
            if let Poll::Ready(answer) = poll(call) {
                assert_eq!(answer, Err(NotSent::Full.into()));
                refused += 1;
            }
        }
        assert_eq!(refused, 1);
    }
}
