//! `cargo xtask demo`: real system calls in three kinds of process, with evidence.

use crate::exec::exec;
use crate::freestanding;
use crate::target::Arch;
use crate::workspace;
use anyhow::{Context, Result};

/// Make system calls in this process, in a helper, and in a program that nobody prepared.
///
/// Each call is printed with the process that it ran in and the evidence for it; the exit status is 0 only if every piece
/// of evidence was there.
#[derive(clap::Args)]
pub(crate) struct Options {}

pub(crate) fn run(_: &Options) -> Result<()> {
    let server = workspace::program("rsyscall-server")?.context("the workspace has no rsyscall-server")?;
    let built = freestanding::build(&server, Arch::host()?)?;
    exec(
        workspace::cargo()?
            .args(["run", "--quiet", "--package", "rsyscall-tests", "--bin", "demo"])
            .env("RSYSCALL_SERVER", built.program),
    )
}
