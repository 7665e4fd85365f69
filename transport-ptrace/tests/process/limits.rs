//! Threads that do not stop when they are told to.
#![expect(unsafe_code, reason = "makes system calls")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use crate::victim::{Victim, WATCHDOG, hear, tell};
use rsyscall_core::{block_on, interface::SyscallInterface, near::process::getpid};
use rsyscall_transport_ptrace::{Reason, Seized, Session, Threads};
use std::{
    sync::mpsc::channel,
    thread,
    time::{Duration, Instant},
};

const SHORT: Duration = Duration::from_millis(20);

/// Its child, for whose end it waits in uninterruptible sleep, says that it is there, and ends when its parent says so.
pub(crate) fn wait_for_child() {
    // Without CLONE_VM the child has a stack of its own.
    let flags = i64::from(libc::CLONE_VFORK | libc::SIGCHLD);
    // SAFETY: the child makes simple calls only, and ends.
    if unsafe { libc::syscall(libc::SYS_clone, flags, 0, 0, 0, 0) } == 0 {
        // SAFETY: the text is static.
        unsafe { libc::write(1, c"ready\n".as_ptr().cast(), 6) };
        let mut byte = 0_u8;
        // SAFETY: there is room for a byte.
        unsafe { libc::read(0, (&raw mut byte).cast(), 1) };
        // SAFETY: it ends the child.
        unsafe { libc::_exit(0) };
    }
    hear();
    tell("done");
}

fn unresponsive() -> Victim {
    let victim = Victim::start("waits for a child");
    victim.wait_for('D');
    victim
}

fn calls_and_goes_on(session: Session, victim: Victim) {
    // SAFETY: getpid takes nothing and changes nothing.
    assert_eq!(block_on(unsafe { session.call(getpid()) }, || ()), Ok(victim.process()));
    session.detach().unwrap();
    victim.ends_well();
}

#[test]
fn a_thread_that_sleeps_uninterruptibly_is_left_as_it_was_after_a_time() {
    let mut victim = unresponsive();
    let start = Instant::now();
    let errors = [
        Session::attach_within(victim.process(), SHORT).unwrap_err(),
        Threads::<4>::attach_within(victim.process(), SHORT).unwrap_err(),
    ];
    assert!(start.elapsed() >= 2 * SHORT);
    let text = "it sleeps uninterruptibly and did not stop in time";
    for error in errors {
        assert_eq!(error.reason, Reason::Unresponsive { traced: false });
        assert_eq!(error.to_string(), format!("cannot attach to {}: {text}", victim.process().into_raw()));
    }
    assert_eq!(victim.status("TracerPid"), "0");
    victim.say("x");
    victim.ends_well();
}

#[test]
fn a_thread_that_wakes_in_time_is_attached_to() {
    let mut victim = unresponsive();
    let process = victim.process();
    let attached = thread::scope(|scope| {
        // It is not sure to be waited for already, and the result is the same.
        scope.spawn(|| victim.say("x"));
        Session::attach_within(process, WATCHDOG).unwrap()
    });
    calls_and_goes_on(attached, victim);
}

#[test]
fn a_thread_that_was_asked_is_waited_for_again() {
    let mut victim = unresponsive();
    let mut seized = Seized::begin(victim.process()).unwrap();
    for _ in 0..3 {
        let start = Instant::now();
        seized = seized.stop_within(SHORT).unwrap().unwrap_err();
        assert!(start.elapsed() >= SHORT);
    }
    assert_eq!(seized.process(), victim.process());
    victim.say("x");
    calls_and_goes_on(seized.stop_within(WATCHDOG).unwrap().unwrap(), victim);
}

#[test]
fn dropping_one_that_was_asked_waits_and_lets_it_go() {
    let mut victim = unresponsive();
    let process = victim.process();
    let (asked, is_asked) = channel();
    thread::scope(|scope| {
        scope.spawn(move || {
            let seized = Seized::begin(process).unwrap().stop_within(SHORT).unwrap().unwrap_err();
            asked.send(()).unwrap();
            drop(seized);
        });
        is_asked.recv().unwrap();
        victim.say("x");
    });
    victim.ends_well();
}

/// The kernel lets it go, and takes back that it was asked.
#[test]
fn one_that_was_asked_is_let_go_when_its_tracer_ends() {
    let mut victim = unresponsive();
    let process = victim.process();
    let attempt = thread::spawn(move || {
        let seized = Seized::begin(process).unwrap();
        core::mem::forget(seized.stop_within(SHORT).unwrap().unwrap_err());
    });
    attempt.join().unwrap();
    let start = Instant::now();
    while victim.status("TracerPid") != "0" {
        assert!(start.elapsed() < WATCHDOG);
        thread::yield_now();
    }
    victim.say("x");
    victim.ends_well();
}
