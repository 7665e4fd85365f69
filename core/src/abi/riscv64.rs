//! riscv64: the generic numbers, and the neutral flag bits.

use super::{Abi, Operation, name_in_table, sealed::Sealed};

/// The ABI of riscv64.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Riscv64;

impl Sealed for Riscv64 {}

impl Abi for Riscv64 {
    const NAME: &'static str = "riscv64";
    const WIRE_ID: u8 = 3;
    const CLONE_BACKWARDS: bool = true;

    #[inline(always)]
    fn number(operation: Operation) -> i16 {
        operation.riscv64
    }

    fn name(number: i64) -> Option<&'static str> {
        name_in_table!(riscv64, number)
    }
}
