//! This process.

use crate::operation::{Operation, whole};
use core::hint::black_box;
use rsyscall_core::{
    abi::{Abi, Native},
    block_on,
    identifier::Process,
    interface::SyscallInterface,
    near::process::getppid,
    syscall::Syscall,
};
use rsyscall_transport_local::Local;

pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation::new("local call", 1, || {
            Ok(whole(|| {
                // SAFETY: getppid takes nothing and changes nothing.
                let parent = block_on(unsafe { Local.call(getppid()) }, || ());
                assert!(parent.is_ok_and(|parent| parent.into_raw() > 0));
            }))
        }),
        Operation::new("local call, six arguments", 1, || {
            let number = i64::from(Native::number(getppid().operation()));
            Ok(whole(move || {
                let words = black_box([1, 2, 3, 4, 5, 6]);
                // SAFETY: getppid takes nothing and changes nothing.
                let parent =
                    block_on(unsafe { Local.syscall(Syscall::<_, Process>::new(number, words)) }, || ());
                assert!(parent.is_ok_and(|parent| parent.into_raw() > 0));
            }))
        }),
    ]
}
