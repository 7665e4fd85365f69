//! `#include <sched.h>`, `<sys/resource.h>`, `<linux/futex.h>`: scheduling, limits, and waiting for memory to change.

use super::time::ClockId;
use crate::identifier::{Address, Process};

constants! {
    /// `FUTEX_CLOCK_REALTIME`: the timeout is of that clock.
    flags FutexFlags: u32 {
        CLOCK_REALTIME("FUTEX_CLOCK_REALTIME") = FUTEX_CLOCK_REALTIME;
    }
    /// `SCHED_RESET_ON_FORK`
    flags SchedPolicyFlags: u32 {
        RESET_ON_FORK("SCHED_RESET_ON_FORK") = SCHED_RESET_ON_FORK;
    }
    /// `PRIO_*`: whose priority: what `who` is.
    values PriorityWhich: i32 {
        PROCESS("PRIO_PROCESS") = PRIO_PROCESS;
        PGRP("PRIO_PGRP") = PRIO_PGRP;
        USER("PRIO_USER") = PRIO_USER;
    }
    /// `RLIMIT_*`
    values Resource: i32 {
        CPU("RLIMIT_CPU") = RLIMIT_CPU;
        FSIZE("RLIMIT_FSIZE") = RLIMIT_FSIZE;
        DATA("RLIMIT_DATA") = RLIMIT_DATA;
        STACK("RLIMIT_STACK") = RLIMIT_STACK;
        CORE("RLIMIT_CORE") = RLIMIT_CORE;
        RSS("RLIMIT_RSS") = RLIMIT_RSS;
        NPROC("RLIMIT_NPROC") = RLIMIT_NPROC;
        NOFILE("RLIMIT_NOFILE") = RLIMIT_NOFILE;
        MEMLOCK("RLIMIT_MEMLOCK") = RLIMIT_MEMLOCK;
        AS("RLIMIT_AS") = RLIMIT_AS;
        LOCKS("RLIMIT_LOCKS") = RLIMIT_LOCKS;
        SIGPENDING("RLIMIT_SIGPENDING") = RLIMIT_SIGPENDING;
        MSGQUEUE("RLIMIT_MSGQUEUE") = RLIMIT_MSGQUEUE;
        NICE("RLIMIT_NICE") = RLIMIT_NICE;
        RTPRIO("RLIMIT_RTPRIO") = RLIMIT_RTPRIO;
        RTTIME("RLIMIT_RTTIME") = RLIMIT_RTTIME;
    }
    /// `FUTEX_*`: the operations, and those for futexes that only one process uses.
    values FutexOperation: i32 | FutexFlags {
        WAIT("FUTEX_WAIT") = FUTEX_WAIT;
        WAKE("FUTEX_WAKE") = FUTEX_WAKE;
        FD("FUTEX_FD") = FUTEX_FD;
        REQUEUE("FUTEX_REQUEUE") = FUTEX_REQUEUE;
        CMP_REQUEUE("FUTEX_CMP_REQUEUE") = FUTEX_CMP_REQUEUE;
        WAKE_OP("FUTEX_WAKE_OP") = FUTEX_WAKE_OP;
        LOCK_PI("FUTEX_LOCK_PI") = FUTEX_LOCK_PI;
        UNLOCK_PI("FUTEX_UNLOCK_PI") = FUTEX_UNLOCK_PI;
        TRYLOCK_PI("FUTEX_TRYLOCK_PI") = FUTEX_TRYLOCK_PI;
        WAIT_BITSET("FUTEX_WAIT_BITSET") = FUTEX_WAIT_BITSET;
        WAKE_BITSET("FUTEX_WAKE_BITSET") = FUTEX_WAKE_BITSET;
        WAIT_REQUEUE_PI("FUTEX_WAIT_REQUEUE_PI") = FUTEX_WAIT_REQUEUE_PI;
        CMP_REQUEUE_PI("FUTEX_CMP_REQUEUE_PI") = FUTEX_CMP_REQUEUE_PI;
        LOCK_PI2("FUTEX_LOCK_PI2") = FUTEX_LOCK_PI2;
        WAIT_PRIVATE("FUTEX_WAIT_PRIVATE") = FUTEX_WAIT_PRIVATE;
        WAKE_PRIVATE("FUTEX_WAKE_PRIVATE") = FUTEX_WAKE_PRIVATE;
        REQUEUE_PRIVATE("FUTEX_REQUEUE_PRIVATE") = FUTEX_REQUEUE_PRIVATE;
        CMP_REQUEUE_PRIVATE("FUTEX_CMP_REQUEUE_PRIVATE") = FUTEX_CMP_REQUEUE_PRIVATE;
        WAKE_OP_PRIVATE("FUTEX_WAKE_OP_PRIVATE") = FUTEX_WAKE_OP_PRIVATE;
        LOCK_PI_PRIVATE("FUTEX_LOCK_PI_PRIVATE") = FUTEX_LOCK_PI_PRIVATE;
        LOCK_PI2_PRIVATE("FUTEX_LOCK_PI2_PRIVATE") = FUTEX_LOCK_PI2_PRIVATE;
        UNLOCK_PI_PRIVATE("FUTEX_UNLOCK_PI_PRIVATE") = FUTEX_UNLOCK_PI_PRIVATE;
        TRYLOCK_PI_PRIVATE("FUTEX_TRYLOCK_PI_PRIVATE") = FUTEX_TRYLOCK_PI_PRIVATE;
        WAIT_BITSET_PRIVATE("FUTEX_WAIT_BITSET_PRIVATE") = FUTEX_WAIT_BITSET_PRIVATE;
        WAKE_BITSET_PRIVATE("FUTEX_WAKE_BITSET_PRIVATE") = FUTEX_WAKE_BITSET_PRIVATE;
        WAIT_REQUEUE_PI_PRIVATE("FUTEX_WAIT_REQUEUE_PI_PRIVATE") = FUTEX_WAIT_REQUEUE_PI_PRIVATE;
        CMP_REQUEUE_PI_PRIVATE("FUTEX_CMP_REQUEUE_PI_PRIVATE") = FUTEX_CMP_REQUEUE_PI_PRIVATE;
    }
    /// `SCHED_*`: a policy.
    values SchedPolicy: i32 | SchedPolicyFlags {
        NORMAL("SCHED_NORMAL") = SCHED_NORMAL;
        FIFO("SCHED_FIFO") = SCHED_FIFO;
        RR("SCHED_RR") = SCHED_RR;
        BATCH("SCHED_BATCH") = SCHED_BATCH;
        IDLE("SCHED_IDLE") = SCHED_IDLE;
        DEADLINE("SCHED_DEADLINE") = SCHED_DEADLINE;
        EXT("SCHED_EXT") = SCHED_EXT;
    }
    /// `IOPRIO_WHO_*`: what `who` is.
    values IoprioWhich: i32 {
        PROCESS("IOPRIO_WHO_PROCESS") = IOPRIO_WHO_PROCESS = 1;
        PGRP("IOPRIO_WHO_PGRP") = IOPRIO_WHO_PGRP = 2;
        USER("IOPRIO_WHO_USER") = IOPRIO_WHO_USER = 3;
    }
    /// `IOPRIO_CLASS_*`
    values IoprioClass: i32 {
        NONE("IOPRIO_CLASS_NONE") = IOPRIO_CLASS_NONE = 0;
        RT("IOPRIO_CLASS_RT") = IOPRIO_CLASS_RT = 1;
        BE("IOPRIO_CLASS_BE") = IOPRIO_CLASS_BE = 2;
        IDLE("IOPRIO_CLASS_IDLE") = IOPRIO_CLASS_IDLE = 3;
    }
    /// `FUTEX2_*`: size and kind of a futex.
    flags Futex2Flags: u32 {
        SIZE_U16("FUTEX2_SIZE_U16") = FUTEX2_SIZE_U16;
        SIZE_U32("FUTEX2_SIZE_U32") = FUTEX2_SIZE_U32;
        NUMA("FUTEX2_NUMA") = FUTEX2_NUMA;
        MPOL("FUTEX2_MPOL") = FUTEX2_MPOL;
        PRIVATE("FUTEX2_PRIVATE") = FUTEX2_PRIVATE;
    }
}

numbers! {
    /// `int who` of `getpriority` and `setpriority`: a pid, a process group or a uid, as [`PriorityWhich`] says.
    PriorityWho: i32 {
        /// The caller, its process group, or its real uid.
        CALLER = 0;
    }
}

numbers! {
    /// `int who` of `ioprio_get` and `ioprio_set`: a thread, a process group or a uid, as [`IoprioWhich`] says.
    IoprioWho: i32 {
        /// The caller, or its process group.
        CALLER = 0;
    }
    /// `int ioprio`: the class in the bits from 13 on, below them the level in it.
    Ioprio: i32 {}
}

impl Ioprio {
    /// `IOPRIO_PRIO_VALUE`: a class, and in it a level from 0, which comes first, to 7.
    #[must_use]
    pub const fn new(class: IoprioClass, level: u8) -> Self {
        Self(class.into_raw() << 13 | level as i32)
    }

    /// The class.
    pub const fn class(self) -> IoprioClass {
        IoprioClass::from_raw(self.0 >> 13)
    }

    /// The level, and above it, from bit 3 on, hints (Linux 6.6).
    pub const fn level(self) -> i32 {
        self.0 & 0x1fff
    }
}

instructions! {
    /// `int getpriority(int which, id_t who)`
    ///
    /// The kernel's result is 20 minus the nice value, 1 to 40, so that it cannot be taken for an error; the C
    /// function turns it back. With several matches it is the highest.
    ///
    /// Errors: EINVAL, ESRCH.
    getpriority(which: PriorityWhich, who: PriorityWho) -> i32;
    /// `int setpriority(int which, id_t who, int prio)`
    ///
    /// `prio` is the nice value, -20 to 19, and is cut to that.
    ///
    /// Errors: EACCES, EINVAL, EPERM, ESRCH.
    setpriority(which: PriorityWhich, who: PriorityWho, prio: i32) -> ();
    /// `int sched_setaffinity(pid_t pid, size_t cpusetsize, const cpu_set_t *mask)`
    ///
    /// `pid` is a thread; [`Process::CALLER`] is the caller's.
    ///
    /// Errors: EFAULT, EINVAL, EPERM, ESRCH.
    sched_setaffinity(pid: Process, cpusetsize: usize, mask: Address) -> ();
    /// `int sched_getaffinity(pid_t pid, size_t cpusetsize, cpu_set_t *mask)`
    ///
    /// Returns how many bytes of the mask were written, unlike the C function. `cpusetsize` is a multiple of 8,
    /// and EINVAL if the kernel's mask is larger.
    ///
    /// Errors: EFAULT, EINVAL, ESRCH.
    sched_getaffinity(pid: Process, cpusetsize: usize, mask: Address) -> usize;
    /// `int sched_yield(void)`
    sched_yield() -> ();
    /// `int prlimit(pid_t pid, int resource, const struct rlimit *new_limit, struct rlimit *old_limit)`
    ///
    /// Either address may be [`Address::NULL`].
    ///
    /// Errors: EFAULT, EINVAL, EPERM, ESRCH.
    prlimit64(pid: Process, resource: Resource, new_limit: Address, old_limit: Address) -> ();
    /// `long futex(uint32_t *uaddr, int op, uint32_t val, const struct timespec *timeout, uint32_t *uaddr2,
    /// uint32_t val3)`
    ///
    /// The general form: what counts, and what comes back, is as `op` says. Some operations take a number in place
    /// of `timeout`.
    ///
    /// Errors: EACCES, EAGAIN, EDEADLK, EFAULT, EINTR, EINVAL, ENFILE, ENOMEM, ENOSYS, EPERM, ESRCH, ETIMEDOUT.
    futex(
        uaddr: Address, op: FutexOperation, val: u32, timeout: Address, uaddr2: Address, val3: u32,
    ) -> usize;
    /// `long set_robust_list(struct robust_list_head *head, size_t len)`
    ///
    /// Errors: EINVAL.
    set_robust_list(head: Address, len: usize) -> ();
    /// `long get_robust_list(int pid, struct robust_list_head **head_ptr, size_t *len_ptr)`
    ///
    /// Errors: EFAULT, EPERM, ESRCH.
    get_robust_list(pid: Process, head_ptr: Address, len_ptr: Address) -> ();
    /// `int sched_setscheduler(pid_t pid, int policy, const struct sched_param *param)`
    ///
    /// Errors: EFAULT, EINVAL, EPERM, ESRCH.
    sched_setscheduler(pid: Process, policy: SchedPolicy, param: Address) -> ();
    /// `int sched_getscheduler(pid_t pid)`
    ///
    /// The policy, with [`SchedPolicyFlags::RESET_ON_FORK`] if it is set.
    ///
    /// Errors: EINVAL, ESRCH.
    sched_getscheduler(pid: Process) -> SchedPolicy;
    /// `int sched_setparam(pid_t pid, const struct sched_param *param)`
    ///
    /// Errors: EFAULT, EINVAL, EPERM, ESRCH.
    sched_setparam(pid: Process, param: Address) -> ();
    /// `int sched_getparam(pid_t pid, struct sched_param *param)`
    ///
    /// Errors: EFAULT, EINVAL, ESRCH.
    sched_getparam(pid: Process, param: Address) -> ();
    /// `int sched_setattr(pid_t pid, struct sched_attr *attr, unsigned int flags)`
    ///
    /// `flags` is 0.
    ///
    /// Errors: E2BIG, EBUSY, EFAULT, EINVAL, EPERM, ESRCH.
    sched_setattr(pid: Process, attr: Address, flags: u32) -> ();
    /// `int sched_getattr(pid_t pid, struct sched_attr *attr, unsigned int size, unsigned int flags)`
    ///
    /// `flags` is 0.
    ///
    /// Errors: E2BIG, EFAULT, EINVAL, ESRCH.
    sched_getattr(pid: Process, attr: Address, size: u32, flags: u32) -> ();
    /// `int sched_get_priority_max(int policy)`
    ///
    /// Errors: EINVAL.
    sched_get_priority_max(policy: SchedPolicy) -> i32;
    /// `int sched_get_priority_min(int policy)`
    ///
    /// Errors: EINVAL.
    sched_get_priority_min(policy: SchedPolicy) -> i32;
    /// `int sched_rr_get_interval(pid_t pid, struct timespec *tp)`
    ///
    /// Errors: EFAULT, EINVAL, ESRCH.
    sched_rr_get_interval(pid: Process, tp: Address) -> ();
    /// `int getcpu(unsigned int *cpu, unsigned int *node, void *tcache)`
    ///
    /// Writes 4 bytes to each of the first two; `tcache` is [`Address::NULL`].
    ///
    /// Errors: EFAULT.
    getcpu(cpu: Address, node: Address, tcache: Address) -> ();
    /// `int ioprio_get(int which, int who)`
    ///
    /// Errors: EINVAL, ESRCH.
    ioprio_get(which: IoprioWhich, who: IoprioWho) -> Ioprio;
    /// `int ioprio_set(int which, int who, int ioprio)`
    ///
    /// Errors: EINVAL, EPERM, ESRCH.
    ioprio_set(which: IoprioWhich, who: IoprioWho, ioprio: Ioprio) -> ();
    /// `int getrlimit(int resource, struct rlimit *rlim)`
    ///
    /// Errors: EFAULT, EINVAL.
    getrlimit(resource: Resource, rlim: Address) -> ();
    /// `int setrlimit(int resource, const struct rlimit *rlim)`
    ///
    /// Errors: EFAULT, EINVAL, EPERM.
    setrlimit(resource: Resource, rlim: Address) -> ();
    /// `long futex_wait(void *uaddr, unsigned long val, unsigned long mask, unsigned int flags, struct timespec
    /// *timeout, clockid_t clockid)`
    ///
    /// Errors: EAGAIN, EFAULT, EINTR, EINVAL, ETIMEDOUT.
    futex_wait(
        uaddr: Address, val: u64, mask: u64, flags: Futex2Flags, timeout: Address, clockid: ClockId,
    ) -> () [page none];
    /// `long futex_wake(void *uaddr, unsigned long mask, int nr, unsigned int flags)`
    ///
    /// Returns how many were woken.
    ///
    /// Errors: EFAULT, EINVAL.
    futex_wake(uaddr: Address, mask: u64, nr: i32, flags: Futex2Flags) -> usize [page none];
    /// `long futex_requeue(struct futex_waitv *waiters, unsigned int flags, int nr_wake, int nr_requeue)`
    ///
    /// `waiters` are two; `flags` is 0.
    ///
    /// Errors: EAGAIN, EFAULT, EINVAL.
    futex_requeue(waiters: Address, flags: u32, nr_wake: i32, nr_requeue: i32) -> usize [page none];
    /// `long futex_waitv(struct futex_waitv *waiters, unsigned int nr_futexes, unsigned int flags, struct timespec
    /// *timeout, clockid_t clockid)`
    ///
    /// Returns which of them woke; `flags` is 0.
    ///
    /// Errors: EAGAIN, EFAULT, EINTR, EINVAL, ETIMEDOUT.
    futex_waitv(waiters: Address, nr_futexes: u32, flags: u32, timeout: Address, clockid: ClockId) -> usize [page none];
}

forms! {
    /// `FUTEX_WAIT_PRIVATE`: waits until woken, if the futex is `val`: EAGAIN if it is not. `timeout`, how long, may be
    /// [`Address::NULL`]; ETIMEDOUT at its end.
    futex_wait_private(uaddr: Address, val: u32, timeout: Address) -> () =
        futex(uaddr, [FutexOperation::WAIT_PRIVATE], val, timeout);
    /// `FUTEX_WAKE_PRIVATE`: wakes at most `count` waiters and returns how many they were.
    futex_wake_private(uaddr: Address, count: u32) -> usize =
        futex(uaddr, [FutexOperation::WAKE_PRIVATE], count);
    /// `FUTEX_WAIT`: as [`futex_wait_private`], in memory that processes share.
    futex_wait_shared(uaddr: Address, val: u32, timeout: Address) -> () =
        futex(uaddr, [FutexOperation::WAIT], val, timeout);
    /// `FUTEX_WAKE`: as [`futex_wake_private`], in memory that processes share: what `CLONE_CHILD_CLEARTID` does.
    futex_wake_shared(uaddr: Address, count: u32) -> usize = futex(uaddr, [FutexOperation::WAKE], count);
    /// `FUTEX_WAIT_BITSET_PRIVATE`: waits until a wake whose bits meet `bitset`. `timeout` is a time, not how long, of
    /// `CLOCK_MONOTONIC`.
    futex_wait_bitset_private(uaddr: Address, val: u32, timeout: Address, bitset: u32) -> () =
        futex(uaddr, [FutexOperation::WAIT_BITSET_PRIVATE], val, timeout, [Address::NULL], bitset);
    /// `FUTEX_WAKE_BITSET_PRIVATE`: wakes waiters whose bits meet `bitset`.
    futex_wake_bitset_private(uaddr: Address, count: u32, bitset: u32) -> usize =
        futex(uaddr, [FutexOperation::WAKE_BITSET_PRIVATE], count, [Address::NULL], [Address::NULL], bitset);
    /// `FUTEX_CMP_REQUEUE_PRIVATE`: if the futex is `val`, wakes `wake` waiters and lets `requeue` more wait at
    /// `uaddr2`; returns how many were either. EAGAIN if it is not `val`.
    futex_cmp_requeue_private(uaddr: Address, wake: u32, requeue: u32, uaddr2: Address, val: u32) -> usize =
        futex(uaddr, [FutexOperation::CMP_REQUEUE_PRIVATE], wake, requeue, uaddr2, val);
    /// `FUTEX_LOCK_PI_PRIVATE`: takes a lock whose owner inherits the waiters' priority. `timeout` is a time of
    /// `CLOCK_REALTIME`. EDEADLK if the caller has it already, ESRCH if its owner is gone.
    futex_lock_pi_private(uaddr: Address, timeout: Address) -> () =
        futex(uaddr, [FutexOperation::LOCK_PI_PRIVATE], [0], timeout);
    /// `FUTEX_UNLOCK_PI_PRIVATE`: gives it back; EPERM if the caller does not have it.
    futex_unlock_pi_private(uaddr: Address) -> () = futex(uaddr, [FutexOperation::UNLOCK_PI_PRIVATE]);
}
