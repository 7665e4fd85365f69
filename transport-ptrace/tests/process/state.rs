//! What a process is, it is again afterwards.
#![expect(unsafe_code, reason = "makes system calls")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use crate::{victim::Victim, victims::undisturbed_sums};
use rsyscall_core::{
    block_on,
    identifier::{Address, FileDescriptor},
    interface::{Hangup, NotSent, SyscallError, SyscallInterface},
    memory::Arena,
    near::{
        io::{pipe2, read},
        process::{exit_group, getpid},
    },
};
use rsyscall_transport_ptrace::Session;

fn attach_and_call(victim: &Victim) -> Session {
    let session = Session::attach(victim.process()).unwrap();
    // SAFETY: getpid takes nothing and changes nothing.
    assert_eq!(block_on(unsafe { session.call(getpid()) }, || ()), Ok(victim.process()));
    session
}

fn ends_well(mut victim: Victim) {
    victim.say("x");
    while victim.line() != "done" {}
    assert_eq!(victim.end(), 0);
}

#[test]
fn dispositions_and_mask_stay() {
    for name in ["SIGTRAP ignored", "SIGTRAP blocked", "handler"] {
        let victim = Victim::start(name);
        let fields = ["SigBlk", "SigIgn", "SigCgt", "SigPnd", "ShdPnd", "Seccomp", "TracerPid"];
        let before = fields.map(|field| victim.status(field));
        attach_and_call(&victim).detach().unwrap();
        assert_eq!(fields.map(|field| victim.status(field)), before, "{name}");
        ends_well(victim);
    }
}

#[test]
fn a_stopped_process_stays_stopped() {
    let victim = Victim::start("idle");
    victim.signal(libc::SIGSTOP);
    victim.wait_for('T');
    for _ in 0..3 {
        attach_and_call(&victim).detach().unwrap();
        victim.wait_for('T');
    }
    victim.signal(libc::SIGCONT);
    ends_well(victim);
}

#[test]
fn a_stop_signal_meanwhile_is_not_lost() {
    let victim = Victim::start("idle");
    let session = attach_and_call(&victim);
    victim.signal(libc::SIGSTOP);
    // SAFETY: getpid takes nothing and changes nothing.
    assert_eq!(block_on(unsafe { session.call(getpid()) }, || ()), Ok(victim.process()));
    session.detach().unwrap();
    victim.wait_for('T');
    victim.signal(libc::SIGCONT);
    ends_well(victim);
}

#[test]
fn a_handled_signal_meanwhile_is_delivered_afterwards() {
    let mut victim = Victim::start("handler");
    let session = attach_and_call(&victim);
    victim.signal(libc::SIGUSR1);
    // SAFETY: getpid takes nothing and changes nothing.
    assert_eq!(block_on(unsafe { session.call(getpid()) }, || ()), Ok(victim.process()));
    session.detach().unwrap();
    assert_eq!(victim.line(), "handled");
    ends_well(victim);
}

#[test]
fn registers_of_a_busy_process_stay() {
    let mut victim = Victim::start("busy");
    for _ in 0..200 {
        attach_and_call(&victim).detach().unwrap();
    }
    victim.say("x");
    assert_eq!(victim.line(), undisturbed_sums());
    assert_eq!(victim.end(), 0);
}

#[test]
fn dropping_the_session_lets_go() {
    let victim = Victim::start("idle");
    drop(attach_and_call(&victim));
    assert_eq!(victim.status("TracerPid"), "0");
    ends_well(victim);
}

#[test]
fn killed_in_a_blocked_call_it_is_a_hangup() {
    let victim = Victim::start("idle");
    let session = attach_and_call(&victim);
    let arena = block_on(Arena::map(&session, 1 << 16, 1 << 12), || ()).unwrap();
    let ends = arena.reserve(8, 4).unwrap();
    // SAFETY: the kernel writes two ints into the arena.
    block_on(unsafe { session.call(pipe2(ends, Default::default())) }, || ()).unwrap();
    let mut bytes = [0; 4];
    block_on(arena.read_bytes(ends, &mut bytes), || ()).unwrap();
    let reader = FileDescriptor::from_raw(i32::from_le_bytes(bytes));
    let result = std::thread::scope(|scope| {
        scope.spawn(|| {
            victim.wait_for('S');
            victim.signal(libc::SIGKILL);
        });
        // SAFETY: the descriptor is the victim's own, and the buffer lies in the arena.
        block_on(unsafe { session.call(read(reader, ends, 1)) }, || ())
    });
    assert_eq!(result, Err(SyscallError::Hangup(Hangup::TaskEnded)));
    // SAFETY: getpid takes nothing and changes nothing.
    let after = block_on(unsafe { session.call(getpid()) }, || ());
    assert_eq!(after, Err(SyscallError::NotSent(NotSent::Dead)));
    session.detach().unwrap();
    assert_eq!(victim.end(), -libc::SIGKILL);
}

#[test]
fn exit_is_a_hangup_and_the_parent_gets_the_status() {
    let victim = Victim::start("idle");
    let session = attach_and_call(&victim);
    // SAFETY: the victim is this test's.
    let result = block_on(unsafe { session.call(exit_group(7)) }, || ());
    assert_eq!(result, Err(SyscallError::Hangup(Hangup::TaskEnded)));
    session.detach().unwrap();
    assert_eq!(victim.end(), 7);
}

#[test]
fn what_would_outlast_the_session_is_not_sent() {
    let victim = Victim::start("idle");
    let session = attach_and_call(&victim);
    let clone = rsyscall_core::near::process::clone(
        Default::default(),
        Address::NULL,
        Address::NULL,
        Address::NULL,
        Address::NULL,
    );
    // SAFETY: it is refused.
    let result = block_on(unsafe { session.call(clone) }, || ());
    assert_eq!(result, Err(SyscallError::NotSent(NotSent::Unsupported)));
    session.detach().unwrap();
    ends_well(victim);
}
