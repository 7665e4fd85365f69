//! The tracee's memory, through `/proc/PID/mem`, which is kept open, and for much of it by `process_vm_readv` and
//! `process_vm_writev`.
#![expect(unsafe_code, reason = "implements an unsafe interface")]

use crate::{
    proc_file::open_of,
    registers::untagged,
    request::{close_own, fill, plain, process_read, process_write, read_at, write_at},
    session::{Session, State},
};
use rsyscall_core::{
    identifier::{Address, FileDescriptor, Process},
    interface::{Hangup, SyscallError},
    memory::{Access, MemoryError, MemoryInterface},
    near::{fs::OFlags, ptrace::PtraceRequest},
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

/// From this length on `process_vm_readv` and `process_vm_writev` cost less than the file, which goes page by page through a
/// buffer of the kernel's.
pub(crate) const LARGE: usize = 4097;

/// What `PTRACE_PEEKDATA` reads and `PTRACE_POKEDATA` writes.
const WORD: u64 = size_of::<u64>() as u64;

fn offset_in_word(address: u64) -> usize {
    let [offset, ..] = (address % WORD).to_le_bytes();
    usize::from(offset)
}

impl Session {
    #[inline(always)]
    pub(crate) fn read_memory(&self, from: u64, to: &mut [u8]) -> Result<(), Short> {
        let from = untagged(from);
        if to.len() < LARGE && read_at(self.memory.0, to, from) == Ok(to.len()) {
            return Ok(());
        }
        self.read_in_pieces(from, to)
    }

    #[inline(always)]
    pub(crate) fn write_memory(&self, to: u64, from: &[u8]) -> Result<(), Short> {
        let to = untagged(to);
        if from.len() < LARGE && write_at(self.memory.0, from, to) == Ok(from.len()) {
            return Ok(());
        }
        self.write_in_pieces(to, from)
    }

    /// Reads what is long, or what one read did not.
    fn read_in_pieces(&self, from: u64, to: &mut [u8]) -> Result<(), Short> {
        let mut done = 0_usize;
        if to.len() >= LARGE && self.answers() {
            // Where it stops, only the others may go on.
            done = process_read(self.process(), from, to).unwrap_or(0);
        }
        while let Some(rest) = to.get_mut(done..).filter(|rest| !rest.is_empty()) {
            let next = from.checked_add(done as u64).ok_or((done, Errno::EFAULT.into()))?;
            let Err((more, cause)) = self.memory().read(next, rest) else { break };
            done = done.saturating_add(more);
            // A kernel may keep the file from pages that are protected (`proc_mem.force_override`), but not this.
            let rest = rest.get_mut(more..).unwrap_or_default();
            let peeked =
                self.peek(next.wrapping_add(more as u64), rest).filter(|_| cause == Errno::EFAULT.into());
            done = done.saturating_add(peeked.ok_or((done, cause))?);
        }
        Ok(())
    }

    /// The same for writing.
    fn write_in_pieces(&self, to: u64, from: &[u8]) -> Result<(), Short> {
        let mut done = 0_usize;
        if from.len() >= LARGE && self.answers() {
            done = process_write(self.process(), to, from).unwrap_or(0);
        }
        while let Some(rest) = from.get(done..).filter(|rest| !rest.is_empty()) {
            let next = to.checked_add(done as u64).ok_or((done, Errno::EFAULT.into()))?;
            let Err((more, cause)) = self.memory().write(next, rest) else { break };
            done = done.saturating_add(more);
            let rest = rest.get(more..).unwrap_or_default();
            let poked =
                self.poke(next.wrapping_add(more as u64), rest).filter(|_| cause == Errno::EFAULT.into());
            done = done.saturating_add(poked.ok_or((done, cause))?);
        }
        Ok(())
    }

    /// Reads up to the next word's start, by `PTRACE_PEEKDATA`; how much that was.
    fn peek(&self, from: u64, to: &mut [u8]) -> Option<usize> {
        let bytes = self.word(from)?;
        let bytes = bytes.get(offset_in_word(from)..)?;
        Some(to.iter_mut().zip(bytes).map(|(place, byte)| *place = *byte).count())
    }

    /// Writes up to the next word's start, by `PTRACE_POKEDATA`; how much that was.
    fn poke(&self, to: u64, from: &[u8]) -> Option<usize> {
        let mut bytes = self.word(to)?;
        let places = bytes.get_mut(offset_in_word(to)..)?;
        let count = places.iter_mut().zip(from).map(|(place, byte)| *place = *byte).count();
        plain(PtraceRequest::POKEDATA, &self.tracee, to / WORD * WORD, u64::from_ne_bytes(bytes)).ok()?;
        Some(count)
    }

    /// The word in which an address lies. It lies in one page, too.
    fn word(&self, address: u64) -> Option<[u8; size_of::<u64>()]> {
        let mut word = 0_u64;
        fill(PtraceRequest::PEEKDATA, &self.tracee, address / WORD * WORD, &mut word).ok()?;
        Some(word.to_ne_bytes())
    }

    /// Whether the thread is there and stopped, so that its number is its own and its program the one that was attached to.
    fn answers(&self) -> bool {
        self.state.get() == State::Stopped && self.current_mask().is_ok()
    }
}

/// Ready at the first poll.
impl MemoryInterface for Session {
    async unsafe fn write(&self, to: Address, from: &[u8]) -> Result<(), MemoryError> {
        self.write_memory(to.into_raw(), from).map_err(|(done, cause)| MemoryError {
            access: Access::Write,
            address: to,
            length: from.len(),
            done,
            cause,
        })
    }

    async unsafe fn read(&self, from: Address, to: &mut [u8]) -> Result<(), MemoryError> {
        let length = to.len();
        self.read_memory(from.into_raw(), to).map_err(|(done, cause)| MemoryError {
            access: Access::Read,
            address: from,
            length,
            done,
            cause,
        })
    }
}
