//! The machines themselves: what comes back from one, and that one that fails is never taken for one that succeeded.

use crate::console::{Ended, Event};
use crate::initramfs::Initramfs;
use crate::kernel::{self, Kernel};
use crate::machine::{self, Machine};
use crate::report::Report;
use crate::target::Arch;
use anyhow::{Context, Result, ensure};
use std::path::Path;
use std::time::Duration;

/// How long a machine may run here, and how long one that hangs is waited for.
const LIMIT: Duration = Duration::from_secs(120);
const HANG_LIMIT: Duration = Duration::from_secs(15);

/// What a program in a machine left.
#[derive(Default)]
struct Left {
    output: Vec<u8>,
    errors: Vec<u8>,
    ended: Option<Ended>,
}

/// Runs the checks and adds them to a report.
pub(crate) fn add_to(report: &mut Report, arch: Arch, kernel: &Kernel) {
    let place = format!("{}, in a machine with {kernel}", arch.target().name);
    let mut check = |name: &str, check: fn(Arch, &Kernel) -> Result<()>| {
        report.check_at(&place, &format!("machine: {name}"), || check(arch, kernel));
    };
    check("output and exit status come back", |arch, kernel| {
        let left = run(arch, kernel, "printf '\\0\\377%%\\n'; echo wrong >&2; sleep 1000 & exit 42", LIMIT)?;
        ensure!(left.output == b"\0\xff%\n", "it wrote {:?}", left.output);
        ensure!(left.errors == b"wrong\n", "it wrote {:?} to its standard error", left.errors);
        ensure!(left.ended == Some(Ended::Exit(42)), "it ended with {:?}", left.ended);
        Ok(())
    });
    check("a signal that ends a program comes back", |arch, kernel| {
        let left = run(arch, kernel, "kill -9 $$", LIMIT)?;
        ensure!(left.ended == Some(Ended::Signal(9)), "it ended with {:?}", left.ended);
        Ok(())
    });
    check("a panic of the kernel is a failure that shows the console", |arch, kernel| {
        let error = failure(arch, kernel, "echo c >/proc/sysrq-trigger", LIMIT)?;
        ensure!(error.contains("Kernel panic"), "{error}");
        Ok(())
    });
    check("a hang is a failure that shows the console", |arch, kernel| {
        let error = failure(arch, kernel, "echo the last words; sleep 1000", HANG_LIMIT)?;
        ensure!(error.contains("the last words") && error.contains("said nothing"), "{error}");
        Ok(())
    });
}

/// Runs a line of shell as the machine's only program.
fn run(arch: Arch, kernel: &Kernel, line: &str, limit: Duration) -> Result<Left> {
    let shell = ["/bin/busybox", "sh", "-c", line].map(Into::into).to_vec();
    let mut initramfs = Initramfs::default();
    machine::add_init(&mut initramfs, arch, &["PATH=/bin".into()], &[shell])?;
    initramfs.file(&kernel::busybox(arch)?, Path::new("/bin/busybox"));
    initramfs.symlink("busybox", Path::new("/bin/sleep"));
    let machine = Machine { arch, image: kernel.image(arch)?, memory: 512, silence_limit: limit, limit };
    let mut left = Left::default();
    machine.run(&initramfs, |event| {
        match event {
            Event::Output(bytes) => left.output.extend_from_slice(bytes),
            Event::Errors(bytes) => left.errors.extend_from_slice(bytes),
            Event::Ended(how) => left.ended = Some(*how),
            Event::Booted | Event::Begin | Event::Done => {}
        }
        Ok(())
    })?;
    Ok(left)
}

/// What is said of a machine that must not succeed.
fn failure(arch: Arch, kernel: &Kernel, line: &str, limit: Duration) -> Result<String> {
    let error = run(arch, kernel, line, limit).err().context("the machine succeeded")?;
    Ok(format!("{error:#}"))
}
