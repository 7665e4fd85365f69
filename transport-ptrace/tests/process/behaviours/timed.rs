//! Calls with a timeout: none ends early, or with EINTR that nobody's handler has caused.
#![expect(unsafe_code, reason = "blocks in system calls of every kind")]
#![expect(clippy::unwrap_used, reason = "a victim that cannot be one ends")]

use super::blocking::{Returned, Timing, WHILE, amid_signals as disturbed, returned, undisturbed};
use core::{mem::zeroed, ptr::null_mut};
use std::sync::OnceLock;

/// A timed call: what it returns in time, how that is measured, and how it is made.
macro_rules! timed {
    ($($name:ident => $expected:expr, $timing:expr, $call:expr;)*) => {
        pub(crate) mod alone {
            use super::*;
            behaviours! { $($name => || undisturbed($expected, $timing, $call);)* }
        }
        pub(crate) mod amid_signals {
            use super::*;
            behaviours! { $($name => || disturbed($expected, $timing, $call);)* }
        }
    };
}

static TIME: libc::timespec = libc::timespec { tv_sec: 0, tv_nsec: 4_000_000 };
const MILLISECONDS: i32 = 4;
const NOTHING: Returned = (0, 0);
const AGAIN: Returned = (-1, libc::EAGAIN);

timed! {
    nanosleep => NOTHING, Timing::Exact, || {
        // SAFETY: the time is alive.
        returned(unsafe { libc::nanosleep(&raw const TIME, null_mut()) })
    };
    clock_nanosleep => NOTHING, Timing::Exact, || {
        // SAFETY: the time is alive.
        let error = unsafe { libc::clock_nanosleep(libc::CLOCK_MONOTONIC, 0, &raw const TIME, null_mut()) };
        if error == 0 { NOTHING } else { (-1, error) }
    };
    clock_nanosleep_until_a_time => NOTHING, Timing::Exact, until_a_time;
    poll => NOTHING, Timing::Exact, || {
        // SAFETY: there are no descriptors.
        returned(unsafe { libc::poll(null_mut(), 0, MILLISECONDS) })
    };
    ppoll => NOTHING, Timing::Exact, || {
        // SAFETY: there are no descriptors, and the time is alive.
        returned(unsafe { libc::ppoll(null_mut(), 0, &raw const TIME, null_mut()) })
    };
    select => NOTHING, Timing::Exact, || {
        let mut time = libc::timeval { tv_sec: 0, tv_usec: 4000 };
        // SAFETY: there are no descriptors, and the time is alive.
        returned(unsafe { libc::select(0, null_mut(), null_mut(), null_mut(), &raw mut time) })
    };
    pselect => NOTHING, Timing::Exact, || {
        // SAFETY: there are no descriptors, and the time is alive.
        returned(unsafe { libc::pselect(0, null_mut(), null_mut(), null_mut(), &raw const TIME, null_mut()) })
    };
    epoll_wait => NOTHING, Timing::Exact, || {
        static EPOLL: OnceLock<i32> = OnceLock::new();
        // SAFETY: it makes a new descriptor.
        let epoll = *EPOLL.get_or_init(|| unsafe { libc::epoll_create1(0) });
        let mut event = libc::epoll_event { events: 0, u64: 0 };
        // SAFETY: there is room for one event.
        returned(unsafe { libc::epoll_wait(epoll, &raw mut event, 1, MILLISECONDS) })
    };
    epoll_pwait2 => NOTHING, Timing::Exact, || {
        static EPOLL: OnceLock<i32> = OnceLock::new();
        // SAFETY: it makes a new descriptor.
        let epoll = *EPOLL.get_or_init(|| unsafe { libc::epoll_create1(0) });
        let mut event = libc::epoll_event { events: 0, u64: 0 };
        // SAFETY: there is room for one event, and the time is alive.
        let call = unsafe { libc::syscall(libc::SYS_epoll_pwait2, epoll, &raw mut event, 1, &raw const TIME, null_mut::<u8>(), 8) };
        returned(call)
    };
    futex_with_a_timeout => (-1, libc::ETIMEDOUT), Timing::Exact, || {
        let word = 7_u32;
        // SAFETY: the word and the time are alive.
        returned(unsafe { libc::syscall(libc::SYS_futex, &raw const word, libc::FUTEX_WAIT, 7, &raw const TIME) })
    };
    sigtimedwait => AGAIN, Timing::Exact, || {
        let set = signal_set(libc::SIGUSR2);
        // SAFETY: the set and the time are alive.
        returned(unsafe { libc::sigtimedwait(&raw const set, null_mut(), &raw const TIME) })
    };
    semtimedop => AGAIN, Timing::Exact, || {
        let mut operation = libc::sembuf { sem_num: 0, sem_op: -1, sem_flg: 0 };
        // SAFETY: the operation and the time are alive.
        returned(unsafe { libc::syscall(libc::SYS_semtimedop, semaphore(), &raw mut operation, 1, &raw const TIME) })
    };
    recv_with_a_timeout => AGAIN, Timing::Ticks, || {
        let mut byte = 0_u8;
        // SAFETY: there is room for a byte.
        returned(unsafe { libc::recv(socket(), (&raw mut byte).cast(), 1, 0) } as i64)
    };
    read_with_a_timeout => AGAIN, Timing::Ticks, || {
        let mut byte = 0_u8;
        // SAFETY: there is room for a byte.
        returned(unsafe { libc::read(socket(), (&raw mut byte).cast(), 1) } as i64)
    };
    accept_with_a_timeout => AGAIN, Timing::Ticks, || {
        // SAFETY: nobody's address is asked for.
        returned(unsafe { libc::accept(listener(), null_mut(), null_mut()) })
    };
    io_getevents => NOTHING, Timing::Exact, || {
        let mut event = [0_u64; 4];
        // SAFETY: there is room for one event, and the time is alive.
        returned(unsafe { libc::syscall(libc::SYS_io_getevents, asynchronous(), 1, 1, &raw mut event, &raw const TIME) })
    };
}

fn until_a_time() -> Returned {
    // SAFETY: all zeros are a time.
    let mut time: libc::timespec = unsafe { zeroed() };
    // SAFETY: the time is alive.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &raw mut time) };
    time.tv_nsec += i64::from(WHILE.subsec_nanos());
    if time.tv_nsec >= 1_000_000_000 {
        time.tv_nsec -= 1_000_000_000;
        time.tv_sec += 1;
    }
    // SAFETY: the time is alive.
    let error = unsafe {
        libc::clock_nanosleep(libc::CLOCK_MONOTONIC, libc::TIMER_ABSTIME, &raw const time, null_mut())
    };
    if error == 0 { NOTHING } else { (-1, error) }
}

/// A set of one signal.
pub(crate) fn signal_set(signal: i32) -> libc::sigset_t {
    // SAFETY: all zeros are a set.
    let mut set = unsafe { zeroed() };
    // SAFETY: the set is alive.
    unsafe { libc::sigaddset(&raw mut set, signal) };
    set
}

/// A semaphore that is zero; removed at once where it can be, as it is when the process ends in order.
pub(crate) fn semaphore() -> i32 {
    static SEMAPHORE: OnceLock<i32> = OnceLock::new();
    extern "C" fn remove() {
        // SAFETY: it is this process's own.
        unsafe { libc::semctl(semaphore(), 0, libc::IPC_RMID) };
    }
    *SEMAPHORE.get_or_init(|| {
        // SAFETY: the function may run at the end.
        unsafe { libc::atexit(remove) };
        // SAFETY: it makes a new one.
        unsafe { libc::semget(libc::IPC_PRIVATE, 1, 0o600) }
    })
}

fn set_timeout(socket: i32) {
    let time = libc::timeval { tv_sec: 0, tv_usec: 4000 };
    let length = u32::try_from(size_of_val(&time)).unwrap();
    // SAFETY: the time is alive.
    let result = unsafe {
        libc::setsockopt(socket, libc::SOL_SOCKET, libc::SO_RCVTIMEO, (&raw const time).cast(), length)
    };
    assert_eq!(result, 0);
}

fn socket() -> i32 {
    static SOCKET: OnceLock<i32> = OnceLock::new();
    *SOCKET.get_or_init(|| {
        let mut ends = [0; 2];
        // SAFETY: there is room for two descriptors.
        unsafe { libc::socketpair(libc::AF_UNIX, libc::SOCK_STREAM, 0, ends.as_mut_ptr()) };
        let [receiver, _] = ends;
        set_timeout(receiver);
        receiver
    })
}

fn listener() -> i32 {
    static LISTENER: OnceLock<i32> = OnceLock::new();
    *LISTENER.get_or_init(|| {
        use std::os::fd::IntoRawFd;
        use std::os::linux::net::SocketAddrExt;
        use std::os::unix::net::{SocketAddr, UnixListener};
        let address = SocketAddr::from_abstract_name(format!("rsyscall-{}", std::process::id())).unwrap();
        let listener = UnixListener::bind_addr(&address).unwrap().into_raw_fd();
        set_timeout(listener);
        listener
    })
}

fn asynchronous() -> u64 {
    static CONTEXT: OnceLock<u64> = OnceLock::new();
    *CONTEXT.get_or_init(|| {
        let mut context = 0_u64;
        // SAFETY: the context is alive.
        assert_eq!(unsafe { libc::syscall(libc::SYS_io_setup, 1, &raw mut context) }, 0);
        context
    })
}
