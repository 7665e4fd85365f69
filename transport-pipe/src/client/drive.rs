//! The futures: each moves the bytes of all while nobody else does.

use super::{
    Client, Options, Streams,
    alone::{Exchange, in_one_poll},
    slot::{Outcome, Owner, Shape, Words},
    state::{Need, Refusal, State},
    waiting::Until,
};
use crate::wire::{REQUEST, decode_response, encode_request};
use core::{
    cell::RefCell,
    future::{Future, poll_fn},
    pin::pin,
    task::{Poll, Waker},
};
use embedded_io_async::{Read, Write};
use rsyscall_core::{
    abi::Abi,
    interface::{Hangup, NotSent, SyscallError},
};

/// Who drives, and so where his waker is kept.
#[derive(Clone, Copy)]
pub(super) enum Who {
    /// The caller of these calls: the first and the last.
    Calls(usize, usize),
    /// One who waits in line.
    Waiter(u32),
}

/// Somebody who waits, for as long as his future is there.
pub(super) struct Caller<'c, R: Read, W: Write, A: Abi, const N: usize, const B: usize> {
    pub(super) client: &'c Client<R, W, A, N, B>,
    pub(super) who: Who,
    /// Whether he was given what he waited for.
    pub(super) taken: bool,
}

impl<R: Read, W: Write, A: Abi, const N: usize, const B: usize> Drop for Caller<'_, R, W, A, N, B> {
    fn drop(&mut self) {
        let waker = {
            let mut state = self.client.state.borrow_mut();
            match self.who {
                Who::Calls(first, last) => state.leave(first, last, self.taken),
                Who::Waiter(ticket) => state.waiting.leave(ticket),
            }
        };
        drop(waker);
        self.client.wake_all();
        self.client.hand_over();
    }
}

/// A write that is under way: when it is dropped it has moved no byte.
struct Handed<'c, const N: usize, const B: usize>(&'c RefCell<State<N, B>>);

impl<const N: usize, const B: usize> Drop for Handed<'_, N, B> {
    fn drop(&mut self) {
        self.0.borrow_mut().hand_back();
    }
}

/// Pending once, and nobody is woken: whoever drives the stream or leaves it does that.
fn turn() -> impl Future<Output = ()> {
    let mut polled = false;
    poll_fn(move |_| if core::mem::replace(&mut polled, true) { Poll::Ready(()) } else { Poll::Pending })
}

/// A transfer; `None` instead of waiting for it, where the stream wakes whoever polled it last all the same.
async fn transfer<F: Future>(future: F, lasting_wakers: bool) -> Option<F::Output> {
    let mut future = pin!(future);
    poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending if lasting_wakers => Poll::Ready(None),
        Poll::Pending => Poll::Pending,
    })
    .await
}

impl<R: Read, W: Write, A: Abi, const N: usize, const B: usize> Client<R, W, A, N, B> {
    /// A user's call, from its first poll to its outcome.
    pub(super) async fn run_call(&self, call: Words) -> Outcome {
        let shape = Shape::default();
        let exchange = in_one_poll(|context| {
            self.exchange(
                context,
                Need::of(shape),
                |to| {
                    let Some(to) = to.first_chunk_mut() else { return 0 };
                    *to = encode_request(call.0, call.1);
                    REQUEST
                },
                |bytes| bytes.first_chunk().map_or(0, |bytes| decode_response(*bytes)),
                |state| state.enqueue(call, shape, Owner::Future),
            )
        });
        let index = match exchange.await {
            Exchange::Answered(word) => return Ok(word),
            Exchange::Begun(index) => index,
            Exchange::NotAlone => self.submit(call, shape, Owner::Future).await?,
        };
        self.finish(index).await
    }

    /// A call of the client's own, from its first poll to its outcome.
    pub(super) async fn run(&self, call: Words, shape: Shape) -> Outcome {
        let index = self.submit(call, shape, Owner::Future).await?;
        self.finish(index).await
    }

    /// The outcome of a call that is in flight.
    pub(super) async fn finish(&self, index: usize) -> Outcome {
        let mut caller = Caller { client: self, who: Who::Calls(index, index), taken: false };
        self.drive(caller.who, |state| state.done(index).is_some()).await;
        caller.taken = true;
        self.state.borrow().done(index).unwrap_or(Err(NotSent::Dead.into()))
    }

    /// Queues a single call as soon as there is room for it.
    pub(super) async fn submit(
        &self,
        call: Words,
        shape: Shape,
        owner: Owner,
    ) -> Result<usize, SyscallError> {
        self.admit(Need::of(shape), |state| state.enqueue(call, shape, owner)).await
    }

    /// Does something for which there must be room, now or, where that is wanted, when there is.
    pub(super) async fn admit<T>(
        &self,
        need: Need,
        enter: impl FnOnce(&mut State<N, B>) -> T,
    ) -> Result<T, SyscallError> {
        let ticket = {
            let mut state = self.state.borrow_mut();
            // Who does not wait for others has none of those before him who wait for room for memory.
            let alone = !self.options.waits && need.payload == 0 && need.data == 0;
            let refusal = match state.room(need) {
                Ok(()) if alone || !state.waiting.is_crowded() => return Ok(enter(&mut state)),
                Ok(()) => Refusal::Memory,
                Err(refusal) => refusal,
            };
            match refusal {
                Refusal::Never(reason) => return Err(reason.into()),
                Refusal::Calls if !self.options.waits => return Err(NotSent::Full.into()),
                Refusal::Calls | Refusal::Memory => {}
            }
            state.waiting.join(Until::Room).ok_or(NotSent::Full)?
        };
        let _caller = Caller { client: self, who: Who::Waiter(ticket), taken: false };
        let Options { waits, blocking, .. } = self.options;
        let turn = |state: &State<N, B>| state.turn(ticket, need, waits, blocking);
        self.drive(Who::Waiter(ticket), |state| turn(state).is_some()).await;
        let mut state = self.state.borrow_mut();
        match turn(&state) {
            Some(Err(reason)) => Err(reason.into()),
            _ => Ok(enter(&mut state)),
        }
    }

    /// Moves bytes, and sleeps where others move them, until something is so.
    pub(super) async fn drive(&self, who: Who, ready: impl Fn(&State<N, B>) -> bool) {
        let mut write = pin!(self.write_requests());
        let mut read = pin!(self.read_responses(&ready));
        poll_fn(|context| {
            // Who is awake need not be woken.
            let former = self.set_waker(who, None);
            drop(former);
            // Before the streams are touched: if they died meanwhile, a write must not go on.
            if !ready(&self.state.borrow()) {
                let _: Poll<()> = write.as_mut().poll(context);
            }
            if !ready(&self.state.borrow()) {
                let _: Poll<()> = read.as_mut().poll(context);
            }
            if ready(&self.state.borrow()) {
                return Poll::Ready(());
            }
            let waker = context.waker().clone();
            let former = self.set_waker(who, Some(waker));
            drop(former);
            Poll::Pending
        })
        .await;
    }

    /// Moves out what the stream takes at once.
    pub(super) async fn push_out(&self) {
        let mut write = pin!(self.write_requests());
        poll_fn(|context| {
            let _: Poll<()> = write.as_mut().poll(context);
            Poll::Ready(())
        })
        .await;
    }

    fn set_waker(&self, who: Who, waker: Option<Waker>) -> Option<Waker> {
        let mut state = self.state.borrow_mut();
        match who {
            Who::Calls(first, last) => {
                let index = state.first_not_done(first, last).unwrap_or(last);
                state.set_waker(index, waker)
            }
            Who::Waiter(ticket) => state.waiting.set_waker(ticket, waker),
        }
    }

    /// Hands all queued requests to the stream, whenever nobody else does. Never ready.
    #[expect(
        clippy::await_holding_refcell_ref,
        reason = "whoever holds it drives the stream; nobody waits for it"
    )]
    async fn write_requests(&self) {
        loop {
            if let Ok(mut requests) = self.requests.try_borrow_mut() {
                let Streams { stream, buffer } = &mut *requests;
                while self.state.borrow().has_outgoing() {
                    let bytes = buffer.bytes();
                    let length = self.state.borrow_mut().hand(bytes);
                    let bytes = bytes.get(..length).unwrap_or_default();
                    let handed = Handed(&self.state);
                    let written = transfer(stream.write(bytes), self.options.lasting_wakers).await;
                    match written {
                        None => break,
                        Some(Ok(count)) if (1..=length).contains(&count) => {
                            self.state.borrow_mut().accept(count);
                        }
                        Some(_) => self.state.borrow_mut().fail_requests(NotSent::Stream),
                    }
                    drop(handed);
                    self.wake_all();
                }
            }
            turn().await;
        }
    }

    /// Reads responses, whenever nobody else does, until this caller's is there.
    #[expect(
        clippy::await_holding_refcell_ref,
        reason = "whoever holds it drives the stream; nobody waits for it"
    )]
    async fn read_responses(&self, ready: impl Fn(&State<N, B>) -> bool) {
        loop {
            if let Ok(mut responses) = self.responses.try_borrow_mut() {
                let Streams { stream, buffer } = &mut *responses;
                while self.state.borrow().has_sent() {
                    let bytes = buffer.bytes();
                    let Some(read) = transfer(stream.read(bytes), self.options.lasting_wakers).await else {
                        break;
                    };
                    {
                        let mut state = self.state.borrow_mut();
                        match read.map(|count| bytes.get(..count)) {
                            Ok(Some([])) => state.end(),
                            Ok(Some(bytes)) => state.receive(bytes),
                            _ => state.die(Hangup::Stream),
                        }
                    }
                    self.wake_all();
                    if ready(&self.state.borrow()) {
                        return;
                    }
                }
            }
            turn().await;
        }
    }

    /// Drives the streams until no call that nobody waits for is in flight: what came of each is then an orphan.
    ///
    /// # Cancellation
    ///
    /// It can be dropped and called again at any time.
    ///
    /// # Errors
    ///
    /// [`NotSent::Full`] if `N` others wait in line, here, for room or for writes. They drive the streams, too.
    pub async fn settle(&self) -> Result<(), NotSent> {
        let ticket = {
            let mut state = self.state.borrow_mut();
            if !state.has_abandoned() {
                return Ok(());
            }
            state.waiting.join(Until::Settled).ok_or(NotSent::Full)?
        };
        let _caller = Caller { client: self, who: Who::Waiter(ticket), taken: false };
        self.drive(Who::Waiter(ticket), |state| !state.has_abandoned()).await;
        Ok(())
    }
}
