//! `cargo xtask bench`: the bars of performance, measured as ratios in one pinned process.

use crate::exec::exec;
use crate::freestanding;
use crate::target::Arch;
use crate::workspace;
use anyhow::{Context, Result};
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
use std::process::Command;

/// Measure calls, batches, memory transfers and starts against their floors.
///
/// Everything runs in one process on one core, interleaved, and is shown as ratios; absolute times mean little on a
/// machine that is shared.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Measure only the cases whose name contains this.
    filter: Option<String>,
    /// Fail if a bar does not hold.
    #[arg(long)]
    check: bool,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let programs = freestanding::build_all(Arch::host()?)?;
    exec(workspace::cargo()?.args([
        "build",
        "--release",
        "--package",
        "rsyscall-tests",
        "--bin",
        "bench",
        "--features",
        "bench",
    ]))?;
    pin_to_one_core()?;
    let mut command = Command::new(workspace::target_directory()?.join("release/bench"));
    command.args(&options.filter);
    if options.check {
        command.arg("--check");
    }
    command.env("RSYSCALL_SERVER", programs.join("rsyscall-server")).env("RSYSCALL_PROGRAMS", programs);
    exec(&mut command)
}

/// Pins this process, and so those that it starts, to the last core that it may run on: the first takes most interrupts.
fn pin_to_one_core() -> Result<()> {
    let allowed = sched_getaffinity(None).context("cannot learn which cores are allowed")?;
    let last = (0..CpuSet::MAX_CPU).rev().find(|core| allowed.is_set(*core)).context("no core is allowed")?;
    let mut one = CpuSet::new();
    one.set(last);
    sched_setaffinity(None, &one).with_context(|| format!("cannot stay on core {last}"))
}
