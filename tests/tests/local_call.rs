//! The smallest program, run as a process.

use rsyscall_tests::programs::freestanding;
use std::process::Command;

#[test]
fn the_smallest_program_makes_its_call() {
    let mut child = Command::new(freestanding("local-call")).spawn().unwrap();
    let pid = child.id().cast_signed();
    assert_eq!(child.wait().unwrap().code(), Some(pid & 0x7f));
}
