//! Which calls there are and how far each is: no streams, no futures.

use super::{
    buffer::{Arrivals, Payloads},
    slot::{Kind, Outcome, Owner, Progress, Shape, Slot, Words, transferred},
    waiting::Waiting,
};
use crate::wire::RESPONSE;
use core::task::Waker;
use heapless::{Deque, Vec};
use rsyscall_core::interface::{Hangup, NotSent, SyscallError};

/// All calls of a client. It owns every byte in flight.
pub(super) struct State<const N: usize, const B: usize> {
    pub(super) slots: [Slot; N],
    pub(super) free: Vec<usize, N>,
    /// Requests not completely accepted, in order.
    pub(super) queued: Deque<usize, N>,
    /// Requests whose response is to come, in order.
    pub(super) sent: Deque<usize, N>,
    /// Finished calls whose future is gone, in order.
    pub(super) orphans: Deque<usize, N>,
    /// Finished calls whose callers are to be woken.
    finished: Deque<usize, N>,
    /// How many bytes of the first queued request were accepted.
    pub(super) accepted: usize,
    /// How many bytes of payload go before the first queued request.
    pub(super) tail: usize,
    /// How many queued requests are in a write that is under way.
    pub(super) handed: usize,
    pub(super) payloads: Payloads<B>,
    pub(super) arrivals: Arrivals<B>,
    /// How many bytes of the first sent call's data have arrived.
    pub(super) arrived: usize,
    pub(super) response: Vec<u8, RESPONSE>,
    /// How many calls in flight nobody waits for.
    pub(super) unowned: usize,
    /// How many bytes of responses and data are to come.
    pub(super) expected: usize,
    /// How many bytes may be to come while something is still to be sent.
    limit: usize,
    pub(super) waiting: Waiting<N>,
    /// Why it is dead, if it is: what new calls are told.
    pub(super) dead: Option<NotSent>,
    /// The ABI that a server must have.
    pub(super) abi: u8,
    /// What the server has granted.
    pub(super) features: u32,
}

/// What a caller asks room for: requests that stay together, and their bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Need {
    pub(super) calls: usize,
    /// Bytes of requests without payload.
    pub(super) requests: usize,
    pub(super) payload: usize,
    pub(super) data: usize,
}

impl Need {
    /// That of one call.
    pub(super) const fn of(shape: Shape) -> Self {
        Self { calls: 1, requests: shape.length(), payload: shape.payload, data: shape.data }
    }

    /// Bytes of responses and of data.
    pub(super) const fn answers(self) -> usize {
        self.calls.saturating_mul(RESPONSE).saturating_add(self.data)
    }
}

/// Why there is no room now.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Refusal {
    /// There never will be, or the interface is dead.
    Never(NotSent),
    /// Calls in flight and orphans hold it.
    Calls,
    /// Other memory accesses hold it, which end by themselves, or writes that nobody waits for.
    Memory,
}

impl<const N: usize, const B: usize> State<N, B> {
    pub(super) fn new(abi: u8) -> Self {
        let slot = |_| Slot {
            progress: Progress::Free,
            owner: Owner::Gone,
            call: (0, [0; 6]),
            shape: Shape::default(),
            number: 0,
            place: 0,
            next: None,
            waker: None,
        };
        Self {
            slots: core::array::from_fn(slot),
            free: (0..N).rev().collect(),
            queued: Deque::new(),
            sent: Deque::new(),
            orphans: Deque::new(),
            finished: Deque::new(),
            accepted: 0,
            tail: 0,
            handed: 0,
            payloads: Payloads::new(),
            arrivals: Arrivals::new(),
            arrived: 0,
            response: Vec::new(),
            unowned: 0,
            expected: 0,
            limit: usize::MAX,
            waiting: Waiting::new(),
            dead: None,
            abi,
            features: 0,
        }
    }

    /// Lets no more bytes be outstanding while something is still to be sent than fit into the smallest stream.
    pub(super) const fn set_limit(&mut self, limit: usize) {
        self.limit = limit;
    }

    pub(super) const fn limit(&self) -> usize {
        self.limit
    }

    pub(super) fn has_outgoing(&self) -> bool {
        self.tail > 0 || !self.queued.is_empty()
    }

    pub(super) fn has_sent(&self) -> bool {
        !self.sent.is_empty()
    }

    /// Whether a call that nobody waits for is still in flight.
    pub(super) const fn has_abandoned(&self) -> bool {
        self.unowned > 0
    }

    /// Whether a write is in flight that nobody is meant to wait for: whoever needs its place reads its answer.
    #[cold]
    #[inline(never)]
    fn has_posted(&self) -> bool {
        let mut slots = self.sent.iter().chain(&self.queued).filter_map(|&index| self.slots.get(index));
        slots.any(|slot| slot.owner == Owner::Posted)
    }

    /// Whether there is room now, nothing is in flight, and nobody waits for anything.
    #[inline(always)]
    pub(super) fn is_idle(&self, need: Need) -> bool {
        !self.has_sent() && !self.has_outgoing() && self.waiting.is_empty() && self.room(need).is_ok()
    }

    /// Whether there is room now.
    #[inline]
    pub(super) fn room(&self, need: Need) -> Result<(), Refusal> {
        if let Some(reason) = self.dead {
            return Err(Refusal::Never(reason));
        }
        let Need { calls, requests, payload, data } = need;
        let answers = need.answers();
        let outgoing = requests.saturating_add(payload);
        // One call is sent whole before it is answered; what fits into the stream is taken whatever is to come.
        let fits = calls == 1 || answers <= self.limit || outgoing <= self.limit;
        if calls > N || payload > B || data > B || !fits {
            return Err(Refusal::Never(NotSent::Full));
        }
        let crowded = self.expected > 0 && self.expected.saturating_add(answers) > self.limit;
        if self.free.len() < calls || crowded {
            return Err(if self.has_posted() { Refusal::Memory } else { Refusal::Calls });
        }
        if self.payloads.room() < payload || self.arrivals.room() < data {
            return Err(Refusal::Memory);
        }
        Ok(())
    }

    /// Whether one who waits for room may enter, or is refused: `waits` if he may wait for calls, `blocking` if a poll of his
    /// is all that there is meanwhile.
    #[inline(never)]
    pub(super) fn turn(
        &self,
        ticket: u32,
        need: Need,
        waits: bool,
        blocking: bool,
    ) -> Option<Result<(), NotSent>> {
        // Whether there would be no room if nothing were in flight.
        let is_held_by_orphans = || self.orphans.len().saturating_add(need.calls) > N;
        match self.room(need) {
            Err(Refusal::Never(reason)) => Some(Err(reason)),
            // What he waited for came to nothing: failures of writes take up the room, or calls.
            Err(Refusal::Calls) if !waits || (blocking && is_held_by_orphans()) => Some(Err(NotSent::Full)),
            _ if self.waiting.is_refused(ticket) => Some(Err(NotSent::Full)),
            Ok(()) if self.waiting.is_first(ticket) => Some(Ok(())),
            _ => None,
        }
    }

    /// Takes a slot for a call for which there is [room](Self::room), and queues its request.
    pub(super) fn enqueue(&mut self, call: Words, shape: Shape, owner: Owner) -> usize {
        let Some(index) = self.free.pop() else { return usize::MAX };
        let place = if shape.data > 0 { self.arrivals.reserve(shape.data) } else { 0 };
        let number = if shape.kind == Kind::Write { self.waiting.submit() } else { 0 };
        if let Some(slot) = self.slots.get_mut(index) {
            *slot = Slot {
                progress: Progress::Queued,
                owner,
                call,
                shape,
                number,
                place,
                next: None,
                waker: None,
            };
        }
        if owner != Owner::Future {
            self.unowned = self.unowned.saturating_add(1);
        }
        self.expected = self.expected.saturating_add(RESPONSE).saturating_add(shape.data);
        let _ = self.queued.push_back(index);
        index
    }

    /// Makes a call's caller that of another, too.
    pub(super) fn chain(&mut self, index: usize, next: usize) {
        if let Some(slot) = self.slots.get_mut(index) {
            slot.next = Some(next);
        }
    }

    /// The outcome of a call, if it has one.
    pub(super) fn done(&self, index: usize) -> Option<Outcome> {
        match self.slots.get(index)?.progress {
            Progress::Done(outcome) => Some(outcome),
            _ => None,
        }
    }

    /// Whether a call's request is not yet accepted.
    pub(super) fn is_queued(&self, index: usize) -> bool {
        self.slots.get(index).is_some_and(|slot| slot.progress == Progress::Queued)
    }

    /// The next call of the same caller.
    pub(super) fn next(&self, index: usize) -> Option<usize> {
        self.slots.get(index)?.next
    }

    /// A call of a caller that has no outcome yet: the last if possible, whose outcome comes last as a rule.
    pub(super) fn first_not_done(&self, first: usize, last: usize) -> Option<usize> {
        if self.done(last).is_none() {
            return Some(last);
        }
        // All before the last have theirs, too, unless it was not sent when the interface died.
        self.dead?;
        let mut index = Some(first);
        while let Some(at) = index {
            if self.done(at).is_none() {
                return Some(at);
            }
            index = if at == last { None } else { self.next(at) };
        }
        None
    }

    /// What came ahead of a call's response: as many bytes as are valid.
    pub(super) fn data(&self, index: usize) -> &[u8] {
        let Some(slot) = self.slots.get(index) else { return &[] };
        match slot.progress {
            Progress::Done(outcome) => {
                let valid = transferred(outcome).unwrap_or(0).min(slot.shape.data);
                self.arrivals.get(slot.place, valid)
            }
            _ => &[],
        }
    }

    /// Sets the waker of a call and returns the former one.
    pub(super) fn set_waker(&mut self, index: usize, waker: Option<Waker>) -> Option<Waker> {
        core::mem::replace(&mut self.slots.get_mut(index)?.waker, waker)
    }

    /// Somebody to be woken because what he waits for is there; `None` when all were.
    pub(super) fn take_wake(&mut self) -> Option<Waker> {
        while let Some(index) = self.finished.pop_front() {
            if self.done(index).is_some()
                && let Some(waker) = self.set_waker(index, None)
            {
                return Some(waker);
            }
        }
        self.waiting.take_wake(self.dead.is_some(), self.unowned == 0)
    }

    /// The waker of the oldest caller that waits for something to be moved: its future takes over driving.
    pub(super) fn take_successor(&mut self) -> Option<Waker> {
        let Self { slots, sent, queued, .. } = self;
        let call = sent
            .iter()
            .chain(queued.iter())
            .find_map(|&index| slots.get_mut(index).and_then(|s| s.waker.take()));
        call.or_else(|| self.waiting.take_any())
    }

    /// A call has its outcome.
    pub(super) fn finish(&mut self, index: usize, outcome: Outcome) {
        let Some(slot) = self.slots.get_mut(index) else { return };
        slot.progress = Progress::Done(outcome);
        if slot.shape.kind == Kind::Write {
            self.waiting.written(slot.number);
        }
        self.expected = self.expected.saturating_sub(RESPONSE.saturating_add(slot.shape.data));
        if slot.owner == Owner::Future {
            if slot.waker.is_some() {
                let _ = self.finished.push_back(index);
            }
        } else {
            self.unowned = self.unowned.saturating_sub(1);
            self.keep(index, outcome);
        }
    }

    /// The end of the interface: every call gets its outcome, and later ones are told that it is dead.
    pub(super) fn die(&mut self, reason: Hangup) {
        while let Some(index) = self.sent.pop_front() {
            self.finish(index, Err(SyscallError::Hangup(reason)));
        }
        let not_sent = if reason == Hangup::Closed { NotSent::Dead } else { NotSent::Stream };
        self.fail_requests(not_sent);
    }

    /// The stream of requests failed. What was sent may have been answered already: those responses are still read.
    pub(super) fn fail_requests(&mut self, reason: NotSent) {
        self.dead = Some(NotSent::Dead);
        (self.tail, self.accepted) = (0, 0);
        while let Some(index) = self.queued.pop_front() {
            self.finish(index, Err(SyscallError::NotSent(reason)));
        }
    }
}
