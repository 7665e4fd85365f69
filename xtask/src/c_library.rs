//! `cargo xtask c-library`: librsyscall, for programs in C.
//!
//! cargo makes an archive of everything that the crate could need; what its symbols do need is linked into one object,
//! which must ask nobody for anything, and that is the static library and what the shared one is linked from.

use crate::exec::{exec, output};
use crate::install::{self, Need};
use crate::report::{NotRun, Report};
use crate::target::{Arch, Target};
use crate::{linked, workspace};
use anyhow::{Context, Result, bail, ensure};
use object::elf::{DT_NEEDED, DT_SONAME, FileHeader64, PF_X, PT_GNU_STACK};
use object::read::elf::{Dyn, FileHeader, ProgramHeader};
use object::{Endianness, Object, ObjectSymbol};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Build librsyscall.a and librsyscall.so.0, put them with their header into a folder of target/c, and print which.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// The architecture, if it is not this machine's.
    #[arg(long, value_enum)]
    arch: Option<Arch>,
    /// Link C programs to each library and to the examples of such, and run them.
    #[arg(long)]
    test: bool,
}

/// What the library is for.
const SYMBOLS: [&str; 6] = [
    "rsyscall_futex_helper",
    "rsyscall_persistent_server",
    "rsyscall_raw_syscall",
    "rsyscall_server",
    "rsyscall_symbol_table",
    "rsyscall_trampoline",
];

const SONAME: &str = "librsyscall.so.0";

/// The profiles that the library must be good in: the one that it is built with, and the one without optimisation.
pub(crate) const PROFILES: [&str; 2] = ["freestanding", "dev"];

pub(crate) fn run(options: &Options) -> Result<()> {
    let arch = options.arch.map_or_else(Arch::host, Ok)?;
    if options.test {
        let mut report = Report::default();
        add_to(&mut report, arch.target());
        linked::add_to(&mut report, arch.target());
        return report.finish(NotRun::Failure);
    }
    println!("{}", build(arch.target(), "freestanding")?.display());
    Ok(())
}

/// Builds the libraries and runs a C program with each of them.
pub(crate) fn add_to(report: &mut Report, target: &Target) {
    for profile in PROFILES {
        report.check_at(target.name, &format!("library for C, profile {profile}"), || test(target, profile));
    }
}

/// Builds both libraries: the folder with them and the header.
pub(crate) fn build(target: &Target, profile: &str) -> Result<PathBuf> {
    install::ensure(&[Need::RustTarget(target.triple), Need::Program(target.ar)])?;
    let root = workspace::root()?;
    let built = workspace::target_directory()?.join("c");
    let mut command = workspace::cargo()?;
    command
        .args([
            "rustc",
            "--quiet",
            "--package",
            "rsyscall-transport-pipe",
            "--lib",
            "--crate-type",
            "staticlib",
        ])
        .args(["--features", "c-abi", "--profile", profile, "--target", target.triple, "--target-dir"])
        .arg(&built)
        .args(["--", "-Crelocation-model=pic", "-Cpanic=abort", "-Cforce-unwind-tables=no"]);
    exec(&mut command)?;
    let folder = built.join(target.name).join(profile);
    std::fs::create_dir_all(&folder)?;
    let profile_folder = if profile == "dev" { "debug" } else { profile };
    let archive = built.join(target.triple).join(profile_folder).join("librsyscall_transport_pipe.a");

    let object = folder.join("rsyscall.o");
    let mut command = linker()?;
    command
        .args(["-r", "--gc-sections", "--force-group-allocation", "-T"])
        .arg(root.join("xtask/src/c_library.ld"))
        .arg("-o")
        .arg(&object);
    for symbol in SYMBOLS {
        command.args(["-u", symbol]);
    }
    exec(command.arg(&archive))?;
    asks_for_nothing(&object)?;

    let library = folder.join("librsyscall.a");
    // The archiver would add to an old one.
    let _ = std::fs::remove_file(&library);
    exec(Command::new(target.ar).arg("rcsD").arg(&library).arg(&object))?;

    let versions = folder.join("versions");
    std::fs::write(&versions, format!("{{ global: {}; local: *; }};\n", SYMBOLS.join("; ")))?;
    let shared = folder.join(SONAME);
    exec(
        linker()?
            .args([
                "-shared",
                "-soname",
                SONAME,
                "-Bsymbolic",
                "--gc-sections",
                "--no-undefined",
                "--strip-all",
            ])
            .args(["-z", "now", "-z", "noexecstack", "-z", "text", "--version-script"])
            .arg(&versions)
            .arg("-o")
            .arg(&shared)
            .arg(&object),
    )?;
    is_a_library(&shared)?;
    std::fs::copy(root.join("transport-pipe/c/rsyscall.h"), folder.join("rsyscall.h"))?;
    Ok(folder)
}

/// rustc's own linker.
fn linker() -> Result<Command> {
    let directory = output(Command::new("rustc").args(["--print", "target-libdir"]))?;
    let linker = Path::new(directory.trim()).with_file_name("bin").join("rust-lld");
    let mut command = Command::new(linker);
    command.args(["-flavor", "gnu"]);
    Ok(command)
}

/// No symbol of an object may be somebody else's.
fn asks_for_nothing(path: &Path) -> Result<()> {
    let bytes = std::fs::read(path)?;
    let file = object::File::parse(&*bytes)?;
    let undefined: Vec<_> = file
        .symbols()
        .filter(|symbol| symbol.is_undefined())
        .filter_map(|symbol| symbol.name().ok())
        .collect();
    let undefined: Vec<_> = undefined.into_iter().filter(|name| !name.is_empty()).collect();
    if !undefined.is_empty() {
        bail!("{} asks for {}", path.display(), undefined.join(", "));
    }
    Ok(())
}

/// A shared library with this soname, these symbols, no other libraries, and a stack that is not executed.
fn is_a_library(path: &Path) -> Result<()> {
    let bytes = std::fs::read(path)?;
    let file = object::File::parse(&*bytes)?;
    let mut exports: Vec<_> = file.dynamic_symbols().filter_map(|symbol| symbol.name().ok()).collect();
    exports.retain(|name| !name.is_empty());
    exports.sort_unstable();
    ensure!(exports == SYMBOLS, "it exports {}", exports.join(", "));
    let header = FileHeader64::<Endianness>::parse(&*bytes)?;
    let endian = header.endian()?;
    let segments = header.program_headers(endian, &*bytes)?;
    let stack = segments.iter().find(|segment| segment.p_type(endian) == PT_GNU_STACK);
    let stack = stack.context("it does not say whether the stack is executed")?;
    ensure!(!stack.p_flags(endian).contains(PF_X), "its stack is executed");
    let mut sonames = 0;
    for segment in segments {
        for entry in segment.dynamic(endian, &*bytes)?.into_iter().flatten() {
            let tag = entry.d_tag(endian);
            ensure!(tag != DT_NEEDED, "it needs another library");
            sonames += usize::from(tag == DT_SONAME);
        }
    }
    ensure!(sonames == 1, "it has {sonames} sonames");
    Ok(())
}

/// Links a C program to each library and runs it, under emulation if it is not this machine's.
fn test(target: &Target, profile: &str) -> Result<()> {
    let folder = build(target, profile)?;
    install::ensure(&[Need::Program(target.c_compiler)])?;
    let source = workspace::root()?.join("transport-pipe/c/test.c");
    for library in ["librsyscall.a", SONAME] {
        let program = folder.join(format!("test-{library}"));
        let mut command = Command::new(target.c_compiler);
        command.args(["-O2", "-Wall", "-Wextra", "-Werror"]);
        if profile != "dev" {
            command.arg("-DSMALL=1");
        }
        if library == "librsyscall.a" {
            command.arg("-static");
        }
        command.arg("-I").arg(&folder).arg(&source).arg(folder.join(library));
        command.arg(format!("-Wl,-rpath,{}", folder.display())).arg("-o").arg(&program);
        exec(&mut command)?;
        exec(&mut runs(&program, target)?)?;
    }
    Ok(())
}

/// A command that runs a C program, under emulation if it is not this machine's.
pub(crate) fn runs(program: &Path, target: &Target) -> Result<Command> {
    if target.is_host() {
        return Ok(Command::new(program));
    }
    install::ensure(&[Need::Program(target.qemu_user)])?;
    let mut run = Command::new(target.qemu_user);
    run.args(["-L", &format!("/usr/{}-linux-gnu", target.name)]).arg(program);
    Ok(run)
}
