//! Tests whose client is of this machine's architecture and whose server is of another.

use crate::built_tests::ONLY_HERE;
use crate::exec::{announce, exec};
use crate::freestanding;
use crate::install::{self, Need};
use crate::report::Report;
use crate::target::{Arch, Target};
use crate::test::{self, Options};
use crate::test_output::TestOutput;
use crate::workspace;
use anyhow::{Context, Result};
use std::io::Write;
use std::time::Duration;

/// The test binary that is about nothing else. Its target has `test = false`, because it needs a server that only this command
/// builds; it reads `RSYSCALL_FOREIGN_SERVER`, the server, `RSYSCALL_FOREIGN_RUNNER`, the program that runs it, and
/// `RSYSCALL_FOREIGN_ARCH`.
pub(crate) const TEST: &str = "cross_abi";

const LIMIT: Duration = Duration::from_secs(1800);

/// Runs the tests with a server of this target and adds their cases to a report.
pub(crate) fn add_to(report: &mut Report, host: Arch, target: &Target, options: &Options) -> Result<()> {
    install::ensure(&[Need::Program(target.qemu_user)])?;
    install::ensure(&ONLY_HERE.map(|(_, program)| Need::Program(program)))?;
    let server = workspace::program("rsyscall-server")?.context("the workspace has no rsyscall-server")?;
    let server = freestanding::build(&server, target.arch)?;
    let programs = freestanding::build_all(host)?;
    // Which one of these tests runs, and which cargo does not build for the tests alone.
    exec(workspace::cargo()?.args(["build", "--package", "rsyscall-tests", "--example", "remote"]))?;
    let mut command = workspace::cargo()?;
    // As the native tests are built, so that there is nothing to build.
    command.args(["test", "--workspace", "--no-fail-fast"]).args(workspace::features_with_std(&[])?);
    command
        .args(["--test", TEST, "--"])
        .args(&options.filters)
        .envs(test::environment(&programs, options))
        .env("RSYSCALL_FOREIGN_ARCH", target.name)
        .env("RSYSCALL_FOREIGN_SERVER", server.program)
        .env("RSYSCALL_FOREIGN_RUNNER", target.qemu_user);
    announce(&command);
    let place = format!("{}, with a server for {}", host.target().name, target.name);
    TestOutput::new(report, &place).run(&command, LIMIT, |line| Ok(std::io::stdout().write_all(line)?))
}
