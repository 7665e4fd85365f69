//! A virtual machine: a kernel, a first file system, our own init, and a time limit on everything.

use crate::built_tests::Form;
use crate::console::{Event, Frames};
use crate::exec::{announce, quote, say};
use crate::freestanding;
use crate::initramfs::Initramfs;
use crate::install::{self, Need};
use crate::kernel;
use crate::limit::{Extent, limited};
use crate::target::Arch;
use crate::workspace;
use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};
use std::collections::VecDeque;
use std::ffi::OsString;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// How many of the console's last lines a failure shows.
const LAST_LINES: usize = 40;
/// How long a machine may take until init runs; on an idle computer it takes two to four seconds.
const BOOT_LIMIT: Duration = Duration::from_secs(300);
/// How long a virtualised machine may take to switch on and off.
const PROBE_LIMIT: Duration = Duration::from_secs(20);

/// A program to run, by its path in the machine, and its arguments.
pub(crate) type Arguments = Vec<OsString>;

/// A machine that is ready to boot.
pub(crate) struct Machine {
    pub(crate) arch: Arch,
    pub(crate) image: PathBuf,
    pub(crate) memory: u32,
    /// What it is to run.
    pub(crate) form: Form,
    /// How long it may say nothing.
    pub(crate) silence_limit: Duration,
    /// How long it may run.
    pub(crate) limit: Duration,
}

/// Puts our init and the table of what it runs into a file system.
pub(crate) fn add_init(
    initramfs: &mut Initramfs,
    arch: Arch,
    environment: &[OsString],
    programs: &[Arguments],
) -> Result<()> {
    let init = workspace::program("init")?.context("the workspace has no program `init`")?;
    initramfs.file(&freestanding::build(&init, arch)?.program, Path::new("/init"));
    // Where init mounts the kernel's file systems.
    for directory in ["/dev", "/proc", "/sys", "/tmp"] {
        initramfs.directory(Path::new(directory));
    }
    let mut table = b"hostname rsyscall\nreport\n".to_vec();
    for variable in environment {
        add_line(&mut table, "env", std::slice::from_ref(variable));
    }
    for program in programs {
        add_line(&mut table, "report", program);
    }
    initramfs.text(table, Path::new("/etc/inittab"));
    Ok(())
}

/// Adds a line to the table of init: every byte of a word that means something there as `%XX`, and an empty word as `%-`.
fn add_line(table: &mut Vec<u8>, action: &str, words: &[OsString]) {
    table.extend_from_slice(action.as_bytes());
    for word in words {
        table.push(b' ');
        if word.is_empty() {
            table.extend_from_slice(b"%-");
        }
        for &byte in word.as_bytes() {
            match byte {
                b'!'..=b'~' if !b"#%".contains(&byte) => table.push(byte),
                _ => table.extend_from_slice(format!("%{byte:02x}").as_bytes()),
            }
        }
    }
    table.push(b'\n');
}

impl Machine {
    /// Boots, hands on what init tells, and returns when the machine is off. A panic of the kernel, a hang, and an end
    /// without a word are errors that show the console's last lines.
    pub(crate) fn run(
        &self,
        initramfs: &Initramfs,
        mut on_event: impl FnMut(&Event) -> Result<()>,
    ) -> Result<()> {
        let kind = self.arch.machine()?;
        install::ensure(&[Need::Program(kind.qemu_system)])?;
        let archive = kernel::folder(self.arch)?.join(format!("initramfs-{}.cpio", std::process::id()));
        initramfs.write(&archive).with_context(|| format!("cannot write {}", archive.display()))?;
        let accelerator = self.accelerator();
        let result = self.boot(&archive, accelerator, &mut on_event);
        std::fs::remove_file(&archive)?;
        result
    }

    fn boot(
        &self,
        archive: &Path,
        accelerator: Accelerator,
        on_event: &mut impl FnMut(&Event) -> Result<()>,
    ) -> Result<()> {
        let kind = self.arch.machine()?;
        let processor = match self.form {
            Form::Short => kind.processor,
            Form::Long => kind.processor_of_long,
        };
        let mut command = Command::new(kind.qemu_system);
        command
            .args(["-machine", kind.machine, "-cpu", processor])
            .args(["-accel", accelerator.option(), "-smp", "2", "-m", &format!("{}M", self.memory)])
            .args(["-nodefaults", "-no-user-config", "-display", "none", "-serial", "stdio", "-no-reboot"])
            .arg("-kernel")
            .arg(&self.image)
            .arg("-initrd")
            .arg(archive)
            .arg("-append")
            // Only what ends the machine reaches the console; every fault of the kernel ends the machine.
            .arg(format!("console={} quiet loglevel=1 panic=-1 oops=panic", kind.console));
        announce(&command);
        // The limit of the limit: also a machine that is left alone ends.
        let mut command = limited(&command, self.limit + BOOT_LIMIT, Extent::Process);
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        if accelerator == Accelerator::Virtualisation {
            // Where it does not work, QEMU ends with a failed assertion of its own, which helps nobody here.
            command.stderr(Stdio::null());
        }
        let child = command.spawn().with_context(|| format!("cannot start `{}`", quote(&command)))?;
        Console::new(child)?.follow(self, on_event)
    }

    /// Virtualisation where this computer offers it and a machine has really booted with it; a `/dev/kvm` alone proves
    /// nothing.
    fn accelerator(&self) -> Accelerator {
        static FOUND: OnceLock<Accelerator> = OnceLock::new();
        if !self.arch.target().is_host() || File::options().read(true).write(true).open("/dev/kvm").is_err() {
            return Accelerator::Emulation;
        }
        *FOUND.get_or_init(|| match self.boots_virtualised() {
            Ok(()) => Accelerator::Virtualisation,
            Err(_) => {
                say("/dev/kvm is there, but no machine boots with it: machines are emulated");
                Accelerator::Emulation
            }
        })
    }

    fn boots_virtualised(&self) -> Result<()> {
        let mut initramfs = Initramfs::default();
        add_init(&mut initramfs, self.arch, &[], &[])?;
        let archive = kernel::folder(self.arch)?.join(format!("initramfs-{}-probe.cpio", std::process::id()));
        initramfs.write(&archive)?;
        let image = self.image.clone();
        let machine = Self {
            arch: self.arch,
            image,
            memory: self.memory,
            form: self.form,
            silence_limit: PROBE_LIMIT,
            limit: PROBE_LIMIT,
        };
        let result = machine.boot(&archive, Accelerator::Virtualisation, &mut |_| Ok(()));
        std::fs::remove_file(&archive)?;
        result
    }
}

/// How QEMU runs the machine's processors.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Accelerator {
    Virtualisation,
    Emulation,
}

impl Accelerator {
    fn option(self) -> &'static str {
        match self {
            Self::Virtualisation => "kvm",
            Self::Emulation => "tcg,thread=multi",
        }
    }
}

/// The console of a running machine, which ends when this is dropped.
struct Console {
    child: Child,
    lines: Receiver<String>,
    last: VecDeque<String>,
    /// What the kernel said when it panicked.
    panic: Option<String>,
}

impl Drop for Console {
    fn drop(&mut self) {
        // A process that was not waited for keeps its number; `timeout` hands the signal on. Both fail only if it has ended.
        if let Some(process) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) {
            let _ = kill_process(process, Signal::TERM);
        }
        drop(self.child.wait());
    }
}

impl Console {
    fn new(mut child: Child) -> Result<Self> {
        let output = child.stdout.take().context("its output is a pipe")?;
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            let mut reader = BufReader::new(output);
            let mut line = Vec::new();
            while reader.read_until(b'\n', &mut line).is_ok_and(|length| length > 0) {
                let text = String::from_utf8_lossy(&line).trim_end_matches(['\r', '\n']).to_owned();
                line.clear();
                if !text.is_empty() && sender.send(text).is_err() {
                    break;
                }
            }
        });
        Ok(Self { child, lines, last: VecDeque::new(), panic: None })
    }

    fn follow(mut self, machine: &Machine, on_event: &mut impl FnMut(&Event) -> Result<()>) -> Result<()> {
        let end = Instant::now() + machine.limit;
        let mut frames = Frames::default();
        let mut booted = false;
        let mut done = false;
        loop {
            let silence = if booted { machine.silence_limit } else { BOOT_LIMIT };
            let wait = silence.min(end.saturating_duration_since(Instant::now()));
            let line = match self.lines.recv_timeout(wait) {
                Ok(line) => line,
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => {
                    return self.fail(&format!(
                        "the machine said nothing for {} s, or ran too long",
                        wait.as_secs()
                    ));
                }
            };
            if self.panic.is_none() && line.contains("Kernel panic") {
                self.panic = Some(line.clone());
            }
            self.last.push_back(line);
            if self.last.len() > LAST_LINES {
                self.last.pop_front();
            }
            let event = match frames.read(self.last.back().map_or("", String::as_str)) {
                Ok(None) => continue,
                Ok(Some(event)) => event,
                Err(error) => return self.fail(&format!("{error:#}")),
            };
            booted = true;
            done |= event == Event::Done;
            on_event(&event)?;
        }
        let status = self.child.wait()?;
        if !done || !status.success() {
            return self.fail(&format!("the machine ended before its programs had ({status})"));
        }
        Ok(())
    }

    fn fail(&self, what: &str) -> Result<()> {
        let last: Vec<_> = self.last.iter().map(String::as_str).collect();
        // What the kernel says of its state afterwards may be longer than the last lines.
        let panic = self.panic.as_ref().map(|line| format!(": {line}")).unwrap_or_default();
        bail!("{what}{panic}; the last lines of its console:\n{}", last.join("\n"))
    }
}
