//! Whom the calls are made in.

use crate::{
    program::{command, inject, run},
    victim::Victim,
};
use rustix::{
    io::{FdFlags, fcntl_setfd},
    process::{Pid, PidfdFlags, pidfd_open},
};
use std::{collections::BTreeSet, os::fd::AsRawFd};

#[test]
fn a_thread_of_the_process_can_be_chosen() {
    let (victim, thread) = Victim::with_threads(1);
    let pid = victim.pid();
    assert_ne!(thread, pid);
    assert_eq!(inject(&format!("{pid} gettid")).success(), format!("gettid() = {pid}\n"));
    assert_eq!(
        inject(&format!("--thread {thread} {pid} gettid")).success(),
        format!("gettid() = {thread}\n")
    );
    let said = inject(&format!("--thread 1 {pid} gettid")).failure(3);
    assert!(
        said.starts_with(&format!("rsyscall-inject: 1 is no thread of {pid}, which has {pid}, ")),
        "{said}"
    );
    assert_eq!(victim.finish(b"x").1, Some(0));
}

#[test]
fn the_calls_are_made_in_every_thread() {
    const OTHERS: u32 = 150;
    let (victim, thread) = Victim::with_threads(OTHERS);
    let pid = victim.pid();
    let output = inject(&format!("--all-threads {pid} gettid")).success();
    let threads: BTreeSet<u32> = output
        .lines()
        .map(|line| {
            let (before, result) = line.strip_prefix("[pid ").unwrap().split_once("] gettid() = ").unwrap();
            assert_eq!(before.trim_start(), result);
            result.parse().unwrap()
        })
        .collect();
    assert_eq!(threads.len(), OTHERS as usize + 2, "{output}");
    assert!(threads.contains(&pid) && threads.contains(&thread), "{output}");
    assert_eq!(victim.finish(b"x").1, Some(0));
}

/// What was done in the threads behind it is told, and the worst is the exit status.
#[test]
fn a_thread_without_memory_does_not_hide_what_came_of_the_others() {
    let (victim, thread) = Victim::with_filters();
    let pid = victim.pid();
    let call = "openat AT_FDCWD /nowhere/at/all O_RDONLY";
    let ended = inject(&format!("--all-threads --keep-going {pid} {call}"));
    assert_eq!(ended.status, 4, "{ended:?}");
    let lines: Vec<_> = ended.stdout.lines().collect();
    assert_eq!(lines.len(), 2, "{ended:?}");
    assert!(lines.iter().all(|line| line.contains("= -1 ENOENT")), "{ended:?}");
    assert!(!ended.stdout.contains(&format!("[pid {thread:>5}]")), "{ended:?}");
    let without = format!("rsyscall-inject: {thread}: cannot get ");
    assert!(ended.stderr.lines().any(|line| line.starts_with(&without)), "{ended:?}");
    assert!(ended.stderr.contains(": cannot give the target's memory back: "), "{ended:?}");
    // Without --keep-going the thread is the last one.
    let said = inject(&format!("--all-threads {pid} faccessat AT_FDCWD / F_OK")).failure(1);
    assert!(said.starts_with(&without) && said.lines().count() == 1, "{said}");
    assert_eq!(victim.finish(b"x").1, Some(0));
}

#[test]
fn a_pidfd_names_a_process() {
    let mut victim = Victim::cat();
    let pid = victim.pid();
    let pidfd = pidfd_open(Pid::from_raw(pid.cast_signed()).unwrap(), PidfdFlags::empty()).unwrap();
    fcntl_setfd(&pidfd, FdFlags::empty()).unwrap();
    let line = format!("--pid-fd {} getpid", pidfd.as_raw_fd());
    assert_eq!(inject(&line).success(), format!("getpid() = {pid}\n"));
    victim.kill();
    assert!(victim.finish(b"").1.is_none());
    let said = run(&mut command(&line)).failure(3);
    assert!(said.contains(&format!("the process of pidfd {} has ended", pidfd.as_raw_fd())), "{said}");
}

#[test]
fn another_descriptor_names_none() {
    let said = inject("--pid-fd 0 getpid").failure(3);
    assert_eq!(said, "rsyscall-inject: descriptor 0 is no pidfd: pidfd_open(2) makes them\n");
    let said = inject("--pid-fd 999 getpid").failure(3);
    assert!(said.starts_with("rsyscall-inject: descriptor 999 is not open here"), "{said}");
}

#[test]
fn who_cannot_be_attached_to_is_told_why() {
    let said = inject("4194305 getpid").failure(3);
    assert_eq!(said, "rsyscall-inject: cannot attach to 4194305: there is no such process\n");
    let said = inject("0 getpid").failure(3);
    assert_eq!(said, "rsyscall-inject: there is no process 0\n");
}
