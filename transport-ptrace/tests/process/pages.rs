//! The code page: where it may not be, what becomes of it, and of the process when it is gone.
#![expect(unsafe_code, reason = "signals a thread, and limits a process")]

use crate::{
    mechanisms::{call, ends_well, session_by, state},
    victim::Victim,
};
use core::ptr::null_mut;
use rsyscall_core::{
    block_on,
    identifier::{Address, Process},
    interface::{Hangup, SyscallError, SyscallInterface},
    near::{event::ppoll, mm::munmap, process::getpid},
    syscall::{Errno, Syscall},
};
use rsyscall_transport_ptrace::{PageData, Session};

/// A filter that lets nobody signal itself costs the page nothing but a request.
#[test]
fn where_a_run_cannot_end_with_a_signal_it_ends_with_a_trap() {
    for name in ["seccomp tgkill errno", "seccomp tgkill trap"] {
        for data in [PageData::Copied, PageData::Shared] {
            let victim = Victim::start(name);
            victim.wait_for('S');
            let before = state(&victim);
            let session = session_by(&victim, (None, Some(data), (0, 0)));
            for _ in 0..3 {
                assert_eq!(call(&session, getpid()), Ok(victim.process()), "{name}");
            }
            session.detach().unwrap();
            victim.wait_for('S');
            assert_eq!(state(&victim), before);
            ends_well(victim);
        }
    }
}

/// There the trap would reset what the process does about SIGTRAP.
#[test]
fn where_a_trap_would_do_harm_there_is_no_page_without_a_signal() {
    let victim = Victim::start("seccomp tgkill errno, SIGTRAP ignored");
    victim.wait_for('S');
    let before = state(&victim);
    let session = Session::attach(victim.process()).unwrap();
    let error = session.map_code_page(PageData::Shared).unwrap_err();
    assert_eq!((error.call, error.cause), ("tgkill", Errno::EPERM.into()));
    assert_eq!(call(&session, getpid()), Ok(victim.process()));
    session.detach().unwrap();
    victim.wait_for('S');
    assert_eq!(state(&victim), before);
    ends_well(victim);
}

/// Calls are made all the same, one by one.
#[test]
fn where_nothing_can_be_mapped_there_is_no_page() {
    let victim = Victim::start("idle");
    victim.wait_for('S');
    let before = state(&victim);
    let none = libc::rlimit { rlim_cur: 0, rlim_max: libc::RLIM_INFINITY };
    // SAFETY: it reads one struct; the process is ours.
    let limited =
        unsafe { libc::prlimit(victim.process().into_raw(), libc::RLIMIT_AS, &raw const none, null_mut()) };
    assert_eq!(limited, 0);
    let session = Session::attach(victim.process()).unwrap();
    for data in [PageData::Copied, PageData::Shared] {
        let error = session.map_code_page(data).unwrap_err();
        assert_eq!((error.call, error.cause), ("mmap", Errno::ENOMEM.into()));
        assert_eq!(call(&session, getpid()), Ok(victim.process()));
    }
    session.detach().unwrap();
    victim.wait_for('S');
    assert_eq!(state(&victim), before);
    ends_well(victim);
}

/// `PR_SET_MDWE`: what was not executable when it was mapped never becomes so, and what is executable is not writable.
#[test]
fn where_memory_is_writable_or_executable_there_is_a_page() {
    const PR_SET_MDWE: u64 = 65;
    const PR_MDWE_REFUSE_EXEC_GAIN: u64 = 1;
    let victim = Victim::start("idle");
    for data in [PageData::Copied, PageData::Shared] {
        let session = Session::attach(victim.process()).unwrap();
        let refuse =
            Syscall::<_, ()>::new(libc::SYS_prctl, [PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0, 0]);
        // SAFETY: the victim maps nothing more.
        match block_on(unsafe { session.syscall(refuse) }, || ()) {
            // Before Linux 6.3 there is no such thing.
            Ok(()) | Err(SyscallError::Errno(Errno::EINVAL)) => {}
            Err(error) => panic!("{error}"),
        }
        session.map_code_page(data).unwrap();
        assert_eq!(call(&session, getpid()), Ok(victim.process()));
        session.detach().unwrap();
    }
    ends_well(victim);
}

#[test]
fn a_code_page_is_taken_away_when_the_session_is_dropped() {
    let victim = Victim::start("idle");
    victim.wait_for('S');
    let before = state(&victim);
    for data in [PageData::Copied, PageData::Shared] {
        let session = session_by(&victim, (None, Some(data), (0, 0)));
        assert_eq!(call(&session, getpid()), Ok(victim.process()));
        drop(session);
        victim.wait_for('S');
        assert_eq!(state(&victim), before);
    }
    ends_well(victim);
}

/// Another thread unmaps the page's data while a call blocks: its result is nowhere, but a stop that comes then is not lost.
#[test]
fn a_signal_is_not_lost_with_the_page() {
    let victim = Victim::start("threads");
    let process = victim.process().into_raw();
    let mappings = || std::fs::read_to_string(format!("/proc/{process}/maps")).unwrap();
    let before = mappings();
    let session = session_by(&victim, (None, Some(PageData::Copied), (0, 0)));
    let after = mappings();
    let data = after.lines().find(|line| line.contains(" rw-p ") && !before.contains(*line)).unwrap();
    let (start, end) = data.split_once(' ').unwrap().0.split_once('-').unwrap();
    let [start, end] = [start, end].map(|address| u64::from_str_radix(address, 16).unwrap());
    let length = usize::try_from(end - start).unwrap();
    let tasks = std::fs::read_dir(format!("/proc/{process}/task")).unwrap();
    let other = tasks.map(|task| task.unwrap().file_name().to_str().unwrap().parse().unwrap()).max().unwrap();
    let result = std::thread::scope(|scope| {
        scope.spawn(|| {
            victim.wait_for('S');
            let session = Session::attach(Process::from_raw(other)).unwrap();
            call(&session, munmap(Address::from_raw(start), length)).unwrap();
            session.detach().unwrap();
            // SAFETY: the thread is the victim's, which is ours.
            assert_eq!(unsafe { libc::syscall(libc::SYS_tgkill, process, process, libc::SIGSTOP) }, 0);
        });
        call(&session, ppoll(Address::NULL, 0, Address::NULL, Address::NULL, 8))
    });
    assert_eq!(result, Err(Hangup::Protocol.into()));
    session.detach().unwrap();
    victim.wait_for('T');
    victim.signal(libc::SIGCONT);
    ends_well(victim);
}

/// A child that another thread forks would have it for ever.
#[test]
fn children_and_dumps_do_not_have_the_code_page() {
    for data in [PageData::Copied, PageData::Shared] {
        let victim = Victim::start("idle");
        victim.wait_for('S');
        let (before, _) = state(&victim);
        let session = session_by(&victim, (None, Some(data), (0, 0)));
        let smaps = std::fs::read_to_string(format!("/proc/{}/smaps", victim.process().into_raw())).unwrap();
        let mut new = 0;
        let mut line_is_new = false;
        for line in smaps.lines() {
            if let Some(flags) = line.strip_prefix("VmFlags:") {
                let is_left_out =
                    ["dc", "dd"].into_iter().all(|flag| flags.split(' ').any(|other| other == flag));
                assert!(!line_is_new || is_left_out, "{flags}");
                new += u32::from(line_is_new);
            } else if line.split(' ').next().is_some_and(|range| range.contains('-')) {
                let range = line.split(' ').next().unwrap();
                line_is_new = !before.contains(range);
            }
        }
        assert_eq!(new, 2, "{smaps}");
        session.detach().unwrap();
        ends_well(victim);
    }
}
