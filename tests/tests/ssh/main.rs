//! A server at the other end of an OpenSSH connection, and what can be done through it.

#![expect(unsafe_code, reason = "executes system calls in the server")]
#![expect(clippy::expect_used, reason = "a test fails by panicking")]

mod nested;
mod remote;

use rsyscall_core::{
    abi::Native,
    block_on,
    identifier::FileDescriptor,
    interface::{Hangup, SyscallError, SyscallInterface},
    near::process::{exit_group, getpid, getppid},
};
use rsyscall_tests::{programs, ssh::Host};
use rsyscall_transport_pipe::Client;
use std::{fs, os::fd::AsRawFd};

fn server() -> String {
    programs::server().into_string().expect("a path that ssh can be told of")
}

#[test]
fn a_server_answers_with_ssh() {
    let host = Host::here();
    let mut ssh = host.run(&server());
    let [responses, requests] =
        [ssh.stdout.as_ref().unwrap().as_raw_fd(), ssh.stdin.as_ref().unwrap().as_raw_fd()]
            .map(FileDescriptor::from_raw);
    // SAFETY: the streams are the connection's, and nobody else uses them.
    let client = unsafe { Client::<_, _, Native, 8>::blocking(responses, requests) };
    // SAFETY: neither call takes or changes anything.
    let [server, parent] = [unsafe { client.call(getpid()) }, unsafe { client.call(getppid()) }]
        .map(|call| block_on(call, || ()).unwrap().into_raw().cast_unsigned());
    assert!(![std::process::id(), ssh.id()].contains(&server), "the server is not here");
    let command = fs::read_to_string(format!("/proc/{server}/comm")).unwrap();
    assert_eq!(command, "rsyscall-server\n");
    assert_ne!(parent, std::process::id());
    // SAFETY: the server is ours.
    let ended = block_on(unsafe { client.call(exit_group(7)) }, || ());
    assert_eq!(ended, Err(SyscallError::Hangup(Hangup::EndOfStream)));
    drop(client);
    assert_eq!(ssh.wait().unwrap().code(), Some(7), "ssh hands on the status");
}
