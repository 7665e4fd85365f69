//! The client: many callers, one pair of streams, nothing lost.
#![expect(unsafe_code, reason = "executing a system call")]

mod alone;
mod batch;
mod buffer;
mod descriptors;
mod drive;
mod hello;
mod in_band;
mod interrupt;
mod leaving;
mod memory;
mod original;
mod slot;
mod state;
mod submit;
mod transfer;
mod waiting;

pub use hello::{Extensions, HelloError};
pub use interrupt::InterruptError;
pub use original::Original;

use buffer::Buffer;
use core::{
    cell::{Cell, RefCell},
    fmt,
    future::Future,
    marker::PhantomData,
    task::Waker,
};
use embedded_io_async::{Read, Write};
use rsyscall_core::{
    abi::{ABSENT, Abi},
    batch::{Answers, Batch, OnError},
    identifier::{FileDescriptor, Process},
    interface::{Hangup, NotSent, Orphan, SyscallError, SyscallInterface, absent},
    near::signal::Signal,
    syscall::{Outcome, Syscall, decode},
};
use state::State;

/// An interface to the task behind two byte streams.
///
/// `R` gives responses, `W` takes requests, `A` is the task's ABI, and `N` how many calls there can be at once: those in
/// flight and the orphans. Many callers share it through `&self`; it works under any executor.
///
/// # The streams
///
/// They must be *cancel-safe*: a `read` or `write` future that is dropped before it was ready has moved no byte. All
/// streams of this crate are.
///
/// # Cancellation
///
/// A call's future that is dropped while none of the request's bytes were handed to the stream leaves no trace. From the
/// first accepted byte on the request is sent whole by whoever drives the client next, its response is read, and the
/// outcome is kept until [`take_orphan`](SyscallInterface::take_orphan). When all capacity is held by such calls, nobody is
/// left to read their responses: [`settle`](Self::settle) does that.
///
/// A future that is *forgotten* (`mem::forget`) holds its slot, and nothing else where the streams have [lasting
/// wakers](Self::with_lasting_wakers), as those of [`polled`](Self::polled) and [`blocking`](Self::blocking) clients do.
/// Over other streams, if it was the one that drove a stream (it was polled last, and is neither ready nor dropped),
/// nobody else can drive that stream: later calls wait until [`close_interface`](SyscallInterface::close_interface).
///
/// # Room
///
/// All bytes in flight are in the client itself: some 300 bytes for each of the `N` calls, and four times `B` for memory
/// that goes [in band](Self::hello). It uses no heap. Making a call over plain descriptors takes at most 2,304 bytes of stack,
/// its future of at most 1,280 bytes included, and 20 KiB in a build without optimisation; over other streams their own futures
/// come to that.
pub struct Client<R, W, A, const N: usize, const B: usize = { DEFAULT_BYTES }> {
    responses: RefCell<Streams<R, 8, N, B>>,
    requests: RefCell<Streams<W, 64, N, B>>,
    state: RefCell<State<N, B>>,
    /// Whether somebody was woken since [`park`](Self::park) was last asked.
    woken: Cell<bool>,
    options: Options,
    signal: Cell<Option<Signal>>,
    abi: PhantomData<fn() -> A>,
}

/// What a client was told when it was made.
#[derive(Clone, Copy, Default)]
struct Options {
    /// Whether callers wait when the capacity is used up.
    waits: bool,
    lasting_wakers: bool,
    /// Whether transfers are ready when they are first polled.
    blocking: bool,
    descriptors: Option<(FileDescriptor, FileDescriptor)>,
    activity_fd: Option<FileDescriptor>,
    process: Option<Process>,
    memory_file: Option<FileDescriptor>,
    original: Option<Original>,
}

/// How much room a client has for memory in band unless told otherwise.
const DEFAULT_BYTES: usize = 1024;

/// A stream and the bytes that are being moved.
struct Streams<S, const EACH: usize, const N: usize, const B: usize> {
    stream: S,
    buffer: Buffer<EACH, N, B>,
}

impl<R: Read, W: Write, A: Abi, const N: usize> Client<R, W, A, N> {
    /// The client of the server that reads what `requests` takes and writes what `responses` gives.
    ///
    /// It has 1,024 bytes of room for memory in band: [`with_memory`](Self::with_memory) changes that.
    pub fn new(responses: R, requests: W) -> Self {
        Client::with_room(responses, requests)
    }

    /// Gives it room for `B` bytes each way of memory in band: what one [batch](SyscallInterface::batch) can carry, and what
    /// one round trip moves. 0 if there shall be no memory in band.
    ///
    /// It is to be called before any call is made.
    #[must_use]
    pub fn with_memory<const B: usize>(self) -> Client<R, W, A, N, B> {
        let client = Client::with_room(self.responses.into_inner().stream, self.requests.into_inner().stream);
        client.state.borrow_mut().set_limit(self.state.borrow().limit());
        Client { options: self.options, ..client }
    }
}

impl<R: Read, W: Write, A: Abi, const N: usize, const B: usize> Client<R, W, A, N, B> {
    fn with_room(responses: R, requests: W) -> Self {
        Self {
            responses: RefCell::new(Streams { stream: responses, buffer: Buffer::new() }),
            requests: RefCell::new(Streams { stream: requests, buffer: Buffer::new() }),
            state: RefCell::new(State::new(A::WIRE_ID)),
            woken: Cell::new(false),
            options: Options::default(),
            signal: Cell::new(None),
            abi: PhantomData,
        }
    }

    /// Lets callers wait, in order, when calls in flight and orphans use up the capacity, instead of refusing them with
    /// [`NotSent::Full`]. At most `N` can wait; more are refused.
    ///
    /// What orphans hold is free only when they are [taken](SyscallInterface::take_orphan). Where nobody can do that while a
    /// call waits, it is refused all the same: over [streams that block](Self::with_blocking_streams), and by
    /// [`park`](Self::park).
    #[must_use]
    pub fn with_waiting(mut self) -> Self {
        self.options.waits = true;
        self
    }

    /// Says that the streams wake whoever polled a transfer last also when its future was dropped after that, as readiness
    /// of a descriptor that is kept outside of the future does. Then no future holds a stream while it sleeps.
    #[must_use]
    pub fn with_lasting_wakers(mut self) -> Self {
        self.options.lasting_wakers = true;
        self
    }

    /// Says that the streams block: that a transfer is ready when it is first polled, as those of
    /// [`BlockingFd`](crate::BlockingFd) are. A caller who is alone then has his answer in one poll, and the client keeps
    /// no record of his call.
    ///
    /// A transfer that is pending all the same costs time and nothing else. A call that it makes itself, through this client,
    /// while it is polled, waits until the one that it is polled for is over. Where requests and answers do not fit into the
    /// streams, both sides may wait in a write: [`blocking`](Client::blocking) keeps to what does.
    #[must_use]
    pub fn with_blocking_streams(mut self) -> Self {
        self.options.blocking = true;
        self
    }

    /// Says which descriptor in the task's table the server reads requests from.
    #[must_use]
    pub fn with_activity_fd(mut self, fd: FileDescriptor) -> Self {
        self.options.activity_fd = Some(fd);
        self
    }

    /// Says that the task is a process of this machine, whose memory this process may read and write with
    /// `process_vm_readv` and `process_vm_writev`.
    ///
    /// # Safety
    ///
    /// The number is this task's, and stays it as long as the client is used: that of a child does until it was waited for.
    /// What an [`Arena`](rsyscall_core::memory::Arena) places in the task is written to that process, wherever the server says.
    #[must_use]
    pub unsafe fn with_local_memory(mut self, process: Process) -> Self {
        self.options.process = Some(process);
        self
    }

    /// Says that this descriptor is `/proc/PID/mem` of a task that is [local](Self::with_local_memory), opened for reading
    /// and writing: up to 4,096 bytes cost less that way. It is not closed.
    ///
    /// Private pages that are protected against the task itself are read and written all the same ([`ProcessMemory`]).
    ///
    /// [`ProcessMemory`]: rsyscall_transport_local::ProcessMemory::with_file
    ///
    /// # Safety
    ///
    /// It is that file, and stays open as long as the client is used.
    #[must_use]
    pub unsafe fn with_memory_file(mut self, memory: FileDescriptor) -> Self {
        self.options.memory_file = Some(memory);
        self
    }

    /// Gives the streams back. Calls whose futures are gone may still be in them.
    pub fn into_streams(self) -> (R, W) {
        (self.responses.into_inner().stream, self.requests.into_inner().stream)
    }

    fn wake(&self, waker: Waker) {
        self.woken.set(true);
        waker.wake();
    }

    /// Wakes all whose wait is over. No borrow is held while foreign code runs.
    fn wake_all(&self) {
        loop {
            let waker = self.state.borrow_mut().take_wake();
            match waker {
                Some(waker) => self.wake(waker),
                None => break,
            }
        }
    }

    /// Wakes one caller to take over if there is something to be moved and nobody who moves it.
    fn hand_over(&self) {
        let successor = {
            let mut state = self.state.borrow_mut();
            let write = state.has_outgoing() && self.requests.try_borrow_mut().is_ok();
            let read = state.has_sent() && self.responses.try_borrow_mut().is_ok();
            if write || read { state.take_successor() } else { None }
        };
        if let Some(waker) = successor {
            self.wake(waker);
        }
    }
}

impl<R: Read, W: Write, A: Abi, const N: usize, const B: usize> SyscallInterface for Client<R, W, A, N, B> {
    type Abi = A;

    async unsafe fn syscall<O: Outcome>(&self, call: Syscall<A, O>) -> Result<O, SyscallError> {
        if call.number == i64::from(ABSENT) {
            return absent();
        }
        if crate::wire::is_reserved(call.number) {
            return Err(NotSent::ReservedNumber.into());
        }
        self.run_call((call.number, call.arguments)).await.and_then(decode)
    }

    async unsafe fn batch<const M: usize>(
        &self,
        batch: &Batch<'_, M>,
        on_error: OnError,
    ) -> Result<Answers<M>, SyscallError> {
        self.run_batch(batch, on_error).await
    }

    unsafe fn submit_syscall<O: Outcome>(
        &self,
        call: Syscall<A, O>,
    ) -> impl Future<Output = Result<impl Future<Output = Result<O, SyscallError>>, SyscallError>> {
        self.submit_call(call)
    }

    fn interrupt(&self) -> impl Future<Output = Result<(), SyscallError>> {
        self.send_signal()
    }

    fn take_orphan(&self) -> Option<Orphan<A>> {
        let orphan = self.state.borrow_mut().take_orphan();
        self.wake_all();
        let ((number, arguments), outcome) = orphan?;
        Some(Orphan { call: Syscall::new(number, arguments), outcome: outcome.and_then(decode) })
    }

    fn activity_fd(&self) -> Option<FileDescriptor> {
        self.options.activity_fd
    }

    fn close_interface(&self) {
        self.state.borrow_mut().die(Hangup::Closed);
        self.wake_all();
    }
}

impl<R, W, A: Abi, const N: usize, const B: usize> fmt::Debug for Client<R, W, A, N, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("abi", &A::NAME)
            .field("descriptors", &self.options.descriptors)
            .finish_non_exhaustive()
    }
}
