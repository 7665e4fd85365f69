//! Victims of several threads.
#![expect(unsafe_code, reason = "blocks in system calls, and ends one thread only")]
#![expect(clippy::unwrap_used, reason = "a victim that cannot be one ends")]

use crate::victim::{VARIABLE, hear, tell};
use std::{
    os::unix::process::CommandExt,
    process::Command,
    sync::{
        Barrier, LazyLock,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
};

/// How many threads there are beside the main one.
pub(crate) const MORE: usize = 7;

static END: AtomicBool = AtomicBool::new(false);
static TURNS: AtomicU64 = AtomicU64::new(0);

fn idle_until_heard() {
    tell("ready");
    hear();
    END.store(true, Ordering::Relaxed);
}

/// Threads that are busy, each with its own sum.
pub(crate) fn many() {
    // Until a thread runs its own code all signals are blocked in it.
    static BEGUN: LazyLock<Barrier> = LazyLock::new(|| Barrier::new(MORE + 1));
    let busy = || {
        BEGUN.wait();
        let mut sum = 0_u64;
        while !END.load(Ordering::Relaxed) {
            sum = sum.wrapping_add(1);
            TURNS.fetch_add(1, Ordering::Relaxed);
            thread::yield_now();
        }
        sum
    };
    let threads: Vec<_> = (0..MORE).map(|_| thread::spawn(busy)).collect();
    BEGUN.wait();
    idle_until_heard();
    let sum = threads.into_iter().map(|thread| thread.join().unwrap()).fold(0, u64::wrapping_add);
    assert_eq!(sum, TURNS.load(Ordering::Relaxed));
    tell("done");
}

/// A thread that starts its successor and ends, over and over.
pub(crate) fn come_and_go() {
    fn next(chains: &'static AtomicU64) {
        TURNS.fetch_add(1, Ordering::Relaxed);
        if END.load(Ordering::Relaxed) {
            chains.fetch_sub(1, Ordering::Relaxed);
        } else {
            thread::spawn(move || next(chains));
        }
    }
    static CHAINS: AtomicU64 = AtomicU64::new(3);
    for _ in 0..3 {
        thread::spawn(|| next(&CHAINS));
    }
    idle_until_heard();
    while CHAINS.load(Ordering::Relaxed) != 0 {
        thread::yield_now();
    }
    tell("done");
}

/// The main thread ends; another one hears and ends the process.
pub(crate) fn end_main_thread() {
    thread::spawn(|| {
        tell("ready");
        let mut byte = 0_u8;
        // The main thread's lock on the standard input would never be given back.
        // SAFETY: the kernel writes one byte, and there is one.
        unsafe { libc::read(0, (&raw mut byte).cast(), 1) };
        tell("done");
        std::process::exit(0);
    });
    // SAFETY: it ends this thread, and nobody waits for its results.
    unsafe { libc::syscall(libc::SYS_exit, 0) };
}

/// Another thread hears, and replaces the program.
pub(crate) fn exec_in_sibling() {
    thread::spawn(|| {
        tell("ready");
        let mut byte = 0_u8;
        // SAFETY: the kernel writes one byte, and there is one.
        unsafe { libc::read(0, (&raw mut byte).cast(), 1) };
        let error = Command::new(std::env::current_exe().unwrap()).env(VARIABLE, "idle").exec();
        tell(&error.to_string());
    });
    loop {
        thread::park();
    }
}
