//! Syscall User Dispatch.
#![expect(unsafe_code, reason = "has its own calls turned into signals")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use crate::{
    remote::poke,
    victim::{Victim, WATCHDOG, tell},
};
use core::{
    ptr::null_mut,
    sync::atomic::{AtomicU8, AtomicU32, Ordering},
};
use rsyscall_core::{
    block_on,
    interface::{NotSent, SyscallError, SyscallInterface},
    near::process::getpid,
};
use rsyscall_transport_ptrace::Session;
use std::time::Instant;

const PR_SET_SYSCALL_USER_DISPATCH: i32 = 59;
const PR_SYS_DISPATCH_ON: u64 = 1;
const ALLOW: u8 = 0;
const BLOCK: u8 = 1;

static SELECTOR: AtomicU8 = AtomicU8::new(ALLOW);
static END: AtomicU32 = AtomicU32::new(0);
static SIGNALS: AtomicU32 = AtomicU32::new(0);

/// From now on calls are dispatched whenever the selector says so; the handler counts them, and says that they are not.
fn dispatch() {
    extern "C" fn handler(_: i32) {
        SELECTOR.store(ALLOW, Ordering::SeqCst);
        SIGNALS.fetch_add(1, Ordering::SeqCst);
    }
    // SAFETY: the handler does nothing that it may not.
    unsafe { libc::signal(libc::SIGSYS, handler as *const () as usize) };
    let (on, none) = (PR_SYS_DISPATCH_ON, null_mut::<u8>());
    // SAFETY: the selector is static, and a handler is there.
    let result = unsafe { libc::prctl(PR_SET_SYSCALL_USER_DISPATCH, on, none, none, SELECTOR.as_ptr()) };
    assert_eq!(result, 0);
}

behaviours! {
    calls_are_dispatched => || {
        const ROUNDS: u32 = 3000;
        dispatch();
        let mut made = 0_u32;
        for _ in 0..ROUNDS {
            SELECTOR.store(BLOCK, Ordering::SeqCst);
            for _ in 0..2000 {
                core::hint::spin_loop();
            }
            // SAFETY: it takes nothing and changes nothing.
            unsafe { libc::syscall(libc::SYS_getppid) };
            // The handler has said that the second is to be made.
            // SAFETY: as above.
            made += u32::from(unsafe { libc::syscall(libc::SYS_getpid) } == i64::from(std::process::id()));
        }
        tell(&format!("{} of {ROUNDS} dispatched, {made} made", SIGNALS.load(Ordering::SeqCst)));
    };
}

/// All its calls are dispatched while it waits for a word in its memory; then it tells how many were.
pub(crate) fn dispatched() {
    tell("ready");
    tell(&END.as_ptr().addr().to_string());
    dispatch();
    SELECTOR.store(BLOCK, Ordering::SeqCst);
    while END.load(Ordering::SeqCst) == 0 {
        core::hint::spin_loop();
    }
    // SAFETY: it takes nothing and changes nothing.
    unsafe { libc::syscall(libc::SYS_getppid) };
    tell(&SIGNALS.load(Ordering::SeqCst).to_string());
    tell("done");
    std::process::exit(0);
}

/// Whether a tracer can switch it off and on: from Linux 6.4 on.
fn can_be_switched() -> bool {
    let version = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap();
    let mut numbers = version.split('.').map(|number| number.parse::<u32>().unwrap_or(0));
    (numbers.next(), numbers.next()) >= (Some(6), Some(4))
}

#[test]
fn syscall_user_dispatch_is_off_for_the_session_and_on_afterwards() {
    let mut victim = Victim::start("dispatched");
    let end = victim.line().parse().unwrap();
    let unsent = Err(SyscallError::NotSent(NotSent::Unsupported));
    let expected = if can_be_switched() { Ok(victim.process()) } else { unsent };
    let start = Instant::now();
    let mut dispatched = 0;
    while dispatched < 20 {
        assert!(start.elapsed() < WATCHDOG, "its calls are dispatched during the session");
        let session = Session::attach(victim.process()).unwrap();
        for _ in 0..2 {
            // SAFETY: getpid takes nothing and changes nothing.
            let result = block_on(unsafe { session.call(getpid()) }, || ());
            // At first it is still on its way to where it waits.
            assert!(result == expected || dispatched == 0, "{result:?}");
            dispatched += u32::from(result == expected);
        }
        session.detach().unwrap();
    }
    poke(victim.process(), end, 1);
    // Its own call, and none of ours.
    assert_eq!(victim.line(), "1");
    victim.ends_well_by_itself();
}
