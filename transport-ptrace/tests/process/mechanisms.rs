//! However a call is made, its result is the same, and so is the process afterwards.
#![expect(unsafe_code, reason = "makes system calls")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use crate::victim::Victim;
use core::time::Duration;
use rsyscall_core::{
    block_on,
    identifier::{Address, FileDescriptor, Process},
    interface::{Hangup, NotSent, SyscallError, SyscallInterface},
    memory::Arena,
    near::{
        io::{dup, pipe2, read, write},
        process::{exit_group, getpid},
        signal::{SigprocmaskHow, rt_sigprocmask},
    },
    syscall::{Errno, Instruction, Outcome},
};
use rsyscall_transport_ptrace::{Counts, Mechanism, PageData, Session};

pub(crate) fn call<R: Outcome>(session: &Session, instruction: Instruction<R>) -> Result<R, SyscallError> {
    // SAFETY: the victim is this test's, and does nothing that a call of these tests could break.
    block_on(unsafe { session.call(instruction) }, || ())
}

/// What some calls cost.
pub(crate) fn cost(session: &Session, calls: impl FnOnce()) -> (u64, u64) {
    let before = session.counts();
    calls();
    let after = session.counts();
    (after.requests - before.requests, after.stops - before.stops)
}

pub(crate) fn ends_well(mut victim: Victim) {
    victim.say("x");
    while victim.line() != "done" {}
    assert_eq!(victim.end(), 0);
}

/// What of a process may not change.
pub(crate) fn state(victim: &Victim) -> (String, Vec<String>) {
    let fields = ["SigBlk", "SigIgn", "SigCgt", "SigPnd", "ShdPnd", "Seccomp", "TracerPid", "FDSize"];
    let maps = std::fs::read_to_string(format!("/proc/{}/maps", victim.process().into_raw())).unwrap();
    (maps, fields.map(|field| victim.status(field)).to_vec())
}

/// What is preferred, and what there is of a page; then the requests and stops of one call.
pub(crate) type Way = (Option<Mechanism>, Option<PageData>, (u64, u64));

pub(crate) const WAYS: [Way; 4] = [
    (Some(Mechanism::SyscallStops), None, (5, 2)),
    (Some(Mechanism::SingleStep), None, (3, 1)),
    (None, Some(PageData::Copied), (1, 1)),
    (None, Some(PageData::Shared), (1, 1)),
];

/// A session that is about to make calls in this way.
pub(crate) fn session_by(victim: &Victim, way: Way) -> Session {
    session_by_process(victim.process(), way)
}

pub(crate) fn session_by_process(process: Process, (mechanism, page, _): Way) -> Session {
    let session = Session::attach(process).unwrap();
    if let Some(page) = page {
        session.map_code_page(page).unwrap();
    }
    session.prefer(mechanism);
    session
}

#[test]
fn every_mechanism_costs_what_it_says_and_leaves_nothing_behind() {
    for name in ["idle", "SIGTRAP blocked", "SIGTRAP ignored", "SIGTRAP handled", "all blocked"] {
        for way in WAYS {
            // The kernel tells aarch64 in one request more that no call is under way.
            let more = u64::from(std::env::consts::ARCH == "aarch64");
            let victim = Victim::start(name);
            victim.wait_for('S');
            let before = state(&victim);
            let session = session_by(&victim, way);
            for _ in 0..2 {
                assert_eq!(call(&session, getpid()), Ok(victim.process()));
            }
            let (mechanism, _, (requests, stops)) = way;
            // A result that is the call's own number would be looked at twice.
            let nothing = || {
                assert_eq!(call(&session, dup(FileDescriptor::from_raw(1000))), Err(Errno::EBADF.into()));
            };
            let count = cost(&session, nothing);
            let trap_is_harmful = matches!(name, "SIGTRAP blocked" | "SIGTRAP ignored" | "all blocked");
            match mechanism {
                // Then it is not done.
                Some(Mechanism::SingleStep) if trap_is_harmful => assert_eq!(count, (5 + more, 2), "{name}"),
                // Somebody else's SIGTRAP is looked for.
                Some(Mechanism::SingleStep) if name == "SIGTRAP handled" => assert_eq!(count, (4 + more, 1)),
                Some(_) => assert_eq!(count, (requests + more, stops), "{name} {way:?}"),
                None => assert_eq!(count, (requests, stops), "{name} {way:?}"),
            }
            session.detach().unwrap();
            victim.wait_for('S');
            assert_eq!(state(&victim), before, "{name} {way:?}");
            ends_well(victim);
        }
    }
}

#[test]
fn left_to_itself_a_session_takes_the_cheapest_way() {
    let victim = Victim::start("idle");
    let session = Session::attach(victim.process()).unwrap();
    assert_eq!(call(&session, getpid()), Ok(victim.process()));
    assert_eq!(cost(&session, || assert_eq!(call(&session, getpid()), Ok(victim.process()))).1, 1);
    // That one may block, and the page is not there yet.
    let read_nowhere = || {
        let result = call(&session, read(FileDescriptor::from_raw(1000), Address::NULL, 0));
        assert_eq!(result, Err(Errno::EBADF.into()));
    };
    assert_eq!(cost(&session, read_nowhere).1, 2);
    session.map_code_page(PageData::Shared).unwrap();
    read_nowhere();
    assert_eq!(cost(&session, read_nowhere), (1, 1));
    session.detach().unwrap();
    ends_well(victim);
}

#[test]
fn a_process_of_several_threads_is_not_stepped_unless_it_is_asked_for() {
    let victim = Victim::start("threads");
    let session = Session::attach(victim.process()).unwrap();
    for (mechanism, stops) in [(None, 2), (Some(Mechanism::SingleStep), 1)] {
        session.prefer(mechanism);
        assert_eq!(cost(&session, || assert_eq!(call(&session, getpid()), Ok(victim.process()))).1, stops);
    }
    session.detach().unwrap();
    ends_well(victim);
}

/// A run that ended unseen would be made again, and again.
#[test]
fn a_signal_that_the_process_blocks_by_a_call_ends_runs_all_the_same() {
    for way in WAYS {
        let victim = Victim::start("idle");
        let session = session_by(&victim, way);
        let arena = block_on(Arena::map(&session, 1 << 16, 1 << 12), || ()).unwrap();
        let (all, old) = (block_on(arena.bytes(&[0xff; 8], 8), || ()).unwrap(), arena.reserve(8, 8).unwrap());
        call(&session, rt_sigprocmask(SigprocmaskHow::BLOCK, all, old, 8)).unwrap();
        for _ in 0..3 {
            assert_eq!(call(&session, getpid()), Ok(victim.process()), "{way:?}");
        }
        call(&session, rt_sigprocmask(SigprocmaskHow::SETMASK, old, Address::NULL, 8)).unwrap();
        session.detach().unwrap();
        ends_well(victim);
    }
}

/// SIGTRAP of somebody else, which ends nothing here and comes afterwards.
#[test]
fn a_trap_of_somebody_else_s_is_not_lost() {
    for way in WAYS {
        let mut victim = Victim::start("SIGTRAP handled");
        victim.wait_for('S');
        let session = session_by(&victim, way);
        assert_eq!(call(&session, getpid()), Ok(victim.process()));
        victim.signal(libc::SIGTRAP);
        for _ in 0..3 {
            assert_eq!(call(&session, getpid()), Ok(victim.process()), "{way:?}");
        }
        session.detach().unwrap();
        assert_eq!(victim.line(), "handled", "{way:?}");
        ends_well(victim);
    }
}

#[test]
fn signals_amid_the_calls_come_afterwards() {
    for way in WAYS {
        let mut victim = Victim::start("SIGTRAP handled");
        victim.wait_for('S');
        let session = session_by(&victim, way);
        let process = victim.process().into_raw();
        std::thread::scope(|scope| {
            let sender = scope.spawn(|| {
                for _ in 0..200 {
                    // SAFETY: it is our child, and not yet waited for.
                    unsafe { libc::kill(process, libc::SIGTRAP) };
                    // SAFETY: as above.
                    unsafe { libc::kill(process, libc::SIGSTOP) };
                    // SAFETY: as above.
                    unsafe { libc::kill(process, libc::SIGCONT) };
                    std::thread::yield_now();
                }
            });
            while !sender.is_finished() {
                assert_eq!(call(&session, getpid()), Ok(victim.process()), "{way:?}");
            }
        });
        session.detach().unwrap();
        assert_eq!(victim.line(), "handled", "{way:?}");
        victim.wait_for('S');
        ends_well(victim);
    }
}

#[test]
fn exit_and_death_are_hangups_in_every_way() {
    for way in WAYS {
        let victim = Victim::start("idle");
        let session = session_by(&victim, way);
        assert_eq!(call(&session, exit_group(7)), Err(Hangup::TaskEnded.into()), "{way:?}");
        assert_eq!(call(&session, getpid()), Err(NotSent::Dead.into()));
        session.detach().unwrap();
        assert_eq!(victim.end(), 7);

        let victim = Victim::start("idle");
        let session = session_by(&victim, way);
        assert_eq!(call(&session, getpid()), Ok(victim.process()));
        victim.signal(libc::SIGKILL);
        while let Ok(process) = call(&session, getpid()) {
            assert_eq!(process, victim.process());
        }
        session.detach().unwrap();
        assert_eq!(victim.end(), -libc::SIGKILL);
    }
}

#[test]
fn a_call_that_blocks_may_be_made_by_the_page() {
    for data in [PageData::Copied, PageData::Shared] {
        let victim = Victim::start("idle");
        let session = session_by(&victim, (None, Some(data), (0, 0)));
        let arena = block_on(Arena::map(&session, 1 << 16, 1 << 12), || ()).unwrap();
        let ends = arena.reserve(8, 4).unwrap();
        call(&session, pipe2(ends, Default::default())).unwrap();
        let mut bytes = [[0; 4]; 2];
        block_on(arena.read_bytes(ends, bytes.as_flattened_mut()), || ()).unwrap();
        let [reader, writer] = bytes.map(|bytes| FileDescriptor::from_raw(i32::from_le_bytes(bytes)));
        let path = format!("/proc/{}/fd/{}", victim.process().into_raw(), writer.into_raw());
        let count = std::thread::scope(|scope| {
            scope.spawn(|| {
                victim.wait_for('S');
                // What stops the process meanwhile is no more than a delay.
                victim.signal(libc::SIGSTOP);
                victim.signal(libc::SIGCONT);
                std::fs::write(path, "four").unwrap();
            });
            call(&session, read(reader, ends, 8))
        });
        assert_eq!(count, Ok(4));
        assert_eq!(call(&session, write(writer, ends, 4)), Ok(4));
        session.detach().unwrap();
        ends_well(victim);
    }
}

#[test]
fn counts_read_well() {
    let counts = Counts { requests: 14, stops: 3, time: Duration::from_micros(45) };
    assert_eq!(counts.to_string(), "14 ptrace requests, 3 stops, 45µs");
}
