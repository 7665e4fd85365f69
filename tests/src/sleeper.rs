//! A process to attach to: a copy of this one that does nothing.

use rsyscall_core::identifier::Process;
use syscalls::Sysno;

/// A child of so many threads that sleep, for as long as this exists.
#[derive(Debug)]
pub struct Sleeper(i32);

fn sleep() -> ! {
    loop {
        // SAFETY: it takes nothing.
        unsafe { libc::pause() };
    }
}

impl Sleeper {
    /// Returns when all threads sleep. More than one are for whoever has only one himself.
    pub fn new(threads: usize) -> Self {
        // SAFETY: the child only waits to be killed; its other threads are made by a process that had one.
        match unsafe { libc::fork() } {
            0 => {
                // SAFETY: it takes numbers.
                unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) };
                for _ in 1..threads {
                    std::thread::spawn(|| sleep());
                }
                sleep()
            }
            pid => {
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

/// Whether a thread is in the call that [`sleep`] makes.
fn is_asleep(task: &std::path::Path) -> bool {
    let text = std::fs::read_to_string(task.join("syscall")).unwrap();
    let call = text.split(' ').next().and_then(|number| Sysno::new(number.parse().ok()?));
    call.is_some_and(|call| ["pause", "ppoll"].contains(&call.name()))
}

impl Drop for Sleeper {
    fn drop(&mut self) {
        // SAFETY: it was not waited for yet.
        unsafe { libc::kill(self.0, libc::SIGKILL) };
        // SAFETY: nothing is written.
        unsafe { libc::waitpid(self.0, core::ptr::null_mut(), 0) };
    }
}
