//! Threads, children, programs: what begins and ends.
#![expect(unsafe_code, reason = "sets a filter")]
#![expect(clippy::unwrap_used, reason = "a victim that cannot be one ends")]

use super::handlers::{count, handle, handled};
use crate::{
    restricted,
    victim::{ROUND, VARIABLE, tell},
};
use std::{
    os::unix::process::CommandExt,
    process::Command,
    sync::{Condvar, Mutex},
    thread,
    time::Duration,
};

behaviours! {
    threads_take_turns => take_turns;
    threads_begin_and_end => begin_and_end;
    children_by_vfork => children;
    programs_follow_each_other => || follow(|execute| execute());
    programs_follow_each_other_from_other_threads => || follow(|execute| thread::spawn(execute).join().unwrap());
    exit => || end_meanwhile(exit);
    death => || end_meanwhile(death);
    a_filter_s_signals => filtered;
}

/// Each thread waits for its turn.
fn take_turns() {
    const THREADS: u32 = 5;
    const TURNS: u32 = 500;
    static TURN: Mutex<u32> = Mutex::new(0);
    static CHANGED: Condvar = Condvar::new();
    let run = |own: u32| {
        let mut turns = 0;
        loop {
            let mut turn = TURN.lock().unwrap();
            while *turn < TURNS && *turn % THREADS != own {
                turn = CHANGED.wait(turn).unwrap();
            }
            if *turn >= TURNS {
                return turns;
            }
            *turn += 1;
            turns += 1;
            CHANGED.notify_all();
        }
    };
    let threads: Vec<_> = (1..THREADS).map(|own| thread::spawn(move || run(own))).collect();
    let mut turns = vec![run(0)];
    turns.extend(threads.into_iter().map(|thread| thread.join().unwrap()));
    tell(&format!("{turns:?}"));
}

fn begin_and_end() {
    let mut sum = 0_u64;
    for round in 0..60_u64 {
        let threads = [1, 2, 3].map(|factor| thread::spawn(move || round * factor));
        sum += threads.into_iter().map(|thread| thread.join().unwrap()).sum::<u64>();
    }
    tell(&sum.to_string());
}

/// The standard library starts them by `vfork` or what comes close to it.
fn children() {
    let mut good = 0;
    for _ in 0..8 {
        let mut command = Command::new(std::env::current_exe().unwrap());
        let status = command.env(VARIABLE, "exit 5").status().unwrap();
        good += u32::from(status.code() == Some(5));
    }
    tell(&format!("{good} good"));
}

/// The program is replaced by itself, a round further.
fn follow(by: fn(fn())) {
    const ROUNDS: u32 = 10;
    fn execute() {
        let mut command = Command::new(std::env::current_exe().unwrap());
        tell(&command.env(ROUND, (round() + 1).to_string()).exec().to_string());
    }
    if round() < ROUNDS {
        by(execute);
    }
    tell(&format!("{} programs", round()));
}

/// How many programs this process had.
pub(crate) fn round() -> u32 {
    std::env::var(ROUND).map_or(0, |round| round.parse().unwrap())
}

/// One thread ends the process at some time, whatever is made of the other then.
fn end_meanwhile(end: fn()) {
    thread::spawn(move || {
        thread::sleep(Duration::from_micros(rand::random_range(0..30_000)));
        end();
    });
    loop {
        thread::sleep(Duration::from_micros(100));
        for _ in 0..20_000 {
            core::hint::spin_loop();
        }
    }
}

fn exit() {
    std::process::exit(7);
}

fn death() {
    // SAFETY: that is meant.
    unsafe { libc::raise(libc::SIGKILL) };
}

/// What the filter traps calls the handler, and nothing else does.
fn filtered() {
    const ROUNDS: u64 = 5000;
    handle(libc::SIGSYS, count, 0);
    restricted::trap_getppid();
    for _ in 0..ROUNDS {
        // SAFETY: it takes nothing and changes nothing.
        unsafe { libc::syscall(libc::SYS_getppid) };
    }
    tell(&format!("{} of {ROUNDS}", handled()));
}
