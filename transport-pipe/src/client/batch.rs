//! Many calls in one round trip.

use super::{
    Client,
    alone::{Exchange, in_one_poll},
    drive::{Caller, Who},
    slot::{Frame, Kind, Owner, Shape, Words},
    state::{Need, State},
};
use crate::wire::{
    BATCH, BATCH_NOT_PERFORMED, FEATURE_BATCH, FEATURE_LINK, FEATURE_MEMORY, HELLO, LINKED, LINKED_FRAME,
    MAXIMUM_COUNT, READ, REQUEST, STOP_ON_ERROR, WRITE, decode_response, encode_linked_frame, encode_request,
};
use embedded_io_async::{Read, Write};
use rsyscall_core::{
    abi::{ABSENT, Abi},
    batch::{Answers, Batch, Entry, Memory, OnError},
    interface::{NotSent, SyscallError, absent},
    syscall::decode,
};

/// How a batch goes over the wire: as one BATCH with these flags, or as many requests before the first response is waited for.
type Flags = Option<u8>;

/// Whether an entry is a call that the ABI lacks, which must not reach a kernel.
fn is_absent<A: Abi>(entry: &Entry<'_>) -> bool {
    entry.memory().is_none() && A::number(entry.instruction().operation()) == ABSENT
}

/// The entries that go over the wire: an absent one only within a BATCH, where it has its place, and is refused by the server
/// as what is no call.
fn on_the_wire<'e, 'm, A: Abi>(
    entries: &'e [Entry<'m>],
    flags: Flags,
) -> impl Iterator<Item = &'e Entry<'m>> {
    entries.iter().filter(move |entry| flags.is_some() || !is_absent::<A>(entry))
}

/// An entry's request, and how it looks on the wire, for itself.
fn request<A: Abi>(entry: &Entry<'_>) -> (Words, [u8; 6], Shape) {
    let (call, links) = entry.encode::<A>();
    let shape = Shape::default();
    let (number, shape) = match entry.memory() {
        // Of no effect, and so nobody's to be told.
        None if is_absent::<A>(entry) => (HELLO, Shape { kind: Kind::Read, ..shape }),
        None => (call.number, shape),
        Some(Memory::Write(from)) => (WRITE, Shape { kind: Kind::Write, payload: from.len(), ..shape }),
        Some(Memory::Read(to)) => (READ, Shape { kind: Kind::Read, data: to.len(), ..shape }),
    };
    ((number, call.arguments), links, shape)
}

/// What decides how a batch goes over the wire.
#[derive(Clone, Copy, Default)]
struct Content {
    linked: bool,
    memory: bool,
    absent: bool,
}

impl Content {
    fn of<A: Abi>(entries: &[Entry<'_>]) -> Self {
        let mut content = Self::default();
        for entry in entries {
            content.linked |= entry.is_linked();
            content.memory |= entry.memory().is_some();
            content.absent |= is_absent::<A>(entry);
        }
        content
    }
}

impl<R: Read, W: Write, A: Abi, const N: usize, const B: usize> Client<R, W, A, N, B> {
    /// How the server can take the batch, all of which must be submitted before any of it is answered.
    fn way(&self, count: usize, content: Content, on_error: OnError) -> Result<Flags, NotSent> {
        let features = self.state.borrow().features;
        let has = |feature| features & feature != 0;
        let Content { linked, memory, .. } = content;
        if memory && !has(FEATURE_MEMORY) {
            return Err(NotSent::BatchUnsupported);
        }
        if count < 2 && !linked {
            return Ok(None);
        }
        if has(FEATURE_BATCH) && (has(FEATURE_LINK) || !linked) {
            let stop = if on_error == OnError::Stop { STOP_ON_ERROR } else { 0 };
            let link = if linked { LINKED } else { 0 };
            return Ok(u8::try_from(stop | link).ok());
        }
        if linked || on_error == OnError::Stop { Err(NotSent::BatchUnsupported) } else { Ok(None) }
    }

    /// A user's batch, from its first poll to its answers.
    pub(super) async fn run_batch<const M: usize>(
        &self,
        batch: &Batch<'_, M>,
        on_error: OnError,
    ) -> Result<Answers<M>, SyscallError> {
        let entries = batch.entries();
        let content = Content::of::<A>(entries);
        let flags = self.way(entries.len(), content, on_error)?;
        if entries.len() as u64 > MAXIMUM_COUNT {
            return Err(NotSent::Full.into());
        }
        let need = need::<A>(entries, content, flags);
        let mut answers = Answers::new();
        if need.calls == 0 {
            entries.iter().for_each(|_| answers.push(absent()));
            return Ok(answers);
        }
        let enter = |state: &mut State<N, B>| enqueue::<A, N, B>(state, entries, flags);
        let exchange = in_one_poll(|context| {
            if content.memory || content.absent {
                return Exchange::NotAlone;
            }
            let encode = |to: &mut [u8]| encode::<A>(entries, content.linked, flags, to);
            self.exchange(context, need, encode, |bytes| decode_answers(bytes, flags), enter)
        });
        let (first, last) = match exchange.await {
            Exchange::Answered(answers) => return Ok(answers),
            Exchange::Begun(ends) => ends,
            Exchange::NotAlone => self.admit(need, enter).await?,
        };
        let mut caller = Caller { client: self, who: Who::Calls(first, last), taken: false };
        self.drive(caller.who, |state| state.first_not_done(first, last).is_none()).await;
        caller.taken = true;
        let state = self.state.borrow();
        let mut index = first;
        for entry in entries {
            let is_absent = is_absent::<A>(entry);
            if is_absent && flags.is_none() {
                answers.push(absent());
                continue;
            }
            let outcome = state.done(index).unwrap_or(Err(NotSent::Dead.into()));
            if let Some(memory) = entry.memory() {
                memory.fill(state.data(index));
            }
            answers.push(match outcome {
                Ok(_) if is_absent && answers.resolve::<A>(entry).is_none() => {
                    Err(NotSent::BatchStopped.into())
                }
                Ok(_) if is_absent => absent(),
                _ => outcome.and_then(decode),
            });
            index = state.next(index).unwrap_or(last);
        }
        Ok(answers)
    }
}

/// What room the entries need.
fn need<A: Abi>(entries: &[Entry<'_>], content: Content, flags: Flags) -> Need {
    let frame = if content.linked { LINKED_FRAME } else { REQUEST };
    let header = if flags.is_some() { REQUEST } else { 0 };
    let calls = if content.absent { on_the_wire::<A>(entries, flags).count() } else { entries.len() };
    let requests = calls.saturating_mul(frame).saturating_add(header);
    let mut need = Need { calls, requests, payload: 0, data: 0 };
    let memories = if content.memory { entries } else { &[] };
    for memory in memories.iter().filter_map(Entry::memory) {
        match memory {
            Memory::Write(from) => need.payload = need.payload.saturating_add(from.len()),
            Memory::Read(to) => need.data = need.data.saturating_add(to.len()),
        }
    }
    need
}

/// Writes the requests of entries that are calls, and says how many bytes they have: 0 if there is no room.
fn encode<A: Abi>(entries: &[Entry<'_>], linked: bool, flags: Flags, to: &mut [u8]) -> usize {
    let room = to.len();
    let mut rest = to;
    if let Some(flags) = flags {
        let Some((header, frames)) = rest.split_first_chunk_mut() else { return 0 };
        *header = encode_request(BATCH, [entries.len() as u64, flags.into(), 0, 0, 0, 0]);
        rest = frames;
    }
    for entry in entries {
        let (call, links) = entry.encode::<A>();
        rest = if linked {
            let Some((frame, behind)) = rest.split_first_chunk_mut() else { return 0 };
            *frame = encode_linked_frame(call.number, call.arguments, links);
            behind
        } else {
            let Some((frame, behind)) = rest.split_first_chunk_mut() else { return 0 };
            *frame = encode_request(call.number, call.arguments);
            behind
        };
    }
    room.saturating_sub(rest.len())
}

/// The answers to entries that are calls.
fn decode_answers<const M: usize>(bytes: &[u8], flags: Flags) -> Answers<M> {
    let mut answers = Answers::new();
    for &response in bytes.as_chunks().0 {
        answers.push(match decode_response(response) {
            BATCH_NOT_PERFORMED if flags.is_some() => Err(NotSent::BatchStopped.into()),
            word => decode(word),
        });
    }
    answers
}

/// An entry's shape at its position in a batch that goes whole or pipelined.
fn place(shape: Shape, links: [u8; 6], position: usize, count: usize, flags: Flags) -> Shape {
    let Some(flags) = flags else { return shape };
    let count = u32::try_from(count).unwrap_or(u32::MAX);
    let frame = if position == 0 { Frame::First(count, flags) } else { Frame::Following };
    let links = (u64::from(flags) & LINKED != 0).then_some(links);
    Shape { frame, links, ..shape }
}

/// Queues all entries and gives the first and the last.
fn enqueue<A: Abi, const N: usize, const B: usize>(
    state: &mut State<N, B>,
    entries: &[Entry<'_>],
    flags: Flags,
) -> (usize, usize) {
    let mut ends: Option<(usize, usize)> = None;
    let mut behind = 0_usize;
    for (position, entry) in on_the_wire::<A>(entries, flags).enumerate() {
        let (call, links, shape) = request::<A>(entry);
        let mut shape = place(shape, links, position, entries.len(), flags);
        if let Some(Memory::Write(from)) = entry.memory() {
            state.payloads.push(from);
        }
        if flags.is_some() {
            // All payloads go behind the last frame.
            behind = behind.saturating_add(core::mem::take(&mut shape.payload));
            if position.saturating_add(1) == entries.len() {
                shape.payload = behind;
            }
        }
        let index = state.enqueue(call, shape, Owner::Future);
        if let Some((_, last)) = ends {
            state.chain(last, index);
        }
        ends = Some((ends.map_or(index, |(first, _)| first), index));
    }
    ends.unwrap_or_default()
}
