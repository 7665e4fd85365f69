//! A process that does nothing, to be attached to.

use rsyscall_core::identifier::Process;
use std::{io::Read, os::fd::AsRawFd};

/// A child that sleeps, a copy of this process, for as long as this exists.
#[derive(Debug)]
pub struct Sleeper(i32);

impl Sleeper {
    /// One with a single thread.
    #[expect(clippy::new_without_default, reason = "it starts a process")]
    pub fn new() -> Self {
        Self::forked(|| ())
    }

    /// One with so many threads, all of which are there. This process has a single thread, as one whose calls are
    /// [counted](crate::count::calls) has.
    pub fn with_threads(threads: usize) -> Self {
        let (mut told, tell) = std::io::pipe().unwrap();
        let sleeper = Self::forked(|| {
            for _ in 1..threads {
                std::thread::spawn(|| {
                    sleep();
                });
            }
            // SAFETY: nobody in the child uses it any more.
            unsafe { libc::close(tell.as_raw_fd()) };
        });
        drop(tell);
        // The end of it says that the threads are there.
        told.read_to_end(&mut Vec::new()).unwrap();
        sleeper
    }

    fn forked(prepare: impl FnOnce()) -> Self {
        // SAFETY: the child makes system calls, and threads only where this process has one.
        match unsafe { libc::fork() } {
            0 => {
                // SAFETY: it takes numbers.
                unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) };
                prepare();
                sleep()
            }
            pid => {
                assert!(pid > 0, "{}", std::io::Error::last_os_error());
                Self(pid)
            }
        }
    }

    /// Its number.
    pub fn process(&self) -> Process {
        Process::from_raw(self.0)
    }
}

impl Drop for Sleeper {
    fn drop(&mut self) {
        // SAFETY: it was not waited for yet.
        unsafe { libc::kill(self.0, libc::SIGKILL) };
        // SAFETY: nothing is written.
        unsafe { libc::waitpid(self.0, core::ptr::null_mut(), 0) };
    }
}

fn sleep() -> ! {
    loop {
        // SAFETY: it takes nothing.
        unsafe { libc::pause() };
    }
}
