//! The end of the program in the middle of a call, and of the process.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use crate::{
    program::{WATCHDOG, command, end, inject},
    victim::Victim,
};
use rsyscall_core::{
    abi::{Abi, Native},
    near::names,
};
use rustix::process::{Pid, Signal, kill_process};
use std::{
    process::{Child, Command, Stdio},
    time::Instant,
};

/// A call that blocks until it is interrupted.
const BLOCKS: &str = "ppoll NULL 0 NULL NULL 0";

/// Starts the program with such a call, and waits until the process is in it.
fn blocked(victim: &Victim) -> Child {
    blocked_by(victim, &mut command(""))
}

/// The same by this command.
fn blocked_by(victim: &Victim, command: &mut Command) -> Child {
    command.arg(victim.pid().to_string()).args(BLOCKS.split(' ')).args(["--", "exit_group", "1"]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let number = Native::number(names::call("ppoll").unwrap().operation());
    let call = || std::fs::read_to_string(format!("/proc/{}/syscall", victim.pid())).unwrap();
    let start = Instant::now();
    while !call().starts_with(&format!("{number} ")) {
        assert!(start.elapsed() < WATCHDOG, "it is in {}", call());
        std::thread::yield_now();
    }
    // And not stopped in front of it.
    victim.wait_for('S');
    child
}

fn signal(child: &Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).unwrap();
}

#[test]
fn a_signal_ends_it_and_the_process_goes_on() {
    for number in [
        Signal::INT,
        Signal::TERM,
        Signal::HUP,
        Signal::QUIT,
        Signal::TSTP,
        Signal::USR1,
        Signal::ALARM,
        Signal::POWER,
    ] {
        let victim = Victim::cat();
        let program = blocked(&victim);
        signal(&program, number);
        let ended = end(program);
        assert_eq!(ended.status, 128 + number.as_raw(), "{ended:?}");
        assert_eq!(
            ended.stdout,
            "ppoll(NULL, 0, NULL, NULL, 0) = -1 EINTR (Interrupted system call)\nexit_group(1) = ? not made: call 1 failed\n"
        );
        assert_eq!(ended.stderr, "");
        victim.survives();
    }
}

#[test]
fn a_signal_that_is_ignored_stays_so() {
    let victim = Victim::cat();
    // As nohup(1) does it.
    let mut shell = Command::new("sh");
    shell.args(["-c", "trap '' HUP; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_rsyscall-inject")]);
    let program = blocked_by(&victim, &mut shell);
    signal(&program, Signal::HUP);
    signal(&program, Signal::TERM);
    assert_eq!(end(program).status, 128 + Signal::TERM.as_raw());
    victim.survives();
}

#[test]
fn output_that_nobody_reads_any_more_ends_it_and_the_process_goes_on() {
    let victim = Victim::cat();
    let mut program = blocked(&victim);
    drop(program.stdout.take());
    let ended = end(program);
    assert_eq!((ended.status, ended.stderr.as_str()), (128 + Signal::PIPE.as_raw(), ""));
    victim.survives();
}

#[test]
fn output_that_nobody_ever_read_comes_too_late_to_do_harm() {
    let victim = Victim::cat();
    // Unlike pipe(2)'s, these are not for children that other tests start meanwhile.
    let (read, write) = std::io::pipe().unwrap();
    drop(read);
    let mut command = command(&format!("{} getpid", victim.pid()));
    let ended = end(command.stdout(write).stderr(Stdio::piped()).spawn().unwrap());
    assert_eq!((ended.status, ended.stderr.as_str()), (128 + Signal::PIPE.as_raw(), ""));
    victim.survives();
}

#[test]
fn a_limit_ends_a_call_that_blocks() {
    let victim = Victim::cat();
    let ended = inject(&format!("--timeout 0.02 {} {BLOCKS}", victim.pid()));
    assert_eq!(ended.stdout, "ppoll(NULL, 0, NULL, NULL, 0) = -1 EINTR (Interrupted system call)\n");
    assert_eq!(ended.failure(1), "");
    victim.survives();
}

#[test]
fn a_process_that_does_not_stop_is_given_up() {
    let (victim, thread) = Victim::in_vfork();
    victim.wait_for_thread(thread, 'D');
    let status = || std::fs::read_to_string(format!("/proc/{}/task/{thread}/status", victim.pid())).unwrap();
    let cannot = format!(
        "rsyscall-inject: cannot attach to {thread}: it sleeps uninterruptibly and did not stop in time\n"
    );
    for which in [format!("--thread {thread}"), "--all-threads".to_owned()] {
        // After a time.
        let said = inject(&format!("--attach-timeout 0.02 {which} {} getpid", victim.pid())).failure(3);
        let hint = said.strip_prefix(&cannot).unwrap();
        assert!(hint.starts_with("rsyscall-inject: hint: ") && hint.contains("--attach-timeout"), "{hint}");
        assert!(status().contains("TracerPid:\t0\n"));

        // By a signal.
        let mut command = command(&format!("--attach-timeout 3600 {which} {} getpid", victim.pid()));
        let program = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let tracer = format!("TracerPid:\t{}\n", program.id());
        let start = Instant::now();
        while !status().contains(&tracer) {
            assert!(start.elapsed() < WATCHDOG, "{}", status());
            std::thread::yield_now();
        }
        signal(&program, Signal::TERM);
        let ended = end(program);
        assert_eq!((ended.stderr, ended.stdout.as_str()), (cannot.clone(), ""));
        assert_eq!(ended.status, 128 + Signal::TERM.as_raw());
        assert!(status().contains("TracerPid:\t0\n"));
    }
    assert_eq!(victim.finish(b"x").1, Some(0));
}

#[test]
fn a_process_that_is_killed_in_a_call_is_told_of() {
    let mut victim = Victim::cat();
    let program = blocked(&victim);
    victim.kill();
    let ended = end(program);
    assert_eq!(
        ended.stdout,
        "ppoll(NULL, 0, NULL, NULL, 0) = ? hangup: the task ended while the call was in flight\n\
         exit_group(1) = ? not made: call 1 failed\n"
    );
    assert_eq!(ended.failure(1), "");
}

#[test]
fn who_has_a_tracer_gets_no_other() {
    let victim = Victim::cat();
    let program = blocked(&victim);
    let tracer = program.id();
    let said = inject(&format!("{} getpid", victim.pid())).failure(3);
    assert_eq!(
        said,
        format!(
            "rsyscall-inject: cannot attach to {}: it is already traced by {tracer} (rsyscall-inject)\n\
             rsyscall-inject: hint: a thread has one tracer: end that one first\n",
            victim.pid()
        )
    );
    signal(&program, Signal::TERM);
    assert_eq!(end(program).status, 128 + Signal::TERM.as_raw());
    victim.survives();
}
