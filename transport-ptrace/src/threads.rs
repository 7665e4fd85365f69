//! All threads of a process together.

use crate::{
    clock::now,
    detach::DetachError,
    error::{AttachError, Reason},
    proc_file::open_of,
    request::{close_own, read_entries},
    seized::Seized,
    session::Session,
};
use core::{ops::Deref, slice, time::Duration};
use heapless::Vec;
use rsyscall_core::{
    identifier::Process,
    near::{fs::OFlags, layout::DirectoryEntries},
    syscall::Errno,
};

/// All threads of a process, stopped together, at most `N`: nothing of the process runs.
///
/// What belongs to a thread and not to its process (credentials, the seccomp filter, the signal mask, CPU affinity) is changed
/// for all of them by a call in each. It is a slice of [`Session`]s, the process's main thread first if it has not ended.
///
/// A session takes less than 1 KiB and two descriptors of this process. All `N` are in this
/// value, and so on the stack of who attaches, whether there are as many threads or not.
#[derive(Debug)]
pub struct Threads<const N: usize> {
    sessions: Vec<Session, N>,
}

const _: () = assert!(size_of::<Session>() < 1024, "the documentation tells how large a session is");

/// What a listing of the threads has.
struct Found {
    /// Whether there were some that were not attached to, or that have ended meanwhile.
    threads: bool,
    /// The sum of the squares of the numbers of those that have ended and were not waited for: another one if these are others.
    zombies: u64,
}

impl<const N: usize> Threads<N> {
    /// Stops all threads of a process, also those that it starts meanwhile.
    ///
    /// A main thread that has ended before the others is left out. If one thread replaces the program by `execve` after others were
    /// seized, and before it is itself, this waits for that one and it for this, for ever: the kernel lets nobody attach to a thread in
    /// `execve`, which ends only when its process's traced threads have been waited for. No signal ends that, and no limit; the end of this
    /// process does, and leaves the other as it was.
    ///
    /// # Errors
    ///
    /// [`AttachError`] names the thread that could not be attached to, and all threads are as they were.
    /// [`Reason::TooManyThreads`] if there are more than `N`.
    pub fn attach(process: Process) -> Result<Self, AttachError> {
        Self::attach_until(process, None)
    }

    /// The same, but no longer than so long, as [`Session::attach_within`] has it, unless a thread is in `execve`.
    ///
    /// # Errors
    ///
    /// As [`attach`](Self::attach), and [`Reason::Unresponsive`].
    pub fn attach_within(process: Process, limit: Duration) -> Result<Self, AttachError> {
        Self::attach_until(process, now().checked_add(limit))
    }

    fn attach_until(process: Process, until: Option<Duration>) -> Result<Self, AttachError> {
        let mut threads = Self { sessions: Vec::new() };
        // Only a thread that runs starts another, and a listing may miss one when another ends meanwhile.
        let (mut complete, mut zombies) = (0, 0);
        while complete < 2 {
            let found = threads.attach_new(process, until)?;
            // Who has ended since may have started another one before.
            complete = if found.threads || zombies != found.zombies { 0 } else { complete + 1 };
            zombies = found.zombies;
        }
        if threads.sessions.is_empty() {
            // The reason is as for the main thread, or it has ended between the listings.
            return Err(match Session::attach(process) {
                Ok(_) => AttachError { process, reason: Reason::Ended },
                Err(error) => error,
            });
        }
        Ok(threads)
    }

    /// Attaches to the threads that are listed and not attached to.
    ///
    /// All are seized before the first is stopped: nobody can be attached to while a thread is in `execve`, which does not end
    /// before those have that are attached to already.
    fn attach_new(&mut self, process: Process, until: Option<Duration>) -> Result<Found, AttachError> {
        let mut found = Found { threads: false, zombies: 0 };
        let mut seized = Vec::<Seized, N>::new();
        let result = each_thread(process, |thread| {
            if self.sessions.iter().any(|session| session.process() == thread) {
                return Ok(());
            }
            match Seized::begin_until(thread, until) {
                Ok(new) => {
                    found.threads = true;
                    let full = AttachError { process, reason: Reason::TooManyThreads { limit: N } };
                    let is_full = self.sessions.len().saturating_add(seized.len()) >= N;
                    // Where there is no room it is let go.
                    if is_full || seized.push(new).is_err() { Err(full) } else { Ok(()) }
                }
                // It is there until somebody waits for it, the main thread as long as the others.
                Err(AttachError { reason: Reason::Zombie, .. }) => {
                    let number = u64::from(thread.into_raw().unsigned_abs());
                    found.zombies = found.zombies.wrapping_add(number.wrapping_mul(number));
                    Ok(())
                }
                Err(AttachError { reason: Reason::NoSuchProcess | Reason::Ended, .. }) => {
                    found.threads = true;
                    Ok(())
                }
                Err(error) => Err(error),
            }
        });
        for new in seized {
            let thread = new.process();
            match new.stop_or_leave(until) {
                Ok(session) => {
                    session.with_others.set(thread == process);
                    // As many were seized as there is room for.
                    let _ = self.sessions.push(session);
                }
                Err(AttachError { reason: Reason::Ended, .. }) => {}
                Err(error) => return Err(error),
            }
        }
        match result {
            Ok(()) => Ok(found),
            Err(Listing::Stopped(error)) => Err(error),
            // A process that is not there has no threads.
            Err(Listing::Failed(Errno::ENOENT | Errno::ESRCH)) => Ok(found),
            Err(Listing::Failed(errno)) => Err(AttachError {
                process,
                reason: Reason::Call { call: "getdents64(/proc/PID/task)", errno },
            }),
        }
    }

    /// Puts everything back in every thread, and lets all go.
    ///
    /// # Errors
    ///
    /// That of one thread of which something could not be put back, of which there may be others: [`detach_each`](Self::detach_each)
    /// tells all of them. The others were let go all the same.
    pub fn detach(self) -> Result<(), DetachError> {
        let mut first = Ok(());
        self.detach_each(|error| first = first.and(Err(error)));
        first
    }

    /// The same, and tells of each thread of which something could not be put back.
    pub fn detach_each(mut self, mut failed: impl FnMut(DetachError)) {
        while let Some(session) = self.sessions.pop() {
            if let Err(error) = session.detach() {
                failed(error);
            }
        }
    }
}

/// From the last to the first: the end of a main thread is only reported after those of the others.
impl<const N: usize> Drop for Threads<N> {
    fn drop(&mut self) {
        while self.sessions.pop().is_some() {}
    }
}

impl<const N: usize> Deref for Threads<N> {
    type Target = [Session];

    fn deref(&self) -> &[Session] {
        &self.sessions
    }
}

impl<'s, const N: usize> IntoIterator for &'s Threads<N> {
    type Item = &'s Session;
    type IntoIter = slice::Iter<'s, Session>;

    fn into_iter(self) -> Self::IntoIter {
        self.sessions.iter()
    }
}

/// Why a listing is not complete.
enum Listing<E> {
    Failed(Errno),
    Stopped(E),
}

/// Calls a function with every entry of `/proc/PID/task`.
fn each_thread<E>(
    process: Process,
    mut with: impl FnMut(Process) -> Result<(), E>,
) -> Result<(), Listing<E>> {
    let fd = open_of(process, "task", OFlags::RDONLY.union(OFlags::DIRECTORY)).map_err(Listing::Failed)?;
    let result = loop {
        let mut buffer = [0; 1024];
        match read_entries(fd, &mut buffer) {
            Ok(0) => break Ok(()),
            Ok(length) => {
                let mut threads = numbers(buffer.get(..length).unwrap_or_default());
                if let Err(error) = threads.try_for_each(&mut with) {
                    break Err(Listing::Stopped(error));
                }
            }
            Err(errno) => break Err(Listing::Failed(errno)),
        }
    };
    close_own(fd);
    result
}

/// The numbers among the names of a directory's entries.
fn numbers(entries: &[u8]) -> impl Iterator<Item = Process> {
    DirectoryEntries::new(entries)
        .map_while(Result::ok)
        .filter_map(|entry| str::from_utf8(entry.d_name).ok()?.parse().ok().map(Process::from_raw))
}
