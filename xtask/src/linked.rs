//! The examples in C that link a library of ours or one with ours inside: they are built, run, and asked.

use crate::c_library::{build, runs};
use crate::exec::exec;
use crate::install::{self, Need};
use crate::report::Report;
use crate::target::{Arch, Target};
use crate::workspace;
use anyhow::{Context, Result, ensure};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

const PROFILE: &str = "freestanding";
/// A request of the protocol beyond the base: version 1, all features.
const HELLO: i64 = -1001;
const FEATURES: i64 = 7;
const ENOSYS: i64 = 38;

/// Builds the examples, runs them, and asks them what such programs are asked.
pub(crate) fn add_to(report: &mut Report, target: &Target) {
    report.check_at(target.name, "a C program that links librsyscall.a and serves", || serves(target));
    report.check_at(target.name, "a C program that links a Rust library of its own", || embeds(target));
}

/// The base loop: calls are made in the program, and its end is the end of the input.
fn serves(target: &Target) -> Result<()> {
    let library = build(target, PROFILE)?;
    let program = link(target, &library, "linked/serve.c", &library.join("librsyscall.a"))?;
    let mut child = start(&mut runs(&program, target)?)?;
    ensure!(ask(&mut child, [getpid(target.arch), 0, 0])? == i64::from(child.id()), "it is another process");
    ensure!(ask(&mut child, [HELLO, 1, FEATURES])? == -ENOSYS, "librsyscall has no extensions");
    let output = end(child)?;
    ensure!(output.status.success(), "it ended with {}", output.status);

    let mut child = start(&mut runs(&program, target)?)?;
    child.stdin.as_mut().context("its input is a pipe")?.write_all(b"half a request")?;
    let output = end(child)?;
    let text = String::from_utf8_lossy(&output.stderr);
    ensure!(
        output.status.code() == Some(1) && text == "serve: Protocol error\n",
        "{}: {text}",
        output.status
    );
    Ok(())
}

/// `Local` reads a file, and the server has its extensions.
fn embeds(target: &Target) -> Result<()> {
    let library = workspace::program("embedded")?.context("the workspace has the example embedded")?;
    let built = workspace::target_directory()?.join("c");
    let mut command = workspace::cargo()?;
    command
        .args(["build", "--quiet", "--package", &library.package, library.kind.option(), &library.name])
        .args(["--no-default-features", "--features", &library.features.join(",")])
        .args(["--profile", PROFILE, "--target", target.triple, "--target-dir"])
        .arg(&built);
    exec(&mut command)?;
    let archive = built.join(target.triple).join(PROFILE).join("examples/libembedded.a");
    let folder = build(target, PROFILE)?;
    let program = link(target, &folder, "embedded/main.c", &archive)?;

    let file = folder.join("near");
    std::fs::write(&file, "near\n")?;
    let mut child = start(runs(&program, target)?.arg(&file))?;
    ensure!(ask(&mut child, [getpid(target.arch), 0, 0])? == i64::from(child.id()), "it is another process");
    let word = ask(&mut child, [HELLO, 1, FEATURES])?;
    ensure!(word & 0xff == 1 && word >> 16 == FEATURES, "it grants {word:#x}");
    let output = end(child)?;
    let text = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success() && text == "embedded: near\n", "{}: {text}", output.status);

    let output = end(start(runs(&program, target)?.arg("/no/such/file"))?)?;
    let text = String::from_utf8_lossy(&output.stderr);
    let expected = "embedded: /no/such/file: No such file or directory\n";
    ensure!(output.status.code() == Some(1) && text == expected, "{}: {text}", output.status);
    Ok(())
}

/// Compiles an example and links it to a static library: the program.
fn link(target: &Target, folder: &Path, source: &str, library: &Path) -> Result<PathBuf> {
    install::ensure(&[Need::RustTarget(target.triple), Need::Program(target.c_compiler)])?;
    let source = workspace::root()?.join("tests/examples").join(source);
    let name = source.file_stem().context("a source has a name")?;
    let program = folder.join(name);
    let mut command = Command::new(target.c_compiler);
    command.args(["-O2", "-Wall", "-Wextra", "-Werror", "-I"]).arg(folder).arg(&source).arg(library);
    exec(command.arg("-o").arg(&program))?;
    Ok(program)
}

fn start(command: &mut Command) -> Result<Child> {
    let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().context("cannot start the program")
}

/// One request, three words of which are not zero, and its answer.
fn ask(child: &mut Child, words: [i64; 3]) -> Result<i64> {
    let [number, first, second] = words;
    let request: Vec<u8> =
        [number, first, second, 0, 0, 0, 0].into_iter().flat_map(i64::to_le_bytes).collect();
    child.stdin.as_mut().context("its input is a pipe")?.write_all(&request)?;
    let mut answer = [0; 8];
    child.stdout.as_mut().context("its output is a pipe")?.read_exact(&mut answer)?;
    Ok(i64::from_le_bytes(answer))
}

/// Ends the program's input, and waits for its end.
fn end(child: Child) -> Result<Output> {
    // Its input is closed first.
    Ok(child.wait_with_output()?)
}

const fn getpid(arch: Arch) -> i64 {
    match arch {
        Arch::X86_64 => 39,
        Arch::Aarch64 | Arch::Riscv64 => 172,
    }
}
