//! A caller who is alone: requests out and responses in within one poll, with no record of them.

use super::{
    Client, Streams,
    state::{Need, State},
};
use core::{
    future::Future,
    pin::{Pin, pin},
    task::{Context, Poll},
};
use embedded_io_async::{Read, Write};
use rsyscall_core::{
    abi::Abi,
    interface::{Hangup, NotSent},
};

/// How far an exchange came.
pub(super) enum Exchange<T, E> {
    /// To its end: this is what the responses say.
    Answered(T),
    /// Not to its end. What is in flight is recorded like any other call's.
    Begun(E),
    /// Nothing happened.
    NotAlone,
}

/// A future that is ready when it is first polled, with what a function makes of the context. Unlike that of `poll_fn` it
/// always folds into whoever awaits it.
struct InOnePoll<F>(Option<F>);

impl<T, F: FnOnce(&mut Context<'_>) -> T + Unpin> Future for InOnePoll<F> {
    type Output = T;

    #[inline(always)]
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        self.0.take().map_or(Poll::Pending, |run| Poll::Ready(run(context)))
    }
}

/// Runs a function within a poll.
#[inline(always)]
pub(super) fn in_one_poll<T>(run: impl FnOnce(&mut Context<'_>) -> T + Unpin) -> impl Future<Output = T> {
    InOnePoll(Some(run))
}

impl<R: Read, W: Write, A: Abi, const N: usize, const B: usize> Client<R, W, A, N, B> {
    /// Writes requests and reads their responses if [the streams block](Self::with_blocking_streams) and nobody else is
    /// there, neither in flight nor in line.
    ///
    /// `encode` writes the requests and says how many bytes they have, `decode` gets the responses, and `enter` records the
    /// calls where the streams did not take or give all bytes at once. As no future is kept, none can be dropped half way.
    #[inline(always)]
    pub(super) fn exchange<T, E>(
        &self,
        context: &mut Context<'_>,
        need: Need,
        encode: impl FnOnce(&mut [u8]) -> usize,
        decode: impl FnOnce(&[u8]) -> T,
        enter: impl FnOnce(&mut State<N, B>) -> E,
    ) -> Exchange<T, E> {
        if !self.options.blocking || !self.state.borrow().is_idle(need) {
            return Exchange::NotAlone;
        }
        let (Ok(mut requests), Ok(mut responses)) =
            (self.requests.try_borrow_mut(), self.responses.try_borrow_mut())
        else {
            return Exchange::NotAlone;
        };
        let Streams { stream, buffer } = &mut *requests;
        let bytes = buffer.bytes();
        let length = encode(bytes);
        let Some(bytes) = bytes.get(..length).filter(|bytes| !bytes.is_empty()) else {
            return Exchange::NotAlone;
        };
        let Poll::Ready(written) = pin!(stream.write(bytes)).poll(context) else {
            return Exchange::NotAlone;
        };
        let accepted = written.ok().filter(|count| (1..=length).contains(count));
        let Streams { stream, buffer } = &mut *responses;
        let bytes = buffer.bytes();
        let expected = need.answers();
        let mut arrived = 0_usize;
        let mut end = None;
        while accepted == Some(length) && arrived < expected && end.is_none() {
            let room = bytes.get_mut(arrived..).unwrap_or_default();
            let space = room.len();
            match pin!(stream.read(room)).poll(context) {
                Poll::Ready(Ok(count @ 1..)) if count <= space => arrived = arrived.saturating_add(count),
                other => end = Some(other.map(|read| read.is_ok_and(|count| count == 0))),
            }
        }
        let arrived = bytes.get(..arrived).unwrap_or_default();
        if arrived.len() == expected && accepted == Some(length) {
            let answer = decode(arrived);
            drop((requests, responses));
            // Of who made a call while a transfer was polled.
            if self.state.borrow().has_outgoing() {
                self.hand_over();
            }
            return Exchange::Answered(answer);
        }
        let mut state = self.state.borrow_mut();
        let entered = enter(&mut state);
        state.go_on(accepted, arrived, end);
        Exchange::Begun(entered)
    }
}

impl<const N: usize, const B: usize> State<N, B> {
    /// Takes over where an exchange stopped: how many bytes the stream accepted, if any, which arrived, and if the responses
    /// were not pending, whether that was their end.
    #[inline(never)]
    fn go_on(&mut self, accepted: Option<usize>, arrived: &[u8], end: Option<Poll<bool>>) {
        match accepted {
            Some(count) => self.accept(count),
            None => self.fail_requests(NotSent::Stream),
        }
        self.receive(arrived);
        match end {
            Some(Poll::Ready(true)) => self.end(),
            Some(Poll::Ready(false)) => self.die(Hangup::Stream),
            Some(Poll::Pending) | None => {}
        }
    }
}
