//! Tests in QEMU's user mode emulation: another processor, this machine's kernel.

use crate::built_tests::{self, TestBinary};
use crate::exec::announce;
use crate::freestanding;
use crate::install::{self, Need};
use crate::progress::Progress;
use crate::report::{Outcome, Report};
use crate::target::{Arch, Target};
use crate::test::{self, Options};
use crate::test_output::TestOutput;
use crate::workspace;
use anyhow::Result;
use std::fs::Permissions;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Packages whose tests cannot run in the emulation at all, and why.
const PACKAGES_NOT_RUN: [(&str, &str); 1] = [("transport-ptrace", "the emulation has no ptrace")];

const NO_SHARED_MEMORY: &str = "the emulation has no clone with CLONE_VM alone";
const NO_OTHER_MEMORY: &str = "the emulation has no process_vm_readv and process_vm_writev";
const NO_PART_OF_A_BUFFER: &str = "getrandom fills nothing in the emulation where it cannot fill everything";
const NO_OTHER_PROGRAMS: &str =
    "the kernel outside the emulation executes no program of another architecture";

/// Test programs that cannot run in the emulation, and why.
pub(crate) const BINARIES_NOT_RUN: &[(&str, &str)] = &[
    ("child", NO_SHARED_MEMORY),
    ("examples", NO_SHARED_MEMORY),
    ("pipe", NO_SHARED_MEMORY),
    ("init", NO_OTHER_PROGRAMS),
    ("start", NO_SHARED_MEMORY),
    ("local", NO_OTHER_MEMORY),
    ("ptrace", "the emulation has no ptrace"),
    ("sandbox", NO_SHARED_MEMORY),
    ("counts", "the emulation has no ptrace"),
    ("starts", "the emulation has no ptrace"),
    ("started", "the emulation has no ptrace"),
];

/// Parts of the names of cases that cannot run in the emulation, and why.
pub(crate) const CASES_NOT_RUN: [(&str, &str); 9] = [
    ("a_call_that_would_block_for_ever_is_interrupted", NO_OTHER_MEMORY),
    ("a_start_takes_the_stack_that_the_documentation_says", NO_SHARED_MEMORY),
    ("a_stopped_peer_is_waited_for", NO_OTHER_MEMORY),
    ("calls_go_on_without_a_free_descriptor", NO_OTHER_MEMORY),
    ("a_bad_address_costs_the_access_and_not_the_connection", NO_PART_OF_A_BUFFER),
    ("a_client_that_reads_no_answer_ends_the_server", "the emulation has no RWF_NOSIGNAL"),
    ("where_no_socket_can_be_had_that_is_the_call_that_failed", "the emulation needs descriptors itself"),
    ("without_a_descriptor_to_accept_with", "what /proc says of a task's call is the emulation's"),
    ("it_describes_itself", "the maps of an emulated process are those of the emulation"),
];

/// How long one test binary may run: many times what is usual.
const LIMIT: Duration = Duration::from_secs(1800);

/// Runs the tests and adds their cases to a report.
pub(crate) fn add_to(report: &mut Report, arch: Arch, options: &Options) -> Result<()> {
    let target = arch.target();
    install::ensure(&[Need::Program(target.qemu_user)])?;
    install::ensure(&test::COMPARED_WITH.map(Need::Program))?;
    let built = built_tests::build(arch, options.form())?;
    let programs = run_by(target, &freestanding::build_all(arch)?)?;
    let place = format!("{}, emulated", target.name);
    let progress = Progress::new(&place, built.binaries.len());
    for (number, binary) in built.binaries.iter().enumerate() {
        progress.part(number, built.binaries.len(), &binary.name);
        if let Some((_, reason)) = PACKAGES_NOT_RUN.iter().find(|(folder, _)| binary.is_of(folder)) {
            not_run(report, &place, binary, target, &[], reason)?;
            continue;
        }
        if let Some((_, reason)) = BINARIES_NOT_RUN.iter().find(|(name, _)| *name == binary.name) {
            not_run(report, &place, binary, target, &[], reason)?;
            continue;
        }
        let mut command = binary.run_by(target.qemu_user);
        command.args(options.of_test_binaries());
        for (pattern, reason) in CASES_NOT_RUN {
            command.args(["--skip", pattern]);
            not_run(report, &place, binary, target, &[pattern], reason)?;
        }
        command.envs(test::environment(&programs, options));
        let mut output = TestOutput::new(report, &place);
        output.begin(&binary.name);
        output.run(&command, LIMIT, |line| {
            progress.at(&format!("{} {}", binary.name, String::from_utf8_lossy(line).trim_end()));
            Ok(progress.print(line)?)
        })?;
    }
    drop(progress);
    documentation(report, &place, target, options)
}

/// Packages whose documentation has examples that the emulation can run.
const DOCUMENTED: [&str; 1] = ["rsyscall-core"];

/// Runs the examples in the documentation, which cargo builds and runs in one step.
fn documentation(report: &mut Report, place: &str, target: &Target, options: &Options) -> Result<()> {
    let mut command = workspace::cargo()?;
    command.args(["test", "--doc", "--target", target.triple]);
    for package in DOCUMENTED {
        command.args(["--package", package]);
    }
    target.with_std(&mut command);
    // As the tests were built.
    command.env("CARGO_PROFILE_DEV_STRIP", "debuginfo");
    command.env(target.variable("RUNNER"), target.qemu_user).arg("--").args(options.of_test_binaries());
    announce(&command);
    TestOutput::new(report, place).run(&command, LIMIT, |line| Ok(std::io::stdout().write_all(line)?))
}

/// A folder with a script for each program of a folder, which runs it in the emulation: the kernel outside executes no
/// program of another architecture.
fn run_by(target: &Target, programs: &Path) -> Result<PathBuf> {
    let scripts = programs.with_file_name(format!("{}-emulated", target.name));
    std::fs::create_dir_all(&scripts)?;
    for program in std::fs::read_dir(programs)? {
        let program = program?;
        let script = scripts.join(program.file_name());
        let text = format!("#!/bin/sh\nexec {} {} \"$@\"\n", target.qemu_user, program.path().display());
        std::fs::write(&script, text)?;
        std::fs::set_permissions(&script, Permissions::from_mode(0o755))?;
    }
    Ok(scripts)
}

fn not_run(
    report: &mut Report,
    place: &str,
    binary: &TestBinary,
    target: &Target,
    patterns: &[&str],
    reason: &str,
) -> Result<()> {
    // Without a machine of the architecture there is no other place.
    let outcome = if target.machine.is_some() { Outcome::NotRun } else { Outcome::CannotRun };
    for case in binary.list(target.qemu_user, patterns)? {
        report.add(place, &format!("{}::{case}", binary.name), outcome(reason.to_owned()));
    }
    Ok(())
}
