//! Attaching: `PTRACE_SEIZE` and `PTRACE_INTERRUPT`, which the process does not notice.
#![expect(unsafe_code, reason = "opens a pidfd")]

use crate::{
    clock::now,
    cpu::Affinity,
    end::let_go,
    error::{AttachError, Reason},
    explain::{due_signals, explain, has_siblings, in_strict_mode, is_own_child, thread_group},
    inject::FORCED,
    limit::Limit,
    memory::Memory,
    page::CodePage,
    registers::{Registers, Seen},
    request::{call, fill, plain},
    seized::Seized,
    session::{Session, State},
    site,
    stop::Stop,
    succession::{give_up, let_successor_go, wait_for_any},
    tracee::Tracee,
};
use core::{
    cell::{Cell, OnceCell},
    marker::PhantomData,
    time::Duration,
};
use rsyscall_core::{
    identifier::{Address, FileDescriptor, Process},
    near::{
        process::{PidfdFlags, pidfd_open},
        ptrace::{PtraceOptions, PtraceRequest},
        signal::{PidfdSignalFlags, Signal, pidfd_send_signal},
    },
    syscall::Errno,
};

impl Session {
    /// Stops a process's main thread, or the thread with this id, and takes over its system calls.
    ///
    /// The process is not signalled and cannot tell. A call that it is blocked in is interrupted and goes on, as if nothing had
    /// happened, when it is let go.
    ///
    /// This blocks until the thread stops, which a thread in an uninterruptible sleep does not before it wakes.
    ///
    /// # Errors
    ///
    /// [`AttachError`] says why, and then the process is as it was.
    pub fn attach(process: Process) -> Result<Self, AttachError> {
        Seized::begin(process)?.stop_or_leave(None)
    }

    /// The same, but no longer than so long.
    ///
    /// A thread that sleeps uninterruptibly, for a disk, for a child that it has started by `vfork`, or in a frozen control group, is
    /// waited for untouched. It may fall asleep so just when it is asked to stop; then it stays traced, as
    /// [`Reason::Unresponsive`] says. Whoever cannot have that uses [`Seized`]. (The kernel lets nobody attach to a process of which a
    /// thread is in `execve`; what that takes is not limited.)
    ///
    /// # Errors
    ///
    /// As [`attach`](Self::attach), and [`Reason::Unresponsive`].
    pub fn attach_within(process: Process, limit: Duration) -> Result<Self, AttachError> {
        let until = now().checked_add(limit);
        Seized::begin_until(process, until)?.stop_or_leave(until)
    }
}

/// Makes a session of a thread that has stopped, or lets it go.
pub(crate) fn session_of(
    tracee: &Tracee,
    group: Process,
    pidfd: FileDescriptor,
    Stopped { seen, is_child, by_job_control }: Stopped,
) -> Result<Session, Reason> {
    // Who has been killed meanwhile answers nothing, or not before it is about to end.
    let found = find(tracee, pidfd).map_err(|reason| match (let_go(tracee, group), reason) {
        (false, _) | (_, Reason::Call { errno: Errno::ESRCH, .. }) => Reason::Ended,
        (true, reason) => reason,
    });
    let Found { saved, mask, memory, site, sequence } = found?;
    let process = tracee.process;
    Ok(Session {
        tracee: tracee.clone(),
        group,
        is_child,
        with_others: Cell::new(process == group && has_siblings(process)),
        pidfd,
        site,
        seen: seen.stopped_at(by_job_control, &saved, &memory),
        saved: Cell::new(saved),
        laid: Cell::new(false),
        vectors: OnceCell::new(),
        mask: Cell::new(mask),
        used: Cell::new(false),
        dispatch: Cell::new(None),
        sequence,
        memory,
        held: Cell::new(0),
        passed: Cell::new(0),
        closed: Cell::new(false),
        state: Cell::new(State::Stopped),
        code_page: CodePage::none(),
        server_left: Cell::new(None),
        preferred: Cell::new(None),
        may_step: Cell::new(None),
        own_signal: Cell::new(None),
        unblocked: Cell::new(0),
        limit: Limit::none(),
        affinity: Affinity::unchanged(),
        of_this_thread: PhantomData,
    })
}

/// What is to be put back, and what the calls need.
pub(crate) struct Found {
    pub(crate) saved: Registers,
    mask: u64,
    pub(crate) memory: Memory,
    pub(crate) site: u64,
    sequence: Option<(u64, u64)>,
}

/// Reads all that is to be put back, and finds what the calls need. The thread is stopped, and nothing of it is changed.
pub(crate) fn find(tracee: &Tracee, pidfd: FileDescriptor) -> Result<Found, Reason> {
    let failed = |call| move |errno| Reason::Call { call, errno };
    // The pidfd was opened first: if its process is alive, the pid is still its own, and stays it while it is traced.
    // SAFETY: signal 0 is none.
    let alive =
        unsafe { call(pidfd_send_signal(pidfd, Signal::NONE, Address::NULL, PidfdSignalFlags::empty())) };
    if alive == Err(Errno::ESRCH) {
        return Err(Reason::Ended);
    }
    // Now it cannot enter it any more.
    if in_strict_mode(tracee.process) {
        return Err(Reason::StrictSeccomp);
    }
    let saved = Registers::get(tracee).map_err(failed("ptrace(PTRACE_GETREGSET)"))?.ok_or(Reason::Compat)?;
    let mut mask = 0_u64;
    fill(PtraceRequest::GETSIGMASK, tracee, size_of::<u64>() as u64, &mut mask)
        .map_err(failed("ptrace(PTRACE_GETSIGMASK)"))?;
    let memory = Memory::open(tracee.process).map_err(failed("open(/proc/PID/mem)"))?;
    let site = site::find(tracee.process, &memory, &saved).ok_or(Reason::NoInstruction)?;
    let sequence = sequence(tracee, &memory);
    Ok(Found { saved, mask, memory, site, sequence })
}

/// Holds the process, or the thread that does not lead one (Linux 6.9; before that, the process that it belongs to).
pub(crate) fn open_pidfd(process: Process) -> Result<FileDescriptor, Reason> {
    let open = |flags| {
        // SAFETY: it makes a new descriptor and changes nothing else.
        unsafe { call(pidfd_open(process, flags)) }
    };
    let open_group = || match thread_group(process) {
        // SAFETY: as above.
        Some(group) => unsafe { call(pidfd_open(group, PidfdFlags::empty())) },
        None => Err(Errno::ESRCH),
    };
    match open(PidfdFlags::empty()).or_else(|_| open(PidfdFlags::THREAD)).or_else(|_| open_group()) {
        Ok(pidfd) => Ok(pidfd),
        Err(Errno::ESRCH) => Err(Reason::NoSuchProcess),
        Err(errno) => Err(explain_or(process, "pidfd_open", errno)),
    }
}

fn explain_or(process: Process, call: &'static str, errno: Errno) -> Reason {
    match explain(process, errno) {
        Reason::NotPermitted | Reason::Call { .. } => Reason::Call { call, errno },
        reason => reason,
    }
}

/// What every session asks of the kernel.
pub(crate) const OPTIONS: PtraceOptions =
    PtraceOptions::TRACESYSGOOD.union(PtraceOptions::TRACEEXEC).union(PtraceOptions::TRACEEXIT);

pub(crate) fn seize(tracee: &Tracee) -> Result<(), Reason> {
    if in_strict_mode(tracee.process) {
        return Err(Reason::StrictSeccomp);
    }
    // A thread that has just ended is refused without a reason that could be found, and when that was for an `execve` another has
    // its number now; and again, if that one ends at once.
    let mut refused = Reason::NotPermitted;
    for _ in 0..ATTEMPTS {
        match plain(PtraceRequest::SEIZE, tracee, 0, OPTIONS.word()) {
            Ok(()) => return Ok(()),
            Err(errno) => refused = explain(tracee.process, errno),
        }
        // One that is about to end has no memory any more, and is not dumpable.
        if !matches!(refused, Reason::NotPermitted | Reason::NotDumpable) {
            break;
        }
    }
    Err(refused)
}

/// How often a thread is tried that the kernel refuses for no reason that is to be seen.
const ATTEMPTS: u32 = 4;

/// How a thread was stopped.
pub(crate) struct Stopped {
    seen: Seen,
    /// Whether it is our child.
    is_child: bool,
    /// Whether job control had stopped it before we did.
    by_job_control: bool,
}

/// Stops the thread, until a time at most. What was seen of it before it was asked to is kept for when it is waited for again: later it
/// shows less.
pub(crate) fn interrupt(
    tracee: &Tracee,
    group: Process,
    seen: &mut Option<Seen>,
    until: Option<Duration>,
) -> Result<Stopped, Reason> {
    let is_child = is_own_child(tracee.process);
    if seen.is_none() {
        *seen = Some(Seen::look(tracee.process));
    }
    let mut is_asked = false;
    loop {
        // Once more after every other stop: any stop of the thread takes a pending interrupt back.
        let mut asked = if is_asked { Ok(()) } else { plain(PtraceRequest::INTERRUPT, tracee, 0, 0) };
        if asked.is_ok() {
            is_asked = false;
            asked = match wait_for_any(tracee, group, is_child, until) {
                Ok(None) => return Err(Reason::Unresponsive { traced: true }),
                // Its stop comes next: later it could not be told from one that our calls cause, and its values would be lost.
                Ok(Some(Stop::Event { group: false })) if due_signals(tracee.process) & FORCED != 0 => {
                    is_asked = true;
                    plain(PtraceRequest::CONT, tracee, 0, 0)
                }
                Ok(Some(Stop::Event { group })) => {
                    let seen = seen.take().unwrap_or_default();
                    return Ok(Stopped { seen, is_child, by_job_control: group });
                }
                // What arrives before the interrupt does is the thread's own business. It stops before a handler's first instruction.
                Ok(Some(Stop::Signal(signal))) => {
                    is_asked = true;
                    plain(PtraceRequest::INTERRUPT, tracee, 0, 0)
                        .and_then(|()| plain(PtraceRequest::CONT, tracee, 0, signal.word()))
                }
                Ok(Some(Stop::Exiting)) => {
                    let _ = plain(PtraceRequest::DETACH, tracee, 0, 0);
                    return Err(Reason::Ended);
                }
                Ok(Some(Stop::Ended)) | Err(_) => {
                    let_successor_go(tracee.process, group, None);
                    return Err(Reason::Ended);
                }
                Ok(Some(_)) => plain(PtraceRequest::CONT, tracee, 0, 0),
            };
        }
        match asked {
            Ok(()) => {}
            Err(Errno::ESRCH) => {
                give_up(tracee, group, is_child);
                return Err(Reason::Ended);
            }
            Err(errno) => return Err(Reason::Call { call: "ptrace(PTRACE_INTERRUPT)", errno }),
        }
    }
}

/// The restartable sequence that the thread is in, if it is in one: where that is noted, and the note.
fn sequence(tracee: &Tracee, memory: &Memory) -> Option<(u64, u64)> {
    // struct ptrace_rseq_configuration: pointer; size and signature; flags and padding.
    let mut configuration = [0_u64; 3];
    let size = size_of::<[u64; 3]>() as u64;
    fill(PtraceRequest::GET_RSEQ_CONFIGURATION, tracee, size, &mut configuration).ok()?;
    let [area, ..] = configuration;
    // rseq_cs is the third field of struct rseq, behind two 32-bit numbers.
    let address = area.checked_add(8).filter(|_| area != 0)?;
    let mut bytes = [0; 8];
    memory.read(address, &mut bytes).ok()?;
    let sequence = u64::from_le_bytes(bytes);
    (sequence != 0).then_some((address, sequence))
}
