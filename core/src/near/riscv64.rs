//! The calls of riscv64 alone. ENOSYS on every other ABI.

use crate::identifier::Address;

constants! {
    /// `SYS_RISCV_FLUSH_ICACHE_*`
    flags FlushIcacheFlags: u64 {
        LOCAL("SYS_RISCV_FLUSH_ICACHE_LOCAL") = SYS_RISCV_FLUSH_ICACHE_LOCAL = 0x1;
    }
    /// `RISCV_HWPROBE_*`
    flags HwprobeFlags: u32 {
        WHICH_CPUS("RISCV_HWPROBE_WHICH_CPUS") = RISCV_HWPROBE_WHICH_CPUS = 0x1;
    }
}

instructions! {
    /// `int riscv_flush_icache(void *start, void *end, unsigned long flags)`
    ///
    /// Errors: EINVAL.
    riscv_flush_icache(start: Address, end: Address, flags: FlushIcacheFlags) -> () [only riscv64] [page none];
    /// `long riscv_hwprobe(struct riscv_hwprobe *pairs, size_t pair_count, size_t cpusetsize, cpu_set_t *cpus,
    /// unsigned int flags)`
    ///
    /// `pairs` is in and out.
    ///
    /// Errors: EFAULT, EINVAL.
    riscv_hwprobe(
        pairs: Address, pair_count: usize, cpusetsize: usize, cpus: Address, flags: HwprobeFlags,
    ) -> () [only riscv64] [page none];
}
