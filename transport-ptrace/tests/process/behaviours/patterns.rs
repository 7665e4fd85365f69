//! Registers that hold what they held, on a stack with something below its pointer, and on none.
#![expect(unsafe_code, reason = "fills all registers")]

use crate::{
    arch::{GENERAL, VECTORS, spin_with_patterns},
    victim::tell,
};
use std::ptr::null_mut;

behaviours! {
    registers => || patterns(None);
    registers_without_a_stack => || patterns(Some(0x1008));
    registers_on_a_tiny_stack => on_a_tiny_stack;
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
        unsafe { spin_with_patterns(&mut found, 2_000_000) };
        wrong += u32::from(found != filled);
    }
    tell(&format!("{wrong} wrong"));
}

/// A stack of which a few hundred bytes are left; below them nothing is mapped. What is in it stays, on either side of its pointer.
fn on_a_tiny_stack() {
    /// A multiple of every page size.
    const PAGE: usize = 1 << 16;
    const LEFT: usize = 256;
    let (none, private) = (libc::PROT_NONE, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS);
    // SAFETY: it is mapped where nothing is.
    let guard = unsafe { libc::mmap(null_mut(), 2 * PAGE, none, private, -1, 0) };
    let stack = guard.wrapping_byte_add(PAGE).cast::<[u8; PAGE]>();
    // SAFETY: it is the second half of what was just mapped.
    assert_eq!(unsafe { libc::mprotect(stack.cast(), PAGE, libc::PROT_READ | libc::PROT_WRITE) }, 0);
    // SAFETY: it is mapped, and stays so.
    unsafe { stack.write([0x5a; PAGE]) };
    patterns(u64::try_from(stack.addr() + LEFT).ok());
    // SAFETY: as above.
    let changed = unsafe { stack.read() }.into_iter().filter(|&byte| byte != 0x5a).count();
    tell(&format!("{changed} bytes changed"));
}
