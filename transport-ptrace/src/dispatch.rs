//! Syscall User Dispatch: a thread may have its own calls turned into SIGSYS, and ours with them.

use crate::{
    request::{fill, give},
    tracee::Tracee,
};
use rsyscall_core::{near::ptrace::PtraceRequest, syscall::Errno};

/// `prctl(PR_SET_SYSCALL_USER_DISPATCH)`
pub(crate) const PR_SET_SYSCALL_USER_DISPATCH: u64 = 59;

/// `struct ptrace_sud_config`: mode, selector, offset, length.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct UserDispatch([u64; 4]);

impl UserDispatch {
    const SIZE: u64 = size_of::<[u64; 4]>() as u64;
    const OFF: Self = Self([0; 4]);

    /// Switches it off for the time of the session; what it was, unless it was off. A kernel that cannot (before Linux 6.4)
    /// leaves it on, and then our calls are answered with SIGSYS, which is seen where they are made.
    pub(crate) fn switch_off(tracee: &Tracee) -> Option<Self> {
        let mut words = [0; 4];
        fill(PtraceRequest::GET_SYSCALL_USER_DISPATCH_CONFIG, tracee, Self::SIZE, &mut words).ok()?;
        let was = Self(words);
        let [mode, ..] = words;
        (mode != 0 && Self::OFF.put_back(tracee).is_ok()).then_some(was)
    }

    pub(crate) fn put_back(&self, tracee: &Tracee) -> Result<(), Errno> {
        give(PtraceRequest::SET_SYSCALL_USER_DISPATCH_CONFIG, tracee, Self::SIZE, &self.0)
    }
}
