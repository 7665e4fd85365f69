//! One call: what it is on the wire, and how far it is.

use crate::wire::{
    BATCH, BATCH_NOT_PERFORMED, LINKED_FRAME, REQUEST, WRITE, encode_linked_frame, encode_request,
};
use core::task::Waker;
use rsyscall_core::{
    interface::{Hangup, NotSent, SyscallError},
    syscall::Errno,
};

/// A call's number and arguments.
pub(super) type Words = (i64, [u64; 6]);

/// What came of a call.
pub(super) type Outcome = Result<i64, SyscallError>;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Progress {
    Free,
    /// Not all bytes of the request were accepted.
    Queued,
    /// The response is to come.
    Sent,
    Done(Outcome),
}

/// Who is told what came of a call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Owner {
    /// The future or handle that is still there.
    Future,
    /// Nobody, by intention: it is to be sent, and only a failure is kept.
    Posted,
    /// Nobody any more.
    Gone,
}

/// What a request means to the client itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) enum Kind {
    /// A user's call.
    #[default]
    Call,
    /// Bytes to memory. What comes of it matters to nobody unless it failed.
    Write,
    /// Bytes from memory, or something else without a side effect.
    Read,
    /// The question for extensions.
    Hello,
}

/// Where in the stream a request stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) enum Frame {
    /// A request for itself.
    #[default]
    Single,
    /// The first of a batch of so many, with these flags: the BATCH request goes before it.
    First(u32, u8),
    /// A later one of a batch.
    Following,
}

/// How a request and its response look on the wire.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Shape {
    pub(super) kind: Kind,
    pub(super) frame: Frame,
    /// The links of a frame of a LINKED batch.
    pub(super) links: Option<[u8; 6]>,
    /// How many bytes of memory go right behind it: for the last of a batch, those of the whole batch.
    pub(super) payload: usize,
    /// How many bytes of memory come ahead of the response.
    pub(super) data: usize,
    /// Whether it must be in a write of its own, so that a pipe takes it whole or not at all.
    pub(super) alone: bool,
}

pub(super) struct Slot {
    pub(super) progress: Progress,
    pub(super) owner: Owner,
    pub(super) call: Words,
    pub(super) shape: Shape,
    /// Which write it is, if it is one.
    pub(super) number: u32,
    /// Where its data is put.
    pub(super) place: usize,
    /// The next call of the same caller.
    pub(super) next: Option<usize>,
    pub(super) waker: Option<Waker>,
}

impl Shape {
    /// How long the request is, without payload.
    pub(super) const fn length(&self) -> usize {
        let header = if matches!(self.frame, Frame::First(..)) { REQUEST } else { 0 };
        let frame = if self.links.is_some() { LINKED_FRAME } else { REQUEST };
        header.saturating_add(frame)
    }

    /// The request, without payload, at the start of the bytes, if there is room.
    pub(super) fn encode(&self, (number, arguments): Words, to: &mut [u8]) -> Option<()> {
        let mut to = to.get_mut(..self.length())?;
        if let Frame::First(count, flags) = self.frame {
            let (header, rest) = to.split_at_mut_checked(REQUEST)?;
            header.copy_from_slice(&encode_request(BATCH, [count.into(), flags.into(), 0, 0, 0, 0]));
            to = rest;
        }
        match self.links {
            None => to.copy_from_slice(&encode_request(number, arguments)),
            Some(links) => to.copy_from_slice(&encode_linked_frame(number, arguments, links)),
        }
        Some(())
    }

    /// What a response means; for a word that the protocol does not allow, a hangup.
    pub(super) fn outcome(&self, number: i64, word: i64) -> Outcome {
        if self.frame != Frame::Single && word == BATCH_NOT_PERFORMED {
            return Err(NotSent::BatchStopped.into());
        }
        let most = match self.kind {
            Kind::Call | Kind::Hello => return Ok(word),
            // A call of the client's own, that only asks.
            Kind::Read if self.data == 0 => return Ok(word),
            Kind::Write if number == WRITE => 0,
            // How many bytes the kernel moved for a server without WRITE.
            Kind::Write => self.payload,
            Kind::Read => self.data,
        };
        match usize::try_from(word) {
            Ok(count) if count > most => Err(Hangup::Protocol.into()),
            Err(_) if word < -4095 => Err(Hangup::Protocol.into()),
            _ => Ok(word),
        }
    }

    /// Whether an outcome must be kept for the owner of the interface when its caller is gone.
    pub(super) fn is_told(&self, owner: Owner, outcome: Outcome) -> bool {
        if matches!(outcome, Err(SyscallError::NotSent(_))) {
            // It was not submitted after all; only who posted it believes that it was.
            return owner == Owner::Posted && outcome != Err(NotSent::BatchStopped.into());
        }
        match self.kind {
            Kind::Call => true,
            Kind::Write => !matches!(outcome, Ok(0..)),
            Kind::Read | Kind::Hello => false,
        }
    }
}

/// A transfer's count or errno, from its word.
pub(super) fn transferred(outcome: Outcome) -> Result<usize, SyscallError> {
    let word = outcome?;
    usize::try_from(word).map_err(|_| {
        let errno = u16::try_from(word.wrapping_neg()).unwrap_or(u16::MAX);
        Errno::from_raw(errno).into()
    })
}
