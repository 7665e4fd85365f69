//! The transports.

mod local;
mod memory;
mod pipe;
mod ptrace;
mod start;

use crate::operation::{Operation, Run, whole};
use anyhow::Result;
use rsyscall_core::{
    batch::{Batch, OnError},
    block_on,
    interface::SyscallInterface,
    near::process::getppid,
};

pub(crate) use memory::{Way, transfer};
pub(crate) use pipe::{in_flight, pipe_batch, servers};
pub(crate) use ptrace::{ptrace_batch, threads};

pub(crate) fn operations() -> Vec<Operation> {
    [local::operations(), memory::operations(), pipe::operations(), ptrace::operations(), start::operations()]
        .concat()
}

/// The most entries that one batch here has.
const LARGEST: usize = 512;

/// Executes so many calls each time, in as few batches as they fit in, in a task whose parent is this process. The owner of
/// the task is kept.
fn batches(
    interface: impl SyscallInterface + 'static,
    calls: u32,
    owner: impl Sized + 'static,
) -> Result<Run> {
    let calls = calls as usize;
    // Answers are handed over by value, so that a small batch has no room for many.
    match calls {
        0..=1 => batches_of::<1>(interface, calls, owner),
        2..=8 => batches_of::<8>(interface, calls, owner),
        9..=64 => batches_of::<64>(interface, calls, owner),
        _ => batches_of::<LARGEST>(interface, calls, owner),
    }
}

fn batches_of<const N: usize>(
    interface: impl SyscallInterface + 'static,
    calls: usize,
    owner: impl Sized + 'static,
) -> Result<Run> {
    let mut batches = Vec::new();
    for from in (0..calls).step_by(N) {
        let mut batch = Batch::<N>::new();
        for _ in from..calls.min(from + N) {
            batch.push(getppid())?;
        }
        batches.push(batch);
    }
    let parent = u64::from(std::process::id());
    Ok(whole(move || {
        let _owner = &owner;
        for batch in &batches {
            // SAFETY: getppid takes nothing and changes nothing.
            let answers = block_on(unsafe { interface.batch(batch, OnError::Continue) }, || ());
            let answers = answers.expect("a batch is sent");
            assert_eq!(answers.words().len(), batch.entries().len());
            assert!(answers.words().iter().all(|answer| *answer == Ok(parent)));
        }
    }))
}
