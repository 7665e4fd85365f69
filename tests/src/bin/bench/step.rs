//! Counting instructions: a child is stopped behind each one that it executes outside of the kernel.

use crate::arch;
use anyhow::{Context, Result, ensure};
use std::{
    io::{Error, Write},
    os::unix::process::CommandExt,
    path::Path,
    process::{Command, Stdio},
};
use syscalls::Sysno;

/// What was executed from one moment to another.
#[derive(Clone, Copy, Default)]
pub(crate) struct Steps {
    /// How many instructions; one that repeats itself counts each time.
    pub(crate) instructions: u64,
    /// How far the stack pointer went down at most.
    pub(crate) stack: u64,
}

/// Runs a function in a child and counts between its first and second [`mark`], its third and fourth, and so on.
pub(crate) fn sections(run: impl FnOnce() -> Result<()>) -> Result<Vec<Steps>> {
    // SAFETY: nothing in this process runs beside this thread that could hold a lock in the child.
    let child = unsafe { libc::fork() };
    ensure!(child >= 0, "cannot fork: {}", Error::last_os_error());
    if child == 0 {
        trace_me();
        // SAFETY: the parent waits for that, and lets this child go on.
        unsafe { libc::raise(libc::SIGSTOP) };
        let done = run();
        if let Err(error) = &done {
            eprintln!("{error:#}");
        }
        // SAFETY: nothing of the parent's is torn down.
        unsafe { libc::_exit(i32::from(done.is_err())) }
    }
    let mut tracee = Tracee { pid: child, signal: 0 };
    ensure!(tracee.wait() == Some(libc::SIGSTOP), "the child does not stop");
    tracee.signal = 0;
    let mut sections = Vec::new();
    while tracee.resume(libc::PTRACE_CONT as u64)?.is_some() {
        if tracee.signal != MARK {
            continue;
        }
        tracee.signal = 0;
        sections.push(tracee.step()?);
    }
    Ok(sections)
}

/// Counts from the first instruction of a program to its end, when these bytes are its input.
pub(crate) fn program(path: &Path, input: &[u8]) -> Result<Steps> {
    let (reader, mut writer) = std::io::pipe()?;
    // What it answers fits into the pipe.
    let (_answers, output) = std::io::pipe()?;
    writer.write_all(input)?;
    drop(writer);
    let mut command = Command::new(path);
    command.stdin(Stdio::from(reader)).stdout(Stdio::from(output));
    // SAFETY: two system calls.
    unsafe {
        command.pre_exec(|| {
            trace_me();
            Ok(())
        });
    }
    let child = command.spawn().with_context(|| format!("cannot start {}", path.display()))?;
    let mut tracee = Tracee { pid: i32::try_from(child.id())?, signal: 0 };
    ensure!(tracee.wait() == Some(libc::SIGTRAP), "the program does not stop");
    tracee.signal = 0;
    tracee.step()
}

/// A signal that the child sends to itself, and never gets.
const MARK: i32 = libc::SIGUSR1;

/// Begins or ends a section. For the child of [`sections`] only.
pub(crate) fn mark() {
    // SAFETY: it takes nothing.
    let pid = unsafe { arch::call(Sysno::getpid, [0; 6]) };
    // SAFETY: the tracer takes the signal.
    unsafe { arch::call(Sysno::kill, [pid.cast_unsigned(), MARK as u64, 0, 0, 0, 0]) };
}

fn trace_me() {
    // SAFETY: it takes numbers.
    unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) };
    // SAFETY: the request moves nothing.
    unsafe { libc::ptrace(libc::PTRACE_TRACEME, 0, 0, 0) };
}

struct Tracee {
    pid: i32,
    /// The signal that it stopped for, which it gets when it is resumed.
    signal: i32,
}

impl Tracee {
    /// Counts until the next mark or the end.
    fn step(&mut self) -> Result<Steps> {
        let begin = self.stack_pointer()?;
        let mut steps = Steps::default();
        while self.resume(libc::PTRACE_SINGLESTEP as u64)?.is_some() {
            match self.signal {
                MARK => {
                    self.signal = 0;
                    break;
                }
                libc::SIGTRAP => {
                    self.signal = 0;
                    steps.instructions += 1;
                    steps.stack = steps.stack.max(begin.saturating_sub(self.stack_pointer()?));
                }
                _ => {}
            }
        }
        Ok(steps)
    }

    /// Lets it go on to its next stop: the signal, or nothing where it has ended.
    fn resume(&mut self, request: u64) -> Result<Option<i32>> {
        let signal = u64::from(self.signal.unsigned_abs());
        let words = [request, self.pid as u64, 0, signal, 0, 0];
        // SAFETY: the request moves nothing in this memory.
        let resumed = unsafe { arch::call(Sysno::ptrace, words) };
        ensure!(resumed == 0, "ptrace request {request}: {resumed}");
        Ok(self.wait())
    }

    fn wait(&mut self) -> Option<i32> {
        let mut status = 0;
        // SAFETY: the kernel writes an int.
        let waited = unsafe { libc::waitpid(self.pid, &raw mut status, libc::__WALL) };
        assert_eq!(waited, self.pid, "{}", Error::last_os_error());
        if !libc::WIFSTOPPED(status) {
            assert_eq!(status, 0, "what was counted failed");
            return None;
        }
        self.signal = libc::WSTOPSIG(status);
        Some(self.signal)
    }

    fn stack_pointer(&self) -> Result<u64> {
        // SAFETY: all bit patterns are registers.
        let mut registers = unsafe { std::mem::zeroed() };
        ensure!(arch::registers(self.pid, &mut registers) >= 0, "its registers cannot be read");
        Ok(arch::stack_pointer(&registers))
    }
}
