//! Calls that wait for another thread or a child. A handler that asks for that lets them go on.
#![expect(unsafe_code, reason = "blocks in system calls of every kind")]
#![expect(clippy::unwrap_used, reason = "a victim that cannot be one ends")]

use super::{
    blocking::{WHILE, returned},
    handlers::tick_and_restart,
    timed::{semaphore, signal_set},
};
use crate::victim::tell;
use core::ptr::null_mut;
use std::{
    fs::File,
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    os::{fd::AsRawFd, unix::net::UnixStream},
    sync::{
        Condvar, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    thread,
};

const ROUNDS: u32 = 25;

/// Every call that waits without an end, with and without handlers that run meanwhile.
macro_rules! woken {
    ($($name:ident => $run:expr;)*) => {
        pub(crate) mod alone {
            use super::*;
            behaviours! { $($name => $run;)* }
        }
        pub(crate) mod amid_restarting_signals {
            use super::*;
            behaviours! { $($name => || { tick_and_restart(); $run() };)* }
        }
    };
}

woken! {
    read => || by_stream(std::io::pipe().unwrap());
    recv => || by_stream(UnixStream::pair().unwrap());
    accept => accept;
    futex => futex;
    wait4 => wait4;
    flock => flock;
    condition => condition;
}

/// These the kernel never makes again after a handler, so that none may run.
pub(crate) mod never_restarted {
    behaviours! {
        semop => super::semop;
        msgrcv => super::msgrcv;
        sigwaitinfo => super::sigwaitinfo;
        poll => super::poll;
    }
}

/// Waits, each time, for what another thread does a while later.
fn rounds(mut wait: impl FnMut(u32) -> bool, wake: impl Fn(u32) + Send + 'static) {
    static TURN: AtomicU32 = AtomicU32::new(0);
    let waker = thread::spawn(move || {
        block_all_signals();
        for round in 1..=ROUNDS {
            while TURN.load(Ordering::SeqCst) != round {
                thread::yield_now();
            }
            thread::sleep(WHILE);
            wake(round);
        }
    });
    let mut good = 0;
    for round in 1..=ROUNDS {
        TURN.store(round, Ordering::SeqCst);
        if wait(round) {
            good += 1;
        } else {
            tell(&format!("round {round}: {}", std::io::Error::last_os_error()));
        }
    }
    waker.join().unwrap();
    tell(&format!("{good} of {ROUNDS}"));
}

/// The victim's main thread is to run the handlers.
fn block_all_signals() {
    // SAFETY: all zeros are a set.
    let mut set = unsafe { core::mem::zeroed() };
    // SAFETY: the set is alive.
    unsafe { libc::sigfillset(&raw mut set) };
    // SAFETY: the set is alive.
    unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &raw const set, null_mut()) };
}

/// What is read is what was written.
fn by_stream((mut reader, mut writer): (impl Read, impl Write + Send + 'static)) {
    let wake = Mutex::new(move |round: u32| writer.write_all(&round.to_le_bytes()).unwrap());
    rounds(
        |round| {
            let mut word = [0; 4];
            // A single call: the standard library's others would hide an EINTR.
            reader.read(&mut word).is_ok_and(|count| count == 4) && u32::from_le_bytes(word) == round
        },
        move |round| wake.lock().unwrap()(round),
    );
}

fn accept() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    rounds(
        move |_| {
            // SAFETY: nobody's address is asked for.
            let (fd, _) = returned(unsafe { libc::accept(listener.as_raw_fd(), null_mut(), null_mut()) });
            // SAFETY: the descriptor is new, if it is one.
            fd >= 0 && unsafe { libc::close(i32::try_from(fd).unwrap()) } == 0
        },
        move |_| drop(TcpStream::connect(address).unwrap()),
    );
}

fn futex() {
    static WORD: AtomicU32 = AtomicU32::new(0);
    let call = |operation: i32, value: u32| {
        // SAFETY: the word is static.
        unsafe { libc::syscall(libc::SYS_futex, WORD.as_ptr(), operation, value, null_mut::<u8>()) }
    };
    rounds(
        move |round| {
            let result = returned(call(libc::FUTEX_WAIT, round - 1));
            result == (0, 0) || result == (-1, libc::EAGAIN)
        },
        move |round| {
            WORD.store(round, Ordering::SeqCst);
            call(libc::FUTEX_WAKE, 1);
        },
    );
}

fn wait4() {
    let mut good = 0;
    for _ in 0..ROUNDS {
        // SAFETY: the child only sleeps, and ends.
        let child = unsafe { libc::fork() };
        if child == 0 {
            let time = libc::timespec { tv_sec: 0, tv_nsec: 4_000_000 };
            // SAFETY: the time is alive.
            unsafe { libc::nanosleep(&raw const time, null_mut()) };
            // SAFETY: it ends this process.
            unsafe { libc::_exit(3) };
        }
        let mut status = 0;
        // SAFETY: the status is alive.
        let result = unsafe { libc::waitpid(child, &raw mut status, 0) };
        good += u32::from(result == child && libc::WEXITSTATUS(status) == 3);
    }
    tell(&format!("{good} of {ROUNDS}"));
}

fn flock() {
    static GOT: AtomicU32 = AtomicU32::new(0);
    static TAKEN: AtomicU32 = AtomicU32::new(0);
    let path = std::env::temp_dir().join(format!("rsyscall-flock-{}", std::process::id()));
    let [mine, other] = [(); 2].map(|()| File::create(&path).unwrap());
    std::fs::remove_file(&path).unwrap();
    let lock = |file: &File, operation| {
        // SAFETY: the descriptor is open.
        returned(unsafe { libc::flock(file.as_raw_fd(), operation) }) == (0, 0)
    };
    assert!(lock(&other, libc::LOCK_EX));
    rounds(
        move |round| {
            let good = lock(&mine, libc::LOCK_EX) && lock(&mine, libc::LOCK_UN);
            GOT.store(round, Ordering::SeqCst);
            while TAKEN.load(Ordering::SeqCst) != round {
                thread::yield_now();
            }
            good
        },
        move |round| {
            assert!(lock(&other, libc::LOCK_UN));
            while GOT.load(Ordering::SeqCst) != round {
                thread::yield_now();
            }
            assert!(lock(&other, libc::LOCK_EX));
            TAKEN.store(round, Ordering::SeqCst);
        },
    );
}

fn condition() {
    static TURN: Mutex<u32> = Mutex::new(0);
    static CHANGED: Condvar = Condvar::new();
    rounds(
        |round| {
            let turn = CHANGED.wait_while(TURN.lock().unwrap(), |turn| *turn != round).unwrap();
            *turn == round
        },
        |round| {
            *TURN.lock().unwrap() = round;
            CHANGED.notify_all();
        },
    );
}

fn semop() {
    let operate = |by| {
        let mut operation = libc::sembuf { sem_num: 0, sem_op: by, sem_flg: 0 };
        // SAFETY: the operation is alive.
        returned(unsafe { libc::semop(semaphore(), &raw mut operation, 1) }) == (0, 0)
    };
    semaphore();
    rounds(move |_| operate(-1), move |_| assert!(operate(1)));
}

fn msgrcv() {
    // SAFETY: it makes a new one.
    let queue = unsafe { libc::msgget(libc::IPC_PRIVATE, 0o600) };
    rounds(
        move |round| {
            let mut message = [0_u64; 2];
            // SAFETY: there is room for a type and a word.
            let (count, _) =
                returned(unsafe { libc::msgrcv(queue, message.as_mut_ptr().cast(), 8, 0, 0) } as i64);
            count == 8 && message == [1, round.into()]
        },
        move |round| {
            let message = [1_u64, round.into()];
            // SAFETY: it is a type and a word.
            assert_eq!(unsafe { libc::msgsnd(queue, message.as_ptr().cast(), 8, 0) }, 0);
        },
    );
    // SAFETY: it is this process's own.
    unsafe { libc::msgctl(queue, libc::IPC_RMID, null_mut()) };
}

fn sigwaitinfo() {
    let set = signal_set(libc::SIGUSR2);
    // SAFETY: the set is alive.
    unsafe { libc::pthread_sigmask(libc::SIG_BLOCK, &raw const set, null_mut()) };
    // SAFETY: it takes nothing.
    let process = unsafe { libc::getpid() };
    rounds(
        move |_| {
            // SAFETY: the set is alive, and what came with the signal is not asked for.
            returned(unsafe { libc::sigwaitinfo(&raw const set, null_mut()) }) == (libc::SIGUSR2.into(), 0)
        },
        move |_| {
            // SAFETY: it is this process, which waits for it.
            unsafe { libc::kill(process, libc::SIGUSR2) };
        },
    );
}

fn poll() {
    let (reader, mut writer) = std::io::pipe().unwrap();
    let fd = reader.as_raw_fd();
    let wake = Mutex::new(move || writer.write_all(b"x").unwrap());
    rounds(
        move |_| {
            let mut poll = libc::pollfd { fd, events: libc::POLLIN, revents: 0 };
            // SAFETY: it is one pollfd, and alive.
            let result = returned(unsafe { libc::poll(&raw mut poll, 1, -1) });
            result == (1, 0) && (&reader).read(&mut [0]).is_ok()
        },
        move |_| wake.lock().unwrap()(),
    );
}
