//! What starting needs of the task that it starts from.
#![expect(unsafe_code, reason = "calls on descriptors, signals and memory that the starter was given")]

use super::StartError;
use rsyscall_core::{
    identifier::{Address, FileDescriptor, Process},
    interface::{SyscallError, SyscallInterface},
    memory::MemoryInterface,
    near::{
        fs::{OFlags, fcntl_dupfd_cloexec},
        io::{close, pipe2, read, write},
        process::{IdType, WaitOptions, waitid},
        signal::{SigprocmaskHow, rt_sigprocmask},
    },
    syscall::{Errno, Instruction, Outcome},
};

/// Memory of the task for a new one's stack, in which everything else that starting needs is put, too.
///
/// It must stay as it is until the new task has ended; after that it may be used again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Stack {
    /// Its lowest address, a multiple of 16.
    pub start: Address,
    /// Bytes, a multiple of 16 and at least [`Stack::MINIMUM`], or [`Stack::PROGRAM`].
    pub length: usize,
}

/// How a child ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ended {
    /// It exited with this status.
    Exited(i32),
    /// This signal ended it.
    Signalled(i32),
}

impl Stack {
    /// What a server and the bytes that are moved to and fro have room in, and the handler of a signal that does little and
    /// uses neither AMX nor SVE nor SME.
    pub const MINIMUM: usize = 20480;

    /// What is enough for [`start_program`](super::start_program): a path, and a few calls that no handler interrupts.
    pub const PROGRAM: usize = 16384;

    /// An address in it, by its distance from the end.
    pub(super) fn below_end(self, distance: usize) -> Address {
        let offset = self.length.saturating_sub(distance);
        self.start.checked_add(offset).unwrap_or(Address::NULL)
    }

    /// An address in it, by its distance from the start.
    pub(super) fn above_start(self, distance: usize) -> Address {
        self.start.checked_add(distance).unwrap_or(Address::NULL)
    }
}

/// A task, and memory in it.
pub(super) struct Task<'i, I> {
    pub(super) interface: &'i I,
    pub(super) stack: Stack,
}

impl<I: SyscallInterface + MemoryInterface> Task<'_, I> {
    /// Executes a call of the starter's.
    ///
    /// # Safety
    ///
    /// As [`SyscallInterface::call`].
    pub(super) async unsafe fn call<R: Outcome>(
        &self,
        name: &'static str,
        instruction: Instruction<R>,
    ) -> Result<R, StartError> {
        // SAFETY: the caller's promise.
        unsafe { self.interface.call(instruction) }.await.map_err(|cause| StartError { call: name, cause })
    }

    /// Writes to the stack, on which nothing runs yet.
    pub(super) async fn put(&self, to: Address, bytes: &[u8]) -> Result<(), StartError> {
        // SAFETY: the stack is the starter's, and every address comes from it.
        let written = unsafe { self.interface.write(to, bytes) }.await;
        written.map_err(|error| StartError { call: "writing memory", cause: error.cause })
    }

    /// Reads from the stack.
    pub(super) async fn get(&self, from: Address, bytes: &mut [u8]) -> Result<(), StartError> {
        // SAFETY: as for writing.
        let read = unsafe { self.interface.read(from, bytes) }.await;
        read.map_err(|error| StartError { call: "reading memory", cause: error.cause })
    }

    /// Pipes, each the end to read from and the end to write to, all close-on-exec, and none a standard descriptor.
    ///
    /// They stay where their numbers cannot be read: something is to be written to the task's memory before.
    pub(super) async fn pipes<const N: usize>(&self) -> Result<[[FileDescriptor; 2]; N], StartError> {
        let mut bytes = [[0; 8]; N];
        let mut made = 0_usize;
        let mut failed = None;
        while made < N && failed.is_none() {
            let place = self.stack.above_start(made.saturating_mul(8));
            // SAFETY: two ints fit there; new descriptors change none that exist.
            match unsafe { self.call("pipe2", pipe2(place, OFlags::CLOEXEC)) }.await {
                Ok(()) => made = made.saturating_add(1),
                Err(error) => failed = Some(error),
            }
        }
        self.get(self.stack.start, bytes.as_flattened_mut()).await?;
        let mut pipes = bytes.map(|[a, b, c, d, e, f, g, h]| {
            [[a, b, c, d], [e, f, g, h]].map(|end| FileDescriptor::from_raw(i32::from_le_bytes(end)))
        });
        for end in pipes.as_flattened_mut().iter_mut().take(made.saturating_mul(2)) {
            if end.into_raw() < 3 && failed.is_none() {
                let above = fcntl_dupfd_cloexec(*end, FileDescriptor::from_raw(3));
                // SAFETY: a new descriptor changes none that exists.
                match unsafe { self.call("fcntl", above) }.await {
                    Ok(moved) => {
                        self.close(*end).await;
                        *end = moved;
                    }
                    Err(error) => failed = Some(error),
                }
            }
        }
        let Some(error) = failed else { return Ok(pipes) };
        for &end in pipes.as_flattened().iter().take(made.saturating_mul(2)) {
            self.close(end).await;
        }
        Err(error)
    }

    /// Closes a descriptor of the starter's; there is nothing to be done about an error.
    pub(super) async fn close(&self, fd: FileDescriptor) {
        // SAFETY: the starter made it, and gives it up.
        let _ = unsafe { self.interface.call(close(fd)) }.await;
    }

    /// Closes descriptors of the starter's.
    pub(super) async fn close_all(&self, fds: &[FileDescriptor]) {
        for &fd in fds {
            self.close(fd).await;
        }
    }

    /// Writes bytes of the stack to a pipe that has room for them.
    pub(super) async fn write(
        &self,
        fd: FileDescriptor,
        from: Address,
        length: usize,
    ) -> Result<(), StartError> {
        // SAFETY: the bytes lie there.
        let count = unsafe { self.call("write", write(fd, from, length)) }.await?;
        if count == length { Ok(()) } else { Err(StartError { call: "write", cause: Errno::EIO.into() }) }
    }

    /// Writes all bytes to a pipe that has room for them.
    pub(super) async fn write_all(&self, fd: FileDescriptor, bytes: &[u8]) -> Result<(), StartError> {
        self.put(self.stack.start, bytes).await?;
        self.write(fd, self.stack.start, bytes.len()).await
    }

    /// Reads up to so many bytes to the stack: how many there were, 0 at the end.
    pub(super) async fn read(
        &self,
        fd: FileDescriptor,
        to: Address,
        length: usize,
    ) -> Result<usize, StartError> {
        loop {
            // SAFETY: the stack has room for so many bytes there.
            match unsafe { self.call("read", read(fd, to, length)) }.await {
                Err(StartError { cause: SyscallError::Errno(Errno::EINTR), .. }) => {}
                other => return other,
            }
        }
    }

    /// Reads so many bytes to the stack. That there are fewer is an error.
    pub(super) async fn read_all(
        &self,
        fd: FileDescriptor,
        to: Address,
        length: usize,
    ) -> Result<usize, StartError> {
        let mut done = 0_usize;
        while done < length {
            let to = to.checked_add(done).unwrap_or(Address::NULL);
            match self.read(fd, to, length.saturating_sub(done)).await? {
                0 => return Err(StartError::unprepared(Errno::ECHILD)),
                count => done = done.saturating_add(count),
            }
        }
        Ok(length)
    }

    /// Sets the signal mask from one place and writes the former one to another.
    pub(super) async fn set_mask(&self, set: Address, former: Address) -> Result<(), StartError> {
        let instruction = rt_sigprocmask(SigprocmaskHow::SETMASK, set, former, 8);
        // SAFETY: both are sets of 64 signals or null. The starter puts the former mask back.
        unsafe { self.call("rt_sigprocmask", instruction) }.await
    }

    /// Waits for a child and takes its status.
    pub(super) async fn wait(
        &self,
        pidfd: FileDescriptor,
        options: WaitOptions,
    ) -> Result<Ended, StartError> {
        let place = self.stack.start;
        // SAFETY: a siginfo_t fits there; the child is the starter's.
        unsafe { self.wait_for(waitid(IdType::PIDFD, pidfd.into(), place, every(options), Address::NULL)) }
            .await?;
        // si_signo, si_errno, si_code, padding, si_pid, si_uid, si_status.
        let mut info = [0; 28];
        self.get(place, &mut info).await?;
        let (words, _) = info.as_chunks();
        let [_, _, code, _, _, _, status] = [0, 1, 2, 3, 4, 5, 6]
            .map(|index| words.get(index).map_or(0, |&word: &[u8; 4]| i32::from_le_bytes(word)));
        const CLD_EXITED: i32 = 1;
        Ok(if code == CLD_EXITED { Ended::Exited(status) } else { Ended::Signalled(status) })
    }

    /// Waits for a child that ends, whose pidfd is not known.
    pub(super) async fn reap(&self, process: Process) {
        let options = every(WaitOptions::EXITED);
        let wait = waitid(IdType::PID, process.into(), Address::NULL, options, Address::NULL);
        // SAFETY: the child is the starter's, and nobody else knows of it.
        let _ = unsafe { self.wait_for(wait) }.await;
    }

    /// Waits, whatever signals come.
    ///
    /// # Safety
    ///
    /// As [`SyscallInterface::call`].
    async unsafe fn wait_for(&self, wait: Instruction<()>) -> Result<(), StartError> {
        loop {
            // SAFETY: the caller's promise.
            match unsafe { self.call("waitid", wait) }.await {
                Err(StartError { cause: SyscallError::Errno(Errno::EINTR), .. }) => {}
                other => return other,
            }
        }
    }
}

/// Also for a child that sends no SIGCHLD.
const fn every(options: WaitOptions) -> WaitOptions {
    options.union(WaitOptions::ALL)
}
