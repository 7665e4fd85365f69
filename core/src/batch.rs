//! Many instructions, one round trip; a later one may take an earlier one's result.
//!
//! Every call of the table, and every form of one, is also a method of [`Batch`], whose arguments are values or results of
//! earlier entries:
//!
//! ```
//! use rsyscall_core::{batch::Batch, identifier::{Address, FileDescriptor}, near::fs::{Mode, OFlags}};
//! # fn main() -> Result<(), rsyscall_core::interface::NotSent> {
//! let mut batch = Batch::<4>::new();
//! let path = Address::from_raw(0x7f00);
//! let fd = batch.openat(FileDescriptor::AT_FDCWD, path, OFlags::RDONLY, Mode::empty())?;
//! batch.fcntl_setfl(fd, OFlags::NONBLOCK)?;
//! batch.fstat(fd, Address::from_raw(0x7000))?;
//! batch.close(fd)?;
//! assert_eq!(batch.entries().len(), 4);
//! # Ok(())
//! # }
//! ```
//!
//! Memory of the task goes along: what is written before the calls that need it, what is read after those that fill it.
//!
//! ```
//! # use rsyscall_core::{batch::Batch, identifier::{Address, FileDescriptor}, near::fs::{Mode, OFlags}};
//! # fn main() -> Result<(), rsyscall_core::interface::NotSent> {
//! let arena = Address::from_raw(0x7f00);
//! let mut content = [0; 64];
//! let mut batch = Batch::<5>::new();
//! batch.write_memory(arena, b"/etc/hostname\0")?;
//! let fd = batch.openat(FileDescriptor::AT_FDCWD, arena, OFlags::RDONLY, Mode::empty())?;
//! let count = batch.read(fd, arena, content.len())?;
//! batch.read_memory(arena, &mut content)?;
//! batch.close(fd)?;
//! // Executed through an interface, `content` is filled in.
//! # let _ = count;
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
//!
//! Nor does the count of bytes of a memory entry, which no call can take:
//!
//! ```compile_fail
//! # use rsyscall_core::{batch::Batch, identifier::{Address, FileDescriptor}};
//! let mut batch = Batch::<2>::new();
//! let (mut bytes, address) = ([0; 4], Address::from_raw(0x7f00));
//! let valid = batch.read_memory(address, &mut bytes).unwrap();
//! batch.write(FileDescriptor::from_raw(1), address, valid).unwrap();
//! ```

mod answers;
mod one_by_one;

pub use answers::Answers;
pub use one_by_one::{access, one_by_one};

use crate::{
    abi::{ABSENT, Abi, Operation},
    identifier::Address,
    interface::NotSent,
    syscall::{Instruction, Operand, Outcome, Syscall},
};
use core::{cell::Cell, fmt, marker::PhantomData};

/// What happens to the entries after one that failed.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum OnError {
    /// They are performed all the same, but for those that take the failed one's result.
    Continue,
    /// They are not performed.
    Stop,
}

/// Instructions and memory accesses to be executed in order, at most `N`; the bytes of the latter are borrowed for `'m`.
#[derive(Clone)]
pub struct Batch<'m, const N: usize> {
    // An array and a length, because a `Vec` would keep the borrows until it is dropped.
    entries: [Entry<'m>; N],
    length: usize,
}

/// One instruction or memory access of a batch, and which of its arguments are results of earlier ones.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Entry<'m> {
    instruction: Instruction<usize>,
    links: [u8; 6],
    memory: Option<Memory<'m>>,
}

/// What a memory entry does at the address that is its first argument.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Memory<'m> {
    /// These bytes are written. The answer is 0.
    Write(&'m [u8]),
    /// As many bytes are read into these. The answer is how many are valid: fewer if nothing is mapped behind them.
    Read(&'m [Cell<u8>]),
}

/// The result of an earlier entry of the same batch.
pub struct Ref<R> {
    /// Counted from 1: 0 is no entry.
    index: usize,
    marker: PhantomData<fn() -> R>,
}

/// An argument in a batch: a value, or the result of an earlier entry.
///
/// Made with `From`, from an operand or a [`Ref`] of the same type.
pub struct Arg<T> {
    pub(crate) word: u64,
    pub(crate) link: usize,
    marker: PhantomData<fn() -> T>,
}

/// How many bytes of a [`read_memory`](Batch::read_memory) are valid. It is a type of its own because no later entry can
/// take it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ValidBytes(
    /// Bytes, from the start.
    pub usize,
);

impl Outcome for ValidBytes {
    #[expect(clippy::cast_possible_truncation, reason = "no more than the length of a slice")]
    fn from_word(word: u64) -> Self {
        Self(word as usize)
    }

    fn format(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl<'m, const N: usize> Batch<'m, N> {
    /// A batch with no entries.
    pub const fn new() -> Self {
        Self { entries: [Entry::ABSENT; N], length: 0 }
    }

    /// Adds an instruction as it stands.
    ///
    /// # Errors
    ///
    /// [`NotSent::Full`] if there are `N` entries already. As a result is named by one byte, also for a call that takes the
    /// result of an entry after the 255th.
    pub fn push<R>(&mut self, instruction: Instruction<R>) -> Result<Ref<R>, NotSent> {
        self.push_entry(instruction.untyped(), [0; 6], None)
    }

    /// Adds a write of bytes to the task's memory, ordered between the entries around it.
    ///
    /// Its answer is 0, or `EFAULT`, and then nobody knows how much was written.
    ///
    /// # Errors
    ///
    /// [`NotSent::Full`], as [`push`](Self::push).
    pub fn write_memory(&mut self, to: impl Into<Arg<Address>>, from: &'m [u8]) -> Result<Ref<()>, NotSent> {
        self.push_memory(to.into(), from.len(), Memory::Write(from))
    }

    /// Adds a read of the task's memory, ordered between the entries around it.
    ///
    /// Its answer is how many bytes are valid, which are fewer than asked for if a later page cannot be read, or `EFAULT`
    /// if the first cannot. The slice is filled when the batch is over.
    ///
    /// # Errors
    ///
    /// [`NotSent::Full`], as [`push`](Self::push).
    pub fn read_memory(
        &mut self,
        from: impl Into<Arg<Address>>,
        to: &'m mut [u8],
    ) -> Result<Ref<ValidBytes>, NotSent> {
        self.push_memory(from.into(), to.len(), Memory::Read(Cell::from_mut(to).as_slice_of_cells()))
    }

    fn push_memory<R>(
        &mut self,
        address: Arg<Address>,
        length: usize,
        memory: Memory<'m>,
    ) -> Result<Ref<R>, NotSent> {
        let instruction =
            Instruction::new(Entry::ABSENT_OPERATION, [address.word, length as u64, 0, 0, 0, 0]);
        self.push_entry(instruction, [address.link, 0, 0, 0, 0, 0], Some(memory))
    }

    /// Adds an instruction some of whose arguments have the result of an earlier entry added to them.
    pub(crate) fn push_linked<R>(
        &mut self,
        instruction: Instruction<R>,
        links: [usize; 6],
    ) -> Result<Ref<R>, NotSent> {
        self.push_entry(instruction.untyped(), links, None)
    }

    fn push_entry<R>(
        &mut self,
        instruction: Instruction<usize>,
        indexes: [usize; 6],
        memory: Option<Memory<'m>>,
    ) -> Result<Ref<R>, NotSent> {
        let mut links = [0; 6];
        for (link, index) in links.iter_mut().zip(indexes) {
            *link = u8::try_from(index).map_err(|_| NotSent::Full)?;
        }
        let place = self.entries.get_mut(self.length).ok_or(NotSent::Full)?;
        *place = Entry { instruction, links, memory };
        self.length = self.length.saturating_add(1);
        Ok(Ref { index: self.length, marker: PhantomData })
    }

    /// The entries, in order.
    pub fn entries(&self) -> &[Entry<'m>] {
        self.entries.get(..self.length).unwrap_or_default()
    }

    /// Whether some entry takes the result of another.
    pub fn is_linked(&self) -> bool {
        self.entries().iter().any(Entry::is_linked)
    }

    /// Whether some entry reads or writes memory.
    pub fn has_memory(&self) -> bool {
        self.entries().iter().any(|entry| entry.memory.is_some())
    }
}

impl<const N: usize> Default for Batch<'_, N> {
    fn default() -> Self {
        Self::new()
    }
}

impl<'m> Entry<'m> {
    const ABSENT_OPERATION: Operation =
        Operation { x86_64: ABSENT, aarch64: ABSENT, riscv64: ABSENT, open_flags: 0, clone_backwards: false };

    /// What fills the places that are not used.
    const ABSENT: Self =
        Self { instruction: Instruction::new(Self::ABSENT_OPERATION, [0; 6]), links: [0; 6], memory: None };

    /// The instruction; in place of an argument that is linked it has what the result is added to. That of a memory access
    /// is one that every ABI lacks, its arguments the address and the length.
    pub const fn instruction(&self) -> Instruction<usize> {
        self.instruction
    }

    /// The memory access that this is, if it is none of an instruction.
    pub const fn memory(&self) -> Option<Memory<'m>> {
        self.memory
    }

    /// Whether it takes the result of an earlier entry.
    pub fn is_linked(&self) -> bool {
        self.links != [0; 6]
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

impl Memory<'_> {
    /// Fills what is read into with the first of these bytes; what is written is left alone.
    pub fn fill(&self, bytes: &[u8]) {
        if let Self::Read(to) = self {
            for (to, &byte) in to.iter().zip(bytes) {
                to.set(byte);
            }
        }
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

impl<const N: usize> fmt::Debug for Batch<'_, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.entries()).finish()
    }
}

impl fmt::Debug for Entry<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [address, length, ..] = self.instruction.arguments().map(Address::from_raw);
        match self.memory {
            None => write!(f, "{}", self.instruction)?,
            Some(Memory::Write(_)) => write!(f, "write_memory({address}, {})", length.into_raw())?,
            Some(Memory::Read(_)) => write!(f, "read_memory({address}, {})", length.into_raw())?,
        }
        if self.is_linked() { write!(f, " + results {:?}", self.links) } else { Ok(()) }
    }
}

impl<R> fmt::Debug for Ref<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Ref({})", self.index)
    }
}

impl<T> fmt::Debug for Arg<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Arg").field("word", &self.word).field("link", &self.link).finish()
    }
}

impl<R> Clone for Ref<R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<R> Copy for Ref<R> {}
