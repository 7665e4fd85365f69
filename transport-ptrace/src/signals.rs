//! What a process does about signals, as `/proc/PID/status` shows it.

use crate::{
    inject::{FORCED, bit},
    status::Status,
};
use rsyscall_core::near::signal::Signal;

/// SIGTRAP in a set of signals.
pub(crate) const SIGTRAP: u64 = bit(Signal::TRAP);

impl Status {
    /// Whether the kernel resets what the process does about a signal when it forces that: if it is blocked or ignored.
    pub(crate) fn would_reset(&self, signal: u64, mask: u64) -> bool {
        (self.ignored | mask) & signal != 0
    }

    /// Whether the kernel may force SIGTRAP on the thread, and nothing changes but that it stops; and whether no other thread
    /// can make that untrue.
    pub(crate) fn may_trap(&self, mask: u64) -> Option<Alone> {
        let may = !self.would_reset(SIGTRAP, mask) && self.pending() & SIGTRAP == 0;
        may.then_some(Alone { alone: self.threads == 1, handled: self.caught & SIGTRAP != 0 })
    }

    /// A signal that can end a run of the code page, and whether the process has a use of its own for it: one that does not wait
    /// already, is not blocked if possible, and has its default effect if possible, which is death: nobody else sends it then.
    pub(crate) fn free_for_us(&self, mask: u64) -> Option<(Signal, bool)> {
        let used = self.ignored | self.caught;
        let choices = [
            FORCED & !self.pending() & !mask & !used,
            FORCED & !self.pending() & !mask,
            FORCED & !self.pending(),
        ];
        let choice = choices.into_iter().find(|&choice| choice != 0)?;
        let choice = if choice & SIGTRAP != 0 { SIGTRAP } else { choice };
        let signal = choice.trailing_zeros().checked_add(1).and_then(|number| i32::try_from(number).ok())?;
        // Another thread may find a use for it at any time.
        let handled = used & choice & choice.wrapping_neg() != 0 || self.threads != 1;
        Some((Signal::from_raw(signal), handled))
    }
}

/// What a thread is that may be single-stepped.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Alone {
    /// It is the only one of its process.
    pub(crate) alone: bool,
    /// Its process handles SIGTRAP itself.
    pub(crate) handled: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOTHING: Status = Status { threads: 1, ..Status::EMPTY };

    #[test]
    fn a_run_ends_with_a_signal_that_nobody_else_uses() {
        let free = |status: Status, mask| {
            status.free_for_us(mask).map(|(signal, handled)| (signal.into_raw(), handled))
        };
        assert_eq!(free(NOTHING, 0), Some((5, false)));
        assert_eq!(free(Status { own_pending: SIGTRAP, ..NOTHING }, 0), Some((4, false)));
        assert_eq!(free(Status { caught: SIGTRAP, ..NOTHING }, 0), Some((4, false)));
        assert_eq!(free(Status { caught: u64::MAX, ..NOTHING }, 0), Some((5, true)));
        assert_eq!(free(NOTHING, SIGTRAP | 1 << 3), Some((7, false)));
        assert_eq!(free(NOTHING, u64::MAX), Some((5, false)));
        assert_eq!(free(Status { own_pending: u64::MAX, ..NOTHING }, 0), None);
    }

    #[test]
    fn a_trap_is_forced_only_where_that_changes_nothing() {
        let alone = Some(Alone { alone: true, handled: false });
        assert_eq!(NOTHING.may_trap(0), alone);
        assert_eq!(NOTHING.may_trap(SIGTRAP), None);
        assert_eq!(Status { ignored: SIGTRAP, ..NOTHING }.may_trap(0), None);
        assert_eq!(Status { own_pending: SIGTRAP, ..NOTHING }.may_trap(0), None);
        let many = Status { threads: 2, ..NOTHING }.may_trap(0);
        assert_eq!(many, Some(Alone { alone: false, handled: false }));
    }
}
