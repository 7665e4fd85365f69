//! One call: two system-call stops on an instruction that was there already.

use crate::{
    dispatch::{PR_SET_SYSCALL_USER_DISPATCH, UserDispatch},
    page::Page,
    registers::{
        ERESTART_RESTARTBLOCK, ERESTARTNOHAND, ERESTARTNOINTR, ERESTARTSYS, EXECS, FORKS, NOT_INJECTED, POLL,
        PRCTL, RT_SIGPROCMASK, Registers, SETS_BASES, SLEEPS,
    },
    request::fill,
    session::{Session, State},
    stop::{Stop, SyscallInfo, syscall_info},
};
use linux_raw_sys::general::{
    __NR_futex, FUTEX_CLOCK_REALTIME, FUTEX_PRIVATE_FLAG, FUTEX_WAIT, FUTEX_WAIT_BITSET,
};
use rsyscall_core::{
    abi::ABSENT,
    identifier::{Address, Process},
    interface::{Hangup, NotSent, SyscallError},
    near::{ptrace::PtraceRequest, signal::Signal},
    syscall::Errno,
};

/// Signals that the kernel forces on a thread for what it does. Forcing a blocked one resets its disposition, so that they are not
/// blocked for our calls.
pub(crate) const FORCED: u64 = bit(Signal::ILL)
    | bit(Signal::TRAP)
    | bit(Signal::BUS)
    | bit(Signal::FPE)
    | bit(Signal::SEGV)
    | bit(Signal::SYS);

/// The mask under which calls are made: nothing else of the thread's own gets in between.
pub(crate) const fn mask_for_calls(own: u64) -> u64 {
    own | !FORCED
}

/// What a call returns that is to be made again.
pub(crate) const RESTARTS: [i64; 3] =
    [returned(ERESTARTSYS), returned(ERESTARTNOINTR), returned(ERESTARTNOHAND)];
const CONTINUES: i64 = returned(ERESTART_RESTARTBLOCK);

const fn returned(error: u64) -> i64 {
    error.wrapping_neg().cast_signed()
}

/// Whether a call overwrites the thread's restart block: sleeps always do, and others when they are interrupted, those with a
/// timeout.
fn uses_restart_block(number: i64, [_, op, poll_timeout, futex_timeout, ..]: [u64; 6]) -> bool {
    let flags = u64::from(FUTEX_PRIVATE_FLAG | FUTEX_CLOCK_REALTIME);
    let waits = [FUTEX_WAIT, FUTEX_WAIT_BITSET].map(u64::from).contains(&(op & !flags));
    SLEEPS.contains(&number)
        || POLL.contains(&number) && poll_timeout != 0
        || number == i64::from(__NR_futex) && waits && futex_timeout != 0
}

/// A signal in a set of signals.
pub(crate) const fn bit(signal: Signal) -> u64 {
    match signal.into_raw() {
        number @ 1..=64 => 1_u64.wrapping_shl(number.wrapping_sub(1).cast_unsigned()),
        _ => 0,
    }
}

impl Session {
    /// Makes the thread execute a call; what it returned, errors included.
    pub(crate) fn execute(&self, number: i64, arguments: [u64; 6]) -> Result<i64, SyscallError> {
        self.may_begin()?;
        if number == i64::from(ABSENT) {
            return Ok(-i64::from(Errno::ENOSYS.into_raw()));
        }
        if self.is_refused(number, arguments) {
            return Err(NotSent::Unsupported.into());
        }
        let with_others = self.with_others.get();
        if EXECS.contains(&number) {
            // A thread that executes a program gets another number, or ends others that are held here.
            self.with_others.set(true);
        }
        self.prepare().map_err(|_| self.not_sent())?;
        let returned = self.by_mechanism(number, arguments);
        self.forget_what_changed(number);
        let returned = returned?;
        self.with_others.set(with_others);
        let [first, ..] = arguments;
        if number == PRCTL && first == PR_SET_SYSCALL_USER_DISPATCH && returned == 0 {
            self.dispatch.set(UserDispatch::switch_off(&self.tracee));
        }
        if SETS_BASES.contains(&number)
            && let Ok(Some(now)) = Registers::get(&self.tracee)
        {
            self.saved.set(self.saved.get().keep_bases_of(&now));
        }
        Ok(returned)
    }

    /// Lays a call into the thread's registers: all of them before the first one, then those that differ.
    #[inline(always)]
    pub(crate) fn lay(&self, registers: &Registers) -> Result<(), Errno> {
        if self.laid.replace(true) {
            registers.start_next_call(&self.tracee)
        } else {
            registers.start_call(&self.tracee)
        }
    }

    /// Makes the calls of a batch that the code page makes.
    pub(crate) fn run_batch(&self, page: &Page, entries: usize, stop: bool) -> Result<(), SyscallError> {
        self.may_begin()?;
        self.run_loop(page, entries, stop)
    }

    #[inline(always)]
    fn may_begin(&self) -> Result<(), SyscallError> {
        if self.state.get() != State::Stopped || self.closed.get() {
            return Err(NotSent::Dead.into());
        }
        Ok(())
    }

    /// Whether a call cannot be made without harm.
    pub(crate) fn is_refused(&self, number: i64, arguments: [u64; 6]) -> bool {
        NOT_INJECTED.contains(&number)
            || FORKS.contains(&number)
            || uses_restart_block(number, arguments) && self.saved.get().needs_restart_block(&self.seen)
    }

    /// By two syscall-stops at the instruction that is there.
    pub(crate) fn run(&self, number: i64, arguments: [u64; 6]) -> Result<i64, SyscallError> {
        self.run_at(self.site, number, arguments)
    }

    /// Makes a call by the instruction at `site`.
    #[inline(always)]
    pub(crate) fn run_at(&self, site: u64, number: i64, arguments: [u64; 6]) -> Result<i64, SyscallError> {
        let registers = self.saved.get().for_call(site, number, arguments);
        let [first, ..] = arguments;
        self.code_page.leave();
        loop {
            self.lay(&registers).map_err(|_| self.not_sent())?;
            self.to_entry()?;
            let returned = if number == RT_SIGPROCMASK {
                self.with_own_mask(|| self.to_exit(number))?
            } else {
                self.to_exit(number)?
            };
            match returned {
                // A stop of the whole process came between; the call had no effect and is made again.
                returned if RESTARTS.contains(&returned) && !self.limit.is_over() => {}
                returned if RESTARTS.contains(&returned) || returned == CONTINUES => {
                    return Ok(-i64::from(Errno::EINTR.into_raw()));
                }
                // What a filter refuses by SIGSYS returns the number or the first argument, by architecture. The signal
                // is the next thing to happen, before any instruction, and ends this with an error.
                returned if [number, first.cast_signed()].contains(&returned) && self.is_trapped() => {
                    self.to_entry()?;
                }
                returned => return Ok(returned),
            }
        }
    }

    /// From its entry to its exit a call that is about the thread's mask works on its own one, and what it leaves is what
    /// is put back. No signal is delivered between the two.
    fn with_own_mask<T>(&self, call: impl FnOnce() -> Result<T, SyscallError>) -> Result<T, SyscallError> {
        self.set_mask(self.mask.get()).map_err(|_| self.not_sent())?;
        let returned = call();
        if returned.is_ok() {
            self.keep_mask();
        }
        let _ = self.set_mask(self.mask_for_calls());
        returned
    }

    /// Whether a SIGSYS of the kernel's own waits to be delivered to the thread.
    #[cold]
    fn is_trapped(&self) -> bool {
        self.is_queued(|signal, code| signal == Signal::SYS && code > 0)
    }

    /// Whether a signal like this, by its number and `si_code`, waits to be delivered to the thread itself.
    pub(crate) fn is_queued(&self, is: impl Fn(Signal, i32) -> bool) -> bool {
        const ENTRIES: usize = 8;
        let mut first = 0_u64;
        loop {
            // struct ptrace_peeksiginfo_args: from the first, the thread's own, so many.
            let arguments = [first, (ENTRIES as u64) << 32];
            let mut signals = [[0_i32; 32]; ENTRIES];
            let address = Address::from_pointer(&raw const arguments).into_raw();
            let count = fill(PtraceRequest::PEEKSIGINFO, &self.tracee, address, &mut signals).unwrap_or(0);
            if signals.iter().take(count).any(|&[signal, _, code, ..]| is(Signal::from_raw(signal), code)) {
                return true;
            }
            if count < ENTRIES {
                return false;
            }
            first = first.saturating_add(ENTRIES as u64);
        }
    }

    /// Runs the thread to where it is about to execute the call. Until then the call was not sent.
    #[inline(always)]
    fn to_entry(&self) -> Result<(), SyscallError> {
        loop {
            self.resume(PtraceRequest::SYSCALL).map_err(|_| self.not_sent())?;
            match self.next_stop() {
                Stop::Syscall => {
                    if syscall_info(&self.tracee) == Ok(SyscallInfo::Entry) {
                        return Ok(());
                    }
                }
                Stop::Event { .. } | Stop::Other => {}
                Stop::Signal(signal) => self.signal(signal).map_err(|()| NotSent::Unsupported)?,
                Stop::Exec => {
                    self.replaced(0);
                    return Err(NotSent::Dead.into());
                }
                Stop::Ended | Stop::Exiting => return Err(NotSent::Dead.into()),
            }
        }
    }

    /// Runs the thread to where it has executed the call.
    #[inline(always)]
    fn to_exit(&self, number: i64) -> Result<i64, SyscallError> {
        loop {
            self.resume(PtraceRequest::SYSCALL).map_err(|_| self.hangup())?;
            match self.stop_of_call() {
                Stop::Syscall => {
                    if let Ok(SyscallInfo::Exit(returned)) = syscall_info(&self.tracee) {
                        return Ok(returned);
                    }
                }
                Stop::Event { .. } | Stop::Other => {}
                // A filter's SIGSYS for this very call: the kernel has skipped it.
                Stop::Signal(signal) => self.signal(signal).map_err(|()| NotSent::Unsupported)?,
                Stop::Exec => return Err(self.replaced(number)),
                Stop::Ended | Stop::Exiting => return Err(Hangup::TaskEnded.into()),
            }
        }
    }

    /// The thread's program was replaced while it made this call.
    #[cold]
    pub(crate) fn replaced(&self, number: i64) -> SyscallError {
        self.state.set(State::Replaced);
        self.code_page.abandon();
        if !EXECS.contains(&number) {
            // Another thread's program took over this one, with that thread's mask.
            self.keep_mask();
        }
        Hangup::TaskEnded.into()
    }

    /// A signal-delivery-stop: somebody's signal is kept for later; one that the call itself caused is an error.
    #[cold]
    pub(crate) fn signal(&self, signal: Signal) -> Result<(), ()> {
        if let Some((own, group)) = self.own_signal.get()
            && own == signal
            && self.is_own_signal(group)
        {
            self.own_signal.set(None);
            return Ok(());
        }
        if bit(signal) & FORCED != 0 && self.caused_by_kernel() {
            return Err(());
        }
        self.hold(signal);
        Ok(())
    }

    /// Keeps a signal for when the thread is let go.
    ///
    /// A stop is not kept but begins at once, and the thread is resumed out of it: the kernel knows then whether a SIGCONT comes
    /// before it is let go.
    pub(crate) fn hold(&self, signal: Signal) {
        if signal == Signal::STOP {
            return self.passed.set(signal.word());
        }
        self.held.set(self.held.get() | bit(signal));
    }

    /// Whether the signal of this stop was forced by the kernel, and not sent by anybody: its `si_code` is positive.
    fn caused_by_kernel(&self) -> bool {
        self.signal_information().is_some_and(|(code, _)| code > 0)
    }

    /// Whether the signal of this stop is one that the thread has sent itself by `tgkill`, as this process, by its own number.
    pub(crate) fn is_own_signal(&self, group: Process) -> bool {
        const SI_TKILL: i32 = -6;
        self.signal_information() == Some((SI_TKILL, group.into_raw()))
    }

    /// `si_code` and `si_pid` of the signal of this stop.
    #[cold]
    pub(crate) fn signal_information(&self) -> Option<(i32, i32)> {
        let mut information = [0_i32; 32];
        fill(PtraceRequest::GETSIGINFO, &self.tracee, 0, &mut information).ok()?;
        let [_, _, code, _, process, ..] = information;
        Some((code, process))
    }

    pub(crate) fn current_mask(&self) -> Result<u64, Errno> {
        let mut mask = 0_u64;
        fill(PtraceRequest::GETSIGMASK, &self.tracee, size_of::<u64>() as u64, &mut mask)?;
        Ok(mask)
    }

    /// What the thread has now is its own mask.
    fn keep_mask(&self) {
        if let Ok(mask) = self.current_mask() {
            self.mask.set(mask);
        }
    }

    /// A request failed before the call began: the thread was killed.
    #[cold]
    pub(crate) fn not_sent(&self) -> SyscallError {
        self.wait_for_end();
        NotSent::Dead.into()
    }

    /// A request failed when the call may have begun.
    #[cold]
    pub(crate) fn hangup(&self) -> SyscallError {
        self.wait_for_end();
        Hangup::TaskEnded.into()
    }
}
