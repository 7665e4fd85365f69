//! Where this process and its children run.

use anyhow::{Context, Result};
use rustix::{
    process::Pid,
    thread::{CpuSet, sched_getaffinity, sched_setaffinity},
};
use std::sync::OnceLock;

/// What operations have in their names that need a second core.
pub(crate) const OTHER_CORE: &str = "on another core";

/// A core that this process is not on.
static OTHER: OnceLock<Option<usize>> = OnceLock::new();

/// Pins this process, and so those that it starts, to the last core that it may run on: the first takes most interrupts.
pub(crate) fn pin_to_one() -> Result<()> {
    let allowed = sched_getaffinity(None).context("cannot learn which cores are allowed")?;
    let mut cores = (0..CpuSet::MAX_CPU).rev().filter(|core| allowed.is_set(*core));
    let last = cores.next().context("no core is allowed")?;
    OTHER.get_or_init(|| cores.next());
    move_to(None, last)
}

/// Whether there is a second core.
pub(crate) fn are_two() -> bool {
    OTHER.get().is_some_and(Option::is_some)
}

/// Moves a child of one thread to another core than this process's.
pub(crate) fn move_away(child: i32) -> Result<()> {
    let other = OTHER.get().copied().flatten().context("there is no second core")?;
    move_to(Some(Pid::from_raw(child).context("no process has this number")?), other)
}

fn move_to(process: Option<Pid>, core: usize) -> Result<()> {
    let mut one = CpuSet::new();
    one.set(core);
    sched_setaffinity(process, &one).with_context(|| format!("cannot run on core {core}"))
}
