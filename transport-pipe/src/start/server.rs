//! Starting a server in a task's own memory, or with a copy of it.
#![expect(unsafe_code, reason = "a new task, and what it shares with the old one")]

use super::{
    Ended, Stack, StartError,
    preparation::{Layout, Preparation, clone},
    task::Task,
};
use crate::server::SymbolTable;
use rsyscall_core::{
    identifier::{Address, FileDescriptor, Process},
    interface::SyscallInterface,
    memory::MemoryInterface,
    near::{
        process::{CloneFlags, WaitOptions},
        signal::{PidfdSignalFlags, Signal, pidfd_send_signal},
    },
    syscall::Errno,
};

/// A server that was started: numbers that mean something in the task that it was started from.
///
/// Nothing is closed and nothing ends when this goes away: [`finish`] leaves nothing behind.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Server {
    /// Its number.
    pub process: Process,
    /// The process itself, never another one with the same number. Readable when it has ended.
    pub pidfd: FileDescriptor,
    /// Takes requests.
    pub requests: FileDescriptor,
    /// Gives responses.
    pub responses: FileDescriptor,
    /// What tells that a server is gone that shares its creator's descriptors.
    pub watch: Option<Watch>,
    /// Where it runs.
    pub stack: Stack,
}

/// A task that ends when a server that shares its creator's descriptors has ended or executed a program: its streams stay
/// open then, and their end tells nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Watch {
    /// Readable when the server is gone: wait for this beside the responses.
    pub pidfd: FileDescriptor,
    /// The server's own ends of its streams, in the table that is shared.
    pub(super) ends: [FileDescriptor; 2],
}

/// Starts a server in a task made with these flags, on this stack, through the task's interface.
///
/// `table` has the addresses of the functions in that task's memory: [`symbol_table`](crate::server::symbol_table) for this
/// process, and [`extended_symbol_table`](crate::server::extended_symbol_table) for a server with all extensions, whose frames
/// are read into what the stack has beyond 10,880 bytes; what `rsyscall-server` writes to its describefd, which has them, for
/// another. With `CLONE_VM` the new task shares that memory,
/// without it has a copy; with `CLONE_FILES` it shares the descriptors, and is watched, otherwise its copies of its
/// creator's ends of the pipes are closed. Namespaces and the signal to the parent are as the flags say. Handlers of
/// signals are set to the default in the new task, unless it shares them; its mask is its creator's.
///
/// It is killed when the thread that it was started from ends. If that thread is killed while the server is being made,
/// before the server's first instructions have asked for this, nobody kills it: with descriptors of its own it then ends at
/// the end of its input, but one that shares them has the other end of its input itself, and stays.
///
/// # Cancellation
///
/// A future that is dropped may leave descriptors open and a task running.
///
/// # Errors
///
/// [`StartError`] with the call that failed; nothing is left behind then, unless it is a hangup. EINVAL of `clone` also for
/// `CLONE_FILES` without `CLONE_VM`, of which nobody could tell the end, and for a stack that is too small.
///
/// # Safety
///
/// The stack is the caller's to use until the server has ended, and the addresses are right. Each call of the interface must
/// be made so that a child on a new stack continues at the address on that stack: a server's calls are, and those of
/// [`ThisProcess`](super::ThisProcess), but not those of `Local`.
pub async unsafe fn start_server<I: SyscallInterface + MemoryInterface>(
    interface: &I,
    table: SymbolTable,
    stack: Stack,
    flags: CloneFlags,
) -> Result<Server, StartError> {
    let shares_files = flags.contains(CloneFlags::FILES);
    let shares_memory = flags.contains(CloneFlags::VM);
    if stack.length < Stack::MINIMUM || (shares_files && !shares_memory) {
        return Err(StartError { call: "clone", cause: Errno::EINVAL.into() });
    }
    let task = Task { interface, stack };
    let layout = Layout::new(stack);
    let (their_requests, requests) = pair(task.pipe().await?);
    let (responses, their_responses) = match task.pipe().await {
        Ok(ends) => pair(ends),
        Err(error) => {
            close_all(&task, &[their_requests, requests]).await;
            return Err(error);
        }
    };
    let started = async {
        task.set_mask_for_clone(&layout).await?;
        let started = async {
            let watch = if shares_files { Some(start_watch(&task, table, &layout).await?) } else { None };
            let mut preparation = Preparation::<I::Abi>::new();
            if !shares_files {
                preparation.close(requests);
                preparation.close(responses);
            }
            let [buffer, words] = layout.buffer;
            let arguments = [their_requests.word(), their_responses.word(), buffer, words];
            let cloned = async {
                let flags = if shares_files { flags.union(CloneFlags::CHILD_CLEARTID) } else { flags };
                let clears = task.clears_handlers(&layout, flags, &mut preparation).await?;
                preparation.set_mask(&layout);
                task.write_all(requests, preparation.requests()).await?;
                task.put_frame::<I::Abi>(layout.frame, table.trampoline, table.server, arguments).await?;
                clone(&task, &layout, flags, layout.frame, clears).await
            };
            match cloned.await {
                Ok((process, pidfd)) => Ok((process, pidfd, watch, preparation.count())),
                Err(error) => {
                    if let Some(watch) = watch {
                        end_watch(&task, watch).await;
                    }
                    Err(error)
                }
            }
        }
        .await;
        task.set_mask(layout.mask, Address::NULL).await?;
        started
    }
    .await;
    let ends = [their_requests, their_responses];
    let (process, pidfd, watch, count) = match started {
        Ok(started) => started,
        Err(error) => {
            close_all(&task, &[their_requests, requests, responses, their_responses]).await;
            return Err(error);
        }
    };
    if !shares_files {
        close_all(&task, &ends).await;
    }
    let watch = watch.map(|pidfd| Watch { pidfd, ends });
    let server = Server { process, pidfd, requests, responses, watch, stack };
    match task.answers(responses, count).await {
        Ok(()) => Ok(server),
        Err(error) => {
            // SAFETY: nobody knows of it yet.
            let _ = unsafe { finish(interface, server) }.await;
            Err(error)
        }
    }
}

/// The two ends of a pipe.
const fn pair([first, second]: [FileDescriptor; 2]) -> (FileDescriptor, FileDescriptor) {
    (first, second)
}

async fn close_all<I: SyscallInterface + MemoryInterface>(task: &Task<'_, I>, fds: &[FileDescriptor]) {
    for &fd in fds {
        task.close(fd).await;
    }
}

/// Starts the task that waits until the kernel clears the futex: at the end of the server, and when it executes a program.
async fn start_watch<I: SyscallInterface + MemoryInterface>(
    task: &Task<'_, I>,
    table: SymbolTable,
    layout: &Layout,
) -> Result<FileDescriptor, StartError> {
    task.put(layout.futex, &1_u32.to_le_bytes()).await?;
    let arguments = [layout.futex.into_raw(), 1, 0, 0];
    task.put_frame::<I::Abi>(layout.watch_frame, table.trampoline, table.futex_helper, arguments).await?;
    let flags = CloneFlags::VM.union(CloneFlags::FILES).union(CloneFlags::FS);
    let (_, pidfd) = clone(task, layout, flags, layout.watch_frame, false).await?;
    let watched = async {
        task.wait(pidfd, WaitOptions::STOPPED).await?;
        let go_on = pidfd_send_signal(pidfd, Signal::CONT, Address::NULL, PidfdSignalFlags::empty());
        // SAFETY: it stopped itself to be continued.
        unsafe { task.call("pidfd_send_signal", go_on) }.await
    };
    match watched.await {
        Ok(()) => Ok(pidfd),
        Err(error) => {
            end_watch(task, pidfd).await;
            Err(error)
        }
    }
}

/// Ends a watch of nothing.
async fn end_watch<I: SyscallInterface + MemoryInterface>(task: &Task<'_, I>, pidfd: FileDescriptor) {
    let kill = pidfd_send_signal(pidfd, Signal::KILL, Address::NULL, PidfdSignalFlags::empty());
    // SAFETY: it is the starter's.
    let _ = unsafe { task.call("pidfd_send_signal", kill) }.await;
    let _ = task.wait(pidfd, WaitOptions::EXITED).await;
    task.close(pidfd).await;
}

/// Closes the streams of a server, at which it ends by itself, waits for it, and closes what is left.
///
/// A server in the middle of a call ends after the call: kill it first if that may be never.
///
/// # Errors
///
/// That of `waitid`: ECHILD if it was waited for before, or if the task ignores SIGCHLD. The descriptors are closed all the
/// same.
///
/// # Safety
///
/// The server was started through this interface, nobody uses its streams any more, and it was not finished before.
pub async unsafe fn finish<I: SyscallInterface + MemoryInterface>(
    interface: &I,
    server: Server,
) -> Result<Ended, StartError> {
    let task = Task { interface, stack: server.stack };
    close_all(&task, &[server.requests, server.responses]).await;
    let ended = task.wait(server.pidfd, WaitOptions::EXITED).await;
    task.close(server.pidfd).await;
    if let Some(watch) = server.watch {
        // A server that has ended woke it; after any other error nobody may ever.
        if ended.is_ok() {
            let _ = task.wait(watch.pidfd, WaitOptions::EXITED).await;
            task.close(watch.pidfd).await;
        } else {
            end_watch(&task, watch.pidfd).await;
        }
        close_all(&task, &watch.ends).await;
    }
    ended
}
