//! How many system calls it takes to start a server, and to put one into a process: each is a call through the interface of the
//! task that it is started from, and costs there what such a call costs.
#![expect(
    unsafe_code,
    reason = "every call here is made in a child of the test, on what the test made there"
)]

use rsyscall_core::{
    abi::{Abi, Native},
    block_on,
    identifier::Address,
    interface::SyscallInterface,
    near::{
        process::{CloneFlags, getpid, getppid},
        signal::Signal,
    },
};
use rsyscall_tests::{
    Sleeper,
    count::{Made, calls, mark},
    programs,
};
use rsyscall_transport_pipe::{
    Client,
    server::symbol_table,
    start::{Child, Ended, Stack, ThisProcess, finish, start_server},
};
use rsyscall_transport_ptrace::{Session, Threads};
use syscalls::Sysno;

/// How many calls of this kind there are.
fn count(made: &[Made], call: Sysno) -> usize {
    made.iter().filter(|made| made.call == call).count()
}

fn names(made: &[Made]) -> Vec<Sysno> {
    made.iter().map(|made| made.call).collect()
}

#[test]
fn a_server_in_this_memory_is_started_by_few_calls() {
    let sections = calls(|| {
        let mut room = vec![0_u128; Stack::MINIMUM / 16];
        let stack = Stack { start: Address::from_pointer(room.as_mut_ptr()), length: Stack::MINIMUM };
        let flags = CloneFlags::VM.with(Signal::CHLD);
        mark();
        // SAFETY: the stack is not touched until the server has ended, and the addresses are this process's.
        let server =
            block_on(unsafe { start_server(&ThisProcess, symbol_table(), stack, flags) }, || ()).unwrap();
        mark();
        {
            // SAFETY: the streams are this client's alone.
            let client: Client<_, _, Native, 1> =
                unsafe { Client::blocking(server.responses, server.requests) };
            // SAFETY: it takes nothing.
            assert_eq!(block_on(unsafe { client.call(getpid()) }, || ()), Ok(server.process));
        }
        mark();
        // SAFETY: nobody uses its streams any more.
        assert_eq!(block_on(unsafe { finish(&ThisProcess, server) }, || ()), Ok(Ended::Exited(0)));
        mark();
    });
    let [started, finished] = &sections[..] else { panic!("{sections:?}") };
    assert_eq!(count(started, Sysno::pipe2), 2);
    assert!(started.len() <= 15, "{:?}", names(started));
    assert!(finished.len() <= 6, "{:?}", names(finished));
}

#[test]
fn a_server_program_is_started_by_few_calls() {
    let sections = calls(|| {
        let path = programs::server();
        mark();
        let child = Child::start(&path).unwrap();
        mark();
        mark();
        // SAFETY: nobody uses its streams.
        unsafe { child.finish() }.unwrap();
        mark();
    });
    let [started, finished] = &sections[..] else { panic!("{sections:?}") };
    assert_eq!(count(started, Sysno::pipe2), 2);
    assert!(started.len() <= 17, "{:?}", names(started));
    assert!(finished.len() <= 4, "{:?}", names(finished));
}

#[test]
fn a_server_is_put_into_a_process_by_few_requests_and_then_takes_none() {
    let sections = calls(|| {
        let sleeper = Sleeper::new();
        let session = Session::attach(sleeper.process()).unwrap();
        mark();
        let server = session.start_server().unwrap();
        mark();
        session.detach().unwrap();
        // SAFETY: the client goes away before the server, and there is no other.
        let client = unsafe { server.client::<4>() };
        let ask = || {
            // SAFETY: it takes nothing.
            let parent = block_on(unsafe { client.call(getppid()) }, || ()).unwrap();
            assert_eq!(parent.into_raw().cast_unsigned(), std::process::id());
        };
        ask();
        mark();
        ask();
        mark();
    });
    let [placed, asked] = &sections[..] else { panic!("{sections:?}") };
    // Seven calls of the process, and its thread is looked at first.
    let most = if Native::NAME == "x86_64" { 29 } else { 40 };
    assert!(count(placed, Sysno::ptrace) <= most, "{:?}", names(placed));
    assert!(count(placed, Sysno::waitid) + count(placed, Sysno::wait4) <= 10, "{:?}", names(placed));
    // A write and a read; this process's number is asked for by the test.
    assert_eq!(asked.len(), 3, "{:?}", names(asked));
    assert_eq!(count(asked, Sysno::ptrace), 0);
}

#[test]
fn each_thread_takes_as_many_requests_as_the_first_few() {
    const FEW: usize = 4;
    const MANY: usize = 20;
    let sections = calls(|| {
        for threads in [FEW, MANY] {
            let sleeper = Sleeper::with_threads(threads);
            mark();
            let session = Threads::<32>::attach(sleeper.process()).unwrap();
            mark();
            assert_eq!(session.len(), threads);
            let first = session.first().unwrap();
            let ask = || {
                // SAFETY: it takes nothing.
                block_on(unsafe { first.call(getpid()) }, || ()).unwrap();
            };
            ask();
            mark();
            ask();
            mark();
            mark();
            session.detach().unwrap();
            mark();
        }
    });
    let requests: Vec<_> = sections.iter().map(|made| count(made, Sysno::ptrace)).collect();
    let [few, call, few_back, many, same_call, many_back] = requests[..] else { panic!("{requests:?}") };
    assert_eq!(many - few, few / FEW * (MANY - FEW), "{requests:?}");
    assert_eq!(many_back - few_back, MANY - FEW, "{requests:?}");
    assert_eq!(call, same_call, "{requests:?}");
    let most = if Native::NAME == "x86_64" { 5 } else { 6 };
    assert!(call <= most && few <= 5 * FEW, "{requests:?}");
}
