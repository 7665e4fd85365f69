//! How the call goes on that a thread was in when it was stopped.

use crate::{registers::DUMMY, session::Session};
use rsyscall_core::{
    interface::{NotSent, SyscallError},
    syscall::Errno,
};

impl Session {
    /// Puts the registers back, by way of a dummy call where the kernel would else not know of the interrupted one.
    pub(crate) fn put_registers_back(&self) -> Result<(), Errno> {
        let saved = self.saved.get();
        if !self.used.get() {
            if !saved.has_leaked(&self.seen) || saved.is_lost(&self.seen) {
                return Ok(());
            }
            self.prepare()?;
        }
        if let Some((arguments, registers)) = saved.interrupted(&self.seen) {
            match self.run(DUMMY, arguments) {
                // A filter does not let it be made: the thread's own call begins again, or returns EINTR.
                Err(SyscallError::NotSent(NotSent::Unsupported)) => {}
                Err(_) => return Err(Errno::ESRCH),
                Ok(_) => return registers.put_back_in_call(&self.tracee),
            }
        }
        saved.for_return(&self.seen).put_back(&self.tracee)
    }

    /// EINTR, if that is what the thread's call returns because of us.
    pub(crate) fn put_call_back(&self) -> Result<(), Errno> {
        if self.saved.get().is_lost(&self.seen) { Err(Errno::EINTR) } else { Ok(()) }
    }
}
