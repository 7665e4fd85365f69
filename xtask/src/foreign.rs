//! Tests whose client is of this machine's architecture and whose server is of another.

use crate::exec::{announce, quote};
use crate::freestanding;
use crate::install::{self, Need};
use crate::limit::{Ended, lines};
use crate::report::Report;
use crate::target::{Arch, Target};
use crate::test::Options;
use crate::test_output::TestOutput;
use crate::workspace;
use anyhow::{Context, Result};
use std::io::Write;
use std::time::Duration;

/// The test binary. Its cases are marked `ignore`, because they need a server that only this command builds; they read
/// `RSYSCALL_FOREIGN_SERVER`, the server, `RSYSCALL_FOREIGN_RUNNER`, the program that runs it, and `RSYSCALL_FOREIGN_ARCH`.
pub(crate) const TEST: &str = "cross_abi";

const LIMIT: Duration = Duration::from_secs(600);

/// Runs the tests with a server of this target and adds their cases to a report.
pub(crate) fn add_to(report: &mut Report, host: Arch, target: &Target, options: &Options) -> Result<()> {
    install::ensure(&[Need::Program(target.qemu_user)])?;
    let server = workspace::program("rsyscall-server")?.context("the workspace has no rsyscall-server")?;
    let server = freestanding::build(&server, target.arch)?;
    let mut command = workspace::cargo()?;
    command
        // As the native tests are built, so that there is nothing to build.
        .args(["test", "--workspace"])
        .args(workspace::features_with_std(&[])?)
        .args(["--test", TEST, "--", "--ignored"])
        .args(&options.filter)
        .env("RSYSCALL_FOREIGN_ARCH", target.name)
        .env("RSYSCALL_FOREIGN_SERVER", server.program)
        .env("RSYSCALL_FOREIGN_RUNNER", target.qemu_user);
    announce(&command);
    let place = format!("{}, with a server for {}", host.target().name, target.name);
    let mut output = TestOutput::new(report, &place);
    let ended = lines(&command, LIMIT, |line| {
        output.line(&String::from_utf8_lossy(line));
        Ok(std::io::stdout().write_all(line)?)
    })?;
    match ended {
        Ended::InTime(status) => {
            output.end(status.success(), &format!("`{}` ended with {status}", quote(&command)));
        }
        Ended::TimeIsUp => output.end(false, &format!("it was ended after {} s", LIMIT.as_secs())),
    }
    Ok(())
}
