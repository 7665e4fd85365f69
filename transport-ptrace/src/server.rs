//! A pipe server in the traced process: what it needs there, and how it goes away again.
#![expect(unsafe_code, reason = "makes calls in the traced process, and moves its descriptors")]

use crate::{
    arch,
    attach::{interrupt, seize},
    error::{AttachError, Reason, ServerError},
    inject::mask_for_calls,
    registers::{DUMMY, INSTRUCTION},
    request::{call, close_own, plain},
    session::{Session, State},
    site,
};
use core::{fmt, mem::ManuallyDrop};
use rsyscall_core::{
    abi::Native,
    block_on,
    identifier::{Address, FileDescriptor, Process},
    interface::{Hangup, NotSent, SyscallError, SyscallInterface},
    near::{
        fs::OFlags,
        io::{close, pipe2},
        mm::{MapFlags, ProtFlags, mmap, mprotect, munmap},
        process::{CloneFlags, clone, exit, pidfd_getfd},
        ptrace::PtraceRequest,
    },
    syscall::{Instruction, Outcome},
};
use rsyscall_transport_pipe::{BlockingFd, Client, PolledFd};

/// The code and the stack have a half each: whole pages, whatever their size.
const HALF: usize = 0x1_0000;
const LENGTH: usize = 2 * HALF;

/// What a thread of the process shares with the others: all that the threads of `pthread_create` share.
const THREAD: CloneFlags = CloneFlags::VM
    .union(CloneFlags::FS)
    .union(CloneFlags::FILES)
    .union(CloneFlags::SIGHAND)
    .union(CloneFlags::THREAD)
    .union(CloneFlags::SYSVSEM);

/// What a server has in the process, and its streams here.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Parts {
    /// The code, and behind it the stack.
    area: Option<Address>,
    /// The process's ends of the pipes: requests are read from the first, responses written to the second.
    there: [Option<FileDescriptor>; 2],
    /// Our ends: responses are read from the first, requests written to the second.
    here: [Option<FileDescriptor>; 2],
}

impl Parts {
    const NONE: Self = Self { area: None, there: [None; 2], here: [None; 2] };

    /// The last argument of the call that makes the thread.
    fn descriptors(&self) -> u64 {
        let [requests, responses] = self.there.map(|fd| fd.map_or(0, |fd| fd.into_raw().cast_unsigned()));
        u64::from(requests) | u64::from(responses) << 32
    }

    /// The end of the stack.
    fn stack(&self) -> Address {
        Address::from_raw(self.area.map_or(0, |area| area.into_raw().wrapping_add(LENGTH as u64)))
    }

    fn contains(&self, address: u64) -> bool {
        self.area.is_some_and(|area| address.wrapping_sub(area.into_raw()) < LENGTH as u64)
    }

    /// Responses, requests.
    fn streams(&self) -> [FileDescriptor; 2] {
        self.here.map(|fd| fd.unwrap_or(FileDescriptor::from_raw(-1)))
    }

    /// # Safety
    ///
    /// Our ends stay open as long as the client is used, and no other client is used.
    unsafe fn client<const N: usize>(&self, process: Process) -> Client<BlockingFd, BlockingFd, Native, N> {
        let [responses, requests] = self.streams();
        // SAFETY: the caller's promise.
        unsafe { Client::blocking(responses, requests) }.with_local_memory(process)
    }

    /// # Safety
    ///
    /// As [`client`](Self::client).
    unsafe fn polled_client<const N: usize>(
        &self,
        process: Process,
    ) -> Client<PolledFd, PolledFd, Native, N> {
        let [responses, requests] = self.streams();
        // SAFETY: the caller's promise.
        unsafe { Client::polled(responses, requests) }.with_local_memory(process)
    }

    fn close_here(&mut self) {
        for fd in self.here.iter_mut().filter_map(Option::take) {
            close_own(fd);
        }
    }
}

impl Session {
    /// Starts a pipe server in a new thread of the process, which shares its memory and its descriptors.
    ///
    /// The session can be ended then: a call through the server costs a round trip over pipes and stops nobody. The thread has
    /// every signal blocked. The C library of the process does not know of it: a `setuid` there, for example, which the library
    /// makes for all its threads, leaves it out.
    ///
    /// # Errors
    ///
    /// [`ServerError`] names the call that failed; what was made before it is gone again.
    pub fn start_server(&self) -> Result<InjectedServer, ServerError> {
        let mut parts = Parts::NONE;
        match self.prepare(&mut parts).and_then(|()| self.start_thread(&parts)) {
            Ok(thread) => Ok(InjectedServer { process: self.group, thread, parts }),
            Err(error) => {
                parts.close_here();
                let _ = self.remove(&mut parts);
                Err(error)
            }
        }
    }

    /// Has the stopped thread itself serve, until what this returns is ended or dropped.
    ///
    /// Its own program stays interrupted, with all that the session puts back later; calls are made by this very thread, also
    /// those that concern a thread alone, and by way of pipes. It is not traced meanwhile. Nothing puts it back if this process is
    /// killed: its server ends then, and the thread with it.
    ///
    /// # Errors
    ///
    /// [`ServerError`] names the call that failed, and the session goes on. [`NotSent::Unsupported`] when job control has stopped the
    /// process, or when the thread sleeps in a call that goes on from where it was, which any sleep would overwrite.
    pub fn serve(&self) -> Result<ServingThread<'_>, ServerError> {
        if self.by_job_control || self.saved.get().needs_restart_block(self.blocked) {
            return Err(self.failed("serve", NotSent::Unsupported.into()));
        }
        let mut parts = Parts::NONE;
        let result = self.prepare(&mut parts).and_then(|()| {
            let area = parts.area.map_or(0, Address::into_raw);
            let entry = area.wrapping_add(INSTRUCTION.len() as u64);
            let arguments = [0, 0, 0, 0, 0, parts.descriptors()];
            let registers = self.saved.get().for_call(entry, DUMMY, arguments);
            let registers = registers.with_stack(parts.stack().into_raw());
            let detach = || plain(PtraceRequest::DETACH, self.tracee, 0, 0);
            let begun = registers.start_call(self.tracee).and_then(|()| detach());
            begun.map_err(|errno| self.failed("ptrace(PTRACE_DETACH)", errno.into()))
        });
        match result {
            Ok(()) => {
                self.state.set(State::Serving(parts));
                Ok(ServingThread { session: self, parts })
            }
            Err(error) => {
                parts.close_here();
                let _ = self.remove(&mut parts);
                Err(error)
            }
        }
    }

    /// Stops the thread again, and removes the server.
    pub(crate) fn stop_serving(&self) -> Result<(), ServerError> {
        let State::Serving(mut parts) = self.state.get() else { return Ok(()) };
        match seize(self.tracee).and_then(|()| interrupt(self.tracee)) {
            Ok(_) => {}
            Err(Reason::NoSuchProcess | Reason::Ended | Reason::Zombie) => {
                parts.close_here();
                self.state.set(State::Ended);
                return Ok(());
            }
            Err(reason) => return Err(ServerError::Attach(AttachError { process: self.tracee, reason })),
        }
        // Not before: at the end of its input the thread would exit.
        parts.close_here();
        if !self.has(&parts) {
            // It has executed another program, with the mask that the session gave the thread.
            self.state.set(State::Replaced);
            return Ok(());
        }
        self.state.set(State::Stopped);
        let masked = self.set_mask(mask_for_calls(self.mask.get()));
        masked.map_err(|errno| self.failed("ptrace(PTRACE_SETSIGMASK)", errno.into()))?;
        self.remove(&mut parts)
    }

    /// Makes a call for the server.
    fn make<R: Outcome>(&self, name: &'static str, instruction: Instruction<R>) -> Result<R, ServerError> {
        // SAFETY: the calls of this file concern what it made in the process itself, and nobody else knows of that.
        let result = block_on(unsafe { self.call(instruction) }, || ());
        result.map_err(|cause| self.failed(name, cause))
    }

    fn failed(&self, call: &'static str, cause: SyscallError) -> ServerError {
        ServerError::Call { process: self.group, call, cause }
    }

    /// Places the code, and opens the pipes.
    fn prepare(&self, parts: &mut Parts) -> Result<(), ServerError> {
        let protection = ProtFlags::READ.union(ProtFlags::WRITE);
        let flags = MapFlags::PRIVATE.union(MapFlags::ANONYMOUS);
        let area = mmap(Address::NULL, LENGTH, protection, flags, FileDescriptor::from_raw(-1), 0);
        let area = self.make("mmap", area)?;
        parts.area = Some(area);
        let written = self.memory.write(area.into_raw(), arch::server());
        written.map_err(|(_, cause)| self.failed("write to memory", cause))?;
        self.make("mprotect", mprotect(area, HALF, ProtFlags::READ.union(ProtFlags::EXEC)))?;
        let [requests, responses] = &mut parts.there;
        let [from, to] = &mut parts.here;
        // Which end of each pipe stays there: requests are read there, responses written.
        for (index, there, here) in [(0, requests, to), (1, responses, from)] {
            self.make("pipe2", pipe2(parts_scratch(area), OFlags::CLOEXEC))?;
            let mut bytes = [0; 8];
            let read = self.memory.read(parts_scratch(area).into_raw(), &mut bytes);
            let ends = bytes.as_chunks::<4>().0;
            let mut ends = ends.iter().map(|bytes| FileDescriptor::from_raw(i32::from_le_bytes(*bytes)));
            let (Ok(()), Some(reader), Some(writer)) = (read, ends.next(), ends.next()) else {
                return Err(self.failed("read from memory", Hangup::TaskEnded.into()));
            };
            let (stays, moves) = if index == 0 { (reader, writer) } else { (writer, reader) };
            *there = Some(stays);
            // SAFETY: it makes a new descriptor here.
            let moved = unsafe { call(pidfd_getfd(self.pidfd, moves, 0)) };
            self.make("close", close(moves))?;
            *here = Some(moved.map_err(|errno| self.failed("pidfd_getfd", errno.into()))?);
        }
        Ok(())
    }

    /// Makes the thread, from the server's first instruction.
    fn start_thread(&self, parts: &Parts) -> Result<Process, ServerError> {
        let make =
            clone(THREAD, parts.stack(), Address::NULL, Address::NULL, Address::NULL).encode::<Native>();
        let [a, b, c, d, e, _] = make.arguments;
        let arguments = [a, b, c, d, e, parts.descriptors()];
        let site = parts.area.map_or(0, Address::into_raw);
        let returned = self.run_at(site, make.number, arguments).and_then(rsyscall_core::syscall::decode);
        returned.map_err(|cause| self.failed("clone", cause))
    }

    /// Whether the server's code is where it was put.
    fn has(&self, parts: &Parts) -> bool {
        let Some(area) = parts.area else { return false };
        arch::server().chunks(64).zip((area.into_raw()..).step_by(64)).all(|(expected, address)| {
            let mut bytes = [0; 64];
            let bytes = bytes.get_mut(..expected.len()).unwrap_or_default();
            self.memory.read(address, bytes) == Ok(()) && bytes == expected
        })
    }

    /// Undoes what can be undone, also when some of it fails.
    fn remove(&self, parts: &mut Parts) -> Result<(), ServerError> {
        let mut result = Ok(());
        for fd in parts.there.iter_mut().filter_map(Option::take) {
            result = result.and(self.make("close", close(fd)));
        }
        if let Some(area) = parts.area.take() {
            result = result.and(self.make("munmap", munmap(area, LENGTH)));
        }
        result
    }
}

/// Where the process's kernel writes two descriptors: in what becomes the stack.
fn parts_scratch(area: Address) -> Address {
    Address::from_raw(area.into_raw().wrapping_add(HALF as u64))
}

/// A pipe server in a thread of a process that did not ask.
///
/// [`take_out`](Self::take_out) leaves nothing of it behind: no thread, no descriptor, no mapping. Dropping it does the same, and
/// then nobody learns what failed.
pub struct InjectedServer {
    process: Process,
    thread: Process,
    parts: Parts,
}

impl InjectedServer {
    /// The process.
    pub fn process(&self) -> Process {
        self.process
    }

    /// The server's thread.
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
    ///
    /// # Errors
    ///
    /// [`ServerError`] names the first call that failed; all others were made. A process that has ended needs none.
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
            return session.detach().map_err(ServerError::Detach);
        }
        if parts.contains(session.site) {
            // It is about to be unmapped.
            let none = AttachError { process: self.thread, reason: Reason::NoInstruction };
            session.site = site::outside(session.tracee, &session.memory, |address| parts.contains(address))
                .ok_or(ServerError::Attach(none))?;
        }
        let result = session.remove(parts);
        if !is_server {
            return result.and(session.detach().map_err(ServerError::Detach));
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

/// A stopped thread that serves instead of its own program.
///
/// Ending or dropping it stops the thread again, and the session goes on.
#[derive(Debug)]
pub struct ServingThread<'s> {
    session: &'s Session,
    parts: Parts,
}

impl ServingThread<'_> {
    /// A client that needs no executor: `block_on(…, || ())` drives it.
    ///
    /// # Safety
    ///
    /// The thread serves as long as the client is used, and no other client is used.
    pub unsafe fn client<const N: usize>(&self) -> Client<BlockingFd, BlockingFd, Native, N> {
        // SAFETY: the descriptors are open as long as the thread serves; the rest is the caller's promise.
        unsafe { self.parts.client(self.session.group) }
    }

    /// A client for many calls in flight: `block_on(…, || client.park())` drives it.
    ///
    /// # Safety
    ///
    /// As [`client`](Self::client).
    pub unsafe fn polled_client<const N: usize>(&self) -> Client<PolledFd, PolledFd, Native, N> {
        // SAFETY: as for the other client.
        unsafe { self.parts.polled_client(self.session.group) }
    }

    /// Stops the thread, in the middle of a call too, and removes the server. The session makes calls again.
    ///
    /// # Errors
    ///
    /// [`ServerError`]: the thread could not be stopped, and serves on, or a call that removes something failed.
    pub fn end(self) -> Result<(), ServerError> {
        ManuallyDrop::new(self).session.stop_serving()
    }
}

impl Drop for ServingThread<'_> {
    fn drop(&mut self) {
        let _ = self.session.stop_serving();
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
