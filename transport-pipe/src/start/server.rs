//! Starting a server in a task's own memory, or with a copy of it.
#![expect(unsafe_code, reason = "a new task, and what it shares with the old one")]

use super::{
    Ended, Stack, StartError,
    preparation::{Layout, New, Preparation, buffer},
    results::{Results, check_answers},
    stream::TRANSFERS,
    task::Task,
    watch::{self, Watch},
};
use crate::{server::SymbolTable, wire};
use rsyscall_core::{
    identifier::{Address, FileDescriptor, Process},
    interface::{SyscallError, SyscallInterface},
    memory::MemoryInterface,
    near::{
        io::{CloseRangeFlags, close_range},
        process::{CloneFlags, WaitOptions, getpid},
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
    /// Who ends the streams of a server that shares its creator's descriptors.
    pub watch: Option<Watch>,
    /// Where it runs.
    pub stack: Stack,
}

/// Starts a server in a task made with these flags, on this stack, through the task's interface.
///
/// `table` has the addresses of the functions in that task's memory: [`symbol_table`](crate::server::symbol_table) for this
/// process, and [`extended_symbol_table`](crate::server::extended_symbol_table) for a server with all extensions, whose frames
/// are read into what the stack has beyond 14,848 bytes, with `CLONE_FILES` beyond 20,480; what `rsyscall-server` writes to its
/// describefd, which has them, for another. With `CLONE_VM` the new task shares that memory,
/// without it has a copy; with `CLONE_FILES` it shares the descriptors, and is watched, otherwise its copies of its
/// creator's ends of the pipes are closed. Namespaces and the signal to the parent are as the flags say. Handlers of
/// signals are set to the default in the new task, unless it shares them, and then they run on this stack, too; its mask is
/// its creator's.
///
/// It is killed when the thread that it was started from ends. If that is killed while the server is being made, before the
/// server's first instructions have asked for this, one with descriptors of its own ends at the end of its input. One that
/// shares them has the other end of its input itself, and so looks for its parent, where that is its creator (not with
/// `CLONE_NEWPID`, `CLONE_THREAD` or `CLONE_PARENT`).
///
/// # Cancellation
///
/// A future that is dropped may leave descriptors open and a task running.
///
/// # Errors
///
/// [`StartError`] with the call that failed; nothing is left behind then, unless it is a hangup, or "reading memory": then the
/// descriptors stay open whose numbers could not be read. EINVAL of `clone` also for `CLONE_FILES` without `CLONE_VM`, of which
/// nobody could tell the end, and for a stack that is too small.
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
    let creator = if shares_files && !flags.intersects(CloneFlags::THREAD.union(CloneFlags::PARENT)) {
        // SAFETY: it takes nothing.
        unsafe { task.call("getpid", getpid()) }.await?.into_raw().unsigned_abs().into()
    } else {
        0
    };
    task.put(stack.start, &[0; 16]).await?;
    let [[their_requests, requests], [responses, their_responses]] = task.pipes().await?;
    let ends = [their_requests, their_responses];
    let mut preparation = Preparation::<I::Abi>::new();
    // One answer is waited for in less time than two. The numbers follow each other unless others were free between them.
    let neighbours = requests.into_raw().checked_add(1) == Some(responses.into_raw());
    if !shares_files && neighbours {
        preparation.push(close_range(requests, responses, CloseRangeFlags::empty()));
    } else if !shares_files {
        preparation.close(requests);
        preparation.close(responses);
    }
    let flags = if shares_files { flags.union(CloneFlags::CHILD_CLEARTID) } else { flags };
    let buffer = buffer(stack, if shares_files { TRANSFERS + watch::STACK } else { TRANSFERS });
    let layout = Layout::new(stack);
    let new = New { flags, layout, table, streams: ends, requests, preparation, buffer, creator };
    let started = async {
        new.put(&task, Address::NULL).await?;
        let watch = if shares_files { Some(Watch::start(&task, &new).await?) } else { None };
        match new.clone(&task).await {
            Ok((process, count)) => Ok((process, count, watch)),
            Err(error) => {
                if let Some(watch) = watch {
                    watch.end(&task, false).await;
                }
                Err(error)
            }
        }
    };
    let (process, count, watch) = match started.await {
        Ok(started) => started,
        Err(error) => {
            task.close_all(&ends).await;
            task.close_all(&[requests, responses]).await;
            return Err(error);
        }
    };
    if !shares_files {
        task.close(their_responses).await;
    }
    let mut results = Results::new();
    let read = task.read_all(responses, Results::place(stack), count.saturating_mul(wire::RESPONSE)).await;
    let pidfd = results.get(&task, *read.as_ref().unwrap_or(&0)).await;
    let mut prepared = read.and_then(|length| check_answers(results.bytes(length)));
    if let Err(StartError { cause: SyscallError::Errno(Errno::ENOSYS | Errno::EPERM), .. }) = prepared
        && neighbours
    {
        // A kernel without `close_range`, or a filter.
        prepared = close_there(&task, requests, responses).await;
    }
    if !shares_files {
        task.close(their_requests).await;
    }
    let pidfd = match pidfd {
        Ok(pidfd) => pidfd,
        Err(error) => {
            task.close_all(&[requests, responses]).await;
            task.reap(process).await;
            if let Some(watch) = watch {
                watch.end(&task, true).await;
            }
            return Err(error);
        }
    };
    let server = Server { process, pidfd, requests, responses, watch, stack };
    match prepared {
        Ok(()) => Ok(server),
        Err(error) => {
            // SAFETY: nobody knows of it yet.
            let _ = unsafe { finish(interface, server) }.await;
            Err(error)
        }
    }
}

/// Has a server close its copies of its creator's ends, each by a call of its own.
async fn close_there<I: SyscallInterface + MemoryInterface>(
    task: &Task<'_, I>,
    requests: FileDescriptor,
    responses: FileDescriptor,
) -> Result<(), StartError> {
    let mut preparation = Preparation::<I::Abi>::new();
    preparation.close(requests);
    preparation.close(responses);
    task.write_all(requests, preparation.requests()).await?;
    let mut answers = [0; 2 * wire::RESPONSE];
    task.read_all(responses, task.stack.start, answers.len()).await?;
    task.get(task.stack.start, &mut answers).await?;
    check_answers(&answers)
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
    task.close_all(&[server.requests, server.responses]).await;
    let ended = task.wait(server.pidfd, WaitOptions::EXITED).await;
    task.close(server.pidfd).await;
    if let Some(watch) = server.watch {
        watch.end(&task, ended.is_ok()).await;
    }
    ended
}
