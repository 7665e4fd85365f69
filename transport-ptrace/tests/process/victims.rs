//! What the victims do, before the test harness begins.
#![expect(unsafe_code, reason = "blocks in system calls of every kind, and runs before main")]

use crate::{
    arch, asleep, behaviours, detach, errors, killed, limits, restricted, sequences, stops, targets, threads,
    victim::{hear, tell, victim_name},
};
use std::{ptr::null_mut, time::Instant};

#[unsafe(link_section = ".init_array")]
#[used]
static VICTIM: extern "C" fn() = victim;

extern "C" fn victim() {
    let Some(name) = victim_name() else { return };
    match name.as_str() {
        "idle" => idle(),
        "SIGTRAP ignored" => {
            // SAFETY: no handler is set.
            unsafe { libc::signal(libc::SIGTRAP, libc::SIG_IGN) };
            idle();
        }
        "SIGTRAP blocked" => {
            // SAFETY: all zeros are a set.
            let mut set = unsafe { core::mem::zeroed() };
            // SAFETY: the set is alive.
            unsafe { libc::sigaddset(&raw mut set, libc::SIGTRAP) };
            // SAFETY: the set is alive, and the old one is not asked for.
            unsafe { libc::sigprocmask(libc::SIG_BLOCK, &raw const set, null_mut()) };
            idle();
        }
        "SIGTRAP handled" => {
            extern "C" fn handler(_: i32) {
                // SAFETY: write is async-signal-safe.
                unsafe { libc::write(1, c"handled\n".as_ptr().cast(), 8) };
            }
            // SAFETY: all zeros are an action.
            let mut action: libc::sigaction = unsafe { core::mem::zeroed() };
            action.sa_sigaction = handler as *const () as usize;
            action.sa_flags = libc::SA_RESTART;
            // SAFETY: the action is alive, and its handler does nothing that it may not.
            unsafe { libc::sigaction(libc::SIGTRAP, &raw const action, null_mut()) };
            idle();
        }
        "all blocked" => {
            // SAFETY: all zeros are a set.
            let mut set = unsafe { core::mem::zeroed() };
            // SAFETY: the set is alive.
            unsafe { libc::sigfillset(&raw mut set) };
            // SAFETY: the set is alive, and the old one is not asked for.
            unsafe { libc::sigprocmask(libc::SIG_BLOCK, &raw const set, null_mut()) };
            idle();
        }
        "handler" => {
            extern "C" fn handler(_: i32) {
                // SAFETY: write is async-signal-safe.
                unsafe { libc::write(1, c"handled\n".as_ptr().cast(), 8) };
            }
            // SAFETY: the handler does nothing that it may not.
            unsafe { libc::signal(libc::SIGUSR1, handler as *const () as usize) };
            idle();
        }
        "busy" => busy(),
        "seccomp trap" => {
            restricted::trap_getppid();
            idle();
        }
        "seccomp trap behind queued signals" => {
            restricted::queue_blocked_signals(20);
            restricted::trap_getppid();
            idle();
        }
        "seccomp kills for no number" => {
            restricted::filter(-1, libc::SECCOMP_RET_KILL_PROCESS);
            idle();
        }
        "seccomp tgkill errno" => {
            restricted::filter_tgkill(false);
            idle();
        }
        "seccomp tgkill trap" => {
            restricted::filter_tgkill(true);
            idle();
        }
        "seccomp tgkill errno, SIGTRAP ignored" => {
            // SAFETY: no handler is set.
            unsafe { libc::signal(libc::SIGTRAP, libc::SIG_IGN) };
            restricted::filter_tgkill(false);
            idle();
        }
        "seccomp close errno" => {
            restricted::forbid(libc::SYS_close);
            idle();
        }
        "two threads, seccomp munmap errno" => {
            restricted::forbid(libc::SYS_munmap);
            restricted::end_with_second_thread();
            idle();
        }
        "seccomp munmap errno" => {
            restricted::forbid(libc::SYS_munmap);
            idle();
        }
        "not dumpable" => errors::not_dumpable(),
        "gives up rights" => errors::attempt(),
        "seccomp strict" => restricted::strict(false),
        "seccomp strict later" => restricted::strict(true),
        "two threads" => {
            restricted::end_with_second_thread();
            idle();
        }
        "queued" => {
            restricted::tell_queued_values();
            idle();
        }
        "scalable vectors" => arch::scalable(false),
        "streaming vectors" => arch::scalable(true),
        "memory tags" => arch::tags(),
        "waits for a child" => limits::wait_for_child(),
        "dispatched" => arch::dispatched(),
        "sequence" => sequences::spin(),
        "tracer that is traced" => killed::trace(),
        "tracer that is interrupted" => stops::trace_while_interrupted(),
        "reads a letter" => killed::read_a_letter(),
        "tracer" => detach::trace(),
        "starter" => targets::start_and_stay(false),
        "starter that takes it along" => targets::start_and_stay(true),
        "park" => loop {
            std::thread::park();
        },
        "exit 5" => std::process::exit(5),
        "threads" => threads::many(),
        "threads that come and go" => threads::come_and_go(),
        "main thread ended" => threads::end_main_thread(),
        "exec in a sibling" => threads::exec_in_sibling(),
        name => match name.strip_prefix(behaviours::PREFIX) {
            Some(name) => behaviours::run(name),
            None => blocked(name),
        },
    }
    std::process::exit(0);
}

fn idle() {
    tell("ready");
    hear();
    tell("done");
}

/// Keeps many registers busy until it is spoken to.
fn busy() {
    tell("ready");
    let first = sum();
    let mut wrong = 0;
    let mut input = libc::pollfd { fd: 0, events: libc::POLLIN, revents: 0 };
    // SAFETY: it is one pollfd, and alive.
    while unsafe { libc::poll(&raw mut input, 1, 0) } != 1 {
        wrong += u32::from(sum() != first);
    }
    tell(&format!("{first}, {wrong} wrong"));
}

/// What a busy victim says if nothing went wrong.
pub(crate) fn undisturbed_sums() -> String {
    format!("{}, 0 wrong", sum())
}

fn sum() -> u64 {
    let mut lanes = [1_u64, 2, 3, 4, 5, 6, 7, 8];
    for round in 0..100_000_u64 {
        for (index, lane) in lanes.iter_mut().enumerate() {
            *lane ^= lane.wrapping_shl(13);
            *lane ^= lane.wrapping_shr(7);
            *lane = lane.wrapping_add(round ^ index as u64);
        }
    }
    lanes.into_iter().fold(0, u64::wrapping_add)
}

/// Two sockets that are connected, the first of which has a timeout.
fn pair_with(option: i32, time: &libc::timeval) -> [i32; 2] {
    let mut ends = [0; 2];
    // SAFETY: there is room for two descriptors.
    unsafe { libc::socketpair(libc::AF_UNIX, libc::SOCK_STREAM, 0, ends.as_mut_ptr()) };
    // SAFETY: it reads a timeval.
    unsafe { libc::setsockopt(ends[0], libc::SOL_SOCKET, option, core::ptr::from_ref(time).cast(), 16) };
    ends
}

/// Sends until there is no room for more.
fn fill(sender: i32) {
    let bytes = [0_u8; 1024];
    // SAFETY: there are so many bytes.
    while unsafe { libc::send(sender, bytes.as_ptr().cast(), bytes.len(), libc::MSG_DONTWAIT) } > 0 {}
}

/// Blocks in a call for its time, and tells what it returned, and whether it was early.
#[expect(clippy::multiple_unsafe_ops_per_block, reason = "one call and what it needs")]
#[expect(clippy::cast_possible_truncation, reason = "results are small")]
fn blocked(name: &str) {
    let start = Instant::now();
    let some_time = asleep::time();
    let milliseconds = some_time.as_millis() as i32;
    let time = libc::timespec {
        tv_sec: some_time.as_secs().cast_signed(),
        tv_nsec: some_time.subsec_nanos().into(),
    };
    let time_in_microseconds =
        libc::timeval { tv_sec: time.tv_sec, tv_usec: some_time.subsec_micros().into() };
    tell("ready");
    let mut errno = None;
    // SAFETY: each call is given what its man page asks for, alive until it returns.
    let (returned, timed) = unsafe {
        match name {
            "nanosleep" => (libc::nanosleep(&raw const time, null_mut()), true),
            "poll" => (libc::poll(null_mut(), 0, milliseconds), true),
            "ppoll" => (libc::ppoll(null_mut(), 0, &raw const time, null_mut()), true),
            "select" => {
                let mut time = time_in_microseconds;
                (libc::select(0, null_mut(), null_mut(), null_mut(), &raw mut time), true)
            }
            "epoll_wait" => {
                let mut event = libc::epoll_event { events: 0, u64: 0 };
                (libc::epoll_wait(libc::epoll_create1(0), &raw mut event, 1, milliseconds), true)
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
            "semtimedop" => {
                let set = libc::semget(libc::IPC_PRIVATE, 1, 0o600);
                let mut operation = libc::sembuf { sem_num: 0, sem_op: -1, sem_flg: 0 };
                let call = libc::syscall(libc::SYS_semtimedop, set, &raw mut operation, 1, &raw const time);
                let error = std::io::Error::last_os_error();
                libc::semctl(set, 0, libc::IPC_RMID);
                errno = error.raw_os_error();
                (call as i32, true)
            }
            "recv with a timeout" => {
                let [receiver, _] = pair_with(libc::SO_RCVTIMEO, &time_in_microseconds);
                let mut byte = 0_u8;
                (libc::recv(receiver, (&raw mut byte).cast(), 1, 0) as i32, true)
            }
            "splice with a timeout" => {
                let [receiver, _] = pair_with(libc::SO_RCVTIMEO, &time_in_microseconds);
                let mut pipe = [0; 2];
                libc::pipe(pipe.as_mut_ptr());
                (libc::splice(receiver, null_mut(), pipe[1], null_mut(), 1, 0) as i32, true)
            }
            "sendfile with a timeout" => {
                let [sender, _] = pair_with(libc::SO_SNDTIMEO, &time_in_microseconds);
                fill(sender);
                let file = libc::memfd_create(c"".as_ptr(), 0);
                libc::ftruncate(file, 4096);
                let mut begin = 0;
                // Before Linux 6.5 there is still room for pages of files, next to the last bytes.
                libc::fcntl(sender, libc::F_SETFL, libc::O_NONBLOCK);
                while libc::sendfile(sender, file, &raw mut begin, 4096) > 0 {
                    begin = 0;
                }
                libc::fcntl(sender, libc::F_SETFL, 0);
                (libc::sendfile(sender, file, &raw mut begin, 4096) as i32, true)
            }
            "preadv2 with a timeout" => {
                let [receiver, _] = pair_with(libc::SO_RCVTIMEO, &time_in_microseconds);
                let mut byte = 0_u8;
                let part = libc::iovec { iov_base: (&raw mut byte).cast(), iov_len: 1 };
                // Without a position, as readv does it.
                (libc::preadv2(receiver, &raw const part, 1, -1, 0) as i32, true)
            }
            "pwritev2 with a timeout" => {
                let [sender, _] = pair_with(libc::SO_SNDTIMEO, &time_in_microseconds);
                fill(sender);
                let mut byte = 0_u8;
                let part = libc::iovec { iov_base: (&raw mut byte).cast(), iov_len: 1 };
                (libc::pwritev2(sender, &raw const part, 1, -1, 0) as i32, true)
            }
            "wait4" => {
                let child = libc::fork();
                if child == 0 {
                    libc::nanosleep(&raw const time, null_mut());
                    libc::_exit(0);
                }
                let mut status = 7;
                libc::waitpid(child, &raw mut status, 0);
                (status, true)
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
    let errno = errno.or(std::io::Error::last_os_error().raw_os_error()).unwrap_or(0);
    let early = timed && start.elapsed() < some_time;
    let early = if early { "early" } else { "on time" };
    tell(&format!("{returned} {} {early}", if returned < 0 { errno } else { 0 }));
}
