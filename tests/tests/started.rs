//! Servers that are started from inside a process which did not ask for one.
//!
//! The process is a copy of this one, so that the server's functions are in it, where they are here.
#![expect(
    unsafe_code,
    reason = "every call here is made in a child of the test, on what the test made there"
)]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use rsyscall_core::{
    abi::Native,
    block_on,
    identifier::Process,
    interface::{NotSent, SyscallError, SyscallInterface},
    memory::Arena,
    near::{
        process::{CloneFlags, getpid},
        signal::Signal,
    },
};
use rsyscall_tests::{Interface, Sleeper, page_size, programs, server};
use rsyscall_transport_pipe::{
    server::{extended_symbol_table, symbol_table},
    start::{Stack, start_program, start_server},
};
use rsyscall_transport_ptrace::Session;

/// A process's descriptors, mappings and children.
fn has(process: Process) -> (usize, usize, String) {
    let process = process.into_raw();
    let lines = |name: &str| std::fs::read_to_string(format!("/proc/{process}/{name}")).unwrap();
    let children = lines(&format!("task/{process}/children"));
    let descriptors = std::fs::read_dir(format!("/proc/{process}/fd")).unwrap();
    (descriptors.count(), lines("maps").lines().count(), children)
}

/// Servers that share the task's memory, without extensions and with them, and a program that serves: each is asked, and
/// leaves nothing behind.
fn start_all(interface: &impl Interface<Abi = Native>, parent: Process) {
    block_on(
        async {
            let arena = Arena::map(interface, Stack::MINIMUM.next_multiple_of(page_size()), page_size());
            let arena = arena.await.unwrap();
            let stack = Stack { start: arena.mapping().address(), length: Stack::MINIMUM };
            for share in [CloneFlags::VM, CloneFlags::VM.union(CloneFlags::FILES)] {
                let flags = share.with(Signal::CHLD);
                // SAFETY: the stack is the arena's, and the functions are where they are here, of which the task is a copy.
                let child = unsafe { start_server(interface, symbol_table(), stack, flags) }.await.unwrap();
                server::ask(interface, child, parent, false).await;

                // SAFETY: as for the other server, which has ended.
                let child = unsafe { start_server(interface, extended_symbol_table(), stack, flags) }.await;
                server::ask(interface, child.unwrap(), parent, true).await;
            }

            let path = programs::server();
            // SAFETY: as for the other server.
            let child = unsafe { start_program(interface, symbol_table(), stack, &path) }.await;
            server::ask(interface, child.unwrap(), parent, true).await;
            // SAFETY: no call uses the arena any more.
            unsafe { arena.unmap() }.await.unwrap();
        },
        || (),
    );
}

#[test]
fn through_an_injected_server() {
    let sleeper = Sleeper::new();
    let session = Session::attach(sleeper.process()).unwrap();
    let before = has(sleeper.process());
    let injected = session.start_server().unwrap();
    session.detach().unwrap();
    {
        // SAFETY: the server stays until the client is gone.
        let client = unsafe { injected.client::<8>() };
        start_all(&client, sleeper.process());
    }
    injected.take_out().unwrap();
    assert_eq!(has(sleeper.process()), before);
}

#[test]
fn through_a_thread_that_serves() {
    let sleeper = Sleeper::new();
    let session = Session::attach(sleeper.process()).unwrap();
    let before = has(sleeper.process());
    let serving = session.serve().unwrap();
    {
        // SAFETY: the thread serves until the client is gone.
        let client = unsafe { serving.client::<8>() };
        start_all(&client, sleeper.process());
    }
    serving.end().unwrap();
    session.detach().unwrap();
    assert_eq!(has(sleeper.process()), before);
}

#[test]
fn a_session_starts_nothing_and_leaves_nothing() {
    let sleeper = Sleeper::new();
    let session = Session::attach(sleeper.process()).unwrap();
    let before = has(sleeper.process());
    block_on(
        async {
            let arena = Arena::map(&session, Stack::MINIMUM.next_multiple_of(page_size()), page_size());
            let arena = arena.await.unwrap();
            let stack = Stack { start: arena.mapping().address(), length: Stack::MINIMUM };
            // SAFETY: the stack is the arena's.
            let server = unsafe { start_server(&session, symbol_table(), stack, CloneFlags::VM) }.await;
            let refused = server.unwrap_err();
            assert!(refused.call.starts_with("clone"), "{refused}");
            assert_eq!(refused.cause, SyscallError::NotSent(NotSent::Unsupported));
            // SAFETY: as above.
            let program = unsafe { start_program(&session, symbol_table(), stack, c"/bin/true") }.await;
            assert_eq!(program.unwrap_err().cause, SyscallError::NotSent(NotSent::Unsupported));
            // SAFETY: no call uses the arena any more.
            unsafe { arena.unmap() }.await.unwrap();
        },
        || (),
    );
    assert_eq!(has(sleeper.process()), before);
    // Its mask is what it was, and it can be stopped and asked as before.
    // SAFETY: it takes nothing.
    assert_eq!(block_on(unsafe { session.call(getpid()) }, || ()), Ok(sleeper.process()));
    session.detach().unwrap();
}
