//! The tracer's thread on the tracee's CPU: a stop and its answer then need no other CPU to be woken.
#![expect(unsafe_code, reason = "asks for, and sets, this thread's own affinity")]

use crate::{
    mapping::Mapping,
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

/// Whether a session has moved this thread.
pub(crate) struct Affinity(Cell<Option<Moved>>);

/// Where a session has moved this thread to, and where that might run before.
struct Moved {
    cpu: usize,
    earlier: Earlier,
}

/// A set, which is too large to be in every session.
struct Earlier(Mapping);

impl Earlier {
    fn new(set: &CpuSet) -> Result<Self, Errno> {
        let mapping = Mapping::new(size_of::<CpuSet>())?;
        // SAFETY: the mapping is long enough, and nothing else refers to it.
        unsafe { mapping.start().cast::<CpuSet>().write(*set) };
        Ok(Self(mapping))
    }

    fn get(&self) -> CpuSet {
        // SAFETY: there is what `new` has written.
        unsafe { self.0.start().cast::<CpuSet>().read() }
    }
}

impl Affinity {
    pub(crate) fn unchanged() -> Self {
        Self(Cell::new(None))
    }

    /// Lets this thread run where it might before.
    ///
    /// Other sessions may have moved it, too, and sessions end in any order. The first that did found where the thread may run
    /// by its own, and puts that back; the others found where an earlier one had moved it to, and that is not put
    /// back if the thread was let go meanwhile.
    pub(crate) fn put_back(&self) {
        let Some(Moved { cpu, earlier }) = self.0.take() else { return };
        let earlier = earlier.get();
        if get_own().is_ok_and(|own| own == only(cpu) || is_within(&own, &earlier)) {
            // Where those CPUs are gone by now the kernel leaves the thread where it is.
            let _ = set_own(&earlier);
        }
    }

    fn move_to(&self, cpu: usize) -> Result<(), Errno> {
        let own = get_own()?;
        set_own(&only(cpu))?;
        let earlier = match self.0.take() {
            Some(Moved { earlier, .. }) if !is_within(&earlier.get(), &own) => earlier,
            // It is the first time, or another session has let the thread go meanwhile.
            _ => Earlier::new(&own).inspect_err(|_| {
                let _ = set_own(&own);
            })?,
        };
        self.0.set(Some(Moved { cpu, earlier }));
        Ok(())
    }
}

impl Session {
    /// Moves this thread to the CPU that the tracee is on, until the session ends; its affinity is put back then.
    ///
    /// A stop costs a fraction then, as no other CPU has to be woken. The tracee's own affinity is never changed. Called again, it
    /// moves this thread to where the tracee is now.
    ///
    /// Several sessions of a thread may do this, and end in any order. The last that was asked has the thread on its
    /// tracee's CPU. When the one ends that was asked first the thread runs everywhere again, also for the others. (If the
    /// thread itself was kept from the tracees' CPUs before, they have to end in the reverse order.)
    ///
    /// # Errors
    ///
    /// EINVAL if this thread may not run there (`cpuset`); it stays where it is. ESRCH if the tracee is gone. ENOMEM if
    /// there is no memory to note its affinity in.
    pub fn move_to_its_cpu(&self) -> Result<(), Errno> {
        let cpu = processor(self.process()).ok_or(Errno::ESRCH)?;
        self.affinity.move_to(cpu)
    }
}

/// The set of one CPU; of none, if no kernel has that many.
fn only(cpu: usize) -> CpuSet {
    let mut set = [0; 128];
    if let Some(word) = set.get_mut(cpu / 64) {
        *word = 1 << (cpu % 64);
    }
    set
}

fn is_within(narrow: &CpuSet, wide: &CpuSet) -> bool {
    narrow.iter().zip(wide).all(|(narrow, wide)| narrow & !wide == 0)
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
