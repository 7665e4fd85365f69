//! `cargo xtask vm` itself: what comes back from a machine, and that one that fails is never taken for one that succeeded.

use crate::kernel::{self, Kernel};
use crate::report::Report;
use crate::target::Arch;
use crate::vm::MACHINE_FAILED;
use crate::workspace;
use anyhow::{Result, anyhow, ensure};
use std::process::Command;
use std::thread;

/// How many seconds a machine may run here.
const LIMIT: u32 = 900;
/// How many seconds one that hangs runs; the second time, where a busy computer has not booted it in the first.
const HANG_LIMITS: [u32; 2] = [40, 400];
const LAST_WORDS: &str = "the last words";

/// What the command left.
struct Left {
    status: Option<i32>,
    output: Vec<u8>,
    errors: String,
}

/// Runs the checks and adds them to a report.
pub(crate) fn add_to(report: &mut Report, arch: Arch, kernel: &Kernel) {
    let place = format!("{}, in a machine with {kernel}", arch.target().name);
    let mut check = |name: &str, check: &dyn Fn() -> Result<()>| {
        report.check_at(&place, &format!("machine: {name}"), check);
    };
    let in_machine = |line: &str| vm(arch, kernel, LIMIT, &[], line);
    thread::scope(|scope| {
        // It does nothing, and the others go on meanwhile.
        let hang = scope.spawn(|| {
            let [first, second] = HANG_LIMITS.map(|limit| {
                move || vm(arch, kernel, limit, &[], &format!("echo {LAST_WORDS}; busybox sleep 1000"))
            });
            let left = first()?;
            if left.errors.contains(LAST_WORDS) { Ok(left) } else { second() }
        });
        check("output, exit status, files and variables", &|| {
            let file = workspace::root()?.join("LICENSE-MIT").display().to_string();
            let options = ["--file", &file, "--file", &format!("{file}:/there/text"), "--env", "WORD=a b"];
            let line = format!(
                "printf '\\0\\377%%\\n'; busybox cmp {file} /there/text && busybox wc -c </there/text;
                 echo \"$WORD\" >&2; busybox sleep 1000 & exit 42"
            );
            let left = vm(arch, kernel, LIMIT, &options, &line)?;
            let length = std::fs::metadata(&file)?.len();
            let output = [b"\0\xff%\n", format!("{length}\n").as_bytes()].concat();
            let written = String::from_utf8_lossy(&left.output);
            ensure!(left.output == output, "it wrote {written:?}: {}", left.errors);
            ensure!(left.errors == "a b\n", "it wrote {:?} to its standard error", left.errors);
            ensure!(left.status == Some(42), "it ended with {:?}", left.status);
            Ok(())
        });
        check("a signal that ends a program", &|| {
            let left = in_machine("kill -9 $$")?;
            ensure!(left.status == Some(128 + 9), "it ended with {:?}: {}", left.status, left.errors);
            Ok(())
        });
        check("a panic of the kernel is a failure that shows the console", &|| {
            has_failed(&in_machine("echo c >/proc/sysrq-trigger")?, &["Kernel panic"])
        });
        let hang = hang.join().unwrap_or_else(|_| Err(anyhow!("it panicked")));
        check("a hang is a failure that shows the console", &|| {
            let left = hang.as_ref().map_err(|error| anyhow!("{error:#}"))?;
            has_failed(left, &[LAST_WORDS, "said nothing"])
        });
    });
}

fn has_failed(left: &Left, shown: &[&str]) -> Result<()> {
    ensure!(left.status == Some(MACHINE_FAILED.into()), "it ended with {:?}: {}", left.status, left.errors);
    ensure!(shown.iter().all(|shown| left.errors.contains(shown)), "it said {:?}", left.errors);
    Ok(())
}

/// Has the command run a line of shell in a machine.
fn vm(arch: Arch, kernel: &Kernel, limit: u32, options: &[&str], line: &str) -> Result<Left> {
    let mut command = Command::new(std::env::current_exe()?);
    command
        .args(["vm", "--arch", arch.target().name, "--kernel"])
        .arg(kernel.argument())
        .args(["--memory", "512", "--time-limit", &limit.to_string()])
        .args(options)
        .arg("--")
        .arg(kernel::busybox(arch)?)
        .args(["sh", "-c", line]);
    let left = command.output()?;
    let errors = String::from_utf8_lossy(&left.stderr).into_owned();
    Ok(Left { status: left.status.code(), output: left.stdout, errors })
}
