//! A call that blocks is ended by its caller, who learns what came of it; the process is none the worse for it.
#![expect(unsafe_code, reason = "makes system calls")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use crate::{asleep, victim::Victim};
use rsyscall_core::{
    batch::{Batch, OnError},
    block_on,
    identifier::{Address, FileDescriptor},
    interface::{NotSent, SyscallError, SyscallInterface},
    memory::Arena,
    near::{
        io::{pipe2, read, write},
        process::getpid,
        sched::{FutexOperation, futex},
        time::nanosleep,
    },
    syscall::{Errno, Instruction, Outcome},
};
use rsyscall_transport_ptrace::{Interrupter, Mechanism, PageData, Session};
use std::time::{Duration, Instant};

const INTERRUPTED: SyscallError = SyscallError::Errno(Errno::EINTR);
const SHORT: Duration = Duration::from_millis(20);

fn call<R: Outcome>(session: &Session, instruction: Instruction<R>) -> Result<R, SyscallError> {
    // SAFETY: the victim is this test's, and does nothing that a call of these tests could break.
    block_on(unsafe { session.call(instruction) }, || ())
}

/// A pipe in the victim, and memory for what is read from it.
fn pipe(session: &Session) -> (FileDescriptor, FileDescriptor, Address) {
    let arena = block_on(Arena::map(session, 1 << 16, 1 << 12), || ()).unwrap();
    let ends = arena.reserve(8, 8).unwrap();
    call(session, pipe2(ends, Default::default())).unwrap();
    let mut bytes = [[0; 4]; 2];
    block_on(arena.read_bytes(ends, bytes.as_flattened_mut()), || ()).unwrap();
    let [reader, writer] = bytes.map(|bytes| FileDescriptor::from_raw(i32::from_le_bytes(bytes)));
    (reader, writer, ends)
}

const WAYS: [Option<PageData>; 3] = [None, Some(PageData::Copied), Some(PageData::Shared)];

fn session_by(victim: &Victim, page: Option<PageData>) -> Session {
    prepared(Session::attach(victim.process()).unwrap(), page)
}

/// The same of a victim that sleeps in a call of its own.
fn session_by_asleep(name: &str, page: Option<PageData>) -> (Victim, Session) {
    let (victim, session) = asleep::attach(name);
    (victim, prepared(session, page))
}

fn prepared(session: Session, page: Option<PageData>) -> Session {
    match page {
        Some(data) => session.map_code_page(data).unwrap(),
        None => session.prefer(Some(Mechanism::SyscallStops)),
    }
    session
}

/// After an interrupt nothing is lost, and the next calls are as good as any.
fn goes_on(
    victim: &Victim,
    session: &Session,
    (reader, writer, buffer): (FileDescriptor, FileDescriptor, Address),
) {
    session.set_timeout(None);
    assert_eq!(call(session, getpid()), Ok(victim.process()));
    assert_eq!(call(session, write(writer, buffer, 3)), Ok(3));
    assert_eq!(call(session, read(reader, buffer, 8)), Ok(3));
}

fn ends_well(mut victim: Victim) {
    victim.say("x");
    while victim.line() != "done" {}
    assert_eq!(victim.end(), 0);
}

/// A victim that is stopped runs only the session's call, and sleeps where that blocks.
fn interrupt_when_it_sleeps(victim: &Victim, interrupter: &Interrupter<'_>) {
    victim.wait_for('S');
    assert!(interrupter.interrupt());
}

#[test]
fn a_call_is_interrupted_after_its_time_and_had_no_effect() {
    for way in WAYS {
        let victim = Victim::start("idle");
        let session = session_by(&victim, way);
        let pipe = pipe(&session);
        let (reader, _, buffer) = pipe;
        session.set_timeout(Some(SHORT));
        for _ in 0..3 {
            let start = Instant::now();
            assert_eq!(call(&session, read(reader, buffer, 8)), Err(INTERRUPTED), "{way:?}");
            assert!(start.elapsed() >= SHORT);
        }
        goes_on(&victim, &session, pipe);
        session.detach().unwrap();
        ends_well(victim);
    }
}

#[test]
fn a_call_is_interrupted_from_another_thread_and_the_process_goes_on_with_its_own() {
    for way in WAYS {
        // The victim itself sleeps, and is to sleep on.
        let (mut victim, session) = session_by_asleep("poll", way);
        let pipe = pipe(&session);
        let (reader, _, buffer) = pipe;
        let interrupter = session.interrupter();
        assert!(!interrupter.interrupt(), "no call is under way");
        std::thread::scope(|scope| {
            let (clone, victim) = (interrupter.clone(), &victim);
            scope.spawn(move || interrupt_when_it_sleeps(victim, &clone));
            assert_eq!(call(&session, read(reader, buffer, 8)), Err(INTERRUPTED), "{way:?}");
        });
        drop(interrupter);
        goes_on(&victim, &session, pipe);
        session.detach().unwrap();
        assert_eq!(victim.line(), "0 0 on time", "{way:?}");
        assert_eq!(victim.end(), 0);
    }
}

#[test]
fn what_a_call_has_done_before_is_its_result() {
    for way in WAYS {
        let victim = Victim::start("idle");
        let session = session_by(&victim, way);
        let (reader, writer, buffer) = pipe(&session);
        // More than a pipe holds: it writes some, and blocks.
        let arena = block_on(Arena::map(&session, 1 << 21, 1 << 12), || ()).unwrap();
        let large = arena.reserve(1 << 20, 8).unwrap();
        let interrupter = session.interrupter();
        let written = std::thread::scope(|scope| {
            scope.spawn(|| interrupt_when_it_sleeps(&victim, &interrupter));
            call(&session, write(writer, large, 1 << 20)).unwrap()
        });
        drop(interrupter);
        assert!(written > 0 && written < 1 << 20, "{written}");
        let mut rest = written;
        while rest > 0 {
            rest -= call(&session, read(reader, large, rest)).unwrap();
        }
        goes_on(&victim, &session, (reader, writer, buffer));
        session.detach().unwrap();
        ends_well(victim);
    }
}

/// An interrupt is one for the whole batch: what is behind the call that it ended is not sent.
#[test]
fn a_batch_ends_with_the_call_that_was_interrupted() {
    for way in WAYS {
        let victim = Victim::start("idle");
        let session = session_by(&victim, way);
        let pipe @ (reader, _, buffer) = pipe(&session);
        let mut batch = Batch::<4>::new();
        let first = batch.getpid().unwrap();
        let blocked = batch.push(read(reader, buffer, 8)).unwrap();
        let third = batch.push(read(reader, buffer, 8)).unwrap();
        let fourth = batch.getpid().unwrap();
        let interrupter = session.interrupter();
        let answers = std::thread::scope(|scope| {
            scope.spawn(|| interrupt_when_it_sleeps(&victim, &interrupter));
            // SAFETY: as in `call`.
            block_on(unsafe { session.batch(&batch, OnError::Continue) }, || ()).unwrap()
        });
        drop(interrupter);
        assert_eq!(answers.get(first), Ok(victim.process()), "{way:?}");
        assert_eq!(answers.get(blocked), Err(INTERRUPTED), "{way:?}");
        assert_eq!(answers.get(third), Err(NotSent::BatchStopped.into()), "{way:?}");
        assert_eq!(answers.get(fourth), Err(NotSent::BatchStopped.into()), "{way:?}");
        goes_on(&victim, &session, pipe);
        session.detach().unwrap();
        ends_well(victim);
    }
}

#[test]
fn what_does_not_block_is_not_interrupted() {
    for way in WAYS {
        let victim = Victim::start("idle");
        let session = session_by(&victim, way);
        session.set_timeout(Some(Duration::from_secs(3600)));
        let interrupter = session.interrupter();
        for _ in 0..50 {
            assert_eq!(call(&session, getpid()), Ok(victim.process()), "{way:?}");
            assert!(!interrupter.interrupt());
        }
        drop(interrupter);
        session.detach().unwrap();
        ends_well(victim);
    }
}

/// Whenever it comes, an interrupt ends one call at most, and a result is that of its own call.
#[test]
fn interrupts_at_any_moment_do_no_harm() {
    for way in WAYS {
        let (mut victim, session) = session_by_asleep("poll", way);
        let pipe @ (reader, _, buffer) = pipe(&session);
        let interrupter = session.interrupter();
        std::thread::scope(|scope| {
            let calls = scope.spawn(|| {
                // 100 calls that block until they are interrupted.
                let mut interrupted = 0;
                while interrupted < 100 {
                    interrupted += u32::from(interrupter.interrupt());
                    std::thread::yield_now();
                }
            });
            while !calls.is_finished() {
                session.set_timeout(Some(SHORT));
                assert_eq!(call(&session, read(reader, buffer, 8)), Err(INTERRUPTED), "{way:?}");
                session.set_timeout(None);
                let process = call(&session, getpid());
                assert!(process == Ok(victim.process()) || process == Err(INTERRUPTED), "{process:?}");
            }
        });
        drop(interrupter);
        goes_on(&victim, &session, pipe);
        session.detach().unwrap();
        assert_eq!(victim.line(), "0 0 on time");
        assert_eq!(victim.end(), 0);
    }
}

#[test]
fn a_sleep_is_interrupted_too() {
    for way in WAYS {
        let victim = Victim::start("idle");
        let session = session_by(&victim, way);
        let arena = block_on(Arena::map(&session, 1 << 16, 1 << 12), || ()).unwrap();
        let words = [3600_u64.to_le_bytes(), [0; 8]].concat();
        let time = block_on(arena.bytes(&words, 8), || ()).unwrap();
        session.set_timeout(Some(SHORT));
        assert_eq!(call(&session, nanosleep(time, Address::NULL)), Err(INTERRUPTED), "{way:?}");
        session.set_timeout(None);
        assert_eq!(call(&session, getpid()), Ok(victim.process()));
        session.detach().unwrap();
        ends_well(victim);
    }
}

/// An interrupted wait would leave what the process's own sleep goes on from overwritten.
#[test]
fn a_wait_with_a_timeout_is_not_sent_to_one_who_sleeps() {
    for way in WAYS {
        let (mut victim, session) = session_by_asleep("nanosleep", way);
        let arena = block_on(Arena::map(&session, 1 << 16, 1 << 12), || ()).unwrap();
        let words = [3600_u64.to_le_bytes(), [0; 8]].concat();
        let time = block_on(arena.bytes(&words, 8), || ()).unwrap();
        let word = block_on(arena.bytes(&[7, 0, 0, 0], 4), || ()).unwrap();
        session.set_timeout(Some(SHORT));
        let wait = |timeout| futex(word, FutexOperation::WAIT, 7, timeout, Address::NULL, 0);
        assert_eq!(call(&session, wait(time)), Err(NotSent::Unsupported.into()), "{way:?}");
        // Without a timeout nothing is kept for its restart.
        assert_eq!(call(&session, wait(Address::NULL)), Err(INTERRUPTED), "{way:?}");
        session.detach().unwrap();
        assert_eq!(victim.line(), "0 0 on time", "{way:?}");
        assert_eq!(victim.end(), 0);
    }
}
