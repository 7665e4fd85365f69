//! Starting a program that serves, through any interface.
#![expect(unsafe_code, reason = "a new task, and what it shares with the old one")]

use super::{
    Server, Stack, StartError, finish,
    preparation::{Layout, New, Preparation},
    results::{Results, check_answers},
    task::Task,
};
use crate::{server::SymbolTable, wire};
use core::ffi::CStr;
use rsyscall_core::{
    identifier::{Address, FileDescriptor},
    interface::SyscallInterface,
    memory::MemoryInterface,
    near::{
        fs::OFlags,
        io::dup3,
        process::{CloneFlags, PrctlOption, execve, exit, prctl},
        signal::Signal,
    },
    syscall::{Errno, decode},
};

/// Where in the stack the path lies, from its start.
const PATH: usize = 4096;

/// Starts the program at `path` in a new process, through a task's interface: a program that serves on its standard input and
/// output, like `rsyscall-server`.
///
/// The new process is made with `CLONE_VM | CLONE_VFORK` on this stack, so that nothing is copied. It inherits what a
/// program inherits by `execve`: descriptors without close-on-exec, signals that are ignored, the signal mask. The environment
/// is empty. Its ends of the pipes are open in it only, so that its death is the end of the stream. It lives on when the
/// task ends that it was started from, until its input ends.
///
/// # Cancellation
///
/// A future that is dropped may leave descriptors open and a process running.
///
/// # Errors
///
/// [`StartError`] with the call that failed, `execve` where the program cannot be executed; nothing is left behind then,
/// unless it is a hangup, or "reading memory": then the descriptors stay open whose numbers could not be read. ENAMETOOLONG of
/// `execve` for a path of more than 4,095 bytes.
///
/// # Safety
///
/// As [`start_server`](super::start_server); the stack, of at least [`Stack::PROGRAM`] bytes, is free again when this is over.
pub async unsafe fn start_program<I: SyscallInterface + MemoryInterface>(
    interface: &I,
    table: SymbolTable,
    stack: Stack,
    path: &CStr,
) -> Result<Server, StartError> {
    if stack.length < Stack::PROGRAM {
        return Err(StartError { call: "clone", cause: Errno::EINVAL.into() });
    }
    if path.to_bytes_with_nul().len() > 4096 {
        return Err(StartError { call: "execve", cause: Errno::ENAMETOOLONG.into() });
    }
    let task = Task { interface, stack };
    let place = stack.above_start(PATH);
    task.put(place, path.to_bytes_with_nul()).await?;
    let [[infd, requests], [responses, outfd]] = task.pipes().await?;
    let layout = Layout::new(stack);
    // Before the program is executed, the pipe of the responses goes both ways: the answers queue up behind the requests.
    let mut preparation = Preparation::<I::Abi>::new();
    // The trampoline asked for a signal; a program is not its creator's to kill.
    preparation.push(prctl(PrctlOption::SET_PDEATHSIG, 0, 0, 0, 0));
    preparation.push(dup3(infd, FileDescriptor::STDIN, OFlags::empty()));
    preparation.push(dup3(outfd, FileDescriptor::STDOUT, OFlags::empty()));
    let after = layout.arguments.checked_add(8).unwrap_or(Address::NULL);
    preparation.push(execve(place, layout.arguments, after));
    preparation.push(exit(127));
    let flags = CloneFlags::VM.union(CloneFlags::VFORK).with(Signal::CHLD);
    let new = New {
        flags,
        layout,
        table,
        streams: [responses, outfd],
        requests: outfd,
        preparation,
        buffer: [0, 0],
        creator: 0,
    };
    let made = async {
        new.put(&task, place).await?;
        new.clone(&task).await
    };
    let made = made.await;
    task.close_all(&[infd, outfd]).await;
    let (process, count) = match made {
        Ok(made) => made,
        Err(error) => {
            task.close_all(&[requests, responses]).await;
            return Err(error);
        }
    };
    // The new process has executed the program, or ended: all of it is there.
    let mut results = Results::new();
    let read = task.read(responses, Results::place(stack), Results::ROOM).await;
    let pidfd = match results.get(&task, *read.as_ref().unwrap_or(&0)).await {
        Ok(pidfd) => pidfd,
        Err(error) => {
            task.close_all(&[requests, responses]).await;
            task.reap(process).await;
            return Err(error);
        }
    };
    let server = Server { process, pidfd, requests, responses, watch: None, stack };
    match read.and_then(|length| outcome(results.bytes(length), count)) {
        Ok(()) => Ok(server),
        Err(error) => {
            // SAFETY: nobody knows of it yet.
            let _ = unsafe { finish(interface, server) }.await;
            Err(error)
        }
    }
}

/// What became of the preparation, from what was left in the pipe: the last request and the answers before `execve` if that
/// succeeded, otherwise one answer more, and no request.
fn outcome(bytes: &[u8], count: usize) -> Result<(), StartError> {
    // `execve` and `exit` have none that would be good.
    let before = count.saturating_sub(2);
    let executed = before.saturating_mul(wire::RESPONSE).saturating_add(wire::REQUEST);
    let refused = before.saturating_add(1).saturating_mul(wire::RESPONSE);
    if bytes.len() == executed {
        return check_answers(bytes.get(wire::REQUEST..).unwrap_or_default());
    }
    match bytes.split_last_chunk() {
        Some((answers, &answer)) if bytes.len() == refused => {
            check_answers(answers)?;
            let cause = decode::<u64>(wire::decode_response(answer)).err().unwrap_or(Errno::ENOEXEC.into());
            Err(StartError { call: "execve", cause })
        }
        // Something ended it in the middle.
        _ => Err(StartError::unprepared(Errno::ECHILD)),
    }
}
