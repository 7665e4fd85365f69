//! The tracee's memory, through `/proc/PID/mem`, which is kept open.
#![expect(unsafe_code, reason = "implements an unsafe interface")]

use crate::{
    proc_file::open_of,
    request::{close_own, read_at, write_at},
    session::Session,
};
use rsyscall_core::{
    identifier::{Address, FileDescriptor, Process},
    interface::{Hangup, SyscallError},
    memory::{Access, MemoryError, MemoryInterface},
    near::fs::OFlags,
    syscall::Errno,
};

/// An open `/proc/PID/mem`. Pages that are protected against the tracee are not against its tracer.
pub(crate) struct Memory(FileDescriptor);

/// How far a transfer got, and why not further.
type Short = (usize, SyscallError);

impl Memory {
    pub(crate) fn open(tracee: Process) -> Result<Self, Errno> {
        open_of(tracee, "mem", OFlags::RDWR).map(Self)
    }

    /// Fills the buffer.
    pub(crate) fn read(&self, from: u64, to: &mut [u8]) -> Result<(), Short> {
        let mut done = 0_usize;
        while let Some(rest) = to.get_mut(done..).filter(|rest| !rest.is_empty()) {
            let offset = from.checked_add(done as u64).ok_or((done, Errno::EFAULT.into()))?;
            step(&mut done, read_at(self.0, rest, offset))?;
        }
        Ok(())
    }

    /// Writes the whole buffer.
    pub(crate) fn write(&self, to: u64, from: &[u8]) -> Result<(), Short> {
        let mut done = 0_usize;
        while let Some(rest) = from.get(done..).filter(|rest| !rest.is_empty()) {
            let offset = to.checked_add(done as u64).ok_or((done, Errno::EFAULT.into()))?;
            step(&mut done, write_at(self.0, rest, offset))?;
        }
        Ok(())
    }
}

/// Counts what was transferred. The kernel says EIO for what is a fault, and nothing for memory whose owner is gone.
fn step(done: &mut usize, result: Result<usize, Errno>) -> Result<(), Short> {
    match result {
        Ok(0) => Err((*done, Hangup::TaskEnded.into())),
        Ok(count) => {
            *done = done.saturating_add(count);
            Ok(())
        }
        Err(Errno::EINTR) => Ok(()),
        Err(Errno::EIO | Errno::EINVAL) => Err((*done, Errno::EFAULT.into())),
        Err(errno) => Err((*done, errno.into())),
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        close_own(self.0);
    }
}

/// Ready at the first poll.
impl MemoryInterface for Session {
    async unsafe fn write(&self, to: Address, from: &[u8]) -> Result<(), MemoryError> {
        self.memory().write(to.into_raw(), from).map_err(|(done, cause)| MemoryError {
            access: Access::Write,
            address: to,
            length: from.len(),
            done,
            cause,
        })
    }

    async unsafe fn read(&self, from: Address, to: &mut [u8]) -> Result<(), MemoryError> {
        let length = to.len();
        self.memory().read(from.into_raw(), to).map_err(|(done, cause)| MemoryError {
            access: Access::Read,
            address: from,
            length,
            done,
            cause,
        })
    }
}
