//! A server in the stopped thread itself.
#![expect(unsafe_code, reason = "promises a client its streams")]

use super::Parts;
use crate::{
    attach::{interrupt, seize},
    error::{AttachError, Reason, ServerError},
    registers::{DUMMY, INSTRUCTION, Registers},
    request::plain,
    session::{Session, State},
    stop::Stop,
};
use core::mem::ManuallyDrop;
use rsyscall_core::{abi::Native, identifier::Address, interface::NotSent, near::ptrace::PtraceRequest};
use rsyscall_transport_pipe::{BlockingFd, Client, PolledFd};

impl Session {
    /// Has the stopped thread itself serve, until what this returns is ended or dropped.
    ///
    /// Its own program stays interrupted, with all that the session puts back later; calls are made by this very thread, also
    /// those that concern a thread alone, and by way of pipes. It is not traced meanwhile. Nothing puts it back if this process is
    /// killed: its server ends then, and the thread with it.
    ///
    /// What belongs to the thread is as in the session, its signals blocked for instance, and what calls do to its signal mask ends
    /// with the server. Bases that `arch_prctl` sets (x86_64) stay. If job control stops the process meanwhile the server stops, too: a
    /// call then waits for SIGCONT, or for the server's end, after which the process is still stopped.
    ///
    /// # Errors
    ///
    /// [`ServerError`] names the call that failed, and the session goes on. [`NotSent::Unsupported`] when job control has stopped the
    /// process, or when the thread sleeps in a call that goes on from where it was, which any sleep would overwrite.
    pub fn serve(&self) -> Result<ServingThread<'_>, ServerError> {
        if self.saved.get().needs_restart_block(&self.seen) {
            return Err(self.failed("serve", NotSent::Unsupported.into()));
        }
        let mut parts = Parts::NONE;
        let result = self.place(&mut parts).and_then(|()| self.expect_to_run()).and_then(|()| {
            let area = parts.area.map_or(0, Address::into_raw);
            let entry = area.wrapping_add(INSTRUCTION.len() as u64);
            let arguments = [0, 0, 0, 0, 0, parts.descriptors()];
            let registers = self.saved.get().for_call(entry, DUMMY, arguments);
            let registers = registers.with_stack(parts.stack().into_raw());
            self.code_page.leave();
            let detach = || plain(PtraceRequest::DETACH, &self.tracee, 0, 0);
            let begun = registers.start_call(&self.tracee).and_then(|()| detach());
            begun.map_err(|errno| self.failed("ptrace(PTRACE_DETACH)", errno.into()))
        });
        match result {
            Ok(()) => {
                self.state.set(State::Serving(parts));
                Ok(ServingThread { session: self, parts })
            }
            Err(error) => {
                parts.close_here();
                let _ = self.remove(&mut parts);
                Err(error)
            }
        }
    }

    /// Fails if job control has stopped the process: a stop of the thread's, before which it executes nothing, tells that.
    fn expect_to_run(&self) -> Result<(), ServerError> {
        let failed = |cause| Err(self.failed("serve", cause));
        loop {
            let asked = plain(PtraceRequest::INTERRUPT, &self.tracee, 0, 0);
            if asked.and_then(|()| self.resume(PtraceRequest::CONT)).is_err() {
                return failed(self.not_sent());
            }
            match self.next_stop() {
                Stop::Event { group: false } => return Ok(()),
                Stop::Event { group: true } => return failed(NotSent::Unsupported.into()),
                Stop::Signal(signal) => {
                    let _ = self.signal(signal);
                }
                Stop::Syscall | Stop::Other => {}
                Stop::Exec => return failed(self.replaced(0)),
                Stop::Ended | Stop::Exiting => return failed(NotSent::Dead.into()),
            }
        }
    }

    /// Stops the thread again, and removes the server.
    pub(crate) fn stop_serving(&self) -> Result<(), ServerError> {
        let State::Serving(mut parts) = self.state.get() else { return Ok(()) };
        match seize(&self.tracee).and_then(|()| interrupt(&self.tracee, self.group, &mut None, None)) {
            Ok(_) => {}
            Err(Reason::NoSuchProcess | Reason::Ended | Reason::Zombie) => {
                parts.close_here();
                self.state.set(State::Ended);
                return Ok(());
            }
            Err(reason) => return Err(ServerError::Attach(AttachError { process: self.process(), reason })),
        }
        // Not before: at the end of its input the thread would exit.
        parts.close_here();
        if !self.has(&parts) {
            // It has executed another program, with the mask that the session gave the thread.
            self.state.set(State::Replaced);
            return Ok(());
        }
        self.state.set(State::Stopped);
        self.laid.set(false);
        if let Ok(Some(now)) = Registers::get(&self.tracee) {
            self.saved.set(self.saved.get().keep_bases_of(&now));
        }
        let masked = self.set_mask(self.mask_for_calls());
        let masked = masked.map_err(|errno| self.failed("ptrace(PTRACE_SETSIGMASK)", errno.into()));
        masked.and(self.remove(&mut parts))
    }
}

/// A stopped thread that serves instead of its own program.
///
/// Ending or dropping it stops the thread again, and the session goes on. What could not be removed
/// [`Session::detach`] tells, too.
#[derive(Debug)]
#[must_use = "dropping it ends the server"]
pub struct ServingThread<'s> {
    session: &'s Session,
    parts: Parts,
}

impl ServingThread<'_> {
    /// A client that needs no executor: `block_on(…, || ())` drives it.
    ///
    /// # Safety
    ///
    /// The thread serves as long as the client is used, and no other client is used.
    pub unsafe fn client<const N: usize>(&self) -> Client<BlockingFd, BlockingFd, Native, N> {
        // SAFETY: the descriptors are open as long as the thread serves; the rest is the caller's promise.
        unsafe { self.parts.client(self.session.group) }
    }

    /// A client for many calls in flight: `block_on(…, || client.park())` drives it.
    ///
    /// # Safety
    ///
    /// As [`client`](Self::client).
    pub unsafe fn polled_client<const N: usize>(&self) -> Client<PolledFd, PolledFd, Native, N> {
        // SAFETY: as for the other client.
        unsafe { self.parts.polled_client(self.session.group) }
    }

    /// Stops the thread, in the middle of a call too, and removes the server. The session makes calls again.
    ///
    /// # Errors
    ///
    /// [`ServerError`]: the thread could not be stopped, and serves on, or a call that removes something failed.
    pub fn end(self) -> Result<(), ServerError> {
        ManuallyDrop::new(self).session.stop_serving()
    }
}

impl Drop for ServingThread<'_> {
    fn drop(&mut self) {
        let _ = self.session.stop_serving();
    }
}
