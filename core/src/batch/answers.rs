//! What came of a batch.

use super::{Entry, Ref};
use crate::{
    abi::Abi,
    interface::{NotSent, SyscallError},
    syscall::{Outcome, Syscall},
};
use heapless::Vec;

/// The answers to a batch, in its order.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Answers<const N: usize> {
    answers: Vec<Result<u64, SyscallError>, N>,
}

impl<const N: usize> Answers<N> {
    /// No answers yet.
    pub const fn new() -> Self {
        Self { answers: Vec::new() }
    }

    /// Adds the answer to the next entry. A transport gives as many as the batch has entries; one too many is dropped.
    pub fn push(&mut self, answer: Result<u64, SyscallError>) {
        let _ = self.answers.push(answer);
    }

    /// All answers as words, in the batch's order.
    pub fn words(&self) -> &[Result<u64, SyscallError>] {
        &self.answers
    }

    /// The answer to an entry.
    ///
    /// # Errors
    ///
    /// The entry's own: not sent, hangup or errno. [`NotSent::BatchStopped`] also for a `Ref` of a longer batch.
    pub fn get<R: Outcome>(&self, entry: Ref<R>) -> Result<R, SyscallError> {
        self.word(entry.index).map(R::from_word)
    }

    fn word(&self, index: usize) -> Result<u64, SyscallError> {
        index
            .checked_sub(1)
            .and_then(|index| self.answers.get(index).copied())
            .unwrap_or(Err(SyscallError::NotSent(NotSent::BatchStopped)))
    }

    /// The call of an entry with the results that it refers to added in, or `None` if one of those is an error.
    pub fn resolve<A: Abi>(&self, entry: &Entry<'_>) -> Option<Syscall<A, u64>> {
        let (mut call, links) = entry.encode::<A>();
        for (word, &link) in call.arguments.iter_mut().zip(&links) {
            if link != 0 {
                *word = word.wrapping_add(self.word(link.into()).ok()?);
            }
        }
        Some(call)
    }
}
