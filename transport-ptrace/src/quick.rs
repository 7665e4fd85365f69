//! The shortest way through a call that never blocks, as a part of whoever polls it.
//!
//! A function that makes system calls and returns costs more than its instructions: the processor has lost count of its
//! returns by then, and mispredicts those of the next call's kernel code. So there is none on this way. Whatever is not as
//! it is as a rule is left to the functions that know of everything.

use crate::{
    inject::RESTARTS,
    mechanism::{MayStep, Mechanism},
    registers::stepped,
    request::plain,
    session::{Session, State},
    step::never_blocks,
    stop::Stop,
};
use core::{
    future::Future,
    marker::PhantomData,
    pin::Pin,
    task::{Context, Poll},
};
use rsyscall_core::{
    abi::{ABSENT, Native},
    interface::{SyscallError, absent},
    near::{ptrace::PtraceRequest, signal::Signal},
    syscall::{Outcome, Syscall, decode},
};

/// A call in the tracee: made when it is first polled, and ready then.
#[must_use = "nothing happens before it is polled"]
pub(crate) struct SessionCall<'s, R> {
    session: &'s Session,
    call: Syscall<Native>,
    result: PhantomData<fn() -> R>,
}

impl<'s, R: Outcome> SessionCall<'s, R> {
    pub(crate) fn new(session: &'s Session, call: Syscall<Native, R>) -> Self {
        Self { session, call: call.untyped(), result: PhantomData }
    }
}

impl<R: Outcome> Future for SessionCall<'_, R> {
    type Output = Result<R, SyscallError>;

    #[inline(always)]
    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { session, call, .. } = *self;
        if call.number == i64::from(ABSENT) {
            return Poll::Ready(absent());
        }
        // Who polls again after this gets ENOSYS.
        self.call.number = i64::from(ABSENT);
        let returned = session.execute_quickly(call.number, call.arguments);
        Poll::Ready(returned.unwrap_or_else(|| session.execute_limited(call)).and_then(decode))
    }
}

impl Session {
    /// Makes a call; `None` if something about it, or about the session, is not as it is as a rule, and nothing was done.
    #[inline(always)]
    fn execute_quickly(&self, number: i64, arguments: [u64; 6]) -> Option<Result<i64, SyscallError>> {
        let is_ready = self.laid.get()
            && self.state.get() == State::Stopped
            && !self.closed.get()
            && !self.with_others.get()
            && !self.limit.is_set();
        if !is_ready || !never_blocks(number) {
            return None;
        }
        match (self.preferred.get(), self.code_page.usable()) {
            (None | Some(Mechanism::CodePage), Some(page)) => self.run_quickly(&page, number, arguments),
            (None | Some(Mechanism::SingleStep), _)
                if self.may_step.get() == Some(MayStep::Yes { handled: false }) =>
            {
                self.step_quickly(number, arguments)
            }
            _ => None,
        }
    }

    #[inline(always)]
    fn step_quickly(&self, number: i64, arguments: [u64; 6]) -> Option<Result<i64, SyscallError>> {
        self.code_page.leave();
        let registers = self.saved.get().for_call(self.site, number, arguments);
        registers.start_next_call(&self.tracee).ok()?;
        plain(PtraceRequest::SINGLESTEP, &self.tracee, 0, 0).ok()?;
        let stop = self.next_stop();
        if stop == Stop::Signal(Signal::TRAP)
            && let Ok(Some(returned)) = stepped(&self.tracee, self.site, number)
            && !RESTARTS.contains(&returned)
        {
            return Some(Ok(returned));
        }
        Some(self.step_from(stop, number, arguments, false))
    }

    pub(crate) fn execute_limited(&self, call: Syscall<Native>) -> Result<i64, SyscallError> {
        self.limit.begin();
        let returned = self.execute(call.number, call.arguments);
        self.limit.end();
        returned
    }
}
