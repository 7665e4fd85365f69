//! Starting a program that serves, through any interface.
#![expect(unsafe_code, reason = "a new task, and what it shares with the old one")]

use super::{
    Server, Stack, StartError, finish,
    preparation::{Layout, Preparation, clone},
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
/// unless it is a hangup. ENAMETOOLONG of `execve` for a path of more than 4,095 bytes.
///
/// # Safety
///
/// As [`start_server`](super::start_server); the stack is free again when this is over.
pub async unsafe fn start_program<I: SyscallInterface + MemoryInterface>(
    interface: &I,
    table: SymbolTable,
    stack: Stack,
    path: &CStr,
) -> Result<Server, StartError> {
    if stack.length < Stack::MINIMUM {
        return Err(StartError { call: "clone", cause: Errno::EINVAL.into() });
    }
    if path.to_bytes_with_nul().len() > 4096 {
        return Err(StartError { call: "execve", cause: Errno::ENAMETOOLONG.into() });
    }
    let task = Task { interface, stack };
    let mut made = Made::default();
    let started = run(&task, table, path, &mut made).await;
    for fd in made.theirs {
        task.close(fd).await;
    }
    let server = match started {
        Ok(server) => server,
        Err(error) => {
            for fd in made.ours {
                task.close(fd).await;
            }
            return Err(error);
        }
    };
    // What it answered before it executed the program lies in the pipe that is left.
    let Made { control, count, .. } = made;
    let outcome = outcome(&task, control, count).await;
    task.close(control).await;
    match outcome {
        Ok(()) => Ok(server),
        Err(error) => {
            // SAFETY: nobody knows of it yet.
            let _ = unsafe { finish(interface, server) }.await;
            Err(error)
        }
    }
}

/// Descriptors, while it is not yet known whether there will be a server.
struct Made {
    ours: heapless::Vec<FileDescriptor, 3>,
    theirs: heapless::Vec<FileDescriptor, 3>,
    control: FileDescriptor,
    count: usize,
}

impl Default for Made {
    fn default() -> Self {
        Self {
            ours: heapless::Vec::new(),
            theirs: heapless::Vec::new(),
            control: FileDescriptor::NONE,
            count: 0,
        }
    }
}

impl Made {
    /// Remembers the ends of a pipe.
    fn add(&mut self, ours: FileDescriptor, theirs: FileDescriptor) {
        let _ = self.ours.push(ours);
        let _ = self.theirs.push(theirs);
    }
}

/// Makes pipes and process; the process has executed the program, or ended, when this is over.
async fn run<I: SyscallInterface + MemoryInterface>(
    task: &Task<'_, I>,
    table: SymbolTable,
    path: &CStr,
    made: &mut Made,
) -> Result<Server, StartError> {
    let [infd, requests] = task.pipe().await?;
    made.add(requests, infd);
    let [responses, outfd] = task.pipe().await?;
    made.add(responses, outfd);
    // One pipe both ways: the answers queue up behind the requests, and when the last request is taken, they alone are left.
    let [control, their_control] = task.pipe().await?;
    made.add(control, their_control);
    made.control = control;

    let layout = Layout::new(task.stack);
    let flags = CloneFlags::VM.union(CloneFlags::VFORK);
    let flags =
        CloneFlags::from_bits_retain(flags.bits() | u64::from(Signal::CHLD.into_raw().unsigned_abs()));
    task.set_mask_for_clone(&layout).await?;
    let cloned = async {
        task.put(layout.path, path.to_bytes_with_nul()).await?;
        task.put(layout.arguments, &layout.path.into_raw().to_le_bytes()).await?;
        let mut preparation = Preparation::<I::Abi>::new();
        let clears = task.clears_handlers(&layout, flags, &mut preparation).await?;
        // The trampoline asked for a signal; a program is not its creator's to kill.
        preparation.push(prctl(PrctlOption::SET_PDEATHSIG, 0, 0, 0, 0));
        preparation.push(dup3(infd, FileDescriptor::STDIN, OFlags::empty()));
        preparation.push(dup3(outfd, FileDescriptor::STDOUT, OFlags::empty()));
        preparation.set_mask(&layout);
        made.count = preparation.count();
        let null = layout.arguments.checked_add(8).unwrap_or(Address::NULL);
        preparation.push(execve(layout.path, layout.arguments, null));
        preparation.push(exit(127));
        task.write_all(their_control, preparation.requests()).await?;
        let ends = [control.word(), their_control.word(), 0, 0];
        task.put_frame::<I::Abi>(layout.frame, table.trampoline, table.server, ends).await?;
        clone(task, &layout, flags, layout.frame, clears).await
    }
    .await;
    task.set_mask(layout.mask, Address::NULL).await?;
    let (process, pidfd) = cloned?;
    Ok(Server { process, pidfd, requests, responses, watch: None, stack: task.stack })
}

/// What became of the preparation, from what is left in its pipe: `exit` and the answers before `execve` if that
/// succeeded, otherwise one answer more, and no request.
async fn outcome<I: SyscallInterface + MemoryInterface>(
    task: &Task<'_, I>,
    control: FileDescriptor,
    count: usize,
) -> Result<(), StartError> {
    let mut bytes = [0; 1024];
    let length = task.read_all(control, &mut bytes).await?;
    let answers = |from: usize| bytes.get(from..length).map(|bytes| bytes.as_chunks().0).unwrap_or_default();
    let before = count.saturating_mul(wire::RESPONSE);
    let (answers, executed) = if length == before.saturating_add(wire::REQUEST) {
        (answers(wire::REQUEST), true)
    } else if length == before.saturating_add(wire::RESPONSE) {
        (answers(0), false)
    } else {
        // Something ended it in the middle.
        return Err(StartError { call: "preparing the child", cause: Errno::ECHILD.into() });
    };
    for (index, &answer) in answers.iter().enumerate() {
        let call = if index == count { "execve" } else { "preparing the child" };
        decode::<u64>(wire::decode_response(answer)).map_err(|cause| StartError { call, cause })?;
    }
    if executed { Ok(()) } else { Err(StartError { call: "execve", cause: Errno::ENOEXEC.into() }) }
}
