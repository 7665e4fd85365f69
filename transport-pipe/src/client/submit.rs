//! Calls that are completed later.

use super::{
    Client,
    drive::{Caller, Who},
    slot::{Owner, Shape},
};
use core::future::Future;
use embedded_io_async::{Read, Write};
use rsyscall_core::{
    abi::{ABSENT, Abi},
    interface::{NotSent, SyscallError, absent},
    syscall::{Outcome, Syscall, decode},
};

impl<R: Read, W: Write, A: Abi, const N: usize, const B: usize> Client<R, W, A, N, B> {
    /// Sends a call, and gives what completes with its outcome.
    pub(super) async fn submit_call<O: Outcome>(
        &self,
        call: Syscall<A, O>,
    ) -> Result<impl Future<Output = Result<O, SyscallError>>, SyscallError> {
        if call.number == i64::from(ABSENT) {
            return Ok(self.complete(None));
        }
        if crate::wire::is_reserved(call.number) {
            return Err(NotSent::ReservedNumber.into());
        }
        let index = self.submit((call.number, call.arguments), Shape::default(), Owner::Future).await?;
        let mut caller = Caller { client: self, who: Who::Calls(index, index), taken: false };
        self.drive(caller.who, |state| !state.is_queued(index)).await;
        let outcome = self.state.borrow().done(index);
        if let Some(Err(SyscallError::NotSent(reason))) = outcome {
            caller.taken = true;
            return Err(reason.into());
        }
        Ok(self.complete(Some((caller, index))))
    }

    /// The handle of a call that was sent. When it is dropped, also before it is polled, the call has lost its caller.
    async fn complete<O: Outcome>(
        &self,
        sent: Option<(Caller<'_, R, W, A, N, B>, usize)>,
    ) -> Result<O, SyscallError> {
        let Some((mut caller, index)) = sent else { return absent() };
        self.drive(caller.who, |state| state.done(index).is_some()).await;
        caller.taken = true;
        self.state.borrow().done(index).unwrap_or(Err(NotSent::Dead.into())).and_then(decode)
    }
}
