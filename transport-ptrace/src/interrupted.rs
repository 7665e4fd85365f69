//! How the call goes on that a thread was in when it was stopped.

use crate::{registers::DUMMY, request::plain, session::Session};
use rsyscall_core::{interface::SyscallError, near::ptrace::PtraceRequest, syscall::Errno};

impl Session {
    /// Puts the registers back, by way of a call where the kernel would else not know of the interrupted one.
    pub(crate) fn put_registers_back(&self) -> Result<(), Errno> {
        let saved = self.saved.get();
        if !self.used.get() {
            if !saved.has_leaked(&self.seen) {
                return Ok(());
            }
            self.prepare()?;
        }
        if let Some((arguments, registers)) = saved.set_back(&self.seen) {
            self.run(DUMMY, arguments).map_err(|_| Errno::ESRCH)?;
            return registers.put_back_in_call(&self.tracee);
        }
        if let Some((number, arguments, registers)) = saved.lost(&self.seen) {
            // That it waits once more shows that the first argument is its own.
            return match self.run_interrupted(number, arguments).map_err(|_| Errno::ESRCH)? {
                returned if returned == -i64::from(Errno::EINTR.into_raw()) => {
                    registers.put_back_in_call(&self.tracee)
                }
                returned @ 0.. => saved.returning(returned).put_back(&self.tracee),
                _ => saved.put_back(&self.tracee),
            };
        }
        saved.for_return(&self.seen).put_back(&self.tracee)
    }

    /// A call that returns when it would wait.
    fn run_interrupted(&self, number: i64, arguments: [u64; 6]) -> Result<i64, SyscallError> {
        self.code_page.leave();
        let registers = self.saved.get().for_call(self.site, number, arguments);
        registers.start_call(&self.tracee).map_err(|_| self.not_sent())?;
        self.to_entry()?;
        plain(PtraceRequest::INTERRUPT, &self.tracee, 0, 0).map_err(|_| self.hangup())?;
        self.to_exit(number)
    }
}
