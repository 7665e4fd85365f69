//! The smallest program, run as a process.

use std::{path::Path, process::Command};

#[test]
fn the_smallest_program_makes_its_call() {
    let programs =
        std::env::var("RSYSCALL_PROGRAMS").expect("RSYSCALL_PROGRAMS names the folder; xtask sets it");
    let mut child = Command::new(Path::new(&programs).join("local-call")).spawn().unwrap();
    let pid = child.id().cast_signed();
    assert_eq!(child.wait().unwrap().code(), Some(pid & 0x7f));
}
