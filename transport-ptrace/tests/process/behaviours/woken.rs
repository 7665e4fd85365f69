//! Calls that wait for another thread or a child. A handler that asks for that lets them go on.
#![expect(unsafe_code, reason = "blocks in system calls of every kind")]
#![expect(clippy::unwrap_used, reason = "a victim that cannot be one ends")]

use super::{
    blocking::{WHILE, returned},
    handlers::tick_and_restart,
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
    flock => || file_lock(flock);
    lock_of_an_open_file => || file_lock(lock_of_open_file);
    record_lock => record_lock;
    open_fifo => open_fifo;
    write => write;
    eventfd => eventfd;
    condition => condition;
}

pub(crate) mod never_restarted;

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

fn file_lock(lock: Lock) {
    static GOT: AtomicU32 = AtomicU32::new(0);
    static TAKEN: AtomicU32 = AtomicU32::new(0);
    let file = tempfile::NamedTempFile::new().unwrap();
    let [mine, other] = [(); 2].map(|()| file.reopen().unwrap());
    drop(file);
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
    let file = tempfile::tempfile().unwrap();
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
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("fifo");
    let name = std::ffi::CString::new(path.as_os_str().as_encoded_bytes()).unwrap();
    // SAFETY: the name is alive.
    assert_eq!(unsafe { libc::mkfifo(name.as_ptr(), 0o600) }, 0);
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
        move |_| drop(File::options().write(true).open(&path).unwrap()),
    );
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
