//! A call that blocks for a while, over and over, and what is wrong with one.

use super::handlers::{handled, tick};
use crate::victim::tell;
use std::time::{Duration, Instant};

/// How often the call is made.
const ROUNDS: u32 = 25;
/// For so long it blocks.
pub(crate) const WHILE: Duration = Duration::from_millis(4);

/// What a call returned: -1 and the error number, or the result and 0.
pub(crate) type Returned = (i64, i32);

/// What the C library's function returned.
pub(crate) fn returned(result: impl Into<i64>) -> Returned {
    let result = result.into();
    let errno = std::io::Error::last_os_error().raw_os_error().unwrap_or(0);
    (result, if result == -1 { errno } else { 0 })
}

/// How the kernel measures the time of a call.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Timing {
    /// It is never early.
    Exact,
    /// In ticks, of which the first has begun already.
    Ticks,
}

/// Makes the call with nothing that could interrupt it.
pub(crate) fn undisturbed(expected: Returned, timing: Timing, call: impl FnMut() -> Returned) {
    check(expected, timing, false, call);
}

/// Makes the call while a handler runs every now and then. It may return EINTR only when the handler has run.
pub(crate) fn amid_signals(expected: Returned, timing: Timing, call: impl FnMut() -> Returned) {
    tick();
    check(expected, timing, true, call);
}

fn check(expected: Returned, timing: Timing, signals: bool, mut call: impl FnMut() -> Returned) {
    for round in 0..ROUNDS {
        let (start, before) = (Instant::now(), handled());
        let got = call();
        let early = timing == Timing::Exact && got == expected && start.elapsed() < WHILE;
        let interrupted = signals && got == (-1, libc::EINTR) && handled() != before;
        if early || !(got == expected || interrupted) {
            let (result, errno) = got;
            let error = std::io::Error::from_raw_os_error(errno);
            tell(&format!("round {round}: {result}, {error}, {early}, {} handled", handled() - before));
        }
    }
    tell("done");
}
