//! What may happen to a process during a session, or because of a call in it.
#![expect(unsafe_code, reason = "makes system calls")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use crate::{
    asleep,
    mechanisms::{WAYS, session_by},
    transparency,
    victim::{VARIABLE, Victim, WATCHDOG},
};
use rand::RngExt;
use rsyscall_core::{
    block_on,
    identifier::{Address, Process},
    interface::{Hangup, NotSent, SyscallError, SyscallInterface},
    memory::Arena,
    near::{
        process::{execve, exit, getpid, getppid},
        signal::{SigprocmaskHow, rt_sigprocmask},
        time::nanosleep,
    },
    syscall::{Errno, Instruction, Outcome, Syscall},
};
use rsyscall_transport_ptrace::{Mechanism, PageData, Reason, Seized, Session};
use std::{
    ffi::{CStr, CString},
    os::unix::process::CommandExt,
    process::{Command, Stdio},
    time::Instant,
};

fn call<R: Outcome>(session: &Session, instruction: Instruction<R>) -> Result<R, SyscallError> {
    // SAFETY: the victim is this test's, and does nothing that a call of these tests could break.
    block_on(unsafe { session.call(instruction) }, || ())
}

fn attach_and_call(victim: &Victim) -> Session {
    let session = Session::attach(victim.process()).unwrap();
    assert_eq!(call(&session, getpid()), Ok(victim.process()));
    session
}

fn ends_well(mut victim: Victim) {
    victim.say("x");
    while victim.line() != "done" {}
    assert_eq!(victim.end(), 0);
}

#[test]
fn a_call_that_a_filter_turns_into_a_signal_is_not_sent() {
    let victim = Victim::start("seccomp trap");
    let session = attach_and_call(&victim);
    for _ in 0..2 {
        assert_eq!(call(&session, getppid()), Err(SyscallError::NotSent(NotSent::Unsupported)));
        assert_eq!(call(&session, getpid()), Ok(victim.process()));
    }
    assert_eq!(call(&session, getppid()), Err(SyscallError::NotSent(NotSent::Unsupported)));
    session.detach().unwrap();
    ends_well(victim);
}

#[test]
fn it_is_not_sent_however_many_signals_wait_before_that_one() {
    let victim = Victim::start("seccomp trap behind queued signals");
    let session = attach_and_call(&victim);
    for mechanism in [Mechanism::SyscallStops, Mechanism::SingleStep] {
        session.prefer(Some(mechanism));
        assert_eq!(call(&session, getppid()), Err(SyscallError::NotSent(NotSent::Unsupported)));
        assert_eq!(call(&session, getpid()), Ok(victim.process()));
    }
    session.detach().unwrap();
    ends_well(victim);
}

/// They stand in `/proc/PID/status` before what is said of signals.
#[test]
fn thousands_of_groups_hide_nothing() {
    let groups: Vec<libc::gid_t> = (1_000_000..1_005_000).collect();
    let mut command = Command::new(std::env::current_exe().unwrap());
    let become_member = move || {
        // SAFETY: the list is as long as is said.
        match unsafe { libc::setgroups(groups.len(), groups.as_ptr()) } {
            0 => Ok(()),
            _ => Err(std::io::Error::last_os_error()),
        }
    };
    // SAFETY: between fork and exec it makes one system call.
    let command = unsafe { command.env(VARIABLE, "idle").pre_exec(become_member) };
    let victim = Victim::start_program(command);
    let session = attach_and_call(&victim);
    session.map_code_page(PageData::Copied).unwrap();
    assert_eq!(call(&session, getpid()), Ok(victim.process()));
    session.detach().unwrap();
    ends_well(victim);
}

/// It is what a tracer makes of a call that is not to be made, and the kernel's filters see it.
#[test]
fn the_number_of_no_call_is_never_asked_for() {
    let victim = Victim::start("seccomp kills for no number");
    for way in WAYS {
        victim.wait_for('S');
        let session = session_by(&victim, way);
        for _ in 0..2 {
            assert_eq!(call(&session, getpid()), Ok(victim.process()));
        }
        session.detach().unwrap();
    }
    // Whoever asks for it is told what the kernel would have said without a filter.
    let session = attach_and_call(&victim);
    // SAFETY: there is no such call.
    let result = block_on(unsafe { session.syscall::<u64>(Syscall::new(-1, [0; 6])) }, || ());
    assert_eq!(result, Err(SyscallError::Errno(Errno::ENOSYS)));
    session.detach().unwrap();
    ends_well(victim);
}

#[test]
fn in_strict_mode_it_is_refused_and_lives() {
    let mut victim = Victim::start("seccomp strict");
    is_in_strict_mode(&victim);
    let mut random = rand::rng();
    for _ in 0..transparency::long().unwrap_or(200) {
        victim.say("a");
        for _ in 0..random.random_range(0..20_000) {
            core::hint::spin_loop();
        }
        let error = Session::attach(victim.process()).unwrap_err();
        assert_eq!(error.reason, Reason::StrictSeccomp);
        assert_eq!(victim.line(), "a");
    }
    ends_well(victim);
}

fn is_in_strict_mode(victim: &Victim) {
    let start = Instant::now();
    while victim.status("Seccomp") != "1" {
        assert!(start.elapsed() < WATCHDOG, "it is {}", victim.status("State"));
        std::thread::yield_now();
    }
}

#[test]
fn who_enters_strict_mode_before_it_is_stopped_lives() {
    let mut victim = Victim::start("seccomp strict later");
    let seized = Seized::begin(victim.process()).unwrap();
    victim.say("s");
    is_in_strict_mode(&victim);
    let error = seized.stop_within(WATCHDOG).unwrap_err();
    assert_eq!(error.reason, Reason::StrictSeccomp);
    victim.say("a");
    assert_eq!(victim.line(), "a");
    ends_well(victim);
}

#[test]
fn the_main_thread_ends_before_the_others() {
    let mut victim = Victim::start("two threads");
    let session = attach_and_call(&victim);
    assert_eq!(call(&session, exit(0)), Err(SyscallError::Hangup(Hangup::TaskEnded)));
    assert_eq!(call(&session, getpid()), Err(SyscallError::NotSent(NotSent::Dead)));
    session.detach().unwrap();
    victim.say("x");
    assert_eq!(victim.end(), 3);
}

#[test]
fn stopped_and_continued_meanwhile_it_goes_on() {
    let victim = Victim::start("idle");
    let session = attach_and_call(&victim);
    victim.signal(libc::SIGSTOP);
    assert_eq!(call(&session, getpid()), Ok(victim.process()));
    victim.signal(libc::SIGCONT);
    assert_eq!(call(&session, getpid()), Ok(victim.process()));
    session.detach().unwrap();
    victim.wait_for('S');
    ends_well(victim);
}

#[test]
fn continued_and_stopped_meanwhile_it_stays_stopped() {
    let victim = Victim::start("idle");
    let session = attach_and_call(&victim);
    victim.signal(libc::SIGCONT);
    assert_eq!(call(&session, getpid()), Ok(victim.process()));
    victim.signal(libc::SIGSTOP);
    assert_eq!(call(&session, getpid()), Ok(victim.process()));
    session.detach().unwrap();
    victim.wait_for('T');
    victim.signal(libc::SIGCONT);
    ends_well(victim);
}

/// Job control ends such a call with EINTR, with or without us.
#[test]
fn a_stopped_call_returns_what_it_would_have() {
    let [alone, disturbed] = [false, true].map(|disturb| {
        let (mut victim, _) = asleep::begin("epoll_wait", |victim| {
            victim.signal(libc::SIGSTOP);
            Ok(victim.comes_to('T'))
        });
        if disturb {
            attach_and_call(&victim).detach().unwrap();
            victim.wait_for('T');
        }
        victim.signal(libc::SIGCONT);
        let line = victim.line();
        assert_eq!(victim.end(), 0);
        line.split(' ').take(2).map(str::to_owned).collect::<Vec<_>>()
    });
    assert_eq!(disturbed, alone);
}

#[test]
fn the_mask_is_the_threads_own_and_signals_that_wait_keep_their_values() {
    let mut victim = Victim::start("queued");
    let before = victim.status("SigBlk");
    let session = attach_and_call(&victim);
    for value in [1, 2, 3] {
        victim.queue(libc::SIGRTMIN(), value);
    }
    let arena = block_on(Arena::map(&session, 1 << 16, 1 << 12), || ()).unwrap();
    let old = arena.reserve(8, 8).unwrap();
    let set = block_on(arena.bytes(&(1_u64 << 9).to_le_bytes(), 8), || ()).unwrap();
    call(&session, rt_sigprocmask(SigprocmaskHow::BLOCK, set, old, 8)).unwrap();
    let mut mask = [0; 8];
    block_on(arena.read_bytes(old, &mut mask), || ()).unwrap();
    assert_eq!(format!("{:016x}", u64::from_le_bytes(mask)), before);
    // What a call did to the mask stays; this takes it back.
    call(&session, rt_sigprocmask(SigprocmaskHow::SETMASK, old, Address::NULL, 8)).unwrap();
    session.detach().unwrap();
    for value in ["1", "2", "3"] {
        assert_eq!(victim.line(), value);
    }
    // The handler, which blocks its own signal, has returned.
    victim.wait_for('S');
    assert_eq!(victim.status("SigBlk"), before);
    ends_well(victim);
}

#[test]
fn what_a_call_did_to_the_mask_stays() {
    let victim = Victim::start("idle");
    let session = attach_and_call(&victim);
    let arena = block_on(Arena::map(&session, 1 << 16, 1 << 12), || ()).unwrap();
    let set = block_on(arena.bytes(&(1_u64 << 9).to_le_bytes(), 8), || ()).unwrap();
    call(&session, rt_sigprocmask(SigprocmaskHow::SETMASK, set, Address::NULL, 8)).unwrap();
    session.detach().unwrap();
    assert_eq!(victim.status("SigBlk"), "0000000000000200");
    ends_well(victim);
}

#[test]
fn a_program_that_was_executed_runs_with_its_own_mask() {
    let victim = Victim::start("idle");
    let before = victim.status("SigBlk");
    let session = attach_and_call(&victim);
    let arena = block_on(Arena::map(&session, 1 << 16, 1 << 12), || ()).unwrap();
    let path = std::env::current_exe().unwrap();
    let path = CString::new(path.into_os_string().into_encoded_bytes()).unwrap();
    let variable = CString::new(format!("{VARIABLE}=idle")).unwrap();
    let string = |text: &CStr| block_on(arena.c_string(text), || ()).unwrap();
    let vector = |only: Address| {
        let words = [only.into_raw().to_le_bytes(), [0; 8]].concat();
        block_on(arena.bytes(&words, 8), || ()).unwrap()
    };
    let path = string(&path);
    let instruction = execve(path, vector(path), vector(string(&variable)));
    assert_eq!(call(&session, instruction), Err(SyscallError::Hangup(Hangup::TaskEnded)));
    assert_eq!(call(&session, getpid()), Err(SyscallError::NotSent(NotSent::Dead)));
    session.detach().unwrap();
    let mut victim = victim;
    while victim.line() != "ready" {}
    assert_eq!(victim.status("SigBlk"), before);
    assert_eq!(victim.status("TracerPid"), "0");
    ends_well(victim);
}

#[test]
fn a_closed_interface_makes_no_calls_and_the_process_goes_on() {
    let victim = Victim::start("idle");
    let session = attach_and_call(&victim);
    session.close_interface();
    assert_eq!(call(&session, getpid()), Err(SyscallError::NotSent(NotSent::Dead)));
    session.detach().unwrap();
    ends_well(victim);
}

/// The stop for the exec takes a pending interrupt back, and the first that a program does is to copy, with vector registers.
#[test]
fn attaching_to_a_program_that_is_just_executed_does_not_hang() {
    for _ in 0..200 {
        let mut child = Command::new("cat").stdin(Stdio::piped()).spawn().unwrap();
        let process = Process::from_raw(child.id().cast_signed());
        let session = Session::attach(process).unwrap();
        assert_eq!(call(&session, getpid()), Ok(process));
        session.detach().unwrap();
        drop(child.stdin.take());
        let status = child.wait().unwrap();
        assert!(status.success(), "{status}");
    }
}

/// `struct timespec` of the shortest sleep.
fn shortest_sleep(arena: &Arena<'_, Session>) -> Instruction<()> {
    let words = [0_u64.to_le_bytes(), 1_u64.to_le_bytes()].concat();
    nanosleep(block_on(arena.bytes(&words, 8), || ()).unwrap(), Address::NULL)
}

#[test]
fn a_sleep_is_not_sent_to_one_who_sleeps() {
    let (mut victim, session) = asleep::attach("nanosleep");
    assert_eq!(call(&session, getpid()), Ok(victim.process()));
    let arena = block_on(Arena::map(&session, 1 << 16, 1 << 12), || ()).unwrap();
    let sleep = shortest_sleep(&arena);
    assert_eq!(call(&session, sleep), Err(SyscallError::NotSent(NotSent::Unsupported)));
    session.detach().unwrap();
    assert_eq!(victim.line(), "0 0 on time");
    assert_eq!(victim.end(), 0);
}

#[test]
fn a_sleep_is_sent_to_one_who_waits_for_input() {
    let victim = Victim::start("idle");
    victim.wait_for('S');
    let session = attach_and_call(&victim);
    let arena = block_on(Arena::map(&session, 1 << 16, 1 << 12), || ()).unwrap();
    assert_eq!(call(&session, shortest_sleep(&arena)), Ok(()));
    session.detach().unwrap();
    ends_well(victim);
}

/// -512 to -516 mean to the kernel that an interrupted call is to be made again.
#[test]
fn a_number_is_not_taken_for_a_restart() {
    let victim = Victim::start("idle");
    victim.wait_for('S');
    for _ in 0..2 {
        for number in [-512, -513, -514, -516] {
            // From the attach stop, where the kernel still looks at the interrupted call.
            let session = Session::attach(victim.process()).unwrap();
            // SAFETY: there are no such calls.
            let result = block_on(unsafe { session.syscall::<u64>(Syscall::new(number, [0; 6])) }, || ());
            assert_eq!(result, Err(SyscallError::Errno(Errno::ENOSYS)), "{number}");
            session.detach().unwrap();
            victim.wait_for('S');
        }
    }
    ends_well(victim);
}
