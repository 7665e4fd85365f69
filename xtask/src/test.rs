//! `cargo xtask test`: every test, natively or for another architecture.

use crate::exec::{announce, quote};
use crate::freestanding;
use crate::install::{self, Need};
use crate::report::{NotRun, Outcome, Report};
use crate::target::Arch;
use crate::test_output::TestOutput;
use anyhow::{Context, Result};
use std::io::{BufRead, BufReader, Write};
use std::process::Command;

/// Run every test of the workspace.
///
/// Without options the tests run on this machine, natively. The last line of the output is `N passed, N failed`.
#[derive(clap::Args, Default)]
pub(crate) struct Options {
    /// Build for this architecture, and run under QEMU's user mode emulation if it is not this machine's.
    #[arg(long, value_enum)]
    arch: Option<Arch>,
    /// Run the long form of those tests that have one.
    #[arg(long)]
    long: bool,
    /// Run only the cases whose name contains this.
    filter: Option<String>,
}

/// The packages whose tests need nothing that user mode emulation lacks.
const EMULATED_PACKAGES: [&str; 4] =
    ["rsyscall-core", "rsyscall-transport-local", "rsyscall-transport-pipe", "rsyscall-tests"];

pub(crate) fn run(options: &Options) -> Result<()> {
    let mut report = Report::default();
    add_to(&mut report, options)?;
    report.finish(NotRun::Tolerated)
}

/// Runs the tests and adds their cases to a report.
pub(crate) fn add_to(report: &mut Report, options: &Options) -> Result<()> {
    let host = Arch::host()?;
    match options.arch {
        Some(arch) if arch != host => emulated(report, arch, options),
        _ => native(report, host, options),
    }
}

fn native(report: &mut Report, arch: Arch, options: &Options) -> Result<()> {
    let mut command = Command::new("cargo");
    command.args(["test", "--workspace"]);
    cargo_test(report, arch.target().name, arch, command, options)
}

fn emulated(report: &mut Report, arch: Arch, options: &Options) -> Result<()> {
    let target = arch.target();
    install::ensure(&[Need::RustTarget(target.triple), Need::Program(target.qemu_user)])?;
    let mut command = Command::new("cargo");
    command.args(["test", "--target", target.triple]);
    for package in EMULATED_PACKAGES {
        command.args(["--package", package]);
    }
    target.with_std(&mut command);
    cargo_test(report, &format!("{}, emulated", target.name), arch, command, options)
}

/// Runs a `cargo test` command, shows its output, and adds the cases that it tells of.
fn cargo_test(
    report: &mut Report,
    place: &str,
    arch: Arch,
    mut command: Command,
    options: &Options,
) -> Result<()> {
    let programs = freestanding::build_all(arch)?;
    command.arg("--no-fail-fast");
    if let Some(filter) = &options.filter {
        command.args(["--", filter]);
    }
    for (name, value) in environment(&programs, options) {
        command.env(name, value);
    }
    announce(&command);
    // One pipe for both streams: cargo names the binary on one, the binary its cases on the other.
    let (reader, writer) = std::io::pipe()?;
    command.stdout(writer.try_clone()?).stderr(writer);
    let mut child = command.spawn().with_context(|| format!("cannot start `{}`", quote(&command)))?;
    let text = quote(&command);
    drop(command);

    let mut output = TestOutput::new(report, place);
    let mut line = Vec::new();
    let mut reader = BufReader::new(reader);
    while reader.read_until(b'\n', &mut line)? > 0 {
        std::io::stdout().write_all(&line)?;
        output.line(&String::from_utf8_lossy(&line));
        line.clear();
    }
    output.end();
    let told = output.failed;
    let status = child.wait()?;
    if !status.success() && !told {
        report.add(place, "cargo test", Outcome::Failed(format!("`{text}` ended with {status}")));
    }
    Ok(())
}

/// What the tests are told by environment variables.
fn environment(programs: &std::path::Path, options: &Options) -> Vec<(&'static str, std::ffi::OsString)> {
    let mut variables = vec![
        ("RSYSCALL_PROGRAMS", programs.as_os_str().to_owned()),
        ("RSYSCALL_SERVER", programs.join("rsyscall-server").into_os_string()),
    ];
    if options.long {
        variables.push(("RSYSCALL_LONG", "1".into()));
    }
    variables
}
