//! All threads of a process together.

use crate::{
    detach::DetachError,
    error::{AttachError, Reason},
    proc_file::open_of,
    request::{close_own, read_entries},
    session::Session,
};
use core::{ops::Deref, slice};
use heapless::Vec;
use rsyscall_core::{identifier::Process, near::fs::OFlags, syscall::Errno};

/// All threads of a process, stopped together, at most `N`: nothing of the process runs.
///
/// What belongs to a thread and not to its process (credentials, the seccomp filter, the signal mask, CPU affinity) is changed
/// for all of them by a call in each. It is a slice of [`Session`]s, the process's main thread first if it has not ended.
///
/// A session takes less than 1 KiB (632 bytes on x86_64, 720 on aarch64) and two descriptors of this process. All `N` are in this
/// value, and so on the stack of who attaches, whether there are as many threads or not.
#[derive(Debug)]
pub struct Threads<const N: usize> {
    sessions: Vec<Session, N>,
}

const _: () = assert!(size_of::<Session>() < 1024, "the documentation tells how large a session is");

impl<const N: usize> Threads<N> {
    /// Stops all threads of a process, also those that it starts meanwhile.
    ///
    /// A main thread that has ended before the others is left out. If one thread replaces the program by `execve` while
    /// the others are being stopped, this may wait for that one, and it for this: the kernel lets nobody attach to a thread in
    /// `execve`, which ends only when its process's other threads have been waited for.
    ///
    /// # Errors
    ///
    /// [`AttachError`] names the thread that could not be attached to, and all threads are as they were.
    /// [`Reason::TooManyThreads`] if there are more than `N`.
    pub fn attach(process: Process) -> Result<Self, AttachError> {
        let mut threads = Self { sessions: Vec::new() };
        // Only a thread that runs starts another, and a listing may miss one when another ends meanwhile.
        let mut complete = 0;
        while complete < 2 {
            complete = if threads.attach_new(process)? { 0 } else { complete + 1 };
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

    /// Attaches to the threads that are listed and not attached to; whether there were any.
    fn attach_new(&mut self, process: Process) -> Result<bool, AttachError> {
        let mut found = false;
        let result = each_thread(process, |thread| {
            if self.sessions.iter().any(|session| session.process() == thread) {
                return Ok(());
            }
            match Session::attach(thread) {
                Ok(session) => {
                    found = true;
                    session.with_others.set(thread == process);
                    let full = |_| AttachError { process, reason: Reason::TooManyThreads { limit: N } };
                    self.sessions.push(session).map_err(full)
                }
                Err(AttachError { reason: Reason::Zombie, .. }) => Ok(()),
                // It may have started another one before it ended.
                Err(AttachError { reason: Reason::NoSuchProcess | Reason::Ended, .. }) => {
                    found = true;
                    Ok(())
                }
                Err(error) => Err(error),
            }
        });
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
    /// The first thread's of which something could not be put back; all others were let go.
    pub fn detach(mut self) -> Result<(), DetachError> {
        let mut first = Ok(());
        while let Some(session) = self.sessions.pop() {
            let result = session.detach();
            first = first.and(result.map(|_| ()));
        }
        first
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
                let mut threads = entries(buffer.get(..length).unwrap_or_default());
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

/// The numbers among the names in `struct linux_dirent64`s: 8 bytes inode, 8 offset, 2 length, 1 type, and a C string.
fn entries(mut bytes: &[u8]) -> impl Iterator<Item = Process> {
    const NAME: usize = 19;
    core::iter::from_fn(move || {
        let length: [u8; 2] = bytes.get(16..18)?.try_into().ok()?;
        let (entry, rest) = bytes.split_at_checked(usize::from(u16::from_ne_bytes(length)))?;
        bytes = rest;
        Some(entry.get(NAME..).unwrap_or_default())
    })
    .filter_map(|name| {
        let name = name.split(|&byte| byte == 0).next()?;
        str::from_utf8(name).ok()?.parse().ok().map(Process::from_raw)
    })
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::vec::Vec;

    #[test]
    fn names_that_are_numbers_are_threads() {
        let entry = |name: &[u8]| {
            let mut bytes = [0; 24];
            bytes[16] = 24;
            bytes[19..19 + name.len()].copy_from_slice(name);
            bytes
        };
        let bytes = [entry(b"."), entry(b".."), entry(b"71"), entry(b"1234")].concat();
        let threads: Vec<_> = entries(&bytes).map(Process::into_raw).collect();
        assert_eq!(threads, [71, 1234]);
        assert_eq!(entries(&bytes[..20]).count(), 0);
    }
}
