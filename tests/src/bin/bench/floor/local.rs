//! The instruction itself.

use crate::{
    arch,
    operation::{Operation, whole, whole_in_a_loop},
};
use core::hint::black_box;
use syscalls::Sysno;

pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation::new("raw call", 1, || Ok(whole(|| assert!(arch::getppid() > 0)))),
        Operation::new("raw call, in a loop of nothing else", 1, || {
            Ok(whole_in_a_loop(|| assert!(arch::getppid() > 0)))
        }),
        Operation::new("raw call, six arguments", 1, || {
            Ok(whole(|| {
                let words = black_box([1, 2, 3, 4, 5, 6]);
                // SAFETY: getppid takes nothing and changes nothing.
                assert!(unsafe { arch::call(Sysno::getppid, words) } > 0);
            }))
        }),
    ]
}
