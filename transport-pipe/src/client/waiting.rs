//! Who waits for room, for writes to be over or for abandoned calls, in order.

use core::task::Waker;
use heapless::Deque;

/// What is waited for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Until {
    /// There may be room for what this one wants: nobody before him waits.
    Room,
    /// The write with this number is over.
    Written(u32),
    /// No call that nobody waits for is in flight.
    Settled,
    /// Nothing more: there will be no room.
    Nothing,
}

struct Waiter {
    ticket: u32,
    until: Until,
    waker: Option<Waker>,
}

/// As many as there are slots.
pub(super) struct Waiting<const N: usize> {
    waiters: Deque<Waiter, N>,
    next_ticket: u32,
    /// The number of the last write that was submitted, and of the last one that was answered. Both wrap.
    submitted: u32,
    written: u32,
    /// Whether something was freed that the first who waits for room may want.
    freed: bool,
}

impl<const N: usize> Waiting<N> {
    pub(super) const fn new() -> Self {
        Self { waiters: Deque::new(), next_ticket: 0, submitted: 0, written: 0, freed: false }
    }

    /// The number of the next write.
    pub(super) const fn submit(&mut self) -> u32 {
        self.submitted = self.submitted.wrapping_add(1);
        self.submitted
    }

    /// A write is over, and so are those before it.
    pub(super) const fn written(&mut self, number: u32) {
        if is_over(number, self.written) {
            return;
        }
        self.written = number;
    }

    pub(super) const fn freed(&mut self) {
        self.freed = true;
    }

    /// A write will never be sent: who waits for it waits for the one before it.
    pub(super) fn forget(&mut self, number: u32, before: Option<u32>) {
        let Some(before) = before else { return self.written(number) };
        for waiter in &mut self.waiters {
            if waiter.until == Until::Written(number) {
                waiter.until = Until::Written(before);
            }
        }
    }

    /// Whether the write that this one waits for is over.
    pub(super) fn is_written(&self, ticket: u32) -> bool {
        self.waiters.iter().any(|waiter| {
            waiter.ticket == ticket
                && matches!(waiter.until, Until::Written(number) if is_over(number, self.written))
        })
    }

    /// Whether nobody waits.
    pub(super) fn is_empty(&self) -> bool {
        self.waiters.is_empty()
    }

    /// Whether somebody waits for room.
    pub(super) fn is_crowded(&self) -> bool {
        self.waiters.iter().any(|waiter| waiter.until == Until::Room)
    }

    /// Takes a place at the end, if there is one.
    pub(super) fn join(&mut self, until: Until) -> Option<u32> {
        let ticket = self.next_ticket;
        self.waiters.push_back(Waiter { ticket, until, waker: None }).ok()?;
        self.next_ticket = ticket.wrapping_add(1);
        Some(ticket)
    }

    /// Gives up the place. Who waits for room behind it may go on.
    pub(super) fn leave(&mut self, ticket: u32) -> Option<Waker> {
        let waker = self.set_waker(ticket, None);
        self.waiters.retain(|waiter| waiter.ticket != ticket);
        self.freed = true;
        waker
    }

    /// Whether this one is the first of those who wait for room.
    pub(super) fn is_first(&self, ticket: u32) -> bool {
        self.waiters
            .iter()
            .find(|waiter| waiter.until == Until::Room)
            .is_some_and(|waiter| waiter.ticket == ticket)
    }

    /// Lets the first of those who wait for room wait no more.
    pub(super) fn refuse_first(&mut self) {
        if let Some(waiter) = self.waiters.iter_mut().find(|waiter| waiter.until == Until::Room) {
            waiter.until = Until::Nothing;
        }
    }

    /// Whether this one waits for room in vain.
    pub(super) fn is_refused(&self, ticket: u32) -> bool {
        self.waiters.iter().any(|waiter| waiter.ticket == ticket && waiter.until == Until::Nothing)
    }

    /// Sets the waker of one who waits and returns the former one.
    pub(super) fn set_waker(&mut self, ticket: u32, waker: Option<Waker>) -> Option<Waker> {
        let waiter = self.waiters.iter_mut().find(|waiter| waiter.ticket == ticket)?;
        core::mem::replace(&mut waiter.waker, waker)
    }

    /// Somebody whose wait may be over; everybody's is when the interface is dead.
    pub(super) fn take_wake(&mut self, dead: bool, settled: bool) -> Option<Waker> {
        if self.waiters.is_empty() {
            self.freed = false;
            return None;
        }
        let (written, freed) = (self.written, core::mem::take(&mut self.freed));
        let mut first = true;
        let waker = self.waiters.iter_mut().find_map(|waiter| match waiter.until {
            Until::Room if !core::mem::take(&mut first) && !dead => None,
            Until::Room if !freed && !dead => None,
            Until::Written(number) if !is_over(number, written) && !dead => None,
            Until::Settled if !settled && !dead => None,
            _ => waiter.waker.take(),
        });
        // There may be more.
        self.freed = freed && waker.is_some();
        waker
    }

    /// Anybody who can move bytes.
    pub(super) fn take_any(&mut self) -> Option<Waker> {
        self.waiters.iter_mut().find_map(|waiter| waiter.waker.take())
    }
}

/// Whether a write is over when that one is.
const fn is_over(number: u32, written: u32) -> bool {
    written.wrapping_sub(number).cast_signed() >= 0
}
