//! x86_64: its flag bits are the neutral ones.

use super::{Abi, Operation, name_in_table, sealed::Sealed};

/// The 64-bit ABI of x86_64 (not x32, not the 32-bit one).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct X86_64;

impl Sealed for X86_64 {}

impl Abi for X86_64 {
    const NAME: &'static str = "x86_64";
    const WIRE_ID: u8 = 1;
    const CLONE_BACKWARDS: bool = false;

    #[inline(always)]
    fn number(operation: Operation) -> i16 {
        operation.x86_64
    }

    fn name(number: i64) -> Option<&'static str> {
        name_in_table!(x86_64, number)
    }
}
