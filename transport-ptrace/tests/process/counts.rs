//! What a session costs, exactly: requests and stops do not depend on the machine's speed.
#![expect(unsafe_code, reason = "makes system calls")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use crate::victim::Victim;
use rsyscall_core::{block_on, interface::SyscallInterface, near::process::getpid};
use rsyscall_transport_ptrace::{Counts, Session};
use std::time::{Duration, Instant};

/// What attaching, one call and detaching may cost at most.
fn limit() -> u64 {
    if std::env::consts::ARCH == "aarch64" { 32 } else { 20 }
}

fn attach_call_detach(victim: &Victim) -> Counts {
    let session = Session::attach(victim.process()).unwrap();
    // SAFETY: getpid takes nothing and changes nothing.
    assert_eq!(block_on(unsafe { session.call(getpid()) }, || ()), Ok(victim.process()));
    session.detach().unwrap()
}

#[test]
fn attaching_calling_and_detaching_costs_few_requests() {
    let mut victim = Victim::start("idle");
    victim.wait_for('S');
    let counts = attach_call_detach(&victim);
    assert!(counts.requests <= limit(), "{counts}");
    victim.wait_for('S');
    let again = attach_call_detach(&victim);
    assert_eq!((again.requests, again.stops), (counts.requests, counts.stops));
    victim.say("x");
    while victim.line() != "done" {}
    assert_eq!(victim.end(), 0);
}

/// The victim's own elapsed time is not asserted: on a busy machine nobody else knows how long it waits for a processor. What is: its
/// stop, of which this process knows that it was no shorter and no longer, is counted in whole and not more.
#[test]
fn the_time_that_is_counted_is_that_of_the_stop() {
    const HELD: Duration = Duration::from_millis(20);
    let mut victim = Victim::start("idle");
    for _ in 0..5 {
        let before = Instant::now();
        let session = Session::attach(victim.process()).unwrap();
        let stopped = Instant::now();
        // SAFETY: getpid takes nothing and changes nothing.
        assert_eq!(block_on(unsafe { session.call(getpid()) }, || ()), Ok(victim.process()));
        while stopped.elapsed() < HELD {
            std::thread::yield_now();
        }
        assert!(victim.status("State").starts_with('t'));
        let held = stopped.elapsed();
        assert!(session.counts().time >= held);
        let counts = session.detach().unwrap();
        assert!(held <= counts.time && counts.time <= before.elapsed(), "{held:?} held, {counts}");
    }
    victim.say("x");
    while victim.line() != "done" {}
    assert_eq!(victim.end(), 0);
}
