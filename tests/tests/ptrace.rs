//! The questions, to a program that nobody prepared.

use rsyscall_core::{
    abi::Native,
    block_on,
    identifier::{Address, FileDescriptor, Process},
    near::io::read,
};
use rsyscall_transport_ptrace::Session;
use std::process::{Command, Stdio};

#[test]
fn a_program_that_nobody_prepared_answers() {
    // It waits for its input, which comes when the test is over.
    let mut cat = Command::new("cat").stdin(Stdio::piped()).spawn().unwrap();
    let process = Process::from_raw(cat.id().cast_signed());
    // The file begins with the number of the call that the process is blocked in.
    let number = read(FileDescriptor::STDIN, Address::NULL, 0).encode::<Native>().number;
    let path = format!("/proc/{}/syscall", process.into_raw());
    while !std::fs::read_to_string(&path).unwrap().starts_with(&format!("{number} 0x0 ")) {
        std::thread::yield_now();
    }
    let session = Session::attach(process).unwrap();
    block_on(rsyscall_tests::ask_everything(&session, process), || ());
    session.detach().unwrap();
    drop(cat.stdin.take());
    assert!(cat.wait().unwrap().success());
}
