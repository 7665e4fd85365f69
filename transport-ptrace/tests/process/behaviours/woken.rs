//! Calls that wait for another thread or a child. A handler that asks for that lets them go on.
#![expect(unsafe_code, reason = "blocks in system calls of every kind")]
#![expect(clippy::unwrap_used, reason = "a victim that cannot be one ends")]

use super::{
    blocking::{WHILE, returned},
    handlers::tick_and_restart,
    timed::{semaphore, signal_set},
};
use crate::victim::tell;
use core::{cell::Cell, ptr::null_mut};
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
    flock => || file_lock(flock);
    lock_of_an_open_file => || file_lock(lock_of_open_file);
    record_lock => record_lock;
    open_fifo => open_fifo;
    write => write;
    eventfd => eventfd;
    condition => condition;
}

/// These the kernel never makes again after a handler, so that none may run.
pub(crate) mod never_restarted {
    behaviours! {
        semop => super::semop;
        msgrcv => super::msgrcv;
        sigwaitinfo => super::sigwaitinfo;
        poll => super::poll;
        select => super::select;
        epoll_wait => super::epoll_wait;
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
    for round in 1..=ROUNDS {
        TURN.store(round, Ordering::SeqCst);
        // What did not wait for its waker does so now.
        while !wait(round) {
            tell(&format!("round {round}: {}", std::io::Error::last_os_error()));
        }
    }
    waker.join().unwrap();
    tell("done");
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
            // The wake of the round before may come late, and end this wait.
            while WORD.load(Ordering::SeqCst) != round {
                let result = returned(call(libc::FUTEX_WAIT, round - 1));
                if result != (0, 0) && result != (-1, libc::EAGAIN) {
                    return false;
                }
            }
            true
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

/// Takes a lock of the whole file, or gives it back.
type Lock = fn(&File, take: bool) -> bool;

fn flock(file: &File, take: bool) -> bool {
    let operation = if take { libc::LOCK_EX } else { libc::LOCK_UN };
    // SAFETY: the descriptor is open.
    returned(unsafe { libc::flock(file.as_raw_fd(), operation) }) == (0, 0)
}

fn lock_of_open_file(file: &File, take: bool) -> bool {
    lock_by(file, libc::F_OFD_SETLKW, take)
}

fn lock_by(file: &File, command: i32, take: bool) -> bool {
    // SAFETY: all zeros are a lock.
    let mut lock: libc::flock = unsafe { core::mem::zeroed() };
    lock.l_type = i16::try_from(if take { libc::F_WRLCK } else { libc::F_UNLCK }).unwrap();
    // SAFETY: the descriptor is open, and the lock is alive.
    returned(unsafe { libc::fcntl(file.as_raw_fd(), command, &raw const lock) }) == (0, 0)
}

/// A name that nobody else uses.
fn path(name: &str) -> std::path::PathBuf {
    std::env::temp_dir().join(format!("rsyscall-{name}-{}", std::process::id()))
}

fn file_lock(lock: Lock) {
    static GOT: AtomicU32 = AtomicU32::new(0);
    static TAKEN: AtomicU32 = AtomicU32::new(0);
    let path = path("lock");
    let [mine, other] = [(); 2].map(|()| File::create(&path).unwrap());
    std::fs::remove_file(&path).unwrap();
    assert!(lock(&other, true));
    rounds(
        move |round| {
            let good = lock(&mine, true) && lock(&mine, false);
            GOT.store(round, Ordering::SeqCst);
            while TAKEN.load(Ordering::SeqCst) != round {
                thread::yield_now();
            }
            good
        },
        move |round| {
            assert!(lock(&other, false));
            while GOT.load(Ordering::SeqCst) != round {
                thread::yield_now();
            }
            assert!(lock(&other, true));
            TAKEN.store(round, Ordering::SeqCst);
        },
    );
}

/// Such a lock is a process's: a child has it for a while.
fn record_lock() {
    let path = path("record-lock");
    let file = File::create(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    let mut good = 0;
    for _ in 0..ROUNDS {
        let (mut reader, writer) = std::io::pipe().unwrap();
        // SAFETY: the child makes simple calls only, and ends.
        let child = unsafe { libc::fork() };
        if child == 0 {
            let taken = lock_by(&file, libc::F_SETLKW, true);
            let time = libc::timespec { tv_sec: 0, tv_nsec: 4_000_000 };
            let _ = (&writer).write(&[u8::from(taken)]);
            // SAFETY: the time is alive.
            unsafe { libc::nanosleep(&raw const time, null_mut()) };
            // SAFETY: it ends this process.
            unsafe { libc::_exit(0) };
        }
        drop(writer);
        let mut taken = [0];
        let has_waited = reader.read(&mut taken).is_ok() && taken == [1];
        let [took, gave] = [true, false].map(|take| lock_by(&file, libc::F_SETLKW, take));
        good += u32::from(has_waited && took && gave);
        // SAFETY: nothing is written.
        unsafe { libc::waitpid(child, null_mut(), 0) };
    }
    tell(&format!("{good} of {ROUNDS}"));
}

/// It opens when the other end does, and ends when that is closed.
fn open_fifo() {
    let path = path("fifo");
    let name = std::ffi::CString::new(path.as_os_str().as_encoded_bytes()).unwrap();
    // SAFETY: the name is alive.
    assert_eq!(unsafe { libc::mkfifo(name.as_ptr(), 0o600) }, 0);
    let other = path.clone();
    rounds(
        move |_| {
            // SAFETY: the name is alive. The standard library's own would hide an EINTR.
            let (fd, _) = returned(unsafe { libc::open(name.as_ptr(), libc::O_RDONLY) });
            let mut byte = 0_u8;
            let Ok(fd @ 0..) = i32::try_from(fd) else { return false };
            // SAFETY: there is room for a byte.
            let ended = returned(unsafe { libc::read(fd, (&raw mut byte).cast(), 1) } as i64) == (0, 0);
            // SAFETY: the descriptor is this function's own.
            ended && unsafe { libc::close(fd) } == 0
        },
        move |_| drop(File::options().write(true).open(&other).unwrap()),
    );
    std::fs::remove_file(&path).unwrap();
}

/// Into a pipe that is full, until there is room.
fn write() {
    let (mut reader, mut writer) = std::io::pipe().unwrap();
    // SAFETY: it only asks.
    let capacity = unsafe { libc::fcntl(writer.as_raw_fd(), libc::F_GETPIPE_SZ) };
    let page = vec![7; usize::try_from(capacity).unwrap() / 16];
    for _ in 0..16 {
        writer.write_all(&page).unwrap();
    }
    let mut room = page.clone();
    // As long as somebody writes there is somebody to read.
    let kept = reader.try_clone().unwrap();
    let read = Mutex::new(move || reader.read_exact(&mut room).unwrap());
    rounds(
        move |_| {
            let _ = &kept;
            (&writer).write(&page).is_ok_and(|count| count == page.len())
        },
        move |_| read.lock().unwrap()(),
    );
}

fn eventfd() {
    // SAFETY: it makes a new descriptor.
    let fd = unsafe { libc::eventfd(0, 0) };
    rounds(
        move |round| {
            let mut count = 0_u64;
            // SAFETY: there is room for a word.
            let result = returned(unsafe { libc::read(fd, (&raw mut count).cast(), 8) } as i64);
            result == (8, 0) && count == round.into()
        },
        move |round| {
            let count = u64::from(round);
            // SAFETY: the word is alive.
            assert_eq!(unsafe { libc::write(fd, (&raw const count).cast(), 8) }, 8);
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

/// A byte comes through a pipe, for which something waits.
fn by_readiness(wait: impl Fn(i32) -> bool) {
    let (mut reader, mut writer) = std::io::pipe().unwrap();
    let fd = reader.as_raw_fd();
    let wake = Mutex::new(move || writer.write_all(b"x").unwrap());
    rounds(move |_| wait(fd) && reader.read(&mut [0]).is_ok(), move |_| wake.lock().unwrap()());
}

fn poll() {
    by_readiness(|fd| {
        let mut poll = libc::pollfd { fd, events: libc::POLLIN, revents: 0 };
        // SAFETY: it is one pollfd, and alive.
        returned(unsafe { libc::poll(&raw mut poll, 1, -1) }) == (1, 0)
    });
}

fn select() {
    by_readiness(|fd| {
        // SAFETY: all zeros are a set.
        let mut set = unsafe { core::mem::zeroed() };
        // SAFETY: the set is alive, and the descriptor small.
        unsafe { libc::FD_SET(fd, &raw mut set) };
        // SAFETY: the set is alive.
        returned(unsafe { libc::select(fd + 1, &raw mut set, null_mut(), null_mut(), null_mut()) }) == (1, 0)
    });
}

fn epoll_wait() {
    // SAFETY: it makes a new descriptor.
    let epoll = unsafe { libc::epoll_create1(0) };
    let added = Cell::new(false);
    by_readiness(|fd| {
        let mut event = libc::epoll_event { events: libc::EPOLLIN.cast_unsigned(), u64: 7 };
        if !added.replace(true) {
            // SAFETY: both descriptors are open, and the event is alive.
            assert_eq!(unsafe { libc::epoll_ctl(epoll, libc::EPOLL_CTL_ADD, fd, &raw mut event) }, 0);
        }
        // SAFETY: there is room for one event.
        let result = returned(unsafe { libc::epoll_wait(epoll, &raw mut event, 1, -1) });
        result == (1, 0) && event.u64 == 7
    });
}
