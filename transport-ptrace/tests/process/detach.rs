//! Ways of letting go, and what is left of each.
#![expect(unsafe_code, reason = "makes system calls")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use crate::{
    asleep,
    victim::{Victim, WATCHDOG, hear_line, is_gone, tell},
};
use rsyscall_core::{
    block_on,
    identifier::{Address, Process},
    interface::{SyscallError, SyscallInterface},
    near::{event::ppoll, process::getpid},
};
use rsyscall_transport_ptrace::{Reason, Session};
use std::{panic::catch_unwind, time::Instant};

fn get_process(session: &Session) -> Result<Process, SyscallError> {
    // SAFETY: getpid takes nothing and changes nothing.
    block_on(unsafe { session.call(getpid()) }, || ())
}

const FIELDS: [&str; 6] = ["SigBlk", "SigIgn", "SigCgt", "SigPnd", "ShdPnd", "TracerPid"];

#[test]
fn a_panic_lets_go() {
    let victim = Victim::start("idle");
    victim.wait_for('S');
    let before = FIELDS.map(|field| victim.status(field));
    let process = victim.process();
    let result = catch_unwind(|| {
        let session = Session::attach(process).unwrap();
        assert_eq!(get_process(&session), Ok(process));
        // The usual way, without its message.
        std::panic::resume_unwind(Box::new("the embedder's own business"));
    });
    assert!(result.is_err());
    assert_eq!(FIELDS.map(|field| victim.status(field)), before);
    victim.ends_well();
}

#[test]
fn killed_while_it_is_stopped_its_parent_gets_the_status() {
    for calls in 0..3 {
        let victim = Victim::start("idle");
        let session = Session::attach(victim.process()).unwrap();
        if calls > 0 {
            assert_eq!(get_process(&session), Ok(victim.process()));
        }
        victim.signal(libc::SIGKILL);
        if calls > 1 {
            assert!(is_gone(get_process(&session)));
        }
        session.detach().unwrap();
        assert_eq!(victim.end(), -libc::SIGKILL);
    }
}

/// A victim that traces: its input says whom, and how far it is to go.
pub(crate) fn trace() {
    tell("ready");
    let line = hear_line();
    let (process, how_far) = line.split_once(' ').unwrap();
    // One that has ended already is no victim any more.
    let session = Session::attach(Process::from_raw(process.parse().unwrap()));
    if how_far == "attached" && session.as_ref().is_err_and(|error| error.reason == Reason::Zombie) {
        tell("done");
        hear_line();
    }
    let session = session.unwrap();
    match how_far {
        "attached" => {}
        "called" => {
            get_process(&session).unwrap();
        }
        _ => {
            tell("done");
            // SAFETY: without descriptors and without an end it touches nothing.
            let _ = block_on(
                unsafe { session.call(ppoll(Address::NULL, 0, Address::NULL, Address::NULL, 8)) },
                || (),
            );
        }
    }
    tell("done");
    loop {
        std::thread::park();
    }
}

/// A tracer goes so far with a victim, and is killed then.
fn kill_tracer_of(victim: &Victim, how_far: &str) {
    let mut tracer = Victim::start("tracer");
    tracer.say(&format!("{} {how_far}\n", victim.process().into_raw()));
    while tracer.line() != "done" {}
    tracer.signal(libc::SIGKILL);
    assert_eq!(tracer.end(), -libc::SIGKILL);
}

/// Before the first call nothing of the thread is changed.
#[test]
fn a_tracer_that_is_killed_before_its_first_call_does_no_harm() {
    for name in ["idle", "nanosleep", "poll", "futex"] {
        let (mut victim, [before, after]) = asleep::begin(name, |victim| {
            let fields = || FIELDS.map(|field| victim.status(field));
            let before = fields();
            kill_tracer_of(victim, "attached");
            Ok([before, fields()])
        });
        assert_eq!(after, before);
        match name {
            "idle" => victim.ends_well(),
            _ => {
                assert!(victim.line().ends_with("on time"));
                assert_eq!(victim.end(), 0);
            }
        }
    }
}

/// There is no cure: the thread goes on behind the borrowed instruction. But it does go on, and is nobody's tracee.
#[test]
fn a_tracer_that_is_killed_later_leaves_no_stopped_process() {
    for how_far in ["called", "calling"] {
        let victim = Victim::start("idle");
        victim.wait_for('S');
        kill_tracer_of(&victim, how_far);
        let start = Instant::now();
        // It may have ended already.
        let is_stopped = || {
            let path = format!("/proc/{}/stat", victim.process().into_raw());
            let stat = std::fs::read_to_string(path).unwrap();
            stat.rsplit_once(") ").unwrap().1.starts_with(['t', 'T'])
        };
        while is_stopped() {
            assert!(start.elapsed() < WATCHDOG, "it is left stopped");
            std::thread::yield_now();
        }
    }
}
