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
//! *not sent*, *hangup* (sent, and nobody knows whether it was executed) and *errno* (executed, and refused).
//!
//! # For transport authors
//!
//! One method is required, [`syscall`](SyscallInterface::syscall): it is generic in the result, so that a typed call needs
//! no wrapper future. Answer number -1 with ENOSYS and do not let it reach a kernel. A transport whose futures can be
//! dropped half way overrides [`take_orphan`](SyscallInterface::take_orphan). Override [`batch`](SyscallInterface::batch)
//! where many calls can share one round trip; the provided one executes them one by one.
#![expect(unsafe_code, reason = "the contract of executing a system call is stated here, once")]

use crate::{
    abi::Abi,
    batch::{Answers, Batch, OnError, one_by_one},
    identifier::{Address, FileDescriptor},
    memory::{Access, MemoryError, MemoryInterface},
    syscall::{Errno, Instruction, Outcome, Syscall, decode},
};
use core::{
    fmt,
    future::{Future, ready},
};

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
    /// The provided method makes a round trip for each entry and knows no memory, so that memory entries are
    /// [`NotSent::Unsupported`]; a transport to memory overrides it, with [`one_by_one`] if it has nothing better.
    ///
    /// # Errors
    ///
    /// [`SyscallError::NotSent`] if nothing of the batch was performed. Whatever happens later is the answer of the
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
            // SAFETY: the caller's promise.
            Ok(unsafe { one_by_one(self, &NoMemory, batch, on_error) }.await)
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

/// Why a system call gave no result. The three cases are never mixed up.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum SyscallError {
    /// Certainly not executed.
    NotSent(NotSent),
    /// Sent; nobody knows whether it was executed. For `exit` and `execve` this is success.
    Hangup(Hangup),
    /// Executed, and refused by the kernel.
    Errno(Errno),
}

/// Why a call was certainly not executed.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum NotSent {
    /// The calls in flight and the orphans use up the interface's capacity: await some, or take the orphans.
    Full,
    /// The number is reserved for the protocol (-1999 to -1000).
    ReservedNumber,
    /// An earlier entry of the batch failed.
    BatchStopped,
    /// The interface was closed or hung up before; it stays dead.
    Dead,
    /// The stream ended or failed before the whole request was accepted.
    Stream,
    /// The transport, or the server at its other end, cannot do this.
    Unsupported,
}

/// Why nobody knows whether a call was executed.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum Hangup {
    /// The stream of responses ended where one response ends and the next begins.
    EndOfStream,
    /// The stream of responses ended inside a response.
    TornResponse,
    /// A response came for which there was no request.
    UnaskedBytes,
    /// Reading or writing the stream failed.
    Stream,
    /// The answer is not one that the protocol allows.
    Protocol,
    /// The interface was closed while the call was in flight.
    Closed,
    /// The task ended, or was replaced, while the call was in flight.
    TaskEnded,
}

impl fmt::Display for SyscallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotSent(reason) => write!(f, "not sent: {reason}"),
            Self::Hangup(reason) => write!(f, "hangup: {reason}"),
            Self::Errno(errno) => errno.fmt(f),
        }
    }
}

impl fmt::Display for NotSent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full => "the interface's capacity is used up; await calls in flight or take orphans",
            Self::ReservedNumber => "the number is reserved for the protocol",
            Self::BatchStopped => "an earlier entry of the batch failed",
            Self::Dead => "the interface is closed",
            Self::Stream => "the stream ended before the request was accepted",
            Self::Unsupported => "the transport or its server cannot do this",
        })
    }
}

impl fmt::Display for Hangup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::EndOfStream => "the server is gone",
            Self::TornResponse => "the server is gone in the middle of a response",
            Self::UnaskedBytes => "the server sent a response that nobody asked for",
            Self::Stream => "the stream failed",
            Self::Protocol => "the server sent an answer that the protocol does not allow",
            Self::Closed => "the interface was closed while the call was in flight",
            Self::TaskEnded => "the task ended while the call was in flight",
        })
    }
}

impl core::error::Error for SyscallError {}
impl core::error::Error for NotSent {}
impl core::error::Error for Hangup {}

impl From<Errno> for SyscallError {
    fn from(errno: Errno) -> Self {
        Self::Errno(errno)
    }
}

impl From<NotSent> for SyscallError {
    fn from(reason: NotSent) -> Self {
        Self::NotSent(reason)
    }
}

impl From<Hangup> for SyscallError {
    fn from(reason: Hangup) -> Self {
        Self::Hangup(reason)
    }
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
