//! `#include <linux/sched/types.h>`, `<linux/futex.h>`, `<sys/sysinfo.h>`

layouts! {
    /// `struct sched_param`
    SchedParam, 4, 4 {
        /// 1 to 99 with a real-time policy, else 0.
        0 sched_priority: i32,
    }
    /// `struct sched_attr`
    SchedAttr, 56, 8 {
        /// 56.
        0 size: u32,
        /// [`SchedPolicy`](crate::near::sched::SchedPolicy).
        4 sched_policy: u32,
        /// `SCHED_FLAG_*`
        8 sched_flags: u64,
        /// -20 to 19, with the policies that are not real-time.
        16 sched_nice: i32,
        /// 1 to 99, with `SCHED_FIFO` and `SCHED_RR`.
        20 sched_priority: u32,
        /// In nanoseconds, with `SCHED_DEADLINE`.
        24 sched_runtime: u64,
        /// In nanoseconds, with `SCHED_DEADLINE`.
        32 sched_deadline: u64,
        /// In nanoseconds, with `SCHED_DEADLINE`.
        40 sched_period: u64,
        /// The least utilization to be reckoned with, of 1024.
        48 sched_util_min: u32,
        /// The most.
        52 sched_util_max: u32,
    }
    /// `struct futex_waitv`: one futex of those that `futex_waitv` waits for.
    FutexWaitv, 24, 8 {
        /// The value expected.
        0 val: u64,
        /// Where it is.
        8 uaddr: u64,
        /// [`Futex2Flags`](crate::near::sched::Futex2Flags).
        16 flags: u32,
    }
    /// `struct sysinfo`: sizes are in units of `mem_unit` bytes.
    Sysinfo, 112, 8 {
        /// Seconds since the start.
        0 uptime: i64,
        /// Load averages of 1, 5 and 15 minutes, times 65536.
        8 loads: [u64; 3],
        /// Memory that can be used.
        32 totalram: u64,
        /// Memory that is not used at all.
        40 freeram: u64,
        /// Shared memory.
        48 sharedram: u64,
        /// Buffers.
        56 bufferram: u64,
        /// Swap space.
        64 totalswap: u64,
        /// Swap space that is not used.
        72 freeswap: u64,
        /// How many threads there are.
        80 procs: u16,
        /// 0 on 64-bit kernels.
        88 totalhigh: u64,
        /// 0 on 64-bit kernels.
        96 freehigh: u64,
        /// How many bytes the sizes above count.
        104 mem_unit: u32,
    }
}
