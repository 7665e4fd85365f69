//! Stops in any number and order, calls that stops interrupt, and numbers that are used again.
#![expect(unsafe_code, reason = "makes system calls, and requests of its own on a tracee")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use crate::{
    mechanisms::{WAYS, session_by},
    victim::{Victim, WATCHDOG, is_gone, tell},
};
use core::ptr::null_mut;
use rsyscall_core::{
    block_on,
    identifier::{Address, FileDescriptor, Process},
    interface::{SyscallError, SyscallInterface},
    memory::Arena,
    near::{
        io::{pipe2, read},
        mm::{MapFlags, ProtFlags, mmap, munmap},
        process::getpid,
        time::nanosleep,
    },
    syscall::{Errno, Instruction, Outcome},
};
use rsyscall_transport_ptrace::{Mechanism, Program, Session};
use std::{
    ffi::{CStr, CString},
    fs::File,
    io::Write,
    process::Command,
    sync::atomic::{AtomicBool, AtomicU32, Ordering},
    time::Instant,
};

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

/// SIGCONT while the call is made: its stop comes before that of the step, whose trap would be the end of a thread that is let go.
#[test]
fn a_step_is_not_over_while_its_trap_waits() {
    const LENGTH: usize = 64 << 20;
    let victim = Victim::start("idle");
    for _ in 0..3 {
        let session = Session::attach(victim.process()).unwrap();
        session.prefer(Some(Mechanism::SingleStep));
        // One that takes some time, and never blocks.
        let flags = MapFlags::PRIVATE | MapFlags::ANONYMOUS | MapFlags::POPULATE;
        let map =
            mmap(Address::NULL, LENGTH, ProtFlags::READ | ProtFlags::WRITE, flags, FileDescriptor::NONE, 0);
        let is_over = AtomicBool::new(false);
        let mapped = std::thread::scope(|scope| {
            scope.spawn(|| {
                while !is_over.load(Ordering::Relaxed) {
                    victim.signal(libc::SIGCONT);
                    std::thread::yield_now();
                }
            });
            let mapped = call(&session, map);
            is_over.store(true, Ordering::Relaxed);
            mapped
        });
        session.detach().unwrap();
        victim.wait_for('S');
        let session = Session::attach(victim.process()).unwrap();
        call(&session, munmap(mapped.unwrap(), LENGTH)).unwrap();
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

/// Signals that have come to this process.
static STOPS: AtomicU32 = AtomicU32::new(0);
static ALARMS: AtomicU32 = AtomicU32::new(0);

extern "C" fn count(signal: i32) {
    let counter = if signal == libc::SIGCHLD { &STOPS } else { &ALARMS };
    counter.fetch_add(1, Ordering::Relaxed);
}

/// A victim that traces children of its own, of each stop of which it is told by SIGCHLD, while an alarm interrupts whatever it does.
pub(crate) fn trace_while_interrupted() {
    tell("ready");
    for signal in [libc::SIGCHLD, libc::SIGALRM] {
        // SAFETY: all zeros are an action; without SA_RESTART calls end with EINTR.
        let mut action: libc::sigaction = unsafe { core::mem::zeroed() };
        action.sa_sigaction = count as *const () as usize;
        // SAFETY: the action is alive, and its handler only counts.
        assert_eq!(unsafe { libc::sigaction(signal, &raw const action, null_mut()) }, 0);
    }
    let time = libc::timeval { tv_sec: 0, tv_usec: 1000 };
    let timer = libc::itimerval { it_interval: time, it_value: time };
    // SAFETY: it reads one struct.
    assert_eq!(unsafe { libc::setitimer(libc::ITIMER_REAL, &raw const timer, null_mut()) }, 0);
    for way in WAYS {
        let child = Victim::start("idle");
        let session = session_by(&child, way);
        let arena = block_on(Arena::map(&session, 1 << 16, 1 << 12), || ()).unwrap();
        let words = [0_u64.to_le_bytes(), 20_000_000_u64.to_le_bytes()].concat();
        let time = block_on(arena.bytes(&words, 8), || ()).unwrap();
        for _ in 0..5 {
            assert_eq!(call(&session, nanosleep(time, Address::NULL)), Ok(()));
            assert_eq!(call(&session, getpid()), Ok(child.process()));
        }
        session.detach().unwrap();
        child.ends_well();
    }
    let path = CString::new(std::env::current_exe().unwrap().into_os_string().into_encoded_bytes()).unwrap();
    let environment: &[&CStr] = &[c"RSYSCALL_VICTIM=exit 5"];
    let program = Program { path: &path, arguments: &[&path], environment, exitkill: true };
    let session = program.start().unwrap();
    assert_eq!(call(&session, getpid()), Ok(session.process()));
    session.detach().unwrap();
    assert_ne!(STOPS.load(Ordering::Relaxed), 0);
    assert_ne!(ALARMS.load(Ordering::Relaxed), 0);
    tell("done");
}

/// A wait that ends with EINTR has not seen the stop.
#[test]
fn a_tracer_that_signals_interrupt_all_the_time_misses_nothing() {
    Victim::start("tracer that is interrupted").ends_well_by_itself();
}

/// A child with this very number, which does nothing and does not outlive this thread.
fn child_with_number(number: i32) -> std::io::Result<Process> {
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
        return Err(std::io::Error::last_os_error());
    }
    Ok(Process::from_raw(i32::try_from(child).unwrap()))
}

/// Who may not choose numbers may do so in namespaces of its own.
#[test]
fn who_gets_the_number_afterwards_is_left_alone() {
    const INSIDE: &str = "RSYSCALL_INSIDE";
    let mut result = number_is_used_again();
    for _ in 0..10 {
        // Somebody else has just got it.
        if result.as_ref().is_err_and(|error| error.raw_os_error() == Some(libc::EEXIST)) {
            result = number_is_used_again();
        }
    }
    let Err(error) = result else { return };
    let is_permitted = error.raw_os_error() != Some(libc::EPERM);
    assert!(!is_permitted && std::env::var_os(INSIDE).is_none(), "cannot choose a process's number: {error}");
    let mut inside = Command::new("unshare");
    inside.args(["--user", "--map-root-user", "--pid", "--fork", "--mount-proc"]);
    inside.arg(std::env::current_exe().unwrap()).args(["--exact", std::thread::current().name().unwrap()]);
    let output = inside.env(INSIDE, "1").output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let passed = output.status.success() && text.contains("1 passed");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(passed, "neither root nor in namespaces of its own: run the tests as root\n{text}{errors}");
}

/// A stop signal is kept for the thread; the thread is killed, waited for, and another process gets its number. Fails if there is no other.
fn number_is_used_again() -> std::io::Result<()> {
    let victim = Victim::start("idle");
    let process = victim.process();
    let session = Session::attach(process).unwrap();
    victim.signal(libc::SIGSTOP);
    assert_eq!(call(&session, getpid()), Ok(process));
    victim.signal(libc::SIGKILL);
    assert!(is_gone(call(&session, getpid())));
    assert_eq!(victim.end(), -libc::SIGKILL);
    assert_eq!(child_with_number(process.into_raw())?, process);
    assert!(is_gone(call(&session, getpid())));
    session.detach().unwrap();
    let state = || {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", process.into_raw())).unwrap();
        stat.rsplit_once(") ").unwrap().1.chars().next().unwrap()
    };
    // A stop that was sent would have come when it is asleep in its only call that sleeps.
    let start = Instant::now();
    loop {
        let state = state();
        if state == 'S' {
            break;
        }
        assert!(matches!(state, 'R' | 'D') && start.elapsed() < WATCHDOG, "it is {state}");
        std::thread::yield_now();
    }
    // SAFETY: it is our child, and not yet waited for.
    assert_eq!(unsafe { libc::kill(process.into_raw(), libc::SIGKILL) }, 0);
    // SAFETY: as above.
    assert_eq!(unsafe { libc::waitpid(process.into_raw(), null_mut(), 0) }, process.into_raw());
    Ok(())
}
