//! Children that do one thing, made by fork, and their pipes.

use anyhow::{Context, Result, bail};
use std::{
    io::{PipeWriter, Read, Write},
    os::fd::{AsRawFd, FromRawFd, OwnedFd},
};

/// A child that is killed and waited for when this goes away; it is killed too when this process ends.
pub(crate) struct Child {
    pub(crate) pid: i32,
}

impl Child {
    /// Forks. The function makes system calls on what this process had, and does not return.
    pub(crate) fn fork(run: impl FnOnce() -> std::convert::Infallible) -> Result<Self> {
        // SAFETY: nothing in this process runs beside this thread that could hold a lock in the child.
        match unsafe { libc::fork() } {
            -1 => bail!("cannot fork: {}", std::io::Error::last_os_error()),
            0 => {
                // SAFETY: it takes numbers.
                unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) };
                #[expect(unreachable_code, reason = "it does not return")]
                match run() {}
            }
            pid => Ok(Self { pid }),
        }
    }

    /// A child that waits for ever.
    pub(crate) fn idle() -> Result<Self> {
        Self::fork(|| {
            loop {
                // SAFETY: it takes nothing.
                unsafe { libc::pause() };
            }
        })
    }

    /// A child that waits for ever in so many threads.
    pub(crate) fn with_threads(count: u32) -> Result<Self> {
        let (mut reader, writer) = std::io::pipe()?;
        let wait = || loop {
            // SAFETY: it takes nothing.
            unsafe { libc::pause() };
        };
        let child = Self::fork(|| {
            for _ in 1..count {
                let started = std::thread::Builder::new().stack_size(65536).spawn(wait);
                started.expect("a thread starts");
            }
            let _ = (&writer).write_all(b"!");
            wait()
        })?;
        drop(writer);
        reader.read_exact(&mut [0]).context("the child did not start its threads")?;
        Ok(child)
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        // SAFETY: it was not waited for yet.
        unsafe { libc::kill(self.pid, libc::SIGKILL) };
        // SAFETY: nothing is written.
        unsafe { libc::waitpid(self.pid, std::ptr::null_mut(), libc::__WALL) };
    }
}

/// The two pipes between this process and a server: what we hold, and what the server holds.
pub(crate) struct Pipes {
    pub(crate) requests: PipeWriter,
    pub(crate) responses: std::io::PipeReader,
    pub(crate) their_requests: std::io::PipeReader,
    pub(crate) their_responses: PipeWriter,
}

impl Pipes {
    pub(crate) fn new() -> Result<Self> {
        let (their_requests, requests) = std::io::pipe().context("cannot make a pipe")?;
        let (responses, their_responses) = std::io::pipe().context("cannot make a pipe")?;
        Ok(Self { requests, responses, their_requests, their_responses })
    }

    /// The server's two descriptors, as it has them.
    pub(crate) fn theirs(&self) -> (i32, i32) {
        (self.their_requests.as_raw_fd(), self.their_responses.as_raw_fd())
    }
}

/// A mapping of zeros, shared with children or not, that is never taken away.
pub(crate) fn map(length: usize, flags: i32) -> Result<*mut u8> {
    let protection = libc::PROT_READ | libc::PROT_WRITE;
    // SAFETY: a mapping wherever the kernel likes changes nothing that is there.
    let address =
        unsafe { libc::mmap(std::ptr::null_mut(), length, protection, flags | libc::MAP_ANONYMOUS, -1, 0) };
    if address == libc::MAP_FAILED {
        bail!("cannot map {length} bytes: {}", std::io::Error::last_os_error());
    }
    Ok(address.cast())
}

/// A descriptor that the kernel has just made.
pub(crate) fn owned(returned: i32, what: &str) -> Result<OwnedFd> {
    if returned < 0 {
        bail!("{what}: {}", std::io::Error::last_os_error());
    }
    // SAFETY: it is new.
    Ok(unsafe { OwnedFd::from_raw_fd(returned) })
}
