//! A batch without a transport that knows of batches.
#![expect(unsafe_code, reason = "executes the entries of a batch")]

use super::{Answers, Batch, Entry, Memory, OnError};
use crate::{
    identifier::Address,
    interface::{NotSent, SyscallError, SyscallInterface},
    memory::MemoryInterface,
    syscall::Errno,
};

/// How many bytes are read in one piece: the slice to be filled may be shared, the kernel's must not be.
const PIECE: usize = 512;

/// Executes the entries of a batch one after the other, with a round trip for each: what a transport does whose calls are
/// ready when they are first polled, and a caller whose server [cannot take the batch as
/// one](NotSent::BatchUnsupported).
///
/// The answers become those of [`SyscallInterface::batch`]; `memory` is the memory of the task behind `calls`.
///
/// ```
/// # use rsyscall_core::{batch::{Answers, Batch, OnError, one_by_one}, interface::{NotSent, SyscallError, SyscallInterface}};
/// # use rsyscall_core::memory::MemoryInterface;
/// async fn in_as_few_round_trips_as_can_be<I: SyscallInterface + MemoryInterface, const N: usize>(
///     task: &I,
///     batch: &Batch<'_, N>,
/// ) -> Result<Answers<N>, SyscallError> {
///     // SAFETY: whatever the batch needs.
///     match unsafe { task.batch(batch, OnError::Stop) }.await {
///         Err(SyscallError::NotSent(NotSent::BatchUnsupported)) => {
///             let mut answers = Answers::new();
///             // SAFETY: as above.
///             unsafe { one_by_one(task, task, batch, OnError::Stop, &mut answers) }.await;
///             Ok(answers)
///         }
///         answers => answers,
///     }
/// }
/// ```
///
/// What others submit through the same interface may come between.
///
/// # Cancellation
///
/// When the future is dropped, the answers so far are in `answers`, the call that was in flight is the interface's orphan as
/// any call is, and what comes after it is not performed.
///
/// # Safety
///
/// As [`SyscallInterface::syscall`], for every entry.
pub async unsafe fn one_by_one<I: SyscallInterface + ?Sized, const N: usize>(
    calls: &I,
    memory: &impl MemoryInterface,
    batch: &Batch<'_, N>,
    on_error: OnError,
    answers: &mut Answers<N>,
) {
    *answers = Answers::new();
    let mut stopped = false;
    for entry in batch.entries() {
        let answer = match answers.resolve::<I::Abi>(entry) {
            Some(call) if !stopped => match entry.memory() {
                // SAFETY: the caller gave the promise for every entry with the results that it refers to.
                None => unsafe { calls.syscall::<u64>(call) }.await,
                Some(_) => {
                    let [address, ..] = call.arguments;
                    // SAFETY: as above.
                    unsafe { access(memory, entry, Address::from_raw(address)) }.await
                }
            },
            _ => Err(SyscallError::NotSent(NotSent::BatchStopped)),
        };
        stopped |= answer.is_err() && on_error == OnError::Stop;
        answers.push(answer);
    }
}

/// Performs a memory entry: 0 for a write, the count of valid bytes for a read. For transports that have no better way.
///
/// # Cancellation
///
/// As of the memory's own accesses, one after the other.
///
/// # Errors
///
/// The cause of the access that failed: of a read, only if not one byte is valid.
///
/// # Safety
///
/// As [`MemoryInterface::read`] and [`write`](MemoryInterface::write), for the address and the entry's bytes.
pub async unsafe fn access(
    memory: &impl MemoryInterface,
    entry: &Entry<'_>,
    address: Address,
) -> Result<u64, SyscallError> {
    match entry.memory() {
        // SAFETY: the caller's promise.
        Some(Memory::Write(from)) => match unsafe { memory.write(address, from) }.await {
            Ok(()) => Ok(0),
            Err(error) => Err(error.cause),
        },
        Some(Memory::Read(to)) => {
            let mut valid = 0_usize;
            for piece in to.chunks(PIECE) {
                let mut bytes = [0; PIECE];
                let bytes = bytes.get_mut(..piece.len()).unwrap_or_default();
                let from = address.checked_add(valid).ok_or(Errno::EFAULT)?;
                // SAFETY: the caller's promise.
                let result = unsafe { memory.read(from, bytes) }.await;
                let done = result.map_or_else(|error| error.done, |()| bytes.len());
                Memory::Read(piece).fill(bytes.get(..done).unwrap_or_default());
                valid = valid.saturating_add(done);
                match result {
                    Err(error) if valid == 0 => return Err(error.cause),
                    Err(_) => break,
                    Ok(()) => {}
                }
            }
            Ok(valid as u64)
        }
        None => Ok(0),
    }
}
