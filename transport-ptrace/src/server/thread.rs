//! A server in a thread of its own.
#![expect(unsafe_code, reason = "promises a client its streams")]

use super::Parts;
use crate::{
    error::{AttachError, Reason, ServerError},
    session::Session,
    site,
};
use core::{fmt, mem::ManuallyDrop};
use rsyscall_core::{
    abi::Native,
    identifier::{Address, Process},
    interface::{Hangup, SyscallError},
    near::process::{CloneFlags, clone, exit},
    syscall::decode,
};
use rsyscall_transport_pipe::{BlockingFd, Client, PolledFd};

/// What a thread of the process shares with the others: all that the threads of `pthread_create` share.
const THREAD: CloneFlags = CloneFlags::VM
    .union(CloneFlags::FS)
    .union(CloneFlags::FILES)
    .union(CloneFlags::SIGHAND)
    .union(CloneFlags::THREAD)
    .union(CloneFlags::SYSVSEM);

impl Session {
    /// Starts a pipe server in a new thread of the process, which shares its memory and its descriptors.
    ///
    /// The session can be ended then: a call through the server costs a round trip over pipes and stops nobody. The thread has
    /// every signal blocked. The C library of the process does not know of it: a `setuid` there, for example, which the library
    /// makes for all its threads, leaves it out.
    ///
    /// # Errors
    ///
    /// [`ServerError::Call`] names the call that failed; what was made before it is gone again. A process whose filters or limits allow no
    /// thread, no pipe or no executable memory has no place for a server.
    pub fn start_server(&self) -> Result<InjectedServer, ServerError> {
        let mut parts = Parts::NONE;
        match self.place(&mut parts).and_then(|()| self.start_thread(&parts)) {
            Ok(thread) => Ok(InjectedServer { process: self.group, thread, parts }),
            Err(error) => {
                parts.close_here();
                let _ = self.remove(&mut parts);
                Err(error)
            }
        }
    }

    /// Makes the thread, from the server's first instruction.
    fn start_thread(&self, parts: &Parts) -> Result<Process, ServerError> {
        let make =
            clone(THREAD, parts.stack(), Address::NULL, Address::NULL, Address::NULL).encode::<Native>();
        let [a, b, c, d, e, _] = make.arguments;
        let arguments = [a, b, c, d, e, parts.descriptors()];
        let site = parts.area.map_or(0, Address::into_raw);
        let returned = self.run_at(site, make.number, arguments).and_then(decode);
        returned.map_err(|cause| self.failed("clone", cause))
    }
}

/// A pipe server in a thread of a process that did not ask.
///
/// [`take_out`](Self::take_out) leaves nothing of it behind: no thread, no descriptor, no mapping. Dropping it does the same, and
/// then nobody learns what failed.
#[must_use = "dropping it takes the server out"]
pub struct InjectedServer {
    process: Process,
    thread: Process,
    parts: Parts,
}

impl InjectedServer {
    /// The process that the server is in: the number of its main thread, in the pid namespace of this process.
    pub fn process(&self) -> Process {
        self.process
    }

    /// The server's thread, one of [`process`](Self::process): what `kill` and `/proc` know it by. It ends with
    /// [`take_out`](Self::take_out), and earlier if a call through a client was `exit`.
    pub fn thread(&self) -> Process {
        self.thread
    }

    /// A client that needs no executor: `block_on(…, || ())` drives it.
    ///
    /// Its calls are made by the server's thread, with the descriptors and the memory of the process. When the process ends or
    /// executes another program the client gets a hangup, unless a child of the process has inherited the pipes.
    ///
    /// # Safety
    ///
    /// The server stays where it is as long as the client is used, and no other client is used.
    pub unsafe fn client<const N: usize>(&self) -> Client<BlockingFd, BlockingFd, Native, N> {
        // SAFETY: the descriptors are open as long as the server is there; the rest is the caller's promise.
        unsafe { self.parts.client(self.process) }
    }

    /// A client for many calls in flight: `block_on(…, || client.park())` drives it.
    ///
    /// # Safety
    ///
    /// As [`client`](Self::client).
    pub unsafe fn polled_client<const N: usize>(&self) -> Client<PolledFd, PolledFd, Native, N> {
        // SAFETY: as for the other client.
        unsafe { self.parts.polled_client(self.process) }
    }

    /// Ends the server, in the middle of a call too, and puts the process back to what it was before.
    ///
    /// This stops the server's thread and no other. If a call made the thread end, the process's main thread is stopped instead.
    /// Clients of it get a hangup from then on. It blocks until the thread stops, which takes one that sleeps uninterruptibly as
    /// long as that lasts.
    ///
    /// # Errors
    ///
    /// [`ServerError::Attach`] if somebody else traces the thread now, or this process may not trace it any more: the server's
    /// thread ends by itself, as its streams do, and its memory and descriptors stay. Else [`ServerError`] names the first call that failed; all
    /// others were made. A process that has ended, or executes another program now, is no error.
    pub fn take_out(self) -> Result<(), ServerError> {
        ManuallyDrop::new(self).remove()
    }

    fn remove(&mut self) -> Result<(), ServerError> {
        let parts = &mut self.parts;
        let session = match Session::attach(self.thread) {
            Ok(session) => Ok((session, true)),
            Err(AttachError { reason: Reason::NoSuchProcess | Reason::Ended | Reason::Zombie, .. }) => {
                Session::attach(self.process).map(|session| (session, false))
            }
            Err(error) => Err(error),
        };
        parts.close_here();
        let (mut session, is_server) = match session {
            Ok(session) => session,
            Err(AttachError { reason: Reason::NoSuchProcess | Reason::Ended | Reason::Zombie, .. }) => {
                return Ok(());
            }
            Err(error) => return Err(ServerError::Attach(error)),
        };
        if !session.has(parts) {
            // It has executed another program, and nothing of the server is left.
            return session.detach().map(|_| ()).map_err(ServerError::Detach);
        }
        if parts.contains(session.site) {
            // It is about to be unmapped.
            let none = AttachError { process: self.thread, reason: Reason::NoInstruction };
            session.site =
                site::outside(session.process(), &session.memory, |address| parts.contains(address))
                    .ok_or(ServerError::Attach(none))?;
        }
        let result = session.remove(parts);
        if !is_server {
            return result.and(session.detach().map(|_| ()).map_err(ServerError::Detach));
        }
        match session.make("exit", exit(0)) {
            Err(ServerError::Call { cause: SyscallError::Hangup(Hangup::TaskEnded), .. }) | Ok(()) => result,
            Err(error) => result.and(Err(error)),
        }
    }
}

impl Drop for InjectedServer {
    fn drop(&mut self) {
        let _ = self.remove();
    }
}

impl fmt::Debug for InjectedServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InjectedServer")
            .field("process", &self.process)
            .field("thread", &self.thread)
            .finish_non_exhaustive()
    }
}
