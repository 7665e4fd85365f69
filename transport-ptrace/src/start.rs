//! A program that is started to be traced from its first instruction on.
#![expect(unsafe_code, reason = "forks")]

use crate::{
    attach::{OPTIONS, find},
    error::{AttachError, Reason},
    registers::Seen,
    request::{call, close_own, plain},
    session::{Session, State},
    stop::Stop,
};
use core::{cell::OnceCell, ffi::CStr, fmt};
use heapless::Vec;
use rsyscall_core::{
    block_on,
    identifier::{Address, FileDescriptor, Process},
    interface::{SyscallError, SyscallInterface},
    near::{
        fs::OFlags,
        io::{pipe2, read},
        process::{CloneFlags, WaitOptions, WaitTarget, clone, execve, exit_group, wait4},
        ptrace::{PtraceOptions, PtraceRequest},
        signal::{Signal, SignalTarget, SigprocmaskHow, kill, rt_sigprocmask},
    },
    syscall::Errno,
};

/// A program that is to be started as a child of this process, and stopped before its first instruction.
#[derive(Clone, Copy, Debug)]
pub struct Program<'a> {
    /// Its file, which `execve` looks up from this process's working directory; `PATH` is not searched.
    pub path: &'a CStr,
    /// Its arguments, its name the first of them. Up to 511.
    pub arguments: &'a [&'a CStr],
    /// Its environment, each string as `NAME=value`, and nothing of this process's own. Up to 511.
    pub environment: &'a [&'a CStr],
    /// Whether the kernel kills it if this process ends before it is let go (`PTRACE_O_EXITKILL`).
    pub exitkill: bool,
}

/// A program could not be started. Nothing is left of the attempt.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum StartError {
    /// More strings in its arguments or its environment than there is room for.
    TooManyStrings {
        /// For so many there is room in each.
        limit: usize,
    },
    /// The kernel does not execute it: ENOENT and EACCES are about the file or its interpreter, ENOEXEC says that it is no program,
    /// E2BIG that the strings are too long. `execve(2)` has the rest.
    Execute(Errno),
    /// The child was there and could not be traced; its number is that of a process that is gone.
    Attach(AttachError),
    /// Another call failed: one of this process, which has no descriptor or no process left, or forbids `ptrace`.
    Call {
        /// The call, and its request if it has many.
        call: &'static str,
        /// What the kernel answered.
        errno: Errno,
    },
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooManyStrings { limit } => {
                write!(
                    f,
                    "cannot start the program: more than {limit} arguments, or strings in its environment"
                )
            }
            Self::Execute(errno) => write!(f, "cannot start the program: execve: {errno}"),
            Self::Attach(error) => write!(f, "cannot start the program: {error}"),
            Self::Call { call, errno } => write!(f, "cannot start the program: {call}: {errno}"),
        }
    }
}

impl core::error::Error for StartError {}

/// How many arguments a program can be given, and how many strings in its environment.
const STRINGS: usize = 511;
/// A list that ends with a null.
type Strings = Vec<Address, { STRINGS + 1 }>;

fn strings(strings: &[&CStr]) -> Result<Strings, StartError> {
    let addresses = strings.iter().map(|string| Address::from_pointer(string.as_ptr()));
    let mut list = Strings::new();
    for address in addresses.chain([Address::NULL]) {
        list.push(address).map_err(|_| StartError::TooManyStrings { limit: STRINGS })?;
    }
    Ok(list)
}

impl Program<'_> {
    /// Starts it. The session is of its main thread, which has not executed an instruction of its own yet.
    ///
    /// It has this process's descriptors but those that are close-on-exec, its ignored signals, and the signal mask of this
    /// thread. Let go, by [`Session::detach`] or when the session is dropped, it runs; it is a child of this process, which waits
    /// for its end as for every child's. This blocks until `execve` is done, and forks: the memory of this process is copied on
    /// write.
    ///
    /// # Errors
    ///
    /// [`StartError`] says why, and then there is no child. Its SIGCHLD may have come.
    pub fn start(&self) -> Result<Session, StartError> {
        let arguments = strings(self.arguments)?;
        let environment = strings(self.environment)?;
        let (child, mask, go) = fork()?;
        let session = self.execute(child, mask, &arguments, &environment);
        if session.is_err() {
            end(child);
            while {
                let wait = wait4(WaitTarget::from(child), Address::NULL, WaitOptions::ALL, Address::NULL);
                // SAFETY: nothing is written.
                unsafe { call(wait) == Err(Errno::EINTR) }
            } {}
        }
        close_own(go);
        session
    }

    /// Has a forked child execute the program.
    fn execute(
        &self,
        child: Process,
        mask: u64,
        arguments: &Strings,
        environment: &Strings,
    ) -> Result<Session, StartError> {
        let attach = |reason| StartError::Attach(AttachError { process: child, reason });
        let mut session = Session::attach(child).map_err(StartError::Attach)?;
        if self.exitkill {
            let options = OPTIONS.union(PtraceOptions::EXITKILL);
            plain(PtraceRequest::SETOPTIONS, &session.tracee, 0, options.word())
                .map_err(|errno| StartError::Call { call: "ptrace(PTRACE_SETOPTIONS)", errno })?;
        }
        session.mask.set(mask);
        let path = Address::from_pointer(self.path.as_ptr());
        let execute = execve(
            path,
            Address::from_pointer(arguments.as_ptr()),
            Address::from_pointer(environment.as_ptr()),
        );
        // SAFETY: the child is a copy of this process, with the same strings at the same addresses.
        match block_on(unsafe { session.call(execute) }, || ()) {
            Err(SyscallError::Hangup(_)) if session.state.get() == State::Replaced => {}
            Err(SyscallError::Errno(errno)) => return Err(StartError::Execute(errno)),
            _ => return Err(attach(Reason::Ended)),
        }
        match session.stop_before_first_instruction() {
            Ok(()) => Ok(session),
            Err(reason) => {
                // Before it is let go: the program is not to run.
                end(child);
                Err(attach(reason))
            }
        }
    }
}

/// Kills a child that this process has started and nobody has waited for.
fn end(child: Process) {
    // SAFETY: the number is its own.
    let _ = unsafe { call(kill(SignalTarget::from(child), Signal::KILL)) };
}

impl Session {
    /// From the stop within `execve` to the last one before the new program runs, and takes that over.
    fn stop_before_first_instruction(&mut self) -> Result<(), Reason> {
        let failed = |call| move |errno| Reason::Call { call, errno };
        loop {
            // It surfaces when the thread leaves the kernel.
            plain(PtraceRequest::INTERRUPT, &self.tracee, 0, 0)
                .map_err(failed("ptrace(PTRACE_INTERRUPT)"))?;
            self.resume(PtraceRequest::CONT).map_err(failed("ptrace(PTRACE_CONT)"))?;
            match self.next_stop() {
                Stop::Event { .. } => break,
                Stop::Ended | Stop::Exiting => return Err(Reason::Ended),
                Stop::Signal(signal) => self.hold(signal),
                Stop::Syscall | Stop::Exec | Stop::Other => {}
            }
        }
        let found = find(&self.tracee, self.pidfd)?;
        self.saved.set(found.saved);
        self.laid.set(false);
        // It has one thread, which uses no vectors yet.
        self.with_others.set(false);
        self.vectors = OnceCell::new();
        self.memory = found.memory;
        self.site = found.site;
        self.sequence = None;
        self.seen = Seen::default();
        self.dispatch.set(None);
        self.state.set(State::Stopped);
        Ok(())
    }
}

/// A child that does nothing, the signal mask of this thread, and the descriptor with which the child ends when it is closed.
fn fork() -> Result<(Process, u64, FileDescriptor), StartError> {
    let failed = |call| move |errno| StartError::Call { call, errno };
    let mut ends = [-1_i32; 2];
    let address = Address::from_pointer(&raw mut ends);
    // SAFETY: the kernel writes two ints, which is what is there.
    unsafe { call(pipe2(address, OFlags::CLOEXEC)) }.map_err(failed("pipe2"))?;
    let [ends_with, go] = ends.map(FileDescriptor::from_raw);
    // Handlers are the parent's own, and none is to run in the child.
    let every = u64::MAX;
    let mut mask = 0_u64;
    let own = Address::from_pointer(&raw mut mask);
    let block = rt_sigprocmask(SigprocmaskHow::SETMASK, Address::from_pointer(&raw const every), own, 8);
    // SAFETY: both sets are words, and alive.
    let forked = unsafe { call(block) }.map_err(failed("rt_sigprocmask")).and_then(|()| {
        let null = Address::NULL;
        let flags = CloneFlags::empty().with(Signal::CHLD);
        // SAFETY: the child gets a copy of all memory, and goes on from here to its end.
        let forked = unsafe { call(clone(flags, null, null, null, null)) }.map_err(failed("clone"));
        if forked == Ok(Process::from_raw(0)) {
            wait_in_child(ends_with, go);
        }
        let set = Address::from_pointer(&raw const mask);
        // SAFETY: the set is a word, and alive.
        let _ = unsafe { call(rt_sigprocmask(SigprocmaskHow::SETMASK, set, Address::NULL, 8)) };
        forked
    });
    close_own(ends_with);
    if forked.is_err() {
        close_own(go);
    }
    Ok((forked?, mask, go))
}

/// The child's whole life, unless it executes a program: it ends with its parent.
fn wait_in_child(ends_with: FileDescriptor, go: FileDescriptor) -> ! {
    close_own(go);
    let mut byte = 0_u8;
    let address = Address::from_pointer(&raw mut byte);
    // SAFETY: the kernel writes one byte, which is there.
    let _ = unsafe { call(read(ends_with, address, 1)) };
    loop {
        // SAFETY: it is this child's end.
        let _ = unsafe { call(exit_group(127)) };
    }
}
