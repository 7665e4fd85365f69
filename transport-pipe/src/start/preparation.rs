//! What a new task does first: requests that lie in its stream before it is made.
#![expect(unsafe_code, reason = "a new task, and what it shares with the old one")]

use super::{Stack, StartError, task::Task};
use crate::wire;
use core::marker::PhantomData;
use heapless::Vec;
use rsyscall_core::{
    abi::{Abi, X86_64},
    identifier::{Address, FileDescriptor, Process},
    interface::{SyscallError, SyscallInterface},
    memory::MemoryInterface,
    near::{
        io,
        process::{self, CloneFlags, clone3},
        signal::{Signal, SigprocmaskHow, rt_sigaction, rt_sigprocmask},
    },
    syscall::{Errno, Instruction, Outcome},
};

/// Where in the stack everything lies: at its end, in one piece, what the new task and the calls that make it need. Numbers
/// of new descriptors and bytes on their way to and from a stream come to its start.
pub(super) struct Layout {
    /// What the new task's first return takes off its stack, which lies below.
    pub(super) frame: Address,
    clone: Address,
    /// Two words: the path, a null.
    pub(super) arguments: Address,
    /// The creator's signal mask, and behind it one with all signals.
    pub(super) mask: Address,
    pub(super) all: Address,
    /// Zeros: the default action of a signal.
    zeros: Address,
    /// 1 until the kernel clears it at the new task's end.
    pub(super) futex: Address,
    /// The first requests.
    requests: Address,
    /// Where the kernel puts the pidfd.
    pub(super) pidfd: Address,
    stack: Stack,
}

/// The bytes from the frame on: 72, `struct clone_args`, 2 words, 2 sets of signals, a `struct sigaction`, the futex and, as
/// many as they may be, requests.
const FIXED: usize = 512;
const CLONE: usize = 80;
const ARGUMENTS: usize = 144;
const MASK: usize = 160;
const ALL: usize = 168;
const ZEROS: usize = 176;
const FUTEX: usize = 208;
const REQUESTS: usize = 216;

/// What a server's own frames take at most without optimisation, and the frame of a signal's handler: 3.6 KiB with AVX-512,
/// 4.7 on aarch64. What AMX, SVE and SME add is in the frames of those threads alone that have used them.
const SERVER: usize = 10240;

/// What lies between so many bytes from a stack's start and a server's own frames: its buffer, an address and how many words.
pub(super) fn buffer(stack: Stack, from: usize) -> [u64; 2] {
    let bytes = stack.length.saturating_sub(FIXED + SERVER).saturating_sub(from);
    [stack.above_start(from).into_raw(), (bytes / 8) as u64]
}

/// Bytes for requests; a pipe has room for so many whatever its limits are.
const ROOM: usize = 4096;

impl Layout {
    pub(super) fn new(stack: Stack) -> Self {
        let at = |offset| stack.below_end(FIXED.saturating_sub(offset));
        Self {
            frame: at(0),
            clone: at(CLONE),
            arguments: at(ARGUMENTS),
            mask: at(MASK),
            all: at(ALL),
            zeros: at(ZEROS),
            futex: at(FUTEX),
            requests: at(REQUESTS),
            pidfd: stack.start,
            stack,
        }
    }
}

/// Requests, their answers known to be coming.
pub(super) struct Preparation<A> {
    requests: Vec<u8, ROOM>,
    abi: PhantomData<A>,
}

impl<A: Abi> Preparation<A> {
    pub(super) const fn new() -> Self {
        Self { requests: Vec::new(), abi: PhantomData }
    }

    /// Adds a call. There is room for 73: 64 that set signals, one that sets the mask, and the starter's, of which there may
    /// be 5.
    pub(super) fn push<R: Outcome>(&mut self, instruction: Instruction<R>) {
        let call = instruction.encode::<A>();
        let _ = self.requests.extend_from_slice(&wire::encode_request(call.number, call.arguments));
    }

    pub(super) fn close(&mut self, fd: FileDescriptor) {
        self.push(io::close(fd));
    }

    pub(super) fn requests(&self) -> &[u8] {
        &self.requests
    }

    pub(super) fn count(&self) -> usize {
        self.requests.len().checked_div(wire::REQUEST).unwrap_or(0)
    }
}

/// A task that is to serve.
pub(super) struct New<A> {
    pub(super) flags: CloneFlags,
    pub(super) layout: Layout,
    /// Where the trampoline lies that it begins with, and the server, which that calls.
    pub(super) table: crate::server::SymbolTable,
    /// What it serves on at first.
    pub(super) streams: [FileDescriptor; 2],
    /// Where what it is to read is written.
    pub(super) requests: FileDescriptor,
    /// What it is to do first.
    pub(super) preparation: Preparation<A>,
    /// What a server with extensions reads frames to: an address, and how many words.
    pub(super) buffer: [u64; 2],
    /// The process that makes it, where nothing but that one's end would end it, or 0.
    pub(super) creator: u64,
}

impl<A: Abi> New<A> {
    /// Puts into the task's memory what all the calls of a start point to.
    pub(super) async fn put<I: SyscallInterface<Abi = A> + MemoryInterface>(
        &self,
        task: &Task<'_, I>,
        path: Address,
    ) -> Result<(), StartError> {
        let Self { flags, layout, table, streams, preparation, buffer, creator, .. } = self;
        let mut bytes = [0; FIXED];
        let mut set = |at: usize, from: &[u8]| {
            if let Some(to) = bytes.get_mut(at..at.saturating_add(from.len())) {
                to.copy_from_slice(from);
            }
        };
        let ([infd, outfd], [start, words]) = (streams.map(FileDescriptor::word), *buffer);
        set(0, &frame::<A>(table.trampoline, table.server, [infd, outfd, start, words, *creator]));
        let flags = flags.union(CloneFlags::PIDFD).union(CloneFlags::CLEAR_SIGHAND).bits();
        let size = layout.frame.checked_offset_from(layout.stack.start).unwrap_or(0) as u64;
        // flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls
        let clone = [
            flags & !0xff,
            layout.pidfd.into_raw(),
            layout.futex.into_raw(),
            0,
            flags & 0xff,
            layout.stack.start.into_raw(),
            size,
            0,
        ];
        for (index, word) in clone.into_iter().enumerate() {
            set(CLONE.saturating_add(index.saturating_mul(8)), &word.to_le_bytes());
        }
        set(ARGUMENTS, &path.into_raw().to_le_bytes());
        set(ALL, &u64::MAX.to_le_bytes());
        set(FUTEX, &1_u32.to_le_bytes());
        set(REQUESTS, &preparation.requests);
        task.put(layout.frame, &bytes).await
    }

    /// Makes the task, whose handlers of signals are set to the default, and says how many requests were prepared. Its pidfd
    /// [lies](Layout::pidfd) in the stack.
    pub(super) async fn clone<I: SyscallInterface<Abi = A> + MemoryInterface>(
        &self,
        task: &Task<'_, I>,
    ) -> Result<(Process, usize), StartError> {
        // With handlers that it shares it would clear its creator's, too.
        if !self.flags.contains(CloneFlags::SIGHAND) {
            let length = self.preparation.requests.len();
            task.write(self.requests, self.layout.requests, length).await?;
            // SAFETY: the starter's caller promises that the stack and its frame are good, and the interface, too.
            match unsafe { task.interface.call(clone3(self.layout.clone, CLONE_ARGS)) }.await {
                Ok(process) => return Ok((process, self.preparation.count())),
                // A kernel without this call or without this flag, or a filter that cannot look at flags in memory.
                Err(SyscallError::Errno(Errno::ENOSYS | Errno::EINVAL | Errno::EPERM)) => {}
                Err(cause) => return Err(StartError { call: "clone3", cause }),
            }
            let [infd, _] = self.streams;
            task.read_all(infd, self.layout.stack.start, length).await?;
        }
        // A handler that ran in the new task could run in its creator's memory.
        task.set_mask(self.layout.all, self.layout.mask).await?;
        let cloned = self.clone_and_clear(task).await;
        let restored = task.set_mask(self.layout.mask, Address::NULL).await;
        let cloned = cloned?;
        // Only a hangup can keep it from being restored.
        restored?;
        Ok(cloned)
    }

    /// Makes the task with all signals blocked. It clears its handlers, and then has its creator's mask.
    async fn clone_and_clear<I: SyscallInterface<Abi = A> + MemoryInterface>(
        &self,
        task: &Task<'_, I>,
    ) -> Result<(Process, usize), StartError> {
        let layout = &self.layout;
        let mut preparation = Preparation::<A>::new();
        if !self.flags.contains(CloneFlags::SIGHAND) {
            task.clear_handlers(layout, &mut preparation).await?;
        }
        preparation.push(rt_sigprocmask(SigprocmaskHow::SETMASK, layout.mask, Address::NULL, 8));
        let _ = preparation.requests.extend_from_slice(&self.preparation.requests);
        task.write_all(self.requests, &preparation.requests).await?;
        let flags = self.flags.union(CloneFlags::PIDFD);
        let clone = process::clone(flags, layout.frame, layout.pidfd, layout.futex, Address::NULL);
        // SAFETY: the starter's caller promises that the stack and its frame are good, and the interface, too.
        let process = unsafe { task.call("clone", clone) }.await?;
        Ok((process, preparation.count()))
    }
}

/// The bytes of `struct clone_args` up to `tls`: `CLONE_ARGS_SIZE_VER0`.
const CLONE_ARGS: usize = 64;

/// What a new stack has on it for a function of so many arguments, for who makes the calls of a start himself, in a batch for
/// example: `clone` gets the address of the first byte, a multiple of 16, as its stack.
///
/// The server's call returns to the trampoline, which takes the arguments off, and the function. Trampoline and function
/// are addresses of [`SymbolTable`](crate::server::SymbolTable); the arguments of
/// [`server`](crate::server::SymbolTable::server) are its two descriptors, the address of its buffer and how many words that
/// has, and who its creator is ([`serve_extended_at`](crate::server::serve_extended_at)); those three may be 0.
pub fn frame<A: Abi>(trampoline: u64, function: u64, [a, b, c, d, e]: [u64; 5]) -> [u8; 72] {
    // The address takes 16 bytes where the stack pointer is always a multiple of that.
    let words = if A::WIRE_ID == X86_64::WIRE_ID {
        [trampoline, a, b, c, d, e, 0, function, 0]
    } else {
        [trampoline, 0, a, b, c, d, e, 0, function]
    };
    let mut bytes = [0; 72];
    for (to, word) in bytes.chunks_exact_mut(8).zip(words) {
        to.copy_from_slice(&word.to_le_bytes());
    }
    bytes
}

impl<I: SyscallInterface + MemoryInterface> Task<'_, I> {
    /// Sees to it that the new task sets each signal to the default that has a handler here.
    async fn clear_handlers(
        &self,
        layout: &Layout,
        preparation: &mut Preparation<I::Abi>,
    ) -> Result<(), StartError> {
        let place = self.stack.start;
        for number in 1..=64 {
            let signal = Signal::from_raw(number);
            // SAFETY: it only asks, and a sigaction fits there.
            let asked = unsafe { self.interface.call(rt_sigaction(signal, Address::NULL, place, 8)) }.await;
            match asked {
                Ok(()) => {}
                Err(SyscallError::Errno(_)) => continue,
                Err(cause) => return Err(StartError { call: "rt_sigaction", cause }),
            }
            let mut handler = [0; 8];
            self.get(place, &mut handler).await?;
            // Neither the default nor ignored.
            if u64::from_le_bytes(handler) > 1 {
                preparation.push(rt_sigaction(signal, layout.zeros, Address::NULL, 8));
            }
        }
        Ok(())
    }
}
