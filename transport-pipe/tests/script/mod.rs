//! Streams that move as many bytes as they are allowed to, and a server behind them.

use core::{
    cell::RefCell,
    future::poll_fn,
    task::{Poll, Waker},
};
use embedded_io_async::{ErrorKind, ErrorType, Read, Write};
use rsyscall_transport_pipe::wire;
use std::rc::Rc;

/// A server that answers a call with its first argument plus 1000, and how many bytes the streams may still move.
#[derive(Default)]
pub(crate) struct Script {
    pub(crate) requests: Vec<u8>,
    pub(crate) responses: Vec<u8>,
    pub(crate) answered: usize,
    pub(crate) may_write: usize,
    pub(crate) may_read: usize,
    pub(crate) write_fails: bool,
    pub(crate) read_ends: bool,
    wakers: Vec<Waker>,
}

pub(crate) type Shared = Rc<RefCell<Script>>;
pub(crate) struct Requests(pub(crate) Shared);
pub(crate) struct Responses(pub(crate) Shared);

impl Script {
    fn answer(&mut self) {
        while let Some(request) =
            self.requests.get(self.answered * wire::REQUEST..(self.answered + 1) * wire::REQUEST)
        {
            let (_, [first, ..]) = wire::decode_request(request.try_into().unwrap());
            self.responses.extend(wire::encode_response(first.cast_signed() + 1000));
            self.answered += 1;
        }
    }
}

impl ErrorType for Requests {
    type Error = ErrorKind;
}
impl ErrorType for Responses {
    type Error = ErrorKind;
}

impl Write for Requests {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, ErrorKind> {
        poll_fn(|context| {
            let mut script = self.0.borrow_mut();
            if script.write_fails {
                return Poll::Ready(Err(ErrorKind::BrokenPipe));
            }
            let count = script.may_write.min(bytes.len());
            if count == 0 {
                script.wakers.push(context.waker().clone());
                return Poll::Pending;
            }
            script.may_write -= count;
            script.requests.extend(&bytes[..count]);
            script.answer();
            Poll::Ready(Ok(count))
        })
        .await
    }

    async fn flush(&mut self) -> Result<(), ErrorKind> {
        Ok(())
    }
}

impl Read for Responses {
    async fn read(&mut self, bytes: &mut [u8]) -> Result<usize, ErrorKind> {
        poll_fn(|context| {
            let mut script = self.0.borrow_mut();
            let count = script.may_read.min(bytes.len()).min(script.responses.len());
            if count == 0 {
                if script.read_ends {
                    return Poll::Ready(Ok(0));
                }
                script.wakers.push(context.waker().clone());
                return Poll::Pending;
            }
            script.may_read -= count;
            for (to, byte) in bytes.iter_mut().zip(script.responses.drain(..count)) {
                *to = byte;
            }
            Poll::Ready(Ok(count))
        })
        .await
    }
}
