//! Streams that move as many bytes as they are allowed to, and a server behind them.

use core::{
    cell::RefCell,
    future::poll_fn,
    task::{Poll, Waker},
};
use embedded_io_async::{ErrorKind, ErrorType, Read, Write};
use rsyscall_transport_pipe::wire::{self, REQUEST};
use std::{collections::VecDeque, rc::Rc};

/// Where the server's memory begins, and how long it is.
pub(crate) const MEMORY: u64 = 0x10_0000;
pub(crate) const MEMORY_LENGTH: usize = 256;
/// The call that is answered with its first argument plus 1000.
pub(crate) const PLUS_1000: i64 = 39;
/// The call that fails with its first argument as errno.
pub(crate) const FAIL: i64 = 40;

/// A server, and how many bytes the streams may still move.
pub(crate) struct Script {
    /// All that came, and how much of it was dealt with.
    pub(crate) requests: Vec<u8>,
    pub(crate) consumed: usize,
    /// What is not yet read.
    pub(crate) responses: Vec<u8>,
    /// How many calls were answered, and which were made, memory not counted.
    pub(crate) answered: usize,
    pub(crate) executed: Vec<u64>,
    pub(crate) may_write: usize,
    pub(crate) may_read: usize,
    /// How many bytes a single transfer moves at most.
    pub(crate) at_once: usize,
    pub(crate) write_fails: bool,
    pub(crate) read_ends: bool,
    /// How many bytes follow the next responses though nobody asked for them.
    pub(crate) unasked: usize,
    /// What HELLO grants, if the server knows it.
    pub(crate) features: Option<u32>,
    /// What is answered to HELLO instead.
    pub(crate) hello: Option<i64>,
    /// What is answered to READ and WRITE instead.
    pub(crate) lie: Option<i64>,
    pub(crate) memory: Vec<u8>,
    /// How many writes were performed.
    pub(crate) writes: usize,
    /// How many transfers there were, and how many waited.
    pub(crate) written: usize,
    pub(crate) read: usize,
    /// Whether who waited is woken also when his transfer is gone.
    pub(crate) lasting_wakers: bool,
    next_waker: usize,
    write_wakers: VecDeque<(usize, Waker)>,
    read_wakers: VecDeque<(usize, Waker)>,
}

impl Default for Script {
    fn default() -> Self {
        Self {
            requests: Vec::new(),
            consumed: 0,
            responses: Vec::new(),
            answered: 0,
            executed: Vec::new(),
            may_write: 0,
            may_read: 0,
            at_once: usize::MAX,
            write_fails: false,
            read_ends: false,
            unasked: 0,
            features: None,
            hello: None,
            lie: None,
            memory: vec![0; MEMORY_LENGTH],
            writes: 0,
            written: 0,
            read: 0,
            lasting_wakers: false,
            next_waker: 0,
            write_wakers: VecDeque::new(),
            read_wakers: VecDeque::new(),
        }
    }
}

pub(crate) type Shared = Rc<RefCell<Script>>;
pub(crate) struct Requests(pub(crate) Shared);
pub(crate) struct Responses(pub(crate) Shared);

impl Script {
    fn answer(&mut self) {
        while self.step().is_some() {
            let unasked = core::mem::take(&mut self.unasked);
            self.responses.extend(vec![0; unasked]);
        }
    }

    fn rest(&self) -> &[u8] {
        &self.requests[self.consumed..]
    }

    fn respond(&mut self, word: i64) {
        self.responses.extend(wire::encode_response(word));
    }

    /// Deals with one request, if it is there with all that belongs to it.
    fn step(&mut self) -> Option<()> {
        let (number, arguments) = wire::decode_request(self.rest().first_chunk()?);
        let [first, second, ..] = arguments;
        let length = usize::try_from(second).unwrap_or(usize::MAX);
        match (number, self.features) {
            (wire::HELLO, features) => {
                self.consumed += REQUEST;
                let granted = features.map(|features| features & u32::try_from(second).unwrap());
                let word =
                    granted.map_or(-38, |features| wire::Hello { version: 1, abi: 1, features }.encode());
                self.respond(self.hello.unwrap_or(word));
                self.answered += 1;
            }
            (wire::WRITE, Some(_)) => {
                let payload = self.rest().get(REQUEST..REQUEST + length)?.to_vec();
                self.consumed += REQUEST + length;
                let word = self.write_memory(first, &payload);
                self.respond(self.lie.unwrap_or(word));
            }
            (wire::READ, Some(_)) => {
                self.consumed += REQUEST;
                let word = self.read_memory(first, length);
                self.respond(self.lie.unwrap_or(word));
            }
            (wire::BATCH, Some(_)) => self.batch(usize::try_from(first).unwrap(), second)?,
            _ => {
                self.consumed += REQUEST;
                let word = self.call(number, arguments);
                self.respond(word);
            }
        }
        Some(())
    }

    fn call(&mut self, number: i64, [first, ..]: [u64; 6]) -> i64 {
        self.answered += 1;
        self.executed.push(first);
        match number {
            PLUS_1000 => first.cast_signed() + 1000,
            FAIL => -first.cast_signed(),
            _ => -38,
        }
    }

    fn write_memory(&mut self, address: u64, bytes: &[u8]) -> i64 {
        self.writes += 1;
        let start = usize::try_from(address.wrapping_sub(MEMORY)).unwrap();
        match self.memory.get_mut(start..start.saturating_add(bytes.len())) {
            Some(to) => {
                to.copy_from_slice(bytes);
                0
            }
            None => -14,
        }
    }

    /// Sends the bytes and gives the word.
    fn read_memory(&mut self, address: u64, length: usize) -> i64 {
        let start = usize::try_from(address.wrapping_sub(MEMORY)).unwrap();
        let valid = self.memory.get(start..).unwrap_or_default();
        let valid = &valid[..valid.len().min(length)];
        self.responses.extend(valid);
        self.responses.extend(std::iter::repeat_n(0, length - valid.len()));
        if valid.is_empty() && length > 0 { -14 } else { i64::try_from(valid.len()).unwrap() }
    }

    /// Performs a batch when all of it is there.
    fn batch(&mut self, count: usize, flags: u64) -> Option<()> {
        let frame = if flags & wire::LINKED != 0 { wire::LINKED_FRAME } else { REQUEST };
        let frames: Vec<u8> = self.rest().get(REQUEST..REQUEST + count * frame)?.to_vec();
        let frames: Vec<_> = frames.chunks_exact(frame).collect();
        let payload = |frame: &[u8]| match wire::decode_request(frame.first_chunk().unwrap()) {
            (wire::WRITE, [_, length, ..]) => usize::try_from(length).unwrap(),
            _ => 0,
        };
        let payloads: usize = frames.iter().map(|frame| payload(frame)).sum();
        let body = REQUEST + count * frame;
        let mut bytes = &self.rest().get(body..body + payloads)?.to_vec()[..];
        self.consumed += body + payloads;
        let mut results: Vec<i64> = Vec::new();
        let mut stopped = false;
        for frame in frames {
            let (number, mut arguments) = wire::decode_request(frame.first_chunk().unwrap());
            let mut skipped = stopped;
            if let Some(links) = frame.get(REQUEST..).filter(|links| !links.is_empty()) {
                for (argument, link) in
                    arguments.iter_mut().zip(wire::decode_links(links.try_into().unwrap()).unwrap())
                {
                    if link != 0 {
                        let result = results[usize::from(link) - 1];
                        skipped |= (-4095..0).contains(&result) || result == wire::BATCH_NOT_PERFORMED;
                        *argument = argument.wrapping_add(result.cast_unsigned());
                    }
                }
            }
            let length = usize::try_from(arguments[1]).unwrap_or(0);
            let word = match number {
                wire::WRITE => {
                    let (payload, rest) = bytes.split_at(length);
                    bytes = rest;
                    if skipped { wire::BATCH_NOT_PERFORMED } else { self.write_memory(arguments[0], payload) }
                }
                wire::READ if skipped => {
                    self.responses.extend(std::iter::repeat_n(0, length));
                    wire::BATCH_NOT_PERFORMED
                }
                wire::READ => self.read_memory(arguments[0], length),
                _ if wire::is_reserved(number) && !stopped => -22,
                _ if skipped => wire::BATCH_NOT_PERFORMED,
                _ => self.call(number, arguments),
            };
            stopped |= flags & wire::STOP_ON_ERROR != 0 && (-4095..0).contains(&word);
            results.push(word);
            self.respond(word);
        }
        Some(())
    }

    /// Wakes who waits for what can be done now.
    pub(crate) fn take_wakers(&mut self) -> Vec<Waker> {
        let mut wakers = Vec::new();
        if self.may_write > 0 || self.write_fails {
            wakers.extend(self.write_wakers.drain(..).map(|(_, waker)| waker));
        }
        if (self.may_read > 0 && !self.responses.is_empty()) || self.read_ends {
            wakers.extend(self.read_wakers.drain(..).map(|(_, waker)| waker));
        }
        wakers
    }

    fn register(&mut self, read: bool, id: Option<usize>, waker: Waker) -> usize {
        let id = id.unwrap_or_else(|| {
            self.next_waker += 1;
            self.next_waker
        });
        self.forget(id);
        let wakers = if read { &mut self.read_wakers } else { &mut self.write_wakers };
        // As in a descriptor that is watched: there is one place a direction.
        wakers.clear();
        wakers.push_back((id, waker));
        id
    }

    fn forget(&mut self, id: usize) {
        self.read_wakers.retain(|waker| waker.0 != id);
        self.write_wakers.retain(|waker| waker.0 != id);
    }
}

/// A transfer that waits: its waker is gone when it is.
struct Registration<'s>(&'s Shared, Option<usize>);

impl Registration<'_> {
    fn wait(&mut self, script: &mut Script, read: bool, waker: &Waker) {
        self.1 = Some(script.register(read, self.1, waker.clone()));
    }
}

impl Drop for Registration<'_> {
    fn drop(&mut self) {
        let mut script = self.0.borrow_mut();
        if let (Some(id), false) = (self.1, script.lasting_wakers) {
            script.forget(id);
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
        let mut registration = Registration(&self.0, None);
        poll_fn(|context| {
            let mut script = self.0.borrow_mut();
            if script.write_fails {
                return Poll::Ready(Err(ErrorKind::BrokenPipe));
            }
            let count = script.may_write.min(bytes.len()).min(script.at_once);
            if count == 0 {
                registration.wait(&mut script, false, context.waker());
                return Poll::Pending;
            }
            script.may_write -= count;
            script.written += 1;
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
        let mut registration = Registration(&self.0, None);
        poll_fn(|context| {
            let mut script = self.0.borrow_mut();
            let count = script.may_read.min(bytes.len()).min(script.responses.len()).min(script.at_once);
            if count == 0 {
                if script.read_ends {
                    return Poll::Ready(Ok(0));
                }
                registration.wait(&mut script, true, context.waker());
                return Poll::Pending;
            }
            script.may_read -= count;
            script.read += 1;
            for (to, byte) in bytes.iter_mut().zip(script.responses.drain(..count)) {
                *to = byte;
            }
            Poll::Ready(Ok(count))
        })
        .await
    }
}
