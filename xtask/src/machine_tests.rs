//! Tests in a virtual machine: a real kernel of the architecture, and our own init to run them.

use crate::built_tests;
use crate::console::{Ended, Event};
use crate::freestanding;
use crate::initramfs::Initramfs;
use crate::install::{self, Need};
use crate::kernel::{self, Kernel};
use crate::machine::{self, Machine};
use crate::progress::Progress;
use crate::report::{Outcome, Report};
use crate::target::Arch;
use crate::test::{self, Options};
use crate::test_output::TestOutput;
use anyhow::Result;
use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

/// What every test binary may use of busybox: programs that nobody here wrote.
const APPLETS: [&str; 16] = [
    "cat", "chroot", "cp", "echo", "false", "head", "ls", "mkdir", "mkfifo", "mount", "sh", "sleep", "su",
    "timeout", "true", "unshare",
];

/// How long a test may say nothing: longer than it takes a test to give up by itself.
const SILENCE_LIMIT: Duration = Duration::from_secs(900);
const LONG_SILENCE_LIMIT: Duration = Duration::from_secs(3600);
/// How long all tests together may take: many times what is usual.
const LIMIT: Duration = Duration::from_secs(3600);
const LONG_LIMIT: Duration = Duration::from_secs(4 * 3600);

/// Test binaries that cannot run in a machine, and why. They run outside.
pub(crate) const BINARIES_NOT_RUN: [(&str, &str); 3] = [
    ("headers", "a machine has no C compiler"),
    ("scripted", "it makes no system calls, and takes minutes there"),
    ("strace", "a machine has no strace"),
];

/// Parts of the names of cases that cannot run in a machine, of which binary, and why.
pub(crate) const CASES_NOT_RUN: [(&str, &str, &str); 3] = [
    ("process", "programs::", "a machine has no such server"),
    ("process", "calls_are_dispatched", "a tracer can switch it from Linux 6.4 on"),
    STREAMING,
];

/// It runs where the kernel is a file.
const STREAMING: (&str, &str, &str) =
    ("process", "vectors_of_streaming_mode_stay_and_so_does_the_mode", "Debian's kernels have no SME");

/// Runs the tests on a kernel and adds their cases to a report.
pub(crate) fn add_to(report: &mut Report, arch: Arch, kernel: &Kernel, options: &Options) -> Result<()> {
    let place = format!("{}, in a machine with {kernel}", arch.target().name);
    let image = kernel.image(arch)?;
    let mut built = built_tests::build(arch, options.form())?;
    let qemu_user = arch.target().qemu_user;
    for (name, reason) in BINARIES_NOT_RUN {
        install::ensure(&[Need::Program(qemu_user)])?;
        for binary in built.binaries.iter().filter(|binary| binary.name == name) {
            for case in binary.list(qemu_user, &[])? {
                report.add(&place, &format!("{name}::{case}"), Outcome::NotRun(reason.to_owned()));
            }
        }
        built.binaries.retain(|binary| binary.name != name);
    }
    let mut left_out = Vec::new();
    let is_ours = |case| !matches!(kernel, Kernel::File(_)) || case != STREAMING;
    for (name, part, reason) in CASES_NOT_RUN.into_iter().filter(|&case| is_ours(case)) {
        left_out.extend(["--skip", part].map(OsString::from));
        for binary in built.binaries.iter().filter(|binary| binary.name == name) {
            for case in binary.list(qemu_user, &[part])? {
                report.add(&place, &format!("{name}::{case}"), Outcome::CannotRun(reason.to_owned()));
            }
        }
    }
    let programs = freestanding::build_all(arch)?;

    let mut initramfs = Initramfs::default();
    // Everything has the path that it has here, which is what the tests were built with.
    for program in &built.programs {
        initramfs.file(program, program);
    }
    for program in std::fs::read_dir(&programs)? {
        let program = program?.path();
        initramfs.file(&program, &program);
    }
    initramfs.file(&kernel::busybox(arch)?, Path::new("/bin/busybox"));
    for applet in APPLETS {
        initramfs.symlink("busybox", &Path::new("/bin").join(applet));
    }
    let mut arguments = Vec::new();
    for binary in &built.binaries {
        initramfs.file(&binary.path, &binary.path);
        let mut command = vec![binary.path.clone().into_os_string()];
        command.extend(options.of_test_binaries().into_iter().map(OsString::from));
        command.extend(left_out.iter().cloned());
        arguments.push(command);
    }
    let mut environment: Vec<OsString> = vec!["PATH=/bin".into(), "HOME=/".into(), "RUST_BACKTRACE=1".into()];
    if options.long {
        // Victims sleep most of the time.
        environment.push("RUST_TEST_THREADS=6".into());
    }
    for (name, value) in test::environment(&programs, options) {
        let mut variable = OsString::from(format!("{name}="));
        variable.push(value);
        environment.push(variable);
    }
    machine::add_init(&mut initramfs, arch, &environment, &arguments)?;

    let names: Vec<_> = built.binaries.iter().map(|binary| binary.name.as_str()).collect();
    let mut run = Run {
        place: place.clone(),
        names: &names,
        begun: 0,
        lines: Lines::default(),
        errors: Lines::default(),
        progress: Progress::new(&place, names.len()),
        output: TestOutput::new(report, &place),
    };
    let (silence_limit, limit) =
        if options.long { (LONG_SILENCE_LIMIT, LONG_LIMIT) } else { (SILENCE_LIMIT, LIMIT) };
    let machine = Machine { arch, image, memory: 2048, form: options.form(), silence_limit, limit };
    let result = machine.run(&initramfs, |event| run.event(event));
    let Run { begun, mut output, progress, .. } = run;
    drop(progress);
    if let Err(error) = result {
        output.end(false, &format!("{error:#}"));
        for name in names.iter().skip(begun) {
            report.add(&place, name, Outcome::Failed("the machine ended before".to_owned()));
        }
    }
    Ok(())
}

/// Follows a machine that runs the test binaries in order.
struct Run<'a> {
    place: String,
    names: &'a [&'a str],
    begun: usize,
    lines: Lines,
    errors: Lines,
    progress: Progress,
    output: TestOutput<'a>,
}

impl Run<'_> {
    fn event(&mut self, event: &Event) -> Result<()> {
        match event {
            Event::Booted => self.progress.at(&format!("{} has booted", self.place)),
            Event::Begin => {
                let name = self.names.get(self.begun).copied().unwrap_or_default();
                self.progress.part(self.begun, self.names.len(), name);
                self.begun += 1;
                self.output.begin(name);
            }
            Event::Output(bytes) => {
                for line in self.lines.add(bytes) {
                    self.progress.at(line.trim_end());
                    self.progress.print(line.as_bytes())?;
                    self.output.line(&line);
                }
            }
            Event::Errors(bytes) => {
                for line in self.errors.add(bytes) {
                    self.progress.print(line.as_bytes())?;
                }
            }
            Event::Ended(how) => {
                for lines in [&mut self.lines, &mut self.errors] {
                    // A rest without an end of line is the last that a program said that was ended.
                    for line in lines.add(b"\n").into_iter().filter(|line| line != "\n") {
                        self.progress.print(line.as_bytes())?;
                        self.output.line(&line);
                    }
                }
                self.output.end(*how == Ended::Exit(0), &how.to_string());
            }
            Event::Done => {}
        }
        Ok(())
    }
}

/// Makes lines of pieces.
#[derive(Default)]
struct Lines {
    rest: Vec<u8>,
}

impl Lines {
    fn add(&mut self, bytes: &[u8]) -> Vec<String> {
        self.rest.extend_from_slice(bytes);
        let mut lines = Vec::new();
        while let Some(end) = self.rest.iter().position(|byte| *byte == b'\n') {
            let line: Vec<_> = self.rest.drain(..=end).collect();
            lines.push(String::from_utf8_lossy(&line).into_owned());
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_become_lines() {
        let mut lines = Lines::default();
        assert!(lines.add(b"test a ").is_empty());
        assert_eq!(lines.add(b"... ok\ntest b"), ["test a ... ok\n"]);
        assert_eq!(lines.add(b"\n\n"), ["test b\n", "\n"]);
    }
}
