//! The client: many callers, one pair of streams, nothing lost.
#![expect(unsafe_code, reason = "executing a system call")]

mod descriptors;
mod drive;
mod memory;
mod state;

use core::{
    cell::{Cell, RefCell},
    fmt,
    marker::PhantomData,
    task::Waker,
};
use embedded_io_async::{Read, Write};
use rsyscall_core::{
    abi::{ABSENT, Abi},
    identifier::{FileDescriptor, Process},
    interface::{Hangup, NotSent, Orphan, SyscallError, SyscallInterface, absent},
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
/// A future that is *forgotten* holds its slot. If it was the one that drove a stream (it was polled last, and is neither
/// ready nor dropped), nobody else can drive that stream: later calls wait until
/// [`close_interface`](SyscallInterface::close_interface).
pub struct Client<R, W, A, const N: usize> {
    responses: RefCell<R>,
    requests: RefCell<W>,
    state: RefCell<State<N>>,
    /// Whether somebody was woken since [`park`](Self::park) was last asked.
    woken: Cell<bool>,
    descriptors: Option<(FileDescriptor, FileDescriptor)>,
    activity_fd: Option<FileDescriptor>,
    process: Option<Process>,
    abi: PhantomData<fn() -> A>,
}

impl<R: Read, W: Write, A: Abi, const N: usize> Client<R, W, A, N> {
    /// The client of the server that reads what `requests` takes and writes what `responses` gives.
    pub fn new(responses: R, requests: W) -> Self {
        Self {
            responses: RefCell::new(responses),
            requests: RefCell::new(requests),
            state: RefCell::new(State::new()),
            woken: Cell::new(false),
            descriptors: None,
            activity_fd: None,
            process: None,
            abi: PhantomData,
        }
    }

    /// Says which descriptor in the task's table the server reads requests from.
    #[must_use]
    pub fn with_activity_fd(mut self, fd: FileDescriptor) -> Self {
        self.activity_fd = Some(fd);
        self
    }

    /// Says that the task is a process of this machine, whose memory this process may read and write with
    /// `process_vm_readv` and `process_vm_writev`.
    ///
    /// The number must stay this task's as long as the client is used: that of a child does until it was waited for.
    #[must_use]
    pub fn with_local_memory(mut self, process: Process) -> Self {
        self.process = Some(process);
        self
    }

    /// Gives the streams back. Calls whose futures are gone may still be in them.
    pub fn into_streams(self) -> (R, W) {
        (self.responses.into_inner(), self.requests.into_inner())
    }

    fn wake(&self, waker: Waker) {
        self.woken.set(true);
        waker.wake();
    }

    /// Wakes the callers of all calls that have their outcome. No borrow is held while foreign code runs.
    fn wake_done(&self) {
        let mut from = 0;
        loop {
            let waker = self.state.borrow_mut().take_done_waker(&mut from);
            match waker {
                Some(waker) => self.wake(waker),
                None => break,
            }
        }
        let settler = {
            let mut state = self.state.borrow_mut();
            if state.has_abandoned() { None } else { state.set_settler(None) }
        };
        if let Some(waker) = settler {
            self.wake(waker);
        }
    }

    /// Wakes one caller to take over if there is something to be moved and nobody who moves it.
    fn hand_over(&self) {
        let successor = {
            let mut state = self.state.borrow_mut();
            let write = state.has_queued() && self.requests.try_borrow_mut().is_ok();
            let read = state.has_sent() && self.responses.try_borrow_mut().is_ok();
            if write || read { state.take_successor() } else { None }
        };
        if let Some(waker) = successor {
            self.wake(waker);
        }
    }
}

impl<R: Read, W: Write, A: Abi, const N: usize> SyscallInterface for Client<R, W, A, N> {
    type Abi = A;

    async unsafe fn syscall<O: Outcome>(&self, call: Syscall<A, O>) -> Result<O, SyscallError> {
        if call.number == i64::from(ABSENT) {
            return absent();
        }
        if crate::wire::is_reserved(call.number) {
            return Err(NotSent::ReservedNumber.into());
        }
        self.run((call.number, call.arguments)).await.and_then(decode)
    }

    fn take_orphan(&self) -> Option<Orphan<A>> {
        let ((number, arguments), outcome) = self.state.borrow_mut().take_orphan()?;
        Some(Orphan { call: Syscall::new(number, arguments), outcome: outcome.and_then(decode) })
    }

    fn activity_fd(&self) -> Option<FileDescriptor> {
        self.activity_fd
    }

    fn close_interface(&self) {
        self.state.borrow_mut().die(Hangup::Closed);
        self.wake_done();
    }
}

impl<R, W, A: Abi, const N: usize> fmt::Debug for Client<R, W, A, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("abi", &A::NAME)
            .field("descriptors", &self.descriptors)
            .finish_non_exhaustive()
    }
}
