//! Registers that hold what they held, on a stack with something below its pointer, and on none.
#![expect(unsafe_code, reason = "fills all registers")]

use crate::{
    arch::{GENERAL, VECTORS, spin_with_patterns},
    victim::tell,
};

behaviours! {
    registers => || patterns(None);
    registers_without_a_stack => || patterns(Some(0x1008));
}

/// What the registers are filled with, and are found to hold; the stack pointer meanwhile, if it is another one.
#[derive(Clone, Copy, PartialEq)]
#[repr(C, align(16))]
pub(crate) struct Patterns {
    pub(crate) general: [u64; GENERAL],
    pub(crate) stack: u64,
    pub(crate) vectors: [[u64; 2]; VECTORS],
    pub(crate) below: [u64; 16],
}

fn patterns(stack: Option<u64>) {
    let mut seed = 1_u64;
    let mut next = || {
        seed ^= seed.wrapping_shl(13);
        seed ^= seed.wrapping_shr(7);
        seed ^= seed.wrapping_shl(17);
        seed
    };
    let mut wrong = 0;
    for _ in 0..25 {
        let filled = Patterns {
            general: core::array::from_fn(|_| next()),
            stack: stack.unwrap_or(0),
            vectors: core::array::from_fn(|_| [next(), next()]),
            below: core::array::from_fn(|_| next()),
        };
        let mut found = filled;
        // SAFETY: the patterns are this function's, and no signal comes that would need a stack.
        unsafe { spin_with_patterns(&mut found, 8_000_000) };
        wrong += u32::from(found != filled);
    }
    tell(&format!("{wrong} wrong"));
}
