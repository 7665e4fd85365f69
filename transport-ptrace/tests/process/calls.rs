//! A call that the process is blocked in goes on as if nothing had happened.
#![expect(unsafe_code, reason = "makes system calls")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use crate::{asleep, victim::Victim};
use rsyscall_core::{block_on, interface::SyscallInterface, near::process::getpid};
use rsyscall_transport_ptrace::Session;

/// Starts a victim, and once it is blocked makes calls in it, several times over.
fn disturbed(name: &str) -> Victim {
    let (victim, ()) = asleep::begin(name, |victim| {
        for _ in 0..3 {
            victim.comes_to('S');
            let session = Session::attach(victim.process())?;
            for _ in 0..5 {
                // SAFETY: getpid takes nothing and changes nothing.
                assert_eq!(block_on(unsafe { session.call(getpid()) }, || ()), Ok(victim.process()));
            }
            session.detach().unwrap();
        }
        Ok(())
    });
    assert_eq!(victim.status("TracerPid"), "0");
    victim
}

fn after_its_time(name: &str, said: &str) {
    let mut victim = disturbed(name);
    assert_eq!(victim.line(), said);
    assert_eq!(victim.end(), 0);
}

#[test]
fn nanosleep_ends_on_time() {
    after_its_time("nanosleep", "0 0 on time");
}

#[test]
fn poll_ends_on_time() {
    after_its_time("poll", "0 0 on time");
}

#[test]
fn ppoll_ends_on_time() {
    after_its_time("ppoll", "0 0 on time");
}

#[test]
fn select_ends_on_time() {
    after_its_time("select", "0 0 on time");
}

#[test]
fn epoll_wait_does_not_leak_eintr() {
    after_its_time("epoll_wait", "0 0 on time");
}

#[test]
fn sigtimedwait_does_not_leak_eintr() {
    after_its_time("sigtimedwait", &format!("-1 {} on time", libc::EAGAIN));
}

#[test]
fn futex_times_out_on_time() {
    after_its_time("futex", &format!("-1 {} on time", libc::ETIMEDOUT));
}

#[test]
fn semtimedop_does_not_leak_eintr() {
    after_its_time("semtimedop", &format!("-1 {} on time", libc::EAGAIN));
}

#[test]
fn recv_with_a_timeout_does_not_leak_eintr() {
    after_its_time("recv with a timeout", &format!("-1 {} on time", libc::EAGAIN));
}

#[test]
fn splice_with_a_timeout_does_not_leak_eintr() {
    after_its_time("splice with a timeout", &format!("-1 {} on time", libc::EAGAIN));
}

#[test]
fn sendfile_with_a_timeout_does_not_leak_eintr() {
    after_its_time("sendfile with a timeout", &format!("-1 {} on time", libc::EAGAIN));
}

#[test]
fn preadv2_and_pwritev2_with_a_timeout_do_not_leak_eintr() {
    for name in ["preadv2 with a timeout", "pwritev2 with a timeout"] {
        after_its_time(name, &format!("-1 {} on time", libc::EAGAIN));
    }
}

#[test]
fn wait4_waits_on() {
    after_its_time("wait4", "0 0 on time");
}

#[test]
fn read_gets_what_comes() {
    let mut victim = disturbed("read");
    victim.say("x");
    assert_eq!(victim.line(), "1 0 on time");
    assert_eq!(victim.end(), 0);
}

#[test]
fn pause_wakes_for_a_signal_after_it() {
    let mut victim = disturbed("pause");
    victim.wait_for('S');
    victim.signal(libc::SIGUSR1);
    assert_eq!(victim.line(), format!("-1 {} on time", libc::EINTR));
    assert_eq!(victim.end(), 0);
}

#[test]
fn pause_wakes_for_a_signal_during_the_stop() {
    let mut victim = Victim::start("pause");
    victim.wait_for('S');
    let session = Session::attach(victim.process()).unwrap();
    // SAFETY: getpid takes nothing and changes nothing.
    block_on(unsafe { session.call(getpid()) }, || ()).unwrap();
    victim.signal(libc::SIGUSR1);
    // SAFETY: getpid takes nothing and changes nothing.
    block_on(unsafe { session.call(getpid()) }, || ()).unwrap();
    session.detach().unwrap();
    assert_eq!(victim.line(), format!("-1 {} on time", libc::EINTR));
    assert_eq!(victim.end(), 0);
}
