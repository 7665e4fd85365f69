//! Many instructions, one round trip; a later one may take an earlier one's result.
//!
//! Every call of the table is also a method of [`Batch`], whose arguments are values or results of earlier entries:
//!
//! ```
//! use rsyscall_core::{batch::Batch, identifier::{Address, FileDescriptor}, near::fs::{Mode, OFlags}};
//! # fn main() -> Result<(), rsyscall_core::interface::NotSent> {
//! let mut batch = Batch::<3>::new();
//! let path = Address::from_raw(0x7f00);
//! let fd = batch.openat(FileDescriptor::AT_FDCWD, path, OFlags::RDONLY, Mode::empty())?;
//! batch.fstat(fd, Address::from_raw(0x7000))?;
//! batch.close(fd)?;
//! assert_eq!(batch.entries().len(), 3);
//! # Ok(())
//! # }
//! ```
//!
//! The types hold: where a descriptor belongs, the result of `getpid` does not compile.
//!
//! ```compile_fail
//! # use rsyscall_core::batch::Batch;
//! let mut batch = Batch::<2>::new();
//! let process = batch.getpid().unwrap();
//! batch.close(process).unwrap();
//! ```

use crate::{
    abi::Abi,
    identifier::Address,
    interface::{NotSent, SyscallError},
    syscall::{Instruction, Operand, Outcome, Syscall},
};
use core::marker::PhantomData;
use heapless::Vec;

/// What happens to the entries after one that failed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OnError {
    /// They are performed all the same, but for those that take the failed one's result.
    Continue,
    /// They are not performed.
    Stop,
}

/// Instructions to be executed in order, at most `N`.
#[derive(Clone, Default)]
pub struct Batch<const N: usize> {
    entries: Vec<Entry, N>,
}

/// One instruction of a batch, and which of its arguments are results of earlier ones.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Entry {
    instruction: Instruction<usize>,
    links: [u8; 6],
}

/// The result of an earlier entry of the same batch.
pub struct Ref<R> {
    index: u8,
    marker: PhantomData<fn() -> R>,
}

/// An argument in a batch: a value, or the result of an earlier entry.
///
/// Made with `From`, from an operand or a [`Ref`] of the same type.
pub struct Arg<T> {
    pub(crate) word: u64,
    pub(crate) link: u8,
    marker: PhantomData<fn() -> T>,
}

/// The answers to a batch, in its order.
#[derive(Clone, Debug, Default)]
pub struct Answers<const N: usize> {
    answers: Vec<Result<u64, SyscallError>, N>,
}

impl<const N: usize> Batch<N> {
    /// A batch with no entries.
    pub const fn new() -> Self {
        Self { entries: Vec::new() }
    }

    /// Adds an instruction as it stands.
    ///
    /// # Errors
    ///
    /// [`NotSent::Full`] if there are `N` entries already, or 255: a result is named by one byte.
    pub fn push<R>(&mut self, instruction: Instruction<R>) -> Result<Ref<R>, NotSent> {
        self.push_linked(instruction, [0; 6])
    }

    /// Adds an instruction some of whose arguments have the result of an earlier entry added to them.
    pub(crate) fn push_linked<R>(
        &mut self,
        instruction: Instruction<R>,
        links: [u8; 6],
    ) -> Result<Ref<R>, NotSent> {
        let index = u8::try_from(self.entries.len()).ok().and_then(|before| before.checked_add(1));
        let index = index.ok_or(NotSent::Full)?;
        let entry = Entry { instruction: instruction.untyped(), links };
        self.entries.push(entry).map_err(|_| NotSent::Full)?;
        Ok(Ref { index, marker: PhantomData })
    }

    /// The entries, in order.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Whether some entry takes the result of another.
    pub fn is_linked(&self) -> bool {
        self.entries.iter().any(|entry| entry.links != [0; 6])
    }
}

impl Entry {
    /// The instruction, with what is to be added to the results in place of the linked arguments.
    pub const fn instruction(&self) -> Instruction<usize> {
        self.instruction
    }

    /// The call in one ABI, and for each of its arguments 0 or k, if the k-th entry's result is added to it.
    pub fn encode<A: Abi>(&self) -> (Syscall<A, u64>, [u8; 6]) {
        let call = self.instruction.encode::<A>();
        let [a, b, c, d, e, f] = self.links;
        let backwards = self.instruction.operation().clone_backwards && A::CLONE_BACKWARDS;
        let links = if backwards { [a, b, c, e, d, f] } else { self.links };
        (Syscall::new(call.number, call.arguments), links)
    }
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

    fn word(&self, index: u8) -> Result<u64, SyscallError> {
        usize::from(index)
            .checked_sub(1)
            .and_then(|index| self.answers.get(index).copied())
            .unwrap_or(Err(SyscallError::NotSent(NotSent::BatchStopped)))
    }

    /// The call of an entry with the results that it refers to added in, or `None` if one of those is an error.
    pub fn resolve<A: Abi>(&self, entry: &Entry) -> Option<Syscall<A, u64>> {
        let (mut call, links) = entry.encode::<A>();
        for (word, &link) in call.arguments.iter_mut().zip(&links) {
            if link != 0 {
                *word = word.wrapping_add(self.word(link).ok()?);
            }
        }
        Some(call)
    }
}

impl Ref<Address> {
    /// The result plus an offset in bytes. The sum is made where the batch runs, and wraps as pointers do.
    pub const fn offset(self, bytes: usize) -> Arg<Address> {
        Arg { word: bytes as u64, link: self.index, marker: PhantomData }
    }
}

impl<T: Operand> From<T> for Arg<T> {
    fn from(value: T) -> Self {
        Self { word: value.word(), link: 0, marker: PhantomData }
    }
}

impl<T> From<Ref<T>> for Arg<T> {
    fn from(earlier: Ref<T>) -> Self {
        Self { word: 0, link: earlier.index, marker: PhantomData }
    }
}

impl<R> Clone for Ref<R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<R> Copy for Ref<R> {}
