//! Which calls there are and how far each is: no streams, no futures.

use crate::wire::{self, REQUEST, RESPONSE};
use core::task::Waker;
use heapless::{Deque, Vec};
use rsyscall_core::interface::{Hangup, NotSent, SyscallError};

/// How many requests are handed to the stream in one write.
const AT_ONCE: usize = 8;

/// Room for the requests of one write.
pub(super) type Chunk = Vec<u8, { REQUEST * AT_ONCE }>;

/// A call's number and arguments.
pub(super) type Words = (i64, [u64; 6]);

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Progress {
    Free,
    /// Not all bytes of the request were accepted.
    Queued,
    /// The response is to come.
    Sent,
    Done(Result<i64, SyscallError>),
}

struct Slot {
    progress: Progress,
    /// Whether the future is still there.
    owned: bool,
    call: Words,
    waker: Option<Waker>,
}

/// All calls of a client. It owns every byte in flight.
pub(super) struct State<const N: usize> {
    slots: [Slot; N],
    free: Vec<usize, N>,
    /// Requests not completely accepted, in order.
    queued: Deque<usize, N>,
    /// Requests whose response is to come, in order.
    sent: Deque<usize, N>,
    /// Finished calls whose future is gone, in order.
    orphans: Deque<usize, N>,
    /// How many bytes of the first queued request were accepted.
    accepted: usize,
    /// How many queued requests are in a write that is under way.
    handed: usize,
    response: Vec<u8, RESPONSE>,
    /// Who waits for the calls whose futures are gone.
    settler: Option<Waker>,
    dead: bool,
}

impl<const N: usize> State<N> {
    pub(super) fn new() -> Self {
        let slot = |_| Slot { progress: Progress::Free, owned: false, call: (0, [0; 6]), waker: None };
        Self {
            slots: core::array::from_fn(slot),
            free: (0..N).rev().collect(),
            queued: Deque::new(),
            sent: Deque::new(),
            orphans: Deque::new(),
            accepted: 0,
            handed: 0,
            response: Vec::new(),
            settler: None,
            dead: false,
        }
    }

    pub(super) const fn is_dead(&self) -> bool {
        self.dead
    }

    pub(super) fn has_queued(&self) -> bool {
        !self.queued.is_empty()
    }

    pub(super) fn has_sent(&self) -> bool {
        !self.sent.is_empty()
    }

    /// Whether a call whose future is gone is still in flight.
    pub(super) fn has_abandoned(&self) -> bool {
        self.sent
            .iter()
            .chain(&self.queued)
            .any(|&index| self.slots.get(index).is_some_and(|slot| !slot.owned))
    }

    /// Sets the waker of who waits for abandoned calls and returns the former one.
    pub(super) const fn set_settler(&mut self, waker: Option<Waker>) -> Option<Waker> {
        core::mem::replace(&mut self.settler, waker)
    }

    /// Takes a slot for a call and queues its request.
    pub(super) fn enqueue(&mut self, call: Words) -> Result<usize, NotSent> {
        if self.dead {
            return Err(NotSent::Dead);
        }
        let index = self.free.pop().ok_or(NotSent::Full)?;
        if let Some(slot) = self.slots.get_mut(index) {
            *slot = Slot { progress: Progress::Queued, owned: true, call, waker: None };
        }
        let _ = self.queued.push_back(index);
        Ok(index)
    }

    /// The outcome of a call, if it has one.
    pub(super) fn done(&self, index: usize) -> Option<Result<i64, SyscallError>> {
        match self.slots.get(index)?.progress {
            Progress::Done(outcome) => Some(outcome),
            _ => None,
        }
    }

    /// Sets the waker of a call and returns the former one.
    pub(super) fn set_waker(&mut self, index: usize, waker: Option<Waker>) -> Option<Waker> {
        core::mem::replace(&mut self.slots.get_mut(index)?.waker, waker)
    }

    /// The waker of a call that has an outcome: whoever waits for it is woken once.
    pub(super) fn take_done_waker(&mut self, from: &mut usize) -> Option<Waker> {
        loop {
            let slot = self.slots.get_mut(*from)?;
            *from = from.wrapping_add(1);
            if matches!(slot.progress, Progress::Done(_)) && slot.waker.is_some() {
                return slot.waker.take();
            }
        }
    }

    /// The waker of the oldest call that somebody waits for: its future takes over driving.
    pub(super) fn take_successor(&mut self) -> Option<Waker> {
        let Self { slots, sent, queued, .. } = self;
        let index =
            sent.iter().chain(queued.iter()).find(|&&index| slots.get(index).is_some_and(|s| s.owned))?;
        slots.get_mut(*index)?.waker.take()
    }

    /// The next bytes to be sent. They count as handed to the stream until [`retract`](Self::retract).
    pub(super) fn hand(&mut self) -> Chunk {
        let mut chunk = Chunk::new();
        let mut skip = self.accepted;
        self.handed = 0;
        for slot in self.queued.iter().take(AT_ONCE).filter_map(|&index| self.slots.get(index)) {
            let bytes = wire::encode_request(slot.call.0, slot.call.1);
            let _ = chunk.extend_from_slice(bytes.get(skip..).unwrap_or_default());
            skip = 0;
            self.handed = self.handed.saturating_add(1);
        }
        chunk
    }

    /// The write is over, and what it moved was [accepted](Self::accept): calls whose future is gone and of which no
    /// byte was accepted are not submitted.
    pub(super) fn retract(&mut self) {
        self.handed = 0;
        let mut touched = self.accepted > 0;
        let Self { slots, queued, free, .. } = self;
        queued.retain(|&index| {
            let Some(slot) = slots.get_mut(index) else { return false };
            let keep = slot.owned || touched;
            touched = false;
            if !keep {
                slot.progress = Progress::Free;
                let _ = free.push(index);
            }
            keep
        });
    }

    /// The stream accepted this many bytes of what was handed to it.
    pub(super) fn accept(&mut self, count: usize) {
        self.accepted = self.accepted.saturating_add(count);
        while let Some(left) = self.accepted.checked_sub(REQUEST) {
            let Some(index) = self.queued.pop_front() else { break };
            self.accepted = left;
            if let Some(slot) = self.slots.get_mut(index) {
                slot.progress = Progress::Sent;
            }
            let _ = self.sent.push_back(index);
        }
        self.retract();
    }

    /// The stream of responses gave these bytes.
    pub(super) fn receive(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            if self.sent.is_empty() {
                return self.die(Hangup::UnaskedBytes);
            }
            let _ = self.response.push(byte);
            if let Ok(response) = self.response.as_slice().try_into() {
                self.response.clear();
                if let Some(index) = self.sent.pop_front() {
                    self.finish(index, Ok(wire::decode_response(response)));
                }
            }
        }
    }

    /// The stream of responses ended.
    pub(super) fn end(&mut self) {
        self.die(if self.response.is_empty() { Hangup::EndOfStream } else { Hangup::TornResponse });
    }

    /// The end of the interface: every call gets its outcome.
    pub(super) fn die(&mut self, reason: Hangup) {
        self.dead = true;
        while let Some(index) = self.sent.pop_front() {
            self.finish(index, Err(SyscallError::Hangup(reason)));
        }
        let not_sent = if reason == Hangup::Closed { NotSent::Dead } else { NotSent::Stream };
        while let Some(index) = self.queued.pop_front() {
            self.finish(index, Err(SyscallError::NotSent(not_sent)));
        }
    }

    /// The stream of requests failed. What was sent may have been answered already: those responses are still read.
    pub(super) fn fail_requests(&mut self) {
        self.dead = true;
        while let Some(index) = self.queued.pop_front() {
            self.finish(index, Err(SyscallError::NotSent(NotSent::Stream)));
        }
    }

    fn finish(&mut self, index: usize, outcome: Result<i64, SyscallError>) {
        let Some(slot) = self.slots.get_mut(index) else { return };
        slot.progress = Progress::Done(outcome);
        if !slot.owned {
            if matches!(outcome, Err(SyscallError::NotSent(_))) {
                // It was not submitted after all, and so there is nothing to be told.
                slot.progress = Progress::Free;
                let _ = self.free.push(index);
            } else {
                let _ = self.orphans.push_back(index);
            }
        }
    }

    /// The future of a call is gone; `taken` if it gave its outcome to its caller.
    pub(super) fn leave(&mut self, index: usize, taken: bool) -> Option<Waker> {
        let position = self.queued.iter().position(|&queued| queued == index);
        let touched = self.handed.max(usize::from(self.accepted > 0));
        let slot = self.slots.get_mut(index)?;
        let waker = slot.waker.take();
        slot.owned = false;
        match slot.progress {
            Progress::Done(outcome) if !taken => self.finish(index, outcome),
            Progress::Queued if position.is_some_and(|position| position < touched) => {}
            Progress::Sent | Progress::Free => {}
            Progress::Queued | Progress::Done(_) => {
                slot.progress = Progress::Free;
                let _ = self.free.push(index);
                self.queued.retain(|&queued| queued != index);
            }
        }
        waker
    }

    /// The oldest call that finished after its future was gone.
    pub(super) fn take_orphan(&mut self) -> Option<(Words, Result<i64, SyscallError>)> {
        let index = self.orphans.pop_front()?;
        let outcome = self.done(index)?;
        let slot = self.slots.get_mut(index)?;
        slot.progress = Progress::Free;
        let _ = self.free.push(index);
        Some((slot.call, outcome))
    }
}
