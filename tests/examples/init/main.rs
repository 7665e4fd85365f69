//! The first process of a machine or of a pid namespace, in a few KiB: no libc, no heap, every call through [`Local`].
//!
//! It mounts the kernel's file systems, brings the loopback interface up, and goes through the table `/etc/inittab`,
//! a line after the other:
//!
//! ```text
//! hostname oak
//! env PATH=/bin
//! wait /bin/mount -a        # runs it to its end before the next line
//! once /bin/syslogd -n      # starts it, and goes on
//! respawn /bin/getty ttyS0  # starts it whenever it has ended, at most once a second
//! end reboot                # what happens when no program is left; without this line, `end poweroff`
//! ```
//!
//! It takes every child that ends, whoever started it. SIGTERM and SIGPWR power the machine off, SIGINT (Ctrl-Alt-Del)
//! restarts it: every program is sent SIGTERM, and SIGKILL if it still runs five seconds later. In a pid namespace this ends
//! the namespace, so that it serves a container as well as a machine.
//!
//! The line `report` begins to tell on standard output what happens, in frames that no message of the kernel can be mistaken
//! for, and `report PROGRAM …` runs a program to its end, captures its output in frames, and ends everything that it left
//! behind: so it runs the tests of this project in virtual machines.
//!
//! [`Local`]: rsyscall_transport_local::Local
#![no_std]
#![no_main]
#![expect(unsafe_code, reason = "it makes system calls, and what they return is memory")]

mod call;
mod console;
mod end;
#[path = "../start/mod.rs"]
mod entry;
mod events;
mod programs;
mod report;
mod setup;
mod start;
mod table;

use console::Console;
use events::Events;
use programs::Programs;
use rsyscall_core::near::process::{RebootCommand, getpid};
use table::Table;

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    // The kernel panics when its first process ends, and says so on the console.
    call::exit(101)
}

extern "C" fn main() -> ! {
    // SAFETY: getpid takes nothing and changes nothing.
    // Anywhere else, killing every other process and switching the machine off is nobody's wish.
    if unsafe { call::execute(getpid()) }.is_ok_and(|process| process.into_raw() != 1) {
        call::say(&[b"this is for the first process of a machine or of a pid namespace"]);
        call::exit(1);
    }
    let Ok(mut events) = Events::new() else { call::exit(1) };
    end::ask_for_control_alt_delete();
    setup::mount_file_systems();
    setup::bring_loopback_up();
    let how = match Table::read(c"/etc/inittab") {
        Ok(table) => go_through(table, &mut events),
        Err(_) => {
            call::say(&[b"cannot read /etc/inittab"]);
            RebootCommand::POWER_OFF
        }
    };
    end::end(&mut events, how)
}

fn go_through(mut table: Table, events: &mut Events) -> RebootCommand {
    let mut programs = Programs::new();
    let mut console: Option<Console> = None;
    let mut at_the_end = RebootCommand::POWER_OFF;
    while let Some((action, words)) = table.next() {
        let first = words.first();
        match action {
            b"hostname" => setup::name_host(first),
            b"env" => programs.set(words),
            b"once" => drop(programs.add(words, false)),
            b"respawn" => drop(programs.add(words, true)),
            b"wait" => {
                if let Some(process) = programs.add(words, false) {
                    programs.live_until(events, Some(process));
                }
            }
            b"report" => {
                let console = console.get_or_insert_with(|| {
                    let mut console = Console::new();
                    console.frame(b"boot", &[]);
                    console
                });
                if !first.is_empty() {
                    report::run(console, events, words, programs.environment());
                }
            }
            b"end" if first == b"reboot" => at_the_end = RebootCommand::RESTART,
            b"end" if first == b"poweroff" => at_the_end = RebootCommand::POWER_OFF,
            _ => call::say(&[b"what is `", action, b" ", first, b"`?"]),
        }
        if let Some(how) = events.asked {
            return how;
        }
    }
    let how = programs.live_until(events, None).unwrap_or(at_the_end);
    if let Some(console) = &mut console {
        console.frame(b"done", &[]);
    }
    how
}
