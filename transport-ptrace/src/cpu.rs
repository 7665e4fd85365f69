//! The tracer's thread on the tracee's CPU: a stop and its answer then need no other CPU to be woken.
#![expect(unsafe_code, reason = "asks for, and sets, this thread's own affinity")]

use crate::{
    proc_file::{number, read_of},
    request::call,
    session::Session,
};
use core::cell::Cell;
use rsyscall_core::{
    identifier::{Address, Process},
    near::sched::{sched_getaffinity, sched_setaffinity},
    syscall::Errno,
};

/// `cpu_set_t` of as many CPUs as a kernel can have.
type CpuSet = [u64; 128];

/// What this thread's affinity was.
pub(crate) struct Affinity(Cell<Option<CpuSet>>);

impl Affinity {
    pub(crate) fn unchanged() -> Self {
        Self(Cell::new(None))
    }

    /// Puts it back, if it was changed.
    pub(crate) fn put_back(&self) {
        if let Some(set) = self.0.take() {
            // Where those CPUs are gone by now the kernel leaves the thread where it is.
            let _ = set_own(&set);
        }
    }
}

impl Session {
    /// Moves this thread to the CPU that the tracee is on, until the session ends; its affinity is put back then.
    ///
    /// A stop costs a fraction then, as no other CPU has to be woken. The tracee's own affinity is never changed. Called again, it
    /// moves this thread to where the tracee is now.
    ///
    /// # Errors
    ///
    /// EINVAL if this thread may not run there (`cpuset`); it stays where it is. ESRCH if the tracee is gone.
    pub fn move_to_its_cpu(&self) -> Result<(), Errno> {
        let cpu = processor(self.process()).ok_or(Errno::ESRCH)?;
        let mut set = [0; 128];
        let word = set.get_mut(cpu / 64).ok_or(Errno::EINVAL)?;
        *word = 1 << (cpu % 64);
        let own = get_own()?;
        set_own(&set)?;
        let earlier = self.affinity.0.take();
        self.affinity.0.set(Some(earlier.unwrap_or(own)));
        Ok(())
    }
}

/// Field 39 of `/proc/PID/stat`. The name, which may hold anything, ends with the last bracket.
fn processor(process: Process) -> Option<usize> {
    let mut buffer = [0; 1024];
    let stat = read_of(process, "stat", &mut buffer).ok()?;
    let end = stat.iter().rposition(|&byte| byte == b')')?;
    let cpu = number(stat.get(end..)?.split(|&byte| byte == b' ').nth(37)?)?;
    usize::try_from(cpu).ok()
}

fn get_own() -> Result<CpuSet, Errno> {
    let mut set = [0; 128];
    let address = Address::from_pointer(&raw mut set);
    // SAFETY: the kernel fills no more than the set's size.
    unsafe { call(sched_getaffinity(Process::CALLER, size_of::<CpuSet>(), address)) }?;
    Ok(set)
}

fn set_own(set: &CpuSet) -> Result<(), Errno> {
    let address = Address::from_pointer(set);
    // SAFETY: the kernel reads the set. Which CPUs this thread runs on is nothing that its memory safety rests on.
    unsafe { call(sched_setaffinity(Process::CALLER, size_of::<CpuSet>(), address)) }
}
