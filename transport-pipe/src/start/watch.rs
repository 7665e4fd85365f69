//! The end of a server that shares its creator's descriptors, where no end of a stream would tell it.
#![expect(unsafe_code, reason = "a new task, and what it shares with the old one")]

use super::{
    Ended, StartError,
    preparation::{New, Preparation, frame},
    stream::TRANSFERS,
    task::Task,
};
use rsyscall_core::{
    identifier::{Address, FileDescriptor},
    interface::SyscallInterface,
    memory::MemoryInterface,
    near::{
        process::{self, CloneFlags, WaitOptions, exit},
        sched::futex_wait_shared,
        signal::{PidfdSignalFlags, Signal, kill, pidfd_send_signal},
    },
};

/// A task that waits until a server has ended or executed a program, and then closes the server's ends of its streams in the
/// table of descriptors that it shares with server and creator.
///
/// It is a server itself. What it does lies in a pipe of its own.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Watch {
    pidfd: FileDescriptor,
    /// Both ends of the pipe that it serves on.
    pipe: [FileDescriptor; 2],
    /// What it closes.
    ends: [FileDescriptor; 2],
}

/// Bytes of the server's stack that are its own stack.
pub(super) const STACK: usize = 5632;

/// Where they end, but for what its first return takes off.
const FRAME: usize = TRANSFERS + STACK - 80;

impl Watch {
    /// Starts the watch of a server that is about to be made.
    pub(super) async fn start<I: SyscallInterface + MemoryInterface>(
        task: &Task<'_, I>,
        server: &New<I::Abi>,
    ) -> Result<Self, StartError> {
        let [pipe] = task.pipes().await?;
        match Self::make(task, server, pipe).await {
            Ok(pidfd) => Ok(Self { pidfd, pipe, ends: server.streams }),
            Err(error) => {
                task.close_all(&pipe).await;
                Err(error)
            }
        }
    }

    async fn make<I: SyscallInterface + MemoryInterface>(
        task: &Task<'_, I>,
        server: &New<I::Abi>,
        pipe: [FileDescriptor; 2],
    ) -> Result<FileDescriptor, StartError> {
        let New { layout, table, streams, creator, .. } = server;
        let mut preparation = Preparation::<I::Abi>::new();
        preparation.push(futex_wait_shared(layout.futex, 1, Address::NULL));
        for end in *streams {
            preparation.close(end);
        }
        preparation.push(exit(0));
        let [_, requests] = pipe;
        task.write_all(requests, preparation.requests()).await?;
        let [infd, outfd] = pipe.map(FileDescriptor::word);
        let words = frame::<I::Abi>(table.trampoline, table.server, [infd, outfd, 0, 0, *creator]);
        let stack = task.stack.above_start(FRAME);
        task.put(stack, &words).await?;
        // No signal that its creator gets may end it.
        task.set_mask(layout.all, layout.mask).await?;
        let flags = CloneFlags::VM.union(CloneFlags::FILES).union(CloneFlags::FS).union(CloneFlags::PIDFD);
        let clone = process::clone(flags, stack, layout.pidfd, Address::NULL, Address::NULL);
        // SAFETY: the stack is a part of the server's that the server leaves alone, and has a frame.
        let cloned = unsafe { task.call("clone", clone) }.await;
        let restored = task.set_mask(layout.mask, Address::NULL).await;
        let process = cloned?;
        let mut pidfd = [0; 4];
        let read = task.get(layout.pidfd, &mut pidfd).await;
        let pidfd = FileDescriptor::from_raw(i32::from_le_bytes(pidfd));
        let Err(error) = restored.and(read) else { return Ok(pidfd) };
        // Its number is its own until it was waited for, whatever its creator does with SIGCHLD: it sends none.
        // SAFETY: it is the starter's.
        let _ = unsafe { task.call("kill", kill(process.into(), Signal::KILL)) }.await;
        task.reap(process).await;
        if read.is_ok() {
            task.close(pidfd).await;
        }
        Err(error)
    }

    /// Waits until it has ended, which it does by itself when the server has.
    pub(super) async fn end<I: SyscallInterface + MemoryInterface>(
        self,
        task: &Task<'_, I>,
        by_itself: bool,
    ) {
        if !by_itself {
            let kill = pidfd_send_signal(self.pidfd, Signal::KILL, Address::NULL, PidfdSignalFlags::empty());
            // SAFETY: it is the starter's.
            let _ = unsafe { task.call("pidfd_send_signal", kill) }.await;
        }
        if task.wait(self.pidfd, WaitOptions::EXITED).await != Ok(Ended::Exited(0)) {
            task.close_all(&self.ends).await;
        }
        task.close(self.pidfd).await;
        task.close_all(&self.pipe).await;
    }
}
