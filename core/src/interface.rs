//! The segment register override prefix: it says which task an instruction runs in, and knows nothing else.
//!
//! # The guarantee
//!
//! A system call is submitted and completed, or not submitted at all. There is no way to cause a side effect and never
//! learn of it: when a future is dropped after its request began to move, the request is still sent whole, its response
//! is still read, and the outcome is kept as an [`Orphan`] until the owner takes it.
//!
//! # For callers
//!
//! Calls through one interface execute in the order in which they were submitted. Many callers may share an interface
//! through `&self`. Nothing happens before a future is first polled. [`SyscallError`] has three outcomes, which stay apart:
//!
//! | outcome | the call | what to do |
//! |---|---|---|
//! | [`NotSent`] | was certainly not executed | its reason says whether it can be made again: after [`NotSent::Full`] when others have completed, after [`NotSent::Dead`] never |
//! | [`Hangup`] | was sent, and nobody knows whether it was executed; of `exit` and `execve` this is success | the interface is dead; ask the task's parent, or its pidfd, what became of it |
//! | [`Errno`] | was executed, and refused | what the man page says |
//!
//! Whoever drops futures, by a timeout or `select`, looks for orphans afterwards ([`take_orphan`](SyscallInterface::take_orphan)):
//! one may be an `openat` whose descriptor somebody should close. A call that blocks in the task is not ended by dropping its
//! future, but by [`interrupt`](SyscallInterface::interrupt).
//!
//! # For transport authors
//!
//! One method is required, [`syscall`](SyscallInterface::syscall): it is generic in the result, so that a typed call needs
//! no wrapper future. It makes the call and gives what the kernel returned to [`decode`]. This is a whole transport, to
//! a task that is simulated (its test needs neither a kernel nor privileges):
//!
//! ```
//! use core::cell::RefCell;
//! use rsyscall_core::{
//!     abi::{ABSENT, X86_64},
//!     batch::{Answers, Batch, OnError, one_by_one},
//!     block_on,
//!     identifier::{Address, FileDescriptor},
//!     interface::{SyscallError, SyscallInterface, absent},
//!     memory::{Access, MemoryError, MemoryInterface},
//!     syscall::{Errno, Outcome, Syscall, decode},
//! };
//!
//! /// A task with 16 bytes of memory, which can do `getpid`, and nothing else.
//! struct Simulated(RefCell<[u8; 16]>);
//!
//! impl SyscallInterface for Simulated {
//!     type Abi = X86_64;
//!
//!     async unsafe fn syscall<R: Outcome>(&self, call: Syscall<X86_64, R>) -> Result<R, SyscallError> {
//!         match call.number {
//!             // What the ABI lacks reaches no kernel.
//!             number if number == i64::from(ABSENT) => absent(),
//!             39 => decode(1234),
//!             // What a kernel returns: -4095 to -1 are errors.
//!             _ => decode(-i64::from(Errno::ENOSYS.into_raw())),
//!         }
//!     }
//!
//!     async unsafe fn batch<const N: usize>(
//!         &self,
//!         batch: &Batch<'_, N>,
//!         on_error: OnError,
//!     ) -> Result<Answers<N>, SyscallError> {
//!         let mut answers = Answers::new();
//!         // SAFETY: the caller's promise; calls and memory are the same task's.
//!         unsafe { one_by_one(self, self, batch, on_error, &mut answers) }.await;
//!         Ok(answers)
//!     }
//! }
//!
//! impl MemoryInterface for Simulated {
//!     async unsafe fn write(&self, to: Address, from: &[u8]) -> Result<(), MemoryError> {
//!         let mut memory = self.0.borrow_mut();
//!         let start = usize::try_from(to.into_raw()).unwrap_or(usize::MAX).min(memory.len());
//!         let room = &mut memory[start..];
//!         let done = from.len().min(room.len());
//!         room[..done].copy_from_slice(&from[..done]);
//!         fault_unless_whole(Access::Write, to, from.len(), done)
//!     }
//!
//!     async unsafe fn read(&self, from: Address, to: &mut [u8]) -> Result<(), MemoryError> {
//!         let memory = self.0.borrow();
//!         let start = usize::try_from(from.into_raw()).unwrap_or(usize::MAX).min(memory.len());
//!         let there = &memory[start..];
//!         let done = to.len().min(there.len());
//!         to[..done].copy_from_slice(&there[..done]);
//!         fault_unless_whole(Access::Read, from, to.len(), done)
//!     }
//! }
//!
//! /// Errors tell to the byte how far an access got.
//! fn fault_unless_whole(access: Access, address: Address, length: usize, done: usize) -> Result<(), MemoryError> {
//!     if done == length {
//!         return Ok(());
//!     }
//!     Err(MemoryError { access, address, length, done, cause: Errno::EFAULT.into() })
//! }
//!
//! let task = Simulated(RefCell::new([0; 16]));
//! let mut bytes = [0; 4];
//! let mut batch = Batch::<4>::new();
//! batch.write_memory(Address::from_raw(8), b"abcd")?;
//! let process = batch.getpid()?;
//! let refused = batch.close(FileDescriptor::from_raw(3))?;
//! let valid = batch.read_memory(Address::from_raw(10), &mut bytes)?;
//! // SAFETY: there is no task that it could harm.
//! let answers = block_on(unsafe { task.batch(&batch, OnError::Continue) }, || ())?;
//! assert_eq!(answers.get(process)?.into_raw(), 1234);
//! assert_eq!(answers.get(refused), Err(Errno::ENOSYS.into()));
//! assert_eq!(answers.get(valid)?.0, 4);
//! assert_eq!(bytes, *b"cd\0\0");
//! # Ok::<(), SyscallError>(())
//! ```
//!
//! What else there is has a provided method, right for a transport whose calls complete in one poll. The others override:
//!
//! | method | whoever overrides it promises |
//! |---|---|
//! | [`batch`](SyscallInterface::batch) | one answer an entry, in order. [`Entry::encode`](crate::batch::Entry::encode) gives the call and which of its arguments have an earlier result added ([`Answers::resolve`] does that); an entry that takes a failed one's result, or follows one under [`OnError::Stop`], is [`NotSent::BatchStopped`]. A batch that cannot go as one is refused, [`NotSent::BatchUnsupported`]: call by call, a dropped future would take the answers before with it |
//! | memory entries of a batch | they are made between the calls around them: 0 for a write; for a read the count of valid bytes, which are in the slice ([`Memory::fill`](crate::batch::Memory::fill)) when the batch is over. [`access`](crate::batch::access) makes one by way of the [`MemoryInterface`]. A transport without memory leaves them [`NotSent::Unsupported`] |
//! | [`submit_syscall`](SyscallInterface::submit_syscall) | its future is ready when the call is ordered before all later ones, whether or not it has completed; the handle, dropped at any time, makes an orphan |
//! | [`take_orphan`](SyscallInterface::take_orphan) | a future that is dropped once its request began to move leaves its outcome here, oldest first. None is ever thrown away: they share a fixed capacity with the calls in flight, and where it is used up new calls are [`NotSent::Full`] |
//! | [`interrupt`](SyscallInterface::interrupt) | the call that blocks now returns EINTR, and no other harm is done; whatever must be installed in the task for that is installed only when somebody asked for it |
//! | [`activity_fd`](SyscallInterface::activity_fd) | a number in the *task's* table, readable as long as a request waits: nothing of the next request may be read ahead |
//! | [`close_interface`](SyscallInterface::close_interface) | calls in flight are [`Hangup::Closed`], later ones [`NotSent::Dead`]; so they are after any other hangup, for good |
//! | [`barrier`](crate::memory::MemoryInterface::barrier), with [`submit_write`](crate::memory::MemoryInterface::submit_write) | a submitted write is ordered before every later call, and a failure that nobody was told is told by the barrier, once |
//!
//! Drop every future at every point where it can be pending, in a test, and make another call afterwards: it must get its own
//! answer. No pointer into a caller's buffer outlives a poll.
#![expect(unsafe_code, reason = "the contract of executing a system call is stated here, once")]

mod error;
pub use error::{Hangup, NotSent, SyscallError};

use crate::{
    abi::Abi,
    batch::{Answers, Batch, OnError, one_by_one},
    identifier::{Address, FileDescriptor},
    memory::{Access, MemoryError, MemoryInterface},
    syscall::{Errno, Instruction, Outcome, Syscall, decode},
};
use core::future::{Future, ready};

/// Executes system calls in one task.
///
/// From an interface alone nobody can tell which namespaces the task behind it lives in, and so nobody can tell whether
/// the identifiers in an instruction mean there what the caller thinks: that is the caller's promise.
pub trait SyscallInterface {
    /// The ABI of the task behind it: system call numbers are near, too.
    type Abi: Abi;

    /// Executes a call in the task and returns what the kernel returned, decoded as an `R`.
    ///
    /// # Cancellation
    ///
    /// Nothing happens before the first poll. If the future is dropped later, the call was either not submitted or
    /// its outcome is kept as an orphan.
    ///
    /// # Errors
    ///
    /// [`SyscallError`]: not sent, hangup or errno. For `exit` and `execve` a hangup is success.
    ///
    /// # Safety
    ///
    /// The words must mean, in the task's namespaces, what the caller intends, and the effect must be sound for whoever
    /// lives in the task: this is the promise of using a raw pointer. Where the task shares memory with this process
    /// (it may *be* this process), the kernel's reads and writes through an address are reads and writes by this
    /// program, and must not break what the compiler relies on: memory behind a live reference is not written, and stays
    /// mapped until the call has completed, also when the future is dropped.
    unsafe fn syscall<R: Outcome>(
        &self,
        call: Syscall<Self::Abi, R>,
    ) -> impl Future<Output = Result<R, SyscallError>>;

    /// Executes an instruction: encodes it for this ABI and executes that.
    ///
    /// Cancellation and errors are those of [`syscall`](Self::syscall). An instruction that the ABI lacks is answered
    /// ENOSYS and reaches no kernel.
    ///
    /// # Safety
    ///
    /// As [`syscall`](Self::syscall).
    #[inline(always)]
    unsafe fn call<R: Outcome>(
        &self,
        instruction: Instruction<R>,
    ) -> impl Future<Output = Result<R, SyscallError>> {
        // SAFETY: the caller gave the promise for the instruction; encoding keeps its meaning.
        unsafe { self.syscall(instruction.encode::<Self::Abi>()) }
    }

    /// Executes the entries of a batch in order and returns all their answers.
    ///
    /// An entry that takes the result of an earlier one that failed, or that follows a failure under
    /// [`OnError::Stop`], is not performed: [`NotSent::BatchStopped`].
    ///
    /// The provided method makes one call after the other and knows no memory, so that memory entries are
    /// [`NotSent::Unsupported`]; a transport to memory overrides it, with [`one_by_one`] if it has nothing better.
    ///
    /// # Cancellation
    ///
    /// As of [`syscall`](Self::syscall), for each entry: those that were submitted are orphans, also if they were answered.
    /// The provided method keeps to that where calls are ready when they are first polled, and so cannot be dropped half
    /// way.
    ///
    /// # Errors
    ///
    /// [`SyscallError::NotSent`] if nothing of the batch was performed: [`NotSent::BatchUnsupported`] where the transport,
    /// or the server behind it, cannot take it as one, and [`one_by_one`] can. Whatever happens later is the answer of the
    /// entry that it happened to.
    ///
    /// # Safety
    ///
    /// As [`syscall`](Self::syscall), for every entry.
    unsafe fn batch<const N: usize>(
        &self,
        batch: &Batch<'_, N>,
        on_error: OnError,
    ) -> impl Future<Output = Result<Answers<N>, SyscallError>> {
        async move {
            let mut answers = Answers::new();
            // SAFETY: the caller's promise.
            unsafe { one_by_one(self, &NoMemory, batch, on_error, &mut answers) }.await;
            Ok(answers)
        }
    }

    /// Submits a call and returns a handle, a future that completes with its outcome.
    ///
    /// The future of this method is ready when the call is submitted, without waiting for its execution: it is ordered
    /// before all that is submitted later. Dropping the handle makes an orphan. A transport that executes calls
    /// where it is asked, as the provided method does, gives a handle that is ready.
    ///
    /// # Errors
    ///
    /// [`SyscallError::NotSent`]; what happens later is the outcome of the handle.
    ///
    /// # Safety
    ///
    /// As [`syscall`](Self::syscall).
    unsafe fn submit_syscall<R: Outcome>(
        &self,
        call: Syscall<Self::Abi, R>,
    ) -> impl Future<Output = Result<impl Future<Output = Result<R, SyscallError>>, SyscallError>> {
        async move {
            // SAFETY: the caller's promise.
            match unsafe { self.syscall(call) }.await {
                Err(SyscallError::NotSent(reason)) => Err(reason.into()),
                outcome => Ok(ready(outcome)),
            }
        }
    }

    /// Ends the call that blocks in the task, with `EINTR` as its outcome: sends the task a signal whose handler does
    /// nothing.
    ///
    /// It ends what blocks *now*, as with any signal: a call that is about to block, or whose kernel side restarts it
    /// whatever the handler says, does not notice. Repeat it until the call has its outcome.
    ///
    /// # Errors
    ///
    /// [`NotSent::Unsupported`] where the transport was not told how, or calls never block in the background;
    /// [`SyscallError::Errno`] if the signal cannot be sent.
    fn interrupt(&self) -> impl Future<Output = Result<(), SyscallError>> {
        ready(Err(NotSent::Unsupported.into()))
    }

    /// Takes one outcome whose caller went away, oldest first; `None` if there is none.
    ///
    /// Orphans hold capacity until they are taken. A transport whose calls complete in one poll never has any.
    fn take_orphan(&self) -> Option<Orphan<Self::Abi>> {
        None
    }

    /// The descriptor, in the task's own table, that becomes readable when there is a request for the task; `None` where
    /// there is no such thing.
    ///
    /// A task that waits in `epoll_wait` on this as well can be woken by its own interface.
    fn activity_fd(&self) -> Option<FileDescriptor> {
        None
    }

    /// Ends the interface: calls in flight get a hangup, later ones are not sent.
    ///
    /// The task itself is left alone. An interface to this process cannot be closed.
    fn close_interface(&self) {}
}

/// The memory behind an interface of which nothing but calls is known.
struct NoMemory;

impl MemoryInterface for NoMemory {
    async unsafe fn write(&self, address: Address, from: &[u8]) -> Result<(), MemoryError> {
        Err(MemoryError::unsupported(Access::Write, address, from.len()))
    }

    async unsafe fn read(&self, address: Address, to: &mut [u8]) -> Result<(), MemoryError> {
        Err(MemoryError::unsupported(Access::Read, address, to.len()))
    }
}

/// A call that was submitted and whose caller is gone, with what came of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Orphan<A: Abi> {
    /// The call.
    pub call: Syscall<A>,
    /// Its outcome; the word may be the number of a descriptor that somebody should close.
    pub outcome: Result<u64, SyscallError>,
}

/// The outcome of a call that its ABI lacks.
#[inline(always)]
pub fn absent<R: Outcome>() -> Result<R, SyscallError> {
    decode(-(Errno::ENOSYS.into_raw() as i64))
}

impl<I: SyscallInterface> SyscallInterface for &I {
    type Abi = I::Abi;

    #[inline(always)]
    unsafe fn syscall<R: Outcome>(
        &self,
        call: Syscall<Self::Abi, R>,
    ) -> impl Future<Output = Result<R, SyscallError>> {
        // SAFETY: forwarded with the caller's promise.
        unsafe { I::syscall(self, call) }
    }

    #[inline(always)]
    unsafe fn call<R: Outcome>(
        &self,
        instruction: Instruction<R>,
    ) -> impl Future<Output = Result<R, SyscallError>> {
        // SAFETY: forwarded with the caller's promise.
        unsafe { I::call(self, instruction) }
    }

    unsafe fn batch<const N: usize>(
        &self,
        batch: &Batch<'_, N>,
        on_error: OnError,
    ) -> impl Future<Output = Result<Answers<N>, SyscallError>> {
        // SAFETY: forwarded with the caller's promise.
        unsafe { I::batch(self, batch, on_error) }
    }

    unsafe fn submit_syscall<R: Outcome>(
        &self,
        call: Syscall<Self::Abi, R>,
    ) -> impl Future<Output = Result<impl Future<Output = Result<R, SyscallError>>, SyscallError>> {
        // SAFETY: forwarded with the caller's promise.
        unsafe { I::submit_syscall(self, call) }
    }

    fn interrupt(&self) -> impl Future<Output = Result<(), SyscallError>> {
        I::interrupt(self)
    }

    fn take_orphan(&self) -> Option<Orphan<Self::Abi>> {
        I::take_orphan(self)
    }

    fn activity_fd(&self) -> Option<FileDescriptor> {
        I::activity_fd(self)
    }

    fn close_interface(&self) {
        I::close_interface(self);
    }
}
