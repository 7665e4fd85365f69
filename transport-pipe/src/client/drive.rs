//! The futures: each moves the bytes of all while nobody else does.

use super::{
    Client,
    state::{State, Words},
};
use core::{
    cell::RefCell,
    future::{Future, poll_fn},
    pin::pin,
    task::Poll,
};
use embedded_io_async::{Read, Write};
use rsyscall_core::{
    abi::Abi,
    interface::{Hangup, SyscallError},
};

/// A call's slot, for as long as its future is there.
struct Caller<'c, R: Read, W: Write, A: Abi, const N: usize> {
    client: &'c Client<R, W, A, N>,
    index: usize,
    taken: bool,
}

impl<R: Read, W: Write, A: Abi, const N: usize> Drop for Caller<'_, R, W, A, N> {
    fn drop(&mut self) {
        let waker = self.client.state.borrow_mut().leave(self.index, self.taken);
        drop(waker);
        self.client.hand_over();
    }
}

/// Somebody who settles, until the streams are free again.
struct Leave<'c, R: Read, W: Write, A: Abi, const N: usize>(&'c Client<R, W, A, N>);

impl<R: Read, W: Write, A: Abi, const N: usize> Drop for Leave<'_, R, W, A, N> {
    fn drop(&mut self) {
        let waker = self.0.state.borrow_mut().set_settler(None);
        drop(waker);
        self.0.hand_over();
    }
}

/// A write that is under way: when it is dropped it has moved no byte.
struct Handed<'c, const N: usize>(&'c RefCell<State<N>>);

impl<const N: usize> Drop for Handed<'_, N> {
    fn drop(&mut self) {
        self.0.borrow_mut().retract();
    }
}

/// Pending once, and nobody is woken: whoever drives the stream or leaves it does that.
fn turn() -> impl Future<Output = ()> {
    let mut polled = false;
    poll_fn(move |_| if core::mem::replace(&mut polled, true) { Poll::Ready(()) } else { Poll::Pending })
}

impl<R: Read, W: Write, A: Abi, const N: usize> Client<R, W, A, N> {
    /// One call, from its first poll to its outcome.
    pub(super) async fn run(&self, call: Words) -> Result<i64, SyscallError> {
        let index = self.state.borrow_mut().enqueue(call)?;
        // Dropped last: by then the streams are free for whoever takes over.
        let mut caller = Caller { client: self, index, taken: false };
        let outcome = {
            let mut write = pin!(self.write_requests());
            let mut read = pin!(self.read_responses(|state| state.done(index).is_some()));
            poll_fn(|context| {
                // Before the streams are touched: if they died meanwhile, a write must not go on.
                if let Some(outcome) = self.state.borrow().done(index) {
                    return Poll::Ready(outcome);
                }
                let waker = context.waker().clone();
                let former = self.state.borrow_mut().set_waker(index, Some(waker));
                drop(former);
                let _: Poll<()> = write.as_mut().poll(context);
                if self.state.borrow().done(index).is_none() {
                    let _: Poll<()> = read.as_mut().poll(context);
                }
                self.state.borrow().done(index).map_or(Poll::Pending, Poll::Ready)
            })
            .await
        };
        caller.taken = true;
        outcome
    }

    /// Hands all queued requests to the stream, whenever nobody else does. Never ready.
    #[expect(
        clippy::await_holding_refcell_ref,
        reason = "whoever holds it drives the stream; nobody waits for it"
    )]
    async fn write_requests(&self) {
        loop {
            if let Ok(mut stream) = self.requests.try_borrow_mut() {
                while self.state.borrow().has_queued() {
                    let chunk = self.state.borrow_mut().hand();
                    let handed = Handed(&self.state);
                    let written = stream.write(&chunk).await;
                    match written {
                        Ok(count) if (1..=chunk.len()).contains(&count) => {
                            self.state.borrow_mut().accept(count)
                        }
                        _ => self.state.borrow_mut().fail_requests(),
                    }
                    drop(handed);
                    self.wake_done();
                }
            }
            turn().await;
        }
    }

    /// Drives the streams until no call whose future is gone is in flight: what came of each is then an orphan.
    ///
    /// One caller at a time can wait here; an earlier one may not be woken any more.
    ///
    /// # Cancellation
    ///
    /// It can be dropped and called again at any time.
    pub async fn settle(&self) {
        let _leave = Leave(self);
        let mut write = pin!(self.write_requests());
        let mut read = pin!(self.read_responses(|state| !state.has_abandoned()));
        poll_fn(|context| {
            let waker = context.waker().clone();
            let former = self.state.borrow_mut().set_settler(Some(waker));
            drop(former);
            if self.state.borrow().has_abandoned() {
                let _: Poll<()> = write.as_mut().poll(context);
                let _: Poll<()> = read.as_mut().poll(context);
            }
            if self.state.borrow().has_abandoned() { Poll::Pending } else { Poll::Ready(()) }
        })
        .await;
    }

    /// Reads responses, whenever nobody else does, until this caller's is there.
    #[expect(
        clippy::await_holding_refcell_ref,
        reason = "whoever holds it drives the stream; nobody waits for it"
    )]
    async fn read_responses(&self, done: impl Fn(&State<N>) -> bool) {
        loop {
            if let Ok(mut stream) = self.responses.try_borrow_mut() {
                while self.state.borrow().has_sent() {
                    let mut bytes = [0; 64];
                    let read = stream.read(&mut bytes).await;
                    {
                        let mut state = self.state.borrow_mut();
                        match read.map(|count| bytes.get(..count)) {
                            Ok(Some([])) => state.end(),
                            Ok(Some(bytes)) => state.receive(bytes),
                            _ => state.die(Hangup::Stream),
                        }
                    }
                    self.wake_done();
                    if done(&self.state.borrow()) {
                        return;
                    }
                }
            }
            turn().await;
        }
    }
}
