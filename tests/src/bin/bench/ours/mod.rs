//! The transports.

mod local;
mod memory;
mod pipe;
mod ptrace;
mod start;

use crate::operation::Operation;
use rsyscall_core::{
    batch::{Batch, OnError},
    block_on,
    interface::{NotSent, SyscallInterface},
    near::process::getppid,
};

pub(crate) use memory::transfers;
pub(crate) use pipe::{in_flight, pipe_batch, servers};
pub(crate) use ptrace::{ptrace_batch, threads};

pub(crate) fn operations() -> Vec<Operation> {
    [local::operations(), memory::operations(), pipe::operations(), ptrace::operations(), start::operations()]
        .concat()
}

/// The most entries that one batch has.
const LARGEST: usize = 255;

/// So many calls, in as few batches as they fit in.
struct Batches(Vec<Batch<LARGEST>>);

impl Batches {
    fn new(calls: u32) -> Result<Self, NotSent> {
        let mut batches = Vec::new();
        let mut left = calls as usize;
        while left > 0 {
            let mut batch = Batch::new();
            let count = left.div_ceil(left.div_ceil(LARGEST));
            for _ in 0..count {
                batch.push(getppid())?;
            }
            left -= count;
            batches.push(batch);
        }
        Ok(Self(batches))
    }

    /// Executes all of them, in a task whose parent is this one.
    fn execute(&self, interface: &impl SyscallInterface, parent: u64, park: impl Fn() + Copy) {
        for batch in &self.0 {
            // SAFETY: getppid takes nothing and changes nothing.
            let answers = block_on(unsafe { interface.batch(batch, OnError::Continue) }, park);
            let answers = answers.expect("a batch is sent");
            assert_eq!(answers.words().len(), batch.entries().len());
            assert!(answers.words().iter().all(|answer| *answer == Ok(parent)));
        }
    }
}

/// The pid of this process, which is the parent of all tasks here.
fn parent() -> u64 {
    std::process::id().into()
}
