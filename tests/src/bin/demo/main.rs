//! Real system calls in three kinds of process: this one, a helper, and a program that nobody prepared.
//!
//! Every call is printed with the process that it ran in, and every claim is checked from outside; the exit status is 0
//! only if all of it was true.
#![expect(unsafe_code, reason = "executes system calls")]

mod helper;
mod task;
mod this_process;
mod unprepared;

use std::process::ExitCode;

type Step = fn() -> anyhow::Result<()>;

fn main() -> ExitCode {
    let steps: [(&str, Step); 3] = [
        ("this process", this_process::run),
        ("a helper behind two pipes", helper::run),
        ("a program that nobody prepared", unprepared::run),
    ];
    for (number, (title, step)) in steps.iter().enumerate() {
        println!("{}{}. {title}", if number == 0 { "" } else { "\n" }, number + 1);
        if let Err(error) = step() {
            eprintln!("error: {title}: {error:#}");
            return ExitCode::FAILURE;
        }
    }
    println!("\nEvery piece of evidence was checked.");
    ExitCode::SUCCESS
}
