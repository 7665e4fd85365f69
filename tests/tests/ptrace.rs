//! The questions, to a program that nobody prepared.

use rsyscall_core::{block_on, identifier::Process};
use rsyscall_transport_ptrace::Session;
use std::process::{Command, Stdio};

#[test]
fn a_program_that_nobody_prepared_answers() {
    // It waits for its input, which comes when the test is over.
    let mut cat = Command::new("cat").stdin(Stdio::piped()).spawn().unwrap();
    let process = Process::from_raw(cat.id().cast_signed());
    let session = Session::attach(process).unwrap();
    block_on(rsyscall_tests::ask_everything(&session, process), || ());
    session.detach().unwrap();
    drop(cat.stdin.take());
    assert!(cat.wait().unwrap().success());
}
