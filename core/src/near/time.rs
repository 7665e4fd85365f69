//! `#include <time.h>`, `<sys/timerfd.h>`: time.

use crate::identifier::{Address, FileDescriptor};

constants! {
    /// `CLOCK_*`: which clock.
    values ClockId: i32 {
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
    /// `TIMER_ABSTIME`
    flags TimerFlags: u32 {
        ABSTIME("TIMER_ABSTIME") = TIMER_ABSTIME;
    }
    /// `TFD_CLOEXEC`, `TFD_NONBLOCK`
    flags TimerfdFlags: u32 {
        CLOEXEC("TFD_CLOEXEC") = TFD_CLOEXEC;
        NONBLOCK("TFD_NONBLOCK") = TFD_NONBLOCK;
    }
    /// `TFD_TIMER_*`: how `timerfd_settime` takes the time.
    flags TimerfdTimerFlags: u32 {
        ABSTIME("TFD_TIMER_ABSTIME") = TFD_TIMER_ABSTIME;
        CANCEL_ON_SET("TFD_TIMER_CANCEL_ON_SET") = TFD_TIMER_CANCEL_ON_SET;
    }
    /// `ITIMER_*`
    values IntervalTimer: i32 {
        REAL("ITIMER_REAL") = ITIMER_REAL;
        VIRTUAL("ITIMER_VIRTUAL") = ITIMER_VIRTUAL;
        PROF("ITIMER_PROF") = ITIMER_PROF;
    }
}

numbers! {
    /// `timer_t` as the kernel has it: a timer of the process.
    TimerId: i32 {}
}

instructions! {
    /// `int nanosleep(const struct timespec *duration, struct timespec *rem)`
    ///
    /// With EINTR the time left is written to `rem`, which may be [`Address::NULL`].
    ///
    /// Errors: EFAULT, EINTR, EINVAL.
    nanosleep(duration: Address, rem: Address) -> ();
    /// `int clock_nanosleep(clockid_t clockid, int flags, const struct timespec *t, struct timespec *remain)`
    ///
    /// With EINTR and without [`TimerFlags::ABSTIME`] the time left is written to `remain`, which may be
    /// [`Address::NULL`].
    ///
    /// Errors: EFAULT, EINTR, EINVAL, EOPNOTSUPP.
    clock_nanosleep(clockid: ClockId, flags: TimerFlags, t: Address, remain: Address) -> ();
    /// `int clock_gettime(clockid_t clockid, struct timespec *tp)`
    ///
    /// Errors: EFAULT, EINVAL, ENODEV, EOPNOTSUPP.
    clock_gettime(clockid: ClockId, tp: Address) -> ();
    /// `int timerfd_create(int clockid, int flags)`
    ///
    /// Errors: EINVAL, EMFILE, ENFILE, ENODEV, ENOMEM, EPERM.
    timerfd_create(clockid: ClockId, flags: TimerfdFlags) -> FileDescriptor;
    /// `int timerfd_settime(int fd, int flags, const struct itimerspec *new_value, struct itimerspec *old_value)`
    ///
    /// `old_value` may be [`Address::NULL`]. An `it_value` of zero stops the timer.
    ///
    /// Errors: EBADF, ECANCELED, EFAULT, EINVAL.
    timerfd_settime(fd: FileDescriptor, flags: TimerfdTimerFlags, new_value: Address, old_value: Address) -> ();
    /// `int timerfd_gettime(int fd, struct itimerspec *curr_value)`
    ///
    /// Errors: EBADF, EFAULT, EINVAL.
    timerfd_gettime(fd: FileDescriptor, curr_value: Address) -> ();
    /// `int clock_settime(clockid_t clockid, const struct timespec *tp)`
    ///
    /// Errors: EACCES, EFAULT, EINVAL, ENODEV, EOPNOTSUPP, EPERM.
    clock_settime(clockid: ClockId, tp: Address) -> ();
    /// `int clock_getres(clockid_t clockid, struct timespec *res)`
    ///
    /// Errors: EFAULT, EINVAL, ENODEV, EOPNOTSUPP.
    clock_getres(clockid: ClockId, res: Address) -> ();
    /// `int clock_adjtime(clockid_t clk_id, struct timex *buf)`
    ///
    /// `buf` is in and out. Returns the clock's state, `TIME_OK` 0 to `TIME_ERROR` 5.
    ///
    /// Errors: EFAULT, EINVAL, ENODEV, EOPNOTSUPP, EPERM.
    clock_adjtime(clk_id: ClockId, buf: Address) -> i32;
    /// `int adjtimex(struct timex *buf)`
    ///
    /// `buf` is in and out. Returns the clock's state, `TIME_OK` 0 to `TIME_ERROR` 5.
    ///
    /// Errors: EFAULT, EINVAL, EPERM.
    adjtimex(buf: Address) -> i32;
    /// `int gettimeofday(struct timeval *tv, struct timezone *tz)`
    ///
    /// Errors: EFAULT.
    gettimeofday(tv: Address, tz: Address) -> ();
    /// `int settimeofday(const struct timeval *tv, const struct timezone *tz)`
    ///
    /// Errors: EFAULT, EINVAL, EPERM.
    settimeofday(tv: Address, tz: Address) -> ();
    /// `int getitimer(int which, struct itimerval *curr_value)`
    ///
    /// Errors: EFAULT, EINVAL.
    getitimer(which: IntervalTimer, curr_value: Address) -> ();
    /// `int setitimer(int which, const struct itimerval *new_value, struct itimerval *old_value)`
    ///
    /// Errors: EFAULT, EINVAL.
    setitimer(which: IntervalTimer, new_value: Address, old_value: Address) -> ();
    /// `int timer_create(clockid_t clockid, struct sigevent *sevp, timer_t *timerid)`
    ///
    /// Writes the [`TimerId`], 4 bytes, to `timerid`.
    ///
    /// Errors: EAGAIN, EINVAL, ENOMEM, EOPNOTSUPP, EPERM.
    timer_create(clockid: ClockId, sevp: Address, timerid: Address) -> ();
    /// `int timer_delete(timer_t timerid)`
    ///
    /// Errors: EINVAL.
    timer_delete(timerid: TimerId) -> ();
    /// `int timer_settime(timer_t timerid, int flags, const struct itimerspec *new_value, struct itimerspec
    /// *old_value)`
    ///
    /// Errors: EFAULT, EINVAL.
    timer_settime(timerid: TimerId, flags: TimerFlags, new_value: Address, old_value: Address) -> ();
    /// `int timer_gettime(timer_t timerid, struct itimerspec *curr_value)`
    ///
    /// Errors: EFAULT, EINVAL.
    timer_gettime(timerid: TimerId, curr_value: Address) -> ();
    /// `int timer_getoverrun(timer_t timerid)`
    ///
    /// Errors: EINVAL.
    timer_getoverrun(timerid: TimerId) -> i32;
}
