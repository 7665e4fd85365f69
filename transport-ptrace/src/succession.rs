//! A thread that executes a program gets the number of its process, and its own is nobody's any more.

use crate::{
    clock::{Pause, now},
    explain::{is_own_child, is_running, is_traced_by_this_thread},
    request::{give, plain, try_wait, wait},
    stop::Stop,
    tracee::Tracee,
};
use core::time::Duration;
use rsyscall_core::{identifier::Process, near::ptrace::PtraceRequest, syscall::Errno};

/// Waits for a thread that may execute a program meanwhile: the kernel does not wake who waits for its old number.
///
/// `None` at that time, if there is one.
pub(crate) fn wait_for_any(
    tracee: &Tracee,
    group: Process,
    is_child: bool,
    until: Option<Duration>,
) -> Result<Option<Stop>, Errno> {
    if tracee.process == group && until.is_none() {
        return wait(tracee, is_child).map(Some);
    }
    let mut pause = Pause::new();
    loop {
        let stop = try_wait(tracee, is_child)?;
        if stop.is_some() || until.is_some_and(|until| now() >= until) {
            return Ok(stop);
        }
        pause.take();
    }
}

/// Gives up a thread to which requests are not answered, while it is being attached to: it is about to end, or has executed
/// a program.
pub(crate) fn give_up(tracee: &Tracee, group: Process, is_child: bool) {
    loop {
        match wait_for_any(tracee, group, is_child, None) {
            Ok(Some(Stop::Ended)) | Err(_) => break,
            Ok(_) => {
                if plain(PtraceRequest::DETACH, tracee, 0, 0).is_ok() {
                    return;
                }
            }
        }
    }
    let_successor_go(tracee.process, group, None);
}

/// If a thread of that number is gone because it executed a program, lets it go under its new number, with this mask.
pub(crate) fn let_successor_go(thread: Process, group: Process, mask: Option<u64>) {
    if thread == group {
        return;
    }
    let successor = Tracee::new(group);
    let is_child = is_own_child(group);
    let mut pause = Pause::new();
    while is_traced_by_this_thread(group) {
        // One that is stopped and has nothing to report is the main thread, in a session of its own.
        let is_running = is_running(group);
        match try_wait(&successor, is_child) {
            Ok(None) if is_running => pause.take(),
            Ok(None | Some(Stop::Ended)) | Err(_) => return,
            Ok(Some(stop)) => {
                if let Some(mask) = mask {
                    let _ = give(PtraceRequest::SETSIGMASK, &successor, size_of::<u64>() as u64, &mask);
                }
                let signal = if let Stop::Signal(signal) = stop { signal.word() } else { 0 };
                let _ = plain(PtraceRequest::DETACH, &successor, 0, signal);
            }
        }
    }
}
