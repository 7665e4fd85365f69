//! Signals that are ignored, blocked, handled, waited for; handlers on a stack of their own; timers; stops.
#![expect(unsafe_code, reason = "sets handlers, masks and timers")]
#![expect(clippy::unwrap_used, reason = "a victim that cannot be one ends")]

use super::{
    blocking::returned,
    handlers::{alarm, count, handle, handled, tick, tick_and_restart},
    timed::signal_set,
};
use crate::victim::tell;
use core::{
    mem::zeroed,
    ptr::null_mut,
    sync::atomic::{AtomicU64, Ordering},
};
use std::time::{Duration, Instant};

behaviours! {
    sigtrap_default => || trap(|| {});
    sigtrap_is_ignored => || trap(ignore);
    sigtrap_is_blocked_and_pending => || trap(block_and_raise);
    sigtrap_is_handled => handled_trap;
    sigsuspend => || one_shots(suspend);
    ppoll_with_a_mask => || one_shots(poll_with_mask);
    pause => pause;
    alternate_stack => alternate_stack;
    timerfd => timer_descriptor;
    timer_signal => timer_signal;
    queued_signals => queued;
    stopped_and_continued => stopped_and_continued;
}

const A_WHILE: Duration = Duration::from_millis(250);

/// What SIGTRAP is set to, whether it is blocked, and whether it is pending.
fn state_of_trap() -> (usize, i32, i32) {
    // SAFETY: all zeros are an action.
    let mut action: libc::sigaction = unsafe { zeroed() };
    // SAFETY: the action is alive.
    unsafe { libc::sigaction(libc::SIGTRAP, null_mut(), &raw mut action) };
    let [mut mask, mut pending] = [signal_set(libc::SIGTRAP); 2];
    // SAFETY: the set is alive.
    unsafe { libc::sigprocmask(libc::SIG_BLOCK, null_mut(), &raw mut mask) };
    // SAFETY: the set is alive.
    unsafe { libc::sigpending(&raw mut pending) };
    // SAFETY: both sets are alive.
    let [blocked, pending] =
        [mask, pending].map(|set| unsafe { libc::sigismember(&raw const set, libc::SIGTRAP) });
    (action.sa_sigaction, blocked, pending)
}

fn trap(arrange: fn()) {
    arrange();
    let before = state_of_trap();
    let start = Instant::now();
    let mut changes = 0;
    while start.elapsed() < A_WHILE {
        changes += u32::from(state_of_trap() != before);
    }
    tell(&format!("{changes} changes, {before:?}"));
}

fn ignore() {
    // SAFETY: no handler is set.
    unsafe { libc::signal(libc::SIGTRAP, libc::SIG_IGN) };
}

fn block_and_raise() {
    let set = signal_set(libc::SIGTRAP);
    // SAFETY: the set is alive.
    unsafe { libc::sigprocmask(libc::SIG_BLOCK, &raw const set, null_mut()) };
    // SAFETY: it is blocked.
    unsafe { libc::raise(libc::SIGTRAP) };
}

/// It raises the signal itself, and gets it so often.
fn handled_trap() {
    handle(libc::SIGTRAP, count, libc::SA_RESTART);
    let start = Instant::now();
    let mut wrong = 0;
    while start.elapsed() < A_WHILE {
        let before = handled();
        // SAFETY: it is handled.
        unsafe { libc::raise(libc::SIGTRAP) };
        wrong += u32::from(handled() != before + 1);
    }
    tell(&format!("{wrong} wrong"));
}

/// A call that lets the blocked SIGALRM through: it comes once a round, and must wake it.
fn one_shots(wait: fn(&libc::sigset_t) -> i64) {
    const ROUNDS: u64 = 30;
    let set = signal_set(libc::SIGALRM);
    let mut none = signal_set(libc::SIGALRM);
    // SAFETY: the set is alive.
    unsafe { libc::sigemptyset(&raw mut none) };
    // SAFETY: the set is alive.
    unsafe { libc::sigprocmask(libc::SIG_BLOCK, &raw const set, null_mut()) };
    handle(libc::SIGALRM, count, 0);
    let mut good = 0;
    for round in 1..=ROUNDS {
        alarm(2000, 0);
        let result = returned(wait(&none));
        good += u64::from(result == (-1, libc::EINTR) && handled() == round);
    }
    tell(&format!("{good} of {ROUNDS}"));
}

fn suspend(mask: &libc::sigset_t) -> i64 {
    // SAFETY: the mask is alive.
    unsafe { libc::sigsuspend(mask) }.into()
}

fn poll_with_mask(mask: &libc::sigset_t) -> i64 {
    // SAFETY: there are no descriptors, and the mask is alive.
    unsafe { libc::ppoll(null_mut(), 0, core::ptr::null(), mask) }.into()
}

fn pause() {
    tick();
    let mut wrong = 0;
    for _ in 0..40 {
        let before = handled();
        // SAFETY: it takes nothing.
        let result = returned(unsafe { libc::pause() });
        wrong += u32::from(result != (-1, libc::EINTR) || handled() == before);
    }
    tell(&format!("{wrong} wrong"));
}

/// A busy computation, whose handler runs elsewhere.
fn alternate_stack() {
    static STACK: [AtomicU64; 4096] = [const { AtomicU64::new(0) }; 4096];
    static ELSEWHERE: AtomicU64 = AtomicU64::new(0);
    extern "C" fn look(signal: i32) {
        let here = (&raw const signal).addr();
        let start = STACK.as_ptr().addr();
        if !(start..start + size_of_val(&STACK)).contains(&here) {
            ELSEWHERE.fetch_add(1, Ordering::SeqCst);
        }
        count(signal);
    }
    let stack =
        libc::stack_t { ss_sp: STACK.as_ptr().cast_mut().cast(), ss_flags: 0, ss_size: size_of_val(&STACK) };
    // SAFETY: the stack is static and used for nothing else.
    assert_eq!(unsafe { libc::sigaltstack(&raw const stack, null_mut()) }, 0);
    handle(libc::SIGALRM, look, libc::SA_ONSTACK | libc::SA_RESTART);
    alarm(1000, 1000);
    let start = Instant::now();
    let mut wrong = 0;
    while start.elapsed() < A_WHILE {
        let sum = core::hint::black_box(0..1000_u64).fold(0, |sum, number| sum ^ number.rotate_left(7));
        wrong += u32::from(sum != 0);
    }
    alarm(0, 0);
    let run = handled() > 0;
    tell(&format!("{wrong} wrong, {run}, {} elsewhere", ELSEWHERE.load(Ordering::SeqCst)));
}

/// It expires so often as it says, and never earlier.
fn timer_descriptor() {
    // SAFETY: it makes a new descriptor.
    let timer = unsafe { libc::timerfd_create(libc::CLOCK_MONOTONIC, 0) };
    let time = libc::timespec { tv_sec: 0, tv_nsec: 2_000_000 };
    let times = libc::itimerspec { it_interval: time, it_value: time };
    let start = Instant::now();
    // SAFETY: the times are alive.
    assert_eq!(unsafe { libc::timerfd_settime(timer, 0, &raw const times, null_mut()) }, 0);
    let mut expired = 0_u64;
    let mut wrong = 0;
    while expired < 100 {
        let mut count = 0_u64;
        // SAFETY: there is room for a word.
        let result = returned(unsafe { libc::read(timer, (&raw mut count).cast(), 8) } as i64);
        expired += count;
        let early = start.elapsed() < Duration::from_millis(2 * expired);
        wrong += u32::from(result != (8, 0) || count == 0 || early);
    }
    tell(&format!("{wrong} wrong"));
}

/// Each time that it expires is told by a signal, or counted by the next one.
fn timer_signal() {
    static EXPIRED: AtomicU64 = AtomicU64::new(0);
    extern "C" fn add(_: i32, information: *mut libc::siginfo_t, _: *mut core::ffi::c_void) {
        // struct siginfo of a timer: si_signo, si_errno, si_code, padding, si_tid, si_overrun.
        // SAFETY: the kernel gave it, for as long as the handler runs.
        let overrun = unsafe { information.cast::<[i32; 6]>().read() }[5];
        EXPIRED.fetch_add(1 + u64::from(overrun.unsigned_abs()), Ordering::SeqCst);
    }
    // SAFETY: all zeros are an action.
    let mut action: libc::sigaction = unsafe { zeroed() };
    action.sa_sigaction = add as *const () as usize;
    action.sa_flags = libc::SA_SIGINFO | libc::SA_RESTART;
    // SAFETY: the action is alive, and its handler does nothing that it may not.
    unsafe { libc::sigaction(libc::SIGRTMIN(), &raw const action, null_mut()) };
    // SAFETY: all zeros are an event.
    let mut event: libc::sigevent = unsafe { zeroed() };
    event.sigev_notify = libc::SIGEV_SIGNAL;
    event.sigev_signo = libc::SIGRTMIN();
    let mut timer = null_mut();
    // SAFETY: the event is alive, and there is room for a timer's id.
    assert_eq!(unsafe { libc::timer_create(libc::CLOCK_MONOTONIC, &raw mut event, &raw mut timer) }, 0);
    let time = libc::timespec { tv_sec: 0, tv_nsec: 2_000_000 };
    let times = libc::itimerspec { it_interval: time, it_value: time };
    let start = Instant::now();
    // SAFETY: the timer is there, and the times are alive.
    assert_eq!(unsafe { libc::timer_settime(timer, 0, &raw const times, null_mut()) }, 0);
    let set = Instant::now();
    let mut early = 0;
    while EXPIRED.load(Ordering::SeqCst) < 100 {
        let expired = EXPIRED.load(Ordering::SeqCst);
        early += u32::from(start.elapsed() < Duration::from_millis(2 * expired));
    }
    // None was lost: so many must have come by the next one, which may be late.
    let least = u64::try_from(set.elapsed().as_millis()).unwrap() / 2;
    let seen = EXPIRED.load(Ordering::SeqCst);
    while EXPIRED.load(Ordering::SeqCst) == seen {}
    let lost = EXPIRED.load(Ordering::SeqCst) + 2 < least;
    tell(&format!("{early} early, {lost}"));
}

/// None of those that another thread queues is lost, and all keep their values.
fn queued() {
    static VALUES: AtomicU64 = AtomicU64::new(0);
    extern "C" fn add(_: i32, information: *mut libc::siginfo_t, _: *mut core::ffi::c_void) {
        // SAFETY: the kernel gave it, for as long as the handler runs.
        let information = unsafe { &*information };
        // SAFETY: it came from sigqueue, which sets the value.
        let value = unsafe { information.si_value() }.sival_ptr.addr();
        VALUES.fetch_add(value as u64, Ordering::SeqCst);
        count(0);
    }
    const SIGNALS: usize = 100;
    // SAFETY: all zeros are an action.
    let mut action: libc::sigaction = unsafe { zeroed() };
    action.sa_sigaction = add as *const () as usize;
    action.sa_flags = libc::SA_SIGINFO | libc::SA_RESTART;
    // SAFETY: the action is alive, and its handler does nothing that it may not.
    unsafe { libc::sigaction(libc::SIGRTMIN(), &raw const action, null_mut()) };
    // SAFETY: it takes nothing.
    let process = unsafe { libc::getpid() };
    let sender = std::thread::spawn(move || {
        for value in 1..=SIGNALS {
            let value = libc::sigval { sival_ptr: core::ptr::without_provenance_mut(value) };
            // SAFETY: it is this process, which handles it.
            assert_eq!(unsafe { libc::sigqueue(process, libc::SIGRTMIN(), value) }, 0);
            std::thread::sleep(Duration::from_millis(1));
        }
    });
    sender.join().unwrap();
    while handled() < SIGNALS as u64 {
        std::thread::yield_now();
    }
    tell(&format!("{} {}", handled(), VALUES.load(Ordering::SeqCst)));
}

/// A child stops and continues it, over and over.
fn stopped_and_continued() {
    // SAFETY: it takes nothing.
    let process = unsafe { libc::getpid() };
    // SAFETY: the child makes simple calls only, and ends.
    let child = unsafe { libc::fork() };
    if child == 0 {
        let time = libc::timespec { tv_sec: 0, tv_nsec: 2_000_000 };
        for _ in 0..40 {
            for signal in [libc::SIGSTOP, libc::SIGCONT] {
                // SAFETY: it is the parent.
                unsafe { libc::kill(process, signal) };
                // SAFETY: the time is alive.
                unsafe { libc::nanosleep(&raw const time, null_mut()) };
            }
        }
        // SAFETY: it ends this process.
        unsafe { libc::_exit(3) };
    }
    tick_and_restart();
    let mut status = 0;
    // SAFETY: the status is alive.
    while unsafe { libc::waitpid(child, &raw mut status, libc::WNOHANG) } == 0 {}
    tell(&libc::WEXITSTATUS(status).to_string());
}
