//! Each behaviour alone, and while calls are made in it at random moments: the same output, and the same exit status.
#![expect(unsafe_code, reason = "makes system calls")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use crate::{
    behaviours::{self, Behaviour, EINTR},
    victim::{NONE, Victim, WATCHDOG, is_gone},
};
use rand::{Rng, RngExt, seq::IndexedRandom};
use rsyscall_core::{
    block_on,
    identifier::Process,
    interface::SyscallInterface,
    near::process::{getpid, gettid},
    syscall::Errno,
};
use rsyscall_transport_ptrace::{Mechanism, PageData, Part, Reason, Session};
use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

/// How often the long form makes calls in each program; nothing if this is not the long form.
pub(crate) fn long() -> Option<u32> {
    std::env::var("RSYSCALL_LONG").ok()?.parse().ok()
}

/// So often calls are made in victims of each behaviour at least, however slow the machine is.
const LEAST: u32 = 20;

/// How often calls are made in victims of each behaviour, and after what time [`LEAST`] is enough.
fn effort() -> (u32, Duration) {
    long().map_or((200, Duration::from_secs(1)), |injections| (injections, Duration::MAX))
}

/// One of the threads that the process has now.
pub(crate) fn any_thread(process: Process, random: &mut impl Rng) -> Process {
    let tasks = std::fs::read_dir(format!("/proc/{}/task", process.into_raw()));
    let numbers =
        tasks.into_iter().flatten().flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let threads: Vec<_> = numbers.map(Process::from_raw).collect();
    threads.choose(random).copied().unwrap_or(process)
}

/// What came of an injection.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Injected {
    Nobody,
    /// The thread was stopped for so long.
    Well(Duration),
    /// The thread's call returns EINTR: the session says that it could not do better.
    Leaked,
}

/// Attaches, makes some calls in some way, and lets go.
pub(crate) fn inject(thread: Process, process: Process, random: &mut impl Rng) -> Injected {
    let session = match Session::attach(thread) {
        Ok(session) => session,
        Err(error) => {
            let gone = matches!(error.reason, Reason::NoSuchProcess | Reason::Ended | Reason::Zombie);
            assert!(gone, "{error}");
            return Injected::Nobody;
        }
    };
    if random.random() {
        // There is no CPU of who is gone.
        let _ = session.move_to_its_cpu();
    }
    match random.random_range(0..5) {
        0 => session.prefer(Some(Mechanism::SyscallStops)),
        1 => session.prefer(Some(Mechanism::SingleStep)),
        2 => {
            let _ = session.map_code_page(PageData::Copied);
        }
        _ => {}
    }
    let check = |result, expected| assert!(result == Ok(expected) || is_gone(result), "{result:?}");
    for _ in 0..random.random_range(0..4) {
        // SAFETY: getpid takes nothing and changes nothing.
        check(block_on(unsafe { session.call(getpid()) }, || ()), process);
        // SAFETY: gettid takes nothing and changes nothing.
        check(block_on(unsafe { session.call(gettid()) }, || ()), thread);
    }
    match session.detach() {
        Ok(counts) => Injected::Well(counts.time),
        Err(error) => {
            assert_eq!(error.parts().collect::<Vec<_>>(), [(Part::Call, Errno::EINTR)]);
            Injected::Leaked
        }
    }
}

/// A run of a victim.
struct Run {
    /// What it said, without those calls of which the session has said that they return EINTR, and its status.
    end: (String, i32),
    time: Duration,
    injections: u32,
    /// How long its threads were stopped in all.
    stopped: Duration,
}

fn run(name: &str, injecting: bool) -> Run {
    let mut victim = Victim::start(&format!("{}{name}", behaviours::PREFIX));
    let process = victim.process();
    let start = Instant::now();
    let ended = AtomicBool::new(false);
    thread::scope(|scope| {
        let injector = scope.spawn(|| {
            let mut random = rand::rng();
            let (mut injections, mut leaks, mut stopped) = (0, 0, Duration::ZERO);
            while injecting && !ended.load(Ordering::Relaxed) {
                let injected = inject(any_thread(process, &mut random), process, &mut random);
                injections += u32::from(injected != Injected::Nobody);
                match injected {
                    Injected::Well(time) => stopped += time,
                    Injected::Leaked => leaks += 1,
                    Injected::Nobody => {}
                }
                // Some of the times are so long that a call that always begins anew comes to its end.
                let long = random.random_ratio(1, 8);
                thread::sleep(Duration::from_micros(if long {
                    10_000
                } else {
                    random.random_range(0..1000)
                }));
                if start.elapsed() > WATCHDOG {
                    // SAFETY: it is our child, and not yet waited for.
                    unsafe { libc::kill(process.into_raw(), libc::SIGKILL) };
                }
            }
            (injections, leaks, stopped)
        });
        let mut text = victim.until_end();
        let time = start.elapsed();
        ended.store(true, Ordering::Relaxed);
        let (injections, leaks, stopped) = injector.join().unwrap();
        for _ in 0..leaks {
            if let Some(line) =
                text.split_inclusive('\n').find(|line| line.contains(EINTR)).map(str::to_owned)
            {
                text = text.replacen(&line, "", 1);
            }
        }
        Run { end: (text, victim.end()), time, injections, stopped }
    })
}

/// Runs the behaviour whose name ends so, alone, and with us until there were enough injections.
pub(crate) fn is_the_same(behaviours: &[Behaviour], name: &str) {
    let name = behaviours.iter().map(|behaviour| behaviour.name).find(|full| full.ends_with(name)).unwrap();
    let Run { end: alone, time: mut alone_for, .. } = run(name, false);
    assert_ne!(alone.0.trim_end(), NONE);
    // The first one may have been slow for its own reasons.
    for _ in 0..if long().is_some() { 4 } else { 0 } {
        alone_for = alone_for.min(run(name, false).time);
    }
    let (injections, enough) = effort();
    let start = Instant::now();
    let (mut count, mut runs) = (0, 0);
    let (mut stopped, mut longer) = (0.0, 0.0);
    while count < LEAST || count < injections && start.elapsed() < enough {
        let with_us = run(name, true);
        assert_eq!(with_us.end, alone, "{name}, after {count} to {} injections", count + with_us.injections);
        count += with_us.injections;
        stopped += with_us.stopped.as_secs_f64();
        longer += with_us.time.as_secs_f64() - alone_for.as_secs_f64();
        runs += 1;
    }
    note(name, &format!("{count} in {runs} runs, stopped for {stopped:.1} s, {longer:+.1} s longer"));
}

/// Says a line of the record that `cargo xtask test --long --record` keeps.
pub(crate) fn note(what: &str, injections: &str) {
    let release = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    println!("injections: {what} | {injections} | {}", release.trim_end());
}
