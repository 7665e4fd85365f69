//! The client at a server that answers anything at all. The fuzz target runs the same function.

use core::{
    cell::RefCell,
    future::{Future, poll_fn},
    pin::Pin,
    task::{Context, Poll, Waker},
};
use embedded_io_async::{ErrorKind, ErrorType, Read, Write};
use rsyscall_core::{
    abi::X86_64,
    batch::{Batch, OnError},
    identifier::Address,
    interface::{NotSent, SyscallError, SyscallInterface},
    memory::MemoryInterface,
    syscall::Syscall,
};
use rsyscall_transport_pipe::{
    Client,
    wire::{FEATURES, Hello},
};
use std::{collections::VecDeque, rc::Rc};

/// What is still to be read, and how much of it at once; nothing before it may flow.
#[derive(Default)]
struct Feed {
    bytes: VecDeque<u8>,
    at_once: usize,
    flows: bool,
}

struct Responses(Rc<RefCell<Feed>>);
struct Requests;

impl ErrorType for Responses {
    type Error = ErrorKind;
}

impl ErrorType for Requests {
    type Error = ErrorKind;
}

impl Read for Responses {
    async fn read(&mut self, to: &mut [u8]) -> Result<usize, ErrorKind> {
        poll_fn(|_| {
            let mut feed = self.0.borrow_mut();
            if !feed.flows {
                return Poll::Pending;
            }
            let count = feed.at_once.min(feed.bytes.len()).min(to.len());
            for (to, byte) in to.iter_mut().zip(feed.bytes.drain(..count)) {
                *to = byte;
            }
            Poll::Ready(Ok(count))
        })
        .await
    }
}

impl Write for Requests {
    async fn write(&mut self, from: &[u8]) -> Result<usize, ErrorKind> {
        Ok(from.len())
    }

    async fn flush(&mut self) -> Result<(), ErrorKind> {
        Ok(())
    }
}

type TestClient = Client<Responses, Requests, X86_64, 16, 64>;
type Operation<'c> = Pin<Box<dyn Future<Output = ()> + 'c>>;

async fn batch(client: &TestClient, on_error: OnError) {
    let address = Address::from_raw(0x1000);
    let mut room = [7; 20];
    let mut batch = Batch::<4>::new();
    let process = batch.getpid().unwrap();
    batch.write_memory(address, &[1; 20]).unwrap();
    batch.read_memory(address, &mut room).unwrap();
    batch.getpgid(process).unwrap();
    if let Ok(answers) = unsafe { client.batch(&batch, on_error) }.await {
        assert_eq!(answers.words().len(), 4);
        if let Some(Ok(valid)) = answers.words().get(2) {
            assert!(*valid <= 20, "{valid} of 20 bytes are valid");
        }
    }
}

/// What a byte says is to be done, and whether its future is dropped after the first poll.
fn operation(client: &TestClient, byte: u8) -> (Operation<'_>, bool) {
    let address = Address::from_raw(0x1000);
    let operation: Operation<'_> = match byte % 6 {
        0 => Box::pin(async {
            let _ = unsafe { client.syscall(Syscall::<_, u64>::new(39, [0; 6])) }.await;
        }),
        1 => Box::pin(async move {
            let mut room = [7; 20];
            if let Err(error) = unsafe { client.read(address, &mut room) }.await {
                assert!(error.done < 20);
            }
        }),
        2 => Box::pin(async move {
            let _ = unsafe { client.write(address, &[1; 20]) }.await;
        }),
        3 => Box::pin(batch(client, OnError::Continue)),
        4 => Box::pin(batch(client, OnError::Stop)),
        _ => Box::pin(async {
            let _ = client.hello().await;
        }),
    };
    (operation, byte & 0x80 != 0)
}

/// The first byte says how many bytes are read at once, and whether the server has extensions; the second how many
/// operations follow, a byte each; the rest is what the server answers.
pub(crate) fn run(data: &[u8]) {
    let [first, second, rest @ ..] = data else { return };
    let Some((operations, answers)) = rest.split_at_checked(usize::from(second % 8)) else { return };
    let feed = Rc::new(RefCell::new(Feed { at_once: usize::from(first % 64) + 1, ..Feed::default() }));
    let client = Client::new(Responses(feed.clone()), Requests).with_memory::<64>();
    let mut context = Context::from_waker(Waker::noop());
    let mut poll = |operation: &mut Operation<'_>| operation.as_mut().poll(&mut context).is_pending();
    if first & 0x80 != 0 {
        feed.borrow_mut().flows = true;
        feed.borrow_mut()
            .bytes
            .extend(Hello { version: 1, abi: 1, features: FEATURES }.encode().to_le_bytes());
        let mut hello: Operation<'_> = Box::pin(async { assert!(client.hello().await.is_ok()) });
        assert!(!poll(&mut hello));
    }
    feed.borrow_mut().flows = false;
    feed.borrow_mut().bytes.extend(answers);
    let mut left = Vec::new();
    let mut dropped = 0;
    for &byte in operations {
        let (mut operation, drops) = operation(&client, byte);
        if poll(&mut operation) {
            if drops {
                dropped += 1;
            } else {
                left.push(operation);
            }
        }
    }
    // The answers, and then the end: all operations come to theirs.
    feed.borrow_mut().flows = true;
    for _ in 0..data.len() + 16 {
        left.retain_mut(&mut poll);
    }
    assert!(left.is_empty(), "{} operations are stuck", left.len());
    let mut settle: Operation<'_> = Box::pin(async { client.settle().await.unwrap() });
    assert!(!poll(&mut settle), "the end does not settle it");
    drop(settle);
    let orphans = core::iter::from_fn(|| client.take_orphan()).count();
    assert!(orphans <= 4 * dropped, "{orphans} orphans of {dropped} operations");
    let mut after: Operation<'_> = Box::pin(async {
        let answer = unsafe { client.syscall(Syscall::<_, u64>::new(39, [0; 6])) }.await;
        let dead = matches!(answer, Err(SyscallError::NotSent(NotSent::Dead) | SyscallError::Hangup(_)));
        assert!(dead || !answers.is_empty(), "{answer:?}");
    });
    for _ in 0..data.len() + 16 {
        if !poll(&mut after) {
            return;
        }
    }
    panic!("a call after the end is stuck");
}
