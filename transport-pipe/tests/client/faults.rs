//! Peers that stop, die and are slow, and signals that come all the time.

use crate::{STARTING, Server, child, this_process};
use core::{
    future::{Future, poll_fn},
    task::{Context, Poll, Waker},
};
use rsyscall_core::{
    abi::Native,
    block_on,
    identifier::FileDescriptor,
    interface::{Hangup, NotSent, SyscallError, SyscallInterface},
    near::process::getpid,
};
use rsyscall_transport_pipe::{
    BlockingFd, Client, PolledFd,
    start::Ended,
    wire::{REQUEST, RESPONSE},
};
use std::{
    io::{Read, Write},
    os::fd::AsRawFd,
    sync::atomic::{AtomicU32, Ordering},
};

/// How many calls a test makes, and how many when time does not matter.
fn calls(few: usize, many: usize) -> usize {
    if std::env::var_os("RSYSCALL_LONG").is_some() { many } else { few }
}

static SIGNALS: AtomicU32 = AtomicU32::new(0);

extern "C" fn count_signal(_: i32) {
    SIGNALS.fetch_add(1, Ordering::Relaxed);
}

#[test]
fn a_timer_that_interrupts_every_100_microseconds_changes_nothing() {
    let server = Server::on_pipes(true);
    let (responses, requests) = server.fds();
    // The signals go to this process: any thread of it may get them, the server's too.
    unsafe {
        let mut action: libc::sigaction = core::mem::zeroed();
        action.sa_sigaction = count_signal as *const () as usize;
        assert_eq!(libc::sigaction(libc::SIGALRM, &raw const action, core::ptr::null_mut()), 0);
    }
    let timer = |microseconds| {
        let interval = libc::timeval { tv_sec: 0, tv_usec: microseconds };
        let value = libc::itimerval { it_interval: interval, it_value: interval };
        assert_eq!(unsafe { libc::setitimer(libc::ITIMER_REAL, &raw const value, core::ptr::null_mut()) }, 0);
    };
    timer(100);
    let blocking = unsafe { Client::<BlockingFd, BlockingFd, Native, 4>::blocking(responses, requests) };
    let mut made = 0;
    while made < calls(5_000, 500_000) || SIGNALS.load(Ordering::Relaxed) < 20 {
        let process = block_on(unsafe { blocking.call(getpid()) }, || ()).unwrap();
        assert_eq!(process.into_raw(), this_process());
        made += 1;
    }
    drop(blocking);
    let polled = unsafe { Client::<PolledFd, PolledFd, Native, 4>::polled(responses, requests) };
    for _ in 0..calls(5_000, 500_000) {
        let process = block_on(unsafe { polled.call(getpid()) }, || polled.park()).unwrap();
        assert_eq!(process.into_raw(), this_process());
    }
    timer(0);
    drop(polled);
    server.finish();
}

#[test]
fn a_stopped_peer_is_waited_for_and_costs_nobody_anything() {
    let child = child();
    let signal = |signal| assert_eq!(unsafe { libc::kill(child.process.into_raw(), signal) }, 0);
    {
        let client = unsafe { child.polled_client::<4>() };
        assert_eq!(block_on(unsafe { client.call(getpid()) }, || client.park()), Ok(child.process));
        signal(libc::SIGSTOP);
        let mut status = 0;
        // Another test's timer may interrupt it.
        let wait = |status| unsafe { libc::waitpid(child.process.into_raw(), status, libc::WUNTRACED) };
        while wait(&raw mut status) == -1 {
            assert_eq!(std::io::Error::last_os_error().kind(), std::io::ErrorKind::Interrupted);
        }
        assert!(libc::WIFSTOPPED(status));
        let mut context = Context::from_waker(Waker::noop());
        let mut stays = Box::pin(unsafe { client.call(getpid()) });
        let mut goes = Box::pin(unsafe { client.call(getpid()) });
        for _ in 0..100 {
            assert!(stays.as_mut().poll(&mut context).is_pending());
            assert!(goes.as_mut().poll(&mut context).is_pending());
        }
        drop(goes);
        signal(libc::SIGCONT);
        assert_eq!(block_on(stays, || client.park()), Ok(child.process));
        block_on(client.settle(), || client.park()).unwrap();
        let orphan = client.take_orphan().unwrap();
        assert_eq!(orphan.outcome, Ok(child.process.into_raw().cast_unsigned().into()));
        assert_eq!(client.take_orphan(), None);
    }
    assert_eq!(unsafe { child.finish() }, Ok(Ended::Exited(0)));
}

/// A peer that reads so many bytes of the request, answers so many, and is gone.
#[test]
fn a_peer_that_goes_away_at_any_byte_is_told_apart() {
    for bytes in 0..REQUEST + RESPONSE {
        let (read, answered) = (bytes.min(REQUEST), bytes.saturating_sub(REQUEST));
        let (mut infd, requests) = std::io::pipe().unwrap();
        let (responses, mut outfd) = std::io::pipe().unwrap();
        // When the peer is gone nobody has its descriptors.
        let starting = STARTING.lock();
        let peer = std::thread::spawn(move || {
            let mut room = [0; REQUEST];
            infd.read_exact(&mut room[..read]).unwrap();
            outfd.write_all(&[0; RESPONSE][..answered]).unwrap();
        });
        let fd = |fd: i32| FileDescriptor::from_raw(fd);
        let (from, to) = (fd(responses.as_raw_fd()), fd(requests.as_raw_fd()));
        let client = unsafe { Client::<PolledFd, PolledFd, Native, 4>::polled(from, to) };
        if read == 0 {
            peer.join().unwrap();
            drop(starting);
            let answer = block_on(unsafe { client.call(getpid()) }, || client.park());
            assert_eq!(answer, Err(SyscallError::NotSent(NotSent::Stream)));
        } else {
            drop(starting);
            let answer = block_on(unsafe { client.call(getpid()) }, || client.park());
            let reason = if answered == 0 { Hangup::EndOfStream } else { Hangup::TornResponse };
            assert_eq!(answer, Err(SyscallError::Hangup(reason)), "{bytes} bytes");
            peer.join().unwrap();
        }
        let after = block_on(unsafe { client.call(getpid()) }, || client.park());
        assert_eq!(after, Err(SyscallError::NotSent(NotSent::Dead)));
    }
}

/// A peer that answers before it is asked, and one that answers twice.
#[test]
fn answers_that_nobody_asked_for_end_the_interface() {
    for early in [true, false] {
        let (_infd, requests) = std::io::pipe().unwrap();
        let (responses, mut outfd) = std::io::pipe().unwrap();
        let fd = |fd: i32| FileDescriptor::from_raw(fd);
        let (from, to) = (fd(responses.as_raw_fd()), fd(requests.as_raw_fd()));
        let client = unsafe { Client::<PolledFd, PolledFd, Native, 4>::polled(from, to) };
        outfd.write_all(&[0; 2 * RESPONSE][..if early { 16 } else { 8 }]).unwrap();
        let answer = block_on(unsafe { client.call(getpid()) }, || client.park());
        assert_eq!(answer.map(|process| process.into_raw()), Ok(0));
        if !early {
            // The second answer to the same request comes later: with it the next call's.
            outfd.write_all(&[0; 2 * RESPONSE]).unwrap();
            let answer = block_on(unsafe { client.call(getpid()) }, || client.park());
            assert_eq!(answer.map(|process| process.into_raw()), Ok(0));
        }
        let after = block_on(unsafe { client.call(getpid()) }, || client.park());
        assert_eq!(after, Err(SyscallError::NotSent(NotSent::Dead)));
    }
}

#[test]
fn ten_thousand_submitted_calls_fill_both_pipes_and_all_are_answered() {
    const CALLS: usize = 10_000;
    std::thread::Builder::new()
        .stack_size(64 << 20)
        .spawn(|| {
            let server = Server::on_pipes(false);
            let client = Box::new(server.polled::<CALLS>());
            let mut futures: Vec<_> =
                (0..CALLS).map(|_| Box::pin(unsafe { client.call(getpid()) })).collect();
            let mut answered = 0;
            let all = poll_fn(|context| {
                futures.retain_mut(|future| match future.as_mut().poll(context) {
                    Poll::Ready(process) => {
                        assert_eq!(process.unwrap().into_raw(), this_process());
                        answered += 1;
                        false
                    }
                    Poll::Pending => true,
                });
                if futures.is_empty() { Poll::Ready(()) } else { Poll::Pending }
            });
            block_on(all, || client.park());
            assert_eq!(answered, CALLS);
            drop(futures);
            server.finish();
        })
        .unwrap()
        .join()
        .unwrap();
}

/// No descriptor can be had any more: a client needs none.
#[test]
fn calls_go_on_without_a_free_descriptor() {
    let child = child();
    {
        let client = unsafe { child.polled_client::<4>() };
        block_on(client.hello(), || client.park()).unwrap();
        let limit = rsyscall_core::near::sched::Resource::NOFILE;
        // In the child, so that no other test is troubled: it has 0, 1 and 2, and shall have no more.
        let arena =
            block_on(rsyscall_core::memory::Arena::map(&client, 4096, 4096), || client.park()).unwrap();
        let rlimit = rsyscall_core::near::layout::Rlimit { rlim_cur: 3, rlim_max: 3 };
        let new = block_on(arena.value(&rlimit), || client.park()).unwrap();
        block_on(unsafe { client.call(rsyscall_core::near::sched::setrlimit(limit, new)) }, || client.park())
            .unwrap();
        let stdin = FileDescriptor::STDIN;
        let refused = block_on(unsafe { client.call(rsyscall_core::near::io::dup(stdin)) }, || client.park());
        assert_eq!(refused, Err(rsyscall_core::syscall::Errno::EMFILE.into()));
        assert_eq!(block_on(unsafe { client.call(getpid()) }, || client.park()), Ok(child.process));
    }
    assert_eq!(unsafe { child.finish() }, Ok(Ended::Exited(0)));
}
