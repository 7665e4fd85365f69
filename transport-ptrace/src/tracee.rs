//! The thread that is traced, and what tracing it costs.

use core::{cell::Cell, fmt};
use rsyscall_core::identifier::Process;

/// What a session has cost, exactly.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Debug)]
pub struct Counts {
    /// `ptrace` requests that this process made.
    pub requests: u64,
    /// Stops of the thread that `wait4` reported.
    pub stops: u64,
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ptrace requests, {} stops", self.requests, self.stops)
    }
}

/// A thread that is traced. Every request and every wait goes through it, and is counted.
pub(crate) struct Tracee {
    pub(crate) process: Process,
    requests: Cell<u64>,
    stops: Cell<u64>,
}

impl Tracee {
    pub(crate) fn new(process: Process) -> Self {
        Self { process, requests: Cell::new(0), stops: Cell::new(0) }
    }

    pub(crate) fn counts(&self) -> Counts {
        Counts { requests: self.requests.get(), stops: self.stops.get() }
    }

    pub(crate) fn count_request(&self) {
        self.requests.set(self.requests.get().wrapping_add(1));
    }

    pub(crate) fn count_stop(&self) {
        self.stops.set(self.stops.get().wrapping_add(1));
    }
}
