//! The end of everything.

use crate::call::{execute, exit};
use crate::events::{self, Child, Events};
use rsyscall_core::{
    identifier::Address,
    near::{
        fs::sync,
        process::{RebootCommand, RebootMagic, reboot},
        signal::{Signal, SignalTarget, kill},
    },
};

/// How many milliseconds programs have to end by themselves.
const TIME_TO_END: u64 = 5000;

/// Sends a signal to every process but this one, which must be the first.
fn signal_everything(signal: Signal) {
    // SAFETY: that nothing outlives the first process's will is what it is for.
    let _ = unsafe { execute(kill(SignalTarget::ALL, signal)) };
}

/// Ends every process but this one.
pub(crate) fn kill_everything(events: &mut Events) {
    signal_everything(Signal::KILL);
    while !reap_until(events, u64::MAX) {}
}

/// Takes children until there are none, or it is this time; whether there are none.
fn reap_until(events: &mut Events, time: u64) -> bool {
    loop {
        match events::reap() {
            Child::Ended(..) => {}
            Child::None => return true,
            Child::AllRun => match u32::try_from(time.saturating_sub(events::now())) {
                Ok(0) => return false,
                Ok(rest) => {
                    let [] = events.wait([], Some(rest));
                }
                Err(_) => {
                    let [] = events.wait([], None);
                }
            },
        }
    }
}

/// Asks every program to end, ends those that do not, and switches the machine off or on again.
///
/// In a pid namespace this ends the namespace: whoever made it sees SIGINT as what ended its first process after a
/// power-off, and SIGHUP after a restart.
pub(crate) fn end(events: &mut Events, how: RebootCommand) -> ! {
    signal_everything(Signal::TERM);
    // What is stopped gets the other signal only when it goes on.
    signal_everything(Signal::CONT);
    if !reap_until(events, events::now() + TIME_TO_END) {
        kill_everything(events);
    }
    // SAFETY: it writes to disks what was written to files.
    let _ = unsafe { execute(sync()) };
    // SAFETY: nobody runs any more.
    let _ = unsafe { execute(reboot(RebootMagic::MAGIC1, RebootMagic::MAGIC2, how, Address::NULL)) };
    // Who may not do that ends, and the pid namespace with it; the kernel of a machine would panic.
    exit(0)
}

/// Lets Ctrl-Alt-Del be a signal to this process; without this the kernel restarts the machine at once.
pub(crate) fn ask_for_control_alt_delete() {
    let instruction = reboot(RebootMagic::MAGIC1, RebootMagic::MAGIC2, RebootCommand::CAD_OFF, Address::NULL);
    // SAFETY: it changes what the keys do, and nothing else.
    let _ = unsafe { execute(instruction) };
}
