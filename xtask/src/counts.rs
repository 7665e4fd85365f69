//! `cargo xtask counts`: what is a number and not a time, counted exactly.

use crate::bench;
use crate::built_tests::Form;
use crate::console::{Ended, Event};
use crate::exec::{announce, output};
use crate::freestanding;
use crate::initramfs::Initramfs;
use crate::kernel::{Kernel, SERIES};
use crate::machine::{self, Machine};
use crate::measured::{Count, Measured};
use crate::report::{NotRun, Outcome, Report};
use crate::target::{Arch, Target};
use anyhow::{Context, Result, bail, ensure};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// Count the instructions and the bytes of stack that operations take, by stepping through them.
///
/// Instructions outside of the kernel, of the process that makes the call, once it is warm. Another architecture's are
/// counted in a virtual machine.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Only what has this in its name.
    #[arg(default_value = "")]
    filter: String,
    /// Fail if something takes more than its ceiling.
    #[arg(long)]
    check: bool,
    /// On this architecture.
    #[arg(long, value_enum)]
    arch: Option<Arch>,
}

/// What an operation may take at most, so that it does not grow unseen: a little more than what it takes. Whoever makes it
/// less lowers that.
struct Ceiling {
    what: &'static str,
    instructions: u64,
    /// Bytes, where they are promised.
    stack: Option<u64>,
}

const fn ceiling(what: &'static str, instructions: u64, stack: Option<u64>) -> Ceiling {
    Ceiling { what, instructions, stack }
}

const CEILINGS_OF_X86_64: [Ceiling; 16] = [
    ceiling("local call", 18, Some(32)),
    ceiling("pipe call", 270, Some(1600)),
    ceiling("pipe, 1 in flight", 1800, Some(2304)),
    ceiling("pipe, 8 in flight", 2520, None),
    ceiling("pipe, one call more in a batch", 64, None),
    ceiling("pipe, read 8 B", 190, None),
    ceiling("pipe in band, read 8 B", 2130, None),
    ceiling("ptrace call", 222, Some(640)),
    ceiling("ptrace call, shared code page", 252, None),
    ceiling("ptrace, one call more in a batch", 164, None),
    ceiling("ptrace, read 8 B", 44, None),
    ceiling("base server, one request", 70, Some(128)),
    ceiling("server with extensions, one request", 210, Some(2400)),
    ceiling("server with extensions, one call more in a batch", 94, Some(2400)),
    ceiling("server program, one request", 124, None),
    ceiling("server program, one call more in a batch", 42, None),
];

/// Calls in flight are not counted there: nobody can step through a lock that is taken by exclusive accesses.
const CEILINGS_OF_AARCH64: [Ceiling; 14] = [
    ceiling("local call", 18, Some(32)),
    ceiling("pipe call", 294, Some(1600)),
    ceiling("pipe, one call more in a batch", 108, None),
    ceiling("pipe, read 8 B", 170, None),
    ceiling("pipe in band, read 8 B", 2060, None),
    ceiling("ptrace call", 420, Some(1600)),
    ceiling("ptrace call, shared code page", 244, None),
    ceiling("ptrace, one call more in a batch", 160, None),
    ceiling("ptrace, read 8 B", 44, None),
    ceiling("base server, one request", 62, Some(128)),
    ceiling("server with extensions, one request", 206, Some(2560)),
    ceiling("server with extensions, one call more in a batch", 100, Some(2560)),
    ceiling("server program, one request", 110, None),
    ceiling("server program, one call more in a batch", 37, None),
];

/// Those of an architecture; nothing where none are known.
const fn ceilings(arch: Arch) -> &'static [Ceiling] {
    match arch {
        Arch::X86_64 => &CEILINGS_OF_X86_64,
        Arch::Aarch64 => &CEILINGS_OF_AARCH64,
        Arch::Riscv64 => &[],
    }
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let arch = options.arch.unwrap_or(Arch::host()?);
    let counts = counts(arch, &options.filter)?;
    let measured = Measured { counts, ..Measured::default() };
    print!("{}", measured.counts_in_text());
    let mut report = Report::default();
    judge(&mut report, arch, &measured.counts);
    if options.check { report.finish(NotRun::Failure) } else { Ok(()) }
}

/// Counts on this machine, and adds what has a ceiling to a report.
pub(crate) fn add_to(report: &mut Report) -> Result<()> {
    let host = Arch::host()?;
    let counts = counts(host, "")?;
    let is_counted = |what| counts.iter().any(|count| count.what == what);
    if let Some(Ceiling { what, .. }) = ceilings(host).iter().find(|ceiling| !is_counted(ceiling.what)) {
        bail!("there is a ceiling for `{what}`, which was not counted");
    }
    judge(report, host, &counts);
    Ok(())
}

fn judge(report: &mut Report, arch: Arch, counts: &[Count]) {
    let ceilings = ceilings(arch);
    if ceilings.is_empty() {
        let reason = "the counts of this architecture have no ceilings".to_owned();
        report.add(arch.target().name, "counts", Outcome::CannotRun(reason));
    }
    for Ceiling { what, instructions, stack } in ceilings {
        let Some(count) = counts.iter().find(|count| count.what == *what) else { continue };
        let too_deep = stack.is_some_and(|most| count.stack.is_none_or(|taken| taken > most));
        let outcome = if count.instructions > *instructions {
            Outcome::Failed(format!("{} instructions, and may take {instructions}", count.instructions))
        } else if too_deep {
            Outcome::Failed(format!("{:?} bytes of stack, and may take {stack:?}", count.stack))
        } else {
            Outcome::Passed
        };
        report.add(arch.target().name, &format!("count: {what}"), outcome);
    }
}

/// Counts what has the filter in its name.
pub(crate) fn counts(arch: Arch, filter: &str) -> Result<Vec<Count>> {
    let json = if arch == Arch::host()? {
        let programs = freestanding::build_all(arch)?;
        let mut command = Command::new(bench::build(None)?);
        command.args(["--counts", filter]).env("RSYSCALL_PROGRAMS", &programs);
        command.env("RSYSCALL_SERVER", programs.join("rsyscall-server"));
        announce(&command);
        output(&mut command)?
    } else {
        in_machine(arch.target(), filter)?
    };
    let measured: Measured = serde_json::from_str(&json).context("what it counted is no record")?;
    ensure!(!measured.counts.is_empty(), "nothing has \"{filter}\" in its name");
    Ok(measured.counts)
}

/// How long the machine may run: every instruction there is stopped behind takes it some time.
const LIMIT: Duration = Duration::from_secs(1800);

fn in_machine(target: &Target, filter: &str) -> Result<String> {
    let program = bench::build(Some(target))?;
    let programs = freestanding::build_all(target.arch)?;

    let there = Path::new("/bin/bench");
    let arguments = [there.as_os_str(), "--counts".as_ref(), filter.as_ref()].map(Into::into).to_vec();
    let environment = ["RSYSCALL_PROGRAMS=/bin".into(), "RSYSCALL_SERVER=/bin/rsyscall-server".into()];
    let mut initramfs = Initramfs::default();
    machine::add_init(&mut initramfs, target.arch, &environment, &[arguments])?;
    initramfs.file(&program, there);
    for name in ["rsyscall-server", "base-server", "extended-server"] {
        initramfs.file(&programs.join(name), &Path::new("/bin").join(name));
    }
    let [.., newest] = SERIES;
    let image = Kernel::Series(newest.to_owned()).image(target.arch)?;
    let machine = Machine {
        arch: target.arch,
        image,
        memory: 1024,
        form: Form::Short,
        silence_limit: LIMIT,
        limit: LIMIT,
    };
    let (mut text, mut ended) = (Vec::new(), None);
    machine.run(&initramfs, |event| {
        match event {
            Event::Output(bytes) => text.extend_from_slice(bytes),
            Event::Errors(bytes) => eprint!("{}", String::from_utf8_lossy(bytes)),
            Event::Ended(how) => ended = Some(*how),
            Event::Booted | Event::Begin | Event::Done => {}
        }
        Ok(())
    })?;
    ensure!(ended == Some(Ended::Exit(0)), "it ended with {ended:?}");
    String::from_utf8(text).context("it wrote no UTF-8")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_instruction_and_one_byte_too_many_are_seen() {
        let judged = |instructions, stack| {
            let mut report = Report::default();
            let what = "local call".to_owned();
            judge(&mut report, Arch::X86_64, &[Count { what, instructions, stack }]);
            report.finish(NotRun::Failure)
        };
        judged(18, Some(32)).unwrap();
        judged(19, Some(32)).unwrap_err();
        judged(18, Some(33)).unwrap_err();
        judged(18, None).unwrap_err();
    }
}
