//! From queued requests to bytes, and from bytes to outcomes.

use super::{
    slot::{Frame, Kind, Outcome, Owner},
    state::State,
};
use crate::wire::{FEATURES, Hello, RESPONSE, VERSION, decode_response};
use rsyscall_core::interface::{Hangup, NotSent};

impl<const N: usize, const B: usize> State<N, B> {
    /// Puts the next bytes to be sent into the buffer and says how many they are. They count as handed to the stream until
    /// [`hand_back`](Self::hand_back).
    pub(super) fn hand(&mut self, to: &mut [u8]) -> usize {
        let mut used = 0;
        append(to, &mut used, self.payloads.get(0, self.tail));
        let mut payload = self.tail;
        let mut skip = self.accepted;
        self.handed = 0;
        for slot in self.queued.iter().filter_map(|&index| self.slots.get(index)) {
            let shape = slot.shape;
            let length = shape.length();
            if shape.alone && used > 0 && skip == 0 {
                break;
            }
            if to.len().saturating_sub(used) < length.saturating_add(shape.payload) {
                break;
            }
            let Some(room) = to.get_mut(used..) else { break };
            if shape.encode(slot.call, room).is_none() {
                break;
            }
            if skip > 0 {
                // Only of the first: the rest of it moves to the front.
                room.copy_within(skip..length, 0);
            }
            used = used.saturating_add(length.saturating_sub(skip));
            skip = 0;
            append(to, &mut used, self.payloads.get(payload, shape.payload));
            payload = payload.saturating_add(shape.payload);
            self.handed = self.handed.saturating_add(1);
            if shape.alone {
                break;
            }
        }
        used
    }

    /// The write is over, and what it moved was [accepted](Self::accept).
    pub(super) fn hand_back(&mut self) {
        self.handed = 0;
        self.retract();
    }

    /// Takes out what nobody wants and of which no byte is accepted or in a write: those calls are not submitted.
    pub(super) fn retract(&mut self) {
        if !self.has_abandoned() {
            return;
        }
        let mut payload = self.tail;
        let mut keep = true;
        let mut position = 0_usize;
        for _ in 0..self.queued.len() {
            let Some(index) = self.queued.pop_front() else { break };
            let Some(slot) = self.slots.get(index) else { continue };
            let touched = position < self.handed || (position == 0 && self.accepted > 0);
            // What follows in a batch shares the fate of the first; whose first is gone from the queue was touched.
            if slot.shape.frame != Frame::Following {
                keep = touched || slot.owner != Owner::Gone;
            }
            if keep {
                payload = payload.saturating_add(slot.shape.payload);
                let _ = self.queued.push_back(index);
            } else {
                let length = slot.shape.payload;
                self.payloads.remove(payload, length);
                self.forget(index);
            }
            position = position.saturating_add(1);
        }
    }

    /// The stream accepted this many bytes of what was handed to it.
    pub(super) fn accept(&mut self, mut count: usize) {
        loop {
            let payload = count.min(self.tail);
            self.payloads.consume(payload);
            if payload > 0 {
                self.waiting.freed();
            }
            self.tail = self.tail.saturating_sub(payload);
            count = count.saturating_sub(payload);
            let Some(&index) = self.queued.front() else { break };
            let Some(slot) = self.slots.get_mut(index) else { break };
            let left = slot.shape.length().saturating_sub(self.accepted);
            if count < left {
                self.accepted = self.accepted.saturating_add(count);
                break;
            }
            count = count.saturating_sub(left);
            (self.accepted, self.tail) = (0, slot.shape.payload);
            slot.progress = super::slot::Progress::Sent;
            self.queued.pop_front();
            let _ = self.sent.push_back(index);
        }
    }

    /// The stream of responses gave these bytes.
    pub(super) fn receive(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let Some(&index) = self.sent.front() else { return self.die(Hangup::UnaskedBytes) };
            let Some(slot) = self.slots.get(index) else { return };
            let data = slot.shape.data.saturating_sub(self.arrived);
            if data > 0 {
                let (arrived, rest) = bytes.split_at_checked(data).unwrap_or((bytes, &[]));
                if slot.owner == Owner::Future {
                    self.arrivals.put(slot.place.saturating_add(self.arrived), arrived);
                }
                self.arrived = self.arrived.saturating_add(arrived.len());
                bytes = rest;
                continue;
            }
            let response = match bytes.split_first_chunk::<RESPONSE>() {
                Some((whole, rest)) if self.response.is_empty() => {
                    bytes = rest;
                    *whole
                }
                _ => {
                    let wanted = RESPONSE.saturating_sub(self.response.len());
                    let (part, rest) = bytes.split_at_checked(wanted).unwrap_or((bytes, &[]));
                    bytes = rest;
                    let _ = self.response.extend_from_slice(part);
                    let Ok(whole) = self.response.as_slice().try_into() else { return };
                    self.response.clear();
                    whole
                }
            };
            self.sent.pop_front();
            self.arrived = 0;
            self.answer(index, decode_response(response));
        }
    }

    /// A call was answered.
    fn answer(&mut self, index: usize, word: i64) {
        let Some(slot) = self.slots.get(index) else { return };
        let outcome = if slot.shape.kind == Kind::Hello {
            self.greet(word)
        } else {
            slot.shape.outcome(slot.call.0, word)
        };
        self.finish(index, outcome);
        if let Err(rsyscall_core::interface::SyscallError::Hangup(reason)) = outcome {
            self.die(reason);
        }
    }

    /// HELLO was answered: any negative word means that there are no extensions.
    fn greet(&mut self, word: i64) -> Outcome {
        if word < 0 {
            self.features = 0;
            return Ok(word);
        }
        let hello = Hello::decode(word, VERSION, FEATURES).ok_or(Hangup::Protocol)?;
        if hello.abi != self.abi {
            // Whoever asked is told why; nothing else may be asked of that server.
            self.dead = Some(NotSent::Dead);
            return Ok(word);
        }
        self.features = hello.features;
        Ok(word)
    }

    /// The stream of responses ended.
    pub(super) fn end(&mut self) {
        let between = self.response.is_empty() && self.arrived == 0;
        self.die(if between { Hangup::EndOfStream } else { Hangup::TornResponse });
    }
}

/// Appends bytes where there is room for them.
fn append(to: &mut [u8], used: &mut usize, bytes: &[u8]) {
    let end = used.saturating_add(bytes.len());
    if let Some(to) = to.get_mut(*used..end) {
        to.copy_from_slice(bytes);
        *used = end;
    }
}
