//! Programs without std: built one package at a time, because a build of the whole workspace would unify std's features
//! into them. Their targets have `test = false` and `required-features = ["freestanding"]`, which hides them from
//! every other build.

use crate::exec::{announce, exec, output, quote};
use crate::install;
use crate::target::{Arch, Target};
use crate::workspace::{self, Program, ProgramKind};
use anyhow::{Context, Result, ensure};
use object::Endianness;
use object::elf::{FileHeader64, PT_LOAD, SHN_UNDEF};
use object::read::elf::{FileHeader, ProgramHeader};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

/// A program that was built.
#[derive(Clone)]
pub(crate) struct Built {
    /// The file to run: what is loaded, and nothing else.
    pub(crate) program: PathBuf,
    /// The same program with its symbols, as the linker left it.
    pub(crate) with_symbols: PathBuf,
}

/// Builds a freestanding program, once in the life of this process.
pub(crate) fn build(program: &Program, arch: Arch) -> Result<Built> {
    static BUILT: Mutex<BTreeMap<(String, Arch), Built>> = Mutex::new(BTreeMap::new());
    let mut all = BUILT.lock().unwrap_or_else(PoisonError::into_inner);
    let name = (program.name.clone(), arch);
    if let Some(built) = all.get(&name) {
        return Ok(built.clone());
    }
    let built = build_now(program, arch)?;
    all.insert(name, built.clone());
    Ok(built)
}

/// A build that differs in one thing, which shows what that is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Variant<'v> {
    AsItIs,
    /// Without the flag that contains this.
    Without(&'v str),
    /// With another value of a key of the profile.
    Profile(&'v str, &'v str),
}

/// Builds a variant of a program, at a place of its own; nothing where the compiler or the linker refuses it.
pub(crate) fn build_variant(program: &Program, arch: Arch, variant: &Variant<'_>) -> Result<Option<Built>> {
    let mut command = command(program, arch, variant)?;
    announce(&command);
    let output = command.output().with_context(|| format!("cannot start `{}`", quote(&command)))?;
    if output.status.success() {
        return finish(program, arch, variant).map(Some);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    // What Cargo says of what it has started, and of nothing else that may go wrong.
    ensure!(is_refusal(&said), "`{}` failed: {}\n{said}", quote(&command), output.status);
    Ok(None)
}

/// Whether the compiler, or the linker through it, has refused a program, and was not ended itself.
fn is_refusal(said: &str) -> bool {
    let could_not = |line: &str| line.starts_with("error: could not compile ");
    said.lines().any(could_not) && !said.contains("signal: ") && !said.contains("os error ")
}

fn build_now(program: &Program, arch: Arch) -> Result<Built> {
    exec(&mut command(program, arch, &Variant::AsItIs)?)?;
    finish(program, arch, &Variant::AsItIs)
}

/// The folders of a variant: Cargo's, and that of the finished programs.
fn places(variant: &Variant<'_>) -> Result<(PathBuf, &'static str)> {
    let (place, programs) = match variant {
        Variant::AsItIs => ("freestanding", "programs"),
        _ => ("freestanding-variants", "program-variants"),
    };
    Ok((workspace::target_directory()?.join(place), programs))
}

/// The command that builds a program.
fn command(program: &Program, arch: Arch, variant: &Variant<'_>) -> Result<Command> {
    let target = arch.target();
    install::ensure(&target.needs())?;
    let (target_directory, _) = places(variant)?;
    let mut command = workspace::cargo()?;
    command
        .args(["build", "--quiet", "--package", &program.package, program.kind.option(), &program.name])
        .args([
            "--profile",
            "freestanding",
            "--no-default-features",
            "--features",
            &program.features.join(","),
        ])
        .args(["--target", target.triple, "--target-dir"])
        .arg(&target_directory)
        // The symbols are for the size report; they are cut off below with everything else that is not loaded.
        .env("CARGO_PROFILE_FREESTANDING_STRIP", "none")
        .arg("--config")
        .arg(format!("target.{}.rustflags={:?}", target.triple, flags(target, variant)?))
        // These would replace the flags above, or join them.
        .env_remove(target.variable("RUSTFLAGS"))
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_ENCODED_RUSTFLAGS");
    if let Variant::Profile(key, value) = variant {
        command.arg("--config").arg(format!("profile.freestanding.{key}={value}"));
    }
    Ok(command)
}

/// Takes what was built, without what is not loaded.
fn finish(program: &Program, arch: Arch, variant: &Variant<'_>) -> Result<Built> {
    let (target_directory, programs) = places(variant)?;
    let mut with_symbols = target_directory.join(arch.target().triple).join("freestanding");
    if program.kind == ProgramKind::Example {
        with_symbols.push("examples");
    }
    with_symbols.push(&program.name);
    let trimmed = programs_directory(programs, arch)?.join(&program.name);
    trim(&with_symbols, &trimmed).with_context(|| format!("cannot trim {}", with_symbols.display()))?;
    Ok(Built { program: trimmed, with_symbols })
}

/// Builds every freestanding program of the workspace and returns the folder that holds them.
pub(crate) fn build_all(arch: Arch) -> Result<PathBuf> {
    let programs = workspace::freestanding_programs()?;
    let not_built = arch.target().packages_not_built;
    for program in programs.into_iter().filter(|program| !not_built.contains(&program.package.as_str())) {
        build(&program, arch)?;
    }
    programs_directory("programs", arch)
}

/// Where the finished programs of an architecture are.
fn programs_directory(place: &str, arch: Arch) -> Result<PathBuf> {
    let directory = workspace::target_directory()?.join(place).join(arch.target().name);
    std::fs::create_dir_all(&directory).with_context(|| format!("cannot make {}", directory.display()))?;
    Ok(directory)
}

/// What the compiler is told.
pub(crate) fn flags(target: &Target, variant: &Variant<'_>) -> Result<Vec<String>> {
    let sysroot = output(Command::new("rustc").args(["--print", "sysroot"]))?;
    let script = workspace::root()?.join("xtask/src/freestanding.ld");
    let mut flags = target.freestanding_flags(sysroot.trim());
    flags.push(format!("-Clink-arg=-T{}", script.display()));
    if let Variant::Without(part) = variant {
        flags.retain(|flag| !flag.contains(part));
    }
    Ok(flags)
}

/// Copies the program without what the kernel does not load: symbols, section headers, padding at the end.
fn trim(from: &Path, to: &Path) -> Result<()> {
    let mut bytes = std::fs::read(from)?;
    let header = FileHeader64::<Endianness>::parse(&*bytes)?;
    let endian = header.endian()?;
    let end = header
        .program_headers(endian, &*bytes)?
        .iter()
        .filter(|segment| segment.p_type(endian) == PT_LOAD)
        .map(|segment| segment.p_offset(endian) + segment.p_filesz(endian))
        .max()
        .context("it has no segment to load")?;
    let mut without_sections = *header;
    without_sections.e_shoff.set(endian, 0);
    without_sections.e_shentsize.set(endian, 0);
    without_sections.e_shnum.set(endian, 0);
    without_sections.e_shstrndx.set(endian, SHN_UNDEF);
    let header = object::bytes_of(&without_sections);
    bytes.truncate(usize::try_from(end)?);
    bytes.get_mut(..header.len()).context("it is shorter than its header")?.copy_from_slice(header);
    // A running copy must not be written to, but may be replaced, by several at a time.
    let mut copy = tempfile::NamedTempFile::new_in(to.parent().context("it has no folder")?)?;
    copy.write_all(&bytes)?;
    std::fs::set_permissions(copy.path(), std::fs::metadata(from)?.permissions())?;
    // Nobody executes what is open for writing.
    copy.into_temp_path().persist(to)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_told_from_what_else_may_go_wrong() {
        let last = "error: could not compile `a` (bin \"a\") due to 1 previous error";
        assert!(is_refusal(&format!("error: linking with `cc` failed: exit status: 1\n\n{last}\n")));
        assert!(!is_refusal("error: failed to load manifest for workspace member `/a`\n"));
        assert!(!is_refusal(&format!(
            "error: cannot write: No space left on device (os error 28)\n{last}\n"
        )));
        let killed = "error: could not compile `a` (bin \"a\")\n\nCaused by:\n  process didn't exit successfully: `rustc` (signal: 9, SIGKILL: kill)\n";
        assert!(!is_refusal(killed));
    }
}
