//! A process that does nothing, to be attached to.

use rsyscall_core::identifier::Process;
use std::path::Path;
use syscalls::Sysno;

/// A child that sleeps, a copy of this process, for as long as this exists.
#[derive(Debug)]
pub struct Sleeper(i32);

impl Sleeper {
    /// One with a single thread.
    #[expect(clippy::new_without_default, reason = "it starts a process")]
    pub fn new() -> Self {
        Self::with_threads(1)
    }

    /// One with so many threads, all of which sleep already. For several, this process has a single thread, as one whose calls
    /// are [counted](crate::count::calls) has.
    pub fn with_threads(threads: usize) -> Self {
        // SAFETY: the child makes system calls, and threads only where this process has one.
        match unsafe { libc::fork() } {
            0 => {
                // SAFETY: it takes numbers.
                unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) };
                for _ in 1..threads {
                    std::thread::spawn(|| {
                        sleep();
                    });
                }
                sleep()
            }
            pid => {
                assert!(pid > 0, "{}", std::io::Error::last_os_error());
                let sleeper = Self(pid);
                while sleeper.asleep() != threads {
                    std::thread::yield_now();
                }
                sleeper
            }
        }
    }

    /// How many of its threads sleep.
    fn asleep(&self) -> usize {
        let tasks = std::fs::read_dir(format!("/proc/{}/task", self.0)).unwrap();
        tasks.filter(|task| is_asleep(&task.as_ref().unwrap().path())).count()
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

/// Whether a thread is in the call that `pause` is on this architecture.
fn is_asleep(task: &Path) -> bool {
    let text = std::fs::read_to_string(task.join("syscall")).unwrap();
    let call = text.split(' ').next().and_then(|number| Sysno::new(number.parse().ok()?));
    call.is_some_and(|call| ["pause", "ppoll"].contains(&call.name()))
}
