//! Ending a call that blocks: after a time, or when another thread asks.

use crate::{
    clock::{Pause, now},
    request::plain,
    session::Session,
    stop::Stop,
};
use core::{
    cell::Cell,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};
use rsyscall_core::near::ptrace::PtraceRequest;

/// No call is under way.
const IDLE: u32 = 0;
/// A call is under way.
const CALL: u32 = 1;
/// And is to end.
const ASKED: u32 = 2;

/// When a call is to end.
pub(crate) struct Limit {
    timeout: Cell<Option<Duration>>,
    /// Of the call that is under way.
    deadline: Cell<Option<Duration>>,
    /// When the thread is interrupted once more, if it has not stopped before.
    again: Cell<Option<(Duration, Duration)>>,
    state: AtomicU32,
    interrupters: AtomicU32,
}

/// Interrupts calls of a session, from any thread.
///
/// While there is one, the session's thread does not sleep until the tracee stops but looks at it in growing intervals, of up to
/// one millisecond.
#[derive(Debug)]
pub struct Interrupter<'s> {
    state: &'s AtomicU32,
    interrupters: &'s AtomicU32,
}

impl Interrupter<'_> {
    /// Interrupts the call, or the batch, that the session is making, and says whether there was one.
    ///
    /// A call that blocks returns EINTR, if it has had no effect, or what it has done so far; one that was just about to
    /// return returns its result. Nothing is lost either way. A batch ends with that call: the calls behind it are not sent.
    /// A call that cannot be interrupted (uninterruptible sleep) is waited for all the same.
    pub fn interrupt(&self) -> bool {
        self.state.compare_exchange(CALL, ASKED, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }
}

impl Clone for Interrupter<'_> {
    fn clone(&self) -> Self {
        self.interrupters.fetch_add(1, Ordering::Relaxed);
        Self { ..*self }
    }
}

impl Drop for Interrupter<'_> {
    fn drop(&mut self) {
        self.interrupters.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Between an interrupt and the next one.
const INTERVAL: Duration = Duration::from_millis(1);

impl Limit {
    pub(crate) fn none() -> Self {
        Self {
            timeout: Cell::new(None),
            deadline: Cell::new(None),
            again: Cell::new(None),
            state: AtomicU32::new(IDLE),
            interrupters: AtomicU32::new(0),
        }
    }

    /// Whether a call may be ended from without.
    #[inline(always)]
    pub(crate) fn is_set(&self) -> bool {
        self.timeout.get().is_some() || self.interrupters.load(Ordering::Relaxed) != 0
    }

    /// A call begins.
    pub(crate) fn begin(&self) {
        self.deadline.set(self.timeout.get().and_then(|timeout| now().checked_add(timeout)));
        self.again.set(None);
        self.state.store(CALL, Ordering::Relaxed);
    }

    /// It has ended.
    pub(crate) fn end(&self) {
        self.state.store(IDLE, Ordering::Relaxed);
        self.deadline.set(None);
    }

    /// Whether the call that is under way is to end.
    pub(crate) fn is_over(&self) -> bool {
        self.state.load(Ordering::Relaxed) == ASKED
            || self.deadline.get().is_some_and(|deadline| now() >= deadline)
    }

    fn may_end(&self) -> bool {
        self.deadline.get().is_some() || self.interrupters.load(Ordering::Relaxed) != 0 || self.is_over()
    }
}

impl Session {
    /// Limits the time that a call, or a batch, may block; `None`, as at first, does not.
    ///
    /// After that time the call is interrupted as by [`Interrupter::interrupt`]: it returns EINTR, or what it has done. With a limit
    /// the session's thread looks at the tracee in growing intervals of up to one millisecond.
    pub fn set_timeout(&self, timeout: Option<Duration>) {
        self.limit.timeout.set(timeout);
    }

    /// What interrupts this session's calls from another thread.
    pub fn interrupter(&self) -> Interrupter<'_> {
        self.limit.interrupters.fetch_add(1, Ordering::Relaxed);
        Interrupter { state: &self.limit.state, interrupters: &self.limit.interrupters }
    }

    /// The next stop of a thread in a call that may block. It is interrupted when the call is to end, and again in growing
    /// intervals: another stop takes an interrupt back.
    #[inline(always)]
    pub(crate) fn stop_of_call(&self) -> Stop {
        if self.limit.may_end() { self.stop_of_limited_call() } else { self.next_stop() }
    }

    #[cold]
    fn stop_of_limited_call(&self) -> Stop {
        let mut pause = Pause::new();
        while self.limit.may_end() {
            if let Some(stop) = self.look() {
                return stop;
            }
            if self.limit.is_over() {
                let now = now();
                let (at, interval) = self.limit.again.get().unwrap_or((now, INTERVAL));
                if now >= at {
                    // If it is gone, the next look shows it.
                    let _ = plain(PtraceRequest::INTERRUPT, &self.tracee, 0, 0);
                    self.limit.again.set(Some((now.saturating_add(interval), interval.saturating_mul(2))));
                }
            }
            pause.take();
        }
        self.next_stop()
    }
}
