//! A server is put into a process, serves while the process goes on, and leaves nothing behind.
#![expect(unsafe_code, reason = "makes system calls")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use crate::{
    asleep,
    victim::{Victim, WATCHDOG, is_there},
    victims::undisturbed_sums,
};
use rsyscall_core::{
    block_on,
    identifier::{Address, Process},
    interface::{Hangup, NotSent, SyscallError, SyscallInterface},
    memory::Arena,
    near::{
        event::ppoll,
        process::{execve, exit, getpid, gettid},
    },
};
use rsyscall_transport_ptrace::{InjectedServer, Session};
use std::{
    collections::BTreeSet,
    fs,
    pin::pin,
    task::{Context, Poll, Waker},
    time::Instant,
};

/// What a process has: its threads, its descriptors, its mappings.
#[derive(PartialEq, Eq, Debug)]
pub(crate) struct Possessions {
    threads: BTreeSet<String>,
    descriptors: BTreeSet<String>,
    pub(crate) mappings: BTreeSet<String>,
}

fn names(path: &str) -> BTreeSet<String> {
    fs::read_dir(path).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

impl Possessions {
    pub(crate) fn of(process: Process) -> Self {
        let folder = format!("/proc/{}", process.into_raw());
        let maps = fs::read_to_string(format!("{folder}/maps")).unwrap();
        Self {
            threads: names(&format!("{folder}/task")),
            descriptors: names(&format!("{folder}/fd")),
            mappings: maps.lines().map(str::to_owned).collect(),
        }
    }
}

fn page_size() -> usize {
    // SAFETY: it only asks.
    unsafe { libc::sysconf(libc::_SC_PAGESIZE) }.try_into().unwrap()
}

fn put_in(process: Process) -> InjectedServer {
    let session = Session::attach(process).unwrap();
    let server = session.start_server().unwrap();
    session.detach().unwrap();
    server
}

#[test]
fn it_serves_while_the_process_goes_on_and_leaves_nothing_behind() {
    let mut victim = Victim::start("idle");
    victim.wait_for('S');
    let before = Possessions::of(victim.process());
    let server = put_in(victim.process());
    assert_eq!(victim.status("TracerPid"), "0");
    // SAFETY: no other client is used.
    let client = unsafe { server.client::<4>() };
    for _ in 0..100 {
        // SAFETY: neither takes or changes anything.
        let [process, thread] = [unsafe { client.call(getpid()) }, unsafe { client.call(gettid()) }]
            .map(|call| block_on(call, || ()).unwrap());
        assert_eq!((process, thread), (victim.process(), server.thread()));
    }
    let arena = block_on(Arena::map(&client, page_size(), page_size()), || ()).unwrap();
    let text = block_on(arena.c_string(c"a text"), || ()).unwrap();
    let mut bytes = [0; 7];
    block_on(arena.read_bytes(text, &mut bytes), || ()).unwrap();
    assert_eq!(bytes, *b"a text\0");
    // SAFETY: nothing of it is used any more.
    block_on(unsafe { arena.unmap() }, || ()).unwrap();
    drop(client);
    server.take_out().unwrap();
    assert_eq!(Possessions::of(victim.process()), before);
    victim.say("x");
    assert_eq!(victim.line(), "done");
    assert_eq!(victim.end(), 0);
}

#[test]
fn the_process_works_on_meanwhile() {
    let mut victim = Victim::start("busy");
    let server = put_in(victim.process());
    // SAFETY: no other client is used.
    let client = unsafe { server.client::<4>() };
    for _ in 0..1000 {
        // SAFETY: it takes and changes nothing.
        assert_eq!(block_on(unsafe { client.call(getpid()) }, || ()), Ok(victim.process()));
    }
    drop(client);
    server.take_out().unwrap();
    victim.say("x");
    assert_eq!(victim.line(), undisturbed_sums());
    assert_eq!(victim.end(), 0);
}

#[test]
fn it_is_taken_out_of_a_call_that_blocks_for_ever() {
    let mut victim = Victim::start("idle");
    victim.wait_for('S');
    let before = Possessions::of(victim.process());
    let server = put_in(victim.process());
    // SAFETY: no other client is used.
    let client = unsafe { server.polled_client::<4>() };
    {
        // SAFETY: only the server's thread waits.
        let mut call = pin!(unsafe { client.call(ppoll(Address::NULL, 0, Address::NULL, Address::NULL, 8)) });
        assert_eq!(call.as_mut().poll(&mut Context::from_waker(Waker::noop())), Poll::Pending);
    }
    let blocked = format!("/proc/{}/syscall", server.thread().into_raw());
    let start = Instant::now();
    let call = ppoll(Address::NULL, 0, Address::NULL, Address::NULL, 8);
    let number = format!("{} ", call.encode::<rsyscall_core::abi::Native>().number);
    while !fs::read_to_string(&blocked).is_ok_and(|text| text.starts_with(&number)) {
        assert!(start.elapsed() < WATCHDOG, "the server does not wait");
        std::thread::yield_now();
    }
    drop(client);
    server.take_out().unwrap();
    assert_eq!(Possessions::of(victim.process()), before);
    victim.say("x");
    assert_eq!(victim.line(), "done");
    assert_eq!(victim.end(), 0);
}

#[test]
fn when_its_thread_was_ended_by_a_call_the_rest_is_removed() {
    let victim = Victim::start("idle");
    victim.wait_for('S');
    let before = Possessions::of(victim.process());
    let server = put_in(victim.process());
    // SAFETY: no other client is used.
    let client = unsafe { server.polled_client::<4>() };
    {
        // SAFETY: it ends the server's thread and nothing else.
        let mut call = pin!(unsafe { client.call(exit(0)) });
        assert_eq!(call.as_mut().poll(&mut Context::from_waker(Waker::noop())), Poll::Pending);
    }
    let thread = format!("/proc/{}/task/{0}", server.thread().into_raw());
    let start = Instant::now();
    while is_there(&thread) {
        assert!(start.elapsed() < WATCHDOG, "the thread does not end");
        std::thread::yield_now();
    }
    drop(client);
    server.take_out().unwrap();
    assert_eq!(Possessions::of(victim.process()), before);
    assert_eq!(victim.end(), 0);
}

#[test]
fn a_process_that_is_killed_is_a_hangup() {
    let victim = Victim::start("idle");
    let server = put_in(victim.process());
    // SAFETY: no other client is used.
    let client = unsafe { server.client::<4>() };
    victim.signal(libc::SIGKILL);
    // SAFETY: it takes and changes nothing.
    let result = loop {
        // SAFETY: it takes and changes nothing.
        match block_on(unsafe { client.call(getpid()) }, || ()) {
            Ok(_) => {}
            error => break error,
        }
    };
    assert!(
        matches!(
            result,
            Err(SyscallError::Hangup(Hangup::EndOfStream) | SyscallError::NotSent(NotSent::Stream))
        ),
        "{result:?}"
    );
    drop(client);
    assert_eq!(server.take_out(), Ok(()));
    assert_eq!(victim.end(), -libc::SIGKILL);
}

#[test]
fn a_program_that_was_executed_is_left_alone() {
    let mut victim = Victim::start("idle");
    let server = put_in(victim.process());
    // SAFETY: no other client is used.
    let client = unsafe { server.client::<4>() };
    let arena = block_on(Arena::map(&client, page_size(), page_size()), || ()).unwrap();
    let path = block_on(arena.c_string(c"/bin/cat"), || ()).unwrap();
    let list = block_on(arena.bytes(&[path.into_raw().to_ne_bytes(), [0; 8]].concat(), 8), || ()).unwrap();
    // SAFETY: the path and the list lie in the arena; the victim is ours.
    let result = block_on(unsafe { client.call(execve(path, list, Address::NULL)) }, || ());
    assert_eq!(result, Err(SyscallError::Hangup(Hangup::EndOfStream)));
    drop(client);
    server.take_out().unwrap();
    victim.say("a line\n");
    assert_eq!(victim.line(), "a line");
    assert_eq!(victim.end(), 0);
}

/// Calls by way of the thread itself, between which its program does nothing.
fn served_by_main_thread(victim: &Victim) {
    let session = Session::attach(victim.process()).unwrap();
    let serving = session.serve().unwrap();
    assert_eq!(victim.status("TracerPid"), "0");
    // SAFETY: no other client is used.
    let client = unsafe { serving.client::<4>() };
    for _ in 0..100 {
        // SAFETY: neither takes or changes anything.
        let [process, thread] = [unsafe { client.call(getpid()) }, unsafe { client.call(gettid()) }]
            .map(|call| block_on(call, || ()).unwrap());
        assert_eq!((process, thread), (victim.process(), victim.process()));
    }
    drop(client);
    serving.end().unwrap();
    // SAFETY: it takes and changes nothing.
    assert_eq!(block_on(unsafe { session.call(getpid()) }, || ()), Ok(victim.process()));
    session.detach().unwrap();
}

#[test]
fn the_main_thread_serves_and_goes_on_where_it_was() {
    let mut victim = Victim::start("read");
    victim.wait_for('S');
    let before = Possessions::of(victim.process());
    served_by_main_thread(&victim);
    assert_eq!(Possessions::of(victim.process()), before);
    victim.say("x");
    assert_eq!(victim.line(), "1 0 on time");
    assert_eq!(victim.end(), 0);
}

#[test]
fn a_busy_main_thread_serves_and_goes_on_where_it_was() {
    let mut victim = Victim::start("busy");
    served_by_main_thread(&victim);
    victim.say("x");
    assert_eq!(victim.line(), undisturbed_sums());
    assert_eq!(victim.end(), 0);
}

#[test]
fn the_main_thread_is_stopped_in_a_call_that_blocks_for_ever() {
    let (mut victim, session) = asleep::attach("epoll_wait");
    let serving = session.serve().unwrap();
    // SAFETY: no other client is used.
    let client = unsafe { serving.polled_client::<4>() };
    {
        // SAFETY: only the thread waits.
        let mut call = pin!(unsafe { client.call(ppoll(Address::NULL, 0, Address::NULL, Address::NULL, 8)) });
        assert_eq!(call.as_mut().poll(&mut Context::from_waker(Waker::noop())), Poll::Pending);
    }
    drop(client);
    serving.end().unwrap();
    session.detach().unwrap();
    assert_eq!(victim.line(), "0 0 on time");
    assert_eq!(victim.end(), 0);
}

#[test]
fn a_thread_that_sleeps_does_not_serve() {
    let (mut victim, session) = asleep::attach("nanosleep");
    let error = session.serve().unwrap_err();
    assert!(error.to_string().contains("cannot do this"), "{error}");
    session.detach().unwrap();
    assert_eq!(victim.line(), "0 0 on time");
    assert_eq!(victim.end(), 0);
}

/// Nobody would answer before it is continued.
#[test]
fn a_process_that_job_control_has_stopped_does_not_serve() {
    let victim = Victim::start("idle");
    victim.wait_for('S');
    let before = Possessions::of(victim.process());
    for (in_the_session, seen) in [(false, true), (true, false), (true, true)] {
        if !in_the_session {
            victim.signal(libc::SIGSTOP);
            victim.wait_for('T');
        }
        let session = Session::attach(victim.process()).unwrap();
        if in_the_session {
            victim.signal(libc::SIGSTOP);
        }
        if seen {
            // SAFETY: it takes and changes nothing.
            assert_eq!(block_on(unsafe { session.call(getpid()) }, || ()), Ok(victim.process()));
        }
        let error = session.serve().unwrap_err();
        assert!(error.to_string().contains("cannot do this"), "{error}");
        session.detach().unwrap();
        victim.wait_for('T');
        victim.signal(libc::SIGCONT);
        victim.wait_for('S');
        assert_eq!(Possessions::of(victim.process()), before);
    }
    victim.ends_well();
}

/// It is taken out all the same, and the process stays stopped.
#[test]
fn a_process_that_job_control_stops_while_it_serves_stays_stopped() {
    let victim = Victim::start("idle");
    victim.wait_for('S');
    let before = Possessions::of(victim.process());
    let session = Session::attach(victim.process()).unwrap();
    let serving = session.serve().unwrap();
    victim.signal(libc::SIGSTOP);
    victim.wait_for('T');
    serving.end().unwrap();
    // SAFETY: it takes and changes nothing.
    assert_eq!(block_on(unsafe { session.call(getpid()) }, || ()), Ok(victim.process()));
    session.detach().unwrap();
    victim.wait_for('T');
    assert_eq!(Possessions::of(victim.process()), before);
    victim.signal(libc::SIGCONT);
    victim.ends_well();
}

#[test]
fn a_serving_thread_that_is_killed_is_a_hangup_and_nothing_is_left_to_be_put_back() {
    let victim = Victim::start("idle");
    let session = Session::attach(victim.process()).unwrap();
    let serving = session.serve().unwrap();
    // SAFETY: no other client is used.
    let client = unsafe { serving.client::<4>() };
    // SAFETY: it ends the victim, which is ours.
    let result = block_on(unsafe { client.call(rsyscall_core::near::process::exit_group(3)) }, || ());
    assert_eq!(result, Err(SyscallError::Hangup(Hangup::EndOfStream)));
    drop(client);
    serving.end().unwrap();
    // SAFETY: it takes and changes nothing.
    let after = block_on(unsafe { session.call(getpid()) }, || ());
    assert_eq!(after, Err(SyscallError::NotSent(NotSent::Dead)));
    session.detach().unwrap();
    assert_eq!(victim.end(), 3);
}
