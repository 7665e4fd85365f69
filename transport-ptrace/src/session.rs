//! A stopped thread that makes our calls.
#![expect(unsafe_code, reason = "implements an unsafe interface, and signals a tracee")]

use crate::{
    cpu::Affinity,
    detach::{DetachError, Part},
    dispatch::UserDispatch,
    inject::{bit, mask_for_calls},
    limit::Limit,
    mechanism::{MayStep, Mechanism},
    memory::Memory,
    page::CodePage,
    quick::SessionCall,
    registers::{Registers, Seen, Vectors},
    request::{call, close_own, give, plain, wait},
    server::Parts,
    stop::Stop,
    succession::let_successor_go,
    tracee::{Counts, Tracee},
};
use core::{
    cell::{Cell, OnceCell},
    fmt,
    marker::PhantomData,
};
use rsyscall_core::{
    abi::Native,
    batch::{Answers, Batch, OnError},
    identifier::{Address, FileDescriptor, Process},
    interface::{NotSent, SyscallError, SyscallInterface},
    near::{
        ptrace::PtraceRequest,
        signal::{PidfdSignalFlags, Signal, pidfd_send_signal, tgkill},
    },
    syscall::{Errno, Outcome, Syscall},
};

/// An interface to a thread that did not ask: it is stopped, and makes calls when told.
///
/// Between [`attach`](Self::attach) and [`detach`](Self::detach) the thread does nothing of its own. The other threads of its
/// process go on. Dropping the session detaches too, and then nobody learns what could not be put back.
///
/// Calls complete in one poll, however long they block; `block_on(…, || ())` drives them. A session belongs to the thread
/// that attached (the kernel ties tracing to a thread) and is not `Send`.
pub struct Session {
    pub(crate) tracee: Tracee,
    /// The process that the thread belongs to.
    pub(crate) group: Process,
    /// Whether the process is a child of this one, whose end is its parent's to wait for.
    pub(crate) is_child: bool,
    /// Whether its next stop may be one that the kernel does not wake us for: its process has other threads.
    pub(crate) with_others: Cell<bool>,
    /// Holds the pid: signals go to the process that was meant, or to none.
    pub(crate) pidfd: FileDescriptor,
    pub(crate) memory: Memory,
    /// Where the instruction is that makes the calls.
    pub(crate) site: u64,
    /// The registers that are put back.
    pub(crate) saved: Cell<Registers>,
    /// Whether the thread has those that are the same in all calls.
    pub(crate) laid: Cell<bool>,
    /// Registers that calls do not keep, if the thread uses them.
    pub(crate) vectors: OnceCell<Result<Option<Vectors>, Errno>>,
    pub(crate) seen: Seen,
    /// The signal mask that is put back.
    pub(crate) mask: Cell<u64>,
    /// Whether anything of the thread was changed: the first call does that.
    pub(crate) used: Cell<bool>,
    /// The thread's own Syscall User Dispatch, which is off for the session.
    pub(crate) dispatch: Cell<Option<UserDispatch>>,
    /// Where the thread announces a restartable sequence, and which; resuming it elsewhere makes the kernel erase that.
    pub(crate) sequence: Option<(u64, u64)>,
    /// Signals that arrived meanwhile; bit 0 is signal 1.
    pub(crate) held: Cell<u64>,
    /// A signal that the thread gets when it is resumed.
    pub(crate) passed: Cell<u64>,
    /// Whether the caller wants no more calls.
    pub(crate) closed: Cell<bool>,
    pub(crate) state: Cell<State>,
    pub(crate) code_page: CodePage,
    /// Why something of a server could not be removed.
    pub(crate) server_left: Cell<Option<Errno>>,
    /// How the caller wants calls to be made.
    pub(crate) preferred: Cell<Option<Mechanism>>,
    /// Whether the thread may be single-stepped; `None` if that is not known, and as a rule it was not asked yet.
    pub(crate) may_step: Cell<Option<MayStep>>,
    /// A signal that the thread has sent itself for us, and its process in its own numbers.
    pub(crate) own_signal: Cell<Option<(Signal, Process)>>,
    /// Signals that are not blocked, though the thread had blocked them.
    pub(crate) unblocked: Cell<u64>,
    pub(crate) limit: Limit,
    /// Of this process's thread.
    pub(crate) affinity: Affinity,
    pub(crate) of_this_thread: PhantomData<*const ()>,
}

/// What there is to be put back.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum State {
    /// All of it.
    Stopped,
    /// The program was replaced by `execve`: its registers are its own.
    Replaced,
    /// All of it, and the thread serves, and is not stopped.
    Serving(Parts),
    /// Nothing: the thread is gone.
    Ended,
    /// Nothing: it was let go.
    Detached,
}

impl Session {
    /// The thread's number, in the pid namespace of this process. Once the thread has ended, of which a hangup tells, another may
    /// get it.
    pub fn process(&self) -> Process {
        self.tracee.process
    }

    /// What the session has cost so far, attaching included: requests and stops, as [`Counts`] explains them. Nothing is asked of the
    /// kernel for that.
    pub fn counts(&self) -> Counts {
        self.tracee.counts()
    }

    pub(crate) fn memory(&self) -> &Memory {
        &self.memory
    }

    /// Waits for the next stop.
    #[inline(always)]
    pub(crate) fn next_stop(&self) -> Stop {
        if self.with_others.get() {
            return self.look_until_stopped();
        }
        self.note(wait(&self.tracee, self.is_child).unwrap_or(Stop::Ended))
    }

    /// Notes what a stop means for the session. A main thread that is about to end is let go, and has ended as far as we are
    /// concerned; every other thread is gone afterwards.
    #[inline(always)]
    pub(crate) fn note(&self, stop: Stop) -> Stop {
        if matches!(stop, Stop::Exiting | Stop::Ended) { self.note_end(stop) } else { stop }
    }

    #[cold]
    fn note_end(&self, mut stop: Stop) -> Stop {
        while stop == Stop::Exiting {
            let leads = self.process() == self.group;
            let request = if leads { PtraceRequest::DETACH } else { PtraceRequest::CONT };
            stop = match self.resume(request) {
                Ok(()) if !leads => wait(&self.tracee, self.is_child).unwrap_or(Stop::Ended),
                _ => Stop::Ended,
            };
        }
        if stop == Stop::Ended {
            self.state.set(State::Ended);
            let_successor_go(self.process(), self.group, Some(self.mask.get()));
        }
        stop
    }

    /// Changes of the thread what must be changed for calls, before the first one. Until then the thread would not even be harmed
    /// by the death of this process.
    #[inline(always)]
    pub(crate) fn prepare(&self) -> Result<(), Errno> {
        if self.used.get() { Ok(()) } else { self.prepare_first() }
    }

    #[cold]
    fn prepare_first(&self) -> Result<(), Errno> {
        self.vectors.get_or_init(|| Vectors::save(&self.tracee));
        self.used.set(true);
        self.dispatch.set(UserDispatch::switch_off(&self.tracee));
        // Last, as it does the most harm if this process ends now.
        self.set_mask(self.mask_for_calls())?;
        Ok(())
    }

    /// Puts everything back and lets the thread go.
    ///
    /// Signals that arrived meanwhile are delivered then; a call that was interrupted goes on. A thread that has ended needs
    /// nothing put back. Returns what the session has cost, this included.
    ///
    /// Dropping the session does the same and tells nobody what failed. It is done in a panic too, but not if this process is killed:
    /// the crate's limits say what becomes of the thread then.
    ///
    /// # Errors
    ///
    /// [`DetachError`] lists what could not be put back. All the rest was, and the thread runs, with the exceptions that are named
    /// there.
    pub fn detach(self) -> Result<Counts, DetachError> {
        self.put_back().map(|()| self.counts())
    }

    fn put_back(&self) -> Result<(), DetachError> {
        let result = self.put_thread_back();
        self.affinity.put_back();
        result
    }

    fn put_thread_back(&self) -> Result<(), DetachError> {
        let mut error = DetachError::new(self.process());
        // A server that was forgotten. The state, and what is left of it, tell how that went.
        let _ = self.stop_serving();
        let state = self.state.replace(State::Detached);
        match state {
            State::Ended | State::Detached => return Ok(()),
            State::Serving(_) => {
                error.add(Part::Server, Err(Errno::EPERM));
                error.add(Part::Registers, Err(Errno::EPERM));
                return error.into_result();
            }
            State::Stopped | State::Replaced => {}
        }
        if state == State::Stopped {
            error.add(Part::CodePage, self.unmap_code_page().map_err(errno_of));
            error.add(Part::Server, self.server_left.get().map_or(Ok(()), Err));
            error.add(Part::Registers, self.put_registers_back());
            error.add(Part::Call, self.put_call_back());
            error.add(Part::Vectors, self.put_vectors_back());
            if self.used.get() {
                // Behind the last moment in which the thread runs elsewhere.
                if let Some((address, sequence)) = self.sequence {
                    let written = self.memory.write(address, &sequence.to_le_bytes());
                    error.add(Part::RestartableSequence, written.map_err(|_| Errno::EFAULT));
                }
                if let Some(dispatch) = self.dispatch.get() {
                    error.add(Part::SyscallUserDispatch, dispatch.put_back(&self.tracee));
                }
            }
        }
        if self.used.get() {
            error.add(Part::SignalMask, self.set_mask(self.mask.get()));
        }
        error.add(Part::HeldSignals, self.deliver_held());
        error.add(Part::Tracer, self.resume(PtraceRequest::DETACH));
        if error.is_of(Errno::ESRCH) {
            self.wait_for_end();
            return Ok(());
        }
        error.into_result()
    }

    fn put_vectors_back(&self) -> Result<(), Errno> {
        match self.vectors.get() {
            Some(Ok(Some(vectors))) => vectors.put_back(&self.tracee),
            Some(Err(errno)) => Err(*errno),
            _ => Ok(()),
        }
    }

    /// Signals for the thread itself, once more: it is stopped until it is let go, and meets them then.
    fn deliver_held(&self) -> Result<(), Errno> {
        let held = self.held.replace(0);
        let mut result = Ok(());
        for number in (1..=64).filter(|number| (held >> (number - 1)) & 1 == 1) {
            result = result.and(self.deliver(Signal::from_raw(number)));
        }
        result
    }

    /// Sends the thread a signal, and never another one that has got its number.
    fn deliver(&self, signal: Signal) -> Result<(), Errno> {
        let to_thread = pidfd_send_signal(self.pidfd, signal, Address::NULL, PidfdSignalFlags::THREAD);
        // SAFETY: the descriptor is the thread's, and the signal is one that somebody sent it.
        match unsafe { call(to_thread) } {
            // Before Linux 6.9 a descriptor signals processes only.
            Err(Errno::EINVAL) => {}
            result => return result,
        }
        // A thread that answers is traced by us and was not waited for, so that its number is its own. A killed one whose
        // parent is this process may be waited for at any moment.
        self.current_mask()?;
        // SAFETY: the number is the thread's, and the signal is one that somebody sent it.
        unsafe { call(tgkill(self.group, self.process(), signal)) }
    }

    /// The mask under which calls are made.
    pub(crate) fn mask_for_calls(&self) -> u64 {
        mask_for_calls(self.mask.get()) & !self.unblocked.get()
    }

    /// From now on calls are made with this signal not blocked.
    pub(crate) fn unblock(&self, signal: Signal) -> Result<(), Errno> {
        let bit = bit(signal);
        let was_blocked = self.mask_for_calls() & bit != 0;
        // Also when a call blocks it later.
        self.unblocked.set(self.unblocked.get() | bit);
        if was_blocked { self.set_mask(self.mask_for_calls()) } else { Ok(()) }
    }

    /// Lets the thread run, or go.
    #[inline(always)]
    pub(crate) fn resume(&self, request: PtraceRequest) -> Result<(), Errno> {
        plain(request, &self.tracee, 0, self.passed.replace(0))
    }

    pub(crate) fn set_mask(&self, mask: u64) -> Result<(), Errno> {
        give(PtraceRequest::SETSIGMASK, &self.tracee, size_of::<u64>() as u64, &mask)
    }
}

/// The error of an injected call, of which there is nothing else to be said.
pub(crate) fn errno_of(error: SyscallError) -> Errno {
    match error {
        SyscallError::Errno(errno) => errno,
        // A filter did not let it be made.
        SyscallError::NotSent(NotSent::Unsupported) => Errno::EPERM,
        _ => Errno::ESRCH,
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let _ = self.put_back();
        self.forget_code_page();
        close_own(self.pidfd);
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("process", &self.process())
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

impl SyscallInterface for Session {
    type Abi = Native;

    #[inline(always)]
    unsafe fn syscall<R: Outcome>(
        &self,
        call: Syscall<Native, R>,
    ) -> impl Future<Output = Result<R, SyscallError>> {
        SessionCall::new(self, call)
    }

    async unsafe fn batch<const N: usize>(
        &self,
        batch: &Batch<'_, N>,
        on_error: OnError,
    ) -> Result<Answers<N>, SyscallError> {
        self.limit.begin();
        // SAFETY: the caller's promise.
        let answers = unsafe { self.execute_batch(batch, on_error) };
        self.limit.end();
        Ok(answers)
    }

    fn close_interface(&self) {
        self.closed.set(true);
    }
}
