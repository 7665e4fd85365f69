//! Victims that block for a time, which is not to be over before a test has begun with them, however busy the machine is.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use crate::victim::{VARIABLE, Victim};
use rsyscall_transport_ptrace::{AttachError, Session};
use std::{
    process::Command,
    time::{Duration, Instant},
};

/// How many milliseconds a victim blocks.
const TIME: &str = "RSYSCALL_TIME";

/// For so long this victim blocks.
pub(crate) fn time() -> Duration {
    Duration::from_millis(std::env::var(TIME).map_or(700, |time| time.parse().unwrap()))
}

/// Starts a victim and, once it sleeps, begins with it. What was not done before the victim's time was over does not count: it is
/// begun again with another one that has more time.
pub(crate) fn begin<T>(name: &str, begin: impl Fn(&Victim) -> Result<T, AttachError>) -> (Victim, T) {
    let mut time = time();
    loop {
        let start = Instant::now();
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.env(VARIABLE, name).env(TIME, time.as_millis().to_string());
        let victim = Victim::start_program(&mut command);
        victim.comes_to('S');
        let begun = begin(&victim);
        if start.elapsed() < time {
            return (victim, begun.unwrap());
        }
        time *= 8;
    }
}

/// A victim that was attached to in a call that blocks.
pub(crate) fn attach(name: &str) -> (Victim, Session) {
    begin(name, |victim| Session::attach(victim.process()))
}
