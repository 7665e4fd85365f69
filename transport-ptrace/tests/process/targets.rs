//! What can be attached to: processes, single threads, all threads together, programs that are only being started.
#![expect(unsafe_code, reason = "makes system calls")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use crate::{
    compat,
    threads::MORE,
    victim::{VARIABLE, Victim, WATCHDOG, is_gone, is_of_one_who_goes, tell},
};
use rsyscall_core::{
    block_on,
    identifier::{Address, Process},
    interface::{Hangup, NotSent, SyscallError, SyscallInterface},
    memory::{Arena, MemoryInterface},
    near::process::{execve, getpid, gettid},
    syscall::Errno,
};
use rsyscall_transport_ptrace::{AttachError, PageData, Program, Reason, Session, StartError, Threads};
use std::{
    ffi::{CStr, CString},
    os::fd::{AsRawFd, FromRawFd, OwnedFd},
    time::{Duration, Instant},
};

fn tasks(victim: &Victim) -> Vec<Process> {
    let entries = std::fs::read_dir(format!("/proc/{}/task", victim.process().into_raw())).unwrap();
    let number = |name: std::ffi::OsString| name.into_string().unwrap().parse().unwrap();
    let mut tasks: Vec<_> = entries.map(|entry| number(entry.unwrap().file_name())).collect();
    tasks.sort_unstable();
    tasks.into_iter().map(Process::from_raw).collect()
}

/// A thread's state; X, as of one that has ended, if it is gone.
fn state(victim: &Victim, thread: Process) -> char {
    let path = format!("/proc/{}/task/{}/stat", victim.process().into_raw(), thread.into_raw());
    match std::fs::read_to_string(path) {
        Ok(stat) => stat.rsplit_once(") ").unwrap().1.chars().next().unwrap(),
        Err(error) => {
            assert!(is_of_one_who_goes(&error), "{error}");
            'X'
        }
    }
}

fn ends_well(mut victim: Victim) {
    victim.say("x");
    while victim.line() != "done" {}
    assert_eq!(victim.end(), 0);
}

fn get_thread(session: &Session) -> Result<Process, SyscallError> {
    // SAFETY: gettid takes nothing and changes nothing.
    block_on(unsafe { session.call(gettid()) }, || ())
}

fn get_process(session: &Session) -> Result<Process, SyscallError> {
    // SAFETY: getpid takes nothing and changes nothing.
    block_on(unsafe { session.call(getpid()) }, || ())
}

#[test]
fn a_single_thread_makes_calls_and_the_others_go_on() {
    let victim = Victim::start("threads");
    let tasks = tasks(&victim);
    assert_eq!(tasks.len(), 1 + MORE);
    let thread = *tasks.last().unwrap();
    let session = Session::attach(thread).unwrap();
    assert_eq!(get_thread(&session), Ok(thread));
    assert_eq!(get_process(&session), Ok(victim.process()));
    for &task in &tasks {
        assert_eq!(state(&victim, task) == 't', task == thread);
    }
    session.detach().unwrap();
    ends_well(victim);
}

#[test]
fn all_threads_are_stopped_together_and_each_makes_calls() {
    let victim = Victim::start("threads");
    let tasks = tasks(&victim);
    for _ in 0..3 {
        let threads = Threads::<16>::attach(victim.process()).unwrap();
        let attached: Vec<_> = threads.iter().map(Session::process).collect();
        assert_eq!(attached, tasks);
        for &task in &tasks {
            assert_eq!(state(&victim, task), 't');
        }
        for session in &threads {
            assert_eq!(get_thread(session), Ok(session.process()));
        }
        threads.detach().unwrap();
        assert_eq!(victim.status("TracerPid"), "0");
    }
    ends_well(victim);
}

/// While its threads start others and end, all are caught: afterwards nothing runs, and the list of threads stays.
#[test]
fn new_threads_are_caught() {
    let victim = Victim::start("threads that come and go");
    let start = Instant::now();
    for round in 0..5 {
        // On a slow machine it takes some seconds until no thread has slipped through.
        if round > 0 && start.elapsed() > Duration::from_secs(10) {
            break;
        }
        let threads = Threads::<64>::attach(victim.process()).unwrap();
        let mut attached: Vec<_> = threads.iter().map(Session::process).collect();
        attached.sort_unstable();
        for &task in &tasks(&victim) {
            let state = state(&victim, task);
            assert!(attached.contains(&task) || state == 'Z' || state == 'X', "{task} is {state}");
        }
        for session in &threads {
            match get_thread(session) {
                Ok(thread) => assert_eq!(thread, session.process()),
                // It was about to end.
                gone => assert!(is_gone(gone)),
            }
        }
        threads.detach().unwrap();
    }
    ends_well(victim);
}

/// Somebody must wait for every traced thread, or the end of its process is never reported.
#[test]
fn a_process_that_is_killed_while_all_its_threads_are_stopped_is_waited_for_by_its_parent() {
    for calls in [false, true] {
        let victim = Victim::start("threads");
        let threads = Threads::<16>::attach(victim.process()).unwrap();
        victim.signal(libc::SIGKILL);
        for session in threads.iter().filter(|_| calls) {
            assert!(is_gone(get_thread(session)));
        }
        threads.detach().unwrap();
        assert_eq!(victim.end(), -libc::SIGKILL);
    }
}

#[test]
fn more_threads_than_there_is_room_for_are_left_as_they_were() {
    let victim = Victim::start("threads");
    let error = Threads::<3>::attach(victim.process()).unwrap_err();
    let AttachError { process, reason } = error;
    assert_eq!((process, reason), (victim.process(), Reason::TooManyThreads { limit: 3 }));
    assert_eq!(
        error.to_string(),
        format!("cannot attach to {}: it has more than 3 threads", process.into_raw())
    );
    for task in tasks(&victim) {
        assert_ne!(state(&victim, task), 't');
    }
    ends_well(victim);
}

#[test]
fn a_main_thread_that_has_ended_is_left_out() {
    let victim = Victim::start("main thread ended");
    victim.wait_for('Z');
    assert_eq!(Session::attach(victim.process()).unwrap_err().reason, Reason::Zombie);
    let threads = Threads::<4>::attach(victim.process()).unwrap();
    let [session] = &*threads else { panic!("{} threads", threads.len()) };
    assert_ne!(session.process(), victim.process());
    assert_eq!(get_process(session), Ok(victim.process()));
    threads.detach().unwrap();
    ends_well(victim);
}

#[test]
fn no_process_has_no_threads() {
    let error = Threads::<4>::attach(Process::from_raw(1 << 29)).unwrap_err();
    assert_eq!(error.reason, Reason::NoSuchProcess);
}

/// The kernel ends all threads but the one that executes a program, and waits until they have been waited for.
#[test]
fn a_thread_that_replaces_the_program_ends_the_session() {
    for page in [None, Some(PageData::Copied), Some(PageData::Shared)] {
        let mut victim = Victim::start("exec in a sibling");
        let session = Session::attach(victim.process()).unwrap();
        if let Some(page) = page {
            session.map_code_page(page).unwrap();
        }
        assert_eq!(get_thread(&session), Ok(victim.process()));
        victim.say("x");
        // The next call sees it, be it before, in, or after the exec.
        while get_process(&session).is_ok() {}
        assert_eq!(get_process(&session), Err(SyscallError::NotSent(NotSent::Dead)));
        session.detach().unwrap();
        while victim.line() != "ready" {}
        assert_eq!(victim.status("TracerPid"), "0");
        ends_well(victim);
    }
}

/// It does not wait for the session to make a call.
#[test]
fn a_session_that_is_idle_does_not_hold_up_an_exec() {
    let mut victim = Victim::start("exec in a sibling");
    let session = Session::attach(victim.process()).unwrap();
    assert!(session.is_alive());
    assert_eq!(get_thread(&session), Ok(victim.process()));
    assert!(session.is_alive());
    victim.say("x");
    let start = Instant::now();
    while session.is_alive() {
        assert!(start.elapsed() < WATCHDOG, "it is still there");
        std::thread::yield_now();
    }
    while victim.line() != "ready" {}
    assert_eq!(get_process(&session), Err(SyscallError::NotSent(NotSent::Dead)));
    session.detach().unwrap();
    ends_well(victim);
}

/// It gets the number of its process, and its own is nobody's.
#[test]
fn a_single_thread_that_is_told_to_execute_a_program_is_let_go() {
    let victim = Victim::start("threads");
    let before = victim.status("SigBlk");
    let session = Session::attach(*tasks(&victim).last().unwrap()).unwrap();
    let arena = block_on(Arena::map(&session, 1 << 16, 1 << 12), || ()).unwrap();
    let string = |text: &CStr| block_on(arena.c_string(text), || ()).unwrap();
    let vector = |only: Address| {
        let words = [only.into_raw().to_le_bytes(), [0; 8]].concat();
        block_on(arena.bytes(&words, 8), || ()).unwrap()
    };
    let path = string(&own_program());
    let execute = execve(path, vector(path), vector(string(&variable("idle"))));
    // SAFETY: the victim is this test's.
    let result = block_on(unsafe { session.call(execute) }, || ());
    assert_eq!(result, Err(SyscallError::Hangup(Hangup::TaskEnded)));
    session.detach().unwrap();
    let mut victim = victim;
    while victim.line() != "ready" {}
    assert_eq!(victim.status("SigBlk"), before);
    assert_eq!(victim.status("TracerPid"), "0");
    ends_well(victim);
}

#[test]
fn a_32_bit_program_is_refused_and_unharmed() {
    let (victim, _file) = compat::start();
    for _ in 0..3 {
        victim.wait_for('S');
        let error = Session::attach(victim.process()).unwrap_err();
        assert_eq!(error.reason, Reason::Compat);
        assert_eq!(victim.status("TracerPid"), "0");
    }
    ends_well(victim);
}

fn own_program() -> CString {
    CString::new(std::env::current_exe().unwrap().into_os_string().into_encoded_bytes()).unwrap()
}

fn variable(name: &str) -> CString {
    CString::new(format!("{VARIABLE}={name}")).unwrap()
}

fn status(child: Process) -> i32 {
    let mut status = 0;
    // SAFETY: it is our child.
    assert_eq!(unsafe { libc::waitpid(child.into_raw(), &raw mut status, 0) }, child.into_raw());
    status
}

#[test]
fn a_program_is_stopped_before_its_first_instruction() {
    let (path, variable) = (own_program(), variable("exit 5"));
    let arguments: &[&CStr] = &[&path, c"two", c"three"];
    for exitkill in [false, true] {
        let program = Program { path: &path, arguments, environment: &[&variable], exitkill };
        let session = program.start().unwrap();
        assert_eq!(get_process(&session), Ok(session.process()));
        let text =
            std::fs::read_to_string(format!("/proc/{}/syscall", session.process().into_raw())).unwrap();
        let stack = text.split(' ').nth_back(1).unwrap().strip_prefix("0x").unwrap();
        let stack = Address::from_raw(u64::from_str_radix(stack, 16).unwrap());
        // What the kernel has put there for the first instruction: the number of arguments.
        let mut word = [0; 8];
        // SAFETY: the kernel reads in the child, and the buffer is this function's.
        block_on(unsafe { session.read(stack, &mut word) }, || ()).unwrap();
        assert_eq!(u64::from_le_bytes(word), 3);
        let process = session.process();
        session.detach().unwrap();
        assert_eq!(libc::WEXITSTATUS(status(process)), 5);
    }
}

#[test]
fn a_started_program_has_the_mask_of_its_parent() {
    let mask = |directory: &str| {
        let status = std::fs::read_to_string(format!("/proc/{directory}/status")).unwrap();
        status.lines().find(|line| line.starts_with("SigBlk")).unwrap().to_owned()
    };
    let (path, variable) = (own_program(), variable("park"));
    let program = Program { path: &path, arguments: &[&path], environment: &[&variable], exitkill: false };
    let own = mask("thread-self");
    let session = program.start().unwrap();
    let process = session.process();
    assert_eq!(get_process(&session), Ok(process));
    session.detach().unwrap();
    assert_eq!(mask(&process.into_raw().to_string()), own);
    assert_eq!(mask("thread-self"), own);
    // SAFETY: it is our child and not yet waited for.
    assert_eq!(unsafe { libc::kill(process.into_raw(), libc::SIGKILL) }, 0);
    assert_eq!(libc::WTERMSIG(status(process)), libc::SIGKILL);
}

/// A process, and no other that gets its number when it has ended.
fn pidfd_of(process: i32) -> OwnedFd {
    // SAFETY: it makes a new descriptor.
    let pidfd = unsafe { libc::syscall(libc::SYS_pidfd_open, process, 0) };
    assert!(pidfd >= 0, "{}", std::io::Error::last_os_error());
    // SAFETY: the descriptor is new.
    unsafe { OwnedFd::from_raw_fd(i32::try_from(pidfd).unwrap()) }
}

/// Whether a process ends in a while; it is killed if not.
fn ends(pidfd: &OwnedFd, milliseconds: i32) -> bool {
    let mut poll = libc::pollfd { fd: pidfd.as_raw_fd(), events: libc::POLLIN, revents: 0 };
    // SAFETY: it is one pollfd, and alive.
    let ended = unsafe { libc::poll(&raw mut poll, 1, milliseconds) } == 1;
    // SAFETY: it was started for this test.
    unsafe { libc::syscall(libc::SYS_pidfd_send_signal, pidfd.as_raw_fd(), libc::SIGKILL, 0, 0) };
    ended
}

#[test]
fn a_started_program_ends_with_its_tracer_if_so_chosen() {
    for (name, ended) in [("starter that takes it along", true), ("starter", false)] {
        let mut starter = Victim::start(name);
        let pidfd = pidfd_of(starter.line().parse().unwrap());
        starter.signal(libc::SIGKILL);
        if !ended {
            // It runs.
            while starter.line() != "ready" {}
        }
        assert_eq!(ends(&pidfd, if ended { 300_000 } else { 100 }), ended);
        assert_eq!(starter.end(), -libc::SIGKILL);
    }
}

#[test]
fn what_cannot_be_executed_leaves_no_child() {
    let program = Program { path: c"/nonexistent", arguments: &[c"x"], environment: &[], exitkill: true };
    let error = program.start().unwrap_err();
    assert_eq!(error, StartError::Execute(Errno::ENOENT));
    assert_eq!(error.to_string(), "cannot start the program: execve: ENOENT (No such file or directory)");
    let many = vec![c"x"; 512];
    let program = Program { path: c"/nonexistent", arguments: &many, environment: &[], exitkill: true };
    assert_eq!(program.start().unwrap_err(), StartError::TooManyStrings { limit: 511 });
}

/// A victim that starts another one, stopped, says which, and stays.
pub(crate) fn start_and_stay(exitkill: bool) {
    let (path, variable) = (own_program(), variable("idle"));
    let program = Program { path: &path, arguments: &[&path], environment: &[&variable], exitkill };
    let session = program.start().unwrap();
    tell("ready");
    tell(&session.process().into_raw().to_string());
    loop {
        std::thread::park();
    }
}
