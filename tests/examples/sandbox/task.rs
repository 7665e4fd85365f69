//! The child that becomes the program, and what is said when a step fails.

use anyhow::{Context, Result};
use rsyscall_core::{
    abi::Native,
    block_on,
    identifier::{Address, FileDescriptor},
    interface::{Hangup, SyscallError, SyscallInterface},
    near::{
        process::CloneFlags,
        signal::{PidfdSignalFlags, Signal, pidfd_send_signal},
    },
    syscall::{Instruction, Outcome},
};
use rsyscall_transport_pipe::{
    BlockingFd, Client,
    server::symbol_table,
    start::{Ended, Server, Stack, ThisProcess, finish, start_server},
};
use std::ffi::CStr;

/// Memory for the child's stack.
pub(crate) struct Room(Vec<u128>);

impl Room {
    pub(crate) fn new() -> Self {
        Self(vec![0; Stack::MINIMUM / size_of::<u128>()])
    }
}

/// A child in this program's memory, with descriptors and namespaces of its own.
///
/// It is killed when this goes away, and nothing is left of it: all that was made for it was made in its namespaces.
pub(crate) struct Task<'r> {
    server: Option<Server>,
    client: Client<BlockingFd, BlockingFd, Native, 4>,
    _room: &'r mut Room,
}

impl<'r> Task<'r> {
    /// Starts it. It does nothing but what it is asked.
    pub(crate) fn start(room: &'r mut Room, namespaces: CloneFlags) -> Result<Self> {
        let stack = Stack { start: Address::from_pointer(room.0.as_mut_ptr()), length: Stack::MINIMUM };
        let flags = CloneFlags::VM.union(namespaces).with(Signal::CHLD);
        // SAFETY: the room is borrowed until the child has ended, and the functions are this program's.
        let server = block_on(unsafe { start_server(&ThisProcess, symbol_table(), stack, flags) }, || ())?;
        // SAFETY: the streams are the server's, which nobody else knows.
        let client = unsafe { Client::blocking(server.responses, server.requests) };
        Ok(Self { server: Some(server), client, _room: room })
    }

    /// The folder of the child under `/proc`, seen from here.
    pub(crate) fn proc(&self) -> String {
        let number = self.server.map_or(0, |server| server.process.into_raw());
        format!("/proc/{number}")
    }

    /// Makes one call in the child; an error names the step, the call, and the cause.
    pub(crate) fn call<R: Outcome>(&self, step: &str, instruction: Instruction<R>) -> Result<R> {
        // SAFETY: the descriptors and the namespaces are the child's own. The addresses are of strings and structs of this
        // program, which live until the call is over, and which no call made here writes to.
        let result = block_on(unsafe { self.client.call(instruction) }, || ());
        result.with_context(|| {
            let call = instruction.to_string();
            format!("cannot {step}: {}", call.split('(').next().unwrap_or_default())
        })
    }

    /// Executes a program in the child, after which it is no task of ours any more.
    pub(crate) fn execute(&self, instruction: Instruction<()>) -> Result<()> {
        match self.call("execute the program", instruction) {
            Err(error) => match error.downcast_ref::<SyscallError>() {
                // Its end of the stream was closed by executing: that is success.
                Some(SyscallError::Hangup(Hangup::EndOfStream)) => Ok(()),
                _ => Err(error),
            },
            Ok(()) => Ok(()),
        }
    }

    /// Waits until it ends.
    pub(crate) fn wait(mut self) -> Result<Ended> {
        let server = self.server.take().context("it was not waited for before")?;
        // SAFETY: the server was started from here, and nobody uses its streams any more.
        Ok(block_on(unsafe { finish(&ThisProcess, server) }, || ())?)
    }
}

impl Drop for Task<'_> {
    fn drop(&mut self) {
        if let Some(server) = self.server.take() {
            let kill =
                pidfd_send_signal(server.pidfd, Signal::KILL, Address::NULL, PidfdSignalFlags::empty());
            // SAFETY: the child is ours.
            let _ = block_on(unsafe { ThisProcess.call(kill) }, || ());
            // SAFETY: as in `wait`.
            let _ = block_on(unsafe { finish(&ThisProcess, server) }, || ());
        }
    }
}

/// Where a string lies, in the child as well as here.
pub(crate) fn at(string: &CStr) -> Address {
    Address::from_pointer(string.as_ptr())
}

/// The folder that a task is in.
pub(crate) const HERE: FileDescriptor = FileDescriptor::AT_FDCWD;
