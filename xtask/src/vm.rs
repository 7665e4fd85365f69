//! `cargo xtask vm`: one program in a virtual machine.

use crate::built_tests::Form;
use crate::console::{Ended, Event};
use crate::exec::announce_nothing;
use crate::initramfs::Initramfs;
use crate::kernel::{Kernel, SERIES};
use crate::machine::{self, Machine};
use crate::progress::Progress;
use crate::target::Arch;
use anyhow::{Context, Result, bail};
use object::Endianness;
use object::elf::{EM_AARCH64, EM_RISCV, EM_X86_64, FileHeader64, PT_INTERP};
use object::read::elf::{FileHeader, ProgramHeader};
use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::str::FromStr;
use std::time::Duration;

/// Run a static program in a virtual machine: a real kernel, and our own init as the first process.
///
/// The program's output and exit status become those of this command: 128 and the signal's number if a signal ended it, 125
/// if the machine failed (a panic, a hang, no kernel). It runs as root in /tmp, with /proc, /sys and /dev mounted.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// The machine's architecture; without it, the program's.
    #[arg(long, value_enum)]
    arch: Option<Arch>,
    /// The kernel: a series of Debian's, such as 6.1, or a file.
    #[arg(long, default_value = SERIES[0])]
    kernel: Kernel,
    /// A file to put into the machine, and its path there if that is not the same.
    #[arg(long = "file", value_name = "HERE[:THERE]")]
    files: Vec<FileToAdd>,
    /// A variable of the program's environment.
    #[arg(long = "env", value_name = "NAME=VALUE")]
    environment: Vec<OsString>,
    /// How many seconds the machine may run.
    #[arg(long, default_value_t = 300)]
    time_limit: u64,
    /// The machine's memory in MiB.
    #[arg(long, default_value_t = 1024)]
    memory: u32,
    /// Show the commands that build and boot the machine.
    #[arg(long)]
    verbose: bool,
    /// The program, which must be linked statically.
    program: PathBuf,
    /// Its arguments.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<OsString>,
}

#[derive(Clone, Debug)]
struct FileToAdd {
    here: PathBuf,
    there: PathBuf,
}

impl FromStr for FileToAdd {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        let (here, there) = match text.split_once(':') {
            Some((here, there)) => (here, PathBuf::from(there)),
            None => (text, std::path::absolute(text)?),
        };
        if !there.is_absolute() {
            bail!("{} is no absolute path", there.display());
        }
        Ok(Self { here: here.into(), there })
    }
}

/// The exit status when it is not the program's.
pub(crate) const MACHINE_FAILED: u8 = 125;

pub(crate) fn run(options: &Options) -> Result<ExitCode> {
    if !options.verbose {
        announce_nothing();
    }
    let arch = architecture(&options.program).with_context(|| format!("{}", options.program.display()))?;
    if let Some(wanted) = options.arch.filter(|wanted| *wanted != arch) {
        bail!(
            "{} is a program for {}, not {}",
            options.program.display(),
            arch.target().name,
            wanted.target().name
        );
    }
    let there = Path::new("/bin").join(options.program.file_name().context("the program has no name")?);
    let mut arguments = vec![there.clone().into_os_string()];
    arguments.extend(options.arguments.iter().cloned());
    let mut environment: Vec<OsString> = vec!["PATH=/bin".into(), "HOME=/".into()];
    environment.extend(options.environment.iter().cloned());

    // On a terminal alone: elsewhere there is only what the program writes.
    let progress = Progress::new("machine", 3);
    progress.at("building our init");
    let mut initramfs = Initramfs::default();
    machine::add_init(&mut initramfs, arch, &environment, &[arguments])?;
    initramfs.file(&options.program, &there);
    for file in &options.files {
        initramfs.file(&file.here, &file.there);
    }
    let limit = Duration::from_secs(options.time_limit);
    progress.at("looking for the kernel");
    let image = options.kernel.image(arch)?;
    progress.at("booting");
    let machine =
        Machine { arch, image, memory: options.memory, form: Form::Short, silence_limit: limit, limit };
    let (mut ended, mut progress) = (None, Some(progress));
    machine.run(&initramfs, |event| {
        // It has booted.
        progress.take();
        match event {
            Event::Output(bytes) => std::io::stdout().write_all(bytes)?,
            Event::Errors(bytes) => std::io::stderr().write_all(bytes)?,
            Event::Ended(how) => ended = Some(*how),
            Event::Booted | Event::Begin | Event::Done => {}
        }
        Ok(())
    })?;
    match ended.context("the program did not run")? {
        Ended::Exit(status) => Ok(ExitCode::from(status)),
        Ended::Signal(signal) => Ok(ExitCode::from(128 | signal)),
        not_started @ Ended::NotStarted(_) => bail!("{not_started}"),
    }
}

/// The architecture that a program is for; one that needs a dynamic linker cannot run in the machine.
fn architecture(program: &Path) -> Result<Arch> {
    let bytes = std::fs::read(program).context("cannot be read")?;
    let header = FileHeader64::<Endianness>::parse(&*bytes).context("is no 64-bit ELF program")?;
    let endian = header.endian()?;
    if header.program_headers(endian, &*bytes)?.iter().any(|part| part.p_type(endian) == PT_INTERP) {
        bail!("is not linked statically: there are no shared libraries in the machine");
    }
    match header.e_machine(endian) {
        EM_X86_64 => Ok(Arch::X86_64),
        EM_AARCH64 => Ok(Arch::Aarch64),
        EM_RISCV => bail!("is for riscv64, for which there is no machine"),
        other => bail!("is for an unknown architecture ({other:?})"),
    }
}
