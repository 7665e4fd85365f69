//! Servers that are started by the server at the other end.

#![expect(unsafe_code, reason = "executes system calls in servers")]

use rsyscall_core::{
    abi::Native,
    block_on,
    identifier::FileDescriptor,
    interface::SyscallInterface,
    memory::Arena,
    near::{
        process::{CloneFlags, getpid},
        signal::Signal,
    },
};
use rsyscall_tests::{page_size, programs, server, ssh::Host};
use rsyscall_transport_pipe::{
    Client,
    server::SymbolTable,
    start::{Stack, start_program, start_server},
};
use std::{io::Read, os::fd::AsRawFd};

#[test]
fn servers_are_started_through_a_server_with_ssh() {
    let host = Host::here();
    // It says where its functions are before anything else.
    let mut ssh = host.run(&format!("{} 1 0 1", super::server()));
    let mut words = [[0; 8]; 4];
    ssh.stdout.as_mut().unwrap().read_exact(words.as_flattened_mut()).unwrap();
    let [server_loop, persistent_server, futex_helper, trampoline] = words.map(u64::from_le_bytes);
    let table = SymbolTable { server: server_loop, persistent_server, futex_helper, trampoline };
    let [responses, requests] =
        [ssh.stdout.as_ref().unwrap().as_raw_fd(), ssh.stdin.as_ref().unwrap().as_raw_fd()]
            .map(FileDescriptor::from_raw);
    // SAFETY: the streams are the connection's, and nobody else uses them.
    let remote = unsafe { Client::<_, _, Native, 8>::blocking(responses, requests) };
    block_on(
        async {
            assert!(remote.hello().await.unwrap().memory);
            // SAFETY: it takes nothing.
            let parent = unsafe { remote.call(getpid()) }.await.unwrap();
            let length = Stack::MINIMUM.next_multiple_of(page_size());
            let arena = Arena::map(&remote, length, page_size()).await.unwrap();
            let stack = Stack { start: arena.mapping().address(), length: Stack::MINIMUM };
            for share in [CloneFlags::VM, CloneFlags::VM.union(CloneFlags::FILES)] {
                let flags = share.with(Signal::CHLD);
                // SAFETY: the stack is the arena's, and the server said where its functions are.
                let child = unsafe { start_server(&remote, table, stack, flags) }.await.unwrap();
                server::ask(&remote, child, parent, true).await;
            }

            let path = programs::server();
            // SAFETY: as for the other one.
            let child = unsafe { start_program(&remote, table, stack, &path) }.await.unwrap();
            server::ask(&remote, child, parent, true).await;
            // SAFETY: no call uses the arena any more.
            unsafe { arena.unmap() }.await.unwrap();
        },
        || (),
    );
    drop(remote);
    drop(ssh.stdin.take());
    assert_eq!(ssh.wait().unwrap().code(), Some(0));
}
