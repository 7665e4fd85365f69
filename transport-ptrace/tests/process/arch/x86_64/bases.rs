//! Calls that change registers.
#![expect(unsafe_code, reason = "makes system calls")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use crate::victim::Victim;
use rsyscall_core::{abi::Native, block_on, interface::SyscallInterface, memory::Arena, syscall::Syscall};
use rsyscall_transport_ptrace::Session;

const ARCH_SET_GS: u64 = 0x1001;
const ARCH_GET_GS: u64 = 0x1004;

fn arch_prctl(interface: &impl SyscallInterface<Abi = Native>, operation: u64, argument: u64) {
    let call = Syscall::new(libc::SYS_arch_prctl, [operation, argument, 0, 0, 0, 0]);
    // SAFETY: nothing of the victim uses that base; what is read goes into the arena.
    block_on(unsafe { interface.syscall::<()>(call) }, || ()).unwrap();
}

/// The base that a victim has, in a new session.
fn base(victim: &Victim) -> u64 {
    let session = Session::attach(victim.process()).unwrap();
    let arena = block_on(Arena::map(&session, 1 << 16, 1 << 12), || ()).unwrap();
    let place = arena.reserve(8, 8).unwrap();
    arch_prctl(&session, ARCH_GET_GS, place.into_raw());
    let mut base = [0; 8];
    block_on(arena.read_bytes(place, &mut base), || ()).unwrap();
    session.detach().unwrap();
    u64::from_le_bytes(base)
}

#[test]
fn a_base_that_a_call_has_set_stays() {
    let victim = Victim::start("idle");
    let session = Session::attach(victim.process()).unwrap();
    arch_prctl(&session, ARCH_SET_GS, 0x1234_5000);
    session.detach().unwrap();
    assert_eq!(base(&victim), 0x1234_5000);
    victim.ends_well();
}

#[test]
fn a_base_that_a_serving_thread_has_set_stays() {
    let victim = Victim::start("idle");
    let session = Session::attach(victim.process()).unwrap();
    let serving = session.serve().unwrap();
    // SAFETY: no other client is used, and it serves longer.
    let client = unsafe { serving.client::<4>() };
    arch_prctl(&client, ARCH_SET_GS, 0x1234_5000);
    drop(client);
    serving.end().unwrap();
    session.detach().unwrap();
    assert_eq!(base(&victim), 0x1234_5000);
    victim.ends_well();
}
