//! A caller who is alone: requests out and responses in within one poll, with no record of them.

use super::{
    Client, Streams,
    state::{Need, State},
};
use core::{
    future::Future,
    pin::pin,
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

impl<R: Read, W: Write, A: Abi, const N: usize, const B: usize> Client<R, W, A, N, B> {
    /// Writes requests and reads their responses if [the streams block](Self::with_blocking_streams) and nobody else is
    /// there, neither in flight nor in line.
    ///
    /// `encode` writes the requests and says how many bytes they have, `decode` gets the responses, and `enter` records the
    /// calls where the streams did not take or give all bytes at once. As no future is kept, none can be dropped half way.
    pub(super) fn exchange<T, E>(
        &self,
        context: &mut Context<'_>,
        need: Need,
        encode: impl FnOnce(&mut [u8]) -> usize,
        decode: impl FnOnce(&[u8]) -> T,
        enter: impl FnOnce(&mut State<N, B>) -> E,
    ) -> Exchange<T, E> {
        if !self.blocking || !self.state.borrow().is_idle(need) {
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
            return Exchange::Answered(decode(arrived));
        }
        let mut state = self.state.borrow_mut();
        let entered = enter(&mut state);
        match accepted {
            Some(count) => state.accept(count),
            None => state.fail_requests(NotSent::Stream),
        }
        state.receive(arrived);
        match end {
            Some(Poll::Ready(true)) => state.end(),
            Some(Poll::Ready(false)) => state.die(Hangup::Stream),
            Some(Poll::Pending) | None => {}
        }
        Exchange::Begun(entered)
    }
}
