//! The example `remote`, run as a process.

use crate::{programs, ssh, ssh::Host};
use std::process::{Command, Output};

/// A command that has it run this program on a host.
pub fn command(host: &Host, options: &[&str], program: &[&str]) -> Command {
    let mut command = Command::new(programs::example("remote"));
    command.arg("-F").arg(host.configuration()).args(options).arg(ssh::NAME).args(program);
    command
}

/// Runs it: its status, its output, and the lines of its errors, of which the last counts round trips.
pub fn run(host: &Host, options: &[&str], program: &[&str]) -> (Option<i32>, String, Vec<String>) {
    let Output { status, stdout, stderr } = command(host, options, program).output().unwrap();
    let errors = String::from_utf8(stderr).unwrap().lines().map(str::to_owned).collect();
    (status.code(), String::from_utf8(stdout).unwrap(), errors)
}

/// How many there were until the program ran, and in all.
pub fn round_trips(line: &str) -> [usize; 2] {
    let numbers: Vec<_> = line.split(' ').filter_map(|word| word.parse().ok()).collect();
    assert!(line.starts_with("remote: "), "{line}");
    numbers.try_into().unwrap()
}
