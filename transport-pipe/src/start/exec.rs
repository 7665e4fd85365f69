//! What the child does: alone on its stack, in its creator's memory, until it executes the program.

use super::{StartError, check, set_mask};
use crate::sys;
use core::{
    cell::Cell,
    ffi::{CStr, c_char, c_void},
    ptr,
};
use linux_raw_sys::general::{F_DUPFD_CLOEXEC, SIGKILL, SIGSTOP};
use rsyscall_core::syscall::Errno;
use syscalls::Sysno;

/// What the child needs to know, and where it says why it failed.
pub(super) struct Plan {
    path: *const c_char,
    requests: i32,
    responses: i32,
    mask: u64,
    error: Cell<Option<StartError>>,
}

impl Plan {
    pub(super) const fn new(path: &CStr, requests: i32, responses: i32, mask: u64) -> Self {
        Self { path: path.as_ptr(), requests, responses, mask, error: Cell::new(None) }
    }

    /// Why the child failed, if it did.
    pub(super) fn outcome(&self) -> Result<(), StartError> {
        self.error.get().map_or(Ok(()), Err)
    }
}

/// The child.
///
/// # Safety
///
/// `plan` is a [`Plan`] that lives until this process has executed a program or ended; all signals are blocked.
pub(super) unsafe extern "C" fn exec(plan: *mut c_void) -> ! {
    // SAFETY: the creator waits, so that the plan is this task's alone.
    let plan = unsafe { &*plan.cast::<Plan>() };
    // SAFETY: the same promise.
    let error = match unsafe { prepare(plan) } {
        // SAFETY: the same promise.
        Ok(()) => unsafe { execute(plan) },
        Err(error) => error,
    };
    plan.error.set(Some(error));
    loop {
        // SAFETY: this task ends; it owns nothing in this memory.
        unsafe { sys::call(Sysno::exit, [127, 0, 0, 0, 0, 0]) };
    }
}

/// Arranges descriptors and signals.
///
/// # Safety
///
/// As [`exec`].
unsafe fn prepare(plan: &Plan) -> Result<(), StartError> {
    restore_dispositions();
    // Above what is replaced below, in case the creator has its standard input or output closed.
    let requests = above_standard(plan.requests)?;
    let responses = above_standard(plan.responses)?;
    for (from, to) in [(requests, 0), (responses, 1)] {
        // SAFETY: the child's table is a copy, and its standard input and output are what the server is given.
        check("dup3", unsafe { sys::call(Sysno::dup3, [from, to, 0, 0, 0, 0]) })?;
    }
    // SAFETY: the mask of the creator before it blocked all.
    check("rt_sigprocmask", unsafe { set_mask(&raw const plan.mask, ptr::null_mut()) })?;
    Ok(())
}

/// Executes the program, or says why not.
///
/// # Safety
///
/// As [`exec`].
unsafe fn execute(plan: &Plan) -> StartError {
    let arguments = [plan.path, ptr::null()];
    let path = plan.path.expose_provenance() as u64;
    let arguments = arguments.as_ptr().expose_provenance() as u64;
    let environment = [ptr::null::<c_char>()];
    let environment = environment.as_ptr().expose_provenance() as u64;
    // SAFETY: the path is a C string, and both lists end with a null.
    let returned = unsafe { sys::call(Sysno::execve, [path, arguments, environment, 0, 0, 0]) };
    // Whatever it returned: a program that was executed is not here any more.
    check("execve", returned).err().unwrap_or(StartError { call: "execve", errno: Errno::ENOEXEC })
}

/// A copy of the descriptor that is none of the standard ones.
fn above_standard(fd: i32) -> Result<u64, StartError> {
    // SAFETY: a new descriptor changes none that exists.
    check("fcntl", unsafe { sys::call(Sysno::fcntl, [sys::word(fd), F_DUPFD_CLOEXEC.into(), 3, 0, 0, 0]) })
}

/// Sets every signal that has a handler to its default: the handlers are the creator's.
fn restore_dispositions() {
    const IGNORE: u64 = 1;
    for signal in (1..=64).filter(|&signal| signal != SIGKILL && signal != SIGSTOP) {
        // `struct sigaction`: the handler first, 32 bytes where it is longest; zeros are the default.
        let mut action = [0_u64; 4];
        let address = action.as_mut_ptr().expose_provenance() as u64;
        // SAFETY: it writes a sigaction, which is not longer than the array.
        let returned = unsafe { sys::call(Sysno::rt_sigaction, [signal.into(), 0, address, 8, 0, 0]) };
        let [handler, ..] = action;
        if returned == 0 && handler > IGNORE {
            let default = [0_u64; 4];
            let address = default.as_ptr().expose_provenance() as u64;
            // SAFETY: the child's dispositions are a copy.
            unsafe { sys::call(Sysno::rt_sigaction, [signal.into(), address, 0, 8, 0, 0]) };
        }
    }
}
