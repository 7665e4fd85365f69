//! A server that is a child of this process.

use super::{Ended, StartError, check};
use crate::{
    Client,
    fd::{BlockingFd, PolledFd},
    sys,
};
use linux_raw_sys::general::{CLD_EXITED, P_PIDFD, SIGKILL, WEXITED};
use rsyscall_core::{
    abi::Native,
    identifier::{FileDescriptor, Process},
    interface::SyscallError,
    syscall::Errno,
};
use syscalls::Sysno;

/// A server that is a child of this process: its identifiers, none of which closes or ends anything when it goes away.
///
/// [`finish`](Self::finish), or [`wait`](Self::wait) and [`close`](Self::close), leave nothing behind.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Child {
    /// Its number: its own until it was waited for.
    pub process: Process,
    /// The process itself, never another one with the same number. Readable when it has ended.
    pub pidfd: FileDescriptor,
    /// Takes requests.
    pub requests: FileDescriptor,
    /// Gives responses.
    pub responses: FileDescriptor,
}

impl Child {
    /// A client that needs no executor: `block_on(…, || ())` drives it. It may touch the child's memory.
    ///
    /// # Safety
    ///
    /// The child is neither closed nor waited for as long as the client is used, and no other client uses its streams.
    pub unsafe fn client<const N: usize>(&self) -> Client<BlockingFd, BlockingFd, Native, N> {
        // SAFETY: the caller's promise.
        let client = unsafe { Client::blocking(self.responses, self.requests) };
        // SAFETY: the caller's promise: the number is the child's until it was waited for.
        unsafe { client.with_activity_fd(FileDescriptor::STDIN).with_local_memory(self.process) }
    }

    /// A client for many calls in flight: `block_on(…, || client.park())` drives it. It may touch the child's memory.
    ///
    /// # Safety
    ///
    /// As [`client`](Self::client).
    pub unsafe fn polled_client<const N: usize>(&self) -> Client<PolledFd, PolledFd, Native, N> {
        // SAFETY: the caller's promise.
        let client = unsafe { Client::polled(self.responses, self.requests) };
        // SAFETY: as for the other client.
        unsafe { client.with_activity_fd(FileDescriptor::STDIN).with_local_memory(self.process) }
    }

    /// Sends SIGKILL, to this process and never to another one.
    ///
    /// # Errors
    ///
    /// ESRCH if it was waited for.
    pub fn kill(&self) -> Result<(), StartError> {
        let words = [self.pidfd.word(), SIGKILL.into(), 0, 0, 0, 0];
        // SAFETY: the child was started to be ours.
        check("pidfd_send_signal", unsafe { sys::call(Sysno::pidfd_send_signal, words) })?;
        Ok(())
    }

    /// Waits until it ends and takes its status.
    ///
    /// # Errors
    ///
    /// ECHILD if it was waited for before, or if this process ignores SIGCHLD.
    pub fn wait(&self) -> Result<Ended, StartError> {
        // `siginfo_t`, 128 bytes.
        let mut info = [0_i32; 32];
        let address = info.as_mut_ptr().expose_provenance() as u64;
        loop {
            let words = [P_PIDFD.into(), self.pidfd.word(), address, WEXITED.into(), 0, 0];
            // SAFETY: it writes a siginfo_t, which is what the array has room for.
            match check("waitid", unsafe { sys::call(Sysno::waitid, words) }) {
                Err(StartError { cause: SyscallError::Errno(Errno::EINTR), .. }) => {}
                Err(error) => return Err(error),
                Ok(_) => break,
            }
        }
        // si_signo, si_errno, si_code, padding, si_pid, si_uid, si_status.
        let [_, _, code, _, _, _, status, ..] = info;
        Ok(if code.cast_unsigned() == CLD_EXITED { Ended::Exited(status) } else { Ended::Signalled(status) })
    }

    /// Closes the streams, at which a server that serves ends by itself, waits for it, and closes the pidfd.
    ///
    /// A server in the middle of a call ends after the call: [`kill`](Self::kill) it first if that may be never.
    ///
    /// # Errors
    ///
    /// As [`wait`](Self::wait); the descriptors are closed all the same.
    ///
    /// # Safety
    ///
    /// The descriptors were not closed yet, and nobody uses them any more.
    pub unsafe fn finish(self) -> Result<Ended, StartError> {
        for fd in [self.requests, self.responses] {
            // SAFETY: the caller's promise.
            unsafe { sys::close(fd.into_raw()) };
        }
        let ended = self.wait();
        // SAFETY: the caller's promise.
        unsafe { sys::close(self.pidfd.into_raw()) };
        ended
    }

    /// Closes the streams and the pidfd of a child that was waited for, or that is to live on.
    ///
    /// # Safety
    ///
    /// As [`finish`](Self::finish).
    pub unsafe fn close(self) {
        for fd in [self.requests, self.responses, self.pidfd] {
            // SAFETY: the caller's promise.
            unsafe { sys::close(fd.into_raw()) };
        }
    }
}
