//! This process as an interface.
#![expect(unsafe_code, reason = "executing a system call")]

use crate::arch::raw_syscall;
use core::{
    fmt,
    future::Future,
    marker::PhantomData,
    pin::Pin,
    task::{Context, Poll},
};
use rsyscall_core::{
    abi::{ABSENT, Native},
    batch::{Answers, Batch, OnError, one_by_one},
    interface::{SyscallError, SyscallInterface, absent},
    syscall::{Outcome, Syscall, decode},
};

/// The task is this process, the thread that polls the call.
///
/// Calls complete in one poll, so that none is ever in flight and none becomes an orphan. `block_on(…, || ())` drives them.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Local;

/// A call in this process: executed when it is first polled, and ready then.
///
/// It is written by hand so that it folds into its caller at every opt-level.
#[must_use = "nothing happens before it is polled"]
pub struct LocalCall<R> {
    call: Syscall<Native>,
    result: PhantomData<fn() -> R>,
}

// A derive would ask the same of `R`, which is only a name here.
impl<R> fmt::Debug for LocalCall<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("LocalCall").field(&self.call).finish()
    }
}

impl<R: Outcome> Future for LocalCall<R> {
    type Output = Result<R, SyscallError>;

    #[inline(always)]
    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        let call = self.call;
        if call.number == ABSENT as i64 {
            return Poll::Ready(absent());
        }
        // The promise was given for one execution: who polls again after this gets ENOSYS.
        self.call.number = ABSENT as i64;
        // SAFETY: only the unsafe `syscall` makes one of these, and its caller gave the promise for this call.
        Poll::Ready(decode(unsafe { raw_syscall(call.number, call.arguments) }))
    }
}

impl SyscallInterface for Local {
    type Abi = Native;

    #[expect(
        refining_impl_trait,
        reason = "that the future is this one is worth knowing: it can be named, and is Unpin"
    )]
    #[inline(always)]
    unsafe fn syscall<R: Outcome>(&self, call: Syscall<Native, R>) -> LocalCall<R> {
        LocalCall { call: call.untyped(), result: PhantomData }
    }

    async unsafe fn batch<const N: usize>(
        &self,
        batch: &Batch<'_, N>,
        on_error: OnError,
    ) -> Result<Answers<N>, SyscallError> {
        let mut answers = Answers::new();
        // SAFETY: the caller's promise; calls and memory are both this process's.
        unsafe { one_by_one(self, self, batch, on_error, &mut answers) }.await;
        Ok(answers)
    }
}
