//! A call that the process is blocked in goes on as if nothing had happened.
#![expect(unsafe_code, reason = "blocks in system calls of every kind")]

mod common;

use common::{Victim, tell, victim_name};
use rsyscall_core::{block_on, interface::SyscallInterface, near::process::getpid};
use rsyscall_transport_ptrace::Session;
use std::{
    ptr::null_mut,
    time::{Duration, Instant},
};

const SOME_TIME: Duration = Duration::from_millis(700);

/// What the victims do.
#[unsafe(link_section = ".init_array")]
#[used]
static VICTIM: extern "C" fn() = victim;

extern "C" fn victim() {
    let Some(name) = victim_name() else { return };
    let start = Instant::now();
    let time = libc::timespec { tv_sec: 0, tv_nsec: 700_000_000 };
    tell("ready");
    // SAFETY: each call is given what its man page asks for, alive until it returns.
    let (returned, timed) = unsafe {
        match name.as_str() {
            "nanosleep" => (libc::nanosleep(&raw const time, null_mut()), true),
            "poll" => (libc::poll(null_mut(), 0, 700), true),
            "ppoll" => (libc::ppoll(null_mut(), 0, &raw const time, null_mut()), true),
            "select" => {
                let mut time = libc::timeval { tv_sec: 0, tv_usec: 700_000 };
                (libc::select(0, null_mut(), null_mut(), null_mut(), &raw mut time), true)
            }
            "epoll_wait" => {
                let mut event = libc::epoll_event { events: 0, u64: 0 };
                (libc::epoll_wait(libc::epoll_create1(0), &raw mut event, 1, 700), true)
            }
            "sigtimedwait" => {
                let mut set = core::mem::zeroed();
                libc::sigemptyset(&raw mut set);
                libc::sigaddset(&raw mut set, libc::SIGUSR2);
                (libc::sigtimedwait(&raw const set, null_mut(), &raw const time), true)
            }
            "futex" => {
                let word = 7_u32;
                let call =
                    libc::syscall(libc::SYS_futex, &raw const word, libc::FUTEX_WAIT, 7, &raw const time);
                (call as i32, true)
            }
            "read" => {
                let mut byte = 0_u8;
                (libc::read(0, (&raw mut byte).cast(), 1) as i32, false)
            }
            "pause" => {
                extern "C" fn handler(_: i32) {}
                libc::signal(libc::SIGUSR1, handler as *const () as usize);
                (libc::pause(), false)
            }
            _ => unreachable!("no victim {name}"),
        }
    };
    let errno = std::io::Error::last_os_error().raw_os_error().unwrap();
    let early = timed && start.elapsed() < SOME_TIME;
    let early = if early { "early" } else { "on time" };
    tell(&format!("{returned} {} {early}", if returned < 0 { errno } else { 0 }));
    std::process::exit(0);
}

/// Starts a victim, and once it is blocked makes calls in it, several times over.
fn disturbed(name: &str) -> Victim {
    let victim = Victim::start(name);
    for _ in 0..3 {
        victim.wait_for('S');
        let session = Session::attach(victim.process()).unwrap();
        for _ in 0..5 {
            // SAFETY: getpid takes nothing and changes nothing.
            assert_eq!(block_on(unsafe { session.call(getpid()) }, || ()), Ok(victim.process()));
        }
        session.detach().unwrap();
    }
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
