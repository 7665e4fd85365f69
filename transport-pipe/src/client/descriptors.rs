//! Clients over plain descriptors of this process.
#![expect(unsafe_code, reason = "descriptors are promised to be the client's alone")]

use super::Client;
use crate::{
    fd::{BlockingFd, PolledFd},
    sys,
};
use linux_raw_sys::general::{POLLIN, POLLOUT};
use rsyscall_core::{abi::Abi, identifier::FileDescriptor};

/// What every pipe takes without blocking when it is empty.
const PIPE_BUF: usize = 4096;

impl<A: Abi, const N: usize> Client<BlockingFd, BlockingFd, A, N> {
    /// A client whose futures are ready when they are first polled: one call in flight, `block_on(…, || ())` drives it.
    ///
    /// So that the two sides never both wait in a write, no more than 4,096 bytes of answers may be to come while
    /// something is still to be sent: a [batch](rsyscall_core::interface::SyscallInterface::batch) of more than 512 entries, or
    /// with as much memory to be read, is refused with `NotSent::Full`, and so are calls that are submitted beyond that.
    ///
    /// # Safety
    ///
    /// Both descriptors are this process's, stay open as long as the client exists, and are used by it alone.
    pub unsafe fn blocking(responses: FileDescriptor, requests: FileDescriptor) -> Self {
        // SAFETY: the caller's promise.
        let responses = unsafe { BlockingFd::new(responses) };
        // SAFETY: the caller's promise.
        let requests = unsafe { BlockingFd::new(requests) };
        let client = Self::new(responses, requests).with_lasting_wakers().with_blocking_streams();
        client.state.borrow_mut().set_limit(PIPE_BUF);
        client
    }
}

impl<A: Abi, const N: usize> Client<PolledFd, PolledFd, A, N> {
    /// A client for many calls in flight, driven by `block_on(…, || client.park())`.
    ///
    /// # Safety
    ///
    /// As [`blocking`](Client::blocking).
    pub unsafe fn polled(responses: FileDescriptor, requests: FileDescriptor) -> Self {
        // SAFETY: the caller's promise.
        let from = unsafe { PolledFd::new(responses) };
        // SAFETY: the caller's promise.
        let to = unsafe { PolledFd::new(requests) };
        let mut client = Self::new(from, to).with_lasting_wakers();
        client.options.descriptors = Some((responses, requests));
        client
    }
}

impl<A: Abi, const N: usize, const B: usize> Client<PolledFd, PolledFd, A, N, B> {
    /// Blocks until some call can go on: returns at once when one was finished since the last time, and otherwise waits for
    /// the descriptors. Returns early when a signal comes.
    ///
    /// When nothing is in flight, nobody could make room for a call that [waits](Self::with_waiting) for it: it is refused
    /// with `NotSent::Full`.
    pub fn park(&self) {
        if self.woken.replace(false) {
            return;
        }
        let Some((responses, requests)) = self.options.descriptors else { return };
        let (read, write) = {
            let state = self.state.borrow();
            (state.has_sent(), state.has_outgoing())
        };
        if !read && !write {
            self.state.borrow_mut().waiting.refuse_first();
            self.wake_all();
            return;
        }
        // A negative descriptor is not looked at.
        let choose = |wanted: bool, fd: FileDescriptor| if wanted { fd.into_raw() } else { -1 };
        let mut entries =
            [sys::entry(choose(read, responses), POLLIN), sys::entry(choose(write, requests), POLLOUT)];
        sys::poll_all(&mut entries, true);
    }
}
