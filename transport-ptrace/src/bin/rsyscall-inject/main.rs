//! `rsyscall-inject`: any system call in a running process, from the shell.
//!
//! The command line becomes a plan, which is data; the plan is made call by call through an interface to a thread of the
//! process; and what came of it is printed when the process has been let go, so that nobody who reads slowly holds it.

mod options;

mod buffers;
mod nearest;
mod number;

mod argument;
mod plan;
mod signature;

mod held;
mod placed;
mod run;
mod signals;
mod target;

mod decoded;
mod dependent;
mod structs;
mod value;

mod advice;
mod completion;
mod help;
mod json;
mod listing;
mod text;

mod program;
mod status;

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    completion::answer();
    program::run(&options::Options::parse()).into()
}
