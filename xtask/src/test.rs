//! `cargo xtask test`: every test, natively, emulated, or in a virtual machine.

use crate::ahead::{Ahead, Build};
use crate::built_tests::{self, Form, ONLY_HERE, OPTIMISED};
use crate::exec::announce;
use crate::freestanding;
use crate::install::{self, Need};
use crate::kernel::{self, Kernel, SERIES};
use crate::report::{NotRun, Outcome, Report};
use crate::target::{Arch, TARGETS};
use crate::test_output::TestOutput;
use crate::{emulated, foreign, fuzz, injections, machine_checks, machine_tests, workspace};
use anyhow::Result;
use std::ffi::OsString;
use std::io::Write;
use std::path::Path;
use std::time::Duration;

/// Run every test of the workspace.
///
/// Without options the tests run on this machine, natively. The last line of the output is `N passed, N failed`.
#[derive(clap::Args, Default)]
pub(crate) struct Options {
    /// Build for this architecture, and run under QEMU's user mode emulation if it is not this machine's.
    #[arg(long, value_enum)]
    arch: Option<Arch>,
    /// Run in a virtual machine with a real kernel of the architecture, and our own init as the first process.
    #[arg(long)]
    vm: bool,
    /// The virtual machine's kernel: a series of Debian's, such as 6.1, or a file. May be given several times.
    #[arg(long, requires = "vm")]
    kernel: Vec<Kernel>,
    /// Run natively, then every other architecture emulated, servers of other architectures, then every architecture
    /// in a virtual machine.
    #[arg(long, conflicts_with_all = ["arch", "vm"])]
    all: bool,
    /// Run the long form of those tests that have one, on every kernel series.
    #[arg(long)]
    pub(crate) long: bool,
    /// How often the long form makes calls in each of the programs that tests do so in.
    #[arg(long, requires = "long", default_value_t = 10_000)]
    injections: u32,
    /// Write into xtask/record/injections.md how often calls were made in what.
    #[arg(long, requires = "long")]
    record: bool,
    /// Run only the cases whose name contains one of these.
    #[arg(value_name = "FILTER")]
    pub(crate) filters: Vec<String>,
}

impl Options {
    /// What test binaries are told on their command line.
    pub(crate) fn of_test_binaries(&self) -> Vec<&str> {
        // The long form says what it did, at once: it may be ended after hours.
        let output = self.long.then_some("--nocapture");
        self.filters.iter().map(String::as_str).chain(output).collect()
    }

    /// How the tests are built.
    pub(crate) const fn form(&self) -> Form {
        if self.long { Form::Long } else { Form::Short }
    }

    /// What the gate runs.
    pub(crate) fn everything() -> Self {
        Self { all: true, ..Self::default() }
    }
}

/// How long the native tests may take, built ones included: many times what is usual.
const LIMIT: Duration = Duration::from_secs(3600);
const LONG_LIMIT: Duration = Duration::from_secs(4 * 3600);

/// How many inputs each property of the long form is tested with.
const PROPERTY_CASES: &str = "100000";

/// What tests compare this project with.
pub(crate) const COMPARED_WITH: [&str; 3] = ["strace", "x86_64-linux-gnu-gcc", "aarch64-linux-gnu-gcc"];
/// What the long form of the tests makes calls in while it serves, and the test of each; of Python's the short form does, too.
pub(crate) const SERVERS: [(&str, &str); 6] = [
    ("node", "process::programs::node"),
    ("java", "process::programs::java"),
    ("caddy", "process::programs::go"),
    ("nginx", "process::programs::nginx"),
    ("redis-server", "process::programs::redis"),
    ("postgres", "process::programs::postgresql"),
];

pub(crate) fn run(options: &Options) -> Result<()> {
    let mut report = Report::default();
    add_to(&mut report, options)?;
    if options.long && options.filters.is_empty() {
        report.check("fuzz targets", || fuzz::check(true));
    }
    if options.record {
        injections::record(&report)?;
    }
    report.finish(if options.all { NotRun::Failure } else { NotRun::Tolerated })
}

/// What fails where none of a place's tests could be run.
const ALL: &str = "(all tests)";

/// Runs the tests and adds their cases to a report.
pub(crate) fn add_to(report: &mut Report, options: &Options) -> Result<()> {
    let host = Arch::host()?;
    if options.all {
        let _ahead = native(report, host, options)?;
        for target in TARGETS.iter().filter(|target| target.arch != host) {
            report.attempt(&format!("{}, emulated", target.name), ALL, |report| {
                emulated::add_to(report, target.arch, options)
            });
            let place = format!("{}, with a server for {}", host.target().name, target.name);
            report.attempt(&place, ALL, |report| foreign::add_to(report, host, target, options));
        }
        for target in TARGETS.iter().filter(|target| target.machine.is_some()) {
            in_machines(report, target.arch, options);
        }
        return Ok(());
    }
    match options.arch.unwrap_or(host) {
        arch if options.vm => in_machines(report, arch, options),
        arch if arch != host => emulated::add_to(report, arch, options)?,
        arch => {
            native(report, arch, options)?;
        }
    }
    Ok(())
}

fn in_machines(report: &mut Report, arch: Arch, options: &Options) {
    let series = if options.long { &SERIES[..] } else { &SERIES[..1] };
    let kernels = match &options.kernel {
        none if none.is_empty() => series.iter().map(|series| Kernel::Series((*series).to_owned())).collect(),
        given => given.clone(),
    };
    for kernel in kernels {
        report.attempt(&format!("{}, in a machine with {kernel}", arch.target().name), ALL, |report| {
            machine_tests::add_to(report, arch, &kernel, options)
        });
        if options.filters.is_empty() {
            machine_checks::add_to(report, arch, &kernel);
        }
    }
}

/// What is built for the other places, in their order.
fn built_ahead(host: Arch, form: Form) -> Vec<Build> {
    let (here, elsewhere): (Vec<_>, Vec<_>) = TARGETS.iter().partition(|target| target.arch == host);
    let mut builds: Vec<Build> = Vec::new();
    for target in elsewhere.into_iter().chain(here) {
        builds.push(Box::new(move || built_tests::build(target.arch, form).map(|_| ())));
        builds.push(Box::new(|| freestanding::build_all(target.arch).map(|_| ())));
    }
    for target in TARGETS.iter().filter(|target| target.machine.is_some()) {
        let kernel = Kernel::Series(SERIES[0].to_owned());
        builds.push(Box::new(move || kernel.image(target.arch).map(|_| ())));
        builds.push(Box::new(|| kernel::busybox(target.arch).map(|_| ())));
    }
    builds
}

/// Runs the tests here; in a run of everything, what the other places need is built meanwhile.
fn native(report: &mut Report, arch: Arch, options: &Options) -> Result<Option<Ahead>> {
    let place = arch.target().name;
    install::ensure(&COMPARED_WITH.map(Need::Program))?;
    let programs = freestanding::build_all(arch)?;
    let mut command = workspace::cargo()?;
    command
        .args(["test", "--workspace", "--no-fail-fast"])
        .args(workspace::features_with_std(&[])?)
        .envs(environment(&programs, options));
    install::ensure(&[Need::Program("python3")])?;
    if options.long {
        command.args(OPTIMISED);
        install::ensure(&SERVERS.map(|(program, _)| Need::Program(program)))?;
    }
    command.arg("--").args(options.of_test_binaries());
    if !options.long {
        for (_, test) in SERVERS {
            command.args(["--skip", test.strip_prefix("process::").unwrap_or(test)]);
            report.add(place, test, Outcome::CannotRun("the long form alone asks servers".to_owned()));
        }
    }
    for (test, program) in ONLY_HERE {
        // Whoever works on this machine is asked before programs that only one test needs are installed.
        if options.all {
            install::ensure(&[Need::Program(program)])?;
        } else if let Err(error) = install::find(program) {
            command.args(["--skip", &format!("with_{test}")]);
            report.add(place, test, Outcome::NotRun(error.to_string()));
        }
    }
    announce(&command);
    let limit = if options.long { LONG_LIMIT } else { LIMIT };
    let mut ahead = None;
    TestOutput::new(report, place).run(&command, limit, |line| {
        if options.all && ahead.is_none() && line.trim_ascii_start().starts_with(b"Running ") {
            ahead = Some(Ahead::start(built_ahead(arch, options.form())));
        }
        Ok(std::io::stdout().write_all(line)?)
    })?;
    Ok(ahead)
}

/// What the tests are told by environment variables.
pub(crate) fn environment(programs: &Path, options: &Options) -> Vec<(&'static str, OsString)> {
    let mut variables = vec![
        ("RSYSCALL_PROGRAMS", programs.as_os_str().to_owned()),
        ("RSYSCALL_SERVER", programs.join("rsyscall-server").into_os_string()),
    ];
    if options.long {
        variables.push(("RSYSCALL_LONG", options.injections.to_string().into()));
        variables.push(("PROPTEST_CASES", PROPERTY_CASES.into()));
    }
    variables
}
