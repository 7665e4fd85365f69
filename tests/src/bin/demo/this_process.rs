//! The task is this process.

use crate::task::Task;
use anyhow::Result;
use rsyscall_core::identifier::Process;
use rsyscall_transport_local::Local;

pub(crate) fn run() -> Result<()> {
    let mut task = Task::new(&Local, Process::from_raw(std::process::id().cast_signed()))?;
    task.write_and_read()?;
    task.finish()
}
