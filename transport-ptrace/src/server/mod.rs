//! A pipe server in the traced process: what it needs there, and how it goes away again.
#![expect(unsafe_code, reason = "makes calls in the traced process, and moves its descriptors")]

mod arch;

mod serving;
mod thread;

pub use serving::ServingThread;
pub use thread::InjectedServer;

use crate::{
    error::ServerError,
    request::{call, close_own},
    session::{Session, errno_of},
};
use rsyscall_core::{
    abi::Native,
    identifier::{Address, FileDescriptor, Process},
    interface::{Hangup, SyscallError},
    near::{
        fs::OFlags,
        io::{close, pipe2},
        mm::{MapFlags, ProtFlags, mmap, mprotect, munmap},
        process::pidfd_getfd,
    },
    syscall::{Instruction, Outcome, decode},
};
use rsyscall_transport_pipe::{BlockingFd, Client, PolledFd};

/// The code and the stack have a half each: whole pages, whatever their size.
const HALF: usize = 0x1_0000;
const LENGTH: usize = 2 * HALF;

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
        let client = unsafe { Client::blocking(responses, requests) };
        // SAFETY: the server makes its calls in this process, in whose memory it lies.
        unsafe { client.with_local_memory(process) }
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
        let client = unsafe { Client::polled(responses, requests) };
        // SAFETY: as for the other client.
        unsafe { client.with_local_memory(process) }
    }

    fn close_here(&mut self) {
        for fd in self.here.iter_mut().filter_map(Option::take) {
            close_own(fd);
        }
    }
}

impl Session {
    /// Makes a call for the server.
    fn make<R: Outcome>(&self, name: &'static str, instruction: Instruction<R>) -> Result<R, ServerError> {
        let result = self.execute_limited(instruction.encode::<Native>().untyped()).and_then(decode);
        result.map_err(|cause| self.failed(name, cause))
    }

    fn failed(&self, call: &'static str, cause: SyscallError) -> ServerError {
        ServerError::Call { process: self.group, call, cause }
    }

    /// Places the code, and opens the pipes.
    fn place(&self, parts: &mut Parts) -> Result<(), ServerError> {
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
            *here = moved.ok();
            self.make("close", close(moves))?;
            moved.map_err(|errno| self.failed("pidfd_getfd", errno.into()))?;
        }
        Ok(())
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

    /// Undoes what can be undone, also when some of it fails, and when the caller has closed the interface. The end of the session
    /// tells what is left.
    fn remove(&self, parts: &mut Parts) -> Result<(), ServerError> {
        let mut result = Ok(());
        for fd in parts.there.iter_mut().filter_map(Option::take) {
            result = result.and(self.inject(close(fd)).map_err(|cause| ("close", cause)));
        }
        if let Some(area) = parts.area.take() {
            result = result.and(self.inject(munmap(area, LENGTH)).map_err(|cause| ("munmap", cause)));
        }
        result.map_err(|(call, cause)| {
            self.server_left.set(Some(errno_of(cause)));
            self.failed(call, cause)
        })
    }
}

/// Where the process's kernel writes two descriptors: in what becomes the stack.
fn parts_scratch(area: Address) -> Address {
    Address::from_raw(area.into_raw().wrapping_add(HALF as u64))
}
