//! Stops in any number and order, calls that stops interrupt, and numbers that are used again.
#![expect(unsafe_code, reason = "makes system calls, and requests of its own on a tracee")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use crate::victim::{Victim, WATCHDOG, is_gone};
use core::ptr::null_mut;
use rsyscall_core::{
    block_on,
    identifier::{Address, FileDescriptor, Process},
    interface::{SyscallError, SyscallInterface},
    memory::Arena,
    near::{
        io::{pipe2, read},
        process::getpid,
        time::nanosleep,
    },
    syscall::{Errno, Instruction, Outcome},
};
use rsyscall_transport_ptrace::{Mechanism, Session};
use std::{fs::File, io::Write, time::Instant};

fn call<R: Outcome>(session: &Session, instruction: Instruction<R>) -> Result<R, SyscallError> {
    // SAFETY: the victim is this test's, and does nothing that a call of these tests could break.
    block_on(unsafe { session.call(instruction) }, || ())
}

/// An interrupt surfaces as a stop of its own, before the first instruction: who counts stops is off by one for ever.
#[test]
fn an_interrupt_that_surfaces_late_is_no_result() {
    let victim = Victim::start("idle");
    for mechanism in [Mechanism::SyscallStops, Mechanism::SingleStep] {
        let session = Session::attach(victim.process()).unwrap();
        session.prefer(Some(mechanism));
        for _ in 0..3 {
            // SAFETY: it is this thread's stopped tracee.
            let result = unsafe {
                libc::ptrace(
                    libc::PTRACE_INTERRUPT,
                    victim.process().into_raw(),
                    null_mut::<u8>(),
                    null_mut::<u8>(),
                )
            };
            assert_eq!(result, 0);
            assert_eq!(call(&session, getpid()), Ok(victim.process()));
            assert_eq!(call(&session, getpid()), Ok(victim.process()));
        }
        session.detach().unwrap();
    }
    victim.ends_well();
}

/// A pipe of the victim's: both ends, as it knows them.
fn pipe(session: &Session, arena: &Arena<'_, Session>) -> [FileDescriptor; 2] {
    let ends = arena.reserve(8, 4).unwrap();
    call(session, pipe2(ends, Default::default())).unwrap();
    let mut bytes = [[0; 4]; 2];
    block_on(arena.read_bytes(ends, bytes.as_flattened_mut()), || ()).unwrap();
    bytes.map(|bytes| FileDescriptor::from_raw(i32::from_le_bytes(bytes)))
}

/// The kernel means to make a call again that a stop has interrupted; there it would not be ours any more.
#[test]
fn a_call_that_a_stop_interrupts_is_made_again() {
    let victim = Victim::start("idle");
    victim.wait_for('S');
    let session = Session::attach(victim.process()).unwrap();
    let arena = block_on(Arena::map(&session, 1 << 16, 1 << 12), || ()).unwrap();
    let [reader, writer] = pipe(&session, &arena);
    let byte = arena.reserve(1, 1).unwrap();
    let path = format!("/proc/{}/fd/{}", victim.process().into_raw(), writer.into_raw());
    let result = std::thread::scope(|scope| {
        scope.spawn(|| {
            for _ in 0..3 {
                victim.wait_for('S');
                victim.signal(libc::SIGSTOP);
                victim.signal(libc::SIGCONT);
            }
            File::options().write(true).open(path).unwrap().write_all(b"x").unwrap();
        });
        call(&session, read(reader, byte, 1))
    });
    assert_eq!(result, Ok(1));
    let mut read = [0];
    block_on(arena.read_bytes(byte, &mut read), || ()).unwrap();
    assert_eq!(&read, b"x");
    session.detach().unwrap();
    victim.wait_for('S');
    victim.ends_well();
}

/// What it would go on from is the thread's own.
#[test]
fn a_sleep_that_a_stop_interrupts_ends_with_eintr() {
    let victim = Victim::start("idle");
    victim.wait_for('S');
    let session = Session::attach(victim.process()).unwrap();
    let arena = block_on(Arena::map(&session, 1 << 16, 1 << 12), || ()).unwrap();
    let hour = [3600_u64.to_le_bytes(), [0; 8]].concat();
    let hour = block_on(arena.bytes(&hour, 8), || ()).unwrap();
    let result = std::thread::scope(|scope| {
        scope.spawn(|| {
            victim.wait_for('S');
            victim.signal(libc::SIGSTOP);
        });
        call(&session, nanosleep(hour, Address::NULL))
    });
    assert_eq!(result, Err(SyscallError::Errno(Errno::EINTR)));
    victim.signal(libc::SIGCONT);
    session.detach().unwrap();
    victim.wait_for('S');
    victim.ends_well();
}

/// A child with this very number, which does nothing; `None` where the kernel does not let us choose one, or it was given to
/// somebody else. It does not outlive this thread.
fn child_with_number(number: i32) -> Option<Process> {
    let numbers = [number];
    // struct clone_args: the signal at its end is the fifth word; the list of numbers and its length are the ninth and tenth.
    let mut arguments = [0_u64; 11];
    let [_, _, _, _, signal, _, _, _, list, length, _] = &mut arguments;
    *signal = libc::SIGCHLD.unsigned_abs().into();
    *list = numbers.as_ptr().expose_provenance() as u64;
    *length = 1;
    // SAFETY: the child gets a copy of this process's memory, and only waits in it.
    let child = unsafe { libc::syscall(libc::SYS_clone3, arguments.as_ptr(), size_of_val(&arguments)) };
    if child == 0 {
        loop {
            // SAFETY: it takes numbers.
            unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) };
            // SAFETY: it takes nothing.
            unsafe { libc::pause() };
        }
    }
    if child < 0 {
        let error = std::io::Error::last_os_error();
        assert!(matches!(error.raw_os_error(), Some(libc::EPERM | libc::EEXIST | libc::ENOSYS)), "{error}");
    }
    (child > 0).then(|| Process::from_raw(i32::try_from(child).unwrap()))
}

/// A stop signal is kept for the thread; the thread is killed, waited for, and another process gets its number.
#[test]
fn who_gets_the_number_afterwards_is_left_alone() {
    let victim = Victim::start("idle");
    let process = victim.process();
    let session = Session::attach(process).unwrap();
    victim.signal(libc::SIGSTOP);
    assert_eq!(call(&session, getpid()), Ok(process));
    victim.signal(libc::SIGKILL);
    assert!(is_gone(call(&session, getpid())));
    assert_eq!(victim.end(), -libc::SIGKILL);
    // Only root may choose numbers.
    let Some(other) = child_with_number(process.into_raw()) else { return };
    assert_eq!(other, process);
    assert!(is_gone(call(&session, getpid())));
    session.detach().unwrap();
    let state = || {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", process.into_raw())).unwrap();
        stat.rsplit_once(") ").unwrap().1.chars().next().unwrap()
    };
    // A stop that was sent would have come when it is asleep in its only call that sleeps.
    let start = Instant::now();
    loop {
        match state() {
            'S' => break,
            state @ ('R' | 'D') => assert!(start.elapsed() < WATCHDOG, "it is {state}"),
            state => panic!("it is {state}"),
        }
        std::thread::yield_now();
    }
    // SAFETY: it is our child, and not yet waited for.
    assert_eq!(unsafe { libc::kill(process.into_raw(), libc::SIGKILL) }, 0);
    // SAFETY: as above.
    assert_eq!(unsafe { libc::waitpid(process.into_raw(), null_mut(), 0) }, process.into_raw());
}
