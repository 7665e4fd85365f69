//! Calls that the kernel never makes again after a handler, so that none may run.
#![expect(unsafe_code, reason = "blocks in system calls of every kind")]
#![expect(clippy::unwrap_used, reason = "a victim that cannot be one ends")]

use super::{
    super::{
        blocking::returned,
        timed::{semaphore, signal_set},
    },
    rounds,
};
use core::{cell::Cell, ptr::null_mut};
use std::{
    io::{Read, Write},
    os::fd::AsRawFd,
    sync::Mutex,
};

behaviours! {
    semop => semop;
    msgrcv => msgrcv;
    sigwaitinfo => sigwaitinfo;
    poll => poll;
    select => select;
    epoll_wait => epoll_wait;
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
