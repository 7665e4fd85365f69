//! A handler that runs every now and then.
#![expect(unsafe_code, reason = "sets handlers and timers")]

use core::{
    ptr::null_mut,
    sync::atomic::{AtomicU64, Ordering},
};

static HANDLED: AtomicU64 = AtomicU64::new(0);

/// How often the handler has run.
pub(crate) fn handled() -> u64 {
    HANDLED.load(Ordering::SeqCst)
}

pub(crate) extern "C" fn count(_: i32) {
    HANDLED.fetch_add(1, Ordering::SeqCst);
}

/// Sets a handler, by default one that ends calls.
pub(crate) fn handle(signal: i32, handler: extern "C" fn(i32), flags: i32) {
    // SAFETY: all zeros are an action.
    let mut action: libc::sigaction = unsafe { core::mem::zeroed() };
    action.sa_sigaction = handler as *const () as usize;
    action.sa_flags = flags;
    // SAFETY: the handlers of this program do nothing that they may not.
    assert_eq!(unsafe { libc::sigaction(signal, &raw const action, null_mut()) }, 0);
}

/// SIGALRM once after some microseconds, and then again in such intervals.
pub(crate) fn alarm(first: i64, then: i64) {
    let time = |microseconds| libc::timeval { tv_sec: 0, tv_usec: microseconds };
    let timer = libc::itimerval { it_value: time(first), it_interval: time(then) };
    // SAFETY: the timer is alive.
    assert_eq!(unsafe { libc::setitimer(libc::ITIMER_REAL, &raw const timer, null_mut()) }, 0);
}

/// From now on the handler runs every three milliseconds.
pub(crate) fn tick() {
    handle(libc::SIGALRM, count, 0);
    alarm(3000, 3000);
}

/// The same, and the kernel makes calls again after the handler where it can.
pub(crate) fn tick_and_restart() {
    handle(libc::SIGALRM, count, libc::SA_RESTART);
    alarm(3000, 3000);
}
