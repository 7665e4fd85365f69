//! Everything that differs between the architectures that are built for, in one table.

use crate::install::Need;
use anyhow::{Context, Result};
use clap::ValueEnum;
use std::process::Command;

/// An architecture that programs and tests are built for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
#[value(rename_all = "snake_case")]
pub(crate) enum Arch {
    /// 64-bit x86.
    #[value(name = "x86_64")]
    X86_64,
    /// 64-bit Arm.
    Aarch64,
    /// 64-bit RISC-V.
    Riscv64,
}

/// What has to be known to build for an architecture and to run what was built.
pub(crate) struct Target {
    pub(crate) arch: Arch,
    /// The architecture's name in triples and in the names of QEMU's programs.
    pub(crate) name: &'static str,
    /// The target of static programs, with std or without.
    pub(crate) triple: &'static str,
    /// The linker of programs with std, which has to be installed if it is not rustc's own.
    pub(crate) linker: Linker,
    /// The compiler of C programs, for the library for C.
    pub(crate) c_compiler: &'static str,
    /// The archiver that goes with it.
    pub(crate) ar: &'static str,
    /// Packages that this architecture does not have.
    pub(crate) packages_not_built: &'static [&'static str],
    /// Packages whose tests it does not have, because they need one of those.
    pub(crate) packages_not_tested: &'static [&'static str],
    /// Runs one program of this architecture on another.
    pub(crate) qemu_user: &'static str,
    /// A whole machine, where Debian has a kernel for it.
    pub(crate) machine: Option<MachineKind>,
    /// What a size budget for x86_64 is multiplied by, in percent.
    pub(crate) size_budget_percent: u64,
}

/// What links a program with std.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Linker {
    /// rustc's own, with the start files and the libc that come with the Rust target: no cross compiler is needed.
    Rust,
    /// A cross compiler, with the libc in this folder. For Rust targets that come without one.
    Cross { program: &'static str, libc: &'static str },
}

/// How a machine of an architecture is made and what its kernel is called.
pub(crate) struct MachineKind {
    /// QEMU's program that emulates it.
    pub(crate) qemu_system: &'static str,
    /// The kind of machine, as QEMU calls it.
    pub(crate) machine: &'static str,
    /// The kind of processor.
    pub(crate) processor: &'static str,
    /// The one that the long form runs on.
    pub(crate) processor_of_long: &'static str,
    /// The kernel's name of the serial port.
    pub(crate) console: &'static str,
    /// Debian's name of the architecture.
    pub(crate) debian: &'static str,
}

pub(crate) const TARGETS: [Target; 3] = [
    Target {
        arch: Arch::X86_64,
        name: "x86_64",
        triple: "x86_64-unknown-linux-musl",
        linker: Linker::Rust,
        c_compiler: "x86_64-linux-gnu-gcc",
        ar: "x86_64-linux-gnu-ar",
        packages_not_built: &[],
        packages_not_tested: &[],
        qemu_user: "qemu-x86_64-static",
        machine: Some(MachineKind {
            qemu_system: "qemu-system-x86_64",
            machine: "pc",
            processor: "max",
            processor_of_long: "max",
            console: "ttyS0",
            debian: "amd64",
        }),
        size_budget_percent: 100,
    },
    Target {
        arch: Arch::Aarch64,
        name: "aarch64",
        triple: "aarch64-unknown-linux-musl",
        linker: Linker::Rust,
        c_compiler: "aarch64-linux-gnu-gcc",
        ar: "aarch64-linux-gnu-ar",
        packages_not_built: &[],
        packages_not_tested: &[],
        qemu_user: "qemu-aarch64-static",
        machine: Some(MachineKind {
            qemu_system: "qemu-system-aarch64",
            machine: "virt,gic-version=max,mte=on",
            // Pointer authentication by its real algorithm would take most of the time.
            processor: "max,pauth-impdef=on",
            // By any algorithm it takes a quarter of it, nearly all in functions of the kernel.
            processor_of_long: "max,pauth=off",
            console: "ttyAMA0",
            debian: "arm64",
        }),
        size_budget_percent: 125,
    },
    Target {
        arch: Arch::Riscv64,
        name: "riscv64",
        triple: "riscv64gc-unknown-linux-gnu",
        linker: Linker::Cross { program: "riscv64-linux-gnu-gcc", libc: "/usr/riscv64-linux-gnu/lib" },
        c_compiler: "riscv64-linux-gnu-gcc",
        ar: "riscv64-linux-gnu-ar",
        packages_not_built: &["rsyscall-transport-ptrace"],
        packages_not_tested: &["rsyscall-transport-ptrace", "rsyscall-tests"],
        qemu_user: "qemu-riscv64-static",
        machine: None,
        size_budget_percent: 125,
    },
];

/// Where the library crates must build, without linking: `core` alone where there is no operating system.
pub(crate) const CORE_ONLY_TRIPLES: [&str; 1] = ["x86_64-unknown-none"];
/// Where every library crate must build, without linking, beside the triples of the table.
pub(crate) const LIBRARY_TRIPLES: [&str; 1] = ["x86_64-unknown-linux-gnu"];
/// An architecture that nobody has added.
pub(crate) const UNKNOWN_TRIPLE: &str = "i686-unknown-linux-musl";

/// The smallest static program: no start files, no unwinding tables, addresses fixed by the linker script, and no
/// constants kept in registers that have to be saved for it.
const FREESTANDING: [&str; 11] = [
    "-Clinker=rust-lld",
    "-Clink-self-contained=no",
    "-Ctarget-feature=+crt-static",
    "-Crelocation-model=static",
    "-Cforce-unwind-tables=no",
    "-Cllvm-args=-disable-machine-licm",
    "-Clink-arg=--build-id=none",
    "-Clink-arg=--no-eh-frame-hdr",
    "-Clink-arg=--strip-debug",
    "-Clink-arg=-znognustack",
    "-Clink-arg=--orphan-handling=error",
];

impl Arch {
    pub(crate) fn target(self) -> &'static Target {
        match self {
            Self::X86_64 => &TARGETS[0],
            Self::Aarch64 => &TARGETS[1],
            Self::Riscv64 => &TARGETS[2],
        }
    }

    /// The program that disassembles its programs.
    pub(crate) fn objdump(self) -> Result<&'static str> {
        Ok(match (self, Self::host()?) {
            (arch, host) if arch == host => "objdump",
            (Self::X86_64, _) => "x86_64-linux-gnu-objdump",
            (Self::Aarch64, _) => "aarch64-linux-gnu-objdump",
            (Self::Riscv64, _) => "riscv64-linux-gnu-objdump",
        })
    }

    /// What its virtual machines are made of.
    pub(crate) fn machine(self) -> Result<&'static MachineKind> {
        let target = self.target();
        target.machine.as_ref().with_context(|| format!("there is no kernel to boot for {}", target.name))
    }

    /// The architecture that this program itself was built for.
    pub(crate) fn host() -> Result<Self> {
        TARGETS
            .iter()
            .find(|target| target.name == std::env::consts::ARCH)
            .map(|target| target.arch)
            .with_context(|| format!("{} is no architecture of xtask/src/target.rs", std::env::consts::ARCH))
    }
}

impl Target {
    /// Whether this machine runs the target's programs itself.
    pub(crate) fn is_host(&self) -> bool {
        self.name == std::env::consts::ARCH
    }

    /// Makes a cargo command build programs with std for this target.
    pub(crate) fn with_std(&self, command: &mut Command) {
        let flags = match self.linker {
            Linker::Rust => {
                "-Clinker=rust-lld -Clink-self-contained=yes -Ctarget-feature=+crt-static".to_owned()
            }
            Linker::Cross { program, .. } => format!("-Clinker={program} -Ctarget-feature=+crt-static"),
        };
        // The examples in the documentation are linked by the documentation's compiler.
        command.env(self.variable("RUSTFLAGS"), &flags).env(self.variable("RUSTDOCFLAGS"), flags);
    }

    /// What building for this target needs on the machine.
    pub(crate) fn needs(&self) -> Vec<Need> {
        let mut needs = vec![Need::RustTarget(self.triple)];
        if let Linker::Cross { program, .. } = self.linker {
            needs.push(Need::Program(program));
        }
        needs
    }

    /// The flags for a program without std; the linker script is the caller's.
    pub(crate) fn freestanding_flags(&self, sysroot: &str) -> Vec<String> {
        let libc = match self.linker {
            Linker::Rust => format!("{sysroot}/lib/rustlib/{}/lib/self-contained", self.triple),
            Linker::Cross { libc, .. } => libc.to_owned(),
        };
        let mut flags: Vec<_> = FREESTANDING.iter().map(ToString::to_string).collect();
        // The compiler may call memcpy, memset, memmove and memcmp anywhere. A program that does not define them itself gets
        // the ones of this libc.a; nothing else is ever asked of it.
        flags.extend([format!("-Clink-arg=-L{libc}"), "-Clink-arg=-lc".to_owned()]);
        flags
    }

    /// The environment variable that sets something of this target for cargo.
    pub(crate) fn variable(&self, name: &str) -> String {
        format!("CARGO_TARGET_{}_{name}", self.triple.to_uppercase().replace('-', "_"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_architecture_finds_its_own_row() {
        for arch in Arch::value_variants() {
            assert_eq!(arch.target().arch, *arch);
            assert!(arch.target().triple.starts_with(arch.target().name));
        }
        assert_eq!(TARGETS.len(), Arch::value_variants().len());
    }

    #[test]
    fn the_variables_are_cargo_s() {
        let mut command = Command::new("cargo");
        Arch::Aarch64.target().with_std(&mut command);
        let names: Vec<_> = command.get_envs().map(|(name, _)| name.to_string_lossy().into_owned()).collect();
        assert!(names.contains(&"CARGO_TARGET_AARCH64_UNKNOWN_LINUX_MUSL_RUSTFLAGS".to_owned()), "{names:?}");
    }
}
