//! Which threads make the calls.

use crate::options::Options;
use anyhow::{Context, Result, bail, ensure};
use rsyscall_core::identifier::Process;
use std::{fs, io::ErrorKind};

/// The process that was named.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Target {
    pub(crate) process: u32,
    /// The descriptor by which it was named.
    pidfd: Option<u32>,
}

impl Target {
    /// The process that the command line names.
    ///
    /// # Errors
    ///
    /// There is none, or the descriptor is no pidfd.
    pub(crate) fn of(options: &Options) -> Result<Self> {
        let named = options.process.context("a process is missing")?;
        if !options.pid_fd {
            ensure!(named > 0, "there is no process 0");
            return Ok(Self { process: named, pidfd: None });
        }
        Ok(Self { process: process_of(named)?, pidfd: Some(named) })
    }

    /// Fails if the process is not the one that was named: the pidfd's has ended, and its number may be another's.
    ///
    /// # Errors
    ///
    /// It has ended.
    pub(crate) fn confirm(&self) -> Result<()> {
        match self.pidfd.map(process_of).transpose()? {
            Some(process) => {
                ensure!(process == self.process, "the process has changed its number");
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// All its threads.
    ///
    /// # Errors
    ///
    /// There is no such process.
    pub(crate) fn threads(&self) -> Result<Vec<u32>> {
        let process = self.process;
        let entries = match fs::read_dir(format!("/proc/{process}/task")) {
            Err(error) if error.kind() == ErrorKind::NotFound => bail!("there is no process {process}"),
            entries => entries.with_context(|| format!("cannot list the threads of {process}"))?,
        };
        let mut threads: Vec<u32> =
            entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok()).collect();
        threads.sort_unstable();
        Ok(threads)
    }

    /// The thread that was chosen by its id.
    ///
    /// # Errors
    ///
    /// It is none of this process.
    pub(crate) fn thread(&self, thread: u32) -> Result<u32> {
        let threads = self.threads()?;
        if !threads.contains(&thread) {
            let threads: Vec<_> = threads.iter().map(u32::to_string).collect();
            bail!("{thread} is no thread of {}, which has {}", self.process, threads.join(", "));
        }
        Ok(thread)
    }
}

/// The process that a pidfd of ours refers to.
fn process_of(pidfd: u32) -> Result<u32> {
    let information = match fs::read_to_string(format!("/proc/self/fdinfo/{pidfd}")) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            bail!(
                "descriptor {pidfd} is not open here: with --pid-fd, PID is a descriptor that was inherited"
            )
        }
        information => information.with_context(|| format!("cannot ask what descriptor {pidfd} is"))?,
    };
    let process = information.lines().find_map(|line| line.strip_prefix("Pid:"));
    match process.map(|number| number.trim().parse::<i64>()) {
        None => bail!("descriptor {pidfd} is no pidfd: pidfd_open(2) makes them"),
        Some(Ok(-1)) => bail!("the process of pidfd {pidfd} has ended"),
        Some(Ok(0)) => bail!("the process of pidfd {pidfd} is not in this pid namespace"),
        Some(Ok(process)) => Ok(process.try_into().context("a process id is no positive number")?),
        Some(Err(error)) => Err(error).context("the kernel says something else than a process id"),
    }
}

/// The near pointer.
pub(crate) fn near(thread: u32) -> Process {
    Process::from_raw(thread.cast_signed())
}
