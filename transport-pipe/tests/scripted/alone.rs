//! Over streams that block a caller who is alone goes another way, and sees the same: at every byte at which a transfer may
//! stop.

use crate::{
    CAPACITY, Count, TestClient, call, extended,
    script::{FAIL, Shared},
    syscall,
};
use core::{
    cell::RefCell,
    fmt::Debug,
    future::Future,
    pin::Pin,
    task::{Context, Poll, Waker},
};
use embedded_io_async::{ErrorKind, ErrorType, Write};
use rsyscall_core::{
    abi::X86_64,
    batch::{Batch, OnError},
    identifier::FileDescriptor,
    interface::SyscallInterface,
    near::process::getpid,
    syscall::Syscall,
};
use rsyscall_transport_pipe::{
    Client,
    wire::{FEATURE_BATCH, FEATURES, REQUEST, RESPONSE},
};
use std::{rc::Rc, sync::Arc};

/// What happens after the first poll.
#[derive(Clone, Copy, Debug)]
enum Then {
    EverythingFlows,
    TheFutureIsDropped,
    TheResponsesEnd,
    TheRequestsFail,
    TheClientIsClosed,
}

const THEN: [Then; 5] = [
    Then::EverythingFlows,
    Then::TheFutureIsDropped,
    Then::TheResponsesEnd,
    Then::TheRequestsFail,
    Then::TheClientIsClosed,
];

/// How much the streams move before it happens.
#[derive(Clone, Copy, Debug)]
struct Moved {
    written: usize,
    read: usize,
    at_once: usize,
    /// Bytes behind the responses that nobody asked for.
    unasked: usize,
}

fn client_of(blocking: bool, features: u32) -> (Shared, TestClient) {
    let (script, client) = extended::<CAPACITY, 1024>(features);
    (script, if blocking { client.with_blocking_streams() } else { client })
}

/// All that can be seen of one operation, of a call after it, and of the orphans.
fn seen<'c, T: Debug>(
    (script, client): (&Shared, &'c TestClient),
    mut operation: Pin<Box<dyn Future<Output = T> + 'c>>,
    moved: Moved,
    then: Then,
) -> Vec<String> {
    let mut seen = Vec::new();
    let mut see = |what: &dyn Debug| seen.push(format!("{what:?}"));
    let context = &mut Context::from_waker(Waker::noop());
    {
        let mut script = script.borrow_mut();
        (script.may_write, script.may_read, script.at_once) = (moved.written, moved.read, moved.at_once);
        script.unasked = moved.unasked;
    }
    let mut answer = operation.as_mut().poll(context);
    see(&answer);
    see(&script.borrow().executed);
    let mut operation = Some(operation);
    match then {
        Then::EverythingFlows => {}
        Then::TheFutureIsDropped => operation = None,
        Then::TheResponsesEnd => script.borrow_mut().read_ends = true,
        Then::TheRequestsFail => script.borrow_mut().write_fails = true,
        Then::TheClientIsClosed => client.close_interface(),
    }
    script.borrow_mut().may_write = usize::MAX;
    script.borrow_mut().may_read = usize::MAX;
    for _ in 0..4 {
        if let Some(operation) = operation.as_mut().filter(|_| answer.is_pending()) {
            answer = operation.as_mut().poll(context);
            see(&answer);
        }
    }
    drop(operation);
    see(&call(client, 77).as_mut().poll(context));
    see(&client.take_orphan());
    see(&client.take_orphan());
    see(&call(client, 78).as_mut().poll(context));
    see(&script.borrow().executed);
    see(&script.borrow().requests);
    seen
}

/// Compares the two ways of an operation whose requests and responses have so many bytes.
fn compare<T: Debug>(
    features: u32,
    written: usize,
    read: usize,
    operation: impl for<'c> Fn(&'c TestClient) -> Pin<Box<dyn Future<Output = T> + 'c>>,
) {
    for moved in 0..=written + read + 1 {
        let (written, read) = (moved.min(written), moved.saturating_sub(written));
        for at_once in [7, 60, usize::MAX] {
            for unasked in [0, 8] {
                let moved = Moved { written, read, at_once, unasked };
                for then in THEN {
                    let [general, alone] = [false, true].map(|blocking| {
                        let (script, client) = client_of(blocking, features);
                        seen((&script, &client), operation(&client), moved, then)
                    });
                    assert_eq!(alone, general, "{moved:?}, {then:?}");
                }
            }
        }
    }
}

#[test]
fn a_call_has_the_same_outcome() {
    compare(0, REQUEST, RESPONSE, |client| Box::pin(unsafe { client.syscall(syscall(5)) }));
}

#[test]
fn a_call_that_fails_has_the_same_outcome() {
    let failing = Syscall::<_, usize>::new(FAIL, [2, 0, 0, 0, 0, 0]);
    compare(0, REQUEST, RESPONSE, move |client| Box::pin(unsafe { client.syscall(failing) }));
}

fn batch() -> Batch<'static, 3> {
    let mut batch = Batch::new();
    batch.push(getpid()).unwrap();
    batch.close(FileDescriptor::from_raw(3)).unwrap();
    batch.push(getpid()).unwrap();
    batch
}

#[test]
fn a_batch_has_the_same_outcome() {
    for (features, on_error, header) in [
        (FEATURES, OnError::Continue, REQUEST),
        (FEATURE_BATCH, OnError::Stop, REQUEST),
        (0, OnError::Continue, 0),
    ] {
        compare(features, header + 3 * REQUEST, 3 * RESPONSE, move |client| {
            Box::pin(async move {
                let batch = batch();
                unsafe { client.batch(&batch, on_error) }.await.map(|answers| answers.words().to_vec())
            })
        });
    }
}

#[test]
fn a_linked_batch_has_the_same_outcome() {
    compare(FEATURES, 3 * REQUEST + 16, 2 * RESPONSE, |client| {
        Box::pin(async move {
            let mut batch = Batch::<2>::new();
            let process = batch.push(getpid()).unwrap();
            batch.getpgid(process).unwrap();
            unsafe { client.batch(&batch, OnError::Continue) }.await.map(|answers| answers.words().to_vec())
        })
    });
}

/// Requests that go out after something else was done.
struct After(crate::Requests, Rc<RefCell<Option<First>>>);

type First = Box<dyn FnOnce()>;

impl ErrorType for After {
    type Error = ErrorKind;
}

impl Write for After {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, ErrorKind> {
        let first = self.1.borrow_mut().take();
        if let Some(first) = first {
            first();
        }
        self.0.write(bytes).await
    }

    async fn flush(&mut self) -> Result<(), ErrorKind> {
        Ok(())
    }
}

/// It waits for the call that the stream is polled for, and is woken by that.
#[test]
fn a_call_made_within_a_transfer_is_answered() {
    let script = Shared::default();
    crate::flow(&script);
    let first = Rc::new(RefCell::new(None));
    let requests = After(crate::Requests(script.clone()), first.clone());
    let client: Client<_, _, X86_64, 4> = Client::new(crate::Responses(script.clone()), requests);
    let client: &'static _ = Box::leak(Box::new(client.with_blocking_streams()));
    let inner = Rc::new(RefCell::new(Box::pin(unsafe { client.syscall(syscall(7)) })));
    let woken = Arc::new(Count::default());
    let (within, waker) = (inner.clone(), Waker::from(woken.clone()));
    *first.borrow_mut() = Some(Box::new(move || {
        let answer = within.borrow_mut().as_mut().poll(&mut Context::from_waker(&waker));
        assert!(answer.is_pending());
    }));
    let outer = crate::poll_once(&mut Box::pin(unsafe { client.syscall(syscall(5)) }));
    assert_eq!(outer, Poll::Ready(Ok(1005)));
    assert_eq!(woken.woken(), 1);
    assert_eq!(crate::poll_once(&mut inner.borrow_mut()), Poll::Ready(Ok(1007)));
    assert_eq!(script.borrow().executed, [5, 7]);
}

/// Nothing of an exchange that came to its end is left: one slot is enough for any number.
#[test]
fn an_exchange_needs_room_for_its_calls() {
    let script = Shared::default();
    let client: TestClient<1> =
        Client::new(crate::Responses(script.clone()), crate::Requests(script.clone()))
            .with_blocking_streams();
    crate::flow(&script);
    for first in 0..5 {
        assert_eq!(
            crate::poll(&mut call(&client, first)),
            Poll::Ready(Ok(1000 + usize::try_from(first).unwrap()))
        );
    }
    crate::stop(&script);
    script.borrow_mut().may_write = 56;
    let mut gone = call(&client, 9);
    assert_eq!(crate::poll(&mut gone), Poll::Pending);
    drop(gone);
    crate::flow(&script);
    let full = rsyscall_core::interface::NotSent::Full;
    assert_eq!(crate::poll(&mut call(&client, 10)), Poll::Ready(Err(full.into())));
    assert_eq!(crate::poll_once(&mut Box::pin(client.settle())), Poll::Ready(Ok(())));
    // The orphan holds the slot.
    assert_eq!(crate::poll(&mut call(&client, 10)), Poll::Ready(Err(full.into())));
    assert_eq!(crate::orphans(&client), [9]);
    assert_eq!(crate::poll(&mut call(&client, 10)), Poll::Ready(Ok(1010)));
    assert_eq!(script.borrow().executed, [0, 1, 2, 3, 4, 9, 10]);
}
