//! That no library crate can use a heap, nor any crate that it brings: the compiler refuses to link the crate `alloc` into
//! something without an allocator, whether it is called or not.

use crate::exec::{announce, exec};
use crate::install::{self, Need};
use crate::target::Target;
use crate::workspace;
use anyhow::{Context, Result, bail, ensure};
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

/// What the compiler says where an allocator is needed and there is none.
const NEEDS_AN_ALLOCATOR: &str = "no global memory allocator found";

/// Links all library crates of an architecture into a library without an allocator. With the crate `alloc` beside them that
/// must fail, or it would prove nothing.
pub(crate) fn check(target: &Target, libraries: &[String]) -> Result<()> {
    install::ensure(&[Need::RustTarget(target.triple)])?;
    let mut command = workspace::cargo()?;
    command.args(["build", "--quiet", "--lib", "--target", target.triple]);
    for library in libraries {
        command.args(["--package", library]);
    }
    exec(&mut command)?;
    let built = workspace::target_directory()?.join(target.triple).join("debug");
    if let Some(refused) = link(target, &built, libraries, "")? {
        bail!("they cannot be linked without an allocator:\n{refused}");
    }
    let refused = link(target, &built, libraries, "extern crate alloc;\n")?;
    let refused =
        refused.context("the crate alloc is linked without an allocator, so that this proves nothing")?;
    ensure!(refused.contains(NEEDS_AN_ALLOCATOR), "{refused}");
    Ok(())
}

/// What the compiler says to a library that has all of them inside, if it refuses it.
fn link(target: &Target, built: &Path, libraries: &[String], more: &str) -> Result<Option<String>> {
    let mut source = format!("#![no_std]\n{more}");
    let mut command = Command::new("rustc");
    command.args([
        "--edition",
        "2024",
        "--crate-name",
        "no_heap",
        "--crate-type",
        "staticlib",
        "-Cpanic=abort",
    ]);
    command
        .args(["--target", target.triple, "-L"])
        .arg(format!("dependency={}", built.join("deps").display()));
    for library in libraries {
        let name = library.replace('-', "_");
        writeln!(source, "extern crate {name};")?;
        command.arg("--extern").arg(format!("{name}={}", built.join(format!("lib{name}.rlib")).display()));
    }
    source += "#[panic_handler]\nfn panic(_: &core::panic::PanicInfo<'_>) -> ! {\n    loop {}\n}\n";
    command.arg("-o").arg(built.join("no_heap.a")).arg("-");
    announce(&command);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?;
    child.stdin.take().context("its input is a pipe")?.write_all(source.as_bytes())?;
    let output = child.wait_with_output()?;
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    Ok(if output.status.success() { None } else { Some(text) })
}
