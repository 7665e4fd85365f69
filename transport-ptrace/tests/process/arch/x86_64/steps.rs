//! A program that single-steps itself, by the trap flag, and counts its steps.
#![expect(unsafe_code, reason = "sets a flag of the processor")]

use crate::{
    behaviours::handlers::{count, handle, handled},
    victim::tell,
};
use core::arch::asm;

const ROUNDS: u32 = 3000;

behaviours! {
    steps_of_its_own => || {
        handle(libc::SIGTRAP, count, 0);
        let mut different = 0;
        let mut first = None;
        for _ in 0..ROUNDS {
            let before = handled();
            // SAFETY: the flag is cleared again, and the handler of its trap only counts.
            unsafe {
                asm!(
                    "pushfq",
                    "or qword ptr [rsp], 0x100",
                    "popfq",
                    "nop",
                    "nop",
                    "nop",
                    "nop",
                    "pushfq",
                    "and qword ptr [rsp], ~0x100",
                    "popfq",
                );
            }
            let steps = handled().wrapping_sub(before);
            different += u32::from(steps != *first.get_or_insert(steps));
        }
        tell(&format!("{} steps in all, {different} rounds with other numbers of them", handled()));
    };
}
