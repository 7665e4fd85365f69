//! Tests in QEMU's user mode emulation: another processor, this machine's kernel.

use crate::built_tests::{self, TestBinary};
use crate::freestanding;
use crate::install::{self, Need};
use crate::limit::{Ended, lines};
use crate::progress::Progress;
use crate::report::{Outcome, Report};
use crate::target::Arch;
use crate::test::{self, Options};
use crate::test_output::TestOutput;
use anyhow::Result;
use std::time::Duration;

/// Packages whose tests cannot run in the emulation at all, and why.
const PACKAGES_NOT_RUN: [(&str, &str); 1] = [("transport-ptrace", "the emulation has no ptrace")];

const NO_SHARED_MEMORY: &str = "the emulation has no clone with CLONE_VM alone";
const NO_OTHER_PROGRAMS: &str =
    "the kernel outside the emulation executes no program of another architecture";

/// Test programs that cannot run in the emulation, and why.
const BINARIES_NOT_RUN: [(&str, &str); 7] = [
    ("child", NO_SHARED_MEMORY),
    ("examples", NO_SHARED_MEMORY),
    ("pipe", NO_SHARED_MEMORY),
    ("program", NO_OTHER_PROGRAMS),
    ("local_call", NO_OTHER_PROGRAMS),
    ("local", "the emulation has no process_vm_writev"),
    ("ptrace", "the emulation has no ptrace"),
];

/// Parts of the names of cases that cannot run in the emulation, and why.
const CASES_NOT_RUN: [(&str, &str); 0] = [];

/// How long one test binary may run.
const LIMIT: Duration = Duration::from_secs(300);

/// Runs the tests and adds their cases to a report.
pub(crate) fn add_to(report: &mut Report, arch: Arch, options: &Options) -> Result<()> {
    let target = arch.target();
    install::ensure(&[Need::Program(target.qemu_user)])?;
    let built = built_tests::build(arch)?;
    let programs = freestanding::build_all(arch)?;
    let place = format!("{}, emulated", target.name);
    let progress = Progress::new(&place, built.binaries.len());
    for (number, binary) in built.binaries.iter().enumerate() {
        progress.part(number, built.binaries.len(), &binary.name);
        if let Some((_, reason)) = PACKAGES_NOT_RUN.iter().find(|(folder, _)| binary.is_of(folder)) {
            not_run(report, &place, binary, target.qemu_user, &[], reason)?;
            continue;
        }
        if let Some((_, reason)) = BINARIES_NOT_RUN.iter().find(|(name, _)| *name == binary.name) {
            not_run(report, &place, binary, target.qemu_user, &[], reason)?;
            continue;
        }
        let mut command = binary.run_by(target.qemu_user);
        command.args(&options.filter);
        for (pattern, reason) in CASES_NOT_RUN {
            command.args(["--skip", pattern]);
            not_run(report, &place, binary, target.qemu_user, &[pattern], reason)?;
        }
        command.envs(test::environment(&programs, options));
        let mut output = TestOutput::new(report, &place);
        output.begin(&binary.name);
        let ended = lines(&command, LIMIT, |line| {
            output.line(&String::from_utf8_lossy(line));
            progress.at(&format!("{} {}", binary.name, String::from_utf8_lossy(line).trim_end()));
            Ok(progress.print(line)?)
        })?;
        match ended {
            Ended::InTime(status) => output.end(status.success(), &status.to_string()),
            Ended::TimeIsUp => output.end(false, &format!("it was ended after {} s", LIMIT.as_secs())),
        }
    }
    Ok(())
}

fn not_run(
    report: &mut Report,
    place: &str,
    binary: &TestBinary,
    runner: &str,
    patterns: &[&str],
    reason: &str,
) -> Result<()> {
    for case in binary.list(runner, patterns)? {
        report.add(place, &format!("{}::{case}", binary.name), Outcome::NotRun(reason.to_owned()));
    }
    Ok(())
}
