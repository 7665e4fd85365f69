//! What a new task answered to its preparation.

use super::{Stack, StartError, task::Task};
use crate::wire::{REQUEST, RESPONSE, decode_response};
use rsyscall_core::{
    identifier::{Address, FileDescriptor},
    interface::SyscallInterface,
    memory::MemoryInterface,
    syscall::decode,
};

/// The start of a stack after a task was made: the number of its pidfd, and what was read behind that.
pub(super) struct Results([u8; PIDFD + REQUEST + 69 * RESPONSE]);

/// Bytes for the number.
const PIDFD: usize = 8;

impl Results {
    pub(super) const fn new() -> Self {
        Self([0; _])
    }

    /// Where in the stack what is read belongs.
    pub(super) fn place(stack: Stack) -> Address {
        stack.above_start(PIDFD)
    }

    /// How much can be read.
    pub(super) const ROOM: usize = REQUEST + 69 * RESPONSE;

    /// Gets the pidfd, and so many bytes that were read.
    pub(super) async fn get<I: SyscallInterface + MemoryInterface>(
        &mut self,
        task: &Task<'_, I>,
        length: usize,
    ) -> Result<FileDescriptor, StartError> {
        let bytes = self.0.get_mut(..PIDFD.saturating_add(length)).unwrap_or_default();
        task.get(task.stack.start, bytes).await?;
        let [a, b, c, d, ..] = self.0;
        Ok(FileDescriptor::from_raw(i32::from_le_bytes([a, b, c, d])))
    }

    /// What was read.
    pub(super) fn bytes(&self, length: usize) -> &[u8] {
        self.0.get(PIDFD..PIDFD.saturating_add(length)).unwrap_or_default()
    }
}

/// The answers to a preparation must all be good.
pub(super) fn check_answers(bytes: &[u8]) -> Result<(), StartError> {
    for &answer in bytes.as_chunks().0 {
        decode::<u64>(decode_response(answer)).map_err(StartError::unprepared)?;
    }
    Ok(())
}

impl StartError {
    /// That of a preparation that was not done.
    pub(super) fn unprepared(cause: impl Into<rsyscall_core::interface::SyscallError>) -> Self {
        Self { call: "preparing the child", cause: cause.into() }
    }
}
