//! The programs that are there to be sent, each for its kind of machine.

use anyhow::{Context, Result};
use rsyscall_core::abi::{Aarch64, Abi, Native, Riscv64, X86_64};
use std::{fs, path::Path};

/// What numbers, flags and structs a host's kernel has.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Machine {
    X86_64,
    Aarch64,
    Riscv64,
}

impl Machine {
    /// Those that there are servers for.
    pub(crate) const ALL: [Self; 3] = [Self::X86_64, Self::Aarch64, Self::Riscv64];

    /// Its name, as `uname -m` prints it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::X86_64 => X86_64::NAME,
            Self::Aarch64 => Aarch64::NAME,
            Self::Riscv64 => Riscv64::NAME,
        }
    }

    /// The one that an ELF program is for.
    fn of(program: &[u8]) -> Option<Self> {
        // `EI_CLASS` is `ELFCLASS64`, `EI_DATA` is `ELFDATA2LSB`.
        let rest = program.strip_prefix(b"\x7fELF\x02\x01")?;
        let e_machine = rest.get(12..)?.first_chunk()?;
        match u16::from_le_bytes(*e_machine) {
            62 => Some(Self::X86_64),
            183 => Some(Self::Aarch64),
            243 => Some(Self::Riscv64),
            _ => None,
        }
    }
}

/// A server to send.
pub(crate) struct Server {
    pub(crate) machine: Machine,
    pub(crate) program: Vec<u8>,
}

impl Server {
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let program = fs::read(path).with_context(|| path.display().to_string())?;
        let machine = Machine::of(&program).with_context(|| {
            format!("{} is no 64-bit program for x86_64, aarch64 or riscv64", path.display())
        })?;
        Ok(Self { machine, program })
    }

    /// The one for a machine of this name.
    pub(crate) fn for_machine<'s>(servers: &'s [Self], name: &str) -> Option<&'s Self> {
        servers.iter().find(|server| server.machine.name() == name)
    }

    /// The one to try first: most hosts are as this machine is.
    pub(crate) fn first(servers: &[Self]) -> Option<&Self> {
        Self::for_machine(servers, Native::NAME).or(servers.first())
    }
}
