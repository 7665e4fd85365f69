//! `#include <time.h>`, `<sys/time.h>`, `<sys/timex.h>`

layouts! {
    /// `struct timespec`: a time, or how long.
    Timespec, 16, 8 {
        /// Whole seconds.
        0 tv_sec: i64,
        /// Nanoseconds on top, 0 to 999,999,999.
        8 tv_nsec: i64,
    }
    /// `struct itimerspec`: a timer.
    Itimerspec, 32, 8 {
        /// The time between expirations, in whole seconds; all zero for only one.
        0 it_interval_sec: i64,
        /// The nanoseconds on top.
        8 it_interval_nsec: i64,
        /// The first expiration, in whole seconds; all zero for a stopped timer.
        16 it_value_sec: i64,
        /// The nanoseconds on top.
        24 it_value_nsec: i64,
    }
    /// `struct timeval`: a time, or how long.
    Timeval, 16, 8 {
        /// Whole seconds.
        0 tv_sec: i64,
        /// Microseconds on top, 0 to 999,999.
        8 tv_usec: i64,
    }
    /// `struct itimerval`: a timer of `setitimer`.
    Itimerval, 32, 8 {
        /// The time between expirations, in whole seconds; all zero for only one.
        0 it_interval_sec: i64,
        /// The microseconds on top.
        8 it_interval_usec: i64,
        /// The first expiration, in whole seconds; all zero for a stopped timer.
        16 it_value_sec: i64,
        /// The microseconds on top.
        24 it_value_usec: i64,
    }
    /// `struct timex`: the state of the kernel's clock discipline. What is changed is what `modes` says.
    Timex, 208, 8 {
        /// `ADJ_*`: what is to be set.
        0 modes: u32,
        /// In microseconds, or nanoseconds if `status` has `STA_NANO`.
        8 offset: i64,
        /// Frequency offset, in parts per million times 65536.
        16 freq: i64,
        /// The maximum error, in microseconds.
        24 maxerror: i64,
        /// The estimated error, in microseconds.
        32 esterror: i64,
        /// `STA_*`
        40 status: i32,
        /// The time constant of the loop.
        48 constant: i64,
        /// Precision, in microseconds.
        56 precision: i64,
        /// The frequency tolerance, in parts per million times 65536.
        64 tolerance: i64,
        /// The time now, in whole seconds.
        72 time_sec: i64,
        /// Microseconds, or nanoseconds, on top.
        80 time_usec: i64,
        /// Microseconds between ticks.
        88 tick: i64,
        /// Frequency of the pulse-per-second signal.
        96 ppsfreq: i64,
        /// Its jitter.
        104 jitter: i64,
        /// The interval of its calibration, in seconds, as a power of two.
        112 shift: i32,
        /// Its stability.
        120 stabil: i64,
        /// How often its jitter was over the limit.
        128 jitcnt: i64,
        /// How many intervals of calibration there were.
        136 calcnt: i64,
        /// How many of them had errors.
        144 errcnt: i64,
        /// How often its stability was over the limit.
        152 stbcnt: i64,
        /// The offset of TAI from UTC, in seconds.
        160 tai: i32,
    }
}
