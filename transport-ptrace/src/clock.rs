//! The time, and waiting for it to pass.
#![expect(unsafe_code, reason = "the kernel reads and writes times of this module's")]

use crate::request::call;
use core::time::Duration;
use rsyscall_core::{
    identifier::Address,
    near::{
        sched::sched_yield,
        time::{ClockId, TimerFlags, clock_gettime, clock_nanosleep},
    },
};

/// The monotonic clock.
pub(crate) fn now() -> Duration {
    let mut time = [0_i64; 2];
    let address = Address::from_pointer(&raw mut time);
    // SAFETY: the kernel writes one struct timespec, two words.
    let _ = unsafe { call(clock_gettime(ClockId::MONOTONIC, address)) };
    let [seconds, nanoseconds] = time.map(i64::cast_unsigned);
    Duration::from_secs(seconds).saturating_add(Duration::from_nanos(nanoseconds))
}

/// Lets the thread sleep, or until a signal handler has run.
fn sleep(time: Duration) {
    let time = [time.as_secs(), u64::from(time.subsec_nanos())];
    let address = Address::from_pointer(&raw const time);
    // SAFETY: the kernel reads one struct timespec, and has nothing to write.
    let _ = unsafe { call(clock_nanosleep(ClockId::MONOTONIC, TimerFlags::empty(), address, Address::NULL)) };
}

/// Lets another thread of this CPU run.
pub(crate) fn give_way() {
    // SAFETY: it takes nothing and changes nothing.
    let _ = unsafe { call(sched_yield()) };
}

/// The time between two looks at a thread, which grows.
pub(crate) struct Pause {
    yields: u32,
    sleeps: Duration,
}

impl Pause {
    /// So often another thread is let run before this one sleeps.
    pub(crate) const YIELDS: u32 = 8;
    const SHORTEST: Duration = Duration::from_micros(20);
    const LONGEST: Duration = Duration::from_millis(1);

    pub(crate) const fn new() -> Self {
        Self { yields: Self::YIELDS, sleeps: Self::SHORTEST }
    }

    pub(crate) fn take(&mut self) {
        if let Some(fewer) = self.yields.checked_sub(1) {
            self.yields = fewer;
            give_way();
        } else {
            sleep(self.sleeps);
            self.sleeps = self.sleeps.saturating_mul(2).min(Self::LONGEST);
        }
    }
}
