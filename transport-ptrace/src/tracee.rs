//! The thread that is traced, and what tracing it costs.

use crate::clock::now;
use core::{cell::Cell, fmt, time::Duration};
use rsyscall_core::identifier::Process;

/// What a session has cost. The numbers are exact.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Debug)]
pub struct Counts {
    /// `ptrace` requests that this process made.
    pub requests: u64,
    /// Stops of the thread that `waitid` reported.
    pub stops: u64,
    /// The time since the session began: for no longer the thread was kept from its own business.
    pub time: Duration,
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ptrace requests, {} stops, {:?}", self.requests, self.stops, self.time)
    }
}

/// A thread that is traced. Every request and every wait goes through it, and is counted.
#[derive(Clone)]
pub(crate) struct Tracee {
    pub(crate) process: Process,
    requests: Cell<u64>,
    stops: Cell<u64>,
    since: Duration,
}

impl Tracee {
    pub(crate) fn new(process: Process) -> Self {
        Self { process, requests: Cell::new(0), stops: Cell::new(0), since: now() }
    }

    pub(crate) fn counts(&self) -> Counts {
        Counts {
            requests: self.requests.get(),
            stops: self.stops.get(),
            time: now().saturating_sub(self.since),
        }
    }

    pub(crate) fn count_request(&self) {
        self.requests.set(self.requests.get().wrapping_add(1));
    }

    pub(crate) fn count_stop(&self) {
        self.stops.set(self.stops.get().wrapping_add(1));
    }
}
