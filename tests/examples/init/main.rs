//! The first process of a machine that runs programs one after the other and powers off.
//!
//! It mounts what programs expect, reads a table of programs from `/etc/jobs`, runs each with its output captured, reaps
//! whatever becomes its child, and reports on the console in frames that the kernel's messages cannot be mistaken for.
#![no_std]
#![no_main]
#![expect(unsafe_code, reason = "it makes system calls, and what they return is memory")]
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "the kernel's words are both signed and unsigned, and its small numbers come in large registers"
)]

mod arch;
mod console;
mod jobs;
mod run;
mod setup;
mod sys;

use console::Console;
use jobs::{Jobs, Next};

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    // The kernel panics when its first process ends, and says so on the console.
    sys::exit(101)
}

extern "C" fn main() -> ! {
    // Anywhere else, killing every other process and switching the machine off is nobody's wish.
    if sys::process_id() != 1 {
        sys::write_all(sys::STANDARD_ERROR, b"init: this is for the first process of a machine\n");
        sys::exit(1);
    }
    setup::mount_file_systems();
    setup::set_up_network();
    let mut console = Console::new();
    console.frame(b"boot", &[]);
    match Jobs::read(c"/etc/jobs") {
        Ok(jobs) => run_all(&mut console, jobs),
        Err(errno) => console.number(b"no-jobs", errno),
    }
    console.frame(b"done", &[]);
    setup::power_off()
}

fn run_all(console: &mut Console, mut jobs: Jobs) {
    let Next::List(environment) = jobs.next() else { return console.frame(b"no-jobs", &[]) };
    loop {
        match jobs.next() {
            Next::List(arguments) => run::run(console, &arguments, &environment),
            Next::TooLong => return console.frame(b"no-jobs", &[]),
            Next::End => return,
        }
    }
}
