//! aarch64: the generic numbers, four `O_*` bits of its own (arch/arm64/include/uapi/asm/fcntl.h).

use super::{Abi, Operation, name_in_table, sealed::Sealed};

/// The ABI of aarch64.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Aarch64;

/// `O_DIRECT`, `O_LARGEFILE`, `O_DIRECTORY` and `O_NOFOLLOW` share these four bits in both ABIs, in another order.
const SHARED: u64 = 0o740_000;

impl Sealed for Aarch64 {}

impl Abi for Aarch64 {
    const NAME: &'static str = "aarch64";
    const WIRE_ID: u8 = 2;
    const CLONE_BACKWARDS: bool = true;

    #[inline(always)]
    fn number(operation: Operation) -> i16 {
        operation.aarch64
    }

    #[inline(always)]
    fn open_flags(neutral: u64) -> u64 {
        (neutral & !SHARED) | ((neutral & 0o140_000) << 2) | ((neutral & 0o600_000) >> 2)
    }

    // The exchange of the two pairs is its own inverse.
    #[inline(always)]
    fn neutral_open_flags(flags: u64) -> u64 {
        Self::open_flags(flags)
    }

    fn name(number: i64) -> Option<&'static str> {
        name_in_table!(aarch64, number)
    }
}
