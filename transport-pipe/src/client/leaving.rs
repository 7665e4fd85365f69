//! Calls whose callers are gone: forgotten where nothing had left, and kept where somebody must be told.

use super::{
    slot::{Kind, Outcome, Owner, Progress, Words},
    state::State,
};
use crate::wire::RESPONSE;
use core::task::Waker;

impl<const N: usize, const B: usize> State<N, B> {
    /// The future of these calls is gone; `taken` if it gave their outcomes to its caller. Returns a waker to be dropped
    /// where nothing is borrowed.
    pub(super) fn leave(&mut self, first: usize, last: usize, taken: bool) -> Option<Waker> {
        let mut waker = None;
        let mut index = Some(first);
        while let Some(at) = index {
            let Some(slot) = self.slots.get_mut(at) else { break };
            index = if at == last { None } else { slot.next };
            waker = slot.waker.take().or(waker);
            slot.owner = Owner::Gone;
            let (progress, data) = (slot.progress, slot.shape.data);
            if data > 0 {
                self.arrivals.release();
                self.waiting.freed();
            }
            match progress {
                Progress::Done(_) if taken => self.release(at),
                Progress::Done(outcome) => self.keep(at, outcome),
                Progress::Queued | Progress::Sent => {
                    self.unowned = self.unowned.saturating_add(1);
                }
                Progress::Free => {}
            }
        }
        self.retract();
        waker
    }

    /// A call that is not queued any more because nobody wants it and no byte of it had left.
    pub(super) fn forget(&mut self, index: usize) {
        let Some(slot) = self.slots.get(index) else { return };
        self.expected = self.expected.saturating_sub(RESPONSE.saturating_add(slot.shape.data));
        self.unowned = self.unowned.saturating_sub(1);
        if slot.shape.kind == Kind::Write {
            let number = slot.number;
            let before = self.last_write(Some(number));
            self.waiting.forget(number, before);
        }
        self.release(index);
    }

    /// The number of the last write in flight, or of the last one before another.
    pub(super) fn last_write(&self, before: Option<u32>) -> Option<u32> {
        self.sent
            .iter()
            .chain(&self.queued)
            .filter_map(|&index| self.slots.get(index))
            .filter(|slot| slot.shape.kind == Kind::Write)
            .map(|slot| slot.number)
            .take_while(|&number| Some(number) != before)
            .last()
    }

    /// The oldest call that finished after its future was gone.
    pub(super) fn take_orphan(&mut self) -> Option<(Words, Outcome)> {
        let index = self.orphans.pop_front()?;
        self.told(index)
    }

    /// The oldest failed write that nobody waited for.
    pub(super) fn take_failed_write(&mut self) -> Option<(Words, Outcome)> {
        let Self { orphans, slots, .. } = self;
        let is_write = |&&index: &&usize| slots.get(index).is_some_and(|slot| slot.shape.kind == Kind::Write);
        let index = *orphans.iter().find(is_write)?;
        orphans.retain(|&orphan| orphan != index);
        self.told(index)
    }

    fn told(&mut self, index: usize) -> Option<(Words, Outcome)> {
        let outcome = self.done(index)?;
        let call = self.slots.get(index)?.call;
        self.release(index);
        Some((call, outcome))
    }

    /// Keeps the outcome of a call that nobody waits for if it must be told, and else forgets it.
    pub(super) fn keep(&mut self, index: usize, outcome: Outcome) {
        let Some(slot) = self.slots.get(index) else { return };
        if slot.shape.is_told(slot.owner, outcome) {
            let _ = self.orphans.push_back(index);
            // Who waits for its place is told that he does so in vain.
            self.waiting.freed();
        } else {
            self.release(index);
        }
    }

    /// The slot is free again. Its data's place, if it had one, was given back by who went away.
    fn release(&mut self, index: usize) {
        if let Some(slot) = self.slots.get_mut(index) {
            slot.progress = Progress::Free;
            let _ = self.free.push(index);
            self.waiting.freed();
        }
    }
}
