//! `#include <time.h>`, `<sys/timerfd.h>`: time.

use crate::identifier::{Address, FileDescriptor};

values! {
    /// `CLOCK_*`: which clock.
    ClockId: i32 {
        REALTIME("CLOCK_REALTIME") = CLOCK_REALTIME;
        MONOTONIC("CLOCK_MONOTONIC") = CLOCK_MONOTONIC;
        PROCESS_CPUTIME_ID("CLOCK_PROCESS_CPUTIME_ID") = CLOCK_PROCESS_CPUTIME_ID;
        THREAD_CPUTIME_ID("CLOCK_THREAD_CPUTIME_ID") = CLOCK_THREAD_CPUTIME_ID;
        MONOTONIC_RAW("CLOCK_MONOTONIC_RAW") = CLOCK_MONOTONIC_RAW;
        REALTIME_COARSE("CLOCK_REALTIME_COARSE") = CLOCK_REALTIME_COARSE;
        MONOTONIC_COARSE("CLOCK_MONOTONIC_COARSE") = CLOCK_MONOTONIC_COARSE;
        BOOTTIME("CLOCK_BOOTTIME") = CLOCK_BOOTTIME;
        REALTIME_ALARM("CLOCK_REALTIME_ALARM") = CLOCK_REALTIME_ALARM;
        BOOTTIME_ALARM("CLOCK_BOOTTIME_ALARM") = CLOCK_BOOTTIME_ALARM;
        TAI("CLOCK_TAI") = CLOCK_TAI;
    }
}

flags! {
    /// `TIMER_ABSTIME`
    TimerFlags: u32 {
        ABSTIME("TIMER_ABSTIME") = TIMER_ABSTIME;
    }
    /// `TFD_CLOEXEC`, `TFD_NONBLOCK`
    TimerfdFlags: u32 {
        CLOEXEC("TFD_CLOEXEC") = TFD_CLOEXEC;
        NONBLOCK("TFD_NONBLOCK") = TFD_NONBLOCK;
    }
    /// `TFD_TIMER_*`: how `timerfd_settime` takes the time.
    TimerfdTimerFlags: u32 {
        ABSTIME("TFD_TIMER_ABSTIME") = TFD_TIMER_ABSTIME;
        CANCEL_ON_SET("TFD_TIMER_CANCEL_ON_SET") = TFD_TIMER_CANCEL_ON_SET;
    }
}

instructions! {
    /// `int nanosleep(const struct timespec *duration, struct timespec *rem)`
    ///
    /// With EINTR the time left is written to `rem`, which may be [`Address::NULL`].
    nanosleep(duration: Address, rem: Address) -> ();
    /// `int clock_nanosleep(clockid_t clockid, int flags, const struct timespec *t, struct timespec *remain)`
    ///
    /// With EINTR and without [`TimerFlags::ABSTIME`] the time left is written to `remain`, which may be [`Address::NULL`].
    clock_nanosleep(clockid: ClockId, flags: TimerFlags, t: Address, remain: Address) -> ();
    /// `int clock_gettime(clockid_t clockid, struct timespec *tp)`
    clock_gettime(clockid: ClockId, tp: Address) -> ();
    /// `int timerfd_create(int clockid, int flags)`
    timerfd_create(clockid: ClockId, flags: TimerfdFlags) -> FileDescriptor;
    /// `int timerfd_settime(int fd, int flags, const struct itimerspec *new_value, struct itimerspec *old_value)`
    ///
    /// `old_value` may be [`Address::NULL`]. An `it_value` of zero stops the timer.
    timerfd_settime(fd: FileDescriptor, flags: TimerfdTimerFlags, new_value: Address, old_value: Address) -> ();
    /// `int timerfd_gettime(int fd, struct itimerspec *curr_value)`
    timerfd_gettime(fd: FileDescriptor, curr_value: Address) -> ();
}
