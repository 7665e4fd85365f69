//! Starting a server as a child over a pair of pipes.
//!
//! The child is made with `CLONE_VM | CLONE_VFORK` on a small stack of its own and executes the program at once: this
//! process's memory is neither copied nor, while the child prepares, touched by anybody else than the child.
#![expect(unsafe_code, reason = "a child in this process's memory")]

mod child;
mod exec;

pub use child::{Child, Ended};

use crate::sys;
use core::{ffi::CStr, fmt, mem::MaybeUninit};
use exec::Plan;
use linux_raw_sys::general::{CLONE_PIDFD, CLONE_VFORK, CLONE_VM, O_CLOEXEC, SIG_SETMASK, SIGCHLD};
use rsyscall_core::{
    identifier::{FileDescriptor, Process},
    syscall::Errno,
};
use syscalls::Sysno;

/// Starting a child or asking for it failed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct StartError {
    /// The call that failed, by its name.
    pub call: &'static str,
    /// Why.
    pub errno: Errno,
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot start the server: {}: {}", self.call, self.errno)
    }
}

impl core::error::Error for StartError {}

/// What the kernel returned, or the error of that call.
fn check(call: &'static str, returned: i64) -> Result<u64, StartError> {
    match u64::try_from(returned) {
        Ok(word) => Ok(word),
        Err(_) => {
            let errno = u16::try_from(returned.wrapping_neg()).unwrap_or(u16::MAX);
            Err(StartError { call, errno: Errno::from_raw(errno) })
        }
    }
}

/// A pipe: the end to read from and the end to write to, both close-on-exec.
fn pipe() -> Result<[i32; 2], StartError> {
    let mut ends = [-1_i32; 2];
    let address = ends.as_mut_ptr().expose_provenance() as u64;
    // SAFETY: it writes two ints, which is what the array has.
    check("pipe2", unsafe { sys::call(Sysno::pipe2, [address, O_CLOEXEC.into(), 0, 0, 0, 0]) })?;
    Ok(ends)
}

/// Closes both ends.
fn close([first, second]: [i32; 2]) {
    // SAFETY: the callers made both and gave them to nobody.
    unsafe { sys::close(first) };
    // SAFETY: as above.
    unsafe { sys::close(second) };
}

impl Child {
    /// Starts the server program at `path`, which gets its requests and answers on its standard input and output.
    ///
    /// It inherits what a program inherits by `execve`: descriptors without close-on-exec, signals that are ignored, the
    /// signal mask. The environment is empty. The child's ends of the pipes are open in the child only, so that its
    /// death is the end of the stream.
    ///
    /// # Errors
    ///
    /// [`StartError`] with the call that failed, `execve` where the program cannot be executed. Nothing is left
    /// behind.
    pub fn start(path: &CStr) -> Result<Self, StartError> {
        let requests = pipe()?;
        let responses = match pipe() {
            Ok(ends) => ends,
            Err(error) => {
                close(requests);
                return Err(error);
            }
        };
        let [their_requests, our_requests] = requests;
        let [our_responses, their_responses] = responses;
        let started = clone(path, their_requests, their_responses);
        close([their_requests, their_responses]);
        match started {
            Ok((process, pidfd)) => Ok(Self {
                process,
                pidfd,
                requests: FileDescriptor::from_raw(our_requests),
                responses: FileDescriptor::from_raw(our_responses),
            }),
            Err(error) => {
                close([our_requests, our_responses]);
                Err(error)
            }
        }
    }
}

/// The child's stack: it makes a few calls and no more.
#[repr(C, align(16))]
struct Stack(MaybeUninit<[u8; 16384]>);

/// Makes the child, with all signals blocked, and waits until it has executed the program.
fn clone(path: &CStr, requests: i32, responses: i32) -> Result<(Process, FileDescriptor), StartError> {
    let mut stack = Stack(MaybeUninit::uninit());
    let all = u64::MAX;
    let mut mask = 0_u64;
    // SAFETY: both are sets of 64 signals. A handler that ran in the child would run in this memory.
    check("rt_sigprocmask", unsafe { set_mask(&raw const all, &raw mut mask) })?;
    let mut plan = Plan::new(path, requests, responses, mask);
    let mut pidfd = -1_i32;
    let flags = u64::from(CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD);
    let top = (&raw mut stack.0).cast::<u8>().wrapping_add(size_of::<Stack>());
    // SAFETY: the stack is aligned and lives until the child has left it, for which CLONE_VFORK waits; `exec` makes
    // calls on copies of this process's descriptors and dispositions, and writes to the plan only.
    let returned = unsafe {
        crate::arch::clone_and_call(flags, top, exec::exec, (&raw mut plan).cast(), &raw mut pidfd)
    };
    // SAFETY: the mask that was there before; nobody wants the one that is replaced.
    unsafe { set_mask(&raw const mask, core::ptr::null_mut()) };
    let process = check("clone", returned)?;
    #[expect(clippy::cast_possible_truncation, reason = "a pid is an int")]
    let process = Process::from_raw(process as i32);
    let pidfd = FileDescriptor::from_raw(pidfd);
    match plan.outcome() {
        Ok(()) => Ok((process, pidfd)),
        Err(error) => {
            let child =
                Child { process, pidfd, requests: FileDescriptor::NONE, responses: FileDescriptor::NONE };
            // It has ended already, and the cause is known better than from its status.
            let _ = child.wait();
            // SAFETY: the pidfd was just made.
            unsafe { sys::close(pidfd.into_raw()) };
            Err(error)
        }
    }
}

/// `rt_sigprocmask(SIG_SETMASK)`
///
/// # Safety
///
/// Both are sets of 64 signals, or null.
unsafe fn set_mask(set: *const u64, former: *mut u64) -> i64 {
    let (set, former) = (set.expose_provenance() as u64, former.expose_provenance() as u64);
    // SAFETY: the caller's promise.
    unsafe { sys::call(Sysno::rt_sigprocmask, [SIG_SETMASK.into(), set, former, 8, 0, 0]) }
}
