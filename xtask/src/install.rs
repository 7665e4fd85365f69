//! What the steps need beside the Rust toolchain, and how it gets onto the machine.

use crate::ahead;
use crate::exec::{exec, output};
use anyhow::{Result, bail};
use std::path::Path;
use std::process::Command;
use std::sync::Once;

/// Something that a step needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    /// A target of the Rust toolchain.
    RustTarget(&'static str),
    /// A component of the Rust toolchain.
    RustComponent(&'static str),
    /// A program, which [`PACKAGES`] knows the package of.
    Program(&'static str),
}

/// Programs, and the Debian packages that have them and what they need.
const PACKAGES: &[(&str, &[&str])] = &[
    ("qemu-aarch64-static", &["qemu-user-static"]),
    ("qemu-riscv64-static", &["qemu-user-static"]),
    ("qemu-x86_64-static", &["qemu-user-static"]),
    ("qemu-system-aarch64", &["qemu-system-arm"]),
    ("qemu-system-x86_64", &["qemu-system-x86"]),
    ("x86_64-linux-gnu-ar", &["binutils-x86-64-linux-gnu"]),
    ("aarch64-linux-gnu-ar", &["binutils-aarch64-linux-gnu"]),
    ("riscv64-linux-gnu-ar", &["binutils-riscv64-linux-gnu"]),
    ("c++", &["g++"]),
    ("x86_64-linux-gnu-gcc", &["gcc-x86-64-linux-gnu", "libc6-dev-amd64-cross"]),
    ("aarch64-linux-gnu-gcc", &["gcc-aarch64-linux-gnu", "libc6-dev-arm64-cross"]),
    ("riscv64-linux-gnu-gcc", &["gcc-riscv64-linux-gnu", "libc6-dev-riscv64-cross"]),
    ("strace", &["strace"]),
    ("objdump", &["binutils"]),
    ("sshd", &["openssh-server", "openssh-client"]),
    ("python3", &["python3"]),
    ("node", &["nodejs"]),
    ("java", &["default-jdk-headless"]),
    ("redis-server", &["redis-server"]),
    ("nginx", &["nginx-light"]),
    ("caddy", &["caddy"]),
    ("postgres", &["postgresql"]),
    ("x86_64-linux-gnu-objdump", &["binutils-x86-64-linux-gnu"]),
    ("aarch64-linux-gnu-objdump", &["binutils-aarch64-linux-gnu"]),
    ("riscv64-linux-gnu-objdump", &["binutils-riscv64-linux-gnu"]),
];

/// Installs what is missing, or fails with the command to type.
pub(crate) fn ensure(needs: &[Need]) -> Result<()> {
    for need in needs {
        match *need {
            Need::RustTarget(triple) => rust_target(triple)?,
            Need::RustComponent(component) => rust_component(component)?,
            Need::Program(program) => debian_program(program)?,
        }
    }
    Ok(())
}

fn rust_target(triple: &str) -> Result<()> {
    let libraries = output(Command::new("rustc").args(["--print", "target-libdir", "--target", triple]))?;
    if Path::new(libraries.trim()).is_dir() {
        return Ok(());
    }
    not_ahead()?;
    rustup(["target", "add", triple])
}

fn rust_component(component: &str) -> Result<()> {
    let program = format!("cargo-{}", component.trim_start_matches("rust"));
    if on_path(&program) && output(Command::new(&program).arg("--version")).is_ok() {
        return Ok(());
    }
    not_ahead()?;
    rustup(["component", "add", component])
}

/// Two installations at a time would be in each other's way.
fn not_ahead() -> Result<()> {
    if ahead::is_ahead() {
        bail!("nothing is installed ahead");
    }
    Ok(())
}

fn rustup(arguments: [&str; 3]) -> Result<()> {
    if !on_path("rustup") {
        bail!("`rustup {}` is needed, and there is no rustup", arguments.join(" "));
    }
    exec(Command::new("rustup").args(arguments))
}

/// Fails with the command to type if a program is missing.
pub(crate) fn find(program: &str) -> Result<()> {
    if on_path(program) {
        return Ok(());
    }
    let Some(packages) = packages(program) else { bail!("{program} is not installed") };
    bail!(
        "{program} is not installed; run `sudo apt-get install --no-install-recommends {}`",
        packages.join(" ")
    )
}

fn packages(program: &str) -> Option<&'static [&'static str]> {
    PACKAGES.iter().find(|(name, _)| *name == program).map(|(_, packages)| *packages)
}

fn debian_program(program: &str) -> Result<()> {
    let Err(missing) = find(program) else { return Ok(()) };
    not_ahead()?;
    let packages = match packages(program) {
        Some(packages) if rustix::process::geteuid().is_root() && on_path("apt-get") => packages,
        _ => return Err(missing),
    };
    let update = || exec(apt_get().arg("update"));
    let install = || {
        let mut command = apt_get();
        command.args(["install", "--yes", "--no-install-recommends"]).args(packages);
        // A package that has a service is not to start it.
        exec(command.env("DEBIAN_FRONTEND", "noninteractive").env("RUNLEVEL", "1"))
    };
    static UPDATE: Once = Once::new();
    let mut updated = Ok(());
    UPDATE.call_once(|| updated = update());
    // What a mirror has may change between its index and its packages.
    updated.and_then(|()| install()).or_else(|_| update().and_then(|()| install()))
}

fn apt_get() -> Command {
    let mut command = Command::new("apt-get");
    command.args(["--quiet", "--quiet", "-o", "Acquire::Retries=5"]);
    // Somebody else may be installing something.
    command.args(["-o", "DPkg::Lock::Timeout=600"]);
    command
}

/// Whether a program of this name can be started.
pub(crate) fn on_path(program: &str) -> bool {
    let Some(path) = std::env::var_os("PATH") else { return false };
    // Daemons are kept where an ordinary user's path does not look, and some where nobody's does.
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let folders = std::env::split_paths(&path)
        .chain(["/usr/sbin".into()])
        .chain(versions.map(|version| version.path().join("bin")));
    folders.map(|folder| folder.join(program)).any(|path| path.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::TARGETS;

    #[test]
    fn what_is_there_is_found() {
        assert!(on_path("cargo"));
        assert!(!on_path("no-such-program"));
        ensure(&[Need::Program("cargo")]).unwrap();
    }

    #[test]
    fn what_nobody_packages_is_named() {
        let error = ensure(&[Need::Program("no-such-program")]).unwrap_err().to_string();
        assert_eq!(error, "no-such-program is not installed");
    }

    #[test]
    fn every_emulator_has_a_package() {
        for target in &TARGETS {
            assert!(PACKAGES.iter().any(|(program, _)| *program == target.qemu_user), "{}", target.qemu_user);
        }
    }
}
