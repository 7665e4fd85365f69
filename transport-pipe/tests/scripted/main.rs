//! The client over streams that yield at every byte, and a server that does what the test says.
#![expect(
    unsafe_code,
    clippy::undocumented_unsafe_blocks,
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "the calls go to a server that only counts them"
)]

mod alone;
mod batches;
mod calls;
mod decoder;
mod extensions;
mod memory;
mod refused;
mod schedules;
mod script;
mod submitted;

use core::{
    future::Future,
    pin::Pin,
    task::{Context, Poll, Waker},
};
use rsyscall_core::{
    abi::X86_64,
    interface::{SyscallError, SyscallInterface},
    syscall::Syscall,
};
use rsyscall_transport_pipe::Client;
use script::{PLUS_1000, Requests, Responses, Shared};
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::Wake,
};

const CAPACITY: usize = 4;
type TestClient<const N: usize = CAPACITY, const B: usize = 1024> = Client<Responses, Requests, X86_64, N, B>;
type Answer = Result<usize, SyscallError>;
type Call<'c> = Future_<'c, Answer>;
type Future_<'c, T> = Pin<Box<dyn Future<Output = T> + 'c>>;

fn client() -> (Shared, TestClient) {
    let script = Shared::default();
    (script.clone(), Client::new(Responses(script.clone()), Requests(script)))
}

/// A client that has been granted these features, and room for so many calls.
fn extended<const N: usize, const B: usize>(features: u32) -> (Shared, TestClient<N, B>) {
    let script = Shared::default();
    script.borrow_mut().features = Some(features);
    let client = Client::new(Responses(script.clone()), Requests(script.clone())).with_memory::<B>();
    flow(&script);
    assert!(matches!(poll_once(&mut Box::pin(client.hello())), Poll::Ready(Ok(_))));
    script.borrow_mut().answered = 0;
    stop(&script);
    (script, client)
}

/// Lets everything flow, or nothing.
fn flow(script: &Shared) {
    script.borrow_mut().may_write = usize::MAX;
    script.borrow_mut().may_read = usize::MAX;
}

fn stop(script: &Shared) {
    script.borrow_mut().may_write = 0;
    script.borrow_mut().may_read = 0;
}

fn syscall(first: u64) -> Syscall<X86_64> {
    Syscall::new(PLUS_1000, [first, 0, 0, 0, 0, 0])
}

fn call<const N: usize, const B: usize>(client: &TestClient<N, B>, first: u64) -> Call<'_> {
    Box::pin(unsafe { client.syscall(syscall(first)) })
}

fn poll(future: &mut Call<'_>) -> Poll<Answer> {
    poll_once(future)
}

fn poll_once<F: Future + ?Sized>(future: &mut Pin<Box<F>>) -> Poll<F::Output> {
    future.as_mut().poll(&mut Context::from_waker(Waker::noop()))
}

/// Lets everything flow and makes one more call: the stream must be in step.
fn in_step<const N: usize, const B: usize>(script: &Shared, client: &TestClient<N, B>) {
    flow(script);
    assert_eq!(poll(&mut call(client, 77)), Poll::Ready(Ok(1077)));
}

/// The orphans' first arguments; each must have the outcome of its own call.
fn orphans<const N: usize, const B: usize>(client: &TestClient<N, B>) -> Vec<u64> {
    core::iter::from_fn(|| client.take_orphan())
        .map(|orphan| {
            let first = orphan.call.arguments[0];
            assert_eq!(orphan.outcome, Ok(first + 1000));
            first
        })
        .collect()
}

/// Counts wakes.
#[derive(Default)]
struct Count(AtomicUsize);

impl Count {
    fn woken(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    /// How often since the last time.
    fn take(&self) -> usize {
        self.0.swap(0, Ordering::Relaxed)
    }
}

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}
