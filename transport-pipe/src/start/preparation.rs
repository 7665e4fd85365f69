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

/// Where in the stack everything lies, from the end down: what calls point to, the stacks' frames. Bytes on their way to
/// and from a stream lie at its start, and behind them a path.
pub(super) struct Layout {
    /// The creator's signal mask, and behind it one with all signals.
    pub(super) mask: Address,
    pub(super) all: Address,
    /// Zeros: the default action of a signal.
    pub(super) zeros: Address,
    pub(super) futex: Address,
    pub(super) pidfd: Address,
    /// Two words: the path, a null.
    pub(super) arguments: Address,
    pub(super) clone: Address,
    pub(super) watch_frame: Address,
    pub(super) frame: Address,
    pub(super) path: Address,
    /// What a server with extensions reads frames to: an address, and how many words.
    pub(super) buffer: [u64; 2],
    stack: Stack,
}

/// The bytes at the stack's end above the server's own frames.
const FRAMES: usize = 256 + 128 + 256;

/// What a server's own frames take at most, without optimisation: the rest is its buffer.
const SERVER: usize = 6144;

/// Bytes for requests; a pipe has room for so many whatever its limits are.
const ROOM: usize = 4096;

impl Layout {
    pub(super) fn new(stack: Stack) -> Self {
        let at = |distance| stack.below_end(distance);
        let buffer = stack.length.saturating_sub(ROOM + FRAMES + SERVER);
        Self {
            mask: at(256),
            all: at(248),
            zeros: at(240),
            futex: at(208),
            pidfd: at(200),
            arguments: at(192),
            clone: at(176),
            watch_frame: at(256 + 128),
            frame: at(FRAMES),
            path: stack.above_start(ROOM),
            buffer: [stack.above_start(ROOM).into_raw(), (buffer / 8) as u64],
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

    /// Adds a call. There is room for 73, of which at most 64 set signals.
    pub(super) fn push<R: Outcome>(&mut self, instruction: Instruction<R>) {
        let call = instruction.encode::<A>();
        let _ = self.requests.extend_from_slice(&wire::encode_request(call.number, call.arguments));
    }

    pub(super) fn close(&mut self, fd: FileDescriptor) {
        self.push(io::close(fd));
    }

    /// The mask is the creator's again.
    pub(super) fn set_mask(&mut self, layout: &Layout) {
        self.push(rt_sigprocmask(SigprocmaskHow::SETMASK, layout.mask, Address::NULL, 8));
    }

    pub(super) fn requests(&self) -> &[u8] {
        &self.requests
    }

    pub(super) fn count(&self) -> usize {
        self.requests.len().checked_div(wire::REQUEST).unwrap_or(0)
    }
}

/// What a new stack has on it for a function of so many arguments, for who makes the calls of a start himself, in a batch for
/// example: `clone` gets the address of the first byte, a multiple of 16, as its stack.
///
/// The server's call returns to the trampoline, which takes the arguments off, and the function. Trampoline and function
/// are addresses of [`SymbolTable`](crate::server::SymbolTable); the arguments of
/// [`server`](crate::server::SymbolTable::server) are its two descriptors, and of one with extensions also the address of
/// its buffer and how many words that has, which both may be 0.
pub fn frame<A: Abi>(trampoline: u64, function: u64, [a, b, c, d]: [u64; 4]) -> [u8; 72] {
    // The address takes 16 bytes where the stack pointer is always a multiple of that.
    let words = if A::WIRE_ID == X86_64::WIRE_ID {
        [trampoline, a, b, c, d, 0, 0, function, 0]
    } else {
        [trampoline, 0, a, b, c, d, 0, 0, function]
    };
    let mut bytes = [0; 72];
    for (to, word) in bytes.chunks_exact_mut(8).zip(words) {
        to.copy_from_slice(&word.to_le_bytes());
    }
    bytes
}

impl<I: SyscallInterface + MemoryInterface> Task<'_, I> {
    /// Blocks all signals: a handler that ran in the new task could run in its creator's memory.
    pub(super) async fn set_mask_for_clone(&self, layout: &Layout) -> Result<(), StartError> {
        let mut fixed = [0; 256];
        let all = layout.all.checked_offset_from(layout.mask).unwrap_or(0);
        if let Some(bytes) = fixed.get_mut(all..all.saturating_add(8)) {
            bytes.fill(0xff);
        }
        self.put(layout.mask, &fixed).await?;
        self.set_mask(layout.all, layout.mask).await
    }

    /// Sees to it that no handler is left in the new task: true if the kernel does it, otherwise the preparation does.
    pub(super) async fn clears_handlers(
        &self,
        layout: &Layout,
        flags: CloneFlags,
        preparation: &mut Preparation<I::Abi>,
    ) -> Result<bool, StartError> {
        if flags.contains(CloneFlags::SIGHAND) {
            return Ok(false);
        }
        // SAFETY: the kernel refuses a size of 0 before it does anything, if it has the call at all.
        match unsafe { self.interface.call(clone3(Address::NULL, 0)) }.await {
            Err(SyscallError::Errno(Errno::EINVAL)) => return Ok(true),
            Err(SyscallError::Errno(_)) => {}
            Err(cause) => return Err(StartError { call: "clone3", cause }),
            Ok(_) => return Ok(false),
        }
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
        Ok(false)
    }

    /// Puts on a stack what its first return takes off it.
    pub(super) async fn put_frame<A: Abi>(
        &self,
        at: Address,
        trampoline: u64,
        function: u64,
        arguments: [u64; 4],
    ) -> Result<(), StartError> {
        self.put(at, &frame::<A>(trampoline, function, arguments)).await
    }

    /// Reads the answers to the preparation, all of which must be good.
    pub(super) async fn answers(&self, responses: FileDescriptor, count: usize) -> Result<(), StartError> {
        for _ in 0..count {
            let mut answer = [0; wire::RESPONSE];
            if self.read_all(responses, &mut answer).await? < wire::RESPONSE {
                return Err(StartError { call: "preparing the child", cause: Errno::ECHILD.into() });
            }
            if let Err(error) = rsyscall_core::syscall::decode::<u64>(wire::decode_response(answer)) {
                return Err(StartError { call: "preparing the child", cause: error });
            }
        }
        Ok(())
    }
}

/// Makes the new task, with its pidfd.
pub(super) async fn clone<I: SyscallInterface + MemoryInterface>(
    task: &Task<'_, I>,
    layout: &Layout,
    flags: CloneFlags,
    frame: Address,
    clears: bool,
) -> Result<(Process, FileDescriptor), StartError> {
    let flags = flags.union(CloneFlags::PIDFD);
    let process = if clears {
        let flags = flags.union(CloneFlags::CLEAR_SIGHAND).bits();
        let start = layout.stack.start;
        let size = frame.checked_offset_from(start).unwrap_or(0) as u64;
        // flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls
        let words = [
            flags & !0xff,
            layout.pidfd.into_raw(),
            layout.futex.into_raw(),
            0,
            flags & 0xff,
            start.into_raw(),
            size,
            0,
        ];
        let mut bytes = [0; 64];
        for (to, word) in bytes.chunks_exact_mut(8).zip(words) {
            to.copy_from_slice(&word.to_le_bytes());
        }
        task.put(layout.clone, &bytes).await?;
        // SAFETY: the starter's caller promises that the stack and its frame are good, and the interface, too.
        unsafe { task.call("clone3", clone3(layout.clone, bytes.len())) }.await?
    } else {
        let clone = process::clone(flags, frame, layout.pidfd, layout.futex, Address::NULL);
        // SAFETY: as above.
        unsafe { task.call("clone", clone) }.await?
    };
    let mut pidfd = [0; 4];
    task.get(layout.pidfd, &mut pidfd).await?;
    Ok((process, FileDescriptor::from_raw(i32::from_le_bytes(pidfd))))
}
