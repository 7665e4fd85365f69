//! What a session costs, exactly: requests and stops do not depend on the machine's speed.
#![expect(unsafe_code, reason = "makes system calls")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use crate::victim::Victim;
use rsyscall_core::{block_on, interface::SyscallInterface, near::process::getpid};
use rsyscall_transport_ptrace::{Counts, Session};

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
